/**
 * Pan: the picture goes where the hand goes.
 *
 * @param {import("../bench.js").Bench} bench
 * @returns {import("./tool.js").Tool}
 */
export function panTool(bench) {
  let last = /** @type {import("./tool.js").Pair} */ ([0, 0]);
  return {
    name: "pan",
    drawing: false,
    cursor: "grab",
    down({ css }) {
      last = css;
    },
    move({ css }, pressed) {
      if (!pressed) return;
      bench.pan([css[0] - last[0], css[1] - last[1]]);
      last = css;
    },
  };
}
