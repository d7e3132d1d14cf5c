/**
 * Point: one click.
 *
 * @param {import("../bench.js").Bench} bench
 * @returns {import("./tool.js").Tool}
 */
export function pointTool(bench) {
  /** @param {import("./tool.js").Spot} spot */
  const place = ({ image }) => {
    const [x, y] = bench.inside(image);
    bench.draw({ type: "point", x, y });
  };
  return {
    name: "point",
    drawing: true,
    cursor: "crosshair",
    move() {},
    up: place,
    place,
    finish(spot) {
      if (spot) place(spot);
    },
  };
}
