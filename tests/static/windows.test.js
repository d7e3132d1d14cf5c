import assert from "node:assert/strict";
import { test } from "node:test";

import { described, dragged, first, inForce, listed, standIn } from "../../static/windows.js";
import { chance } from "./chance.js";

const item = { grey: true, unit: "HU", windows: [[40, 400, "linear"], [-500, 1400, "linear_exact"]] };

test("the header's windows come first, and no window twice", () => {
  const names = listed(item).map(({ name }) => name);
  assert.deepEqual(names.slice(0, 3), ["Soft tissue", "Header 2", "Mediastinum"]);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(listed({ grey: false, windows: [] }), []);
  assert.deepEqual(listed({ grey: true, unit: null, windows: [[1, 2, "sigmoid"]] }).map(({ name }) => name), ["Header"]);
  assert.equal(inForce({ grey: true, unit: null, windows: [] }, null), null);
});

test("right is wider, down is higher, and a linear window keeps a width of 1", () => {
  const from = { center: 40, width: 400, function: "linear" };
  const there = dragged(from, 30, 60);
  assert.ok(there.width > 400 && there.center > 40);
  assert.equal(dragged(from, -1e6, 0).width, 1);
  assert.ok(dragged({ center: 0.5, width: 0.8, function: "linear_exact" }, -1e6, 0).width > 0);
  assert.equal(described(there, item), `W ${there.width} L ${there.center} HU`);
  assert.equal(described(null, item), "auto");
});

test("a PET is seen in SUV, dark on white, where its header says enough", () => {
  const pet = { grey: true, unit: "Bq/ml", suv_per_unit: 0.0005, windows: [[5000, 10000, "linear"]] };
  assert.deepEqual(listed(pet).map(({ name }) => name), ["Header", "SUV 0–5", "SUV 0–10", "SUV 0–20"]);
  assert.deepEqual(first(pet), { window: { center: 5000, width: 10000, function: "linear_exact" }, invert: true });
  assert.equal(described(first(pet).window, pet), "W 5 L 2.5 SUV");
  assert.deepEqual(first({ ...pet, suv_per_unit: null }), { window: null, invert: false });
  assert.equal(described({ center: 5000, width: 10000, function: "linear" }, { ...pet, suv_per_unit: null }), "W 10000 L 5000 Bq/ml");
});

test("the browser's filter gives the grey levels that the new window will", () => {
  const random = chance(2);
  const level = ({ center, width }, value) => Math.min(1, Math.max(0, (value - (center - width / 2)) / width));
  let compared = 0;
  for (let round = 0; round < 400; round += 1) {
    const from = { center: random(-100, 100), width: random(50, 400), function: "linear_exact" };
    const to = { center: from.center + random(-40, 40), width: from.width * random(0.6, 1.6), function: "linear_exact" };
    const invert = random() < 0.5;
    const filter = standIn(from, to, invert);
    if (!filter) continue;
    const [brightness, contrast] = filter.match(/[\d.e+-]+/g).map(Number);
    const value = random(from.center - from.width / 2, from.center + from.width / 2); // what is clipped already can't come back
    const shown = invert ? 1 - level(from, value) : level(from, value);
    const after = Math.min(1, Math.max(0, Math.min(1, shown * brightness) * contrast + (1 - contrast) / 2));
    const wanted = invert ? 1 - level(to, value) : level(to, value);
    if (shown * brightness <= 1) assert.ok(Math.abs(after - wanted) < 1e-6, `${after} is not ${wanted}: ${filter}`);
    compared += 1;
  }
  assert.ok(compared > 200);
  assert.equal(standIn({ center: 0, width: 1, function: "sigmoid" }, { center: 0, width: 2, function: "linear" }, false), null);
});
