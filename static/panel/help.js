/**
 * The dialog that lists the keys, and chooses between the key maps, and for which display grey levels are made.
 *
 * @typedef {import("../keymap.js").Keymap} Keymap
 * @typedef {import("../keymap.js").Row} Row
 */

import { DISPLAYS } from "../displays.js";
import { byId, make } from "../element.js";
import { KEYMAPS } from "../keymap.js";

const SPOKEN = /** @type {Record<string, string>} */ ({
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", PageUp: "Page Up", PageDown: "Page Down", "-": "−", Escape: "Esc",
});

export class Help {
  #dialog = byId("help", HTMLDialogElement);
  #lists = byId("key-lists");
  #choice = byId("keymap", HTMLSelectElement);

  #display = byId("display", HTMLSelectElement);

  /**
   * @param {(name: string) => void} chosen  another key map
   * @param {(luminance: import("../messages.js").Pair | null) => void} calibrated  for another display
   */
  constructor(chosen, calibrated) {
    this.#display.append(...DISPLAYS.map(({ words }, k) => make("option", { value: k }, words)));
    this.#display.addEventListener("change", () => calibrated(DISPLAYS[Number(this.#display.value)].luminance));
    this.#choice.append(...Object.entries(KEYMAPS).map(([key, { name }]) => make("option", { value: key }, name)));
    this.#choice.addEventListener("change", () => chosen(this.#choice.value));
    byId("open-help").addEventListener("click", () => this.open());
    byId("close-help").addEventListener("click", () => this.close());
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.close());
  }

  get isOpen() {
    return this.#dialog.open;
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
  }

  /**
   * @param {string} name
   * @param {Keymap} keymap
   */
  show(name, keymap) {
    this.#choice.value = name;
    const groups = [...new Set(keymap.rows.map(({ group }) => group))];
    this.#lists.replaceChildren(...groups.map((group) => list(group, keymap.rows.filter((row) => row.group === group))));
  }
}

/**
 * @param {string} group
 * @param {Row[]} rows
 */
function list(group, rows) {
  const shown = folded(rows).map(({ chords, words }) =>
    make("div", {}, make("dt", {}, words), make("dd", {}, ...chords.map((chord) => make("kbd", {}, spoken(chord))))));
  return make("section", {}, make("h3", {}, group), make("dl", {}, ...shown));
}

/**
 * Rows of digits as one.
 *
 * @param {Row[]} rows
 * @returns {{chords: string[], words: string}[]}
 */
function folded(rows) {
  const digits = rows.filter(({ action }) => /\.\d$/.test(action));
  const rest = rows.filter((row) => !digits.includes(row));
  if (!digits.length) return rest;
  const words = digits[0].words.replace(/ 1\b/, "");
  return [...rest, { chords: ["1 – 9"], words: `${words}, by its number` }];
}

/** @param {string} chord */
const spoken = (chord) => chord.split(/\+(?=.)/).map((part) => SPOKEN[part] ?? part).join(" ");
