import assert from "node:assert/strict";
import { test } from "node:test";

// What of a browser the socket needs; each attempt's socket is opened by the test.
const sockets = [];
let now = 0, tickets = 0;
class Socket {
  static OPEN = 1;
  readyState = 1;
  said = [];
  constructor() {
    sockets.push(this);
  }
  send(text) {
    this.said.push(JSON.parse(text));
  }
  close() {
    this.closed = true;
  }
}
Object.assign(globalThis, {
  addEventListener: () => {},
  location: { origin: "http://127.0.0.1" },
  document: { querySelector: () => null },
  WebSocket: Socket,
  fetch: async () => ({ ok: true, json: async () => ({ ticket: `ticket ${(tickets += 1)}` }) }),
});
performance.now = () => now;
const { Stream } = await import("../../static/stream.js");

const there = async (count) => {
  while (sockets.length < count) await new Promise((done) => setTimeout(done, 10));
  return sockets[count - 1];
};

test("a socket that opens when its ticket is old is given up for one with a new ticket", async () => {
  const stream = new Stream({ told: () => {}, framed: () => {}, changed: () => {}, refused: () => {} });
  stream.start();
  const first = await there(1);
  now += 11_000; // the server starts again
  first.onopen();
  assert.deepEqual([first.said, first.closed], [[], true]);
  const second = await there(2);
  now += 9_000;
  second.onopen();
  assert.deepEqual(second.said.map(({ t, ticket }) => [t, ticket]), [["hello", "ticket 2"]]);
  stream.stop();
});
