// Writes .npy files: the peers read them, and the library under test must too.
import { writeFileSync } from 'node:fs';

const TYPES = new Map([
  [Float32Array, '<f4'],
  [Float64Array, '<f8'],
  [Uint32Array, '<u4'],
]);

/** A `rows × columns` matrix as a version 1 file. */
export function writeNpy(path, data, rows, columns) {
  const descr = TYPES.get(data.constructor);
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  // Magic, version and length take 10 bytes; the data begin at a multiple of 64.
  const padding = ' '.repeat(63 - ((10 + text.length) % 64));
  const header = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text}${padding}\n`, 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  writeFileSync(path, Buffer.concat([header, bytes]));
}
