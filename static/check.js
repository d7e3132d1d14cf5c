/**
 * One held item: its parts one after the other, by keyboard; a word on it once every part was on screen. The page is shut like the workstation:
 * a canvas that no script reads, the session policy's surface, a cover while the window is not in front.
 */

import { Taint } from "./deterrents/taint.js";
import { byId, say } from "./element.js";
import { picture, post, Refusal } from "./request.js";
import { shut } from "./shutting.js";

const { item = "", frames = "1", crops = "1", seen: before = "", following = "", may = "", surface = "{}", idle = "60" } = document.body.dataset;
const FRAMES = Number(frames), CROPS = Number(crops);
const canvas = byId("crop", HTMLCanvasElement);
const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
const taint = new Taint(canvas.dataset.pixel ?? "");
const freshness = byId("freshness"), trouble = byId("trouble");
const seen = new Set(before.split(" ").filter(Boolean)); // the server knows what it sent to this person, and releases nothing else
let frame = 0, part = 0, busy = false, loading = false, resting = 0;

const buttons = () => /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll(".say button")]);
const ready = () => may === "yes" && seen.size === FRAMES * CROPS;
const at = () => `${frame}/${part}`;

/** Draw the part that the keys have come to; one is fetched at a time, and those that they passed meanwhile are not. */
async function show() {
  canvas.dataset.state = "loading";
  say(freshness, where());
  if (loading) return;
  loading = true;
  for (let drawn = ""; drawn !== at(); ) {
    drawn = at();
    await draw(drawn);
  }
  loading = false;
}

/** @param {string} wanted */
async function draw(wanted) {
  try {
    const bitmap = await createImageBitmap(await picture(`/check/${encodeURIComponent(item)}/${wanted}`));
    await taint.settled;
    wake();
    if (wanted !== at()) return;
    taint.draw(context);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    delete canvas.dataset.state;
    trouble.hidden = true;
    saw(wanted);
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) location.reload(); // to where a locked session is opened
    else if (wanted === at()) complain(error instanceof Refusal ? `The picture is not shown: ${error.message}.` : "The picture could not be shown. Press R to ask again.");
  }
}

/** @param {string} wanted */
function saw(wanted) {
  seen.add(wanted);
  const left = FRAMES * CROPS - seen.size;
  const told = document.getElementById("left");
  if (told) say(told, left ? `Look at every part first: ${left} to go.` : "You saw every part.");
  for (const each of buttons()) each.disabled = !ready();
}

/** The server locks a session from which it hears nothing for so long; what is on screen goes with it. */
function wake() {
  clearTimeout(resting);
  resting = setTimeout(() => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    complain("Nothing was done for a while. Press R to see the picture again.");
  }, Number(idle) * 1000);
}

function where() {
  const which = part === 0 ? "whole picture" : `part ${part} of ${CROPS - 1}`;
  return FRAMES === 1 ? which : `frame ${frame + 1} of ${FRAMES} · ${which}`;
}

/** @param {string} text */
function complain(text) {
  say(trouble, text);
  trouble.hidden = false;
}

/** @param {number} by */
function step(by) {
  const number = frame * CROPS + part + by;
  if (number < 0 || number >= FRAMES * CROPS) return;
  frame = Math.floor(number / CROPS);
  part = number % CROPS;
  void show();
}

/** @param {number} by */
function turn(by) {
  if (frame + by < 0 || frame + by >= FRAMES) return;
  frame += by;
  void show();
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
  r: () => void show(),
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

shut(surface);
wake();
void show();
