/** Scores of pairs and the truth about them, held by the addon. */
import { copyOf, isArrayOf, requireOwnMemory, type Rules } from '../arguments.js';
import type { NativeTrials } from '../binding.js';
import { callNative } from '../native.js';

/** Which way scores point: `distance`, smaller is more alike; `similarity`, larger is. */
export type Orientation = 'distance' | 'similarity';

/** A score for each pair. */
export type ScoreArray = Float64Array | Float32Array;

/** The identity on either side of each pair; any numbers, equal for the same person. */
export interface PairIdentities {
  first: Uint32Array;
  second: Uint32Array;
}

/** Identities, copied. */
export const PEOPLE_RULES: Rules<PairIdentities> = {
  first: copyOf(Uint32Array),
  second: copyOf(Uint32Array),
};

/** Copies scores and truth at once, so that writing to the arrays afterwards changes nothing. */
export function holdTrials(
  scores: ScoreArray,
  same: Uint8Array,
  orientation: Orientation | undefined,
  people?: PairIdentities,
): NativeTrials {
  requireScores(scores, 'scores');
  requireOwnMemory(same, 'same', Uint8Array);
  const none = new Uint32Array(0);
  const { first, second } = people ?? { first: none, second: none };
  return callNative(({ NativeTrials }) =>
    isArrayOf(Float32Array, scores)
      ? NativeTrials.narrow(scores, same, orientation, first, second)
      : NativeTrials.wide(scores, same, orientation, first, second),
  );
}

/** Scores of either width. */
export function requireScores(scores: unknown, name: string): ScoreArray {
  return isArrayOf(Float32Array, scores)
    ? requireOwnMemory(scores, name, Float32Array)
    : requireOwnMemory(scores, name, Float64Array);
}
