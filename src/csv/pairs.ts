/** Lists of pairs of rows: `index1,index2[,Id]`. */
import {
  look,
  borrowed,
  flag,
  group,
  optional,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
  readParts,
} from '../arguments.js';
import { Uint32Column } from './column.js';
import { indexTooLarge } from './errors.js';
import { CsvFormat } from './format.js';
import type { IgnoredColumn } from './ignored.js';
import { type Ids, IdColumn, sequenceIds } from './ids.js';
import { LineMap } from './lines.js';
import type { Collector } from './read.js';
import { MAX_ROWS, Table } from './table.js';

/** A list of pairs of rows of a matrix. */
export interface Pairs {
  /** Row of the first member of each pair. */
  index1: Uint32Array;
  /** Row of the second member of each pair. */
  index2: Uint32Array;
  /** Name of each pair; 0, 1, … where the file has none. */
  ids: Ids;
  /** Number of pairs. */
  length: number;
  /** Where they come from; named in errors. */
  source: PairsSource;
  /** Columns of the file that mean something and are not used; absent without any. */
  ignored?: readonly IgnoredColumn[];
}

/** Where pairs come from: {@link checkPairs} names the place of a wrong pair by it. */
export interface PairsSource {
  /** The file. */
  file: string;
  /** Names of the two columns. */
  columns: readonly [string, string];
  /** Line of each pair. */
  lines: LineMap;
}

/** How to read pairs. */
export interface PairsOptions {
  /** Number of rows of the matrix; row numbers must be below it. Default 2³². */
  rows?: number | undefined;
  /** True if the first line names the columns; default true. Without: index1,index2[,Id]. */
  header?: boolean | undefined;
  /** Names of the columns; default `index1`, `index2`, `Id`. An id column that is named here is required. */
  columns?: { index1?: string | undefined; index2?: string | undefined; id?: string | undefined };
  /** True if ids may start with = + - @, tab or carriage return; default false. */
  allowFormulaLikeIds?: boolean | undefined;
}

const COLUMN_RULES: Rules<NonNullable<PairsOptions['columns']>> = {
  index1: optional(text),
  index2: optional(text),
  id: optional(text),
};

/** Validation rules for {@link PairsOptions}. */
export const PAIRS_RULES: Rules<PairsOptions> = {
  rows: optional(wholeNumber(0, MAX_ROWS)),
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
  allowFormulaLikeIds: optional(flag),
};

/** Rule for the options of a file of pairs whose matrix is known. */
export const PAIRS_FILE_RULES = optional(group(PAIRS_RULES));

/** Files of pairs. */
export const PAIRS_FORMAT = new CsvFormat<Pairs, PairsOptions>(
  PAIRS_RULES,
  (file, options) => new PairCollector(file, options),
);

/**
 * Reads pairs from a CSV file; `-` is standard input.
 *
 * Columns `index1` and `index2` hold row numbers, counted from 0 and written in digits only.
 * The optional column `Id` holds distinct texts. Repeated pairs are kept, in order.
 * Errors: `EINPUT`, `EIO`, `ECSVFORMAT`, `ECSVHEADER`, `ECSVVALUE`, `EINDEX`, `EDUPLICATE`,
 * `EEMPTY`, `EINPUTCHANGED`. Cost: one pass over the file, 12 bytes a pair.
 */
export async function readPairs(path: string, options: PairsOptions = {}): Promise<Pairs> {
  return PAIRS_FORMAT.read(path, options);
}

/** {@link readPairs}, blocking. */
export function readPairsSync(path: string, options: PairsOptions = {}): Pairs {
  return PAIRS_FORMAT.readSync(path, options);
}

/** {@link readPairs} from memory; `file` is named in errors. */
export function parsePairs(
  bytes: Uint8Array,
  options: PairsOptions & { file?: string } = {},
): Pairs {
  return PAIRS_FORMAT.parse(bytes, options);
}

/** Rejects pairs with a row number that a matrix of `rows` rows does not have (`EINDEX`). */
export function checkPairs(pairs: Pairs, rows: number): void {
  const settled = readParts<PlacedPairs>(pairs, PLACED_RULES, 'pairs');
  requireRows(rows, 'rows');
  requirePairsWithin(settled, rows);
}

/** {@link checkPairs} for arguments that were validated before. */
export function requirePairsWithin(
  { index1, index2, source }: PlacedPairs,
  rows: number,
  dim?: number,
): void {
  for (let pair = 0; pair < index1.length; pair += 1) {
    const first = index1[pair] as number;
    const second = index2[pair] as number;
    if (first < rows && second < rows) continue;
    const [column, index] =
      first >= rows ? [source.columns[0], first] : [source.columns[1], second];
    const hint =
      dim !== undefined && index < dim && rows < dim
        ? `The matrix has ${rows} rows of ${dim} columns: if it is transposed, save its transpose`
        : undefined;
    const line = source.lines.lineOf(pair);
    throw indexTooLarge(source.file, line, column, String(index), rows, hint);
  }
}

type PlacedPairs = Pick<Pairs, 'index1' | 'index2' | 'source'>;

const requireRows = wholeNumber(0, MAX_ROWS, wrongArgument);

const PLACED_RULES: Rules<PlacedPairs> = {
  index1: borrowed(Uint32Array),
  index2: borrowed(Uint32Array),
  source: (source, name) => {
    const { columns, lines } = look(source, 'columns', 'lines');
    if (Array.isArray(columns) && lines instanceof LineMap) return source;
    throw wrongArgument(name, source, 'the source of pairs that readPairs returned');
  },
};

const INDEX1 = 0;
const INDEX2 = 1;
const ID = 2;

class PairCollector implements Collector<Pairs> {
  readonly table: Table;
  private readonly index1 = new Uint32Column();
  private readonly index2 = new Uint32Column();
  private readonly ids: IdColumn;
  private readonly rows: number;

  constructor(file: string, options: PairsOptions) {
    const { index1 = 'index1', index2 = 'index2', id } = options.columns ?? {};
    const columns = [
      { name: index1, required: true },
      { name: index2, required: true },
      { name: id ?? 'Id', required: id !== undefined },
    ];
    this.table = new Table({ file, columns, header: options.header });
    this.ids = new IdColumn(ID, options.allowFormulaLikeIds ?? false);
    this.rows = Math.min(options.rows ?? MAX_ROWS, MAX_ROWS);
  }

  takeRow(): void {
    const { table, rows } = this;
    this.index1.push(table.rowNumber(INDEX1, rows));
    this.index2.push(table.rowNumber(INDEX2, rows));
    if (table.has(ID)) this.ids.push(table);
  }

  takeNumbers(count: number): void {
    const { table, index1, index2, rows } = this;
    const { cells, width } = table;
    index1.pushEach(cells, table.position(INDEX1), width, count);
    index2.pushEach(cells, table.position(INDEX2), width, count);
    if (index1.largest >= rows || index2.largest >= rows) {
      table.requireRowNumbers([INDEX1, INDEX2], count, rows);
    }
    if (table.has(ID)) this.ids.pushNumbers(table, count);
  }

  finish(): Pairs {
    const { table } = this;
    const length = table.rows;
    return {
      index1: this.index1.toArray(),
      index2: this.index2.toArray(),
      ids: table.has(ID) ? this.ids.finish(table) : sequenceIds(length),
      length,
      source: {
        file: table.file,
        columns: [table.name(INDEX1), table.name(INDEX2)],
        lines: table.lines,
      },
      ...table.ignored(),
    };
  }
}
