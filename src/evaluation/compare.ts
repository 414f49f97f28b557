/** Comparison of two metrics on the same pairs. */
import {
  type Checked,
  list,
  number,
  optional,
  readOptions,
  type Rules,
  text,
  parts,
  confidence,
} from '../arguments.js';
import { JOB_RULES, type JobOptions, runJob } from '../job.js';
import type { Comparison, NativeCompareOptions } from '../binding.js';
import {
  holdTrials,
  type Orientation,
  type PairIdentities,
  PEOPLE_RULES,
  type ScoreArray,
} from './trials.js';

export type { Comparison, Difference, RateDifference } from '../binding.js';

/** How to compare. */
export interface CompareOptions extends JobOptions {
  /** Orientation of both scores; default `distance`. */
  orientation?: Orientation | undefined;
  /** False accept rates; default none. */
  atFar?: readonly number[] | undefined;
  /** How their thresholds are chosen; default `at-most`. */
  tarRule?: 'at-most' | 'nearest' | 'insightface' | 'quantile' | undefined;
  /** Level of every interval, between 0 and 1; default 0.95. */
  level?: number | undefined;
  /** Identities on either side of each pair. */
  people?: PairIdentities | undefined;
}

const COMPARE_RULES: Rules<CompareOptions> = {
  ...JOB_RULES,
  orientation: optional(text),
  atFar: optional(list(number)),
  tarRule: optional(text),
  level: optional(confidence),
  people: optional(parts(PEOPLE_RULES)),
};

/**
 * Compares two metrics on the same pairs. What moves both alike cancels, so the interval is far
 * narrower than those of either; clustered by identity with `people`, else the paired test of
 * DeLong, which takes pairs as independent. Errors: those of {@link evaluate}. Cost: two sorts of the
 * m scores, O(m log m).
 */
export async function compareScores(
  first: ScoreArray,
  second: ScoreArray,
  same: Uint8Array,
  options: CompareOptions = {},
): Promise<Comparison> {
  return compareTrials(first, second, same, readOptions(options, COMPARE_RULES));
}

/** {@link compareScores} for checked options. */
export async function compareTrials(
  first: ScoreArray,
  second: ScoreArray,
  same: Uint8Array,
  settled: Checked<CompareOptions>,
): Promise<Comparison> {
  const { orientation, atFar = [], people } = settled;
  const a = holdTrials(first, same, orientation, people);
  const b = holdTrials(second, same, orientation, people);
  const request = { ...settled, atFar: [...atFar] } as NativeCompareOptions;
  return runJob(settled, (native, job) => native.compareTrials(a, b, request, job));
}
