/** Groups of pairs, and how far their rates are apart. */
import type { Groups } from '../csv/groups.js';
import type { Ids } from '../csv/ids.js';
import { HackfaceError } from '../errors.js';
import type { PairIndices } from '../score-pairs.js';
import type { GroupFigures, GroupRatio } from './result.js';

/** Pairs whose rows are of two groups. */
export const ACROSS = '(across groups)';
/** Pairs of which a row, or the pair itself, is in no group. */
export const NO_GROUP = '(no group)';

/**
 * The group of each pair: by the pair's id, or by its rows, where rows of two groups make pairs
 * of {@link ACROSS} and rows without one pairs of {@link NO_GROUP}.
 */
export function groupPairs(
  groups: Groups,
  ids: Ids,
  pairs: PairIndices | undefined,
): { of: Uint32Array; names: string[] } {
  const { byKey, names } = groups;
  const of = new Uint32Array(ids.length);
  const all = [...names, ACROSS, NO_GROUP];
  const [across, none] = [names.length, names.length + 1];
  if (groups.key === 'Id') {
    for (let pair = 0; pair < of.length; pair += 1) of[pair] = byKey.get(String(ids[pair])) ?? none;
    return used(of, all);
  }
  if (pairs === undefined) {
    throw new HackfaceError('EUSAGE', 'usage', {
      file: groups.file,
      found: 'groups of rows, and no list of pairs',
      expected: 'to know the rows of each pair',
      hint: 'Key the groups by Id',
      advice: { text: 'list the pairs', option: 'pairs' },
    });
  }
  for (let pair = 0; pair < of.length; pair += 1) {
    const first = byKey.get(String(pairs.index1[pair]));
    const second = byKey.get(String(pairs.index2[pair]));
    of[pair] =
      first === undefined || second === undefined ? none : first === second ? first : across;
  }
  return used(of, all);
}

/** Number of a row without a group. */
const UNGROUPED = 2 ** 32 - 1;

/** The group of each of so many rows, for names that two sets may share. */
export function groupRows(
  groups: Groups,
  rows: number,
  numberOf: (name: string) => number,
): Uint32Array {
  const { byKey, names, file } = groups;
  if (groups.key === 'Id') {
    throw new HackfaceError('ECSVHEADER', 'data', {
      file,
      line: 1,
      found: 'groups of pairs',
      expected: 'groups of rows: columns index and group',
      hint: 'All pairs have no ids',
    });
  }
  const numbers = names.map(numberOf);
  const of = new Uint32Array(rows).fill(UNGROUPED);
  for (const [key, group] of byKey) {
    if (Number(key) < rows) of[Number(key)] = numbers[group] as number;
    else throw outsideOf(groups, key, rows);
  }
  return of;
}

function outsideOf({ file }: Groups, row: string, rows: number): HackfaceError {
  return new HackfaceError('EINDEX', 'data', {
    file,
    column: 'index',
    found: row,
    expected: `a row of the matrix, 0 to ${rows - 1}`,
    hint: 'Take the groups of these embeddings',
  });
}

/** Name of all pairs that are in no group. */
export function restOf(...of: readonly Uint32Array[]): string {
  const whole = of.every((groups) => !groups.includes(UNGROUPED));
  return whole ? ACROSS : `${ACROSS} or without one`;
}

/** The groups that have pairs, numbered anew. */
function used(of: Uint32Array, names: readonly string[]): { of: Uint32Array; names: string[] } {
  const occurs = new Uint8Array(names.length);
  for (const group of of) occurs[group] = 1;
  const kept = names.flatMap((_, group) => (occurs[group] === 1 ? [group] : []));
  const numbered = new Uint32Array(names.length);
  for (const [number, group] of kept.entries()) numbered[group] = number;
  return {
    of: of.map((group) => numbered[group] as number),
    names: kept.map((g) => names[g] as string),
  };
}

/** Worst over best rate among the groups themselves, at each shared threshold. */
export function groupRatios(groups: readonly GroupFigures[]): GroupRatio[] {
  const own = groups.filter(({ group }) => !group.startsWith(ACROSS) && group !== NO_GROUP);
  const [first] = own;
  if (first === undefined) return [];
  return first.at.map(({ far }, point) => {
    const rates = (of: (at: GroupFigures['at'][number]) => number | null) =>
      own.map(({ at }) => of(at[point] as GroupFigures['at'][number]));
    return {
      far,
      farRatio: ratio(rates(({ groupFar }) => groupFar)),
      frrRatio: ratio(rates(({ groupTar }) => (groupTar === null ? null : 1 - groupTar))),
    };
  });
}

/** `null` where a rate is missing, or the best is 0, which every ratio to it would hide. */
function ratio(rates: readonly (number | null)[]): number | null {
  if (rates.length < 2 || rates.some((rate) => rate === null)) return null;
  const known = rates as number[];
  const best = Math.min(...known);
  return best > 0 ? Math.max(...known) / best : null;
}
