/** A matrix that a file of another format holds. */
import type { AbortSignalLike } from '../abort.js';
import type { NativePlace } from '../binding.js';
import type { Wanted } from './wanted.js';

/** Type and shape of numbers that lie row after row, or column after column. */
export type Numbers = NonNullable<NativePlace['numbers']>;

/** A matrix where it was found: at a place of a file, which is mapped, or of bytes in memory. */
export interface FoundMatrix {
  /** Where the numbers lie. */
  place: NativePlace;
  /** The bytes that the place is of; absent for the file itself. */
  bytes?: Uint8Array;
  /** One clause on how the file was understood: `member features of a zip archive`. */
  told: string;
  /** The names of the rows, where the format has them. */
  names?: (() => readonly string[]) | undefined;
  /** The classes of the rows, where the format has them. */
  labels?: (() => readonly string[]) | undefined;
}

/** A caller that waits for a matrix: told of the progress, and able to stop it. */
export interface Follower {
  signal?: AbortSignalLike | undefined;
  onProgress?: ((progress: { phase: string; done: number; total: number }) => void) | undefined;
}

/** Numbers in memory, as they lie there. */
export function heldNumbers(bytes: Uint8Array, numbers: Numbers, told: string): FoundMatrix {
  return { place: { offset: 0, numbers }, bytes, told };
}

/**
 * Names that several rows share are their classes, and classes that no two rows share are names: files of faces call
 * people names, and pictures identities. Nothing changes where a file has both, or where it was told which they are.
 */
export function namesOrClasses<Texts extends readonly string[]>(
  { names, labels }: { names?: Texts | undefined; labels?: Texts | undefined },
  wanted: Wanted,
): { names?: (() => Texts) | undefined; labels?: (() => Texts) | undefined } {
  const told = wanted.names !== undefined || wanted.labels !== undefined;
  const only = names ?? labels;
  const both = { names: names && (() => names), labels: labels && (() => labels) };
  if (told || only === undefined || (names && labels)) return both;
  const differ = new Set(only).size === only.length;
  return differ ? { names: () => only } : { labels: () => only };
}

/** Rows and columns of an array of two axes, or of three of which one has length 1 and is left out. */
export function sizesOf(shape: readonly number[]): [rows: number, dim: number] | undefined {
  const [a = 0, b = 0, c = 0] = shape;
  if (shape.length === 2) return [a, b];
  return shape.length === 3 && (a === 1 || b === 1) ? [a === 1 ? b : a, c] : undefined;
}

/** Says that an axis was left out, behind how a file was understood. */
export function leftOut(shape: readonly number[]): string {
  const [rows, dim] = sizesOf(shape) ?? [];
  return shape.length === 3 ? `, (${shape.join(', ')}) as ${rows} rows of ${dim}` : '';
}

/**
 * Says of a matrix of MATLAB that its columns seem to be the vectors, behind how a file was understood: a list beside
 * it, whose lengths are `beside`, has one for each column and none for each row, or rows are a multiple of 64, as the
 * numbers of a vector often are, and fewer than columns, which are none.
 */
export function transposedText(
  name: string,
  { rows, dim }: { rows: number; dim: number },
  beside: readonly (number | undefined)[],
): string {
  const isWidth = (count: number) => count > 0 && count % 64 === 0;
  const listed = rows !== dim && beside.includes(dim) && !beside.includes(rows);
  if (!listed && (dim <= rows || !isWidth(rows) || isWidth(dim))) return '';
  return `, ${rows} rows of ${dim} columns: if each column is a vector, save ${name}.'`;
}
