/**
 * The pixel of another origin that closes the canvas: once it is drawn, `toDataURL`, `toBlob`, `getImageData` and `captureStream` throw, in the
 * console too. It is transparent. A canvas that gets another size is open again, so the pixel is drawn before each frame.
 */
export class Taint {
  #image = new Image();
  closed = false; // whether there is a pixel

  /** @param {string} url  empty: this server has no second origin */
  constructor(url) {
    this.settled = url ? this.#load(url) : Promise.resolve();
  }

  /** @param {string} url */
  async #load(url) {
    this.#image.src = url; // without `crossOrigin`: with it the canvas would stay open
    try {
      await this.#image.decode();
      this.closed = true;
    } catch {
      // blocked on the way: the leak test says so
    }
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    if (this.closed) context.drawImage(this.#image, 0, 0);
  }
}
