/** The workstation, put together: here each part gets what it works with. */

import { actions } from "./actions.js";
import { Annotations } from "./annotations.js";
import { Bench } from "./bench.js";
import { Cover } from "./deterrents/cover.js";
import { Surface } from "./deterrents/surface.js";
import { Desk } from "./desk.js";
import { byId } from "./element.js";
import { KEYMAPS } from "./keymap.js";
import { Keys } from "./keys.js";
import { Looking } from "./looking.js";
import { ack, input } from "./messages.js";
import { Overlay } from "./overlay.js";
import { Bar } from "./panel/bar.js";
import { Comments } from "./panel/comments.js";
import { Curtain } from "./panel/curtain.js";
import { Help } from "./panel/help.js";
import { Labels } from "./panel/labels.js";
import { Nothing } from "./panel/nothing.js";
import { Notices } from "./panel/notices.js";
import { Queue } from "./panel/queue.js";
import { Readout } from "./panel/readout.js";
import { Shapes } from "./panel/shapes.js";
import { SliceBar } from "./panel/slicebar.js";
import { Toolbox } from "./panel/toolbox.js";
import { Windows } from "./panel/windows.js";
import { Pointer } from "./pointer.js";
import { Screen } from "./screen.js";
import { StandIn } from "./standin.js";
import { Stream } from "./stream.js";
import { boxTool } from "./tools/box.js";
import { panTool } from "./tools/pan.js";
import { pointTool } from "./tools/point.js";
import { polygonTool } from "./tools/polygon.js";
import { selectTool } from "./tools/select.js";
import { windowTool } from "./tools/window.js";
import { zoomTool } from "./tools/zoom.js";
import { Viewing } from "./viewing.js";

/** @typedef {import("./looking.js").Look} Look */

const ACTIVITY_MS = 5000; // so often at most the server hears that somebody is there
const FIRST_TOOL = "window";
const LOADING = /** @type {[string, string]} */ (["Opening your desk", "Connecting to the server."]);
const FETCHING = /** @type {[string, string]} */ (["Handed in", "Fetching the next task."]);
const NO_WORK = /** @type {[string, string, string]} */ (["No task waits", "All work of this project is handed out or done.", "Ask again"]);
const PICK = /** @type {[string, string, string]} */ (["Pick a task", "What was submitted waits in the list.", "Open the first"]);
const NO_REVIEW = /** @type {[string, string]} */ (["All reviewed", "Nothing waits for you. “Look again” asks anew."]);

const onFrame = (/** @type {() => void} */ run) => void requestAnimationFrame(run);
const frameCanvas = byId("frame", HTMLCanvasElement), overlayCanvas = byId("overlay", HTMLCanvasElement);
const submit = byId("submit", HTMLButtonElement), accept = byId("accept", HTMLButtonElement), giveBack = byId("return", HTMLButtonElement);

let shown = /** @type {{look: Look, seq: number, answers: number, lossless: boolean} | null} */ (null); // what the canvas shows
let controls = /** @type {import("./messages.js").Controls | null} */ (null);
let tool = FIRST_TOOL, keymap = "labeling", toldActivity = -Infinity;

// --- the stream, the task, the picture
const stream = new Stream({
  told: (message) => desk.told(message),
  framed: (frame) => screen.take(frame),
  changed: (state) => {
    if (state !== "open") looking.open = false;
    bar.connection(state);
    refresh();
  },
  refused: ({ message, status }) => (status === 401 && /locked/.test(message) ? lock(message) : end(message)),
});
const annotations = new Annotations(() => crypto.randomUUID());
const looking = new Looking({ send: (message) => stream.send(/** @type {{t: string}} */ (message)), schedule: onFrame, now: () => performance.now(), changed: lookChanged });
const screen = new Screen(frameCanvas, {
  drawn: (frame, heldMs) => {
    stream.send(ack(frame.seq, heldMs));
    const look = looking.answered(frame.answers);
    if (!look) return;
    const sliceChanged = look.frame !== shown?.look.frame;
    shown = { look, seq: frame.seq, answers: frame.answers, lossless: frame.lossless };
    document.body.dataset.frameSeq = String(frame.seq);
    readout.drawn(performance.now(), looking.roundTripMs(frame.answers));
    showPicture();
    if (sliceChanged) refresh();
  },
  blanked: () => {
    shown = null;
    delete document.body.dataset.frameSeq;
    showPicture();
  },
  failed: () => looking.ask(),
  size: ({ answers, width, height, scale }) => looking.answered(answers)?.camera ?? { width: Math.round(width * scale), height: Math.round(height * scale) },
});
const standIn = new StandIn(frameCanvas);
const desk = new Desk({
  stream,
  annotations,
  now: () => Date.now() / 1000,
  shown: {
    welcomed: (welcome) => {
      screen.begin();
      curtain.lift();
      bar.person(welcome.user);
      labels.load(welcome.labels);
      useKeymap(keymap);
      control(welcome.controls);
    },
    controlled: control,
    opened: open,
    cleared: clear,
    queued: (tasks) => {
      queue.show(tasks, desk.task?.id ?? "");
      if (!desk.task) nothing.show(...(tasks.length ? PICK : NO_REVIEW));
    },
    changed: refresh,
    noticed: (level, text) => notices.add(level, text),
    locked: lock,
    ended: end,
  },
});

// --- what stands around the picture
const bar = new Bar();
const notices = new Notices(byId("notices"));
const readout = new Readout();
const nothing = new Nothing(next);
const curtain = new Curtain({ again: () => stream.start(), falls: () => help.close() });
const labels = new Labels(byId("labels"), pickLabel);
const windows = new Windows(byId("windows-part"), byId("windows"), (window) => looking.window(window));
const shapes = new Shapes(
  { list: byId("annotations"), count: byId("annotation-count"), empty: byId("annotations-empty") },
  { labels, picked: goTo },
);
const comments = new Comments({
  list: byId("comments"),
  count: byId("comment-count"),
  text: byId("comment", HTMLTextAreaElement),
  need: byId("comment-need"),
  say: byId("say", HTMLButtonElement),
});
const queue = new Queue({ list: byId("queue"), count: byId("queue-count"), empty: byId("queue-empty") }, (task) => desk.open(task));
const sliceBar = new SliceBar((frame) => looking.slice(frame));
const toolbox = new Toolbox({
  taken: take,
  acts: { undo, redo, fit: () => looking.fit(), invert: () => looking.invert() },
  looked: () => overlayCanvas.focus({ preventScroll: true }),
});
const help = new Help(useKeymap);

// --- the hand
const viewing = new Viewing(byId("viewport"), (width, height) => {
  looking.resize(width, height);
  showPicture();
});
const bench = new Bench(overlayCanvas, {
  looking,
  overlay: new Overlay(overlayCanvas),
  annotations,
  labels,
  density: () => viewing.density,
  shownFrame,
  tool: () => tools[tool],
  draw: (geometry) => {
    if (desk.editable) desk.put(annotations.create({ label: labels.current, frame: shownFrame(), geometry }, shown?.seq));
  },
  change: (id, patch) => {
    if (desk.editable) desk.put(annotations.update(id, patch, shown?.seq));
  },
  selected: () => {
    refresh();
    if (bench.selected) shapes.reveal(bench.selected);
  },
});
const tools = /** @type {Record<string, import("./tools/tool.js").Tool>} */ (
  Object.fromEntries([windowTool, panTool, zoomTool, selectTool, boxTool, polygonTool, pointTool].map((make) => make(bench)).map((each) => [each.name, each]))
);
const pointer = new Pointer(overlayCanvas, bench, {
  tool: () => tools[tool],
  pan: tools.pan,
  zoom: tools.zoom,
  scroll: (slices) => looking.slice((looking.look?.frame ?? 0) + slices),
  at: (point) => {
    readout.at(point);
    looking.point(point);
  },
});
const act = actions({
  bench,
  looking,
  labels,
  windows,
  shapes: () => [...annotations.all().values()],
  tool: () => tools[tool],
  take,
  goTo,
  remove,
  cancel,
  undo,
  redo,
  submit: () => void (desk.editable && handIn()),
  next: () => void (desk.task || next()),
  help: () => help.open(),
});
new Keys({
  keymap: () => KEYMAPS[keymap],
  scopes: () => {
    const on = /** @type {Set<import("./keymap.js").Scope>} */ (new Set());
    if (tools[tool].drawing && desk.editable) on.add("drawing");
    else if (bench.selectedShape() && desk.editable) on.add("holding");
    return on;
  },
  isOff: () => help.isOpen || curtain.isDown,
  act: (action, pressed) => act[action]?.(pressed),
  released: () => bench.settle(),
});
const surface = new Surface(new Cover(document.body), (signal) => stream.send(input(signal)));

// --- what happens
/** @param {import("./messages.js").Task} task @param {boolean} again */
function open(task, again) {
  looking.open = true;
  nothing.hide();
  const item = task.item;
  if (again && looking.item?.id === item?.id) looking.ask();
  else {
    screen.clear();
    bench.select(null);
    comments.clear();
    looking.show(item);
    windows.load(item);
    useKeymap(keymap);
    take(FIRST_TOOL);
  }
  queue.mark(task.id ?? "");
}

/** @param {"none" | "submitted" | "judged"} why */
function clear(why) {
  looking.open = false;
  screen.clear();
  bench.select(null);
  comments.clear();
  looking.show(null);
  windows.load(null);
  queue.mark("");
  if (why === "submitted") notices.add("info", "handed in for review");
  if (desk.may("task.take")) nothing.show(...(why === "submitted" ? FETCHING : NO_WORK));
  else nothing.show(...(queue.size ? PICK : NO_REVIEW));
}

/** @param {import("./messages.js").Controls} now */
function control(now) {
  controls = now;
  surface.put(now.surface);
  looking.limit(now.display);
  byId("review-queue").hidden = !desk.may("task.review");
  refresh();
}

/** @param {string} reason */
function lock(reason) {
  stream.stop();
  screen.clear();
  curtain.lock(reason, desk.waiting);
}

/** @param {string} reason */
function end(reason) {
  screen.clear();
  curtain.end(reason, desk.waiting);
}

function next() {
  if (desk.may("task.take")) desk.next();
  else if (queue.first) desk.open(queue.first);
}

/** @param {string} name */
function take(name) {
  const drawing = tools[name].drawing;
  if (drawing && !desk.editable) return;
  pointer.release();
  tools[tool].cancel?.();
  if (drawing) bench.select(null);
  else bench.hideCrosshair();
  tool = name;
  labels.draw(drawing ? name : "");
  toolbox.show(name);
  bench.cursor(tools[name].cursor);
  bench.redraw();
}

/** @param {string} key */
function pickLabel(key) {
  const shape = bench.selectedShape();
  labels.use(key);
  if (shape && desk.editable && shape.label !== key) {
    if (labels.allows(key, shape.geometry.type)) bench.change(shape.id, { label: key });
    else notices.add("warning", `${labels.name(key)} can't be a ${shape.geometry.type}`);
  }
  if (tools[tool].drawing && !labels.allows(key, tool)) take(labels.geometries(key)[0] ?? FIRST_TOOL);
  bench.redraw();
}

/** @param {import("./messages.js").Annotation} shape */
function goTo(shape) {
  looking.slice(shape.frame);
  take("select");
  bench.select(shape.id);
}

/** @param {string} id */
function remove(id) {
  if (!desk.editable) return;
  bench.select(null);
  desk.put(annotations.remove(id, shown?.seq));
}

function undo() {
  bench.settle();
  if (desk.editable) desk.put(annotations.undo(shown?.seq));
}

function redo() {
  bench.settle();
  if (desk.editable) desk.put(annotations.redo(shown?.seq));
}

function cancel() {
  if (tools[tool].cancel?.()) return;
  if (bench.selected) bench.select(null);
  else take(FIRST_TOOL);
}

function handIn() {
  bench.settle();
  desk.say("submit", comments.text, shown?.seq);
}

/** @param {string} name */
function useKeymap(name) {
  keymap = name;
  help.show(name, KEYMAPS[name]);
  const has = (/** @type {string} */ action) => KEYMAPS[name].rows.some((row) => row.action === action);
  labels.keys((k) => (has(`label.${k + 1}`) ? String(k + 1) : ""));
  windows.keys((k) => (has(`window.${k + 1}`) ? String(k + 1) : ""));
}

// --- what is to be seen of it
function shownFrame() {
  return shown?.look.item === looking.item?.id ? shown?.look.frame ?? 0 : looking.look?.frame ?? 0;
}

/** The look changed: what follows the hand, at once. */
function lookChanged() {
  const { item, look } = looking;
  readout.look(item, look && { frame: look.frame, window: item && bench.window(), scale: look.camera.scale });
  windows.show(look?.window ?? null);
  sliceBar.show(item?.frames ?? 0, look?.frame ?? 0);
  showPicture();
}

function showPicture() {
  standIn.update(looking.item, shown?.look ?? null, looking.look, viewing.density);
  readout.quality(!shown ? "none" : quality(shown));
  bench.redraw();
}

/** @param {{answers: number, lossless: boolean}} frame */
function quality({ answers, lossless }) {
  if (lossless && looking.isNewest(answers)) return "lossless";
  return controls?.display.lossless || looking.item?.kind === "text" ? "moving" : "lossy";
}

/** Shapes, comments, buttons, what is saved. */
function refresh() {
  const { task, editable } = desk;
  bar.task(task);
  bar.saved(desk.state);
  bench.editable = editable;
  if (bench.selected && !annotations.all().has(bench.selected)) bench.select(null);
  shapes.show([...annotations.all().values()], { selected: bench.selected, frame: shownFrame(), frames: looking.item?.frames ?? 0, me: desk.me });
  comments.show(task?.comments ?? []);
  comments.allow(task !== null && task.mode !== "read");
  toolbox.allow({ editable, canUndo: annotations.canUndo, canRedo: annotations.canRedo, picture: task !== null });
  if (!editable && tools[tool].drawing) take(FIRST_TOOL);
  submit.hidden = !editable;
  accept.hidden = giveBack.hidden = !desk.reviewing;
  byId("labels-part").hidden = !(task?.mode === "annotate");
  bench.redraw();
}

// --- the rest of the page
submit.addEventListener("click", handIn);
accept.addEventListener("click", () => desk.say("accept", comments.text, shown?.seq));
giveBack.addEventListener("click", () => {
  if (comments.text) desk.say("return", comments.text, shown?.seq);
  else comments.need("Say what is to be done: the task goes back with it.");
});
byId("say").addEventListener("click", () => {
  if (!comments.text) {
    comments.need("Write something first.");
    return;
  }
  desk.say("comment", comments.text, shown?.seq);
  comments.clear();
});
byId("look-again").addEventListener("click", () => stream.start());
for (const name of ["pointermove", "pointerdown", "keydown", "wheel"]) {
  addEventListener(name, () => {
    const now = performance.now();
    if (now - toldActivity > ACTIVITY_MS && stream.send(input("activity"))) toldActivity = now;
  }, { passive: true });
}
addEventListener("pagehide", () => stream.leave());

useKeymap(keymap);
take(FIRST_TOOL);
nothing.show(...LOADING);
refresh();
lookChanged();
stream.start();
