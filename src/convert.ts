/** Converting: a matrix of any format that is read, as one `.npy` file. */
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { filePath, oneOf, optional, readOptions, type Rules } from './arguments.js';
import { CELL_RULES, type CellOptions, quoteCell, refuseFormulaClasses } from './csv/quote.js';
import { openFound } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { checkTarget, WRITE_RULES, type WriteOptions, writeFileAtomic } from './files/atomic.js';
import type { Follower } from './formats/matrix.js';
import { isNpy, LONGEST_NPY_HEADER, npyArray, npyHeader } from './formats/npy-header.js';
import { refused } from './formats/failure.js';
import { type Found, findToConvert, namedIn } from './formats/open.js';
import { FLOATS, type FloatType, retyped } from './formats/retype.js';
import { Source } from './formats/source.js';
import { AbortError, JOB_RULES, type JobOptions } from './job.js';

/** A matrix to convert, and where to. */
export interface ConvertRequest
  extends WriteOptions,
    CellOptions,
    Pick<JobOptions, 'signal' | 'onProgress'> {
  /**
   * File, folder or pattern, as {@link openEmbeddings} takes them; pickles, files of torch, Parquet and
   * HDF5, too.
   */
  input: string;
  /** `.npy` file to write. */
  output: string;
  /** Element type to write, rounded to nearest where it holds less; default that of the input. */
  dtype?: 'float16' | 'float32' | 'float64' | undefined;
  /** Text file to write: the name of each row, one a line. */
  names?: string | undefined;
  /** CSV file to write: the class of each row. */
  labels?: string | undefined;
}

/** Result of {@link convert}. */
export interface ConvertSummary {
  /** Absolute path of the matrix. */
  output: string;
  /** Number of rows. */
  rows: number;
  /** Number of columns. */
  dim: number;
  /** Element type as NumPy names it. */
  dtype: string;
  /** Number of values that the element type cannot hold exactly; 0 without option `dtype`. */
  rounded: number;
  /** How the input was understood. */
  understoodAs: string;
  /** True if the input names its rows. */
  named: boolean;
  /** True if the input holds classes of its rows. */
  labelled: boolean;
}

const CONVERT_RULES: Rules<ConvertRequest> = {
  ...WRITE_RULES,
  ...CELL_RULES,
  signal: JOB_RULES.signal,
  onProgress: JOB_RULES.onProgress,
  input: filePath,
  output: filePath,
  dtype: optional(oneOf(...FLOATS)),
  names: optional(filePath),
  labels: optional(filePath),
};

/** Most letters of all names, or of all classes. */
const MOST_LETTERS = 2 ** 28;

/** Bytes of numbers copied at a time. */
const PIECE = 4 << 20;

/**
 * Writes a matrix of another format as `.npy`, number by number as it is stored or in another type, and the names and
 * classes of its rows where it has them. Of pickles, arrays of objects and files of torch only values are
 * read: nothing is executed.
 *
 * Errors: those of {@link openEmbeddings}; `EFORMAT` also for a pickle that names anything but numbers,
 * texts, lists, dictionaries, arrays and tensors, for names or classes that the input does not have, for a
 * number beyond the range of `dtype`, and where `hyparquet` (for Parquet) or `h5wasm` (for HDF5) is not installed;
 * `EEXISTS`, `ECREATE`, `EIO`. Memory: nothing where the input is mapped, else that of the numbers.
 */
export async function convert(request: ConvertRequest): Promise<ConvertSummary> {
  const settled = readOptions(request, CONVERT_RULES, 'request');
  const { input, output, force, names, labels } = settled;
  for (const path of [output, names, labels]) if (path !== undefined) checkTarget(path, { force });
  const found = (await findStopped(input, settled)) ?? plain(input);
  try {
    // The core checks all that a header says.
    using matrix = openFound(found, 'read');
    const classLines = (classes: readonly string[]) => {
      refuseFormulaClasses(classes, { file: input, column: 'class' }, settled);
      return labelLines(classes);
    };
    const columns = [
      [names, found.names, 'names', nameLines],
      [labels, found.labels, 'classes', classLines],
    ] as const;
    const texts = columns.map(([path, read, what, lines]) =>
      path === undefined ? undefined : lines(required(input, read, what, matrix.rows)),
    );
    const retyping = { type: settled.dtype as FloatType | undefined, rounded: 0 };
    await writeFileAtomic(output, piecesOf(found, matrix, retyping, settled), { force });
    for (const [i, [path]] of columns.entries()) {
      const written = texts[i];
      if (path !== undefined && written)
        await writeFileAtomic(path, [Buffer.from(written)], { force });
    }
    return {
      output: resolve(output),
      rows: matrix.rows,
      dim: matrix.dim,
      dtype: retyping.type ?? dtypeOf(found, matrix.dtype),
      rounded: retyping.rounded,
      understoodAs: matrix.understoodAs ?? 'a .npy file',
      named: found.names !== undefined,
      labelled: found.labels !== undefined,
    };
  } finally {
    found.close();
  }
}

/** Finds the matrix; an abort while it is read is one of the call. */
async function findStopped(
  input: string,
  { signal, onProgress }: Follower,
): Promise<Found | undefined> {
  try {
    requireRunning(signal);
    return await findToConvert(input, { signal, onProgress });
  } catch (error) {
    requireRunning(signal);
    throw error;
  }
}

function requireRunning(signal: Follower['signal']): void {
  if (signal?.aborted) throw new AbortError(signal.reason);
}

/** A `.npy` file, or what the core refuses. */
function plain(input: string): Found {
  const { path } = namedIn(input);
  return { file: path, place: { offset: 0 }, told: '', requireSame() {}, close() {} };
}

function required(
  file: string,
  read: (() => readonly string[]) | undefined,
  what: string,
  rows: number,
): readonly string[] {
  const texts = read?.() ?? [];
  const letters = texts.reduce((sum, { length }) => sum + length, 0);
  if (letters > MOST_LETTERS) {
    throw refused(file, {
      found: `${what} of ${letters} letters in all`,
      expected: `at most ${MOST_LETTERS}`,
      hint: 'Use shorter ones: one long text may be named by every row',
    });
  }
  if (texts.length === rows) return texts;
  throw new HackfaceError('EFORMAT', 'data', {
    file,
    found: read === undefined ? `no ${what} of rows` : `${texts.length} ${what} of ${rows} rows`,
    expected: `${what} to write`,
    hint: `Leave out option ${what === 'names' ? 'names' : 'labels'}`,
  });
}

function nameLines(names: readonly string[]): string {
  // One a line: a line end inside of a name would be two.
  return names.map((name) => `${name.replaceAll(/[\r\n]/g, ' ')}\n`).join('');
}

function labelLines(labels: readonly string[]): string {
  return `class\n${labels.map((label) => `${quoteCell(label)}\n`).join('')}`;
}

/** Element type to write, and how many numbers it changed so far. */
interface Retyping {
  type: FloatType | undefined;
  rounded: number;
}

/** The bytes of a `.npy` file of the matrix: a header, and the numbers as they are stored, or retyped. */
async function* piecesOf(
  found: Found,
  { rows, dim }: { rows: number; dim: number },
  retyping: Retyping,
  { signal, onProgress }: Follower,
): AsyncGenerator<Uint8Array> {
  const source = found.bytes === undefined ? Source.open(found.file) : undefined;
  try {
    const { place, bytes = new Uint8Array() } = found;
    const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const read = (offset: number, length: number) =>
      source === undefined
        ? held.subarray(offset, offset + length)
        : source.bytes(offset, length, 'its data');
    const size = place.length ?? (source?.size ?? held.length) - place.offset;
    const head = read(place.offset, Math.min(size, LONGEST_NPY_HEADER));
    const array = place.numbers ?? (isNpy(head) ? npyArray(head) : undefined);
    const start = place.offset + (place.numbers ? 0 : (npyArray(head)?.offset ?? 0));
    const { type } = retyping;
    let length = size;
    if (array !== undefined) {
      const descr = type === undefined ? array.descr : `<f${Number(type.slice(5)) / 8}`;
      yield npyHeader({ descr, fortran: array.fortran, shape: [rows, dim] });
      length = rows * dim * Number(array.descr.at(-1));
    } else if (type !== undefined) {
      throw refused(found.file, {
        found: 'a header that numpy.save does not write',
        expected: 'one that it writes, to change the element type',
        hint: 'Leave out option dtype',
      });
    }
    for (let at = 0; at < length; at += PIECE) {
      // Timers and aborts of the caller take their turn.
      await setImmediate();
      requireRunning(signal);
      onProgress?.({ phase: 'write', done: at, total: length });
      const piece = read(start + at, Math.min(PIECE, length - at));
      const descr = array?.descr ?? '';
      yield type === undefined ? piece : retypedPiece(found.file, piece, descr, retyping);
    }
    source?.requireSame();
  } finally {
    source?.close();
  }
}

function retypedPiece(file: string, piece: Buffer, descr: string, retyping: Retyping): Buffer {
  const made = retyped(piece, descr, retyping.type as FloatType);
  if (made === undefined || made.beyond !== undefined) {
    throw refused(file, {
      found: made === undefined ? 'an integer beyond 2^53' : 'a number beyond its range',
      expected: `numbers that ${retyping.type} can hold`,
      hint: 'Leave out option dtype, or choose a wider type',
    });
  }
  retyping.rounded += made.rounded;
  return made.bytes;
}

const NAMES: Record<string, string> = { f: 'float', i: 'int', u: 'uint' };

function dtypeOf({ place }: Found, read: string): string {
  const [, kind = '', bytes] = /([fiu])(\d)$/.exec(place.numbers?.descr ?? '') ?? [];
  return kind === '' ? read : `${NAMES[kind]}${8 * Number(bytes)}`;
}
