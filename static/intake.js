/** How far the intake of each project is; asked anew every other second. */

import { byId, make, say } from "./element.js";
import { get, Refusal } from "./request.js";

/**
 * @typedef {{id: string, name: string, waiting: number, masked: number, rejected: number, erased: number, received_rate: number,
 *            masked_rate: number, last: number | null, left_s: number | null, causes: Record<string, number>,
 *            states: Record<string, number>, reasons: Record<string, number>}} Project
 */

const EVERY_MS = 2000;
const SHOWN = 6; // causes or reasons in a list
const LATELY_S = 60;

const list = byId("projects"), none = byId("none"), freshness = byId("freshness");
let shown = "", asked = 0;

/** @param {number} count */
const told = (count) => count.toLocaleString("en");

/** @param {number} seconds */
function span(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** @param {Project} project @param {number} now @returns {[string, string]} */
function state(project, now) {
  const files = project.waiting + project.masked + project.rejected + project.erased;
  if (!files) return ["empty", "nothing was taken in yet"];
  if (!project.waiting) return ["finished", "finished"];
  if (project.left_s !== null) return ["working", `about ${span(project.left_s)} left`];
  const idle = project.last === null ? Infinity : now - project.last;
  return idle < LATELY_S ? ["working", "starting"] : ["stalled", "nobody works on it: run the intake again"];
}

/** @param {string} name @param {number} count @param {string} rate */
const stage = (name, count, rate) =>
  make("div", {}, make("dt", {}, name), make("dd", {}, make("span", { class: "figure" }, told(count)), make("span", { class: "rate" }, rate)));

/** @param {string} name @param {number} count @param {string} kind @param {Record<string, number>} parts @param {string} otherwise @param {string} [link] */
function end(name, count, kind, parts, otherwise, link) {
  const entries = Object.entries(parts), rest = entries.slice(SHOWN).reduce((sum, [, number]) => sum + number, 0);
  const lines = entries.slice(0, SHOWN).map(([words, number]) => make("li", {}, make("span", {}, told(number)), make("span", {}, words)));
  if (rest) lines.push(make("li", {}, make("span", {}, told(rest)), make("span", {}, "others")));
  const title = link ? make("a", { href: link }, name) : name;
  const below = lines.length ? make("ul", {}, ...lines) : make("p", { class: "quiet" }, otherwise);
  return make("section", {}, make("h3", {}, title, make("span", { class: "count" }, `${told(count)} ${kind}${count === 1 ? "" : "s"}`)), below);
}

/** @param {Project} project @param {number} now */
function card(project, now) {
  const { waiting, masked, rejected, erased, states } = project;
  const files = waiting + masked + rejected + erased, done = files - waiting;
  const [kind, words] = state(project, now);
  const bar = make("progress", { max: Math.max(files, 1), value: done, "aria-label": `Files of ${project.name} that are done` });
  const released = states.released ?? 0, held = states.held ?? 0;
  return make(
    "article", { class: "project", "data-state": kind, "aria-label": project.name },
    make("h2", {}, make("a", { href: `/intake/${encodeURIComponent(project.id)}` }, project.name), make("span", { class: "left" }, words)),
    bar,
    make(
      "dl", { class: "stages" },
      stage("Files taken in and sealed", files, `${told(project.received_rate)} in the last minute`),
      stage("Files that wait for a worker", waiting, project.left_s === null ? "" : `${span(project.left_s)} left`),
      stage("Files masked or rejected", done, `${told(project.masked_rate)} in the last minute`),
    ),
    make(
      "div", { class: "ends" },
      end("Released", released, "item", {}, released ? "ready to be worked on" : "nothing yet"),
      end("Held", held, "item", project.reasons, "nothing waits for a check", held ? "/check" : undefined),
      end("Rejected", rejected, "file", project.causes, "every file could be used"),
    ),
  );
}

async function refresh() {
  try {
    const { now, projects } = /** @type {{now: number, projects: Project[]}} */ (await get("/intake.json", asked++ > 0));
    const text = JSON.stringify([projects, projects.map((each) => state(each, now))]);
    if (text !== shown) {
      const held = document.activeElement instanceof HTMLAnchorElement ? document.activeElement.href : "";
      list.replaceChildren(...projects.map((each) => card(each, now)));
      for (const link of list.querySelectorAll("a")) if (held && link.href === held) link.focus();
      shown = text;
    }
    delete list.dataset.state;
    none.hidden = projects.length > 0;
    delete freshness.dataset.state;
    say(freshness, "live");
  } catch (error) {
    freshness.dataset.state = "trouble";
    say(freshness, error instanceof Refusal ? error.message : "The server can't be reached.");
  }
  setTimeout(() => void refresh(), EVERY_MS);
}

void refresh();
