/**
 * The canvas with the picture. A frame is decoded off the main thread and drawn on the next animation frame; while one is being decoded
 * only the newest of those that come is kept; of a video each one is decoded. What was drawn is acknowledged.
 *
 * @typedef {import("./wire.js").Frame} Frame
 * @typedef {{frame: Frame, arrived: number}} Arrival
 */

import { Film } from "./film.js";
import { VP8, mediaType } from "./wire.js";

const AS_SENT = /** @type {ImageBitmapOptions} */ ({ colorSpaceConversion: "none", premultiplyAlpha: "none" }); // the levels as the server drew them

/**
 * A blob goes through the browser's own process before it is decoded; an `ImageDecoder` takes the bytes where they are, and is there at
 * half the time. It needs a secure origin, and not every browser has it. Grey pictures and PNG come out the same either way, colour JPEG within one level.
 *
 * @param {Frame} frame
 */
async function decodeFrame(frame) {
  const type = mediaType(frame);
  if (!("ImageDecoder" in globalThis)) return createImageBitmap(new Blob([frame.payload], { type }), AS_SENT);
  const decoder = new ImageDecoder({ data: frame.payload, type, colorSpaceConversion: "none" });
  try {
    const { image } = await decoder.decode();
    const bitmap = await createImageBitmap(image, AS_SENT);
    image.close();
    return bitmap;
  } finally {
    decoder.close();
  }
}

export class Screen {
  #canvas;
  #context;
  #world;
  #film;
  #newest = -1; // seq of the newest frame that came
  #offered = -1; // ... and of the newest that was decoded: a picture may take longer than the video's frame behind it
  #round = 0; // what began in an earlier round is not drawn
  #waiting = /** @type {Arrival | null} */ (null);
  #decoding = false;
  #ready = /** @type {{arrival: Arrival, bitmap: ImageBitmap | VideoFrame} | null} */ (null);

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{drawn: (frame: Frame, heldMs: number) => void, blanked: () => void, failed: () => void, unfilmed?: () => void,
   *          size: (frame: Frame) => {width: number, height: number},
   *          taint?: import("./deterrents/taint.js").Taint,
 *          decode?: (frame: Frame) => Promise<ImageBitmap>, schedule?: (run: () => void) => void, now?: () => number}} world
   *   unfilmed: a frame of a video can't be decoded; size: of the view that a frame answers, device pixels
   */
  constructor(canvas, world) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.#world = {
      decode: decodeFrame,
      schedule: (/** @type {() => void} */ run) => void requestAnimationFrame(run),
      now: () => performance.now(),
      ...world,
    };
    this.#film = new Film({
      decoded: async (arrival, image) => {
        const round = this.#round;
        await this.#world.taint?.settled;
        if (round === this.#round) this.#offer(arrival, image);
        else image.close();
      },
      failed: () => this.#world.unfilmed?.(),
    });
  }

  /** A new connection: frames are numbered anew, and what is under way of the old one is dropped. */
  begin() {
    this.#newest = this.#offered = -1;
    this.#film.close();
    this.#forget();
  }

  /** Take the picture away, at once. */
  clear() {
    this.#forget();
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#world.blanked();
  }

  /** @param {Frame} frame */
  take(frame) {
    if (frame.seq <= this.#newest) return;
    this.#newest = frame.seq;
    if (frame.blank) {
      this.#film.close();
      this.clear();
      return;
    }
    const arrival = { frame, arrived: this.#world.now() };
    if (frame.codec === VP8) {
      this.#waiting = null;
      this.#film.take(arrival);
      return;
    }
    this.#waiting = arrival;
    void this.#decode();
  }

  async #decode() {
    const arrival = this.#waiting;
    if (this.#decoding || !arrival) return;
    this.#waiting = null;
    this.#decoding = true;
    const round = this.#round;
    try {
      await this.#world.taint?.settled;
      const bitmap = await this.#world.decode(arrival.frame);
      if (round === this.#round) this.#offer(arrival, bitmap);
      else bitmap.close();
    } catch {
      if (round === this.#round) this.#world.failed();
    }
    this.#decoding = false;
    void this.#decode();
  }

  /**
   * @param {Arrival} arrival
   * @param {ImageBitmap | VideoFrame} bitmap
   */
  #offer(arrival, bitmap) {
    if (arrival.frame.seq < this.#offered) return bitmap.close();
    this.#offered = arrival.frame.seq;
    const scheduled = this.#ready !== null;
    this.#ready?.bitmap.close();
    this.#ready = { arrival, bitmap };
    if (!scheduled) this.#world.schedule(() => this.#draw());
  }

  #draw() {
    if (!this.#ready) return;
    const { arrival, bitmap } = this.#ready;
    this.#ready = null;
    const { width, height } = this.#world.size(arrival.frame);
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    this.#world.taint?.draw(this.#context);
    this.#context.imageSmoothingQuality = "medium";
    if (arrival.frame.codec === VP8) this.#context.drawImage(bitmap, 0, 0, arrival.frame.width, arrival.frame.height, 0, 0, width, height); // its sides are even
    else this.#context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    this.#world.drawn(arrival.frame, this.#world.now() - arrival.arrived);
  }

  #forget() {
    this.#round += 1;
    this.#waiting = null;
    this.#film.forget();
    this.#ready?.bitmap.close();
    this.#ready = null;
  }
}
