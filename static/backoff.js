/** How long to wait before the next try to connect, milliseconds: doubling, capped, and spread so that a crowd does not come back at once. */

const FIRST_MS = 400;
const MOST_MS = 15_000;

/**
 * @param {number} tries  how often it failed in a row, from 0
 * @param {number} chance  in [0, 1)
 */
export function delayMs(tries, chance) {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries, 16)) * (0.5 + chance / 2);
}
