/**
 * Covers the picture while the page is not in front.
 *
 * @param {AbortSignal} signal
 * @param {(signal: string) => void} noticed
 * @param {import("./cover.js").Cover} cover
 * @param {{blurred: string, hidden: string}} how  blank, dim or show
 */
export function focus(signal, noticed, cover, how) {
  const put = () => {
    cover.put("focus", how.blurred);
    if (document.hidden) cover.put("hidden", how.hidden);
  };
  const away = (/** @type {string} */ word) => {
    put();
    noticed(word);
  };
  const back = (/** @type {string} */ word) => {
    if (!document.hidden) cover.lift("hidden");
    if (document.hidden || !document.hasFocus()) return;
    cover.lift("focus");
    noticed(word);
  };
  addEventListener("blur", () => away("blur"), { signal });
  addEventListener("focus", () => back("focus"), { signal });
  document.addEventListener("visibilitychange", () => (document.hidden ? away("hidden") : back("visible")), { signal });
  cover.lift("focus");
  cover.lift("hidden");
  if (document.hidden || !document.hasFocus()) put();
}
