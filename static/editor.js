/** The policy editor: line numbers, and what is wrong while one types. Without it the form works all the same. */

import { button, byId, make, say } from "./element.js";

/** @typedef {{line: number | null, key: string, cause: string}} Problem */

const WAIT_MS = 350; // after the last key

const form = byId("editor", HTMLFormElement);
const file = byId("file", HTMLInputElement);
const text = byId("text", HTMLTextAreaElement);
const gutter = byId("gutter");
const problems = byId("problems");
let wrong = new Set(/** @type {number[]} */ (JSON.parse(form.dataset.errors ?? "[]")));
let timer = 0, asked = 0;

function number() {
  const lines = text.value.split("\n").length;
  gutter.replaceChildren(...Array.from({ length: lines }, (_, k) => make("span", { "data-wrong": wrong.has(k + 1) }, String(k + 1))));
  follow();
}

function follow() {
  gutter.scrollTop = text.scrollTop;
}

/** @param {number} line */
function go(line) {
  const start = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const end = text.value.indexOf("\n", start);
  text.focus();
  text.setSelectionRange(start, end < 0 ? text.value.length : end);
  text.scrollTop = Math.max(0, (line - 6) * 20);
}

/** @param {Problem[]} found */
function show(found) {
  wrong = new Set(found.flatMap(({ line }) => (line ? [line] : [])));
  number();
  if (!found.length) return problems.replaceChildren(make("li", { class: "good" }, "nothing is wrong with it"));
  problems.replaceChildren(
    ...found.map(({ line, key, cause }) => {
      const said = `${line ? `line ${line}: ` : ""}${key ? `${key}: ` : ""}${cause}`;
      return make("li", {}, line ? button({}, () => go(line), said) : said);
    }),
  );
}

/** @param {string} path */
async function ask(path) {
  const token = document.querySelector('meta[name="csrf"]')?.getAttribute("content") ?? "";
  const body = new URLSearchParams({ file: file.value || "new.toml", text: text.value });
  const response = await fetch(path, { method: "POST", body, headers: { "X-CSRF": token } });
  return { ok: response.ok, answer: await response.json() };
}

/** @param {number} mine */
async function look(mine) {
  const { ok, answer } = await ask("/admin/policies/preview.json");
  if (mine !== asked) return;
  byId("preview").hidden = !ok || !answer.picture;
  if (!ok || !answer.picture) return;
  const bytes = Uint8Array.from(atob(answer.picture), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  if (mine !== asked) return;
  const canvas = byId("preview-picture", HTMLCanvasElement);
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  say(byId("preview-text"), answer.text);
}

async function check() {
  const mine = ++asked;
  try {
    const { ok, answer } = await ask("/admin/policies/check.json");
    if (mine !== asked) return;
    show(ok ? answer.errors : [{ line: null, key: "", cause: answer.error }]);
    await look(mine);
  } catch {
    if (mine === asked) problems.replaceChildren(make("li", {}, "the server can't be reached; nothing is lost"));
  }
}

function soon() {
  number();
  clearTimeout(timer);
  timer = setTimeout(() => void check(), WAIT_MS);
}

text.addEventListener("input", soon);
file.addEventListener("input", soon);
text.addEventListener("scroll", follow, { passive: true });
number();
const first = Math.min(...wrong);
// Whoever writes already keeps the place: a late script must not part what one selected from what one types over it.
if (Number.isFinite(first) && document.activeElement !== text) go(first);
void check();
