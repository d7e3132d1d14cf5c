import assert from "node:assert/strict";
import { test } from "node:test";

import { KEYMAPS, chord, conflicts, direction, rowFor } from "../../static/keymap.js";

const press = (key, ...held) => chord({ key, ctrlKey: held.includes("ctrl"), metaKey: held.includes("meta"), altKey: held.includes("alt"), shiftKey: held.includes("shift") });

test("chords, as the map spells them", () => {
  const table = [
    [["a"], "A"], [["A", "shift"], "Shift+A"], [["z", "ctrl"], "Ctrl+Z"], [["Z", "ctrl", "shift"], "Ctrl+Shift+Z"], [["z", "meta"], "Ctrl+Z"],
    [["?", "shift"], "?"], [["+", "shift"], "+"], [[" "], "Space"], [[" ", "shift"], "Shift+Space"], [["ArrowUp", "shift"], "Shift+ArrowUp"],
    [["Enter", "ctrl"], "Ctrl+Enter"], [["1"], "1"], [["ä"], "Ä"],
  ];
  for (const [args, expected] of table) assert.equal(press(...args), expected);
});

test("no chord means two things in one scope", () => {
  for (const [name, keymap] of Object.entries(KEYMAPS)) assert.deepEqual(conflicts(keymap), [], name);
  assert.deepEqual(conflicts({ name: "x", rows: [...KEYMAPS.labeling.rows, { ...KEYMAPS.labeling.rows[0] }] }).length, 3);
});

test("the narrowest scope wins", () => {
  const map = KEYMAPS.labeling;
  const action = (pressed, ...scopes) => rowFor(map, pressed, new Set(scopes))?.action;
  assert.equal(action("ArrowUp"), "slice.back");
  assert.equal(action("ArrowUp", "holding"), "shape.step");
  assert.equal(action("ArrowUp", "drawing", "holding"), "crosshair.step");
  assert.equal(action("Delete"), undefined);
  assert.equal(action("Delete", "holding"), "shape.delete");
});

test("the house's keys are in both maps", () => {
  for (const { rows } of Object.values(KEYMAPS)) {
    const keys = Object.fromEntries(rows.flatMap(({ chords, action }) => chords.map((each) => [each, action])));
    for (const [pressed, action] of [["R", "tool.box"], ["P", "tool.polygon"], ["Ctrl+Z", "undo"], ["Ctrl+Shift+Z", "redo"], ["Ctrl+Enter", "submit"], ["?", "help"], ["Escape", "cancel"]]) {
      assert.equal(keys[pressed], action);
    }
  }
});

test("directions", () => {
  assert.deepEqual(["ArrowLeft", "ArrowRight", "Shift+ArrowUp", "ArrowDown", "X"].map(direction), [[-1, 0], [1, 0], [0, -1], [0, 1], [0, 0]]);
});
