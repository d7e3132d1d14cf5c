import assert from "node:assert/strict";
import { test } from "node:test";

import { Screen } from "../../static/screen.js";

const frame = (seq, blank = false) => ({ seq, answers: seq, blank, lossless: true, width: 8, height: 8, scale: 1, codec: 2, epoch: 0, payload: new Uint8Array() });
const turn = () => new Promise((done) => setImmediate(done));

/** Frames come, and their decoding has begun. */
const come = async (made, ...frames) => {
  for (const each of frames) made.take(each);
  await turn();
};

function screen() {
  const told = [], decodes = [], frames = [], open = new Set();
  const context = { clearRect: () => told.push("cleared"), drawImage: (bitmap) => told.push(`drew ${bitmap.seq}`) };
  const canvas = { width: 8, height: 8, getContext: () => context };
  const made = new Screen(canvas, {
    drawn: ({ seq }) => told.push(`ack ${seq}`),
    blanked: () => told.push("blanked"),
    failed: () => told.push("failed"),
    size: () => ({ width: 8, height: 8 }),
    decode: ({ seq }) => new Promise((done, fail) => {
      const bitmap = { seq, close: () => open.delete(seq) };
      decodes.push({ seq, done: () => (open.add(seq), done(bitmap)), fail });
    }),
    schedule: (run) => frames.push(run),
    now: () => 0,
  });
  return { made, told, decodes, open, tick: () => frames.splice(0).forEach((run) => run()) };
}

test("while one is decoded, only the newest of those that come is kept", async () => {
  const { made, told, decodes, open, tick } = screen();
  await come(made, ...[1, 2, 3, 4].map((seq) => frame(seq)));
  assert.deepEqual(decodes.map(({ seq }) => seq), [1]);
  decodes[0].done();
  await turn();
  assert.deepEqual(decodes.map(({ seq }) => seq), [1, 4]);
  decodes[1].done();
  await turn();
  tick();
  assert.deepEqual(told, ["drew 4", "ack 4"], "two in one animation frame: the newer is drawn");
  assert.equal(open.size, 0, "every bitmap was given back");
});

test("an older frame is passed over, also one that comes twice", async () => {
  const { made, decodes } = screen();
  await come(made, frame(5), frame(5), frame(4));
  decodes[0].done();
  await turn();
  assert.equal(decodes.length, 1);
});

test("a blank overtakes what is being decoded and what waits for its animation frame", async () => {
  const { made, told, decodes, open, tick } = screen();
  await come(made, frame(1));
  decodes[0].done();
  await turn();
  await come(made, frame(2));
  made.take(frame(3, true));
  assert.deepEqual(told, ["cleared", "blanked"]);
  decodes[1].done();
  await turn();
  tick();
  assert.deepEqual(told, ["cleared", "blanked"]);
  assert.equal(open.size, 0);
});

test("a picture that can't be decoded is said, and the next one is drawn", async () => {
  const { made, told, decodes, tick } = screen();
  await come(made, frame(1), frame(2));
  decodes[0].fail(new Error("broken"));
  await turn();
  decodes[1].done();
  await turn();
  tick();
  assert.deepEqual(told, ["failed", "drew 2", "ack 2"]);
});

test("a new connection numbers its frames anew", async () => {
  const { made, told, decodes, tick } = screen();
  await come(made, frame(90));
  made.begin();
  await come(made, frame(1));
  decodes[0].done();
  await turn();
  decodes[1].done();
  await turn();
  tick();
  assert.deepEqual(told, ["drew 1", "ack 1"]);
});
