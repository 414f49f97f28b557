/** Scores that a result keeps, so that a later run can be compared with it on the same pairs. */
import { asChecked, type Checked } from '../arguments.js';
import { type Ids, matchIds } from '../csv/ids.js';
import { loadResult } from '../gates/documents.js';
import { type Comparison, type CompareOptions, compareTrials } from './compare.js';
import type { KeptScores } from './result.js';
import type { PairIdentities } from './trials.js';

/** Scores as a result keeps them. */
export function kept(ids: Ids, scores: Float64Array): KeptScores {
  return { ids: [...ids], scores: [...scores] };
}

/**
 * Compares scores with those that the result in a file kept; `null` where it kept none. Errors: `EDIMENSION` with the
 * ids that are missing or extra, those of {@link loadResult}.
 */
export async function comparedWith(
  file: string,
  scores: Float64Array,
  { ids, same, people }: { ids: Ids; same: Uint8Array; people: PairIdentities | undefined },
  options: Checked<CompareOptions>,
): Promise<Comparison | null> {
  const result = await loadResult(file);
  if (result.schema !== 'hackface-evaluation/1' || result.kept === undefined) return null;
  const { orientation, kept: before } = result;
  const places = matchIds(ids, before.ids.map(String), { file, column: 'kept.ids' });
  const sign = orientation === (options.orientation ?? 'distance') ? 1 : -1;
  const others = Float64Array.from(places, (place) => sign * (before.scores[place] ?? Number.NaN));
  return compareTrials(scores, others, same, asChecked({ ...options, people }));
}
