/** Pairs of people whose true figures are known, small and quick. */
import { normals, randomNumbers } from '../support/random.js';

/** All pairs of so many people with so many images each, and the true EER of two systems: the second has more noise. */
export interface World {
  scores: [Float64Array, Float64Array];
  same: Uint8Array;
  people: { first: Uint32Array; second: Uint32Array };
}

/** Half the distance of the means of both kinds; scores of a kind have a variance of 1 + a person's part. */
export const HALF = 0.9;
const OF_PERSON = 0.3;

/** Draws pairs: a score is the mean of its kind, an effect of either person, and noise. */
export function draw(people: number, images: number, seed: number): World {
  const next = normals(randomNumbers(seed));
  const effects = Float64Array.from({ length: people }, () => OF_PERSON * next());
  const rows = people * images;
  const count = (rows * (rows - 1)) / 2;
  const scores: World['scores'] = [new Float64Array(count), new Float64Array(count)];
  const same = new Uint8Array(count);
  const [first, second] = [new Uint32Array(count), new Uint32Array(count)];
  let pair = 0;
  for (let a = 0; a < rows; a += 1) {
    for (let b = a + 1; b < rows; b += 1) {
      const [i, j] = [Math.floor(a / images), Math.floor(b / images)];
      first[pair] = i;
      second[pair] = j;
      same[pair] = Number(i === j);
      const effect = ((effects[i] as number) + (effects[j] as number)) / (i === j ? 2 : Math.SQRT2);
      const score = (i === j ? -HALF : HALF) + effect + next();
      scores[0][pair] = score;
      scores[1][pair] = score + 0.9 * next();
      pair += 1;
    }
  }
  return { scores, same, people: { first, second } };
}

/** The true EER of the first system: Φ(−HALF/σ), σ² = 1 + OF_PERSON² of either kind. */
export const DEVIATION = Math.sqrt(1 + OF_PERSON ** 2);
