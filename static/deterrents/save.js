import { cancel } from "./chords.js";

/** @type {import("./surface.js").Deterrent} */
export function save(signal, noticed) {
  cancel(signal, ["Ctrl+S", "Ctrl+Shift+S"], () => noticed("save"));
}
