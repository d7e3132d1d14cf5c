/** The keyboard: which row of the key map a press means, and what is left to the browser and to text fields. */

import { chord, rowFor } from "./keymap.js";

const IN_TEXT = new Set(["Ctrl+Enter"]); // what counts also while one writes
const OF_A_BUTTON = new Set(["Enter", "Space"]);
const OF_A_SLIDER = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"]);

export class Keys {
  #world;

  /**
   * @param {{keymap: () => import("./keymap.js").Keymap, scopes: () => Set<import("./keymap.js").Scope>, isOff: () => boolean,
   *          act: (action: string, pressed: string) => void, released: () => void}} world
   */
  constructor(world) {
    this.#world = world;
    document.addEventListener("keydown", (event) => this.#down(event));
    document.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && world.released());
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    const { keymap, scopes, isOff, act } = this.#world;
    if (event.defaultPrevented || event.isComposing || isOff()) return;
    const pressed = chord(event);
    if (leftTo(event.target, pressed)) return;
    const row = rowFor(keymap(), pressed, scopes());
    if (!row) return;
    event.preventDefault();
    act(row.action, pressed);
  }
}

/**
 * Whether the press belongs to the element that has the focus.
 *
 * @param {EventTarget | null} target
 * @param {string} pressed
 */
function leftTo(target, pressed) {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) {
    if (pressed === "Escape") target.blur();
    return !IN_TEXT.has(pressed);
  }
  if (target instanceof HTMLInputElement) return target.type !== "range" || OF_A_SLIDER.has(pressed);
  if (target instanceof HTMLElement && "scrolls" in target.dataset && (OF_A_SLIDER.has(pressed) || pressed === "Space")) return true;
  const pressable = target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement;
  return pressable && OF_A_BUTTON.has(pressed);
}
