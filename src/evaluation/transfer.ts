/** Thresholds that were chosen elsewhere: how they fare on the pairs at hand. */
import { readDecision } from '../decision/decision.js';
import { HackfaceError } from '../errors.js';
import { closeInput, fillSync, openInput } from '../files/input.js';
import { loadResult } from '../gates/documents.js';
import type { MeasureOptions } from './evaluate.js';
import type { Evaluation, TransferredThreshold } from './result.js';

/** Thresholds of a file. */
export interface ThresholdFile {
  file: string;
  orientation: 'distance' | 'similarity';
  /** The metric or the model that they were chosen for, where the file tells. */
  measure: string | undefined;
  thresholds: readonly { threshold: number; far: number | null }[];
}

/**
 * Reads thresholds: those of a decision file (for each false accept rate, and where *same* begins), or those of
 * `tarAtFar` of what `evaluate --json` printed. Errors: those of {@link Decision.load}, `EFORMAT`.
 */
export async function readThresholds(file: string): Promise<ThresholdFile> {
  if (!isText(file)) {
    const { orientation, parts, thresholds, same } = await readDecision(file);
    const all = thresholds.map(({ threshold, far }) => ({ threshold, far }));
    const measure = parts.length === 1 ? parts[0] : undefined;
    const cut = same === null ? [] : [{ threshold: same, far: null }];
    return { file, orientation, measure, thresholds: [...all, ...cut] };
  }
  const result = await loadResult(file);
  if (result.schema !== 'hackface-evaluation/1') {
    const found = 'the result of a search';
    throw new HackfaceError('EFORMAT', 'data', { file, found, expected: 'that of an evaluation' });
  }
  const { orientation, subject, tarAtFar } = result;
  const thresholds = tarAtFar.flatMap(({ threshold, far }) =>
    threshold === null ? [] : [{ threshold, far }],
  );
  return { file, orientation, measure: subject.metric ?? subject.model, thresholds };
}

/** True for text: a decision file has a length of eight bytes before its header, with zeros in it. */
function isText(file: string): boolean {
  const head = Buffer.alloc(8);
  const input = openInput(file);
  try {
    // What standard input holds is read once.
    if (input.opened === undefined) return true;
    return !head.subarray(0, fillSync(input, head, 0, 0)).includes(0);
  } finally {
    closeInput(input);
  }
}

/** Thresholds to ask an evaluation for: those that were given and those of a file. */
export function thresholdsAsked(
  { atThreshold = [], orientation = 'distance' }: MeasureOptions,
  given: ThresholdFile,
): number[] {
  const others = onScale(given, orientation).map(({ threshold }) => threshold);
  return [...new Set([...atThreshold, ...others])];
}

/** The thresholds of a file on the scale of scores of an orientation. */
function onScale(
  { orientation, thresholds }: ThresholdFile,
  here: 'distance' | 'similarity',
): { threshold: number; far: number | null }[] {
  const sign = orientation === here ? 1 : -1;
  return thresholds.map(({ threshold, far }) => ({ threshold: sign * threshold, far }));
}

/** Adds to an evaluation, which was asked for them, how the thresholds of a file fare. */
export function withTransferred(evaluation: Evaluation, given: ThresholdFile): Evaluation {
  const { accuracyAt, orientation, subject, warnings } = evaluation;
  const transferred = onScale(given, orientation).flatMap(({ threshold, far: promisedFar }) => {
    const at = accuracyAt.find((one) => one.threshold === threshold);
    return at === undefined ? [] : [judged(given.file, promisedFar, at)];
  });
  const measure = subject.metric ?? subject.model;
  const other =
    given.measure !== undefined && measure !== undefined && given.measure !== measure
      ? `the thresholds of ${given.file} are of ${given.measure}, not of ${measure}`
      : undefined;
  const warning = other === undefined ? [] : [{ code: 'other-measure', text: other }];
  return { ...evaluation, transferred, warnings: [...warnings, ...warning] };
}

function judged(
  from: string,
  promisedFar: number | null,
  at: Evaluation['accuracyAt'][number],
): TransferredThreshold {
  const { threshold, far, farInterval, tar, tarInterval } = at;
  const rates = { far, farInterval, tar, tarInterval };
  const frrInterval = tarInterval && {
    ...tarInterval,
    low: 1 - tarInterval.high,
    high: 1 - tarInterval.low,
  };
  const known = promisedFar !== null && farInterval !== null;
  const holds = known ? farInterval.low <= promisedFar && promisedFar <= farInterval.high : null;
  return { from, threshold, promisedFar, ...rates, frr: 1 - tar, frrInterval, holds };
}
