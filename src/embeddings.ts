/** Matrices of embeddings: opening, sharing and closing them. */
import {
  borrowed,
  type Checked,
  optional,
  readOptions,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
  isObject,
  parts,
} from './arguments.js';
import type { NativeEmbeddings } from './binding.js';
import { HackfaceError } from './errors.js';
import { type Found, findMatrix } from './formats/open.js';
import { tell } from './formats/told.js';
import { callNative, type NativeBinding } from './native.js';
import { absolutePath } from './files/system.js';

/** How a file is read: mapped into memory under a guard, or read. Does not change results. */
export type Io = 'mmap' | 'read';

/** Numbers in memory: `rows × dim`, row after row. */
export interface MatrixData {
  /** Row after row; its memory must be neither shared nor resizable. */
  data: Float32Array;
  /** Number of rows, n; may be 0. */
  rows: number;
  /** Number of columns, d; at least 1. */
  dim: number;
}

/** Embeddings, the path of a file as {@link openEmbeddings} reads it, or numbers in memory. */
export type EmbeddingsSource = Embeddings | string | MatrixData;

/** How to open embeddings. */
export interface OpenOptions {
  /** Default `mmap`. */
  io?: Io | undefined;
}

const CONSTRUCT = Symbol('made by openEmbeddings');

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
  ) {
    if (token !== CONSTRUCT) throw new TypeError('Use openEmbeddings() to make Embeddings');
    this.#native = native;
    this.#parts = parts ?? [this];
    this.#names = names;
    this.#open = open;
    open.count += 1;
    const { rows, dim, dtype, io, squeezed } = native.about();
    this.rows = rows;
    this.dim = dim;
    this.dtype = dtype;
    this.io = io as Io | 'memory';
    this.file = file;
    const flat = squeezed && `(${squeezed.join(', ')}) as ${rows} rows of ${dim}`;
    this.understoodAs = [understoodAs, flat].filter(Boolean).join(', ') || undefined;
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
    return new Embeddings(CONSTRUCT, embeddings.#native, origin, embeddings.#open);
  }

  /** @internal True for what {@link openEmbeddings} made, and not for what only has its prototype. */
  static is(value: unknown): value is Embeddings {
    return typeof value === 'object' && value !== null && #native in value;
  }

  /** @internal Wraps embeddings that the addon made. */
  static of(native: NativeEmbeddings): Embeddings {
    return new Embeddings(CONSTRUCT, native);
  }

  /** @internal The rows of one matrix and then those of another, without a copy. */
  static stacked(first: Embeddings, second: Embeddings): Embeddings {
    const native = callNative(({ NativeEmbeddings }) =>
      NativeEmbeddings.stacked(first.#native, second.#native),
    );
    return new Embeddings(CONSTRUCT, native, { parts: [first, second] });
  }

  /** @internal The names of the rows, where the file of the matrix has them. */
  static names(embeddings: Embeddings): readonly string[] | undefined {
    return embeddings.#names?.();
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
 * memory, which blocks: packed members, `fvecs`, `bvecs`, Kaldi, JSON, tables of numbers, and several `.npy` files as one, by a folder or a pattern
 * such as `part-*.npy`. `understoodAs` says what was found.
 *
 * Close embeddings after their last use, with `close` or `using`. V8 is told of their memory, but Node frees
 * what was dropped only when the event loop turns: a loop without `await` that closes nothing keeps all.
 *
 * Errors: `EINPUT`, `EFORMAT`, `ENPYHEADER`, `ENPYDTYPE`, `ENPYPICKLE`, `ENPYSHAPE`, `ENPYLENGTH`,
 * `EDIMENSION`, `EARGUMENT`, `EIO`, `EMEMORY`.
 */
export async function openEmbeddings(
  source: string | MatrixData,
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
  source: string | MatrixData,
  options: OpenOptions = {},
): Embeddings {
  const settled = readOptions(options, OPEN_RULES);
  return openChecked(requireOpenable(source, 'source'), settled);
}

function openChecked(
  source: string | MatrixData,
  { io = 'mmap' }: Checked<OpenOptions>,
): Embeddings {
  if (typeof source === 'string') return openNamed(source, io);
  const { data, rows, dim } = source;
  return callNative(
    ({ NativeEmbeddings }) => new Embeddings(CONSTRUCT, NativeEmbeddings.fromData(data, rows, dim)),
  );
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
    const origin = { file: absolutePath(file), understoodAs: told, names };
    return new Embeddings(CONSTRUCT, native, origin);
  });
}

/** Validation rules for {@link OpenOptions}. */
export const OPEN_RULES: Rules<OpenOptions> = { io: optional(text) };

const requireMatrix = parts<MatrixData>({
  // The addon copies it when the matrix is opened, before the call returns.
  data: borrowed(Float32Array),
  rows: wholeNumber(0, 2 ** 32 - 1, wrongArgument),
  dim: wholeNumber(1, 2 ** 32 - 1, wrongArgument),
});

/** Rule for embeddings, the path of a `.npy` file, or numbers in memory. */
export function requireSource(source: unknown, name: string): EmbeddingsSource {
  return Embeddings.is(source) ? source : requireOpenable(source, name);
}

function requireOpenable(source: unknown, name: string): string | MatrixData {
  if (typeof source === 'string') return source;
  if (isObject(source)) return requireMatrix(source, name) as MatrixData;
  const expected = 'embeddings, the path of a .npy file, or an object with data, rows and dim';
  throw wrongArgument(name, source, expected);
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
      Embeddings.is(source) ? Embeddings.share(source) : openChecked(source, this.#options),
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
