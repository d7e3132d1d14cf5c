import { area, bent, corners, handles, hits, moved, nearest, withCorner } from "../geometry.js";
import { STILL_PX, apart } from "./tool.js";

const REACH_PX = 8;

/**
 * Select: click a shape; drag it, or one of its handles. A double click on a polygon adds a corner.
 *
 * @param {import("../bench.js").Bench} bench
 * @returns {import("./tool.js").Tool}
 */
export function selectTool(bench) {
  /** @typedef {import("./tool.js").Pair} Pair */
  /** @typedef {import("../messages.js").Annotation} Annotation */
  let grip = /** @type {{shape: Annotation, handle: number, from: import("./tool.js").Spot} | null} */ (null);

  /** @param {Pair[]} points */
  const shown = (points) => points.map((point) => bench.toCss(point));

  /** @param {Pair} css */
  const handleAt = (css) => {
    const shape = bench.selectedShape();
    return shape && bench.editable ? nearest(shown(handles(shape.geometry)), css, REACH_PX) : -1;
  };

  /** The smallest shape there: the one inside another can be reached.  @param {Pair} css */
  const shapeAt = (css) => {
    const under = bench.shapes().filter(({ geometry }) => hits(shown(corners(geometry)), css, REACH_PX));
    const sizes = under.map(({ geometry }) => area(corners(geometry)));
    return under[sizes.indexOf(Math.min(...sizes))];
  };

  /** @param {Pair} css */
  const cursorAt = (css) => {
    if (handleAt(css) >= 0) return "crosshair";
    return shapeAt(css) ? (bench.editable ? "move" : "pointer") : "default";
  };

  return {
    name: "select",
    drawing: false,
    cursor: "default",
    down(spot) {
      const handle = handleAt(spot.css);
      const shape = handle >= 0 ? bench.selectedShape() : shapeAt(spot.css);
      bench.select(shape?.id ?? null, handle);
      grip = shape && bench.editable ? { shape, handle, from: spot } : null;
    },
    move(spot, pressed) {
      if (!pressed) {
        bench.cursor(cursorAt(spot.css));
        return;
      }
      if (!grip || (!bench.isPreviewing && apart(grip.from.css, spot.css) < STILL_PX)) return;
      const { shape, handle, from } = grip;
      const by = /** @type {Pair} */ ([spot.image[0] - from.image[0], spot.image[1] - from.image[1]]);
      const { geometry } = shape;
      bench.preview(shape.id, handle >= 0 ? bent(geometry, handle, spot.image, bench.extent) : moved(geometry, by, bench.extent));
    },
    up() {
      grip = null;
      bench.settle();
    },
    double({ image }) {
      const shape = bench.selectedShape();
      if (!shape || !bench.editable) return;
      const geometry = withCorner(shape.geometry, bench.inside(image));
      if (geometry !== shape.geometry) bench.change(shape.id, { geometry });
    },
    cancel() {
      grip = null;
      return bench.unpreview();
    },
  };
}
