/** Rows and choices of the tests of gallery files, the same in every process. */

/** Whole numbers below a bound, from a seed above 0. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

/** The row that has this number: small whole numbers, so that distances are exact. */
export function rowOf(number: number): Float32Array {
  const random = randomFrom(number + 1);
  return Float32Array.from({ length: 6 }, () => (random(1 << 20) % 19) - 9);
}
