import { cancel } from "./chords.js";

/**
 * Keys that open the browser's tools. What opens them otherwise is not seen; what they could show was sent, marked, and is accounted for.
 *
 * @type {import("./surface.js").Deterrent}
 */
export function devtools(signal, noticed) {
  const keys = ["F12", "Ctrl+Shift+I", "Ctrl+Shift+J", "Ctrl+Shift+C", "Ctrl+Shift+K", "Ctrl+Alt+I", "Ctrl+Alt+J", "Ctrl+U"];
  cancel(signal, keys, () => noticed("devtools"));
}
