import assert from "node:assert/strict";
import { test } from "node:test";

import { area, bent, boxBetween, corners, described, handles, hits, inside, moved, nearest, withCorner, withoutCorner } from "../../static/geometry.js";
import { chance } from "./chance.js";

const extent = { rows: 80, columns: 100 };
const box = { type: "box", x: 10, y: 20, w: 30, h: 40 };
const ring = { type: "polygon", points: [[10, 10], [50, 10], [50, 60], [10, 60]] };
const shapes = [box, ring, { type: "point", x: 5, y: 6 }];

test("a box between any two corners, in any order, or none without area", () => {
  for (const [a, b] of [[[1, 2], [4, 6]], [[4, 6], [1, 2]], [[4, 2], [1, 6]]]) {
    assert.deepEqual(boxBetween(a, b), { type: "box", x: 1, y: 2, w: 3, h: 4 });
  }
  assert.equal(boxBetween([1, 2], [1, 9]), null);
});

test("no move and no bend leaves the picture, and a move keeps size and area", () => {
  const random = chance(1);
  for (let round = 0; round < 300; round += 1) {
    for (const shape of shapes) {
      const by = [random(-300, 300), random(-300, 300)];
      const there = moved(shape, by, extent);
      for (const [x, y] of corners(there)) assert.ok(x >= 0 && x <= 100 && y >= 0 && y <= 80, JSON.stringify(there));
      assert.ok(Math.abs(area(corners(there)) - area(corners(shape))) < 0.2);
      const k = Math.floor(random(0, handles(shape).length));
      for (const [x, y] of corners(bent(shape, k, [random(-300, 300), random(-300, 300)], extent))) {
        assert.ok(x >= 0 && x <= 100 && y >= 0 && y <= 80);
      }
    }
  }
});

test("each handle of a box moves its own sides only", () => {
  const sides = ({ x, y, w, h }) => ({ left: x, right: x + w, top: y, bottom: y + h });
  const moves = [["left", "top"], ["top"], ["right", "top"], ["right"], ["right", "bottom"], ["bottom"], ["left", "bottom"], ["left"]];
  for (const [k, names] of moves.entries()) {
    const before = sides(box), after = sides(bent(box, k, [33, 44], extent));
    for (const side of Object.keys(before)) assert.equal(before[side] !== after[side], names.includes(side), `${k} ${side}`);
  }
  assert.equal(bent(box, 3, [10, 44], extent), box, "a bend that leaves no area is none");
});

test("corners come and go", () => {
  const more = withCorner(ring, [30, 11]);
  assert.deepEqual(more.points, [[10, 10], [30, 11], [50, 10], [50, 60], [10, 60]]);
  assert.deepEqual(withoutCorner(more, 1), ring);
  const triangle = { type: "polygon", points: [[0, 0], [1, 0], [0, 1]] };
  assert.equal(withoutCorner(triangle, 0), triangle);
  assert.equal(withCorner(box, [0, 0]), box);
});

test("what is hit: inside, on the line, near it", () => {
  for (const [at, hit] of [[[30, 30], true], [[50, 30], true], [[57, 30], true], [[59, 30], false], [[9, 9], true], [[0, 0], false]]) {
    assert.equal(hits(ring.points, at, 8), hit, String(at));
  }
  const dent = [[0, 0], [40, 0], [40, 40], [20, 10], [0, 40]];
  assert.equal(hits(dent, [20, 30], 1), false, "a dent is outside");
  assert.equal(nearest([[0, 0], [5, 5], [9, 9]], [6, 6], 3), 1);
  assert.equal(nearest([[0, 0]], [6, 6], 3), -1);
});

test("areas and words", () => {
  assert.equal(area(corners(box)), 1200);
  assert.equal(area([[0, 0], [4, 0], [0, 3]]), 6);
  assert.deepEqual(shapes.map(described), ["box 30 × 40 px", "polygon, 4 corners", "point"]);
  assert.deepEqual(inside([-3, 99], extent), [0, 80]);
});
