/** `fvecs`, `bvecs`, `ivecs` of TEXMEX: each vector behind its length. Raw numbers without any. */
import { extname } from 'node:path';
import { refused } from './failure.js';
import { type FoundMatrix, heldNumbers } from './matrix.js';
import type { Source } from './source.js';

/** Widest vector; the core reads no more columns. */
const WIDEST = 1 << 20;
/** Vectors looked at before a file is believed to hold such. */
const LOOKED_AT = 4;

/** True for a file of vectors of one length of four-byte or of one-byte numbers. */
export function isVecs(head: Buffer, size: number): boolean {
  return elementOf(head, size) !== undefined;
}

/** Bytes of an element, if the first vectors say the same length and fill the file. */
function elementOf(head: Buffer, size: number): 1 | 4 | undefined {
  if (head.length < 8) return undefined;
  const dim = head.readUInt32LE(0);
  if (dim === 0 || dim > WIDEST) return undefined;
  for (const element of [4, 1] as const) {
    const stride = 4 + dim * element;
    if (size % stride !== 0) continue;
    // One vector of bytes in a small file could be anything.
    if (element === 1 && size === stride) continue;
    let same = true;
    for (let row = 1; row < LOOKED_AT && (row + 1) * stride <= size; row += 1) {
      const at = row * stride;
      if (at + 4 <= head.length) same &&= head.readUInt32LE(at) === dim;
    }
    if (same) return element;
  }
  return undefined;
}

/** Reads the vectors without their lengths. */
export function findInVecs(source: Source): FoundMatrix {
  const element = elementOf(source.head, source.size) ?? 4;
  const dim = source.head.readUInt32LE(0);
  const stride = 4 + dim * element;
  const rows = source.size / stride;
  const all = source.all();
  const bytes = Buffer.allocUnsafeSlow(rows * dim * element);
  for (let row = 0; row < rows; row += 1) {
    const at = row * stride;
    if (all.readUInt32LE(at) !== dim) {
      throw refused(source.file, {
        offset: at,
        found: `vector ${row} of ${all.readUInt32LE(at)} numbers`,
        expected: `${dim}, as in vector 0`,
        hint: 'Write the file again, with vectors of one length',
      });
    }
    all.copy(bytes, row * dim * element, at + 4, at + stride);
  }
  const whole = extname(source.file).toLowerCase() === '.ivecs';
  const [descr, name] =
    element === 1 ? ['|u1', 'bvecs'] : whole ? ['<i4', 'ivecs'] : ['<f4', 'fvecs'];
  return heldNumbers(bytes, { descr, fortran: false, rows, dim }, `vectors in ${name}`);
}

/** Raw float32 of this width, row after row, little-endian; the file says nothing of it. */
export function rawNumbers(source: Source, dim: number): FoundMatrix {
  const bytes = 4 * dim;
  if (source.size % bytes !== 0) {
    throw refused(source.file, {
      found: `${source.size} bytes`,
      expected: `rows of ${dim} float32 numbers, ${bytes} bytes each`,
      hint: 'Say the number of columns that it was written with',
    });
  }
  const numbers = { descr: '<f4', fortran: false, rows: source.size / bytes, dim };
  return { place: { offset: 0, numbers }, told: `raw float32, ${dim} columns` };
}
