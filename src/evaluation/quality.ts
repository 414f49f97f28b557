/** The quality of pairs, from a file of rows or of pairs. */
import { existsSync } from 'node:fs';
import { readGroups } from '../csv/groups.js';
import { parseDecimal } from '../csv/decimal.js';
import type { Ids } from '../csv/ids.js';
import { HackfaceError } from '../errors.js';
import type { Names } from '../lists/names.js';
import { quoteText } from '../printable.js';
import type { PairIndices } from '../score-pairs.js';

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
 * pair without one; `EUSAGE` for qualities of rows where members of pairs are not rows of one matrix.
 */
export async function readQuality(given: string, rated: RatedPairs): Promise<Float64Array> {
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
