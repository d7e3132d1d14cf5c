/**
 * Counts events, and tells when there are more than a hand makes: a script that types, or a text that is carried over piece by piece.
 *
 * @param {AbortSignal} signal
 * @param {() => void} exceeded
 * @param {{event: string, most: number, spanMs: number, now?: () => number, counted?: () => boolean}} limit
 */
export function rate(signal, exceeded, { event, most, spanMs, now = () => performance.now(), counted = () => true }) {
  const times = /** @type {number[]} */ ([]);
  addEventListener(
    event,
    () => {
      if (!counted()) return;
      const at = now();
      while (times.length && times[0] <= at - spanMs) times.shift();
      times.push(at);
      if (times.length > most) exceeded();
    },
    { signal, capture: true },
  );
}

/** "100/s" or "10/m" as a number and a span.  @param {string | undefined} said */
export function parseRate(said) {
  const found = /^(\d+)\/([sm])$/.exec(said ?? "");
  return found && { most: Number(found[1]), spanMs: found[2] === "s" ? 1000 : 60_000 };
}
