/** The header of a `.npy` file, for what the core does not read: vectors, texts and objects. */

import { sizesOf } from './matrix.js';

/** The description of an array in the header of NumPy. */
export interface NpyArray {
  /** Element type, for example `<f4`. */
  descr: string;
  fortran: boolean;
  shape: number[];
  /** First byte of the data. */
  offset: number;
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** As NumPy writes it, with any spaces. */
const HEADER =
  /^\s*\{\s*'descr'\s*:\s*'([<>|=]?[a-zA-Z]\d*)'\s*,\s*'fortran_order'\s*:\s*(True|False)\s*,\s*'shape'\s*:\s*\(([\dL, ]*)\)\s*(?:,\s*)?\}\s*$/;

export const LONGEST_NPY_HEADER = 12 + 10_000;

/** True for the first bytes of a `.npy` file. */
export function isNpy(head: Buffer): boolean {
  return head.subarray(0, MAGIC.length).equals(MAGIC);
}

/** Reads a header that NumPy wrote; `undefined` for anything else. */
export function npyArray(bytes: Buffer): NpyArray | undefined {
  if (!isNpy(bytes) || bytes.length < 12) return undefined;
  const wide = bytes[6] !== 1;
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const start = wide ? 12 : 10;
  if (start + length > Math.min(bytes.length, LONGEST_NPY_HEADER)) return undefined;
  const found = HEADER.exec(bytes.toString('latin1', start, start + length));
  if (found === null) return undefined;
  const [, descr = '', fortran, sizes = ''] = found;
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map((size) => Number.parseInt(size, 10));
  return { descr, fortran: fortran === 'True', shape, offset: start + length };
}

/** A header as NumPy writes it: version 1.0, data at a multiple of 64. */
export function npyHeader({ descr, fortran, shape }: Omit<NpyArray, 'offset'>): Buffer {
  const order = fortran ? 'True' : 'False';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`;
  const spaces = 63 - ((10 + text.length) % 64);
  const header = Buffer.from(`\x93NUMPY\x01\0..${text}${' '.repeat(spaces)}\n`, 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  return header;
}

/** True for an array that is a matrix of numbers, or becomes one without an axis of length 1. */
export function isMatrix({ descr, shape }: NpyArray): boolean {
  return isNumeric(descr) && sizesOf(shape) !== undefined;
}

/** True for the element types that the core reads. */
export function isNumeric(descr: string): boolean {
  return /^[<>=|]?(f[248]|[iu][1248])$/.test(descr);
}

/** `float32`, `text`, … and the shape, as people call them. */
export function describeArray({ descr, shape }: NpyArray): string {
  const size = shape.length === 0 ? 'one' : shape.join(' × ');
  return `${size} of ${descr}`;
}

/** The texts or whole numbers of a one-dimensional array, as texts; `undefined` for other types. */
export function textsOf(bytes: Buffer, array: NpyArray): string[] | undefined {
  const [, kind, width = ''] = /^[<|=]?([USiu])(\d+)$/.exec(array.descr) ?? [];
  const [count = 0] = array.shape;
  const size = Number(width) * (kind === 'U' ? 4 : 1);
  const data = bytes.subarray(array.offset);
  if (kind === undefined || array.shape.length !== 1) return undefined;
  if (data.length !== count * size) return undefined;
  return Array.from({ length: count }, (_, place) => {
    const cell = data.subarray(place * size, (place + 1) * size);
    if (kind === 'U') return codePoints(cell);
    if (kind === 'S') return cell.toString('utf8').replace(/(?<!\0)\0+$/, '');
    return String(wholeNumberOf(cell, kind === 'i'));
  });
}

/** UTF-32 with zeros behind it. */
function codePoints(cell: Buffer): string {
  let text = '';
  for (let at = 0; at + 4 <= cell.length; at += 4) {
    const point = cell.readUInt32LE(at);
    if (point === 0) break;
    text += point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  }
  return text;
}

function wholeNumberOf(cell: Buffer, signed: boolean): number | bigint {
  if (cell.length === 8) return signed ? cell.readBigInt64LE() : cell.readBigUInt64LE();
  return signed ? cell.readIntLE(0, cell.length) : cell.readUIntLE(0, cell.length);
}
