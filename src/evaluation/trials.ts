import type { NativeTrials } from '../binding.js';
import { requireOwnMemory } from '../embeddings.js';
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

/** What trials are made of, checked to be arrays of memory of their own. */
export interface TrialArrays {
  scores: ScoreArray;
  same: Uint8Array;
  people?: PairIdentities | undefined;
}

/** Copies scores and truth at once, so that writing to the arrays afterwards changes nothing. */
export function holdTrials(
  scores: ScoreArray,
  same: Uint8Array,
  orientation: Orientation,
  people?: PairIdentities,
): NativeTrials {
  requireOwnArrays({ scores, same, people });
  const none = new Uint32Array(0);
  const { first, second } = people ?? { first: none, second: none };
  return callNative(({ NativeTrials }) =>
    scores instanceof Float32Array
      ? NativeTrials.narrow(scores, same, orientation, first, second)
      : NativeTrials.wide(scores, same, orientation, first, second),
  );
}

/** Copies to keep until trials can be held. */
export function copyArrays(arrays: TrialArrays): TrialArrays {
  requireOwnArrays(arrays);
  const { scores, same, people } = arrays;
  return {
    scores: scores.slice(),
    same: same.slice(),
    people: people && { first: people.first.slice(), second: people.second.slice() },
  };
}

function requireOwnArrays({ scores, same, people }: TrialArrays): void {
  if (scores instanceof Float32Array) requireOwnMemory(scores, 'scores', Float32Array);
  else requireOwnMemory(scores, 'scores', Float64Array);
  requireOwnMemory(same, 'same', Uint8Array);
  if (people === undefined) return;
  requireOwnMemory(people.first, 'first', Uint32Array);
  requireOwnMemory(people.second, 'second', Uint32Array);
}
