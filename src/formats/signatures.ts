/** The first bytes of formats whose readers are loaded only for a file of theirs. */

/** The bytes at the beginning and at the end of a Parquet file. */
export const PARQUET = 'PAR1';

const HDF5 = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** True for the first bytes of a Parquet file. */
export function isParquet(head: Buffer): boolean {
  return head.toString('latin1', 0, 4) === PARQUET;
}

/** True for a file with the signature of HDF5 at its beginning, or behind a block of a power of two of other bytes. */
export function isHdf5(head: Buffer): boolean {
  return [0, 512, 1024, 2048].some((at) => head.subarray(at, at + HDF5.length).equals(HDF5));
}
