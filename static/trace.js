/** The Trace page: a picture goes up, steps come back, then the case and its evidence. */

import { Taint } from "./deterrents/taint.js";
import { byId, make, say } from "./element.js";
import { shut } from "./shutting.js";

/**
 * @typedef {{number: string, session: string | null, user: string | null, epoch: number, begins: number, title: string | null,
 *            frame: number | null, false_accusation: number, deviations: number}} Named
 * @typedef {{session: string, user: string, frames: number, first: number, last: number}} Viewer
 * @typedef {{found: boolean, how: string, leak: string, runner_up: number, seconds: number, named: Named[], viewers: Viewer[]}} Case
 */

const CAPTIONS = /** @type {const} */ ({
  leak: "The leak, laid onto the frame",
  sent: "The frame that was sent",
  agreement: "Where the mark agrees: red for, blue against",
});

const file = byId("file", HTMLInputElement);
const drop = byId("drop");
const status = byId("status");
const result = byId("result");
const { pixel = "", surface = "{}" } = byId("pictures").dataset;
const taint = new Taint(pixel);

/** @param {string} text @param {string} [state] */
function tell(text, state = "") {
  status.dataset.state = state;
  say(status, text);
}

/** @param {number} seconds */
const moment = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19);

/** @param {File} picture */
async function trace(picture) {
  if (drop.dataset.busy) return;
  drop.dataset.busy = "yes";
  result.hidden = true;
  tell(`Sending ${picture.name}…`);
  try {
    const token = document.querySelector('meta[name="csrf"]')?.getAttribute("content") ?? "";
    const headers = { Accept: "application/json", "X-CSRF": token, "Content-Type": "application/octet-stream" };
    const response = await fetch("/admin/trace", { method: "POST", headers, body: picture });
    if (!response.ok || !response.body) {
      const refused = await response.json().catch(() => ({}));
      throw new Error(String(refused.error ?? `the server answered ${response.status}`));
    }
    for await (const line of linesOf(response.body)) await take(line);
  } catch (error) {
    tell(error instanceof Error ? error.message : "the server can't be reached", "trouble");
  } finally {
    delete drop.dataset.busy;
    file.value = "";
  }
}

/** @param {ReadableStream<Uint8Array>} body */
async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += value ?? "";
    const parts = rest.split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) yield JSON.parse(part);
    if (done) return;
  }
}

/** @param {{step?: string, error?: string, case?: Case, evidence?: Record<string, string>}} line */
async function take(line) {
  if (line.error) tell(`That did not work: ${line.error}`, "trouble");
  else if (line.step) tell(`${line.step[0].toUpperCase()}${line.step.slice(1)}…`);
  else if (line.case) await show(line.case, line.evidence ?? {});
}

/** @param {Case} found @param {Record<string, string>} evidence */
async function show(found, evidence) {
  tell(`Done in ${found.seconds.toFixed(1)} s. The case is in the audit log.`);
  result.hidden = false;
  result.dataset.found = found.found ? "yes" : "no";
  const title = byId("result-title");
  const names = found.named.map(({ user, number }) => user ?? `session ${number}, which this store does not know`);
  say(title, found.found ? `Leaked by ${names.join(" and ")}` : "No mark found: nobody is named");
  byId("facts").replaceChildren(...found.named.flatMap((named) => facts(named, found)));
  byId("pictures").replaceChildren(...(await Promise.all(Object.entries(CAPTIONS).filter(([name]) => evidence[name]).map(([name, caption]) => figure(evidence[name], caption)))));
  byId("seen").hidden = !found.viewers.length;
  byId("viewers").replaceChildren(
    ...found.viewers.map((viewer) =>
      make("tr", {}, make("th", { scope: "row" }, viewer.user), make("td", { class: "mono" }, viewer.session), make("td", { class: "number" }, String(viewer.frames)),
        make("td", { class: "number" }, moment(viewer.first)), make("td", { class: "number" }, moment(viewer.last))),
    ),
  );
  title.focus();
}

/** @param {Named} named @param {Case} found */
function facts(named, found) {
  const pairs = [
    ["Person", named.user ?? "unknown"],
    ["Session", named.session ?? named.number],
    ["When", `${moment(named.begins)} UTC, for 30 s`],
    ["What", named.title ? `${named.title}${named.frame === null ? "" : `, frame ${named.frame + 1}`}` : "unknown"],
    ["An innocent one is named with", `a probability of at most ${named.false_accusation.toExponential(1)}`],
    ["Evidence", `${named.deviations.toFixed(1)} σ; the runner-up has ${found.runner_up.toFixed(1)} σ`],
  ];
  return pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
}

/** @param {string} encoded @param {string} caption */
async function figure(encoded, caption) {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = make("canvas", { width: bitmap.width, height: bitmap.height, role: "img", "aria-label": caption });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  await taint.settled;
  taint.draw(context);
  context.drawImage(bitmap, 0, 0);
  return make("figure", {}, canvas, make("figcaption", {}, caption));
}

file.addEventListener("change", () => file.files?.[0] && void trace(file.files[0]));
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.toggleAttribute("data-over", kind === "dragover");
    const dropped = kind === "drop" && event instanceof DragEvent ? event.dataTransfer?.files[0] : undefined;
    if (dropped) void trace(dropped);
  });
}
shut(surface);
