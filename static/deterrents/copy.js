import { cancel } from "./chords.js";

/** @type {import("./surface.js").Deterrent} */
export function copy(signal, noticed) {
  const cancelled = (/** @type {Event} */ event) => {
    event.preventDefault();
    noticed("copy");
  };
  for (const name of ["copy", "cut"]) addEventListener(name, cancelled, { signal, capture: true });
  cancel(signal, ["Ctrl+C", "Ctrl+X", "Ctrl+Insert"], () => noticed("copy"));
}
