/** HDF5, and MATLAB 7.3 which is HDF5, read by the optional package `h5wasm` in a thread that is ended in time. */
import type * as H5wasm from 'h5wasm';
import { quoteText } from '../printable.js';
import type { PickledArray } from './arrays.js';
import { arraysByName, requireWhole } from './by-name.js';
import { refused } from './failure.js';
import {
  type Follower,
  type FoundMatrix,
  heldNumbers,
  leftOut,
  sizesOf,
  transposedText,
} from './matrix.js';
import { chooseMember, type Member } from './members.js';
import { MOST_HELD, type Source } from './source.js';
import { type Answering, BoundedThread } from './thread.js';
import { matrixIn } from './values.js';
import { meaningOf, type Wanted } from './wanted.js';
import { MOST_GROWTH, SMALL } from './zip.js';

/** Bytes of numbers read at a time: the memory of WebAssembly never shrinks. */
const PIECE = 8 << 20;

/** Objects that are looked at, and groups inside of each other. */
const [MOST_OBJECTS, DEEPEST] = [20_000, 32];
/** Least bytes of a file that describe an object, and time that one may take. */
const [OBJECT_BYTES, OBJECT_MS] = [256, 1];
/** Memory of WebAssembly that any file may take, and copies of numbers that unpacking makes. */
const [LEAST_MEMORY, COPIES] = [32 << 20, 4];

/** A data set as the file describes it. */
interface StoredSet {
  name: string;
  /** Class of its type, by its number in HDF5, and bytes of an element. */
  type: number;
  size: number;
  shape: number[];
  /** Sizes of the blocks in which it is stored, if it is. */
  chunks: number[] | null;
  /** Class of a variable of MATLAB: `double`, `cell`, `struct`, … */
  matlab: string | undefined;
}

/** A part to read: the list of data sets, values of one, or all of several; and the memory that it may take. */
interface Question {
  most: number;
  values?: { name: string; ranges: number[][] | undefined };
  all?: string[];
}

/** The data sets of a file. */
interface Stored {
  sets: StoredSet[];
  /** True if there are objects beyond those that are looked at. */
  more: boolean;
}

interface Given {
  bytes: Uint8Array;
  objects: number;
  deepest: number;
}

/** NumPy's letters for the arrays that numbers are handed out in. */
const LETTERS: Record<string, string> = {
  Int8Array: 'i1',
  Uint8Array: 'u1',
  Int16Array: 'i2',
  Uint16Array: 'u2',
  Int32Array: 'i4',
  Uint32Array: 'u4',
  BigInt64Array: 'i8',
  BigUint64Array: 'u8',
  Float32Array: 'f4',
  Float64Array: 'f8',
};

/** A data set. */
interface DataSet extends Member {
  shape: number[];
  /** Bytes of an element. */
  width: number;
  /** Rows that are unpacked together, and the bytes of all that is. */
  block: { rows: number; bytes: number };
  isNumeric: boolean;
  isFloat: boolean;
  isText: boolean;
}

/** Finds the data set asked for by its path, or the only matrix. */
export async function findInHdf5(
  source: Source,
  wanted: Wanted,
  follower: Follower,
): Promise<FoundMatrix> {
  const all = source.all();
  // The thread takes them, and the first bytes of the file are asked for again.
  const bytes = all === source.head ? Uint8Array.from(all) : all;
  const given: Given = { bytes, objects: MOST_OBJECTS, deepest: DEEPEST };
  const { signal } = follower;
  const thread = await BoundedThread.open(source, 'h5wasm', serve, given, signal);
  try {
    return await new Reader(source, thread, follower).read(wanted);
  } finally {
    await thread.close();
  }
}

function described({ name, type, size, shape, chunks, matlab }: StoredSet): DataSet {
  // Classes of types by their numbers in HDF5: integers, floats, texts.
  const isNumeric = (type === 0 && size <= 8) || (type === 1 && (size === 4 || size === 8));
  const isPlain = matlab === undefined || /^(double|single|u?int\d+|logical)$/.test(matlab);
  const kind =
    matlab ??
    (type === 0
      ? `int${8 * size}`
      : type === 1
        ? `float${8 * size}`
        : (KINDS[type] ?? `type ${type}`));
  const about = `${shape.join(' × ') || 'one'} of ${kind}`;
  const isMatrix = isNumeric && isPlain && sizesOf(shape) !== undefined;
  const inBlock = (chunks ?? [0]).reduce((product, axis) => product * axis, size);
  const block = { rows: chunks?.[axisOf(shape)] ?? 1, bytes: inBlock };
  const kinds = { isMatrix, isNumeric, isFloat: isNumeric && type === 1, isText: type === 3 };
  return { name, about, shape, width: size, block, ...kinds };
}

const KINDS: Record<number, string> = {
  2: 'times',
  3: 'text',
  4: 'bits',
  5: 'opaque bytes',
  6: 'records',
  7: 'references',
  8: 'enumerated values',
  9: 'lists',
  10: 'arrays',
};

/** The axis along which rows follow each other. */
function axisOf(shape: readonly number[]): number {
  return shape.length === 3 && shape[0] === 1 ? 1 : 0;
}

/** Reads what is wanted of an open file. */
class Reader {
  constructor(
    private readonly source: Source,
    private readonly thread: BoundedThread<Question>,
    private readonly follower: Follower,
  ) {}

  async read(wanted: Wanted): Promise<FoundMatrix> {
    const { source } = this;
    const isMatlab = source.head.toString('latin1', 0, 10) === 'MATLAB 7.3';
    const stored = (await this.#ask('its list of data sets', 0)) as Stored;
    const sets = stored.sets.map(described);
    const apart = arraysByName(isMatlab || wanted.member !== undefined ? [] : sets);
    if (apart.arrays.length > 0) return this.#together(apart, stored.more, wanted);
    // Every vector is a matrix of one row or column to MATLAB.
    const plain = ({ shape, name }: DataSet) =>
      !isMatlab || name === wanted.member || !shape.includes(1);
    const members = sets.map((one) => ({ ...one, isMatrix: one.isMatrix && plain(one) }));
    const chosen = chooseMember(source.file, members, wanted);
    const { descr, bytes } = await this.#numbersOf(chosen);
    const [a, b] = sizesOf(chosen.shape) as [number, number];
    // MATLAB counts column after column, and HDF5 row after row: its axes are told in reverse.
    const [rows, dim] = isMatlab ? [b, a] : [a, b];
    const what = isMatlab ? 'variable' : 'data set';
    const lists = members
      .filter(({ shape }) => shape.includes(1))
      .map(({ shape }) => Math.max(...shape));
    const odd = isMatlab ? transposedText(chosen.name, { rows, dim }, lists) : '';
    const told = `${what} ${chosen.name} of ${isMatlab ? 'a MATLAB 7.3' : 'an HDF5'} file${leftOut(chosen.shape)}${odd}`;
    const texts = async (meaning: 'names' | 'labels') => {
      const named = members.find(
        (one) =>
          one !== chosen &&
          meaningOf(wanted[meaning] === undefined ? last(one.name) : one.name, wanted) ===
            meaning &&
          Math.max(...one.shape) === rows &&
          one.shape.every((size) => size === rows || size === 1),
      );
      const found = named && (await this.#textsOf(named));
      return found && (() => found);
    };
    const about = { names: await texts('names'), labels: await texts('labels') };
    return { ...heldNumbers(bytes, { descr, fortran: isMatlab, rows, dim }, told), ...about };
  }

  /** The matrix of data sets that hold a vector each, or the rows of a person. */
  async #together(
    { arrays: sets, common }: { arrays: DataSet[]; common: string },
    more: boolean,
    wanted: Wanted,
  ): Promise<FoundMatrix> {
    const byName = new Map<string, PickledArray>();
    const bytesOf = (some: readonly DataSet[]) =>
      some.reduce((sum, one) => sum + this.#bytesOf(one), 0);
    requireWhole(this.source, { bytes: bytesOf(sets), most: more ? MOST_OBJECTS : undefined });
    for (let first = 0; first < sets.length; first += TOGETHER) {
      const some = sets.slice(first, first + TOGETHER);
      const question = { all: some.map(({ name }) => name) };
      const bytes = bytesOf(some) + Math.max(...some.map(({ block }) => block.bytes));
      const parts = (await this.#ask('its data sets', bytes, question)) as unknown[];
      for (const [at, one] of some.entries()) {
        const name = one.name.slice(0, one.name.length - common.length);
        byName.set(name, this.#arrayOf(parts[at], one));
      }
    }
    return matrixIn(this.source, byName, 'an HDF5 file', wanted);
  }

  #ask(where: string, bytes: number, more: Omit<Question, 'most'> = {}): Promise<unknown> {
    const { size } = this.source;
    const most = LEAST_MEMORY + size + COPIES * bytes;
    const objects = more.all?.length ?? Math.min(MOST_OBJECTS, size / OBJECT_BYTES);
    return this.thread.ask({ most, ...more }, bytes, where, more.values ? 0 : OBJECT_MS * objects);
  }

  /** The texts or whole numbers of a data set, one for each row. */
  async #textsOf(one: DataSet): Promise<string[] | undefined> {
    const values = { name: one.name, ranges: undefined };
    const bytes = Math.max(this.#bytesOf(one), one.block.bytes);
    const value = await this.#ask(`data set ${one.name}`, bytes, { values });
    if (one.isText) return Array.isArray(value) ? value.map(String) : undefined;
    return one.isNumeric && ArrayBuffer.isView(value)
      ? Array.from(value as unknown as ArrayLike<number>, String)
      : undefined;
  }

  /** The numbers of a data set, whole blocks of rows at a time, as they lie in memory. */
  async #numbersOf(one: DataSet): Promise<{ descr: string; bytes: Buffer }> {
    const { name, shape, block } = one;
    const total = this.#bytesOf(one);
    const bytes = Buffer.allocUnsafeSlow(total);
    const axis = axisOf(shape);
    const size = shape[axis] ?? 0;
    const rowBytes = Math.max(1, total / Math.max(size, 1));
    const each = Math.max(1, Math.floor(PIECE / rowBytes / block.rows)) * block.rows;
    const unpacked = Math.max(Math.min(each, size) * rowBytes, block.bytes);
    let [letters, at]: [string | undefined, number] = [undefined, 0];
    for (let start = 0; start < size; start += each) {
      const range = [start, Math.min(start + each, size)];
      const values = { name, ranges: axis === 1 ? [[], range] : [range] };
      const part = await this.#ask(`data set ${name}`, unpacked, { values });
      letters = ArrayBuffer.isView(part) ? LETTERS[part.constructor.name] : undefined;
      if (letters === undefined) break;
      const view = part as DataView;
      if (at + view.byteLength > total) break;
      bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at);
      at += view.byteLength;
      this.follower.onProgress?.({ phase: 'read', done: at, total });
    }
    if (letters === undefined || at !== total) throw this.#noNumbers(one);
    return { descr: descrOf(letters), bytes };
  }

  #arrayOf(part: unknown, one: DataSet): PickledArray {
    const letters = ArrayBuffer.isView(part) ? LETTERS[part.constructor.name] : undefined;
    const { buffer, byteOffset, byteLength } = part as DataView;
    if (letters === undefined || byteLength !== this.#bytesOf(one)) throw this.#noNumbers(one);
    const data = Buffer.from(buffer, byteOffset, byteLength);
    return { descr: descrOf(letters), shape: one.shape, fortran: false, data };
  }

  #noNumbers({ name, about }: DataSet) {
    return refused(this.source.file, {
      found: `no numbers in ${quoteText(name)} (${about})`,
      expected: 'a matrix of numbers',
    });
  }

  /** Bytes of a data set, unpacked. Refuses those that grow out of nothing: packed, or never written. */
  #bytesOf({ name, shape, width, block }: DataSet): number {
    const { file, size } = this.source;
    const bytes = shape.reduce((product, axis) => product * axis, width);
    // A block is unpacked whole, however little of it is wanted.
    const unpacked = Math.max(bytes, block.bytes);
    const most = Math.min(Math.max(SMALL, MOST_GROWTH * size), MOST_HELD);
    if (unpacked <= most) return bytes;
    throw refused(file, {
      found: `${unpacked} bytes of ${quoteText(name)} in a file of ${size}`,
      expected: `at most ${MOST_GROWTH} times as many, and ${MOST_HELD}`,
      hint: 'Write the matrix again without compression, or in parts',
    });
  }
}

/** Data sets that are asked for at once. */
const TOGETHER = 500;
/** NumPy's spelling of elements as this machine holds them. */
function descrOf(letters: string): string {
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  return `${letters[1] === '1' ? '|' : little ? '<' : '>'}${letters}`;
}

function last(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** The memory of WebAssembly. */
interface Memory {
  buffer: ArrayBuffer;
  grow: (pages: number) => number;
}

/** Reads an HDF5 file in a thread. */
async function serve(
  h5wasm: typeof H5wasm,
  { bytes, objects, deepest }: Given,
): Promise<Answering<Question>> {
  // WebAssembly has no limit of its own below 4 GiB.
  let most = Number.POSITIVE_INFINITY;
  const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } })
    .WebAssembly;
  const { grow } = Memory.prototype;
  Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + 65_536 * pages > most) throw new RangeError('too much memory');
    return grow.call(this, pages);
  };
  const module = await h5wasm.ready;
  // Errors are thrown; otherwise libhdf5 prints them.
  module.activate_throwing_error_handler();
  // A file in its own memory: what an external link names is not there.
  const withoutCopy = { canOwn: true } as object;
  module.FS.writeFile('/input.h5', bytes, withoutCopy);
  let seen = 0;
  const visit = (group: H5wasm.Group, path: string, level: number): StoredSet[] => {
    const found: StoredSet[] = [];
    for (const key of group.keys()) {
      seen += 1;
      // `#refs#` holds what cells of MATLAB refer to.
      if (seen > objects || level > deepest || key === '#refs#') continue;
      const [one, name] = [group.get(key), `${path}${key}`];
      if (one instanceof h5wasm.Group) found.push(...visit(one, `${name}/`, level + 1));
      if (!(one instanceof h5wasm.Dataset)) continue;
      const { type, size, shape, chunks } = one.metadata;
      const matlab = one.attrs.MATLAB_class?.value;
      const kind = typeof matlab === 'string' ? matlab : undefined;
      found.push({ name, type, size, shape: shape ?? [], chunks, matlab: kind });
    }
    return found;
  };
  let file: H5wasm.File | undefined;
  return (question) => {
    most = question.most;
    file ??= new h5wasm.File('/input.h5', 'r');
    const setOf = (name: string) => file?.get(name) as H5wasm.Dataset;
    if (question.all !== undefined) return question.all.map((name) => setOf(name).value);
    if (question.values === undefined) return { sets: visit(file, '', 0), more: seen > objects };
    const { name, ranges } = question.values;
    const set = setOf(name);
    return ranges === undefined ? set.value : set.slice(ranges as []);
  };
}
