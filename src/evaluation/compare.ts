/** Comparison of two metrics, or of more systems, on the same pairs. */
import {
  type Checked,
  isArray,
  list,
  number,
  optional,
  readOptions,
  type Rules,
  requireOwnMemory,
  text,
  parts,
  wholeNumber,
  wrongArgument,
  confidence,
} from '../arguments.js';
import { JOB_RULES, type JobOptions, runJob } from '../job.js';
import { defined } from '../native.js';
import type { Comparison, NativeCompareOptions, SystemsComparison } from '../binding.js';
import {
  holdTrials,
  type Orientation,
  type PairIdentities,
  PEOPLE_RULES,
  type ScoreArray,
} from './trials.js';

export type {
  AdjustedDifference,
  AdjustedRate,
  Comparison,
  Difference,
  RateDifference,
  SystemDifference,
  SystemsComparison,
} from '../binding.js';

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

/** How to compare systems. */
export interface SystemsOptions extends CompareOptions {
  /** Place of the system that the others are compared with; default the one with the largest AUROC. */
  reference?: number | undefined;
  /**
   * For the number of comparisons of a figure: `max-t` (default), the greatest |t| by the joint influence of people;
   * `holm`, Holm's p and Bonferroni's intervals; `none`.
   */
  adjust?: 'max-t' | 'holm' | 'none' | undefined;
}

const SYSTEMS_RULES: Rules<SystemsOptions> = {
  ...COMPARE_RULES,
  reference: optional(wholeNumber()),
  adjust: optional(text),
};

/**
 * Compares two systems or more on the same pairs: how each differs from one of them, by itself and adjusted for the
 * number of comparisons. Where the data choose the reference, all pairs of systems are the comparisons. Errors: those
 * of {@link compareScores}, `EOPTION` for a reference that there is not. Cost: a sort for each system, and a pass over
 * the pairs for each two systems and figure.
 */
export async function compareSystems(
  scores: readonly ScoreArray[],
  same: Uint8Array,
  options: SystemsOptions = {},
): Promise<SystemsComparison> {
  const settled = readOptions(options, SYSTEMS_RULES);
  if (!isArray(scores)) throw wrongArgument('scores', scores, 'an array of scores');
  return compareSystemTrials(scores, requireOwnMemory(same, 'same', Uint8Array), settled);
}

/** {@link compareSystems} for checked options. */
export async function compareSystemTrials(
  scores: readonly ScoreArray[],
  same: Uint8Array,
  settled: Checked<SystemsOptions>,
): Promise<SystemsComparison> {
  const { orientation, atFar = [], people, reference, adjust } = settled;
  const systems = scores.map((of) => holdTrials(of, same, orientation, people));
  const compare = { ...settled, atFar: [...atFar] } as NativeCompareOptions;
  const request = defined({ compare, reference, adjust });
  return runJob(settled, (native, job) => native.compareSystems(systems, request, job));
}
