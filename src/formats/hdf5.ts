/** HDF5, and MATLAB 7.3 which is HDF5, read by the optional package `h5wasm`: inside of WebAssembly, without files. */
import type * as H5wasm from 'h5wasm';
import { quoteText } from '../printable.js';
import { refused } from './failure.js';
import { type FoundMatrix, heldNumbers, leftOut, sizesOf } from './matrix.js';
import { chooseMember, type Member } from './members.js';
import { guarded, optionalPackage } from './optional.js';
import { MOST_HELD, type Source } from './source.js';
import { meaningOf, type Wanted } from './wanted.js';
import { MOST_GROWTH, SMALL } from './zip.js';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** Objects that are looked at. */
const MOST_OBJECTS = 10_000;
const DEEPEST = 32;
/** Bytes of numbers read at a time: the memory of WebAssembly never shrinks. */
const PIECE = 8 << 20;

/** Numbers in memory, as HDF5 hands them out. */
type Numbers = Exclude<Extract<H5wasm.OutputData, ArrayBufferView>, Uint8ClampedArray>;

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
  isNumeric: boolean;
  isText: boolean;
  set: H5wasm.Dataset;
}

/** True for a file with the signature at its beginning, or behind a block of a power of two of other bytes. */
export function isHdf5(head: Buffer): boolean {
  return [0, 512, 1024, 2048].some((at) =>
    head.subarray(at, at + SIGNATURE.length).equals(SIGNATURE),
  );
}

/** Finds the data set asked for by its path, or the only matrix. */
export async function findInHdf5(source: Source, wanted: Wanted): Promise<FoundMatrix> {
  const h5wasm = await optionalPackage<typeof H5wasm>(source.file, 'h5wasm');
  return guarded(source.file, 'h5wasm', async () => {
    const module = await h5wasm.ready;
    const { FS } = module;
    const path = '/input.h5';
    // A file in its own memory: what an external link names is not there.
    FS.writeFile(path, source.all());
    // Errors are thrown; otherwise libhdf5 prints them.
    module.activate_throwing_error_handler();
    try {
      const file = new h5wasm.File(path, 'r');
      try {
        return read(source, setsOf(h5wasm, file), wanted);
      } finally {
        file.close();
      }
    } finally {
      module.deactivate_throwing_error_handler();
      FS.unlink(path);
    }
  });
}

/** All data sets, each once, by their paths. */
function setsOf(h5wasm: typeof H5wasm, file: H5wasm.File): DataSet[] {
  const found: DataSet[] = [];
  let objects = 0;
  const visit = (group: H5wasm.Group, path: string, depth: number) => {
    for (const key of group.keys()) {
      objects += 1;
      // What MATLAB's cells refer to.
      if (objects > MOST_OBJECTS || depth > DEEPEST || key === '#refs#') continue;
      const one = group.get(key);
      const name = path === '' ? key : `${path}/${key}`;
      if (one instanceof h5wasm.Dataset) found.push(described(one, name));
      else if (one instanceof h5wasm.Group) visit(one, name, depth + 1);
    }
  };
  visit(file, '', 0);
  return found;
}

function described(set: H5wasm.Dataset, name: string): DataSet {
  const { type, size, shape } = set.metadata;
  const sizes = shape ?? [];
  // Classes of types by their numbers in HDF5: integers, floats, texts.
  const isNumeric = (type === 0 && size <= 8) || (type === 1 && (size === 4 || size === 8));
  const matlab = matlabClass(set);
  const isPlain = matlab === undefined || /^(double|single|u?int\d+|logical)$/.test(matlab);
  const kind =
    matlab ??
    (type === 0
      ? `int${8 * size}`
      : type === 1
        ? `float${8 * size}`
        : (KINDS[type] ?? `type ${type}`));
  const about = `${sizes.join(' × ') || 'one'} of ${kind}`;
  const isMatrix = isNumeric && isPlain && sizesOf(sizes) !== undefined;
  return { name, about, isMatrix, shape: sizes, width: size, isNumeric, isText: type === 3, set };
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

/** The class of a variable of MATLAB: `double`, `cell`, `struct`, … */
function matlabClass(set: H5wasm.Dataset): string | undefined {
  const value = set.attrs.MATLAB_class?.value;
  return typeof value === 'string' ? value : undefined;
}

function read(source: Source, sets: DataSet[], wanted: Wanted): FoundMatrix {
  const isMatlab = source.head.toString('latin1', 0, 10) === 'MATLAB 7.3';
  // Every vector is a matrix of one row or column to MATLAB.
  const plain = ({ shape, name }: DataSet) =>
    !isMatlab || name === wanted.member || !shape.includes(1);
  const members = sets.map((one) => ({ ...one, isMatrix: one.isMatrix && plain(one) }));
  const chosen = chooseMember(source.file, members, wanted);
  const { descr, bytes } = numbersOf(source, chosen);
  const [a, b] = sizesOf(chosen.shape) as [number, number];
  // MATLAB counts column after column, and HDF5 row after row: its axes are told in reverse.
  const [rows, dim] = isMatlab ? [b, a] : [a, b];
  const what = isMatlab ? 'variable' : 'data set';
  const told = `${what} ${chosen.name} of ${isMatlab ? 'a MATLAB 7.3' : 'an HDF5'} file${leftOut(chosen.shape)}`;
  const texts = (meaning: 'names' | 'labels') => {
    const named = members.find(
      (one) =>
        one !== chosen &&
        meaningOf(wanted[meaning] === undefined ? last(one.name) : one.name, wanted) === meaning &&
        Math.max(...one.shape) === rows &&
        one.shape.every((size) => size === rows || size === 1),
    );
    const found = named && textsOf(source, named);
    return found && (() => found);
  };
  const about = { names: texts('names'), labels: texts('labels') };
  return { ...heldNumbers(bytes, { descr, fortran: isMatlab, rows, dim }, told), ...about };
}

function last(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** The texts or whole numbers of a data set, one for each row. */
function textsOf(source: Source, one: DataSet): string[] | undefined {
  requireSmall(source, one);
  const { value } = one.set;
  if (one.isText) return Array.isArray(value) ? value.map(String) : undefined;
  return one.isNumeric && ArrayBuffer.isView(value)
    ? Array.from(value as ArrayLike<number>, String)
    : undefined;
}

/** The numbers of a data set, a few rows at a time, as they lie in memory. */
function numbersOf(source: Source, one: DataSet): { descr: string; bytes: Buffer } {
  requireSmall(source, one);
  const { set, shape } = one;
  const count = shape.reduce((product, size) => product * size, 1);
  const [axis] = shape.length === 3 && shape[0] === 1 ? [1] : [0];
  const size = shape[axis] ?? 0;
  const each = Math.max(1, Math.floor(PIECE / Math.max(8 * (count / Math.max(size, 1)), 1)));
  const parts: Uint8Array[] = [];
  let letters: string | undefined;
  for (let start = 0; start < size; start += each) {
    const range: [number, number] = [start, Math.min(start + each, size)];
    const part = set.slice(axis === 1 ? [[], range] : [range]) as Numbers;
    letters = LETTERS[part?.constructor?.name];
    if (letters === undefined) break;
    parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  const bytes = Buffer.concat(parts);
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  if (letters === undefined || bytes.length !== count * Number(letters[1])) {
    throw refused(source.file, {
      found: `no numbers in ${quoteText(one.name)} (${one.about})`,
      expected: 'a matrix of numbers',
    });
  }
  return { descr: `${letters[1] === '1' ? '|' : little ? '<' : '>'}${letters}`, bytes };
}

/** Refuses data that grow out of nothing: packed, or never written. */
function requireSmall({ file, size }: Source, { name, shape, width }: DataSet): void {
  const bytes = shape.reduce((product, axis) => product * axis, width);
  if (bytes <= Math.max(SMALL, MOST_GROWTH * size) && bytes <= MOST_HELD) return;
  throw refused(file, {
    found: `${bytes} bytes of ${quoteText(name)} in a file of ${size}`,
    expected: `at most ${MOST_GROWTH} times as many, and ${MOST_HELD}`,
    hint: 'Write the matrix again without compression, or in parts',
  });
}
