import assert from "node:assert/strict";
import { test } from "node:test";

import { Annotations } from "../../static/annotations.js";
import { Desk } from "../../static/desk.js";

const point = { label: "finding", frame: 0, geometry: { type: "point", x: 1, y: 1 } };

function desk(actions = ["annotation.write", "item.view", "task.submit", "task.take"]) {
  let count = 0;
  const sent = [], told = [];
  const stream = { state: "open", send: (message) => (stream.state === "open" ? Boolean(sent.push(message)) : false) };
  const annotations = new Annotations(() => `id-${(count += 1)}`);
  const shown = Object.fromEntries(
    ["welcomed", "controlled", "opened", "cleared", "queued", "said", "changed", "noticed", "locked", "ended"].map((name) => [
      name, (...args) => name !== "changed" && told.push([name, ...args]),
    ]),
  );
  const made = new Desk({ stream, annotations, shown, now: () => 1 });
  const welcome = () => made.told({ t: "welcome", user: "ada", controls: { allow: { actions } }, labels: [] });
  welcome();
  const task = (id = "t", more = {}) =>
    made.told({ t: "task", id, stage: "annotate", mode: "annotate", revision: 0, item: { id: `item of ${id}` }, annotations: [], comments: [], history: [], waiting: 0, ...more });
  const kinds = () => sent.splice(0).map((message) => message.kind ?? message.t);
  const receipt = (op, more = {}) => made.told({ t: "receipt", op, revision: 1, index: 0, stage: "annotate", annotation: null, ...more });
  return { made, annotations, stream, sent, told, welcome, task, kinds, receipt };
}

test("an annotator gets the next task; a reviewer picks", () => {
  const annotator = desk();
  assert.deepEqual(annotator.kinds(), ["next"]);
  const reviewer = desk(["item.view", "task.review"]);
  assert.deepEqual(reviewer.kinds(), []);
  assert.deepEqual(reviewer.told.at(-1), ["cleared", "none"]);
  reviewer.task("t", { mode: "review", stage: "review" });
  assert.deepEqual([reviewer.made.reviewing, reviewer.made.editable], [true, false]);
  reviewer.welcome(); // the line was lost
  assert.deepEqual(reviewer.sent.at(-1), { t: "open", task: "t" });
});

test("what a lost line did not confirm goes out again, before the task is asked for", () => {
  const { made, annotations, stream, kinds, welcome, task } = desk();
  task();
  kinds();
  made.put(annotations.create(point));
  stream.state = "closed";
  made.put(annotations.create(point));
  assert.deepEqual([kinds(), made.waiting], [["create"], 2]);
  stream.state = "open";
  welcome();
  assert.deepEqual(kinds(), ["create", "create", "next"]);
});

test("handing in ends the drawing at once, and brings the next task when it is durable", () => {
  const { made, annotations, sent, told, task, kinds, receipt } = desk();
  task();
  made.put(annotations.create(point));
  made.say("submit", "");
  assert.equal(made.editable, false);
  const [create, submit] = sent.filter(({ t }) => t === "op");
  kinds();
  receipt(create.id, { annotation: { ...point, id: create.annotation, revision: 1, author: "ada" } });
  assert.equal(made.task.id, "t");
  receipt(submit.id, { stage: "review" });
  assert.deepEqual([made.task, kinds()], [null, ["next"]]);
  assert.deepEqual(told.at(-1), ["cleared", "submitted"]);
});

test("a receipt of a task that is not on the desk any more changes nothing there", () => {
  const { made, annotations, sent, task, receipt } = desk();
  task("t");
  made.put(annotations.create(point));
  const old = sent.at(-1);
  task("u");
  receipt(old.id, { revision: 99 });
  assert.deepEqual([annotations.revision, annotations.all().size, made.waiting], [0, 0, 0]);
});

test("a refusal is said, in words, and what is not known here is loaded again", () => {
  const { made, annotations, told, task, kinds, sent } = desk();
  task("t", { annotations: [{ ...point, id: "a", revision: 1, author: "ada" }] });
  made.put(annotations.update("a", { label: "lesion" }));
  const op = sent.at(-1);
  kinds();
  made.told({ t: "refused", op: op.id, reason: "somebody was first", annotation: null });
  assert.deepEqual(told.at(-1), ["noticed", "error", "the change was refused: somebody was first"]);
  assert.deepEqual(kinds(), ["next"]);
});

test("a comment is shown when it is durable", () => {
  const { made, sent, told, task, receipt } = desk();
  task();
  made.say("comment", "look here");
  const op = sent.at(-1);
  assert.deepEqual([op.kind, op.text, made.task.comments], ["comment", "look here", []]);
  receipt(op.id);
  assert.deepEqual(made.task.comments, [{ text: "look here", verdict: null, by: "ada", time: 1 }]);
  assert.deepEqual(told.at(-1), ["said", "look here"]);
});

test("a reason goes out before what a budget kept back is asked for again, and alone when a task is on the desk", () => {
  const { made, kinds, task } = desk();
  kinds();
  assert.equal(made.asking, true);
  made.explain("a second look is wanted");
  assert.deepEqual(kinds(), ["reason", "next"]);
  task();
  assert.equal(made.asking, false);
  made.explain("a second look is wanted");
  assert.deepEqual(kinds(), ["reason"]);
});
