import assert from "node:assert/strict";
import { test } from "node:test";

import { Film, canFilm } from "../../static/film.js";

const WHOLE = new Uint8Array([0x10]), PART = new Uint8Array([0x11]);
const arrival = (seq, payload = PART) => ({ frame: { seq, payload }, arrived: 0 });

/** A browser whose decoder does what the test says. */
function browser({ supported = true } = {}) {
  const made = [];
  globalThis.EncodedVideoChunk = class { constructor(of) { Object.assign(this, of); } };
  globalThis.VideoDecoder = class {
    static isConfigSupported = async () => ({ supported });
    state = "unconfigured";
    chunks = [];
    constructor(told) { this.told = told; made.push(this); }
    configure() { this.state = "configured"; }
    decode(chunk) {
      if (this.state !== "configured") throw new Error("closed");
      this.chunks.push(chunk);
    }
    close() { this.state = "closed"; }
    out(seq) { this.told.output({ timestamp: seq, close: () => shut.push(seq) }); }
  };
  const shut = [], told = [];
  const film = new Film({ decoded: ({ frame }) => told.push(frame.seq), failed: () => told.push("failed") });
  return { film, made, told, shut };
}

test("each frame is decoded in order; a whole one needs none before it", () => {
  const { film, made, told } = browser();
  film.take(arrival(1, WHOLE));
  film.take(arrival(2));
  film.take(arrival(3, WHOLE));
  assert.deepEqual(made.length, 1);
  assert.deepEqual(made[0].chunks.map(({ type, timestamp }) => [type, timestamp]), [["key", 1], ["delta", 2], ["key", 3]]);
  for (const seq of [1, 2, 3]) made[0].out(seq);
  assert.deepEqual(told, [1, 2, 3]);
});

test("what is under way when the picture goes is not shown, and is given back", () => {
  const { film, made, told, shut } = browser();
  film.take(arrival(1, WHOLE));
  film.forget();
  made[0].out(1);
  film.take(arrival(2));
  made[0].out(2);
  assert.deepEqual([told, shut], [[2], [1]], "the next one may be made from it all the same");
});

test("after a blank the next frame is a whole one", () => {
  const { film, made, told, shut } = browser();
  film.take(arrival(1, WHOLE));
  film.close();
  assert.equal(made[0].state, "closed");
  made[0].out(1);
  film.take(arrival(2, WHOLE));
  made[1].out(2);
  assert.deepEqual([told, shut], [[2], [1]]);
});

test("where a browser can't, it says so", async () => {
  browser({ supported: false });
  assert.equal(await canFilm(), false);
  delete globalThis.VideoDecoder;
  assert.equal(await canFilm(), false);
  browser();
  assert.equal(await canFilm(), true);
});

test("an error asks for pictures, once, and for good", async () => {
  const { film, made, told } = browser();
  film.take(arrival(1, WHOLE));
  made[0].told.error(new Error("hardware"));
  assert.deepEqual(told, ["failed"]);
  made[0].told.error(new Error("again"));
  assert.deepEqual(told, ["failed"]);
  assert.equal(await canFilm(), false);
});

test("a frame whose forerunner is not here asks for pictures", () => {
  const { film, told } = browser();
  film.take(arrival(7));
  assert.deepEqual(told, ["failed"]);
});
