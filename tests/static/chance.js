/** Numbers for properties: the same on every run.  @param {number} seed */
export function chance(seed) {
  let state = seed >>> 0;
  return (least = 0, most = 1) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + (state / 2 ** 32) * (most - least);
  };
}
