import { cancel } from "./chords.js";

const COVERED_MS = 2500;

/**
 * Keys that take a screenshot. The operating system sees them first; where the page hears of it at all, the picture is covered, and it is
 * written down.
 *
 * @param {AbortSignal} signal
 * @param {(signal: string) => void} noticed
 * @param {import("./cover.js").Cover} cover
 * @param {string} how  blank or dim
 */
export function capture(signal, noticed, cover, how) {
  let until = 0;
  const seen = () => {
    cover.put("capture", how);
    noticed("capture-key");
    clearTimeout(until);
    until = setTimeout(() => cover.lift("capture"), COVERED_MS);
  };
  const released = (/** @type {KeyboardEvent} */ { key }) => key === "PrintScreen" && seen(); // Windows tells of the release alone
  addEventListener("keyup", released, { signal, capture: true });
  cancel(signal, ["PrintScreen", "Ctrl+PrintScreen", "Alt+PrintScreen", "Shift+PrintScreen", "Ctrl+Shift+3", "Ctrl+Shift+4", "Ctrl+Shift+5"], seen);
  const snipped = (/** @type {KeyboardEvent} */ event) => event.metaKey && event.shiftKey && /^[sS345#$%]$/.test(event.key) && seen();
  addEventListener("keydown", snipped, { signal, capture: true });
}
