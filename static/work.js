/** The workstation, put together: here each part gets what it works with. */

import { Annotations } from "./annotations.js";
import { Cover } from "./deterrents/cover.js";
import { Guard } from "./deterrents/guard.js";
import { leakTest } from "./deterrents/leaktest.js";
import { Surface } from "./deterrents/surface.js";
import { Taint } from "./deterrents/taint.js";
import { Desk } from "./desk.js";
import { byId } from "./element.js";
import { canFilm } from "./film.js";
import { Hand } from "./hand.js";
import { Loops } from "./loops.js";
import { Looked } from "./looked.js";
import { ack, beat, input, leak, probe } from "./messages.js";
import { Panes } from "./panes.js";
import { Panel } from "./panel/panel.js";
import { Probing } from "./probing.js";
import { Stream } from "./stream.js";
import { Together } from "./together.js";

/**
 * @typedef {[title: string, text: string, next?: string]} Words  for where the picture would be
 */

const GUARD_MS = 1000; // so often the page looks at itself
const BEAT_MS = 10_000; // so often the server hears that the page is as it was sent
const ACTIVITY_MS = 5000; // so often at most the server hears that somebody is there
const LOADING = /** @type {Words} */ (["Opening your desk", "Connecting to the server."]);
const FETCHING = /** @type {Words} */ (["Handed in", "Fetching the next task."]);
const NO_WORK = /** @type {Words} */ (["No task waits", "All work of this project is handed out or done.", "Ask again"]);
const KEPT_BACK = /** @type {Words} */ (["No task is open", "The notice below says why.", "Ask again"]);
const PICK = /** @type {Words} */ (["Pick a task", "What was submitted waits in the list.", "Open the first"]);
const NO_REVIEW = /** @type {Words} */ (["All reviewed", "Nothing waits for you. “Look again” asks anew."]);

const frameCanvas = byId("frame", HTMLCanvasElement), overlayCanvas = byId("overlay", HTMLCanvasElement);
const taint = new Taint(frameCanvas.dataset.pixel ?? "");
const clock = () => performance.now();

let lossless = false; // whether the policy allows it
let toldActivity = -Infinity;

// --- the stream and what it carries
const stream = new Stream({
  canFilm,
  told: (message) => desk.told(message),
  framed: (frame) => {
    if (frame.blank) panel.reading.clear();
    panes.take(frame);
  },
  changed: (state) => {
    if (state !== "open") panes.open = false;
    panel.bar.connection(state);
    refresh();
  },
  refused: ({ message, status }) => (status === 401 && message.includes("locked") ? lock(message) : end(message)),
});
const annotations = new Annotations(() => crypto.randomUUID());
const desk = new Desk({
  stream,
  annotations,
  now: () => Date.now() / 1000,
  shown: {
    welcomed: (welcome) => {
      panes.begin();
      panel.curtain.lift();
      panel.reading.clear();
      document.body.dataset.session = welcome.session; // as in the watermark
      panel.bar.person(welcome.user);
      panel.labels.load(welcome.labels);
      panel.useKeymap();
      control(welcome.controls);
      void tellLeaks();
    },
    controlled: control,
    opened: open,
    cleared: clear,
    queued: (tasks) => {
      panel.queue.show(tasks, desk.task?.id ?? "");
      if (!desk.task) panel.nothing.show(...(tasks.length ? PICK : NO_REVIEW));
    },
    read: (page) => panel.reading.show(page),
    surveyed: (found) => views.surveyed(found),
    valued: (value) => probing.told(value),
    said: (text) => void (panel.comments.text === text && panel.comments.clear()),
    changed: refresh,
    noticed: notice,
    watched: (on) => panel.bar.watched(on),
    locked: lock,
    ended: end,
  },
});

// --- the picture
const panes = new Panes(byId("viewport"), overlayCanvas, {
  send: (message) => stream.send(/** @type {{t: string}} */ (message)),
  now: clock,
  taint,
  changed: (pane) => {
    if (pane === panes?.active) lookAt();
    showPane(pane);
  },
  drawn: (pane, frame, heldMs, before) => {
    stream.send(ack(frame.seq, heldMs));
    panel.readout.drawn(clock(), pane.looking.roundTripMs(frame.answers));
    if (pane.number === 0 && pane.shown) Object.assign(document.body.dataset, { frameSeq: pane.shown.seq, frameSlice: pane.shown.look.frame + 1 });
    pane.element.dataset.seq = String(pane.shown?.seq ?? "");
    showPane(pane);
    if (pane !== panes.active) return;
    numbers.now();
    if (before?.look.frame !== pane.shown?.look.frame) refresh();
  },
  activated: () => {
    lookAt();
    refresh();
  },
  shapes: () => [...annotations.all().values()],
  colour: (label) => panel.labels.colour(label),
});
const looking = new Looked(panes);
const probing = new Probing({
  ask: (seen, point) => stream.send(probe(seen, point)),
  shown: () => panes.active.shown?.seq,
  show: (value) => panel.readout.value(value),
  now: clock,
});

// --- around it, and the hand on it
const panel = new Panel({
  connect: () => stream.start(),
  next,
  open: (task) => desk.open(task),
  say: (kind, text) => (kind === "submit" ? hand.submit() : desk.say(kind, text, panes.active.shown?.seq)),
  take: (tool) => hand.take(tool),
  undo: () => hand.undo(),
  redo: () => hand.redo(),
  fit: () => looking.fit(),
  invert: () => looking.invert(),
  looked: () => overlayCanvas.focus({ preventScroll: true }),
  slice: (frame) => looking.slice(frame),
  window: (window) => looking.window(window),
  label: (key) => hand.label(key),
  arrange: (layout) => views.arrange(layout),
  cut: (change) => views.cut(change),
  link: (linked) => views.link(linked),
  goTo: (shape) => hand.goTo(shape),
  present: (state) => looking.present(state),
  spin: (how) => looking.spin(how),
  calibrate: (luminance) => looking.calibrate(luminance),
});
const hand = new Hand(overlayCanvas, {
  desk,
  annotations,
  looking,
  panel,
  density: () => panes.active.density,
  shown: () => ({ frame: panes.active.frame, seq: panes.active.shown?.seq }),
  views: () => views,
  pointed: (point) => probing.at(point),
  next,
  selected: () => {
    refresh();
    if (hand.bench.selected) panel.shapes.reveal(hand.bench.selected);
  },
});
const views = new Loops({ panes, panel, stream, now: clock, changed: () => lookAt() });
const numbers = new Together(() => {
  panel.look(looking, looking.item && hand.bench.window());
  panel.view.show(views.state);
});
const surface = new Surface(new Cover(document.body), (signal) => stream.send(input(signal)));
const guard = new Guard(frameCanvas, surface, [frameCanvas, byId("reading")]);

// --- what happens
/** @param {import("./messages.js").Task} task @param {boolean} again */
function open(task, again) {
  panes.open = true;
  panel.nothing.hide();
  if (again && looking.item?.id === task.item?.id) views.again();
  else show(task.item, task.id ?? "");
}

/** @param {string} level @param {string} text */
function notice(level, text) {
  if (level === "ask") panel.notices.ask(text, (why) => desk.explain(why), { focus: !desk.task });
  else panel.notices.add(level, text);
  if (desk.asking && !desk.task) panel.nothing.show(...KEPT_BACK);
}

/** @param {"none" | "submitted" | "judged"} why */
function clear(why) {
  panes.open = false;
  show(null, "");
  if (why === "submitted") panel.notices.add("info", "handed in for review");
  if (desk.may("task.take")) panel.nothing.show(...(why === "submitted" ? FETCHING : NO_WORK));
  else panel.nothing.show(...(panel.queue.size ? PICK : NO_REVIEW));
}

/** @param {import("./messages.js").Item | null} item @param {string} task */
function show(item, task) {
  panes.clear();
  panel.open(item, task);
  panes.show(item);
  views.show(item);
  hand.rest();
}

/** @param {import("./messages.js").Controls} controls */
function control(controls) {
  lossless = controls.display.lossless;
  surface.put(controls.surface);
  panel.reading.allow(controls.surface);
  panes.limit(controls.display);
  views.limit(controls.display);
  probing.limit(controls.display.values ?? 0);
  panel.readout.tells(Boolean(controls.display.values));
  panel.allow(desk);
  refresh();
}

/** @param {string} reason */
function lock(reason) {
  stream.stop();
  panes.clear();
  panel.reading.clear();
  panel.curtain.lock(reason, desk.waiting);
}

/** @param {string} reason */
function end(reason) {
  panes.clear();
  panel.reading.clear();
  panel.curtain.end(reason, desk.waiting);
}

function next() {
  if (desk.may("task.take")) desk.next();
  else if (panel.queue.first) desk.open(panel.queue.first);
}

/** Try the locks of this page, and tell how they hold. */
async function tellLeaks() {
  await taint.settled;
  const probe = document.createElement("canvas"); // the canvas of the picture would lose it when it gets its size
  taint.draw(/** @type {CanvasRenderingContext2D} */ (probe.getContext("2d")));
  stream.send(leak(leakTest(probe)));
}

// --- what is to be seen of it
/** The numbers around the picture are of the pane in the hand. */
function lookAt() {
  if (!hand) return;
  numbers.due();
  hand.bench.redraw();
}

/** @param {import("./pane.js").Pane} pane */
function showPane(pane) {
  if (!hand) return;
  pane.show(lossless, panes.shown.length === 1);
  panes.paint();
  if (pane.number === 0 && !pane.shown) {
    delete document.body.dataset.frameSeq;
    delete document.body.dataset.frameSlice;
  }
  if (pane === panes.active) hand.bench.redraw();
}

function refresh() {
  hand.review();
  panes.paint();
  panel.show(desk, annotations, { selected: hand.bench.selected, frame: panes.active.frame, frames: looking.item?.frames ?? 0 });
}

// --- begin
for (const name of ["pointermove", "pointerdown", "keydown", "wheel"]) {
  const active = (/** @type {Event} */ { isTrusted }) => {
    if (!isTrusted) return; // of a script, such as the guard's trials
    const now = clock();
    if (now - toldActivity > ACTIVITY_MS && stream.send(input("activity"))) toldActivity = now;
  };
  addEventListener(name, active, { passive: true, capture: true });
}
addEventListener("pagehide", () => stream.leave());
let beaten = -Infinity, faults = "";
setInterval(() => {
  const found = guard.faults(), now = clock();
  if (stream.state !== "open" || (now - beaten < BEAT_MS && String(found) === faults)) return;
  if (stream.send(beat(found))) [beaten, faults] = [now, String(found)];
}, GUARD_MS);

panel.useKeymap();
panel.nothing.show(...LOADING);
panel.look(looking, null);
hand.take();
refresh();
stream.start();
