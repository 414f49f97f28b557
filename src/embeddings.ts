import { resolve } from 'node:path';
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

  /** @internal */
  constructor(token: symbol, native: NativeEmbeddings, file: string | undefined) {
    if (token !== CONSTRUCT) throw new TypeError('Use openEmbeddings() to make Embeddings');
    this.#native = native;
    this.rows = native.rows;
    this.dim = native.dim;
    this.dtype = native.dtype;
    this.io = native.io as Io | 'memory';
    this.file = file;
  }

  /** Frees the matrix once the calls that use it have ended. Using it afterwards is refused. */
  close(): void {
    callNative(() => this.#native.close());
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
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

/** {@link openEmbeddings}, blocking: the time of opening a file and reading 64 KiB of it. */
export function openEmbeddingsSync(
  source: string | MatrixData,
  options: OpenOptions = {},
): Embeddings {
  if (typeof source === 'string') {
    return callNative(({ NativeEmbeddings }) => {
      const native = NativeEmbeddings.open(source, options.io ?? 'mmap');
      return new Embeddings(CONSTRUCT, native, resolve(source));
    });
  }
  const { data, rows, dim } = source;
  requireOwnMemory(data, 'data', Float32Array);
  requireSize(rows, 'rows', 0);
  requireSize(dim, 'dim', 1);
  return callNative(({ NativeEmbeddings }) => {
    const native = NativeEmbeddings.fromData(data, rows, dim);
    return new Embeddings(CONSTRUCT, native, undefined);
  });
}

/** Opens a source for the time of one call; embeddings that are open already stay so. */
export function borrowEmbeddings(
  source: EmbeddingsSource,
  options: OpenOptions,
): { embeddings: Embeddings; release: () => void } {
  if (source instanceof Embeddings) return { embeddings: source, release: () => undefined };
  const embeddings = openEmbeddingsSync(source, options);
  return { embeddings, release: () => embeddings.close() };
}

type TypedArray = Float32Array | Float64Array | Uint32Array | Uint8Array;

/**
 * Refuses what cannot be copied at one moment: an array of another type, memory shared with other
 * threads, memory that may be resized, memory that was transferred away.
 */
export function requireOwnMemory<T extends TypedArray>(
  array: T,
  name: string,
  type: { new (length: number): T; readonly name: string },
): void {
  const refuse = (found: string) =>
    new HackfaceError('EARGUMENT', 'usage', {
      found: `${name}: ${found}`,
      expected: `a ${type.name} over memory of its own`,
      hint: `Pass a copy: ${type.name}.from(…)`,
    });
  if (!(array instanceof type)) throw refuse(describeValue(array));
  const buffer: ArrayBufferLike & { resizable?: boolean } = array.buffer;
  if (typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer) {
    throw refuse('a view of a SharedArrayBuffer');
  }
  if (buffer.resizable) throw refuse('a view of a resizable ArrayBuffer');
  if (isDetached(buffer)) throw refuse('an array whose memory was transferred away');
}

/** Node 20 has no property for it, but refuses a new view. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

function requireSize(value: number, name: string, least: number): void {
  if (Number.isInteger(value) && value >= least && value < 2 ** 32) return;
  throw new HackfaceError('EARGUMENT', 'usage', {
    found: `${name}: ${describeValue(value)}`,
    expected: `a whole number from ${least} to ${2 ** 32 - 1}`,
  });
}

/** A value in the words of an error. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return `an object of type ${value.constructor?.name ?? 'none'}`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return String(value);
}
