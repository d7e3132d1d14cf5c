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

const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

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
    // As code from a string; but the console says nothing of a module that the policy refuses.
    ["script-source", () => throws(() => new WebAssembly.Module(EMPTY_MODULE))],
  ]);
  const outcome = { passed: /** @type {string[]} */ ([]), failed: /** @type {string[]} */ ([]) };
  for (const [name, holds] of probes) (holds() ? outcome.passed : outcome.failed).push(name);
  return outcome;
}
