/** Arrays of NumPy and tensors of torch inside of a pickle. */
import type { Value } from './pickle.js';

export type Bytes = Buffer;

/** An array as a pickle holds it. */
export interface PickledArray {
  /** Element type as NumPy writes it, for example `<f4`; `|O8` for objects. */
  descr: string;
  shape: number[];
  fortran: boolean;
  /** Numbers as they are stored. */
  data: Bytes;
  /** The values of an array of objects. */
  objects?: Value[];
}

/** Storages of torch, and NumPy's spelling of their elements. */
export const STORAGES: Readonly<Record<string, string>> = {
  FloatStorage: '<f4',
  DoubleStorage: '<f8',
  HalfStorage: '<f2',
  LongStorage: '<i8',
  IntStorage: '<i4',
  ShortStorage: '<i2',
  CharStorage: '|i1',
  ByteStorage: '|u1',
};

/** A tensor from its storage: rows one behind the other. Other strides are refused. */
export function torchArray([storage, offset, size, stride]: Value[]): Value | undefined {
  const isList = (value: Value | undefined): value is number[] =>
    Array.isArray(value) && value.every((one) => typeof one === 'number' && one >= 0);
  if (typeof storage !== 'object' || storage === null || !('shape' in storage)) return undefined;
  if (typeof offset !== 'number' || !isList(size) || !isList(stride)) return undefined;
  let expected = 1;
  for (let axis = size.length - 1; axis >= 0; axis -= 1) {
    if (size[axis] !== 1 && stride[axis] !== expected) return undefined;
    expected *= size[axis] as number;
  }
  const width = Number(storage.descr.at(-1));
  const data = storage.data.subarray(offset * width, (offset + expected) * width);
  if (!Number.isSafeInteger(expected) || data.length !== expected * width) return undefined;
  return { descr: storage.descr, shape: size, fortran: false, data };
}

/** The numbers of an array of one row. */
export function numbersOf({ descr, data }: PickledArray): Float64Array | undefined {
  const [, order, kind = '', digits = ''] = /^([<>|=]?)([fiu])([1248])$/.exec(descr) ?? [];
  const width = Number(digits);
  if (kind === '' || (kind === 'f' && width === 1)) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const little = order !== '>';
  const read: Record<string, (at: number) => number> = {
    f2: (at) => halfOf(view.getUint16(at, little)),
    f4: (at) => view.getFloat32(at, little),
    f8: (at) => view.getFloat64(at, little),
    i1: (at) => view.getInt8(at),
    i2: (at) => view.getInt16(at, little),
    i4: (at) => view.getInt32(at, little),
    i8: (at) => Number(view.getBigInt64(at, little)),
    u1: (at) => view.getUint8(at),
    u2: (at) => view.getUint16(at, little),
    u4: (at) => view.getUint32(at, little),
    u8: (at) => Number(view.getBigUint64(at, little)),
  };
  const one = read[kind + digits] as (at: number) => number;
  const numbers = Float64Array.from({ length: data.length / width }, (_, i) => one(i * width));
  const exact = width < 8 || kind === 'f' || numbers.every((value) => Number.isSafeInteger(value));
  return exact ? numbers : undefined;
}

/** The number that 16 bits mean as an IEEE 754 half. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
