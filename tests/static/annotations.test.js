import assert from "node:assert/strict";
import { test } from "node:test";

import { Annotations } from "../../static/annotations.js";
import { chance } from "./chance.js";

const geometry = { type: "point", x: 1, y: 2 };
const state = { label: "finding", frame: 0, geometry };

function annotations(task = {}) {
  let count = 0;
  const made = new Annotations(() => `id-${(count += 1)}`);
  made.author = "ada";
  made.load({ id: "t", revision: 0, annotations: [], history: [], ...task });
  return made;
}

const ids = (made) => [...made.all().keys()];

test("what is drawn is there at once, and stays when it is confirmed", () => {
  const made = annotations();
  const op = made.create(state, 5);
  assert.deepEqual(op, { t: "op", id: op.id, task: "t", kind: "create", base: 0, annotation: op.annotation, patch: state, seen: 5 });
  assert.deepEqual(ids(made), [op.annotation]);
  const confirmed = { ...state, id: op.annotation, revision: 1, author: "ada" };
  assert.equal(made.receipt(op.id, { revision: 1, annotation: confirmed }), false);
  assert.deepEqual(made.all().get(op.annotation), confirmed);
  assert.equal(made.revision, 1);
});

test("a refusal takes its own change away, and what it could be undone by", () => {
  const made = annotations();
  const first = made.create(state), second = made.create(state);
  assert.equal(made.refused(first.id, null), false);
  assert.deepEqual(ids(made), [second.annotation]);
  assert.equal(made.undo().target, second.id);
  assert.equal(made.canUndo, false);
});

test("an update that is refused goes back to what the server has", () => {
  const made = annotations({ annotations: [{ ...state, id: "a", revision: 3, author: "ada" }] });
  const op = made.update("a", { label: "lesion" });
  assert.equal(made.all().get("a").label, "lesion");
  made.refused(op.id, { ...state, id: "a", revision: 4, author: "bo", label: "organ" });
  assert.equal(made.all().get("a").label, "organ");
  assert.equal(made.update("nowhere", {}), null);
});

test("undo and redo, before and after the receipt", () => {
  const made = annotations();
  const op = made.create(state);
  const back = made.undo();
  assert.deepEqual([back.kind, back.target, ids(made), made.canRedo], ["undo", op.id, [], true]);
  const again = made.redo();
  assert.deepEqual([again.kind, again.target, ids(made).length, made.canUndo], ["redo", op.id, 1, true]);
  made.create(state);
  assert.equal(made.canRedo, false, "what is drawn anew ends the redoing");
});

test("an undo of what another page drew is left to the server", () => {
  const made = annotations({ annotations: [{ ...state, id: "a", revision: 1, author: "ada" }], history: ["old"] });
  const back = made.undo();
  assert.equal(back.target, "old");
  assert.deepEqual(ids(made), ["a"], "it is not known here what goes");
  assert.equal(made.receipt(back.id, { revision: 2, annotation: null }), true, "so the task is to be loaded again");
});

test("loading the same task keeps what waits on top; another task starts clean", () => {
  const made = annotations();
  const op = made.create(state);
  made.load({ id: "t", revision: 7, annotations: [{ ...state, id: "b", revision: 7, author: "ada" }], history: ["x"] });
  assert.deepEqual(ids(made).sort(), ["b", op.annotation].sort());
  assert.equal(made.undo().target, op.id);
  made.load({ id: "u", revision: 0, annotations: [], history: [] });
  assert.deepEqual([ids(made), made.canUndo, made.canRedo], [[], false, false]);
});

test("whatever is done and however receipts come, the end is what the server has", () => {
  const random = chance(11);
  for (let round = 0; round < 60; round += 1) {
    const made = annotations();
    const server = new Map(), waiting = [];
    let revision = 0;
    const answer = () => {
      const op = waiting.shift();
      if (!op) return;
      revision += 1;
      if (op.kind === "delete") server.delete(op.annotation);
      else server.set(op.annotation, { ...server.get(op.annotation), ...op.patch, id: op.annotation, revision, author: "ada" });
      made.receipt(op.id, { revision, annotation: server.get(op.annotation) ?? null });
    };
    for (let step = 0; step < 40; step += 1) {
      const there = ids(made), some = there[Math.floor(random(0, there.length))];
      const what = random();
      if (what < 0.4 || !some) waiting.push(made.create(state));
      else if (what < 0.6) waiting.push(made.update(some, { label: `l${step}` }));
      else if (what < 0.7) waiting.push(made.remove(some));
      else answer();
    }
    while (waiting.length) answer();
    assert.deepEqual(new Map([...made.all()].sort()), new Map([...server].sort()));
  }
});
