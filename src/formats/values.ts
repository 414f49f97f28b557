/** The matrix in values of Python: an array, a list of vectors, vectors by name. */
import { numbersOf, type PickledArray } from './arrays.js';
import { refused } from './failure.js';
import { listTexts } from './lists.js';
import { type FoundMatrix, heldNumbers, leftOut, namesOrClasses, sizesOf } from './matrix.js';
import { isNumeric, textsOf as npyTexts } from './npy-header.js';
import type { Source } from './source.js';
import { isArray, type Value } from './pickle.js';
import { type Meaning, meaningOf, namingFields, type Wanted } from './wanted.js';

/** Values that are looked at for each byte of a file: each of them a few times. */
const MOST_LOOKS = 8;

/** Rows beside each other, with what is known of each. */
class Rows {
  readonly vectors: Float64Array[] = [];
  names: string[] = [];
  labels: string[] = [];
  /** Values that were read: a pickle may name one a million times. */
  readonly #known = new Map<object, Float64Array | undefined>();
  #looks = 0;

  constructor(
    private readonly source: Pick<Source, 'file' | 'size'>,
    /** The keys that were asked for. */
    readonly wanted: Wanted,
  ) {}

  meaning(key: Value): Meaning | undefined {
    return meaningOf(keyText(key), this.wanted);
  }

  /** The numbers of an array of one row, or of a list of numbers. */
  vectorOf(value: Value | undefined): Float64Array | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    if (this.#known.has(value)) return this.#known.get(value);
    this.look(Array.isArray(value) ? value.length : isArray(value) ? value.data.length : 1);
    const numbers = readVector(value);
    this.#known.set(value, numbers);
    return numbers;
  }

  /** Counts values that are looked at. Errors: `EFORMAT` for more than the file can hold once. */
  look(count: number): void {
    this.#looks += count;
    const { file, size } = this.source;
    if (this.#looks > MOST_LOOKS * size) throw repeated(file, `${this.#looks} values`, size);
  }
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
  const rows = new Rows({ file, size }, wanted);
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
    throw repeated(file, `${vectors.length * dim} numbers`, size);
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
  const complete = (texts: string[]) => (texts.length === vectors.length ? texts : undefined);
  const found = heldNumbers(all, numbers, `${what}: ${told}`);
  const texts = { names: complete(names), labels: complete(labels) };
  return { ...found, ...namesOrClasses(texts, wanted) };
}

function repeated(file: string, what: string, size: number) {
  return refused(file, {
    found: `${what} in a file of ${size} bytes`,
    expected: 'each number once',
    hint: 'The same values are named again and again: save the matrix with numpy.save',
  });
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

/** An array of objects as a list, of rows where it has two axes, and a list in an array of no axes as itself. */
function unwrapped(array: PickledArray): Value {
  const { objects, shape, fortran } = array;
  if (objects === undefined) return array;
  const [rows = 0, dim = 0] = shape;
  if (shape.length === 2 && !fortran && objects.length > 0) {
    return Array.from({ length: rows }, (_, row) => objects.slice(row * dim, (row + 1) * dim));
  }
  return shape.length === 0 ? (objects[0] as Value) : objects;
}

/** Adds the rows that a value holds and says how it was understood; `undefined` if it holds none. */
function gather(value: Value, rows: Rows): string | undefined {
  if (value instanceof Map) return gatherMap(value, rows);
  if (!Array.isArray(value)) return undefined;
  if (value.every((one) => one instanceof Map)) return gatherRecords(value, rows);
  const together = gatherTuple(value, rows);
  if (together !== undefined) return together;
  const paired = value.every(
    (one) =>
      Array.isArray(one) &&
      one.length === 2 &&
      textOf(one[0]) !== undefined &&
      rows.vectorOf(one[1]) !== undefined,
  );
  for (const one of value) {
    const [name, vector] = paired ? (one as Value[]) : [undefined, one];
    const numbers = rows.vectorOf(vector as Value);
    if (numbers === undefined) return undefined;
    rows.vectors.push(numbers);
    if (name !== undefined) rows.names.push(textOf(name) as string);
  }
  return paired
    ? `${value.length} pairs of a name and a vector`
    : `a list of ${value.length} vectors`;
}

/** A list of a matrix or of vectors, with names and classes of the rows before or behind it. */
function gatherTuple(value: readonly Value[], rows: Rows): string | undefined {
  if (value.length < 2 || value.length > 3) return undefined;
  const matrices = value.filter((one) => textsOf(one, rows) === undefined);
  const [matrix] = matrices;
  if (matrix === undefined || matrices.length > 1 || !addVectors(matrix, rows)) return undefined;
  for (const one of value) {
    const texts = one === matrix ? undefined : textsOf(one, rows);
    if (texts?.length !== rows.vectors.length) continue;
    if (rows.names.length === 0) rows.names = texts;
    else rows.labels = texts;
  }
  return `${rows.vectors.length} vectors, and what is known of them`;
}

/** Records: in each the vector, a name and a class. */
function gatherRecords(records: readonly Value[], rows: Rows): string | undefined {
  for (const record of records as Map<Value, Value>[]) {
    rows.look(record.size);
    const vectors = [...record].filter(([, value]) => rows.vectorOf(value) !== undefined);
    const telling = vectors.filter(([key]) => rows.meaning(key) === 'vectors');
    const [chosen] = telling.length > 0 ? telling : vectors;
    if (chosen === undefined) return undefined;
    rows.vectors.push(rows.vectorOf(chosen[1]) as Float64Array);
    const texts = new Map<string, string>();
    for (const [key, value] of record) {
      const text = textOf(value);
      if (text !== undefined) texts.set(keyText(key), text);
    }
    const { names, labels } = namingFields([...texts.keys()], rows.wanted);
    if (names !== undefined) rows.names.push(texts.get(names) as string);
    if (labels !== undefined) rows.labels.push(texts.get(labels) as string);
  }
  return `a list of ${records.length} records`;
}

function gatherMap(map: Map<Value, Value>, rows: Rows): string | undefined {
  const entries = [...map];
  const beside = entries.find(
    ([key, value]) =>
      rows.meaning(key) === 'vectors' &&
      (Array.isArray(value) || isArray(value)) &&
      rows.vectorOf(value) === undefined,
  );
  if (beside !== undefined) {
    if (!addVectors(beside[1], rows)) return undefined;
    for (const [key, value] of entries) {
      const meaning = rows.meaning(key);
      if (meaning !== 'names' && meaning !== 'labels') continue;
      const texts = textsOf(value, rows);
      if (texts?.length === rows.vectors.length) rows[meaning] = texts;
    }
    const keys = entries.map(([key]) => keyText(key));
    return `the ${rows.vectors.length} vectors under ${keyText(beside[0])}, of ${listTexts(keys)}`;
  }
  const isNamed = entries.every(([, value]) => rows.vectorOf(value) !== undefined);
  for (const [key, value] of entries) {
    const before = rows.vectors.length;
    if (isNamed) rows.vectors.push(rows.vectorOf(value) as Float64Array);
    else if (!addVectors(value, rows)) return undefined;
    const name = keyText(key);
    for (let row = before; row < rows.vectors.length; row += 1) {
      (isNamed ? rows.names : rows.labels).push(name);
    }
  }
  return isNamed
    ? `${entries.length} vectors by name`
    : `${rows.vectors.length} vectors of ${entries.length} classes`;
}

/** Adds the rows of a list of vectors, or of a matrix; false if it is neither, or has none. */
function addVectors(value: Value, rows: Rows): boolean {
  if (Array.isArray(value)) {
    rows.look(value.length);
    for (const one of value) {
      const numbers = rows.vectorOf(one);
      if (numbers === undefined) return false;
      rows.vectors.push(numbers);
    }
    return value.length > 0;
  }
  const [count, dim] = isArray(value) && isNumeric(value.descr) ? (sizesOf(value.shape) ?? []) : [];
  if (!count || !dim) return false;
  const array = value as PickledArray;
  rows.look(array.data.length);
  const numbers = numbersOf(array);
  if (numbers === undefined) return false;
  const [down, along] = array.fortran ? [1, count] : [dim, 1];
  for (let row = 0; row < count; row += 1) {
    rows.vectors.push(
      Float64Array.from({ length: dim }, (_, i) => numbers[row * down + i * along] as number),
    );
  }
  return true;
}

function readVector(value: Value): Float64Array | undefined {
  if (isArray(value)) {
    const flat = value.shape.filter((size) => size !== 1);
    return flat.length <= 1 && value.shape.length > 0 ? numbersOf(value) : undefined;
  }
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const numbers = new Float64Array(value.length);
  for (const [i, one] of value.entries()) {
    const number = isScalar(one) && one.objects === undefined ? numbersOf(one)?.[0] : one;
    if (typeof number !== 'number') return undefined;
    numbers[i] = number;
  }
  return numbers;
}

/** True for a number or a text of NumPy. */
function isScalar(value: Value | undefined): value is PickledArray {
  return isArray(value) && value.shape.length === 1 && value.shape[0] === 1;
}

function textOf(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (isScalar(value)) return arrayTexts(value)?.[0];
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

/** A key as a text. Of a tuple only what it holds itself: tuples of tuples multiply. */
function keyText(key: Value): string {
  if (!Array.isArray(key)) return textOf(key) ?? String(key);
  return listTexts(key.map((one) => textOf(one) ?? '…'));
}

function textsOf(value: Value, rows: Rows): string[] | undefined {
  if (isArray(value) && value.objects === undefined) {
    rows.look(value.data.length);
    return value.shape.length === 1 ? arrayTexts(value) : undefined;
  }
  const list = isArray(value) ? value.objects : value;
  if (!Array.isArray(list)) return undefined;
  rows.look(list.length);
  const texts = list.map(textOf);
  return texts.every((text) => text !== undefined) ? (texts as string[]) : undefined;
}

/** The texts or numbers of an array of one axis. */
function arrayTexts(array: PickledArray): string[] | undefined {
  const texts = npyTexts(array.data, { ...array, offset: 0 });
  const numbers = texts === undefined ? numbersOf(array) : undefined;
  return texts ?? (numbers && Array.from(numbers, String));
}

function describe(value: Value): string {
  if (value instanceof Map) {
    const keys = [...value.keys()].slice(0, 12);
    return `a dictionary of ${listTexts(keys.map(keyText)) || 'nothing'}`;
  }
  if (Array.isArray(value)) return `a list of ${value.length} values`;
  if (isArray(value))
    return `an array of ${value.shape.join(' × ') || 'no axes'} of ${value.descr}`;
  return value === null ? 'None' : `a ${typeof value}`;
}
