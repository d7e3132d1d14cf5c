import assert from "node:assert/strict";
import { test } from "node:test";

import { crossings } from "../../static/crossings.js";

const axial = { plane: "axial", frame: 3, rows: 20, columns: 10, frames: 40 };
const coronal = { plane: "coronal", frame: 5, rows: 40, columns: 10, frames: 20 };
const sagittal = { plane: "sagittal", frame: 7, rows: 40, columns: 20, frames: 10 };

test("a coronal section is a row of an axial one, a sagittal a column", () => {
  assert.deepEqual(crossings(axial, [coronal, sagittal]), [
    { plane: "coronal", from: [0, 5.5], to: [10, 5.5] },
    { plane: "sagittal", from: [7.5, 0], to: [7.5, 20] },
  ]);
});

test("an axial section counts from the feet, the rows of the others from the head", () => {
  assert.deepEqual(crossings(coronal, [axial, sagittal]), [
    { plane: "axial", from: [0, 36.5], to: [10, 36.5] },
    { plane: "sagittal", from: [7.5, 0], to: [7.5, 40] },
  ]);
  assert.deepEqual(crossings(sagittal, [axial, coronal]), [
    { plane: "axial", from: [0, 36.5], to: [20, 36.5] },
    { plane: "coronal", from: [5.5, 0], to: [5.5, 40] },
  ]);
});

test("sections in one plane cross nowhere", () => assert.deepEqual(crossings(axial, [{ ...axial, frame: 9 }]), []));
