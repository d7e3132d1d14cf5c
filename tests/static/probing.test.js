import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Probing, spoken } from "../../static/probing.js";

const value = (changes) => ({ t: "value", seen: 3, column: 12, row: 7, stored: [1064], value: 40, unit: "HU", suv: null, ...changes });

test("a value is asked for when the pointer rests, and no more often than the policy allows", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  const asked = [], shown = [];
  const probing = new Probing({ ask: (...about) => asked.push(about), shown: () => 3, show: (told) => shown.push(told), now: () => now });
  const pass = (ms) => {
    now += ms;
    mock.timers.tick(ms);
  };
  probing.at([12.5, 7.25]);
  pass(1000);
  assert.equal(asked.length, 0); // none is allowed
  probing.limit(30);
  for (let k = 0; k < 5; k += 1) {
    probing.at([12.5, 7.25]);
    pass(50);
  }
  assert.equal(asked.length, 0);
  pass(100);
  assert.deepEqual(asked, [[3, [12.5, 7.25]]]);
  probing.told(value({}));
  assert.equal(shown.at(-1).value, 40);
  probing.told(value({ column: 99 })); // of a place before
  assert.equal(shown.at(-1).column, 12);
  probing.at([13.5, 7.25]);
  assert.equal(shown.at(-1), null);
  pass(1500);
  assert.equal(asked.length, 1);
  pass(700);
  assert.equal(asked.length, 2);
  probing.at(null);
  pass(10_000);
  assert.equal(asked.length, 2);
  mock.timers.reset();
});

test("in the item's unit, in SUV, or as stored", () => {
  assert.equal(spoken(null), "–");
  assert.equal(spoken(value({})), "40 HU");
  assert.equal(spoken(value({ unit: "Bq/ml", suv: 2.345 })), "SUV 2.35");
  assert.equal(spoken(value({ unit: null, value: 1064 })), "1064 stored");
  assert.equal(spoken(value({ unit: null })), "40 (stored 1064)");
  assert.equal(spoken(value({ stored: [1, 2, 3], value: null })), "1 2 3");
});
