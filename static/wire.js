/**
 * A frame's header, read: 32 bytes, little endian, then the payload. `gateway/stream/wire.py` has the table.
 *
 * @typedef {{blank: boolean, codec: number, lossless: boolean, seq: number, answers: number, pane: number, width: number, height: number,
 *            scale: number, epoch: number, payload: Uint8Array<ArrayBuffer>}} Frame
 */

export const HEADER_BYTES = 32;
const VERSION = 1;
const FRAME = 1, BLANK = 2;
const LOSSLESS = 1, BLANK_FLAG = 4, FLAGS = 8;
export const VP8 = 3;
const TYPES = new Map([[1, "image/jpeg"], [2, "image/png"], [VP8, "video/vp8"]]);

/**
 * The frame in a binary message. Throws for anything that is not one of ours.
 *
 * @param {ArrayBuffer} message
 * @returns {Frame}
 */
export function parse(message) {
  if (message.byteLength < HEADER_BYTES) throw new Error("a frame is shorter than its header");
  const view = new DataView(message);
  const [version, type, codec, flags] = [0, 1, 2, 3].map((at) => view.getUint8(at));
  if (version !== VERSION || (type !== FRAME && type !== BLANK) || flags >= FLAGS || view.getUint16(30, true)) {
    throw new Error("a frame's header is of another version");
  }
  const blank = type === BLANK;
  const payload = new Uint8Array(message, HEADER_BYTES);
  if (blank !== Boolean(flags & BLANK_FLAG) || blank !== (payload.length === 0) || blank === TYPES.has(codec)) {
    throw new Error("a frame's header contradicts itself");
  }
  return {
    blank,
    codec,
    lossless: Boolean(flags & LOSSLESS),
    seq: view.getUint32(4, true),
    answers: view.getUint32(8, true),
    pane: view.getUint16(12, true),
    width: view.getUint16(18, true),
    height: view.getUint16(20, true),
    scale: view.getFloat32(22, true),
    epoch: view.getUint32(26, true),
    payload,
  };
}

/**
 * The media type of a frame's payload.
 *
 * @param {Frame} frame
 */
export const mediaType = (frame) => TYPES.get(frame.codec) ?? "";
