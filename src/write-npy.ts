/** Writing matrices as `.npy` files. */
import { filePath, readOptions } from './arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from './files/atomic.js';
import { npyHeader } from './formats/npy-header.js';
import { type Numbers, requireMatrix, type Rows } from './matrix-data.js';

/** A matrix of doubles: `rows × dim` numbers, row after row. */
export interface DoubleMatrix {
  /** Row after row. */
  data: Float64Array;
  /** Number of rows. */
  rows: number;
  /** Number of columns. */
  dim: number;
}

/**
 * Writes numbers in memory as `.npy`, byte for byte as NumPy does; whole or not at all. The file has the type of the
 * array: `float32` of a `Float32Array`, `uint8` of a `Uint8Array`, doubles of rows of `number[]`. Errors:
 * `EARGUMENT`, as for a matrix without columns, `EDIMENSION` if the length is not rows · dim, `EEXISTS`, `ECREATE`, `EIO`.
 */
export async function writeNpy(
  path: string,
  matrix: Numbers | Rows,
  options: WriteOptions = {},
): Promise<void> {
  filePath(path, 'path');
  const { data, rows, dim, descr } = requireMatrix(matrix, 'matrix');
  const settled = readOptions(options, WRITE_RULES);
  const header = npyHeader({ descr, fortran: false, shape: [rows, dim] });
  // Copied before the first await, so that later writes to the array have no effect.
  const bytes = Buffer.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  await writeFileAtomic(path, [header, bytes], settled);
}
