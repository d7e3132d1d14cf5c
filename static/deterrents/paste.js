const isPassword = (/** @type {EventTarget | null} */ target) => target instanceof HTMLInputElement && target.type === "password";

/** A password may be pasted: a person with a password manager has the better one.  @type {import("./surface.js").Deterrent} */
export function paste(signal, noticed) {
  const cancelled = (/** @type {ClipboardEvent} */ event) => {
    if (isPassword(event.target)) return;
    event.preventDefault();
    noticed("paste");
  };
  addEventListener("paste", cancelled, { signal, capture: true });
}
