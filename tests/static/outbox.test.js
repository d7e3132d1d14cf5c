import assert from "node:assert/strict";
import { test } from "node:test";

import { IN_FLIGHT, Outbox, savedText } from "../../static/outbox.js";
import { chance } from "./chance.js";

const op = (id) => ({ t: "op", id, task: "t", kind: "create", base: 0 });

test("in order, so many at once, and all again after a lost connection", () => {
  const outbox = new Outbox();
  for (let k = 0; k < 40; k += 1) outbox.add(op(`${k}`));
  assert.deepEqual(outbox.take().map(({ id }) => id), Array.from({ length: IN_FLIGHT }, (_, k) => `${k}`));
  assert.deepEqual(outbox.take(), []);
  outbox.answered("0");
  assert.deepEqual(outbox.take().map(({ id }) => id), ["32"]);
  outbox.restart();
  assert.equal(outbox.take()[0].id, "1");
  assert.equal(outbox.answered("nobody's"), undefined);
  assert.equal(outbox.size, 39);
});

test("over any line, the server does each once, in order", () => {
  const random = chance(5);
  for (let round = 0; round < 100; round += 1) {
    const outbox = new Outbox();
    const done = [], line = [];
    const total = 30;
    let made = 0;
    for (let guard = 0; outbox.size || made < total; guard += 1) {
      assert.ok(guard < 5000);
      const what = random();
      if (what < 0.3 && made < total) outbox.add(op(`${(made += 1)}`));
      else if (what < 0.6) line.push(...outbox.take());
      else if (what < 0.9) {
        const arrived = line.shift();
        if (!arrived) continue;
        if (!done.includes(arrived.id)) done.push(arrived.id); // the server knows ids again
        if (random() < 0.8) outbox.answered(arrived.id); // else the receipt is lost, and with it the line
        else {
          line.length = 0;
          outbox.restart();
        }
      }
    }
    assert.deepEqual(done, Array.from({ length: total }, (_, k) => `${k + 1}`));
  }
});

test("saved means saved", () => {
  const state = { online: true, began: true, waiting: 0, task: true, revision: 3 };
  for (const [change, text] of [
    [{}, "Saved"], [{ waiting: 1 }, "Saving…"], [{ revision: 0 }, "No changes yet"], [{ task: false }, ""],
    [{ online: false, waiting: 1 }, "Offline — 1 change waiting"], [{ online: false, waiting: 2 }, "Offline — 2 changes waiting"],
    [{ online: false }, "Offline — nothing waits"], [{ online: false, began: false }, "Connecting…"],
  ]) assert.equal(savedText({ ...state, ...change }), text);
});
