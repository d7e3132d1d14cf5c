/** Prints every kind of message that the client makes, as JSON lines. */

import { Annotations } from "../../static/annotations.js";
import { fit } from "../../static/viewport.js";
import { ack, answer, beat, bye, hello, input, leak, look, next, open, panes, probe, reason, survey, unfilm, watch } from "../../static/messages.js";

const extent = { rows: 300, columns: 200, spacing_mm: /** @type {[number, number]} */ ([2.5, 0.7]) };
const seen = { item: "item-1", frame: 3, camera: fit(extent, 966, 710), window: null, invert: false, pointer: null, cut: null };
const annotations = new Annotations(() => crypto.randomUUID());
annotations.load({ id: "task-1", revision: 4, annotations: [], history: [] });
const shapes = [
  { type: "box", x: 1.5, y: 2.25, w: 3, h: 4 },
  { type: "polygon", points: [[0, 0], [10.125, 0], [5, 9]] },
  { type: "point", x: 0, y: 200 },
];
const drawn = shapes.map((geometry) => annotations.create({ label: "finding", frame: 0, geometry }, 7));
const messages = [
  hello("a ticket", null), hello("a ticket", null, true), unfilm(), hello("a ticket", { key: "k".repeat(87), proof: "p".repeat(86) }), answer("p".repeat(86)), watch(null), watch("s"), next(), open("task-1"), input("activity"), ack(9, 12.5), ack(1, -3), ack(1, 1e12), bye(),
  leak({ passed: ["to-blob"], failed: ["to-data-url"] }), beat([]), panes(3), survey("item-1"), probe(7, [12.5, 0.25]), reason("a second look"),
  look(1, seen), look(2, { ...seen, window: { center: -600, width: 1500, function: "linear" }, invert: true }), look(3, { ...seen, pointer: [4, 5] }),
  look(1, { ...seen, cut: { plane: "sagittal", slab: "minimum", thickness_mm: 12.5 } }, 3),
  look(4, { ...seen, camera: fit(extent, 966, 710, { turned: 270, mirrored: true }), state: "s1", luminance: [0.5, 250] }),
  ...["blur", "focus", "hidden", "visible", "capture-key", "copy", "paste", "print", "save", "drag", "menu", "devtools", "fast-keys", "fast-pastes"].map(input),
  ...drawn,
  annotations.update(drawn[0].annotation, { label: "lesion" }), annotations.update(drawn[0].annotation, { geometry: shapes[2] }, 8),
  annotations.remove(drawn[1].annotation), annotations.undo(), annotations.redo(),
  annotations.say("submit", ""), annotations.say("accept", "well done"), annotations.say("return", "again"), annotations.say("comment", "?", 3),
];
for (const message of messages) console.log(JSON.stringify(message));
