/** The surface of a page with pictures and without a stream, shut as the session's policy says; what is noticed goes to the audit log by itself. */

import { Cover } from "./deterrents/cover.js";
import { Surface } from "./deterrents/surface.js";
import { post } from "./request.js";

const SIGNAL_MS = 10_000; // between two words of one kind

/** Shut the page.  @param {string} surface  the policy's fields as JSON; what it does not mention is closed */
export function shut(surface) {
  const told = /** @type {Map<string, number>} */ (new Map());
  const notice = async (/** @type {string} */ signal) => {
    const now = performance.now();
    if (now - (told.get(signal) ?? -Infinity) < SIGNAL_MS) return;
    told.set(signal, now);
    const { over } = await post("/signal", { signal }, true).catch(() => ({ over: false }));
    if (over) location.reload(); // to where a session is opened again
  };
  new Surface(new Cover(document.body), (signal) => void notice(signal)).put(JSON.parse(surface));
}
