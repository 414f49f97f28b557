/** Writing matrices as `.npy` files. */
import {
  borrowed,
  filePath,
  readOptions,
  type Rules,
  wholeNumber,
  wrongArgument,
  readParts,
} from './arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from './files/atomic.js';
import { callNative } from './native.js';

/** A matrix to write: `rows × dim` numbers, row after row. */
export interface DoubleMatrix {
  /** Row after row. */
  data: Float64Array;
  /** Number of rows. */
  rows: number;
  /** Number of columns. */
  dim: number;
}

/**
 * Writes a matrix of doubles as `.npy`, byte for byte as NumPy does; whole or not at all. Errors:
 * `EARGUMENT`, `EDIMENSION` if the length is not rows · dim, `EEXISTS`, `ECREATE`, `EIO`.
 */
export async function writeNpy(
  path: string,
  matrix: DoubleMatrix,
  options: WriteOptions = {},
): Promise<void> {
  filePath(path, 'path');
  const { data, rows, dim } = readParts(matrix, MATRIX_RULES, 'matrix');
  const settled = readOptions(options, WRITE_RULES);
  // Before the first await, so that later writes to the array have no effect.
  const bytes = callNative((native) => native.npyBytes(data, rows, dim));
  await writeFileAtomic(path, [bytes], settled);
}

const MATRIX_RULES: Rules<DoubleMatrix> = {
  data: borrowed(Float64Array),
  rows: wholeNumber(0, 2 ** 32 - 1, wrongArgument),
  dim: wholeNumber(0, 2 ** 32 - 1, wrongArgument),
};
