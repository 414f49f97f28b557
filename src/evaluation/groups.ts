/** Groups of pairs. */
import type { Groups } from '../csv/groups.js';
import type { Ids } from '../csv/ids.js';
import { HackfaceError } from '../errors.js';
import type { PairIndices } from '../score-pairs.js';

/** Pairs whose rows are of two groups. */
export const ACROSS = '(across groups)';
/** Pairs of which a row, or the pair itself, is in no group. */
export const NO_GROUP = '(no group)';

/** The group of each pair, and of either of its rows where rows have groups. */
export interface PairGroups {
  /** A place in `names` for each pair. */
  of: Uint32Array;
  names: readonly string[];
  /** The group of the first row of each pair, the number of names for none; with `second`. */
  first?: Uint32Array | undefined;
  /** The group of the second row. */
  second?: Uint32Array | undefined;
}

/**
 * The group of each pair: by the pair's id, or by its rows, where rows of two groups make pairs
 * of {@link ACROSS} and rows without one pairs of {@link NO_GROUP}.
 */
export function groupPairs(groups: Groups, ids: Ids, pairs: PairIndices | undefined): PairGroups {
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
  const side = (rows: Uint32Array) => rows.map((row) => byKey.get(String(row)) ?? none);
  const [first, second] = [side(pairs.index1), side(pairs.index2)];
  for (let pair = 0; pair < of.length; pair += 1) {
    const [a, b] = [first[pair] as number, second[pair] as number];
    of[pair] = a === none || b === none ? none : a === b ? a : across;
  }
  return used(of, all, [first, second]);
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
function used(
  of: Uint32Array,
  names: readonly string[],
  sides?: readonly [Uint32Array, Uint32Array],
): PairGroups {
  const occurs = new Uint8Array(names.length);
  for (const group of of) occurs[group] = 1;
  const kept = names.flatMap((_, group) => (occurs[group] === 1 ? [group] : []));
  const numbered = new Uint32Array(names.length).fill(kept.length);
  for (const [number, group] of kept.entries()) numbered[group] = number;
  const anew = (groups: Uint32Array) => groups.map((group) => numbered[group] as number);
  const rows = names.length - 2;
  // A group of rows that are in no pair within it still is another group to the rest.
  const place = (group: number) =>
    occurs[group] === 1 ? (numbered[group] as number) : kept.length + 1;
  const own = (groups: Uint32Array) =>
    groups.map((group) => (group < rows ? place(group) : kept.length));
  return {
    of: anew(of),
    names: kept.map((g) => names[g] as string),
    ...(sides && { first: own(sides[0]), second: own(sides[1]) }),
  };
}
