import assert from "node:assert/strict";
import { test } from "node:test";

import { Cine, due, timeline } from "../../static/cine.js";

const UNEVEN = [0, 40, 50, 150];

test("which slice is due follows the recorded times, round and round", () => {
  const line = timeline(UNEVEN, 4);
  assert.deepEqual([line.recorded, line.length], [true, 250]);
  const at = [0, 39, 40, 49, 50, 149, 150, 249, 250, 289, 290, -1];
  assert.deepEqual(at.map((ms) => due(line, ms, true)), [0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 1, 3]);
  assert.equal(due(line, 249, false), 3);
  assert.equal(due(line, 250, false), null);
});

test("without recorded times, or with ones that no loop has, fifteen a second", () => {
  for (const times of [[], [0, 10], [0, 10, 10]]) {
    const line = timeline(times, 3);
    assert.equal(line.recorded, false);
    assert.deepEqual([0, 66, 67, 134, 200].map((ms) => due(line, ms, true)), [0, 0, 1, 2, 0]);
  }
});

function player(times, frames) {
  const shown = [], due = [];
  let now = 1000, frame = 0;
  const cine = new Cine({ now: () => now, schedule: (run) => due.push(run), frame: () => frame, show: (at) => shown.push((frame = at)), changed: () => {} });
  cine.load(times, frames);
  return { cine, shown, pass: (ms) => ((now += ms), due.splice(0).forEach((run) => run())), at: (k) => (frame = k), due };
}

test("a slow screen leaves slices out and is never late", () => {
  const { cine, shown, pass } = player(UNEVEN, 4);
  cine.play();
  for (const ms of [10, 30, 60, 60, 100]) pass(ms); // 10, 40, 100, 160, 260 ms
  assert.deepEqual(shown, [0, 1, 2, 3, 0]);
});

test("speed changes where it is; pause stops; play goes on from the slice on screen", () => {
  const { cine, shown, pass, at } = player(UNEVEN, 4);
  cine.play();
  pass(45);
  cine.at(0.5);
  pass(9); // 49.5 ms of the loop
  pass(3); // 51
  assert.deepEqual(shown, [1, 1, 2]);
  cine.pause();
  pass(1000);
  assert.equal(shown.length, 3);
  at(1);
  cine.at(1);
  cine.play();
  pass(11);
  assert.equal(shown.at(-1), 2);
});

test("recorded times that come while it plays are played by, from the slice on screen", () => {
  const { cine, shown, pass } = player([], 4);
  cine.play();
  pass(70); // at fifteen a second the second slice
  cine.learn(UNEVEN, 4);
  assert.equal(cine.playing, true);
  pass(9); // 49 ms of the loop
  pass(2); // 51
  assert.deepEqual(shown, [1, 1, 2]);
});

test("without going round it ends on the last slice, and begins anew from there", () => {
  const { cine, shown, pass } = player(UNEVEN, 4);
  cine.goRound(false);
  cine.play();
  pass(400);
  assert.deepEqual([shown.at(-1), cine.playing], [3, false]);
  cine.play();
  pass(1);
  assert.equal(shown.at(-1), 0);
});

test("one picture is no loop", () => {
  const { cine, due: waits } = player([], 1);
  cine.play();
  assert.deepEqual([cine.playing, waits.length], [false, 0]);
});
