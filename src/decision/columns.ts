/** The verdicts of a decision on many pairs, as columns of a file. */
import type { FurtherColumn } from '../csv/submission.js';
import { HackfaceError } from '../errors.js';
import type { Warning } from '../warning.js';
import { Decision, VERDICTS } from './decision.js';

/** The columns of a decision behind its scores. */
export interface Decided {
  columns: FurtherColumn[];
  /** Scores outside of those calibrated on. */
  outside: number;
  pairs: number;
}

/** Log-likelihood ratio, probability and answer of each score. */
export function decidedColumns(decision: Decision, scores: Float64Array): Decided {
  const { ratio, probability, verdict, outside } = Decision.verdicts(decision, scores);
  const columns = [
    { name: 'llr', value: (row: number) => ratio[row] as number },
    { name: 'probability', value: (row: number) => probability[row] as number },
    { name: 'decision', value: (row: number) => VERDICTS[verdict[row] as 0 | 1 | 2] },
  ];
  return { columns, outside, pairs: scores.length };
}

/** Says how many scores lie outside of those calibrated on. */
export function outsideWarnings(decided: Decided | undefined): Warning[] {
  if (decided === undefined || decided.outside === 0) return [];
  const { outside, pairs } = decided;
  const text = `${outside} of ${pairs} scores lie outside of those that the decision was calibrated on`;
  return [{ code: 'outside-range', text }];
}

/** Rejects a decision beside what would measure otherwise (`EOPTION`). */
export function requireAlone(options: object): void {
  const given = options as Record<string, unknown>;
  if (given.decision === undefined) return;
  const others = [
    ...[
      'metric',
      'model',
      'center',
      'normalize',
      'reference',
      'onUndefined',
      'norm',
      'rerank',
      'expand',
    ],
    ...['against', 'enrol'],
  ];
  const beside = others.find((name) => given[name] !== undefined);
  if (beside === undefined) return;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `${beside} beside a decision`,
    expected: 'a decision, which holds its measure',
    hint: `Leave out decision or ${beside}`,
  });
}
