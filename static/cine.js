/**
 * A loop at its true times: which slice is due is read off the clock, so that a slow line leaves slices out and never plays late.
 */

const USUAL_MS = 1000 / 15; // where no header says when a slice is shown
export const SPEEDS = [0.25, 0.5, 1, 2, 4];

/**
 * When each of `frames` slices is shown, ms after the first, and when the loop begins anew: after its last step once more.
 *
 * @param {number[]} times  as recorded; of another length: none are known
 * @param {number} frames
 * @returns {{times: number[], length: number, recorded: boolean}}
 */
export function timeline(times, frames) {
  const rising = times.every((time, k) => k === 0 || time > times[k - 1]);
  const recorded = times.length === frames && frames > 1 && rising;
  const shown = recorded ? times.map((time) => time - times[0]) : Array.from({ length: frames }, (_, k) => k * USUAL_MS);
  const last = shown[frames - 1] ?? 0;
  return { times: shown, length: last + (frames > 1 ? last - shown[frames - 2] : USUAL_MS), recorded };
}

/**
 * The slice that is due `at` ms after the first one of `line` was; null once a loop that does not go round is over.
 *
 * @param {{times: number[], length: number}} line
 * @param {number} at
 * @param {boolean} round
 */
export function due({ times, length }, at, round) {
  if (!round && at >= length) return null;
  const within = ((at % length) + length) % length;
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= within) low = middle;
    else high = middle - 1;
  }
  return low;
}

export class Cine {
  #world;
  #line = timeline([], 1);
  #from = 0; // the clock's time at which the first slice was due
  #playing = false;
  #beat = 0; // what was scheduled before is passed over

  /**
   * @param {{now: () => number, schedule: (run: () => void) => void, frame: () => number, show: (frame: number) => void,
   *          changed: () => void}} world
   *   frame: the slice on screen now
   */
  constructor(world) {
    this.#world = world;
    this.speed = 1;
    this.round = true;
  }

  get playing() {
    return this.#playing;
  }

  /** Slices a second, at the present speed, and whether the item says so itself. */
  get rate() {
    const { times, length, recorded } = this.#line;
    return { perSecond: (this.speed * 1000 * times.length) / length, recorded };
  }

  /** Another loop is on screen.  @param {number[]} times @param {number} frames */
  load(times, frames) {
    this.pause();
    this.learn(times, frames);
  }

  /** When the slices of the loop on screen are shown is known now: one that plays goes on by it.  @param {number[]} times @param {number} frames */
  learn(times, frames) {
    this.#line = timeline(times, Math.max(1, frames));
    if (this.#playing) this.#from = this.#begun(this.#world.frame());
    this.#world.changed();
  }

  toggle() {
    if (this.#playing) this.pause();
    else this.play();
  }

  /** From the slice on screen on; from the first one if it is the last. */
  play() {
    const { times } = this.#line;
    if (this.#playing || times.length < 2) return;
    const frame = this.#world.frame();
    this.#from = this.#begun(frame + 1 < times.length ? frame : 0);
    this.#playing = true;
    this.#beat += 1;
    this.#world.changed();
    this.#next(this.#beat);
  }

  /** When the first slice was due, if `frame` is due now.  @param {number} frame */
  #begun(frame) {
    return this.#world.now() - (this.#line.times[frame] ?? 0) / this.speed;
  }

  pause() {
    if (!this.#playing) return;
    this.#playing = false;
    this.#world.changed();
  }

  /** Faster or slower, from where it is.  @param {number} speed */
  at(speed) {
    const now = this.#world.now();
    this.#from = now - ((now - this.#from) * this.speed) / speed;
    this.speed = speed;
    this.#world.changed();
  }

  /** @param {boolean} round */
  goRound(round) {
    this.round = round;
    this.#world.changed();
  }

  /** @param {number} beat */
  #next(beat) {
    this.#world.schedule(() => {
      if (!this.#playing || beat !== this.#beat) return;
      const frame = due(this.#line, (this.#world.now() - this.#from) * this.speed, this.round);
      if (frame === null) {
        this.#world.show(this.#line.times.length - 1);
        this.pause();
        return;
      }
      this.#world.show(frame);
      this.#next(beat);
    });
  }
}
