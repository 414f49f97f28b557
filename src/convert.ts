/** Converting: a matrix of any format that is read, as one `.npy` file. */
import { resolve } from 'node:path';
import { filePath, optional, readOptions, type Rules, text, wholeNumber } from './arguments.js';
import { CELL_RULES, type CellOptions, quoteCell, refuseFormulas } from './csv/quote.js';
import { openFound } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { checkTarget, WRITE_RULES, type WriteOptions, writeFileAtomic } from './files/atomic.js';
import { isNpy, LONGEST_NPY_HEADER, npyArray, npyHeader } from './formats/npy-header.js';
import { type Found, findMatrix, namedIn } from './formats/open.js';
import { Source } from './formats/source.js';

/** A matrix to convert, and where to. */
export interface ConvertRequest extends WriteOptions, CellOptions {
  /** File, folder or pattern, as {@link openEmbeddings} takes them; pickles and files of torch, too. */
  input: string;
  /** `.npy` file to write. */
  output: string;
  /** The matrix that is meant, where the file has several. */
  member?: string | undefined;
  /** Number of columns of raw float32 numbers. */
  dim?: number | undefined;
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
  /** Element type as NumPy names it; that of the input. */
  dtype: string;
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
  input: filePath,
  output: filePath,
  member: optional(text),
  dim: optional(wholeNumber(1, 2 ** 20)),
  names: optional(filePath),
  labels: optional(filePath),
};

/** Bytes of numbers copied at a time. */
const PIECE = 4 << 20;

/**
 * Writes a matrix of another format as `.npy`, number by number as it is stored, and the names and
 * classes of its rows where it has them. Of pickles, arrays of objects and files of torch only values are
 * read: nothing is executed.
 *
 * Errors: those of {@link openEmbeddings}; `EFORMAT` also for a pickle that names anything but numbers,
 * texts, lists, dictionaries, arrays and tensors, and for names or classes that the input does not have;
 * `EEXISTS`, `ECREATE`, `EIO`. Memory: nothing where the input is mapped, else that of the numbers.
 */
export async function convert(request: ConvertRequest): Promise<ConvertSummary> {
  const settled = readOptions(request, CONVERT_RULES, 'request');
  const { input, output, force, names, labels } = settled;
  for (const path of [output, names, labels]) if (path !== undefined) checkTarget(path, { force });
  const part = settled.member ?? (settled.dim === undefined ? undefined : `dim=${settled.dim}`);
  const found = findMatrix(part === undefined ? input : `${input}:${part}`, true) ?? plain(input);
  try {
    // The core checks all that a header says.
    using matrix = openFound(found, 'read');
    const classLines = (classes: readonly string[]) => {
      refuseFormulas(classes, { file: input, column: 'class' }, settled);
      return labelLines(classes);
    };
    const columns = [
      [names, found.names, 'names', nameLines],
      [labels, found.labels, 'classes', classLines],
    ] as const;
    const texts = columns.map(([path, read, what, lines]) =>
      path === undefined ? undefined : lines(required(input, read, what, matrix.rows)),
    );
    await writeFileAtomic(output, piecesOf(found, matrix.rows, matrix.dim), { force });
    for (const [i, [path]] of columns.entries()) {
      const written = texts[i];
      if (path !== undefined && written)
        await writeFileAtomic(path, [Buffer.from(written)], { force });
    }
    return {
      output: resolve(output),
      rows: matrix.rows,
      dim: matrix.dim,
      dtype: dtypeOf(found, matrix.dtype),
      understoodAs: matrix.understoodAs ?? 'a .npy file',
      named: found.names !== undefined,
      labelled: found.labels !== undefined,
    };
  } finally {
    found.close();
  }
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

/** The bytes of a `.npy` file of the matrix: a header, and the numbers as they are stored. */
function* piecesOf(found: Found, rows: number, dim: number): Generator<Uint8Array> {
  const source = found.bytes === undefined ? Source.open(found.file) : undefined;
  try {
    const { place } = found;
    const read = (offset: number, length: number) =>
      source === undefined
        ? (found.bytes as Uint8Array).subarray(offset, offset + length)
        : source.bytes(offset, length, 'its data');
    const size = place.length ?? (source?.size ?? found.bytes?.length ?? 0) - place.offset;
    const head = Buffer.from(read(place.offset, Math.min(size, LONGEST_NPY_HEADER)));
    const array = place.numbers ?? (isNpy(head) ? npyArray(head) : undefined);
    const start = place.offset + (place.numbers ? 0 : (npyArray(head)?.offset ?? 0));
    let length = size;
    if (array !== undefined) {
      yield npyHeader({ descr: array.descr, fortran: array.fortran, shape: [rows, dim] });
      length = rows * dim * Number(array.descr.at(-1));
    }
    for (let at = 0; at < length; at += PIECE) yield read(start + at, Math.min(PIECE, length - at));
    source?.requireSame();
  } finally {
    source?.close();
  }
}

const NAMES: Record<string, string> = { f: 'float', i: 'int', u: 'uint' };

function dtypeOf({ place }: Found, read: string): string {
  const [, kind = '', bytes] = /([fiu])(\d)$/.exec(place.numbers?.descr ?? '') ?? [];
  return kind === '' ? read : `${NAMES[kind]}${8 * Number(bytes)}`;
}
