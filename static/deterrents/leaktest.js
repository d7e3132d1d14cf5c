/**
 * What of the page's locks holds in this browser, tried out at the start of each session; the outcome goes to the audit log. A changed page can
 * lie about it.
 *
 * @typedef {[name: string, holds: () => boolean]} Probe
 */

const throws = (/** @type {() => unknown} */ act) => {
  try {
    act();
    return false;
  } catch {
    return true;
  }
};

/** @param {string} feature */
const isClosed = (feature) => {
  const policy = /** @type {any} */ (document).featurePolicy;
  return policy ? !policy.allowsFeature(feature) : false;
};

/**
 * @param {HTMLCanvasElement} canvas  with the pixel of another origin on it
 * @returns {{passed: string[], failed: string[]}}
 */
export function leakTest(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const probes = /** @type {Probe[]} */ ([
    ["to-data-url", () => throws(() => canvas.toDataURL())],
    ["to-blob", () => throws(() => canvas.toBlob(() => {}))],
    ["get-image-data", () => throws(() => context.getImageData(0, 0, 1, 1))],
    ["capture-stream", () => throws(() => canvas.captureStream(0))],
    ["display-capture", () => isClosed("display-capture")],
    ["clipboard-read", () => isClosed("clipboard-read")],
    ["clipboard-write", () => isClosed("clipboard-write")],
    ["top-level", () => window.top === window.self],
    ["script-source", () => throws(() => new Function("return 1")())],
  ]);
  const outcome = { passed: /** @type {string[]} */ ([]), failed: /** @type {string[]} */ ([]) };
  for (const [name, holds] of probes) (holds() ? outcome.passed : outcome.failed).push(name);
  return outcome;
}
