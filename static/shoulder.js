/** One person's picture, over their shoulder; a line to them, a blank, an end. */

import { byId, say } from "./element.js";
import { Onlooker } from "./onlooker.js";
import { post } from "./request.js";

const canvas = byId("frame", HTMLCanvasElement), place = byId("place"), trouble = byId("trouble");
const ask = byId("ask", HTMLFormElement), why = byId("ask-why", HTMLInputElement);
const session = canvas.dataset.session ?? "";
const STATES = /** @type {Record<string, string>} */ ({ locked: "Their session is locked; they see nothing.", ended: "Their session is over." });

const onlooker = new Onlooker(session, canvas.dataset.pixel ?? "", canvas, {
  canvas: (whose) => (whose === session ? canvas : null),
  shown: ({ answers, title, slice, slices, plane, state, why }) => {
    canvas.hidden = answers === 0;
    byId("nothing").hidden = answers !== 0;
    say(byId("nothing"), STATES[state] ?? (why || "They are shown no picture just now."));
    say(place, answers || why ? `${title}${slices > 1 ? ` · ${plane || "slice"} ${slice} of ${slices}` : ""}` : "–");
    if (answers) say(trouble, "");
    if (state === "ended") for (const each of document.querySelectorAll("#deeds button")) each.setAttribute("disabled", "");
  },
  noticed: (text, asks) => {
    say(trouble, text);
    ask.hidden = !asks;
    if (asks) why.focus();
  },
  over: (reason) => {
    canvas.hidden = true;
    byId("nothing").hidden = false;
    say(byId("nothing"), `You see no more: ${reason}.`);
  },
});

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  onlooker.explain(why.value.trim());
  ask.hidden = true;
  why.value = "";
  say(trouble, "");
});

/** @param {string} what @param {Record<string, string>} [fields] */
async function act(what, fields) {
  say(trouble, "");
  try {
    await post(`/admin/sessions/${encodeURIComponent(session)}/${what}`, fields);
  } catch (error) {
    say(trouble, error instanceof Error ? error.message : "that did not work");
  }
}

const text = byId("tell-text", HTMLInputElement), sure = byId("sure", HTMLDialogElement);
byId("tell").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!text.value.trim()) return;
  void act("tell", { text: text.value.trim() });
  text.value = "";
});
byId("blank").addEventListener("click", () => void act("blank"));
byId("end").addEventListener("click", () => sure.showModal());
sure.addEventListener("close", () => sure.returnValue === "end" && void act("end"));
onlooker.start();
