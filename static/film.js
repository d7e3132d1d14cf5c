/**
 * The video of one pane: frames that are made from those before them, so that each one is decoded, in order, off the main thread; what
 * comes out is drawn or passed over like any picture.
 *
 * @typedef {import("./screen.js").Arrival} Arrival
 */

const CONFIG = { codec: "vp8", optimizeForLatency: true };

let broken = false; // a page whose decoder failed once asks for pictures from then on

/** Whether this page can decode a video. */
export async function canFilm() {
  if (broken || !("VideoDecoder" in globalThis)) return false;
  try {
    return (await VideoDecoder.isConfigSupported(CONFIG)).supported === true;
  } catch {
    return false;
  }
}

/** A VP8 frame that needs none before it: RFC 6386, 9.1.  @param {Uint8Array} payload */
export const isWhole = (payload) => (payload[0] & 1) === 0;

export class Film {
  #world;
  #decoder = /** @type {VideoDecoder | null} */ (null);
  #arrivals = /** @type {Map<number, Arrival>} */ (new Map()); // by seq, which is the time stamp too

  /** @param {{decoded: (arrival: Arrival, image: VideoFrame) => void, failed: () => void}} world */
  constructor(world) {
    this.#world = world;
  }

  /** @param {Arrival} arrival */
  take(arrival) {
    const { seq, payload } = arrival.frame, whole = isWhole(payload);
    try {
      if (whole && !this.#decoder) this.#begin();
      if (!this.#decoder) throw new Error("the frame before is not here");
      this.#arrivals.set(seq, arrival);
      this.#decoder.decode(new EncodedVideoChunk({ type: whole ? "key" : "delta", timestamp: seq, data: payload }));
    } catch {
      this.#fail();
    }
  }

  /** What is under way is not shown; the frames that come may be made from it all the same. */
  forget() {
    this.#arrivals.clear();
  }

  /** The next frame is a whole one. */
  close() {
    this.forget();
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder && decoder.state !== "closed") decoder.close();
  }

  #begin() {
    const decoder = new VideoDecoder({
      output: (image) => {
        const arrival = this.#arrivals.get(image.timestamp);
        if (!arrival || decoder !== this.#decoder) return image.close();
        for (const seq of this.#arrivals.keys()) if (seq <= image.timestamp) this.#arrivals.delete(seq);
        this.#world.decoded(arrival, image);
      },
      error: () => decoder === this.#decoder && this.#fail(),
    });
    decoder.configure(CONFIG);
    this.#decoder = decoder;
  }

  #fail() {
    broken = true;
    this.close();
    this.#world.failed();
  }
}
