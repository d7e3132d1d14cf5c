import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Together } from "../../static/together.js";

test("what is due is shown once, with the picture", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let shown = 0;
  const numbers = new Together(() => (shown += 1));
  numbers.now();
  assert.equal(shown, 0);
  numbers.due();
  numbers.due();
  assert.equal(shown, 0);
  numbers.now();
  mock.timers.tick(1000);
  assert.equal(shown, 1);
  mock.timers.reset();
});

test("where the picture is slow to come, the numbers go ahead of it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let shown = 0;
  const numbers = new Together(() => (shown += 1));
  numbers.due();
  mock.timers.tick(59);
  numbers.due();
  assert.equal(shown, 0);
  mock.timers.tick(1);
  assert.equal(shown, 1);
  numbers.now();
  assert.equal(shown, 1);
  mock.timers.reset();
});
