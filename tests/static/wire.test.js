import assert from "node:assert/strict";
import { test } from "node:test";

import { delayMs } from "../../static/backoff.js";
import { HEADER_BYTES, mediaType, parse } from "../../static/wire.js";
import { chance } from "./chance.js";

// What `gateway/stream/wire.py` packed, if the tests of the server started this one.
const packed = JSON.parse(process.env.PACKED ?? "[]");

test("frames that the server packed", (context) => {
  if (!packed.length) context.skip("started without frames of the server");
  for (const { message, expected } of packed) {
    const bytes = Uint8Array.from(Buffer.from(message, "hex"));
    const frame = parse(bytes.buffer);
    assert.deepEqual({ ...frame, payload: frame.payload.length, type: mediaType(frame) }, expected);
  }
});

test("anything else is refused, and nothing else is thrown", () => {
  const random = chance(4);
  const good = new Uint8Array(HEADER_BYTES + 3);
  good.set([1, 1, 2, 1]);
  assert.equal(parse(good.buffer).lossless, true);
  for (let round = 0; round < 2000; round += 1) {
    const bad = good.slice(0, random() < 0.1 ? Math.floor(random(0, HEADER_BYTES)) : undefined);
    for (let k = 0; k < 3 && bad.length; k += 1) bad[Math.floor(random(0, Math.min(4, bad.length)))] = Math.floor(random(0, 256));
    try {
      const frame = parse(bad.buffer);
      assert.ok(frame.blank ? frame.payload.length === 0 : frame.payload.length > 0);
    } catch (error) {
      assert.match(error.message, /^a frame/);
    }
  }
});

test("tries to connect spread, double, and stay bounded", () => {
  assert.deepEqual([0, 1, 2].map((tries) => delayMs(tries, 0)), [200, 400, 800]);
  for (let tries = 0; tries < 100; tries += 1) assert.ok(delayMs(tries, 0.999) <= 15_000);
});
