import { group, list, number, optional, readOptions, type Rules, text } from '../arguments.js';
import { JOB_RULES, type JobOptions, runJob } from '../job.js';
import type { Interval } from './result.js';
import {
  holdTrials,
  type Orientation,
  type PairIdentities,
  PEOPLE_RULES,
  type ScoreArray,
} from './trials.js';

/** A measure of the first metric less that of the second, on the same pairs. */
export interface Difference {
  value: number;
  standardError: number;
  /** `value ± 1.96 standardError`. */
  interval: Interval;
  /** Chance of a difference at least so large if there were none; `null` without any error. */
  p: number | null;
}

/** How two metrics differ. */
export interface Comparison {
  /** Positive when the first is better. */
  auroc: Difference;
  /** Negative when the first is better. */
  eer: Difference;
  /** Positive when the first is better; without rates that the impostors cannot resolve. */
  tarAtFar: (Difference & { far: number })[];
}

/** How to compare. */
export interface CompareOptions extends JobOptions {
  /** Whether both scores are distances or similarities; default `distance`. */
  orientation?: Orientation | undefined;
  /** False accept rates; default none. */
  atFar?: readonly number[] | undefined;
  /** How their thresholds are chosen; default `at-most`. */
  tarRule?: 'at-most' | 'nearest' | 'quantile' | undefined;
  /** Identities on either side of each pair. */
  people?: PairIdentities | undefined;
}

const COMPARE_RULES: Rules<CompareOptions> = {
  ...JOB_RULES,
  orientation: optional(text),
  atFar: optional(list(number)),
  tarRule: optional(text),
  people: optional(group(PEOPLE_RULES)),
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
  const settled = readOptions(options, COMPARE_RULES);
  const { orientation = 'distance', atFar = [], tarRule = 'at-most', people, threads } = settled;
  const a = holdTrials(first, same, orientation, people);
  const b = holdTrials(second, same, orientation, people);
  const text = await runJob(settled, (native, job) =>
    native.compareTrials(a, b, [...atFar], tarRule, threads, job),
  );
  return JSON.parse(text);
}
