import assert from "node:assert/strict";
import { test } from "node:test";

import { projected } from "../../static/projected.js";

// Axial slices 2 mm apart, pixels of 0.5 mm: 20 columns, 40 rows; sections of 0.5 mm.
const places = { row: [0.5, 0, 0], column: [0, 0.5, 0], slices: [[0, 0, 0, 0], [1, 0, 0, 2], [2, 0, 0, 4]] };
const spacing_mm = [0.5, 0.5];
const axial = { rows: 40, columns: 20, frames: 9, spacing_mm, origin_mm: [0, 0, 0] };
const coronal = { rows: 9, columns: 20, frames: 40, spacing_mm, origin_mm: [0, -4, 0] };
const sagittal = { rows: 9, columns: 40, frames: 20, spacing_mm, origin_mm: [0, -4, 0] };
const box = [[4, 10], [12, 10], [12, 30], [4, 30]];
const thin = (plane) => ({ plane, thickness_mm: 0 });

test("a section that lies in the slices shows the outline, from the middle to the next slice to that before", () => {
  const at = (section) => projected(box, 1, places, axial, thin("axial"), section);
  assert.deepEqual(at(4), [{ points: box, closed: true }]);
  assert.deepEqual([2, 3, 5, 6].map((section) => at(section).length), [1, 1, 1, 1]);
  assert.deepEqual([1, 7].map((section) => at(section).length), [0, 0]);
});

test("a section through the slices shows where it cuts the shape, at the height of the slice", () => {
  // The middle of coronal section 15 is the row of pixels 15, whose middle is 15.5 in image space.
  assert.deepEqual(projected(box, 1, places, coronal, thin("coronal"), 15), [{ points: [[4, 4.5], [12, 4.5]], closed: false }]);
  assert.deepEqual(projected(box, 1, places, coronal, thin("coronal"), 35), []);
  assert.deepEqual(projected(box, 2, places, sagittal, thin("sagittal"), 7), [{ points: [[10, 0.5], [30, 0.5]], closed: false }]);
});

test("a shape with a bay is cut twice, and a point is there in its own section or slab", () => {
  const bay = [[0, 0], [16, 0], [16, 20], [8, 5], [0, 20]];
  const lines = projected(bay, 0, places, coronal, thin("coronal"), 12);
  assert.equal(lines.length, 2);
  assert.ok(lines[0].points[1][0] <= lines[1].points[0][0]);
  const point = (section, thickness_mm) => projected([[8, 16]], 0, places, coronal, { plane: "coronal", thickness_mm }, section).length;
  assert.deepEqual([point(15, 0), point(16, 0), point(20, 0), point(20, 6)], [1, 1, 0, 1]);
});

test("a slice that is not in the volume, and places that are not known, show nothing", () => {
  assert.deepEqual(projected(box, 7, places, axial, thin("axial"), 0), []);
  assert.deepEqual(projected(box, 1, places, { ...axial, origin_mm: undefined }, thin("axial"), 4), []);
});
