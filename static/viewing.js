/** The viewport's size, followed. */

import { MAX_SIDE, MIN_SIDE } from "./viewport.js";

export class Viewing {
  /** Device pixels per CSS pixel. */
  density = 1;

  /**
   * @param {HTMLElement} element
   * @param {(width: number, height: number) => void} resized  device pixels
   */
  constructor(element, resized) {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      if (width < 1 || height < 1) return;
      const exact = entry.devicePixelContentBoxSize?.[0];
      const across = trusted(exact?.inlineSize, width * devicePixelRatio);
      const down = trusted(exact?.blockSize, height * devicePixelRatio);
      const shrink = Math.min(1, MAX_SIDE / Math.max(across, down)); // what the server draws at most
      const side = (/** @type {number} */ length) => Math.max(MIN_SIDE, Math.min(MAX_SIDE, Math.round(length * shrink)));
      this.density = side(across) / width;
      resized(side(across), side(down));
    });
    try {
      observer.observe(element, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(element);
    }
  }
}

/**
 * The exact length if it is there and can be true: a browser that only plays a dense screen tells that of its own.
 *
 * @param {number | undefined} exact
 * @param {number} computed
 */
const trusted = (exact, computed) => (exact !== undefined && Math.abs(exact - computed) < 2 ? exact : Math.round(computed));
