/**
 * What the client says on the stream, spelled as `gateway/stream/messages.py` reads it. The server ends the stream at an
 * unknown or missing field, so every message is made here.
 *
 * @typedef {[number, number]} Pair
 * @typedef {{type: "box", x: number, y: number, w: number, h: number}} Box
 * @typedef {{type: "polygon", points: Pair[]}} Polygon
 * @typedef {{type: "point", x: number, y: number}} Point
 * @typedef {Box | Polygon | Point} Geometry  image space: x = column, y = row, (0, 0) the corner of the top-left pixel
 * @typedef {{center: number, width: number, function: string}} Window
 * @typedef {{id: string, label: string, frame: number, geometry: Geometry, revision: number, author: string}} Annotation
 * @typedef {{text: string, verdict: string | null, by: string, time: number | null}} Comment
 * @typedef {{key: string, name: string, colour: string, geometry: string[]}} Label
 * @typedef {{id: string, title: string, kind: string, frames: number, rows: number, columns: number, spacing_mm: Pair | null,
 *            windows: [number, number, string][], grey: boolean, unit: string | null, suv_per_unit?: number | null,
 *            states?: State[]}} Item
 * @typedef {{id: string, label: string, turned: number, mirrored: boolean, looks: Said[]}} State  a presentation state
 * @typedef {{frames: number[], window: [number, number, string] | null, area: [number, number, number, number] | null,
 *            drawings: Drawing[]}} Said  how it wants some slices to be seen; area: left, top, right, bottom
 * @typedef {{kind: string, points: Pair[], filled: boolean}} Drawing
 * @typedef {{t: "task", id: string | null, stage: string, mode: string, revision: number, item: Item | null,
 *            annotations: Annotation[], comments: Comment[], history: string[], waiting: number}} Task
 * @typedef {{id: string, title: string, stage: string, annotator: string, changed: number}} Queued
 * @typedef {{t: "receipt", op: string, revision: number, index: number, stage: string, annotation: Annotation | null}} Receipt
 * @typedef {{t: "refused", op: string, reason: string, annotation: Annotation | null}} Refused
 * @typedef {{allow: {actions: string[]}, surface: Record<string, string>, display: Display}} Controls
 * @typedef {{lossless: boolean, reveal: string, windowing: string, min_window_width: number, values?: number}} Display
 * @typedef {{t: "welcome", session: string, user: string, role: string, project: string, controls: Controls, policies: string[],
 *            labels: Label[]}} Welcome
 * @typedef {{rows: number, columns: number, frames: number, spacing_mm: Pair, origin_mm?: number[]}} Plane  the sections in one plane
 * @typedef {{row: number[], column: number[], slices: number[][]}} Places  where the slices lie among the sections
 * @typedef {{t: "surveyed", item: string, planes: Record<string, Plane> | null, why: string, times_ms: number[],
 *            places?: Places | null}} Surveyed
 * @typedef {{t: "value", seen: number, column: number, row: number, stored: number[], value: number | null, unit: string | null,
 *            suv: number | null}} Value  of one pixel
 * @typedef {{t: "page", item: string, frame: number, text: string | null, why: string}} Page  the letters of a page; null: none (any more)
 * @typedef {Welcome | Task | Surveyed | Value | Page | {t: "queue", tasks: Queued[]} | Receipt | Refused | {t: "notice", level: string, text: string}
 *           | {t: "challenge", nonce: string} | {t: "watched", on: boolean} | Shadow
 *           | {t: "controls", controls: Controls, policies: string[]} | {t: "lock", reason: string}
 *           | {t: "end", reason: string}} ServerMessage
 * @typedef {{t: "shadow", session: string, user: string, answers: number, title: string, slice: number, slices: number, plane: string,
 *            state: string, why: string}} Shadow
 * @typedef {{label?: string, frame?: number, geometry?: Geometry}} Patch
 * @typedef {{t: "op", id: string, task: string, kind: string, base: number, annotation?: string, patch?: Patch,
 *            target?: string, text?: string, seen?: number}} Op
 */

export const SUBPROTOCOL = "isinglass.v1";

/**
 * @param {string} ticket
 * @param {{key: string, proof: string} | null} signed
 * @param {boolean} [video]  whether frames of a video can be decoded
 */
export const hello = (ticket, signed, video) => ({ t: "hello", ticket, ...(signed ?? {}), ...(video && { video }) });

/** @param {string} proof */
export const answer = (proof) => ({ t: "answer", proof });

/** @param {string | null} session  null: each live session in turn */
export const watch = (session) => ({ t: "watch", session });

export const next = () => ({ t: "next" });

/** @param {string} task */
export const open = (task) => ({ t: "open", task });

/** @param {string} signal */
export const input = (signal) => ({ t: "input", signal });

/**
 * @param {number} seq
 * @param {number} heldMs
 */
export const ack = (seq, heldMs) => ({ t: "ack", seq, held_ms: Math.min(1e7, Math.max(0, heldMs)) });

/** A frame of a video can't be decoded. */
export const unfilm = () => ({ t: "unfilm" });

/** @param {{passed: string[], failed: string[]}} outcome */
export const leak = ({ passed, failed }) => ({ t: "leak", passed, failed });

/** @param {string[]} faults */
export const beat = (faults) => ({ t: "beat", faults });

/** @param {string} text */
export const reason = (text) => ({ t: "reason", text });

/** How many pictures are shown: the others are put away.  @param {number} count */
export const panes = (count) => ({ t: "panes", count });

/** Ask for the value of the pixel at an image point of frame `seen`.  @param {number} seen @param {Pair} point */
export const probe = (seen, [x, y]) => ({ t: "probe", seen, x, y });

/** Ask what the slices of `item` are as a whole.  @param {string} item */
export const survey = (item) => ({ t: "survey", item });

export const bye = () => ({ t: "bye" });

/**
 * @param {number} seq
 * @param {{item: string, frame: number, camera: import("./viewport.js").Camera, window: Window | null, invert: boolean,
 *          pointer: Pair | null, cut: import("./layouts.js").Cut | null, state?: string | null, luminance?: Pair | null}} seen
 * @param {number} pane
 */
export function look(seq, { item, frame, camera, window, invert, pointer, cut, state, luminance }, pane = 0) {
  const { width, height, x, y, scale, turned, mirrored } = camera;
  const message = { t: "view", seq, item, frame, width, height, x, y, scale, invert };
  const seen = { ...(window && { window }), ...(pointer && { pointer }), ...(cut && { cut }), ...(pane && { pane }) };
  return { ...message, ...seen, ...(state && { state }), ...(turned && { turned }), ...(mirrored && { mirrored }), ...(luminance && { luminance }) };
}

/**
 * An op without the fields that are absent.
 *
 * @param {{id: string, task: string, kind: string, base: number, annotation?: string, patch?: Patch, target?: string,
 *          text?: string, seen?: number}} fields
 * @returns {Op}
 */
export function op(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return /** @type {Op} */ ({ t: "op", ...Object.fromEntries(given) });
}
