import assert from "node:assert/strict";
import { test } from "node:test";

import { Looking, wheelSteps } from "../../static/looking.js";

const ITEM = { id: "i", title: "", kind: "image", frames: 12, rows: 100, columns: 100, spacing_mm: null, windows: [[40, 400, "linear"]], grey: true, unit: "HU" };

function looking(more = {}) {
  const sent = [], soon = [], frames = [];
  const run = (waiting) => waiting.splice(0).forEach((each) => each());
  const world = { soon: (each) => soon.push(each), schedule: (each) => frames.push(each), now: () => 0, changed: () => {} };
  const made = new Looking({ send: (message) => sent.push(message), ...world, ...more });
  made.resize(200, 100);
  made.show(ITEM);
  made.open = true;
  const settle = () => run(soon);
  return { made, sent, settle, tick: () => (settle(), run(frames)) };
}

test("however often the hand moves, the newest look goes out once a frame", () => {
  const { made, sent, tick } = looking();
  tick();
  for (let k = 0; k < 50; k += 1) made.slice(made.look.frame + 1);
  tick();
  tick();
  assert.deepEqual(sent.map(({ seq, frame }) => [seq, frame]), [[1, 0], [2, 11]]);
});

test("the first move goes out at once; those behind it wait for the frame, and the newest of them goes", () => {
  const { made, sent, settle, tick } = looking();
  tick();
  for (const frame of [3, 4, 5]) {
    made.slice(frame);
    settle();
  }
  assert.deepEqual(sent.map(({ frame }) => frame), [0, 3]);
  tick();
  assert.deepEqual(sent.map(({ frame }) => frame), [0, 3, 5]);
  made.slice(6);
  settle();
  assert.equal(sent.length, 3, "a look has gone out in this frame");
  tick();
  assert.equal(sent.at(-1).frame, 6);
});

test("nothing is asked before the server knows that the item is open", () => {
  const { made, sent, tick } = looking();
  made.open = false;
  made.slice(3);
  tick();
  assert.deepEqual(sent, []);
  made.open = true;
  made.ask();
  tick();
  assert.equal(sent[0].frame, 3);
});

test("which look a frame answers, and whether it is the newest", () => {
  const { made, tick } = looking();
  tick();
  assert.equal(made.isNewest(1), true);
  made.slice(4);
  assert.equal(made.isNewest(1), false, "as soon as the hand has moved");
  tick();
  assert.deepEqual([made.isNewest(1), made.isNewest(2), made.answered(1).frame, made.answered(2).frame, made.answered(9)], [false, true, 0, 4, undefined]);
  assert.deepEqual([made.roundTripMs(2), made.roundTripMs(2)], [0, null]);
});

test("who shows what changed is told that the frame on screen is no more of the newest look", () => {
  const newest = [];
  const { made, tick } = looking();
  tick();
  made.changed = () => newest.push(made.isNewest(1));
  made.slice(4);
  assert.deepEqual(newest, [false]);
});

test("a fitted picture stays fitted when the window changes its size", () => {
  const { made } = looking();
  made.resize(400, 300);
  assert.equal(made.look.camera.scale, 3);
  made.zoom([0, 0], 2);
  made.resize(800, 600);
  assert.equal(made.look.camera.scale, 6);
});

test("a notch is a slice; the small steps of a touchpad add up; a turn of the hand counts at once", () => {
  const steps = (...events) => {
    let rest = 0;
    return events.map(([deltaY, deltaMode = 0]) => {
      const made = wheelSteps(rest, { deltaY, deltaMode });
      rest = made.rest;
      return made.steps;
    });
  };
  assert.deepEqual(steps([100], [120], [-100], [53], [240], [3, 1], [-1, 2]), [1, 1, -1, 1, 2, 1, -1]);
  assert.equal(steps(...Array.from({ length: 44 }, () => [10])).reduce((sum, each) => sum + each), 4);
  assert.deepEqual(steps([40], [40], [-40], [-40], [-40]), [0, 0, 0, 0, -1]);
});

test("a section has an extent of its own, and the message says pane and plane", () => {
  const { made, sent, tick } = looking({ pane: 2 });
  tick();
  assert.deepEqual([sent.at(-1).pane, sent.at(-1).cut], [2, undefined]);
  made.cut({ plane: "coronal", slab: "mean", thickness_mm: 0 });
  assert.equal(made.look.cut, null, "nobody said yet that there are sections");
  made.cuts({ coronal: { rows: 40, columns: 80, frames: 100, spacing_mm: [1, 1] } });
  made.cut({ plane: "coronal", slab: "maximum", thickness_mm: 5 });
  tick();
  assert.deepEqual([sent.at(-1).cut, sent.at(-1).frame, sent.at(-1).scale], [{ plane: "coronal", slab: "maximum", thickness_mm: 5 }, 50, 2.5]);
  made.slice(1000);
  made.cut({ ...made.look.cut, thickness_mm: 10 });
  assert.deepEqual([made.look.frame, made.look.cut.thickness_mm], [99, 10], "another slab of the same plane stays where it is");
  made.cut(null);
  assert.deepEqual([made.extent.frames, made.look.frame], [12, 6]);
});
