/** The quality of pairs: measured in their rows, or from a file of rows or of pairs. */
import { existsSync } from 'node:fs';
import type { Checked } from '../arguments.js';
import type { NativePairQuality } from '../binding.js';
import { readGroups } from '../csv/groups.js';
import { parseDecimal } from '../csv/decimal.js';
import type { Ids } from '../csv/ids.js';
import { Embeddings } from '../embeddings.js';
import { HackfaceError } from '../errors.js';
import { type JobOptions, runJob } from '../job.js';
import type { Names } from '../lists/names.js';
import { quoteText } from '../printable.js';
import type { PairIndices } from '../score-pairs.js';

/** True for a quality that is measured in the rows of one matrix rather than read from a file. */
export function isMeasuredQuality(given: string | undefined): given is 'norm' | 'centroid' {
  return given === 'norm' || given === 'centroid';
}

/**
 * The quality of each pair by its rows, larger being better. `norm` is the natural logarithm of the shorter row's norm.
 * `centroid` is 1 − cos between the centroid of poor rows and the row that is nearer to it, from 0 to 2; the poor rows are
 * the shortest tenth of the whole matrix. Errors: `EOPTION` where the rows are of one length, or the directions of poor
 * rows cancel; `EINDEX`, `ENOTFINITE`.
 */
export async function measureQuality(
  by: 'norm' | 'centroid',
  embeddings: Embeddings,
  pairs: PairIndices,
  options: Checked<JobOptions>,
): Promise<NativePairQuality> {
  const rows = Embeddings.native(embeddings);
  const { index1, index2 } = pairs;
  return runJob(options, (native, job) => native.pairQuality(rows, { index1, index2 }, by, job));
}

/** The pairs to find the quality of. */
export interface RatedPairs {
  ids: Ids;
  /** Rows of one matrix; absent where members are no such rows. */
  pairs: PairIndices | undefined;
  /** Names of those rows. */
  names?: Names | undefined;
}

/**
 * The quality of each pair, larger being better, from `FILE` or `FILE:COLUMN`: a CSV whose column, `quality` by
 * default, has a number for each row of the matrix (`index` or `name`, or rows in order) or for each pair
 * (`Id`). The quality of a pair of rows is the lower of both.
 *
 * Errors: those of {@link readGroups}; `ECSVVALUE` for a cell that is no number; `EDIMENSION` for a row or
 * pair without one; `EUSAGE` for qualities of rows where members of pairs are not rows of one matrix; `EOPTION` for one
 * that is measured.
 */
export async function readQuality(given: string, rated: RatedPairs): Promise<Float64Array> {
  if (isMeasuredQuality(given)) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: `the quality ${given} without one matrix that holds both rows of each pair`,
      expected: 'embeddings, in whose rows it is measured, or a file of qualities',
      option: 'quality',
    });
  }
  const { file: path, column } = columnOf(given);
  const read = await readGroups(path, [column], rated.names, true);
  const { byKey, file } = read;
  const numbers = read.names.map((text) => {
    const number = parseDecimal(text);
    if (Number.isFinite(number)) return number;
    throw new HackfaceError('ECSVVALUE', 'data', {
      file,
      column,
      found: quoteText(text),
      expected: 'a finite number, larger for better images',
    });
  });
  const of = (key: string, what: string) => {
    const place = byKey.get(key);
    if (place !== undefined) return numbers[place] as number;
    throw new HackfaceError('EDIMENSION', 'data', {
      file,
      column,
      found: `no quality of ${what} ${key}`,
      expected: `one for each ${what}`,
    });
  };
  const { ids, pairs } = rated;
  if (read.key === 'Id')
    return Float64Array.from(ids, (id: number | string) => of(String(id), 'pair'));
  if (pairs === undefined) {
    throw new HackfaceError('EUSAGE', 'usage', {
      file,
      found: 'qualities of rows, and members of pairs that are not rows of one matrix',
      expected: 'qualities of pairs',
      hint: 'Key them by Id',
    });
  }
  return Float64Array.from(pairs.index1, (row, pair) =>
    Math.min(of(String(row), 'row'), of(String(pairs.index2[pair]), 'row')),
  );
}

/** `FILE:COLUMN` in two; a file that has this name as it is, or the colon of a drive, is a file. */
function columnOf(given: string): { file: string; column: string } {
  const colon = given.lastIndexOf(':');
  const whole = colon < 2 || /[/\\]/.test(given.slice(colon)) || existsSync(given);
  if (whole) return { file: given, column: 'quality' };
  return { file: given.slice(0, colon), column: given.slice(colon + 1) };
}
