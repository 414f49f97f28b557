import {
  flag,
  group,
  optional,
  filePath,
  readOptions,
  requireBytes,
  requireOwnMemory,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
} from '../arguments.js';
import { inputName } from '../files/input.js';
import { indexTooLarge } from './errors.js';
import { type Ids, IdColumn, sequenceIds } from './ids.js';
import { Uint32Column } from './integers.js';
import { LineMap } from './lines.js';
import { type Collector, parseTable, readTable, readTableSync } from './read.js';
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
  /** Where they come from, for errors. */
  source: PairsSource;
}

/** What {@link checkPairs} needs to name the place of a wrong pair. */
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
  /** Number of rows of the matrix; indices are checked against it. Without it, up to 2³²−1. */
  rows?: number | undefined;
  /** Whether the first line names the columns; default true. Without: index1,index2[,Id]. */
  header?: boolean | undefined;
  /** Names of the columns; default `index1`, `index2`, `Id`. An id column named must be there. */
  columns?: { index1?: string | undefined; index2?: string | undefined; id?: string | undefined };
  /** Whether ids may start with = + - @, tab or carriage return; default false. */
  allowFormulaLikeIds?: boolean | undefined;
}

const COLUMN_RULES: Rules<NonNullable<PairsOptions['columns']>> = {
  index1: optional(text),
  index2: optional(text),
  id: optional(text),
};

/** How to read pairs, as it may be said. */
export const PAIRS_RULES: Rules<PairsOptions> = {
  rows: optional(wholeNumber(0, MAX_ROWS)),
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
  allowFormulaLikeIds: optional(flag),
};

/** The same for files of pairs whose matrix is known. */
export const PAIRS_FILE_RULES = optional(group(PAIRS_RULES));

/**
 * Reads pairs from a CSV file, `-` for standard input.
 *
 * Columns `index1` and `index2` hold row numbers, counted from 0 and written in digits only;
 * the optional column `Id` holds any distinct texts. Pairs that occur twice are kept, in order.
 * Errors: `EINPUT`, `EIO`, `ECSVFORMAT`, `ECSVHEADER`, `ECSVVALUE`, `EINDEX`, `EDUPLICATE`,
 * `EEMPTY`, `EINPUTCHANGED`. Cost: one pass over the file, 12 bytes a pair.
 */
export async function readPairs(path: string, options: PairsOptions = {}): Promise<Pairs> {
  return readTable(path, collectorOf(path, options));
}

/** {@link readPairs}, blocking. */
export function readPairsSync(path: string, options: PairsOptions = {}): Pairs {
  return readTableSync(path, collectorOf(path, options));
}

/** {@link readPairs} from memory; `file` is named in errors. */
export function parsePairs(
  bytes: Uint8Array,
  options: PairsOptions & { file?: string } = {},
): Pairs {
  requireBytes(bytes, 'bytes');
  const settled = readOptions(options, { ...PAIRS_RULES, file: optional(text) });
  return parseTable(bytes, new PairCollector(settled.file ?? '<bytes>', settled));
}

function collectorOf(path: string, options: PairsOptions): PairCollector {
  filePath(path, 'path');
  return new PairCollector(inputName(path), readOptions(options, PAIRS_RULES));
}

/** Refuses pairs with a row number that a matrix of `rows` rows does not have (`EINDEX`). */
export function checkPairs(pairs: Pairs, rows: number): void {
  const { index1, index2, source } = readOptions<Pick<Pairs, 'index1' | 'index2' | 'source'>>(
    pairs,
    CHECKED_RULES,
    'pairs',
  );
  requireRows(rows, 'rows');
  for (let pair = 0; pair < index1.length; pair += 1) {
    const first = index1[pair] as number;
    const second = index2[pair] as number;
    if (first < rows && second < rows) continue;
    const [column, index] =
      first >= rows ? [source.columns[0], first] : [source.columns[1], second];
    throw indexTooLarge(source.file, source.lines.lineOf(pair), column, String(index), rows);
  }
}

const borrowed = (value: unknown, name: string) => requireOwnMemory(value, name, Uint32Array);
const requireRows = wholeNumber(0, MAX_ROWS, wrongArgument);

const CHECKED_RULES: Rules<Pick<Pairs, 'index1' | 'index2' | 'source'>> = {
  index1: borrowed,
  index2: borrowed,
  source: (source, name) => {
    const { columns, lines } = Object(source) as Partial<PairsSource>;
    if (Array.isArray(columns) && lines instanceof LineMap) return source;
    throw wrongArgument(name, source, 'where the pairs come from, as readPairs says it');
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
    };
  }
}
