/**
 * Whether the page is still the one that was sent: told every ten seconds. It finds what was changed carelessly; a page that was changed with
 * care answers what the server wants to hear.
 */

const text = Function.prototype.toString;
const isNative = (/** @type {Function} */ made) => /\{\s*\[native code\]\s*\}$/.test(text.call(made));

/** The functions that a frame passes on its way to the screen. */
const onTheWay = () => [
  HTMLCanvasElement.prototype.getContext,
  HTMLCanvasElement.prototype.toDataURL,
  CanvasRenderingContext2D.prototype.drawImage,
  CanvasRenderingContext2D.prototype.getImageData,
  window.createImageBitmap,
  window.WebSocket,
  WebSocket.prototype.send,
  window.Blob,
  ...("ImageDecoder" in window ? [ImageDecoder.prototype.decode] : []),
  ...("VideoDecoder" in window ? [VideoDecoder.prototype.decode] : []),
];

export class Guard {
  #first = onTheWay();
  #frame;
  #surface;
  #covered;

  /**
   * @param {HTMLElement} frame
   * @param {{missing: () => boolean}} surface
   * @param {HTMLElement[]} covered  what a cover hides
   */
  constructor(frame, surface, covered = [frame]) {
    this.#frame = frame;
    this.#surface = surface;
    this.#covered = covered;
  }

  /** What is not as it was, one word each. */
  faults() {
    const now = onTheWay();
    const checks = /** @type {[string, boolean][]} */ ([
      ["canvas", now.some((made, k) => made !== this.#first[k] || !isNative(made))],
      ["cover", document.body.dataset.cover === "blank" && this.#covered.some((each) => getComputedStyle(each).visibility !== "hidden")],
      ["listeners", this.#surface.missing()],
      ["script", [...document.scripts].some(({ src }) => !src.startsWith(`${location.origin}/static/`))],
      ["page", !this.#frame.isConnected],
    ]);
    return checks.filter(([, found]) => found).map(([word]) => word);
  }
}
