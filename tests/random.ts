/** Numbers that look random and are the same each time: a failure can be met again. */

/** Makes a source of whole numbers from 0 up to, not including, the given bound. */
export function randomSource(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 >>> 0 || 1;
  return (below) => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
