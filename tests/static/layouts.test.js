import assert from "node:assert/strict";
import { test } from "node:test";

import { LAYOUTS, described, stepped, thicker } from "../../static/layouts.js";

test("every layout has a plane for each of its panes, and names of its own", () => {
  for (const { columns, rows, planes } of LAYOUTS) assert.equal(planes.length, columns * rows);
  assert.equal(new Set(LAYOUTS.map(({ name }) => name)).size, LAYOUTS.length);
});

test("lists are stepped round and round; slabs stop at their ends", () => {
  assert.deepEqual([stepped(["a", "b"], "b", 1), stepped(["a", "b"], "a", -1)], ["a", "b"]);
  assert.deepEqual([thicker(0, -1), thicker(0, 1), thicker(7, 1), thicker(50, 1), thicker(50, -1)], [0, 2, 15, 50, 30]);
});

test("what a pane shows, in words", () => {
  assert.equal(described(null), "Slices");
  assert.equal(described({ plane: "coronal", slab: "maximum", thickness_mm: 10 }), "Coronal, MIP of 10 mm");
  assert.equal(described({ plane: "axial", slab: "minimum", thickness_mm: 0 }), "Axial");
});
