/** Files with an array for each vector, or for each person, in the place of one matrix. */
import { refused } from './failure.js';
import type { Source } from './source.js';

/** An array of a file. */
interface Named {
  name: string;
  shape: readonly number[];
  /** True if it holds floating-point numbers: whole ones are labels and the like. */
  isFloat: boolean;
}

/** Names of matrices that hold the rows of many people. */
const OF_MANY =
  /(^|[^a-z])(x|arr|train|test|val|valid|dev|query|queries|gallery|probes?|enrol\w*|emb\w*|feat\w*|vectors?)([^a-z]|$)/i;

/**
 * The arrays of floats, where all are vectors of one width, or three or more are matrices of that width, which are
 * those of people as far as names tell; else none. The last name of all paths (`a/embedding`, `b/embedding`) is `common`.
 */
export function arraysByName<One extends Named>(
  all: readonly One[],
): { arrays: One[]; common: string } {
  const arrays = all.filter(({ isFloat }) => isFloat);
  const width = arrays[0]?.shape.at(-1) ?? 0;
  const alike = arrays.every(({ shape }) => shape.length <= 2 && shape.at(-1) === width);
  const isVector = ({ shape }: One) => shape.length === 1 || shape[0] === 1;
  const areRows = arrays.every(({ shape }) => shape.length === 2);
  const ofPeople = arrays.length > 2 && areRows && !arrays.some(({ name }) => OF_MANY.test(name));
  const isMeant = arrays.length > 1 && width > 1 && alike && (arrays.every(isVector) || ofPeople);
  return isMeant ? { arrays, common: lastInAll(arrays) } : { arrays: [], common: '' };
}

/** Bytes of numbers for each byte of a file: doubles that pack well. */
const MOST_GROWTH = 8;

/** Refuses arrays beyond those that were looked at, and more numbers than a file can hold. */
export function requireWhole(
  { file, size }: Source,
  { bytes, most }: { bytes: number; most: number | undefined },
): void {
  if (most !== undefined) {
    throw refused(file, {
      found: `more than ${most} arrays, each of which holds vectors`,
      expected: `at most ${most}, or one matrix`,
      hint: 'Stack them to one matrix, with their names beside it',
    });
  }
  if (bytes <= MOST_GROWTH * size) return;
  throw refused(file, {
    found: `${bytes} bytes of numbers in a file of ${size}`,
    expected: `at most ${MOST_GROWTH} times as many`,
    hint: 'Stack them to one matrix, with their names beside it',
  });
}

/** The end that all paths share, from the last slash on. */
function lastInAll(arrays: readonly Named[]): string {
  const first = arrays[0]?.name ?? '';
  const end = first.slice(first.lastIndexOf('/'));
  return end.startsWith('/') && arrays.every(({ name }) => name.endsWith(end)) ? end : '';
}
