/**
 * Covers the picture while the page is not in front.
 *
 * @param {AbortSignal} signal
 * @param {(signal: string) => void} noticed
 * @param {import("./cover.js").Cover} cover
 * @param {string} how  blank, dim or show
 */
export function focus(signal, noticed, cover, how) {
  const away = (/** @type {string} */ word) => {
    cover.put("focus", how);
    noticed(word);
  };
  const back = (/** @type {string} */ word) => {
    if (document.hidden || !document.hasFocus()) return;
    cover.lift("focus");
    noticed(word);
  };
  addEventListener("blur", () => away("blur"), { signal });
  addEventListener("focus", () => back("focus"), { signal });
  document.addEventListener("visibilitychange", () => (document.hidden ? away("hidden") : back("visible")), { signal });
  if (document.hidden || !document.hasFocus()) cover.put("focus", how);
  else cover.lift("focus");
}
