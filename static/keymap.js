/**
 * The two key maps, as data, and how a key press finds its action.
 *
 * A scope is when a row counts; the first scope in `SCOPES` that is on and has the chord wins.
 *
 * @typedef {"drawing" | "holding" | "always"} Scope
 *   drawing: a drawing tool is in the hand; holding: a shape is selected and may be changed
 * @typedef {{chords: string[], action: string, words: string, group: string, scope: Scope}} Row
 * @typedef {{name: string, rows: Row[]}} Keymap
 */

export const SCOPES = /** @type {Scope[]} */ (["drawing", "holding", "always"]);

const LOOK = "Look", DRAW = "Draw", EDIT = "Change", TASK = "Task";
const ARROWS = ["Left", "Right", "Up", "Down"];

/**
 * @param {string} group
 * @param {string} chords  separated by spaces
 * @param {string} action
 * @param {string} words
 * @param {Scope} [scope]
 * @returns {Row}
 */
const row = (group, chords, action, words, scope = "always") => ({ chords: chords.split(" "), action, words, group, scope });

/**
 * A row for each arrow key.
 *
 * @param {string} group
 * @param {string} modifier  such as "Shift+"
 * @param {string} action
 * @param {string} words
 * @param {Scope} scope
 */
const arrows = (group, modifier, action, words, scope) => [
  { ...row(group, "", action, words, scope), chords: ARROWS.map((name) => `${modifier}Arrow${name}`) },
];

const COMMON = [
  row(LOOK, "ArrowUp ArrowLeft PageUp", "slice.back", "Slice before"),
  row(LOOK, "ArrowDown ArrowRight PageDown", "slice.on", "Slice after"),
  row(LOOK, "Home", "slice.first", "First slice"),
  row(LOOK, "End", "slice.last", "Last slice"),
  row(LOOK, "+ =", "zoom.in", "Nearer"),
  row(LOOK, "-", "zoom.out", "Further"),
  row(LOOK, "F", "view.fit", "Fit the picture"),
  row(LOOK, "I", "view.invert", "Swap black and white"),
  row(LOOK, "Shift+R", "view.turn", "Turn a quarter to the right"),
  row(LOOK, "H", "view.mirror", "Mirror left to right"),
  row(LOOK, "A", "state.on", "Next presentation state"),
  row(LOOK, "C Space", "cine.toggle", "Play or pause"),
  row(LOOK, ">", "cine.faster", "Play faster"),
  row(LOOK, "<", "cine.slower", "Play slower"),
  row(LOOK, "G", "layout.on", "Next layout"),
  row(LOOK, "Y", "pane.on", "Next picture of several"),
  row(LOOK, "T", "pane.link", "Scroll the pictures together, or not"),
  row(LOOK, "V", "plane.on", "Slices, axial, coronal, sagittal"),
  row(LOOK, "X", "slab.on", "Average, MIP, MinIP of a slab"),
  row(LOOK, ".", "slab.thicker", "Thicker slab"),
  row(LOOK, ",", "slab.thinner", "Thinner slab"),
  row(LOOK, "0", "window.first", "The item's own window"),
  row(LOOK, "M", "tool.pan", "Pan tool"),
  row(LOOK, "Z", "tool.zoom", "Zoom tool"),
  row(DRAW, "S", "tool.select", "Select and edit"),
  row(DRAW, "R", "tool.box", "Box"),
  row(DRAW, "P", "tool.polygon", "Polygon"),
  row(DRAW, "O", "tool.point", "Point"),
  ...arrows(DRAW, "", "crosshair.step", "Move the crosshair", "drawing"),
  ...arrows(DRAW, "Shift+", "crosshair.stride", "Move it ten times as far", "drawing"),
  row(DRAW, "Space", "crosshair.place", "Put a corner or a point there", "drawing"),
  row(DRAW, "Enter", "draw.finish", "Finish the shape", "drawing"),
  row(DRAW, "Backspace", "draw.back", "Take the last corner away", "drawing"),
  row(EDIT, "J", "shape.next", "Select the next annotation"),
  row(EDIT, "K", "shape.back", "Select the one before"),
  ...arrows(EDIT, "", "shape.step", "Move the shape, or its handle", "holding"),
  ...arrows(EDIT, "Shift+", "shape.stride", "Move it ten times as far", "holding"),
  row(EDIT, "E", "handle.next", "Take the next handle", "holding"),
  row(EDIT, "Delete Backspace", "shape.delete", "Delete the shape, or the handle's corner", "holding"),
  row(EDIT, "U", "shape.release", "Unselect"),
  row(EDIT, "Escape", "cancel", "Cancel, unselect, put the tool away"),
  row(EDIT, "Ctrl+Z", "undo", "Undo"),
  row(EDIT, "Ctrl+Shift+Z Ctrl+Y", "redo", "Redo"),
  row(TASK, "Ctrl+Enter", "submit", "Submit"),
  row(TASK, "N", "next", "Next task"),
  row(TASK, "?", "help", "These keys"),
];

const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

export const KEYMAPS = /** @type {Record<string, Keymap>} */ ({
  labeling: {
    name: "Labeling",
    rows: [
      ...COMMON,
      row(LOOK, "L", "tool.window", "Window and level tool"),
      row(LOOK, "[", "window.back", "Window before in the list"),
      row(LOOK, "]", "window.on", "Window after in the list"),
      ...DIGITS.map((digit) => row(DRAW, String(digit), `label.${digit}`, `Label ${digit}`)),
      row(DRAW, "Q", "label.back", "Label before"),
      row(DRAW, "W", "label.on", "Label after"),
    ],
  },
  radiology: {
    name: "Radiology",
    rows: [
      ...COMMON,
      row(LOOK, "L W", "tool.window", "Window and level tool"),
      ...DIGITS.map((digit) => row(LOOK, String(digit), `window.${digit}`, `Window ${digit} of the list`)),
      row(DRAW, "[", "label.back", "Label before"),
      row(DRAW, "]", "label.on", "Label after"),
    ],
  },
});

/**
 * The chord of a key press, such as `Ctrl+Shift+Z`. A character that needs Shift stands for itself: `?`.
 *
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} press
 */
export function chord({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const letter = /^\p{L}$/u.test(key);
  const name = key === " " ? "Space" : letter ? key.toUpperCase() : key;
  const shift = shiftKey && (letter || key.length > 1 || key === " ");
  return `${ctrlKey || metaKey ? "Ctrl+" : ""}${altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${name}`;
}

/**
 * The row that `pressed` means while `scopes` are on.
 *
 * @param {Keymap} keymap
 * @param {string} pressed
 * @param {Set<Scope>} scopes
 * @returns {Row | undefined}
 */
export function rowFor(keymap, pressed, scopes) {
  const rows = keymap.rows.filter((each) => each.chords.includes(pressed));
  return SCOPES.filter((scope) => scope === "always" || scopes.has(scope))
    .map((scope) => rows.find((each) => each.scope === scope))
    .find(Boolean);
}

/**
 * Chords that two rows of one scope claim, as `scope chord`.
 *
 * @param {Keymap} keymap
 */
export function conflicts(keymap) {
  const claims = keymap.rows.flatMap(({ chords, scope }) => chords.map((each) => `${scope} ${each}`));
  return claims.filter((claim, k) => claims.indexOf(claim) !== k);
}

/** The direction of an arrow chord as (dx, dy); (0, 0) for any other.  @param {string} pressed */
export function direction(pressed) {
  const at = ARROWS.findIndex((name) => pressed.endsWith(`Arrow${name}`));
  return /** @type {[number, number]} */ ([[-1, 0], [1, 0], [0, -1], [0, 1]][at] ?? [0, 0]);
}
