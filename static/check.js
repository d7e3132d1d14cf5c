/** One held item: its parts one after the other, by keyboard; a word on it once every part was on screen. */

import { byId, say } from "./element.js";
import { post, Refusal } from "./request.js";

const { item = "", frames = "1", crops = "1", seen: before = "", following = "", may = "" } = document.body.dataset;
const FRAMES = Number(frames), CROPS = Number(crops);
const picture = byId("crop", HTMLImageElement);
const freshness = byId("freshness"), trouble = byId("trouble");
const seen = new Set(before.split(" ").filter(Boolean)); // the server knows what it sent to this person, and releases nothing else
let frame = 0, part = 0, busy = false;

const buttons = () => /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll(".say button")]);
const ready = () => may === "yes" && seen.size === FRAMES * CROPS;

function show() {
  picture.dataset.state = "loading";
  picture.src = `/check/${encodeURIComponent(item)}/${frame}/${part}`;
  say(freshness, where());
}

function where() {
  const which = part === 0 ? "whole picture" : `part ${part} of ${CROPS - 1}`;
  return FRAMES === 1 ? which : `frame ${frame + 1} of ${FRAMES} · ${which}`;
}

picture.addEventListener("load", () => {
  delete picture.dataset.state;
  trouble.hidden = true;
  seen.add(`${frame}/${part}`);
  const left = FRAMES * CROPS - seen.size;
  const told = document.getElementById("left");
  if (told) say(told, left ? `Look at every part first: ${left} to go.` : "You saw every part.");
  for (const each of buttons()) each.disabled = !ready();
});

picture.addEventListener("error", () => complain("The picture could not be shown. Press R to ask again."));

/** @param {string} text */
function complain(text) {
  say(trouble, text);
  trouble.hidden = false;
}

/** @param {number} by */
function step(by) {
  const at = frame * CROPS + part + by;
  if (at < 0 || at >= FRAMES * CROPS) return;
  frame = Math.floor(at / CROPS);
  part = at % CROPS;
  show();
}

/** @param {number} by */
function turn(by) {
  if (frame + by < 0 || frame + by >= FRAMES) return;
  frame += by;
  show();
}

// The query says for which reason: the next one is held for it too.
const leave = () => location.assign(`${following ? `/check/${encodeURIComponent(following)}` : "/check"}${location.search}`);

/** @param {"approve" | "approve-layout"} how */
async function approve(how) {
  if (!ready() || busy || !document.getElementById(how)) return;
  busy = true;
  try {
    await post(`/check/${encodeURIComponent(item)}/${how}`);
    leave();
  } catch (error) {
    complain(error instanceof Refusal ? error.message : "The server can't be reached; nothing was released.");
    busy = false;
  }
}

const KEYS = /** @type {Record<string, () => void>} */ ({
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  ArrowDown: () => turn(1),
  ArrowUp: () => turn(-1),
  a: () => void approve("approve"),
  l: () => void approve("approve-layout"),
  n: leave,
  r: show,
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLElement && event.target.closest(".scroll") && event.key.startsWith("Arrow")) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

for (const each of buttons()) {
  each.addEventListener("click", () => void approve(each.id === "approve" ? "approve" : "approve-layout"));
}
show();
