import { resolve } from 'node:path';
import {
  optional,
  readOptions,
  requireOwnMemory,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import type { NativeEmbeddings } from './binding.js';
import { HackfaceError } from './errors.js';
import { callNative } from './native.js';

/** How the data of a file reach memory: mapped under a guard, or read. Does not change results. */
export type Io = 'mmap' | 'read';

/** Numbers in memory: `rows × dim`, row after row. */
export interface MatrixData {
  /** Row after row; its memory neither shared nor resizable. */
  data: Float32Array;
  /** Number of rows, n; may be 0. */
  rows: number;
  /** Number of columns, d; at least 1. */
  dim: number;
}

/** Embeddings, the path of a `.npy` file, or numbers in memory. */
export type EmbeddingsSource = Embeddings | string | MatrixData;

/** How to open embeddings. */
export interface OpenOptions {
  /** Default `mmap`. */
  io?: Io | undefined;
}

const CONSTRUCT = Symbol('made by openEmbeddings');

/**
 * A matrix of embeddings, n rows × d columns, that JavaScript cannot write to.
 *
 * Made by {@link openEmbeddings}. Holds an open file or a copy of the numbers until `close()`,
 * the end of its `using` block, or garbage collection.
 */
export class Embeddings {
  /** Number of rows, n. */
  readonly rows: number;
  /** Number of columns, d. */
  readonly dim: number;
  /** Element type as NumPy names it, for example `float32`. */
  readonly dtype: string;
  /** How the data are reached; `read` also where a file could not be mapped. */
  readonly io: Io | 'memory';
  /** Absolute path of the file, if there is one. */
  readonly file: string | undefined;
  readonly #native: NativeEmbeddings;
  /** How many of these are open on the matrix: what was opened, and the calls that use it. */
  readonly #open: { count: number };
  #closed = false;

  /** @internal */
  constructor(
    token: symbol,
    native: NativeEmbeddings,
    file: string | undefined,
    open = { count: 0 },
  ) {
    if (token !== CONSTRUCT) throw new TypeError('Use openEmbeddings() to make Embeddings');
    this.#native = native;
    this.#open = open;
    open.count += 1;
    this.rows = native.rows;
    this.dim = native.dim;
    this.dtype = native.dtype;
    this.io = native.io as Io | 'memory';
    this.file = file;
  }

  /** Frees the matrix once the calls that use it have ended. Using it afterwards is refused. */
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
   * @internal The same matrix for one call. The call may wait before the addon hears of it; what is
   * closed meanwhile stays open to it.
   */
  static share(embeddings: Embeddings): Embeddings {
    if (embeddings.#closed) {
      throw new HackfaceError('EOPTION', 'usage', {
        found: 'embeddings that were closed',
        expected: 'open ones',
        hint: 'Call close() only after the last use',
      });
    }
    return new Embeddings(CONSTRUCT, embeddings.#native, embeddings.file, embeddings.#open);
  }

  /** @internal What the addon has made. */
  static of(native: NativeEmbeddings): Embeddings {
    return new Embeddings(CONSTRUCT, native, undefined);
  }

  /** @internal */
  static native(embeddings: Embeddings): NativeEmbeddings {
    return embeddings.#native;
  }
}

/**
 * Opens embeddings: a `.npy` file by path, or numbers in memory, which are copied so that later
 * writes to them change nothing.
 *
 * A file must be a matrix with at least one column, of type f2, f4, f8, i1–i8 or u1–u8, either byte order, C or
 * Fortran order. Only its header is read here.
 *
 * Errors: `EINPUT`, `ENPYHEADER`, `ENPYDTYPE`, `ENPYPICKLE`, `ENPYSHAPE`, `ENPYLENGTH`,
 * `EDIMENSION`, `EARGUMENT`, `EIO`, `EMEMORY`.
 */
export async function openEmbeddings(
  source: string | MatrixData,
  options: OpenOptions = {},
): Promise<Embeddings> {
  return openEmbeddingsSync(source, options);
}

/**
 * {@link openEmbeddings}, blocking: the time of opening a file and reading at most 10,012 bytes of
 * it, or of copying the numbers.
 */
export function openEmbeddingsSync(
  source: string | MatrixData,
  options: OpenOptions = {},
): Embeddings {
  const { io = 'mmap' } = readOptions(options, OPEN_RULES);
  requireSource(source, 'source');
  if (typeof source === 'string') {
    return callNative(({ NativeEmbeddings }) => {
      const native = NativeEmbeddings.open(source, io);
      return new Embeddings(CONSTRUCT, native, resolve(source));
    });
  }
  const { data, rows, dim } = readOptions(source, MATRIX_RULES, 'source');
  return callNative(({ NativeEmbeddings }) => {
    const native = NativeEmbeddings.fromData(data, rows, dim);
    return new Embeddings(CONSTRUCT, native, undefined);
  });
}

/** How files are opened, as it may be said. */
export const OPEN_RULES: Rules<OpenOptions> = { io: optional(text) };

const MATRIX_RULES: Rules<MatrixData> = {
  // The addon copies it before the call returns.
  data: (value, name) => requireOwnMemory(value, name, Float32Array),
  rows: wholeNumber(0, 2 ** 32 - 1, wrongArgument),
  dim: wholeNumber(1, 2 ** 32 - 1, wrongArgument),
};

/** Refuses what is no source of embeddings. */
export function requireSource(source: unknown, name: string): unknown {
  if (typeof source === 'string' || source instanceof Embeddings) return source;
  const expected = 'embeddings, the path of a .npy file, or an object with data, rows and dim';
  if (typeof source !== 'object' || source === null || Array.isArray(source)) {
    throw wrongArgument(name, source, expected);
  }
  return source;
}

/** Opens a source for the time of one call; embeddings that are open already stay so. */
export function borrowEmbeddings(
  source: EmbeddingsSource,
  options: OpenOptions,
): { embeddings: Embeddings; release: () => void } {
  const embeddings =
    source instanceof Embeddings ? Embeddings.share(source) : openEmbeddingsSync(source, options);
  return { embeddings, release: () => embeddings.close() };
}
