/** An admin's stream: what others are shown, small or whole; with the locks that the admin's own policy puts on the page. */

import { Cover } from "./deterrents/cover.js";
import { Guard } from "./deterrents/guard.js";
import { leakTest } from "./deterrents/leaktest.js";
import { Surface } from "./deterrents/surface.js";
import { Taint } from "./deterrents/taint.js";
import { ack, beat, input, leak, reason, watch } from "./messages.js";
import { Screen } from "./screen.js";
import { Stream } from "./stream.js";

/**
 * @typedef {import("./messages.js").Shadow} Shadow
 * @typedef {{canvas: (session: string) => HTMLCanvasElement | null, shown: (shadow: Shadow) => void,
 *            noticed: (text: string, asks: boolean) => void, over: (reason: string) => void}} World
 *   canvas: where a session's picture goes; over: nothing more comes
 */

const GUARD_MS = 1000;
const BEAT_MS = 10_000;
const ACTIVITY_MS = 5000;

export class Onlooker {
  #world;
  #whom;
  #picture;
  #taint;
  #surface;
  #stream;
  #screens = /** @type {Map<HTMLCanvasElement, Screen>} */ (new Map());
  #whose = /** @type {Map<number, string>} */ (new Map()); // the number that frames answer → session

  /**
   * @param {string | null} whom  a session, or null for each in turn
   * @param {string} pixel  the address of the pixel that closes a canvas
   * @param {HTMLElement} picture  what a cover hides
   * @param {World} world
   */
  constructor(whom, pixel, picture, world) {
    this.#picture = picture;
    this.#whom = whom;
    this.#world = world;
    this.#taint = new Taint(pixel);
    this.#stream = new Stream(
      {
        told: (message) => this.#told(message),
        framed: (frame) => this.#framed(frame),
        changed: () => {},
        refused: ({ message }) => world.over(message),
      },
      "/admin/ticket",
    );
    this.#surface = new Surface(new Cover(document.body), (signal) => this.#stream.send(input(signal)));
  }

  start() {
    this.#watchOver();
    this.#stream.start();
    addEventListener("pagehide", () => this.#stream.leave());
  }

  /** Say why more is needed than a budget allows, and look again.  @param {string} words */
  explain(words) {
    this.#stream.send(reason(words));
    this.#stream.send(watch(this.#whom));
  }

  /** @param {import("./messages.js").ServerMessage} message */
  #told(message) {
    switch (message.t) {
      case "welcome":
        for (const screen of this.#screens.values()) screen.begin();
        this.#whose.clear();
        this.#surface.put(message.controls.surface);
        this.#stream.send(watch(this.#whom));
        return void this.#tellLeaks();
      case "controls":
        return this.#surface.put(message.controls.surface);
      case "shadow":
        return this.#shadow(message);
      case "notice":
        return this.#world.noticed(message.text, message.level === "ask");
      case "lock":
        this.#stream.stop();
      // fall through
      case "end":
        for (const screen of this.#screens.values()) screen.clear();
        return this.#world.over(message.reason);
    }
  }

  /** @param {Shadow} shadow */
  #shadow(shadow) {
    if (shadow.answers) {
      this.#whose.set(shadow.answers, shadow.session);
      for (const old of this.#whose.keys()) {
        if (old < shadow.answers - 8) this.#whose.delete(old);
      }
    }
    this.#world.shown(shadow);
    if (!shadow.answers) this.#screen(shadow.session)?.clear();
  }

  /** @param {import("./wire.js").Frame} frame */
  #framed(frame) {
    if (frame.blank) return; // the word before it said whose picture went
    this.#screen(this.#whose.get(frame.answers) ?? "")?.take(frame);
  }

  /** @param {string} session */
  #screen(session) {
    const canvas = this.#world.canvas(session);
    if (!canvas) return null;
    const found = this.#screens.get(canvas) ?? this.#made(canvas);
    this.#screens.set(canvas, found);
    return found;
  }

  /** @param {HTMLCanvasElement} canvas */
  #made(canvas) {
    return new Screen(canvas, {
      taint: this.#taint,
      drawn: (frame, heldMs) => {
        canvas.dataset.frameSeq = String(frame.seq);
        this.#stream.send(ack(frame.seq, heldMs));
      },
      blanked: () => delete canvas.dataset.frameSeq,
      failed: () => {},
      size: ({ width, height, scale }) => ({ width: Math.round(width * scale), height: Math.round(height * scale) }),
    });
  }

  async #tellLeaks() {
    await this.#taint.settled;
    const probe = document.createElement("canvas");
    this.#taint.draw(/** @type {CanvasRenderingContext2D} */ (probe.getContext("2d")));
    this.#stream.send(leak(leakTest(probe)));
  }

  /** Say that somebody is there, and that the page is as it was sent. */
  #watchOver() {
    let told = -Infinity, beaten = -Infinity, faults = "";
    const guard = new Guard(this.#picture, this.#surface);
    for (const name of ["pointermove", "pointerdown", "keydown", "wheel"]) {
      const active = (/** @type {Event} */ { isTrusted }) => {
        if (!isTrusted) return; // of a script, such as the guard's trials
        const now = performance.now();
        if (now - told > ACTIVITY_MS && this.#stream.send(input("activity"))) told = now;
      };
      addEventListener(name, active, { passive: true, capture: true });
    }
    setInterval(() => {
      const found = guard.faults(), now = performance.now();
      if (now - beaten < BEAT_MS && String(found) === faults) return;
      if (this.#stream.send(beat(found))) [beaten, faults] = [now, String(found)];
    }, GUARD_MS);
  }
}
