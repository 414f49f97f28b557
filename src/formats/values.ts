/** The matrix in values of Python: an array, a list of vectors, vectors by name. */
import { numbersOf, type PickledArray } from './arrays.js';
import { refused } from './failure.js';
import { listTexts } from './lists.js';
import { type FoundMatrix, heldNumbers, leftOut, sizesOf } from './matrix.js';
import { isNumeric } from './npy-header.js';
import type { Source } from './source.js';
import { isArray, type Value } from './pickle.js';
import { meaningOf, type Wanted } from './wanted.js';

/** Rows beside each other, with what is known of each. */
interface Rows {
  vectors: Float64Array[];
  names: string[];
  labels: string[];
  /** The keys that were asked for. */
  wanted: Wanted;
}

/** Finds the matrix in a value. The size of the file bounds what shared values may multiply to. */
export function matrixIn(
  { file, size }: Pick<Source, 'file' | 'size'>,
  value: Value,
  what: string,
  wanted: Wanted,
): FoundMatrix {
  const plain = isArray(value) ? unwrapped(value) : value;
  if (isArray(plain) && isNumeric(plain.descr) && sizesOf(plain.shape))
    return arrayMatrix(plain, what);
  const rows: Rows = { vectors: [], names: [], labels: [], wanted };
  const told = gather(plain, rows);
  const { vectors, names, labels } = rows;
  const [first] = vectors;
  if (first === undefined || told === undefined) {
    throw refused(file, {
      found: `${describe(plain)} in ${what}`,
      expected: 'a matrix, a list of vectors, or a dictionary of them by name',
      hint: 'Save the matrix with numpy.save',
    });
  }
  const dim = first.length;
  const odd = vectors.findIndex((vector) => vector.length !== dim);
  if (odd >= 0 || dim === 0) {
    throw refused(file, {
      found: `${vectors[Math.max(odd, 0)]?.length} numbers in vector ${Math.max(odd, 0)} of ${vectors.length}, counted from 0`,
      expected: odd < 0 ? 'at least one' : `${dim}, as in vector 0`,
      hint: 'Save vectors of one length',
    });
  }
  if (vectors.length * dim > size) {
    throw refused(file, {
      found: `${vectors.length * dim} numbers in a file of ${size} bytes`,
      expected: 'each number once',
      hint: 'The same values are named again and again: save the matrix with numpy.save',
    });
  }
  const single = vectors.every((vector) =>
    vector.every((number) => Math.fround(number) === number || Number.isNaN(number)),
  );
  const all = Buffer.alloc(vectors.length * dim * (single ? 4 : 8));
  const view = new DataView(all.buffer, all.byteOffset, all.length);
  for (const [row, vector] of vectors.entries()) {
    for (let i = 0; i < dim; i += 1) {
      const at = row * dim + i;
      if (single) view.setFloat32(4 * at, vector[i] as number, true);
      else view.setFloat64(8 * at, vector[i] as number, true);
    }
  }
  const numbers = { descr: single ? '<f4' : '<f8', fortran: false, rows: vectors.length, dim };
  const complete = (texts: string[]) => (texts.length === vectors.length ? () => texts : undefined);
  const found = heldNumbers(all, numbers, `${what}: ${told}`);
  return { ...found, names: complete(names), labels: complete(labels) };
}

function arrayMatrix(array: PickledArray, what: string): FoundMatrix {
  const [rows, dim] = sizesOf(array.shape) as [number, number];
  const { descr, fortran, shape } = array;
  const numbers = { descr, fortran, rows, dim };
  return heldNumbers(
    array.data,
    numbers,
    `${what}: an array of ${shape.join(' × ')} of ${descr}${leftOut(shape)}`,
  );
}

/** An array of objects as a list, and a list in an array of no axes as itself. */
function unwrapped(array: PickledArray): Value {
  if (array.objects === undefined) return array;
  return array.shape.length === 0 ? (array.objects[0] as Value) : array.objects;
}

/** Adds the rows that a value holds and says how it was understood; `undefined` if it holds none. */
function gather(value: Value, rows: Rows): string | undefined {
  if (value instanceof Map) return gatherMap(value, rows);
  if (!Array.isArray(value)) return undefined;
  if (value.every((one) => one instanceof Map)) return gatherRecords(value, rows);
  const paired = value.every(
    (one) =>
      Array.isArray(one) &&
      one.length === 2 &&
      textOf(one[0]) !== undefined &&
      vectorOf(one[1]) !== undefined,
  );
  for (const one of value) {
    const [name, vector] = paired ? (one as Value[]) : [undefined, one];
    const numbers = vectorOf(vector as Value);
    if (numbers === undefined) return undefined;
    rows.vectors.push(numbers);
    if (name !== undefined) rows.names.push(textOf(name) as string);
  }
  return paired
    ? `${value.length} pairs of a name and a vector`
    : `a list of ${value.length} vectors`;
}

/** Records: in each the vector, a name and a class. */
function gatherRecords(records: readonly Value[], rows: Rows): string | undefined {
  for (const record of records as Map<Value, Value>[]) {
    const vectors = [...record].filter(([, value]) => vectorOf(value) !== undefined);
    const telling = vectors.filter(([key]) => meaningOf(String(key), rows.wanted) === 'vectors');
    const [chosen] = telling.length > 0 ? telling : vectors;
    if (chosen === undefined) return undefined;
    rows.vectors.push(vectorOf(chosen[1]) as Float64Array);
    for (const [key, value] of record) {
      const text = textOf(value);
      const meaning = meaningOf(String(key), rows.wanted);
      if (text === undefined) continue;
      if (meaning === 'names') rows.names.push(text);
      if (meaning === 'labels') rows.labels.push(text);
    }
  }
  return `a list of ${records.length} records`;
}

function gatherMap(map: Map<Value, Value>, rows: Rows): string | undefined {
  const entries = [...map];
  const beside = entries.find(
    ([key, value]) =>
      meaningOf(String(key), rows.wanted) === 'vectors' &&
      (Array.isArray(value) || isArray(value)) &&
      vectorOf(value) === undefined,
  );
  if (beside !== undefined) {
    addVectors(beside[1], rows);
    for (const [key, value] of entries) {
      const texts = textsOf(value);
      const meaning = meaningOf(String(key), rows.wanted);
      if (texts?.length !== rows.vectors.length) continue;
      if (meaning === 'names') rows.names.push(...texts);
      if (meaning === 'labels') rows.labels.push(...texts);
    }
    return `the ${rows.vectors.length} vectors under ${String(beside[0])}, of ${listTexts(entries.map(([key]) => String(key)))}`;
  }
  const isNamed = entries.every(([, value]) => vectorOf(value) !== undefined);
  for (const [key, value] of entries) {
    const before = rows.vectors.length;
    if (isNamed) rows.vectors.push(vectorOf(value) as Float64Array);
    else addVectors(value, rows);
    if (rows.vectors.length === before) return undefined;
    for (let row = before; row < rows.vectors.length; row += 1) {
      (isNamed ? rows.names : rows.labels).push(String(key));
    }
  }
  return isNamed
    ? `${entries.length} vectors by name`
    : `${rows.vectors.length} vectors of ${entries.length} classes`;
}

/** Adds the rows of a list of vectors, or of a matrix. */
function addVectors(value: Value, rows: Rows): void {
  if (isArray(value)) {
    const [count, dim] = (isNumeric(value.descr) && sizesOf(value.shape)) || [0, 0];
    const plain = { ...value, fortran: false };
    const numbers = value.fortran && count > 1 && dim > 1 ? undefined : numbersOf(plain);
    for (let row = 0; numbers !== undefined && row < count; row += 1) {
      rows.vectors.push(numbers.subarray(row * dim, (row + 1) * dim));
    }
  } else if (Array.isArray(value)) {
    for (const one of value) {
      const numbers = vectorOf(one);
      if (numbers === undefined) return;
      rows.vectors.push(numbers);
    }
  }
}

/** Vectors that were read: a pickle may name one value a million times. */
const KNOWN = new WeakMap<object, Float64Array>();

/** The numbers of an array of one row, or of a list of numbers. */
function vectorOf(value: Value | undefined): Float64Array | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const known = KNOWN.get(value) ?? readVector(value);
  if (known !== undefined) KNOWN.set(value, known);
  return known;
}

function readVector(value: Value): Float64Array | undefined {
  if (isArray(value)) {
    const flat = value.shape.filter((size) => size !== 1);
    return flat.length <= 1 && value.shape.length > 0 ? numbersOf(value) : undefined;
  }
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const numbers = new Float64Array(value.length);
  for (const [i, one] of value.entries()) {
    const number =
      isArray(one) && one.objects === undefined && one.shape.length === 1 && one.shape[0] === 1
        ? numbersOf(one)?.[0]
        : one;
    if (typeof number !== 'number') return undefined;
    numbers[i] = number;
  }
  return numbers;
}

function textOf(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

function textsOf(value: Value): string[] | undefined {
  if (isArray(value) && value.objects === undefined) {
    const numbers = value.shape.length === 1 ? numbersOf(value) : undefined;
    return numbers && Array.from(numbers, String);
  }
  const list = isArray(value) ? value.objects : value;
  if (!Array.isArray(list)) return undefined;
  const texts = list.map(textOf);
  return texts.every((text) => text !== undefined) ? (texts as string[]) : undefined;
}

function describe(value: Value): string {
  if (value instanceof Map) {
    return `a dictionary of ${listTexts([...value.keys()].slice(0, 12).map(String)) || 'nothing'}`;
  }
  if (Array.isArray(value)) return `a list of ${value.length} values`;
  if (isArray(value))
    return `an array of ${value.shape.join(' × ') || 'no axes'} of ${value.descr}`;
  return value === null ? 'None' : `a ${typeof value}`;
}
