/** A matrix that a file of another format holds. */
import type { AbortSignalLike } from '../abort.js';
import type { NativePlace } from '../binding.js';

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

/** Whoever waits for a matrix that takes time: told of the progress, and able to stop it. */
export interface Follower {
  signal?: AbortSignalLike | undefined;
  onProgress?: ((progress: { phase: string; done: number; total: number }) => void) | undefined;
}

/** Numbers in memory, as they lie there. */
export function heldNumbers(bytes: Uint8Array, numbers: Numbers, told: string): FoundMatrix {
  return { place: { offset: 0, numbers }, bytes, told };
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
