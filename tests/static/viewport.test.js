import assert from "node:assert/strict";
import { test } from "node:test";

import { fit, panned, pixelRatio, residual, spin, toDevice, toImage, zoomed } from "../../static/viewport.js";
import { chance } from "./chance.js";

const near = (a, b, within = 1e-6) => a.forEach((value, k) => assert.ok(Math.abs(value - b[k]) <= within, `${a} is not ${b}`));
const tall = { rows: 200, columns: 100, spacing_mm: [2, 1] };

test("rows over columns, and 1 where that is unknown", () => {
  for (const [spacing, ratio] of [[[2, 1], 2], [[0.5, 1], 0.5], [null, 1], [[0, 1], 1], [[1, -1], 1], [[Infinity, 1], 1]]) {
    assert.equal(pixelRatio(spacing), ratio);
  }
});

test("the fitted picture is whole, centred, and touches two sides", () => {
  const camera = fit(tall, 600, 800); // 100 mm wide, 400 mm high
  near(toDevice(camera, [0, 0]), [200, 0]);
  near(toDevice(camera, [100, 200]), [400, 800]);
});

test("device and image undo each other; zoom keeps the place under the hand; pan follows it", () => {
  const random = chance(7);
  for (let round = 0; round < 300; round += 1) {
    const turn = { turned: 90 * Math.floor(random(0, 4)), mirrored: random(0, 1) < 0.5 };
    const camera = { x: random(0, 100), y: random(0, 200), scale: random(0.5, 20), ratio: 2, width: 640, height: 480, ...turn };
    const point = [random(0, 640), random(0, 480)];
    near(toDevice(camera, toImage(camera, point)), point);
    const closer = zoomed(camera, point, random(0.9, 1.1), tall);
    if (closer.x > 0 && closer.x < 100 && closer.y > 0 && closer.y < 200) near(toImage(closer, point), toImage(camera, point), 1e-6);
    const by = [random(-5, 5), random(-5, 5)];
    const there = panned(camera, by, tall);
    if (there.x > 0 && there.x < 100 && there.y > 0 && there.y < 200) {
      near(toDevice(there, toImage(camera, point)), [point[0] + by[0], point[1] + by[1]]);
    }
  }
});

test("a turn goes clockwise, a mirror left to right, both on the screen; a turned picture fits", () => {
  const camera = fit(tall, 600, 800);
  const corner = (turned) => toDevice(fit(tall, 800, 400, turned), [0, 0]);
  near(corner({ turned: 90, mirrored: false }), [800, 100]);
  near(corner({ turned: 90, mirrored: true }), [0, 100]);
  near(corner({ turned: 270, mirrored: false }), [0, 300]);
  near(corner({ turned: 180, mirrored: false }), [450, 400]);
  const middle = [300, 400], point = [20, 30];
  for (const start of [camera, spin(camera, "mirror"), spin(camera, "turn"), spin(spin(camera, "turn"), "mirror")]) {
    const [u, v] = toDevice(start, point);
    near(toDevice(spin(start, "turn"), point), [middle[0] - (v - middle[1]), middle[1] + (u - middle[0])]);
    near(toDevice(spin(start, "mirror"), point), [2 * middle[0] - u, v]);
  }
  assert.equal(residual(camera, spin(camera, "turn")), null);
});

test("an area is fitted as the whole is", () => {
  const camera = fit(tall, 600, 800, { turned: 0, mirrored: false }, [10, 20, 40, 60]);
  near(toDevice(camera, [25, 40]), [300, 400]);
  near(toDevice(camera, [10, 20]), [150, 0]);
});

test("a picture can't be lost: its middle stays in view, and it keeps a size", () => {
  let camera = fit(tall, 600, 800);
  for (let k = 0; k < 50; k += 1) camera = panned(camera, [1000, 1000], tall);
  assert.deepEqual([camera.x, camera.y], [0, 0]);
  for (let k = 0; k < 50; k += 1) camera = zoomed(camera, [0, 0], 0.5, tall);
  assert.ok(Math.abs(camera.scale - fit(tall, 600, 800).scale / 8) < 1e-9);
});

test("the stand-in puts every pixel of the old picture where the new one will have it", () => {
  const random = chance(3);
  for (let round = 0; round < 100; round += 1) {
    const from = { x: random(0, 100), y: random(0, 200), scale: random(1, 9), ratio: 2, width: 640, height: 480 };
    const to = { ...from, x: random(0, 100), y: random(0, 200), scale: random(1, 9) };
    const { factor, left, top } = residual(from, to);
    const u = [random(0, 640), random(0, 480)];
    near([u[0] * factor + left, u[1] * factor + top], toDevice(to, toImage(from, u)), 1e-6);
  }
});
