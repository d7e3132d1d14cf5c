/**
 * The socket: a ticket, a hello, messages both ways; and again, by itself, whenever it is lost.
 *
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {"connecting" | "open" | "closed"} State
 */

import { delayMs } from "./backoff.js";
import { Key } from "./key.js";
import { SUBPROTOCOL, answer, bye, hello } from "./messages.js";
import { post, Refusal } from "./request.js";
import { parse } from "./wire.js";

const SILENCE_MS = 15_000; // so long after a question without any word, the line is taken to be dead
const FRESH_MS = 10_000; // a ticket is good for 15 s, and a server that starts again opens the socket late
const ASKING = new Set(["hello", "next", "open", "op", "view"]);

export class Stream {
  state = /** @type {State} */ ("closed");
  #socket = /** @type {WebSocket | null} */ (null);
  #world;
  #wanted = false;
  #attempt = 0; // what belongs to an earlier attempt is passed over
  #tries = 0;
  #retry = 0;
  #silence = 0;
  #key = new Key();
  #ticket;

  /**
   * @param {{told: (message: ServerMessage) => void, framed: (frame: import("./wire.js").Frame) => void,
   *          changed: (state: State) => void, refused: (refusal: Refusal) => void, canFilm?: () => Promise<boolean>}} world
   *   refused: the server gave no ticket, and will give none; canFilm: whether frames may be a video's
   * @param {string} [ticket]  the address that gives tickets
   */
  constructor(world, ticket = "/ticket") {
    this.#ticket = ticket;
    this.#world = world;
    addEventListener("online", () => this.#wanted && this.state === "closed" && void this.#connect());
    addEventListener("offline", () => this.#lost());
  }

  /** Connect, and stay connected; a connection that there is, is given up for a new one. */
  start() {
    this.#drop();
    this.#wanted = true;
    this.#tries = 0;
    void this.#connect();
  }

  /** Close; no more tries. */
  stop() {
    this.#wanted = false;
    this.#drop();
    this.#become("closed");
  }

  /** The person leaves the page. */
  leave() {
    this.send(bye());
    this.stop();
  }

  /** Whether `message` was handed to an open socket.  @param {{t: string}} message */
  send(message) {
    if (this.state !== "open") return false;
    this.#say(message);
    return true;
  }

  async #connect() {
    this.#drop();
    const attempt = this.#attempt;
    this.#become("connecting");
    const asked = performance.now();
    try {
      const [{ ticket }, video] = await Promise.all([post(this.#ticket, undefined, true), this.#world.canFilm?.() ?? false]);
      const signed = await this.#key.sign("hello", ticket);
      if (attempt === this.#attempt) this.#open(hello(ticket, signed, video), asked + FRESH_MS);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error instanceof Refusal && error.final) {
        this.stop();
        this.#world.refused(error);
      } else this.#lost();
    }
  }

  /**
   * @param {{t: string}} greeting
   * @param {number} until  so long it may be said
   */
  #open(greeting, until) {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/stream`, SUBPROTOCOL);
    const ours = () => socket === this.#socket;
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => ours() && (performance.now() < until ? this.#say(greeting) : this.#lost());
    socket.onmessage = ({ data }) => ours() && this.#take(data);
    socket.onclose = () => ours() && this.#lost();
  }

  /** @param {{t: string}} message */
  #say(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    if (ASKING.has(message.t) && !this.#silence) this.#silence = setTimeout(() => this.#lost(), SILENCE_MS);
  }

  /** @param {string | ArrayBuffer} data */
  #take(data) {
    clearTimeout(this.#silence);
    this.#silence = 0;
    if (typeof data !== "string") {
      this.#frame(data);
      return;
    }
    const message = /** @type {ServerMessage} */ (JSON.parse(data));
    if (message.t === "welcome") {
      this.#tries = 0;
      this.#become("open");
    }
    if (message.t === "challenge") {
      void this.#answer(message.nonce);
      return;
    }
    if (message.t === "end") this.stop();
    this.#world.told(message);
  }

  /** @param {string} nonce */
  async #answer(nonce) {
    const signed = await this.#key.sign("challenge", nonce);
    if (signed) this.send(answer(signed.proof));
  }

  /** @param {ArrayBuffer} data */
  #frame(data) {
    let frame;
    try {
      frame = parse(data);
    } catch {
      this.#lost(); // half a frame is a broken line
      return;
    }
    this.#world.framed(frame);
  }

  #lost() {
    if (!this.#wanted) return;
    this.#drop();
    this.#become("closed");
    this.#retry = setTimeout(() => void this.#connect(), delayMs(this.#tries, Math.random()));
    this.#tries += 1;
  }

  /** End this attempt. */
  #drop() {
    this.#attempt += 1;
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    this.#silence = 0;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** @param {State} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#world.changed(state);
  }
}
