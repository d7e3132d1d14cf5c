import { chord } from "../keymap.js";

/**
 * Cancel these key presses while `signal` lasts, before anything else sees them.
 *
 * @param {AbortSignal} signal
 * @param {string[]} chords
 * @param {() => void} noticed
 */
export function cancel(signal, chords, noticed) {
  const guarded = new Set(chords);
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (!guarded.has(chord(event))) return;
    event.preventDefault();
    noticed();
  };
  addEventListener("keydown", pressed, { signal, capture: true });
}
