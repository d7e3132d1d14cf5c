/** The console: who looks at what, what is held, how the log stands; asked anew every other second. */

import { button, byId, make, say } from "./element.js";
import { get, post, Refusal } from "./request.js";
import { Thumbnails } from "./thumbnails.js";

/**
 * @typedef {{id: string, user: string, role: string, project: string | null, item: string | null, policies: string[], address: string,
 *            state: string, streaming: boolean, started: number, last_input: number, idle_lock_s: number}} Session
 * @typedef {{id: string, title: string, project: string, reasons: string[]}} Held
 * @typedef {{size: number, root: string, checkpoint_size: number | null, checkpoint_time: number | null}} Audit
 */

const EVERY_MS = 1500;
const COLUMNS = 9; // of a session, before the one with the button

const rows = /** @type {Map<string, HTMLTableRowElement>} */ (new Map());
const freshness = byId("freshness");
const thumbnails = new Thumbnails();
let askedAnew = 0, failures = 0, busy = true; // busy: a hand moved since the tables were asked for last

/** @param {HTMLButtonElement} end @param {string} id @param {string} user */
async function finish(end, id, user) {
  if (!end.dataset.sure) {
    end.dataset.sure = "asked";
    say(end, "End now?");
    end.setAttribute("aria-label", `End the session of ${user} now: press again to confirm`);
    end.focus(); // some browsers leave a clicked button without; where it stays, the second click is waited for
    return;
  }
  end.dataset.sure = "ending";
  say(end, "Ending…");
  try {
    await post(`/admin/sessions/${encodeURIComponent(id)}/end`);
  } catch (error) {
    calm(end, user);
    trouble(error);
  }
  void refresh();
}

/** @param {HTMLButtonElement} pressed @param {string} path @param {Record<string, string>} [fields] */
async function act(pressed, path, fields) {
  pressed.disabled = true;
  try {
    await post(path, fields);
  } catch (error) {
    trouble(error);
  }
  pressed.disabled = false;
  void refresh();
}

/** @param {string} id @param {string} user */
function tell(id, user) {
  const dialog = byId("tell", HTMLDialogElement), text = byId("tell-text", HTMLTextAreaElement);
  say(byId("tell-whom"), user);
  text.value = "";
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "send" || !text.value.trim()) return;
    post(`/admin/sessions/${encodeURIComponent(id)}/tell`, { text: text.value.trim() }).catch(trouble);
  };
  dialog.showModal();
}

/** @param {HTMLButtonElement} end @param {string} user */
function calm(end, user) {
  delete end.dataset.sure;
  say(end, "End");
  end.setAttribute("aria-label", `End the session of ${user}`);
}

/** @param {Session} session @param {boolean} mine */
function made({ id, user }, mine) {
  const cells = Array.from({ length: COLUMNS }, (_, k) => (k ? make("td", k === 6 || k === 7 ? { class: "number" } : {}) : make("th", { scope: "row" })));
  const last = make("td", { class: "act" });
  if (mine) last.append(make("span", { class: "quiet" }, "you"));
  else {
    const end = button({ class: "danger" }, () => void finish(end, id, user));
    calm(end, user);
    end.addEventListener("blur", () => end.dataset.sure === "asked" && calm(end, user));
    const write = button({ "aria-label": `Write to ${user}` }, () => void tell(id, user), "Message");
    const blank = button({ "aria-label": `Blank the picture of ${user}` }, () => void act(blank, `/admin/sessions/${encodeURIComponent(id)}/blank`), "Blank");
    const look = make("a", { class: "button", href: `/admin/sessions/${encodeURIComponent(id)}`, "aria-label": `Look over the shoulder of ${user}` }, "Watch");
    last.append(make("div", { class: "line" }, look, write, blank, end));
  }
  return make("tr", { "data-session": id }, ...cells, last);
}

/** @param {Session} session @param {number} now @param {string} me */
function row(session, now, me) {
  const found = rows.get(session.id) ?? made(session, session.id === me);
  rows.set(session.id, found);
  const idle = Math.max(0, now - session.last_input);
  const texts = [
    session.user, session.role, session.project ?? "–", session.item ?? "–", session.policies.join(", "), session.address,
    clock(session.started), span(idle), stateOf(session),
  ];
  for (const [k, text] of texts.entries()) say(/** @type {HTMLElement} */ (found.children[k]), text);
  found.children[6].setAttribute("title", new Date(session.started * 1000).toLocaleString());
  found.children[7].setAttribute("title", `locks after ${span(session.idle_lock_s)}`);
  found.dataset.state = stateOf(session);
  return found;
}

/** @param {{state: string, streaming: boolean}} session */
const stateOf = ({ state, streaming }) => (state !== "active" ? state : streaming ? "looking" : "signed in");

/** @param {{now: number, me: string, sessions: Session[]}} told */
function showSessions({ now, me, sessions }) {
  const kept = new Set(sessions.map(({ id }) => id));
  thumbnails.keep(new Set(sessions.filter(({ streaming }) => streaming).map(({ id }) => id)));
  for (const [id, each] of rows) {
    if (kept.has(id)) continue;
    each.remove();
    rows.delete(id);
  }
  const body = /** @type {HTMLElement} */ (byId("sessions").querySelector("tbody"));
  for (const [k, session] of sessions.entries()) {
    const each = row(session, now, me);
    if (body.children[k] !== each) body.insertBefore(each, body.children[k] ?? null);
  }
  say(byId("session-count"), String(sessions.length));
  byId("sessions-empty").hidden = sessions.length > 0;
}

/** @param {{items: Held[]}} told */
function showItems({ items }) {
  const body = /** @type {HTMLElement} */ (byId("items").querySelector("tbody"));
  const key = JSON.stringify(items);
  if (body.dataset.key !== key) {
    body.dataset.key = key;
    body.replaceChildren(...items.map(({ id, title, project, reasons }) =>
      make("tr", {}, make("th", { scope: "row" }, make("a", { href: `/items/${encodeURIComponent(id)}` }, title)), make("td", {}, project), make("td", {}, reasons.join("; ")))));
  }
  say(byId("item-count"), items.length ? String(items.length) : "");
  byId("items-empty").hidden = items.length > 0;
}

/** @param {Audit} told */
function showAudit({ size, root, checkpoint_size: signed, checkpoint_time: time }) {
  say(byId("audit-size"), size.toLocaleString());
  say(byId("audit-checkpoint"), signed === null || time === null ? "not yet" : `${signed.toLocaleString()}, at ${clock(time)}`);
  say(byId("audit-root"), root);
}

/** @param {unknown} error */
function trouble(error) {
  const over = error instanceof Refusal && error.status === 401;
  freshness.dataset.state = "trouble";
  if (!over) {
    say(freshness, error instanceof Refusal ? error.message : "The server can't be reached; asking again…");
    return;
  }
  const locked = /locked/.test(error.message);
  freshness.replaceChildren(locked ? "Your session is locked. " : "You are signed out. ", make("a", { href: locked ? "/unlock" : "/sign-in" }, locked ? "Unlock it" : "Sign in"));
}

async function refresh() {
  const idle = !busy;
  busy = false;
  clearTimeout(askedAnew);
  let wait = EVERY_MS;
  try {
    const [live, held, audit] = await Promise.all(["sessions", "items", "audit"].map((name) => get(`/admin/${name}.json`, idle)));
    showSessions(live);
    showItems(held);
    showAudit(audit);
    failures = 0;
    freshness.dataset.state = "fresh";
    say(freshness, `As of ${clock(live.now, true)}`);
  } catch (error) {
    trouble(error);
    if (error instanceof Refusal && error.status === 401) return;
    failures += 1;
    wait = Math.min(15_000, EVERY_MS * 2 ** failures);
  }
  clearTimeout(askedAnew);
  askedAnew = setTimeout(() => void refresh(), wait);
}

/** @param {number} time  UTC seconds @param {boolean} [seconds] */
function clock(time, seconds = false) {
  return new Date(time * 1000).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) });
}

/** @param {number} seconds */
function span(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

for (const name of ["pointermove", "keydown", "wheel"]) addEventListener(name, ({ isTrusted }) => void (busy ||= isTrusted), { passive: true, capture: true });
document.addEventListener("visibilitychange", () => document.hidden || void refresh());
void refresh();
