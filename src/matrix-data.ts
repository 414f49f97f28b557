/** Numbers in memory: the arrays that they may come in, and one form of them all. */
import {
  isArray,
  isArrayOf,
  isObject,
  optional,
  ownMemory,
  parts,
  requireSpelt,
  typedArrayType,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import { HackfaceError } from './errors.js';

/** A `Float16Array`, of engines that have it. */
export interface HalfArray extends ArrayLike<number> {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly [Symbol.toStringTag]: 'Float16Array';
}

/** A vector: one row of numbers. */
export type Vector =
  | readonly number[]
  | Float32Array
  | Float64Array
  | HalfArray
  | Int8Array
  | Uint8Array;

/** Rows of equally many numbers. */
export type Rows = readonly Vector[];

/** Element type of numbers that come out. */
export type DistanceType = 'float32' | 'float64';

/** The array of such numbers. */
export type NumberArray<Type extends DistanceType> = Type extends 'float32'
  ? Float32Array
  : Float64Array;

/** Numbers in memory: `rows × dim`, row after row. */
export interface MatrixData {
  /** Row after row; its memory must be neither shared nor resizable. */
  data: Float32Array;
  /** Number of rows, n; may be 0. */
  rows: number;
  /** Number of columns, d; at least 1. */
  dim: number;
}

/** Numbers in memory in any array: row after row, or an array of rows. */
export interface Numbers {
  /**
   * Row after row, or an array of rows. Memory must be neither shared nor resizable. Numbers of every type
   * keep their value: `number[]` counts as doubles.
   */
  data: Float32Array | Float64Array | HalfArray | Int8Array | Uint8Array | Uint16Array | Rows;
  /** Number of rows, n; may be 0. Default: what `data` and `dim` say. */
  rows?: number | undefined;
  /** Number of columns, d; at least 1. Default: what `data` and `rows` say. */
  dim?: number | undefined;
  /** `float16` for a `Uint16Array` of the bits of such numbers. */
  dtype?: 'float16' | undefined;
}

/** Numbers in memory in one form: row after row, and where they lie. */
export interface Matrix {
  data: Float32Array | Float64Array | HalfArray | Int8Array | Uint8Array | Uint16Array;
  rows: number;
  dim: number;
  /** Element type as NumPy writes it. */
  descr: string;
}

/** Element type of each kind of array as NumPy writes it; the bits of halves come as whole numbers too. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Float32Array: '<f4',
  Float64Array: '<f8',
  Float16Array: '<f2',
  Int8Array: '|i1',
  Uint8Array: '|u1',
  Uint16Array: '<f2',
};
const KINDS = 'a Float32Array, Float64Array, Float16Array, Int8Array or Uint8Array';

const isHalves = (dtype: unknown, name: string) => {
  if (dtype === undefined || dtype === 'float16') return dtype;
  throw wrongArgument(name, dtype, 'float16, or nothing');
};
const size = (least: number) => optional(wholeNumber(least, 2 ** 32 - 1, wrongArgument));

const PARTS = ['data', 'rows', 'dim', 'dtype'];

const readMatrix = parts<Numbers>({
  data: (value) => value,
  rows: size(0),
  dim: size(1),
  dtype: isHalves,
});

/** Rule for numbers in memory, or rows of them. Typed arrays are read when the matrix is opened. */
export function requireMatrix(value: unknown, name: string): Matrix {
  if (isArray(value)) return joined(value, name);
  if (isVector(value)) {
    const hint = 'Name its shape: { data, dim }, or { data, rows: 1 } for one row';
    throw wrongArgument(name, value, 'an object of data and its shape, or an array of rows', hint);
  }
  const { data, rows, dim, dtype } = readMatrix(value, name) as Partial<Numbers>;
  requireSpelt(value as object, PARTS, name);
  const place = `${name}.data`;
  if (!isArray(data)) {
    const flat = own(data, place, dtype);
    // Written out: to spread two objects takes as long as all the rest.
    const shape = shapeOf(flat.data.length, { rows, dim }, name);
    return { data: flat.data, rows: shape.rows, dim: shape.dim, descr: flat.descr };
  }
  const all = joined(data, place, dim);
  if ((rows ?? all.rows) === all.rows && (dim ?? all.dim) === all.dim) return all;
  const found = `${all.rows} rows of ${all.dim} numbers`;
  throw wrongShape(found, { rows, dim });
}

/** Rule for one vector, as a matrix of one row. */
export function requireVector(value: unknown, name: string): Matrix {
  if (isArray(value)) return joined([value], name);
  const { data, descr } = own(value, name, undefined);
  const dim = data.length;
  if (dim === 0) throw wrongArgument(name, value, 'a vector of at least one number');
  return { data, rows: 1, dim, descr };
}

/** True for a typed array that is a vector by itself. */
export function isVector(value: unknown): boolean {
  return descriptionOf(value) !== undefined || (isArray(value) && typeof value[0] === 'number');
}

function descriptionOf(value: unknown): string | undefined {
  const type = typedArrayType(value);
  return type === undefined ? undefined : DESCRIPTIONS[type];
}

function own(
  data: unknown,
  name: string,
  dtype: 'float16' | undefined,
): Pick<Matrix, 'data' | 'descr'> {
  const descr = descriptionOf(data);
  const bits = isArrayOf(Uint16Array, data);
  if (descr === undefined || (bits && dtype === undefined)) {
    const hint = bits ? "Say what its bits are: dtype: 'float16'" : undefined;
    throw wrongArgument(name, data, `${KINDS}, or an array of rows`, hint);
  }
  if (dtype !== undefined && descr !== '<f2') {
    throw wrongArgument(name, data, 'a Uint16Array or Float16Array beside dtype float16');
  }
  return { data: ownMemory(data as Matrix['data'], name, typedArrayType(data) ?? ''), descr };
}

/** Rows one after the other: singles where all are, else doubles. */
function joined(rows: readonly unknown[], name: string, dim?: number): Matrix {
  const vectors = rows.map((row, place) => vector(row, `${name}[${place}]`));
  const width = vectors[0]?.length ?? dim;
  if (width === undefined) throw wrongArgument(name, rows, 'at least one row, or dim beside it');
  if (width === 0) throw wrongArgument(`${name}[0]`, rows[0], 'a row of at least one number');
  const isSingle = vectors.length > 0 && vectors.every((row) => isArrayOf(Float32Array, row));
  const Kind = isSingle || vectors.length === 0 ? Float32Array : Float64Array;
  const data = new Kind(vectors.length * width);
  for (const [place, row] of vectors.entries()) {
    if (row.length !== width) {
      const found = `${name}[${place}]: ${row.length} numbers`;
      throw new HackfaceError('EDIMENSION', 'data', {
        found,
        expected: `${width}, as in the first row`,
        row: place,
      });
    }
    data.set(row, place * width);
  }
  return { data, rows: vectors.length, dim: width, descr: Kind === Float32Array ? '<f4' : '<f8' };
}

/** A row: numbers that can be copied at once. */
function vector(row: unknown, name: string): ArrayLike<number> {
  if (!isArray(row)) {
    const { data, descr } = own(row, name, undefined);
    // Only a newer engine copies halves; an older one has none.
    return descr === '<f2' ? Float64Array.from(data) : data;
  }
  const wrong = row.findIndex((value) => typeof value !== 'number');
  if (wrong >= 0) throw wrongArgument(`${name}[${wrong}]`, row[wrong], 'a number');
  return row as number[];
}

/** The shape of so many numbers. */
function shapeOf(
  count: number,
  { rows, dim }: Pick<Numbers, 'rows' | 'dim'>,
  name: string,
): Pick<Matrix, 'rows' | 'dim'> {
  const columns = dim ?? (rows ? count / rows : undefined);
  if (columns === undefined) throw wrongArgument(`${name}.dim`, dim, 'a whole number from 1');
  const all = rows ?? count / columns;
  if (
    all * columns === count &&
    Number.isInteger(all) &&
    Number.isInteger(columns) &&
    columns > 0
  ) {
    return { rows: all, dim: columns };
  }
  throw wrongShape(`${count} numbers`, { rows, dim });
}

function wrongShape(found: string, { rows, dim }: Pick<Numbers, 'rows' | 'dim'>): HackfaceError {
  const expected = `${rows ?? 'whole'} rows × ${dim ?? 'whole'} columns, at least one column`;
  return new HackfaceError('EDIMENSION', 'data', { found, expected });
}

/** True for what yields batches of rows one after the other, as a cursor of a database does. */
export function isBatches(value: unknown): value is AsyncIterable<Batch> {
  return isObject(value) && typeof lookUp(value, Symbol.asyncIterator) === 'function';
}

/** Rows, one or many, that come at once. */
export type Batch = Vector | Rows | Numbers;

function lookUp(value: object, key: symbol): unknown {
  try {
    return (value as Record<symbol, unknown>)[key];
  } catch {
    return undefined;
  }
}

/**
 * Collects batches of rows into one matrix: singles where all are, else doubles. `dim` is that of a matrix
 * without rows.
 */
export async function collect(
  batches: AsyncIterable<Batch>,
  name: string,
  dim?: number,
): Promise<Matrix> {
  const found: Matrix[] = [];
  for await (const batch of batches) {
    const at = `${name}[${found.length}]`;
    const matrix = isVector(batch) ? requireVector(batch, at) : requireMatrix(batch, at);
    // What yields may write to its arrays once it is asked for more.
    found.push({ ...matrix, data: wide(matrix) });
  }
  if (found.length > 0) return stacked(found, name);
  if (dim !== undefined) return { data: new Float32Array(0), rows: 0, dim, descr: '<f4' };
  const text = `${name}: no rows`;
  throw new HackfaceError('EEMPTY', 'data', { found: text, expected: 'at least one' });
}

/** Two vectors of one length: both in singles where both are, else in doubles. */
export function alike(
  a: Matrix,
  b: Matrix,
): [Float32Array, Float32Array] | [Float64Array, Float64Array] {
  if (a.dim !== b.dim) throw otherWidth(`a vector of ${b.dim} numbers`, a.dim, 1);
  if (isArrayOf(Float32Array, a.data) && isArrayOf(Float32Array, b.data)) return [a.data, b.data];
  return [doubles(a), doubles(b)];
}

function doubles(matrix: Matrix): Float64Array {
  return isArrayOf(Float64Array, matrix.data) ? matrix.data : new Float64Array(wide(matrix));
}

function otherWidth(found: string, width: number, row: number): HackfaceError {
  return new HackfaceError('EDIMENSION', 'data', {
    found,
    expected: `${width}, as in the first`,
    row,
  });
}

/** The rows of all matrices, at least one, in singles where all are, else in doubles. */
function stacked(matrices: readonly Matrix[], name: string): Matrix {
  const width = matrices[0]?.dim ?? 0;
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  const isSingle = matrices.every(({ data }) => isArrayOf(Float32Array, data));
  const data = new (isSingle ? Float32Array : Float64Array)(rows * width);
  let first = 0;
  for (const [place, matrix] of matrices.entries()) {
    if (matrix.dim !== width) {
      throw otherWidth(`${name}[${place}]: rows of ${matrix.dim} columns`, width, first);
    }
    data.set(matrix.descr === '<f2' ? wide(matrix) : matrix.data, first * width);
    first += matrix.rows;
  }
  return { data, rows, dim: width, descr: isSingle ? '<f4' : '<f8' };
}

/** A copy in singles or doubles. */
function wide({ data, descr }: Matrix): Float32Array | Float64Array {
  if (descr === '<f4') return new Float32Array(data);
  if (isArrayOf(Uint16Array, data)) return Float64Array.from(data, halfToNumber);
  return descr === '<f2' ? Float64Array.from(data) : new Float64Array(data);
}

/** The number of the bits of a half (IEEE 754 binary16). */
function halfToNumber(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
