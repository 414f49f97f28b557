/** Matrices of embeddings: opening, sharing and closing them. */
import {
  bytesInPlace,
  type Checked,
  isArray,
  isArrayOf,
  isObject,
  list,
  optional,
  readOptions,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import type { NativeEmbeddings, NativeMatrixAbout } from './binding.js';
import { HackfaceError } from './errors.js';
import { type Found, findMatrix } from './formats/open.js';
import { tell } from './formats/told.js';
import {
  type Batch,
  collect,
  isBatches,
  type Matrix,
  type Numbers,
  requireMatrix,
  type Rows,
} from './matrix-data.js';
import { callNative, type NativeBinding } from './native.js';
import { absolutePath } from './files/system.js';

/** How a file is read: mapped into memory under a guard, or read. Does not change results. */
export type Io = 'mmap' | 'read';

/**
 * Embeddings, the path of a file as {@link openEmbeddings} reads it, or numbers in memory: an object, or an
 * array of rows.
 */
export type EmbeddingsSource = Embeddings | string | Numbers | Rows;

/** A source, or batches of rows as {@link Embeddings.from} collects them. */
export type EmbeddingsStream = EmbeddingsSource | AsyncIterable<Batch>;

/** How to open embeddings. */
export interface OpenOptions {
  /** Default `mmap`. */
  io?: Io | undefined;
}

const CONSTRUCT = Symbol('made by openEmbeddings');

/** Rows that an iteration copies at a time. */
const ROWS_AT_ONCE = 256;

const requireRow = wholeNumber(0, 2 ** 32 - 1, wrongArgument);
const requireRows = (rows: unknown, name: string) =>
  (isArrayOf(Uint32Array, rows) ? rows : list(requireRow)(rows, name)) as number[] | Uint32Array;

/** Where embeddings come from. */
type Origin = {
  file?: string | undefined;
  understoodAs?: string | undefined;
  parts?: readonly Embeddings[];
  names?: (() => readonly string[] | undefined) | undefined;
};

/**
 * A matrix of embeddings, n rows × d columns, that JavaScript cannot write to.
 *
 * {@link openEmbeddings} makes it. It holds an open file or a copy of the numbers until `close()`,
 * the end of its `using` block, or garbage collection.
 */
export class Embeddings {
  /** Number of rows, n. */
  readonly rows: number;
  /** Number of columns, d. */
  readonly dim: number;
  /** Element type as NumPy names it, for example `float32`. */
  readonly dtype: string;
  /** How the data are read; `read` also if a file could not be mapped. */
  readonly io: Io | 'memory';
  /** Absolute path of the file, if there is one. */
  readonly file: string | undefined;
  /** How the file was understood where it is no plain `.npy` file; one clause. */
  readonly understoodAs: string | undefined;
  readonly #native: NativeEmbeddings;
  /** The matrices whose rows these are; itself where it is none of {@link stacked}. */
  readonly #parts: readonly Embeddings[];
  readonly #names: (() => readonly string[] | undefined) | undefined;
  /** Number of open instances on the matrix: the opened one, and those of calls that use it. */
  readonly #open: { count: number };
  #closed = false;

  /** @internal */
  constructor(
    token: symbol,
    native: NativeEmbeddings,
    { file, understoodAs, parts, names }: Origin = {},
    open = { count: 0 },
    about?: Pick<NativeMatrixAbout, 'rows' | 'dim' | 'dtype' | 'io' | 'squeezed'>,
  ) {
    if (token !== CONSTRUCT) throw new TypeError('Use openEmbeddings() to make Embeddings');
    this.#native = native;
    this.#parts = parts ?? [this];
    this.#names = names;
    this.#open = open;
    open.count += 1;
    const { rows, dim, dtype, io, squeezed } = about ?? native.about();
    this.rows = rows;
    this.dim = dim;
    this.dtype = dtype;
    this.io = io as Io | 'memory';
    this.file = file;
    this.understoodAs = understoodAs;
    if (squeezed === undefined) return;
    const flat = `(${squeezed.join(', ')}) as ${rows} rows of ${dim}`;
    this.understoodAs = understoodAs ? `${understoodAs}, ${flat}` : flat;
  }

  /**
   * A copy of row `index`: singles where the element type fits, else doubles. Errors: `EARGUMENT`, `EINDEX`
   * for a row that does not exist; `EOPTION` once closed; `EINPUTCHANGED`. Cost: a call of the addon; `slice`
   * and `at` copy many rows in one.
   */
  row(index: number): Float32Array | Float64Array {
    return this.#copy(Uint32Array.of(requireRow(index, 'index')));
  }

  /**
   * A copy of the rows from `from` up to, not including, `to` (default: the last), one after the other.
   * Errors: as {@link row}.
   */
  slice(from: number, to: number = this.rows): Float32Array | Float64Array {
    const [first, end] = [requireRow(from, 'from'), requireRow(to, 'to')];
    return this.#copy(Uint32Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i));
  }

  /** A copy of these rows, in this order, one after the other. Errors: as {@link row}. */
  at(indices: readonly number[] | Uint32Array): Float32Array | Float64Array {
    return this.#copy(Uint32Array.from(requireRows(indices, 'indices')));
  }

  /** Copies of all rows, in order. */
  *[Symbol.iterator](): Generator<Float32Array | Float64Array, void, undefined> {
    for (let first = 0; first < this.rows; first += ROWS_AT_ONCE) {
      const block = this.slice(first, Math.min(this.rows, first + ROWS_AT_ONCE));
      // Each row has memory of its own: whoever keeps one keeps no block.
      for (let at = 0; at < block.length; at += this.dim) yield block.slice(at, at + this.dim);
    }
  }

  #copy(rows: Uint32Array): Float32Array | Float64Array {
    return callNative(() => this.#native.copyRows(rows));
  }

  /**
   * Collects rows that come in batches, from a cursor of a database or a stream: vectors, arrays of rows, or
   * numbers with their shape. `dim` is that of a matrix without rows. Memory: the rows twice while they are
   * put together.
   *
   * Errors: `EEMPTY` for no rows without `dim`, `EDIMENSION` for rows of different widths, `EARGUMENT`; what
   * the iteration throws.
   */
  static async from(batches: AsyncIterable<Batch>, dim?: number): Promise<Embeddings> {
    if (!isBatches(batches)) throw wrongArgument('batches', batches, 'an async iterable');
    const width = optional(wholeNumber(1, 2 ** 32 - 1, wrongArgument))(dim, 'dim');
    return openMatrix(await collect(batches, 'batches', width as number | undefined));
  }

  /** Frees the matrix once the calls that use it have ended. Later uses are rejected. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#open.count -= 1;
    if (this.#open.count === 0) callNative(() => this.#native.close());
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * @internal Shares the matrix with a call. The call may wait in a queue, and the matrix stays open to
   * it if it is closed meanwhile.
   */
  static share(embeddings: Embeddings): Embeddings {
    if (embeddings.#closed) {
      throw new HackfaceError('EOPTION', 'usage', {
        found: 'embeddings that were closed',
        expected: 'open ones',
        hint: 'Call close() only after the last use',
      });
    }
    const names = embeddings.#names;
    const { file, understoodAs } = embeddings;
    const origin = { file, understoodAs, names };
    // What is known of it is not asked of the addon again: a call on two vectors is that short.
    return new Embeddings(CONSTRUCT, embeddings.#native, origin, embeddings.#open, embeddings);
  }

  /** @internal True for what {@link openEmbeddings} made, and not for what only has its prototype. */
  static is(value: unknown): value is Embeddings {
    return typeof value === 'object' && value !== null && #native in value;
  }

  /** @internal Wraps embeddings that the addon made. */
  static of(native: NativeEmbeddings, names?: Origin['names']): Embeddings {
    return new Embeddings(CONSTRUCT, native, { names });
  }

  /** @internal The names of the rows, where the matrix has them. */
  static names(embeddings: Embeddings): readonly string[] | undefined {
    return embeddings.#names?.();
  }

  /** @internal The rows of one matrix and then those of another, without a copy. */
  static stacked(first: Embeddings, second: Embeddings): Embeddings {
    const native = callNative(({ NativeEmbeddings }) =>
      NativeEmbeddings.stacked([first.#native, second.#native]),
    );
    return new Embeddings(CONSTRUCT, native, { parts: [first, second] });
  }

  /** @internal A copy of the rows from `from` up to, not including, `to`, as embeddings of their own. */
  static range(embeddings: Embeddings, from: number, to: number): Embeddings {
    const data = embeddings.slice(from, to);
    const descr = isArrayOf(Float32Array, data) ? '<f4' : '<f8';
    return openMatrix({ data, rows: to - from, dim: embeddings.dim, descr });
  }

  /** @internal The matrices whose rows these are. */
  static parts(embeddings: Embeddings): readonly Embeddings[] {
    return embeddings.#parts;
  }

  /** @internal */
  static native(embeddings: Embeddings): NativeEmbeddings {
    return embeddings.#native;
  }
}

/**
 * Opens embeddings: a file by path, or numbers in memory, which are copied so that later writes to
 * them have no effect.
 *
 * A `.npy` file must hold a matrix with at least one column, of type f2, f4, f8, i1–i8 or u1–u8, in
 * either byte order, in C or Fortran order; this call reads its header only. Recognised by their
 * content and mapped as well: the stored members of `.npz` (`FILE:MEMBER` where there are several
 * matrices), tensors of safetensors and variables of MATLAB 5 (likewise), raw float32 as `FILE:dim=D`. Read into
 * memory, which blocks: packed members, `fvecs`, `bvecs`, Kaldi, JSON, tables of numbers, pickles and files of
 * `torch.save` (of which nothing is executed), and several `.npy` files as one, by a folder or a pattern
 * such as `part-*.npy`. `understoodAs` says what was found.
 *
 * Close embeddings after their last use, with `close` or `using`. V8 is told of their memory, but Node frees
 * what was dropped only when the event loop turns: a loop without `await` that closes nothing keeps all.
 *
 * Errors: `EINPUT`, `EFORMAT`, `ENPYHEADER`, `ENPYDTYPE`, `ENPYPICKLE`, `ENPYSHAPE`, `ENPYLENGTH`,
 * `EDIMENSION`, `EARGUMENT`, `EIO`, `EMEMORY`.
 */
export async function openEmbeddings(
  source: string | Numbers | Rows,
  options: OpenOptions = {},
): Promise<Embeddings> {
  const settled = readOptions(options, OPEN_RULES);
  return openChecked(requireOpenable(source, 'source'), settled);
}

/**
 * {@link openEmbeddings}, blocking: the time of opening a file and reading at most 10,012 bytes of
 * it, of copying the numbers, or of reading a format that is not mapped.
 */
export function openEmbeddingsSync(
  source: string | Numbers | Rows,
  options: OpenOptions = {},
): Embeddings {
  const settled = readOptions(options, OPEN_RULES);
  return openChecked(requireOpenable(source, 'source'), settled);
}

function openChecked(source: string | Matrix, { io = 'mmap' }: Checked<OpenOptions>): Embeddings {
  return typeof source === 'string' ? openNamed(source, io) : openMatrix(source);
}

const SINGLES = { dtype: 'float32', io: 'memory' } as const;

/** Copies numbers. */
function openMatrix({ data, rows, dim, descr }: Matrix): Embeddings {
  return callNative(({ NativeEmbeddings }) => {
    if (rows === 0 || isArrayOf(Float32Array, data)) {
      const singles = isArrayOf(Float32Array, data) ? data : new Float32Array(0);
      const native = NativeEmbeddings.fromData(singles, rows, dim);
      // What is known is not asked: a call on two vectors is that short.
      return new Embeddings(CONSTRUCT, native, {}, { count: 0 }, { rows, dim, ...SINGLES });
    }
    const numbers = { descr, fortran: false, rows, dim };
    const native = NativeEmbeddings.fromBytes(bytesInPlace(data), { offset: 0, numbers });
    return new Embeddings(CONSTRUCT, native);
  });
}

/** Opens what a text names, and tells how it was understood where that is not plain. */
function openNamed(text: string, io: Io): Embeddings {
  const found = findMatrix(text);
  const plain = ({ NativeEmbeddings }: NativeBinding) =>
    new Embeddings(CONSTRUCT, NativeEmbeddings.open(text, io), { file: absolutePath(text) });
  let embeddings: Embeddings;
  try {
    embeddings =
      found === undefined ? callNative(plain) : openFound(found, io, namesIn(text, found));
  } finally {
    found?.close();
  }
  if (embeddings.understoodAs !== undefined) tell(`${text}: ${embeddings.understoodAs}`);
  return embeddings;
}

/** The names of the rows of a matrix that was found: kept, or read again where its file holds them. */
function namesIn(text: string, { names, bytes }: Found): Origin['names'] {
  if (names === undefined || bytes !== undefined) return names;
  return () => {
    const again = findMatrix(text);
    try {
      return again?.names?.();
    } finally {
      again?.close();
    }
  };
}

/** @internal Opens a matrix that was found; whoever found it closes it. */
export function openFound(found: Found, io: Io, names?: Origin['names']): Embeddings {
  const { file, place, bytes, told, requireSame } = found;
  return callNative(({ NativeEmbeddings }) => {
    const native =
      bytes === undefined
        ? NativeEmbeddings.openAt(file, place, io)
        : NativeEmbeddings.fromBytes(bytes, place, file);
    requireSame();
    const origin = { file: absolutePath(file), understoodAs: told || undefined, names };
    return new Embeddings(CONSTRUCT, native, origin);
  });
}

/** Validation rules for {@link OpenOptions}. */
export const OPEN_RULES: Rules<OpenOptions> = { io: optional(text) };

/**
 * Rule for embeddings, the path of a `.npy` file, or numbers in memory, which the addon copies when they are
 * opened. Makes matrices of numbers, so it is applied once.
 */
export function requireSource(source: unknown, name: string): Embeddings | string | Matrix {
  return Embeddings.is(source) ? source : requireOpenable(source, name);
}

function requireOpenable(source: unknown, name: string): string | Matrix {
  if (typeof source === 'string') return source;
  const isStream = isBatches(source);
  if (!isStream && (isObject(source) || isArray(source))) return requireMatrix(source, name);
  const expected = 'embeddings, the path of a .npy file, an object with data, or an array of rows';
  const hint = isStream ? 'Collect batches first: await Embeddings.from(…)' : undefined;
  throw wrongArgument(name, source, expected, hint);
}

/** Rule for a source, or batches of rows for {@link collect}. */
export function requireStream(source: unknown, name: string): unknown {
  return isBatches(source) ? source : requireSource(source, name);
}

/** The embeddings that one call has open. Sources have passed {@link requireSource}. */
export class Borrowed {
  readonly #open: Embeddings[] = [];
  readonly #options: Checked<OpenOptions>;

  constructor(options: Checked<OpenOptions>) {
    this.#options = options;
  }

  /** Opens a source; embeddings that are open already are shared. */
  open(source: EmbeddingsSource): Embeddings {
    return this.add(
      Embeddings.is(source)
        ? Embeddings.share(source)
        : openChecked(source as string | Matrix, this.#options),
    );
  }

  /** Takes embeddings to close with the others. */
  add(embeddings: Embeddings): Embeddings {
    this.#open.push(embeddings);
    return embeddings;
  }

  /** Hands all of them to another holder. */
  moveTo(other: Borrowed): void {
    other.#open.push(...this.#open.splice(0));
  }

  /** Closes all of them. */
  close(): void {
    for (const embeddings of this.#open.splice(0).reverse()) embeddings.close();
  }
}

/** Runs `use` with embeddings that it opens, and closes them afterwards. */
export async function borrowing<T>(
  options: Checked<OpenOptions>,
  use: (borrowed: Borrowed) => Promise<T>,
): Promise<T> {
  const borrowed = new Borrowed(options);
  try {
    return await use(borrowed);
  } finally {
    borrowed.close();
  }
}
