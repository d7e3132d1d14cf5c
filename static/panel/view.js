/** Presentation states; layouts, planes and slabs; the loop's buttons. */

import { button, byId, make, mark, say } from "../element.js";
import { SPEEDS } from "../cine.js";
import { LAYOUTS, PLANES, SLABS, thicker } from "../layouts.js";
import { nameOf } from "../states.js";

const PLANE_WORDS = /** @type {Record<string, string>} */ ({ "": "Slices", axial: "Axial", coronal: "Coronal", sagittal: "Sagittal" });
const SLAB_WORDS = /** @type {Record<string, string>} */ ({ mean: "Average", maximum: "MIP", minimum: "MinIP" });

export class View {
  #part;
  #layouts;
  #planes = byId("planes", HTMLSelectElement);
  #slabs = byId("slabs", HTMLSelectElement);
  #thickness = byId("thickness", HTMLSelectElement);
  #link = byId("link", HTMLButtonElement);
  #play = byId("play", HTMLButtonElement);
  #round = byId("round", HTMLButtonElement);
  #speed = byId("speed", HTMLSelectElement);
  #rate = byId("cine-rate");
  #states = byId("states", HTMLSelectElement);
  #listed = /** @type {import("../messages.js").State[] | undefined} */ (undefined);

  /**
   * @param {HTMLElement} part
   * @param {{arrange: (layout: import("../layouts.js").Layout) => void, cut: (change: Partial<import("../layouts.js").Cut> | null) => void,
   *          link: (linked: boolean) => void, present: (state: string | null) => void}} acts
   */
  constructor(part, { arrange, cut, link, present }) {
    this.#part = part;
    this.#states.addEventListener("change", () => present(this.#states.value || null));
    this.#layouts = LAYOUTS.map((layout) => button({ "aria-pressed": "false", title: `${layout.words} (G)`, "data-layout": layout.name, "aria-label": layout.words }, () => arrange(layout), layout.name));
    byId("layouts").append(...this.#layouts);
    this.#planes.append(...PLANES.map((plane) => make("option", { value: plane ?? "" }, PLANE_WORDS[plane ?? ""])));
    this.#slabs.append(...SLABS.map((slab) => make("option", { value: slab }, SLAB_WORDS[slab])));
    let thick = 0;
    this.#thickness.append(make("option", { value: "0" }, "thin"));
    while (thicker(thick, 1) !== thick) {
      thick = thicker(thick, 1);
      this.#thickness.append(make("option", { value: thick }, `${thick} mm`));
    }
    this.#speed.append(...SPEEDS.map((speed) => make("option", { value: speed }, `${speed}×`)));
    this.#planes.addEventListener("change", () => cut(this.#planes.value ? { plane: this.#planes.value } : null));
    this.#slabs.addEventListener("change", () => cut({ slab: this.#slabs.value }));
    this.#thickness.addEventListener("change", () => cut({ thickness_mm: Number(this.#thickness.value) }));
    this.#link.addEventListener("click", () => link(this.#link.getAttribute("aria-pressed") !== "true"));
  }

  /** @param {import("../loops.js").Loops} loops */
  plays({ cine }) {
    this.#play.addEventListener("click", () => cine.toggle());
    this.#round.addEventListener("click", () => cine.goRound(!cine.round));
    this.#speed.addEventListener("change", () => cine.at(Number(this.#speed.value)));
  }

  /** @param {import("../loops.js").Loops["state"]} state */
  show({ item, states, state, layout, several, linked, cut, volume, loop, playing, round, speed, rate }) {
    this.#part.hidden = !item;
    if (states !== this.#listed) {
      this.#listed = states;
      const options = (states ?? []).map((each, k) => make("option", { value: each.id }, nameOf(each, k)));
      this.#states.replaceChildren(make("option", { value: "" }, "As stored"), ...options);
    }
    byId("state-row").hidden = !states?.length;
    put(this.#states, state ?? "");
    for (const each of this.#layouts) {
      const { layout: name } = each.dataset;
      mark(each, "aria-pressed", String(name === layout));
      each.hidden = (name === "MPR" && !volume) || (!several && name !== "1");
    }
    this.#link.hidden = layout === "1";
    mark(this.#link, "aria-pressed", String(linked));
    byId("section-row").hidden = !volume;
    put(this.#planes, cut?.plane ?? "");
    put(this.#slabs, cut?.slab ?? "mean");
    put(this.#thickness, String(cut?.thickness_mm ?? 0));
    this.#slabs.hidden = this.#thickness.hidden = !cut;
    byId("cine-row").hidden = !loop;
    say(this.#play, playing ? "Pause" : "Play");
    mark(this.#play, "aria-pressed", String(playing));
    mark(this.#round, "aria-pressed", String(round));
    put(this.#speed, String(speed));
    say(this.#rate, `${rate.perSecond.toFixed(rate.perSecond < 10 ? 1 : 0)} / s`);
    mark(this.#rate, "title", rate.recorded ? "The times that the recording gives" : "No recorded times: 15 slices a second at 1×");
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
function put(select, value) {
  if (select.value !== value) select.value = value;
}
