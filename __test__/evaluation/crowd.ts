import { normals } from '../support/random.js';

/** All pairs of `images` images of each of `count` people, with distances that tell them apart. */
export function crowd(random: () => number, count: number, images: number) {
  const normal = normals(random);
  const hard = Array.from({ length: count }, normal);
  const alike = Array.from({ length: count }, normal);
  const [scores, first, second]: [number[], number[], number[]] = [[], [], []];
  for (let a = 0; a < count * images; a += 1) {
    for (let b = a + 1; b < count * images; b += 1) {
      const [i, j] = [Math.floor(a / images), Math.floor(b / images)];
      first.push(i);
      second.push(j);
      const [x, y] = [alike[i] as number, alike[j] as number];
      scores.push(normal() + (i === j ? (hard[i] as number) : 2 - 0.7 * (x + y)));
    }
  }
  return {
    scores: Float64Array.from(scores),
    same: Uint8Array.from(first, (i, pair) => (i === second[pair] ? 1 : 0)),
    people: { first: Uint32Array.from(first), second: Uint32Array.from(second) },
  };
}
