/** Rows of numbers, and files of NumPy of them. */
import { dictionary, encode, npyFile } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';

/** Rows of single-precision numbers. */
export function randomRows(rows: number, dim: number, seed = 1): number[][] {
  const random = randomNumbers(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: dim }, () => Math.fround(random() * 4 - 2)),
  );
}

/** A file of NumPy of these rows. */
export function npyOf(rows: readonly (readonly number[])[], descr = '<f4', shape?: string): Buffer {
  const header = dictionary(descr, shape ?? `(${rows.length}, ${rows[0]?.length ?? 0})`);
  return npyFile({ header, data: encode(descr, rows.flat()) });
}
