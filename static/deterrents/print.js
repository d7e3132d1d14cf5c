import { cancel } from "./chords.js";

/** The style sheet prints nothing of a page that wears data-print="deny".  @type {import("./surface.js").Deterrent} */
export function print(signal, noticed) {
  document.documentElement.dataset.print = "deny";
  signal.addEventListener("abort", () => delete document.documentElement.dataset.print);
  addEventListener("beforeprint", () => noticed("print"), { signal });
  cancel(signal, ["Ctrl+P", "Ctrl+Shift+P"], () => noticed("print"));
}
