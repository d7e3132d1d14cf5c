/** @type {import("./surface.js").Deterrent} */
export function menu(signal, noticed) {
  const cancelled = (/** @type {Event} */ event) => {
    const onPicture = event.target instanceof HTMLCanvasElement; // there the right button zooms
    event.preventDefault();
    if (!onPicture) noticed("menu");
  };
  addEventListener("contextmenu", cancelled, { signal, capture: true });
}
