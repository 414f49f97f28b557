import { randomNumbers } from './random.js';
/** Writes .npy files for the tests, right ones and wrong ones, without the code under test. */

/** The parts of a file; what is absent has the value that NumPy writes. */
export interface NpyParts {
  version?: readonly [number, number];
  /** Text of the header, without padding. */
  header: string;
  /** Pads the header so that data begin at a multiple of this; 0 pads nothing. */
  align?: number;
  /** True if the header ends in a line end. */
  newline?: boolean;
  /** The length field, where it is to lie. */
  claimedLength?: number;
  data?: Uint8Array;
}

/** The bytes of a file. */
export function npyFile(parts: NpyParts): Buffer {
  const { version = [1, 0], header, align = 64, newline = true, claimedLength, data } = parts;
  const wide = version[0] !== 1;
  const prefix = wide ? 12 : 10;
  let text = Buffer.from(header, version[0] === 3 ? 'utf8' : 'latin1');
  const end = newline ? 1 : 0;
  const padding = align === 0 ? 0 : (align - ((prefix + text.length + end) % align)) % align;
  text = Buffer.concat([text, Buffer.alloc(padding, ' '), Buffer.alloc(end, '\n')]);
  const head = Buffer.alloc(prefix);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version[0];
  head[7] = version[1];
  const length = claimedLength ?? text.length;
  if (wide) head.writeUInt32LE(length, 8);
  else head.writeUInt16LE(length, 8);
  return Buffer.concat([head, text, data ?? Buffer.alloc(0)]);
}

/** The dictionary as NumPy writes it. */
export function dictionary(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
}

/** A plain float32 matrix. */
export function float32Npy(rows: readonly (readonly number[])[]): Buffer {
  const dim = rows[0]?.length ?? 0;
  const data = encode('<f4', rows.flat());
  return npyFile({ header: dictionary('<f4', `(${rows.length}, ${dim})`), data });
}

/** A float32 matrix of n × d pseudo-random numbers. */
export function randomNpy(rows: number, dim: number, seed = 1): Buffer {
  const random = randomNumbers(seed);
  const data = Float32Array.from({ length: rows * dim }, () => random() * 2 - 1);
  const header = dictionary('<f4', `(${rows}, ${dim})`);
  return npyFile({ header, data: new Uint8Array(data.buffer) });
}

/** Stored numbers of a type such as `<f4`, `>i8`, `|u1`. Halves are given as their 16 bits. */
export function encode(descr: string, values: readonly number[]): Buffer {
  const little = descr[0] !== '>';
  const kind = descr.slice(1);
  const size = Number(kind[1]);
  const bytes = Buffer.alloc(values.length * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [i, value] of values.entries()) {
    const at = i * size;
    if (kind === 'f2') view.setUint16(at, value, little);
    else if (kind === 'f4') view.setFloat32(at, value, little);
    else if (kind === 'f8') view.setFloat64(at, value, little);
    else if (kind === 'i1') view.setInt8(at, value);
    else if (kind === 'u1') view.setUint8(at, value);
    else if (kind === 'i2') view.setInt16(at, value, little);
    else if (kind === 'u2') view.setUint16(at, value, little);
    else if (kind === 'i4') view.setInt32(at, value, little);
    else if (kind === 'u4') view.setUint32(at, value, little);
    else if (kind === 'i8') view.setBigInt64(at, BigInt(value), little);
    else if (kind === 'u8') view.setBigUint64(at, BigInt(value), little);
    else throw new Error(`no encoder for ${descr}`);
  }
  return bytes;
}

/** The number that 16 bits mean as an IEEE 754 half. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A file of `<f4`, `<f8` or `<i8` in C order. */
export function readNpy(bytes: Buffer): { shape: number[]; values: Float64Array } {
  const length = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + length);
  const descr = /'descr': '([<>]f4|<f8|<i8)'/.exec(header)?.[1];
  const byColumn = /'fortran_order': True/.test(header);
  if (descr === undefined) {
    throw new Error(`no reader for ${header}`);
  }
  const shape = (/'shape': \(([\d, ]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter((text) => text.trim() !== '')
    .map(Number);
  const size = descr.endsWith('4') ? 4 : 8;
  const at = (i: number) => 10 + length + i * size;
  const read = {
    '>f4': (i: number) => bytes.readFloatBE(at(i)),
    '<f4': (i: number) => bytes.readFloatLE(at(i)),
    '<f8': (i: number) => bytes.readDoubleLE(at(i)),
    '<i8': (i: number) => Number(bytes.readBigInt64LE(at(i))),
  }[descr as '>f4' | '<f4' | '<f8' | '<i8'];
  const count = shape.reduce((product, n) => product * n, 1);
  const [rows = 1, dim = 1] = shape;
  const place = (i: number) => (byColumn ? (i % dim) * rows + Math.floor(i / dim) : i);
  return { shape, values: Float64Array.from({ length: count }, (_, i) => read(place(i))) };
}
