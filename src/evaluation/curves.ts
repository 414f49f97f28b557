/** Curves and rates of scores, without a report. */
import { readOptions, type Rules, text } from '../arguments.js';
import { JOB_RULES, type JobOptions, runJob } from '../job.js';
import type { EqualErrorRate, RocCurve } from '../binding.js';
import { holdTrials, type Orientation, type ScoreArray } from './trials.js';

export type { EqualErrorRate, RocCurve } from '../binding.js';

const CURVE_RULES: Rules<JobOptions & { orientation: Orientation }> = {
  ...JOB_RULES,
  orientation: text,
};

/**
 * Area under the ROC curve: the chance that a genuine pair is ranked as more alike than an
 * impostor pair, ties counting half. In [0, 1]; exact.
 *
 * `same[i]` is 1 for a genuine and 0 for an impostor pair. The arrays are copied before the first
 * `await`. Errors: `EONECLASS`, `ENOTFINITE` (NaN or infinity, with its row), `EDOMAIN` (a truth
 * that is neither), `EDIMENSION`, `EEMPTY`, `EARGUMENT`, `EOPTION`. Cost: one sort of the m scores,
 * O(m log m).
 */
export async function auroc(
  scores: ScoreArray,
  same: Uint8Array,
  options: JobOptions & { orientation: Orientation },
): Promise<number> {
  const settled = readOptions(options, CURVE_RULES);
  const trials = holdTrials(scores, same, settled.orientation);
  return runJob(settled, (native, job) => native.auroc(trials, job));
}

/**
 * The ROC curve with every distinct score as a threshold. Errors: those of {@link auroc}. Cost: one
 * sort of the m scores, O(m log m), and 40 bytes for each point.
 */
export async function roc(
  scores: ScoreArray,
  same: Uint8Array,
  options: JobOptions & { orientation: Orientation },
): Promise<RocCurve> {
  const settled = readOptions(options, CURVE_RULES);
  const trials = holdTrials(scores, same, settled.orientation);
  return runJob(settled, (native, job) => native.roc(trials, job));
}

/**
 * The equal error rate: above one half when scores point the other way. Errors: as {@link auroc}.
 * Cost: one sort of the m scores, O(m log m).
 */
export async function eer(
  scores: ScoreArray,
  same: Uint8Array,
  options: JobOptions & { orientation: Orientation },
): Promise<EqualErrorRate> {
  const settled = readOptions(options, CURVE_RULES);
  const trials = holdTrials(scores, same, settled.orientation);
  return runJob(settled, (native, job) => native.eer(trials, job));
}
