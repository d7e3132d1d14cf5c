import assert from "node:assert/strict";
import { test } from "node:test";

import { nameOf, nearestOf, saidOf, traced } from "../../static/states.js";
import { inForce } from "../../static/windows.js";

const look = { frames: [3, 4], window: [20, 160, "linear"], area: null, drawings: [] };
const state = { id: "s", label: "LUNG WINDOW", turned: 90, mirrored: false, looks: [look, { ...look, frames: [9], window: null }] };
const item = { id: "i", title: "", kind: "image", frames: 12, rows: 9, columns: 9, spacing_mm: null, windows: [[40, 400, "linear"]], grey: true, unit: "HU", states: [state] };

test("a state speaks of its slices alone, and of no section", () => {
  assert.equal(saidOf(item, { state: "s", frame: 4 }), look);
  for (const other of [{ state: "s", frame: 5 }, { state: "t", frame: 4 }, { state: null, frame: 4 }, { state: "s", frame: 4, cut: {} }]) assert.equal(saidOf(item, other), null);
  assert.equal(nearestOf(state, 0), 3);
  assert.equal(nearestOf(state, 8), 9);
});

test("its window is in force until another one is chosen, and where it is a table nobody here knows", () => {
  assert.deepEqual(inForce(item, null, { state: "s", frame: 3 }), { center: 20, width: 160, function: "linear" });
  assert.equal(inForce(item, null, { state: "s", frame: 9 }), null);
  assert.equal(inForce(item, null, { state: "s", frame: 0 }).width, 400);
  assert.equal(inForce(item, { center: 1, width: 2, function: "linear" }, { state: "s", frame: 3 }).width, 2);
});

test("a state without a label has a number", () => assert.deepEqual([nameOf(state, 1), nameOf({ ...state, label: "" }, 1)], ["LUNG WINDOW", "State 2"]));

test("circles, ellipses and curves go through their points", () => {
  const circle = traced({ kind: "CIRCLE", points: [[10, 20], [13, 24]], filled: false });
  assert.ok(circle.closed && circle.points.every(([x, y]) => Math.abs(Math.hypot(x - 10, y - 20) - 5) < 1e-9));
  const ellipse = traced({ kind: "ELLIPSE", points: [[0, 5], [20, 5], [10, 2], [10, 8]], filled: false });
  assert.ok(ellipse.points.every(([x, y]) => Math.abs(((x - 10) / 10) ** 2 + ((y - 5) / 3) ** 2 - 1) < 1e-9));
  const points = [[0, 0], [5, 9], [9, 1]], curve = traced({ kind: "INTERPOLATED", points, filled: false });
  for (const [x, y] of points) assert.ok(curve.points.some(([u, v]) => Math.hypot(u - x, v - y) < 1e-9));
  assert.deepEqual(traced({ kind: "POLYLINE", points, filled: false }), { points, closed: false });
});
