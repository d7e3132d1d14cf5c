/** @type {import("./surface.js").Deterrent} */
export function drag(signal, noticed) {
  const cancelled = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (event.type === "dragstart") noticed("drag");
  };
  for (const name of ["dragstart", "dragover", "drop"]) addEventListener(name, cancelled, { signal, capture: true });
}
