/** Lists of pairs of rows: `index1,index2[,Id]`, and other lists of {@link LIST_FORMATS}. */
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
  oneOf,
  readParts,
} from '../arguments.js';
import { formatNames } from '../lists/formats.js';
import type { Names } from '../lists/names.js';
import { TruthWords } from '../lists/words.js';
import { Column, Uint32Column } from './column.js';
import { indexTooLarge, transposedHint } from './errors.js';
import { FoldedPairs } from './folded-pairs.js';
import { CsvFormat } from './format.js';
import type { WantedColumn } from './header.js';
import type { IgnoredColumn, Understood } from './ignored.js';
import { type Ids, IdColumn, sequenceIds } from './ids.js';
import { LineMap } from './lines.js';
import { Members } from './members.js';
import { requireNames } from './names.js';
import { CELL_RULES, type CellOptions } from './quote.js';
import type { Collector } from './read.js';
import { MAX_ROWS, Table } from './table.js';
import { spelled, truthOf } from './truth.js';

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
  /** 1 for a pair of one class, 0 for one of two; absent where the list does not tell, or was not asked. */
  same?: Uint8Array;
  /** Fold of each pair, from 0; absent where the list has none. */
  folds?: Uint32Array;
  /** The names by which the list tells first members; absent where it tells them by number. */
  names?: Names;
  /** Those by which it tells second members; absent where they are {@link names}, or numbers. */
  secondNames?: Names;
  /** Remarks on how the file was understood; absent where all was plain. */
  understood?: readonly Understood[];
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
export interface PairsOptions extends CellOptions {
  /** Number of rows of the matrix; row numbers must be below it. Default 2³². */
  rows?: number | undefined;
  /** True if the first line names the columns; default true. Without: index1,index2[,Id]. */
  header?: boolean | undefined;
  /** Names of the columns; default `index1`, `index2`, `Id`. An id column that is named here is required. */
  columns?: { index1?: string | undefined; index2?: string | undefined; id?: string | undefined };
  /** Names of the rows, by which the list may tell them; default none: it tells row numbers. */
  names?: Names | undefined;
  /** Names of second members, where these are rows of another matrix; default {@link names}. */
  secondNames?: Names | 'none' | undefined;
  /** Names of templates, which all first members then are; default: they are rows. */
  templates?: Names | undefined;
  /** The format of the list; by default its first lines tell. */
  listFormat?: string | undefined;
  /** Names that LFW's `name number` stands for; default `{name}/{name}_{number:4}.jpg`. */
  namePattern?: string | undefined;
  /** True if the truth in the list is read, from the column `same` of a CSV file; default false. */
  truth?: boolean | undefined;
}

const COLUMN_RULES: Rules<NonNullable<PairsOptions['columns']>> = {
  index1: optional(text),
  index2: optional(text),
  id: optional(text),
};

/** Validation rules for {@link PairsOptions}. */
export const PAIRS_RULES: Rules<PairsOptions> = {
  ...CELL_RULES,
  rows: optional(wholeNumber(0, MAX_ROWS)),
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
  names: optional(requireNames),
  secondNames: optional((names, name) => (names === 'none' ? names : requireNames(names, name))),
  templates: optional(requireNames),
  listFormat: optional(oneOf(...formatNames('pairs'))),
  namePattern: optional(text),
  truth: optional(flag),
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
 * The optional column `Id` holds distinct texts. Repeated pairs are kept, in order. Other lists of pairs,
 * such as trials (`a b target`), are recognised by their first lines, or told by `listFormat`.
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

/** {@link checkPairs} for arguments that were validated before; `others` are the rows of second members. */
export function requirePairsWithin(
  { index1, index2, source }: PlacedPairs,
  rows: number,
  dim?: number,
  others = rows,
): void {
  const pair = pairBeyond({ index1, index2 }, rows, others);
  if (pair === undefined) return;
  const [first, second] = [index1[pair] as number, index2[pair] as number];
  const [column, index, limit] =
    first >= rows ? [source.columns[0], first, rows] : [source.columns[1], second, others];
  const hint =
    dim !== undefined && index < dim && limit < dim ? transposedHint(limit, dim) : undefined;
  const line = source.lines.lineOf(pair);
  throw indexTooLarge(source.file, line, column, String(index), limit, hint);
}

/** The first pair with a row number that its matrix does not have; `others` are the rows of second members. */
export function pairBeyond(
  { index1, index2 }: Pick<Pairs, 'index1' | 'index2'>,
  rows: number,
  others: number,
): number | undefined {
  for (let pair = 0; pair < index1.length; pair += 1) {
    if ((index1[pair] as number) >= rows || (index2[pair] as number) >= others) return pair;
  }
  return undefined;
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
const SAME = 3;

/** Names of columns of the names of first and of second members, and of the truth; in lower case. */
const FIRST_NAMES = 'name1 file1 path1 image1 img1 utt1 enrol enroll'.split(' ');
const SECOND_NAMES = 'name2 file2 path2 image2 img2 utt2 test'.split(' ');
const TRUTH_NAMES = ['label', 'is_same', 'issame'];

/** Collects a list of pairs. */
export class PairCollector implements Collector<Pairs> {
  readonly table: Table;
  private readonly index1 = new Uint32Column();
  private readonly index2 = new Uint32Column();
  private readonly ids: IdColumn;
  private readonly same = new Column(Uint8Array);
  private readonly words = new TruthWords();
  private readonly firsts: Members;
  private readonly seconds: Members;
  private readonly rows: number;
  private readonly names: Names | undefined;
  private readonly secondNames: Names | undefined;
  private readonly readsTruth: boolean;
  private readonly folded: FoldedPairs;
  /** Pairs of the block at hand of which every cell was read. */
  private complete = 0;
  /** Pairs of the blocks that were taken. */
  private taken = 0;

  /** `live`: each pair is to be taken as it comes. */
  constructor(file: string, options: PairsOptions, live = false) {
    const { index1 = 'index1', index2 = 'index2', id } = options.columns ?? {};
    const { header, templates, names = templates, listFormat: forced, truth = false } = options;
    const { secondNames = options.names } = options;
    const others = secondNames === 'none' ? undefined : secondNames;
    const truthColumn = { name: 'same', required: false, exact: true, field: 'same' } as const;
    const columns: WantedColumn[] = [
      { name: index1, required: true, aliases: FIRST_NAMES, field: 'first' },
      { name: index2, required: true, aliases: SECOND_NAMES, field: 'second' },
      { name: id ?? 'Id', required: id !== undefined, field: 'id' },
      ...(truth ? [{ ...truthColumn, aliases: TRUTH_NAMES }] : []),
    ];
    const known = [templates ?? names, others].filter((one) => one !== undefined && !one.open);
    const isName =
      known.length === 0 ? undefined : (name: string) => known.some((one) => one?.has(name));
    this.table = new Table({
      file,
      columns,
      header,
      list: { kind: 'pairs', forced, isName },
      live,
    });
    this.ids = new IdColumn(ID, options);
    this.rows = Math.min(options.rows ?? MAX_ROWS, MAX_ROWS);
    this.names = templates ?? names;
    this.secondNames = others;
    this.firsts = new Members(this.table, this.names, this.rows, templates !== undefined);
    // Rows of one matrix are all told by name, or all by number.
    this.seconds = others === this.names ? this.firsts : new Members(this.table, others, this.rows);
    this.readsTruth = truth;
    this.folded = new FoldedPairs(this.table, options.namePattern);
  }

  takeRow(): void {
    if (this.table.format?.name === 'lfw-pairs') this.takeFolded();
    else this.takePair();
    this.complete = this.index1.length;
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
    this.complete = index1.length;
  }

  /** The pairs since the last call, if any; their ids are not compared with others, and numbered on from there. */
  take(): Pairs | undefined {
    const { table, taken, complete: length } = this;
    if (length === 0) return undefined;
    this.taken += length;
    this.complete = 0;
    const ids = this.ids.take(length);
    const lines = table.lines.from(taken);
    return {
      index1: this.index1.take(length),
      index2: this.index2.take(length),
      ids: table.has(ID) ? ids : sequenceIds(length, taken),
      length,
      ...this.about(table.understood(), lines),
    };
  }

  finish(): Pairs {
    const { table } = this;
    const length = this.index1.length;
    const { same, words } = this;
    const folds = this.folded.finish(length);
    const truth = spelled(table, SAME, words).understood ?? [];
    const inColumn = same.length > 0 && table.names.length > 0;
    const understood = [...table.understood(), ...(inColumn ? [truthInList(table)] : []), ...truth];
    return {
      index1: this.index1.toArray(),
      index2: this.index2.toArray(),
      ids: table.has(ID) ? this.ids.finish(table) : sequenceIds(length),
      length,
      ...(same.length > 0 && { same: same.toArray() }),
      ...(folds && { folds }),
      ...this.about(understood, table.lines),
    };
  }

  /** Where pairs come from, their names, and remarks. */
  private about(
    understood: readonly Understood[],
    lines: LineMap,
  ): Pick<Pairs, 'source' | 'ignored' | 'names' | 'secondNames' | 'understood'> {
    const { table, firsts, seconds, names, secondNames } = this;
    const columns = [table.name(INDEX1), table.name(INDEX2)] as const;
    return {
      source: { file: table.file, columns, lines },
      ...table.ignored(),
      ...(firsts.named && names && { names }),
      ...(seconds.named && secondNames && secondNames !== names && { secondNames }),
      ...(understood.length > 0 && { understood }),
    };
  }

  private takePair(): void {
    const { table, firsts, seconds } = this;
    this.index1.push(firsts.row(INDEX1));
    this.index2.push(seconds.row(INDEX2));
    if (table.has(ID)) this.ids.push(table);
    if (!this.readsTruth || !table.has(SAME)) return;
    // Numbers are read in blocks, which hold no words.
    table.texts = true;
    this.same.push(truthOf(table, SAME, this.words));
  }

  private takeFolded(): void {
    const pair = this.folded.pair();
    if (pair === undefined) return;
    const [first, second, same] = pair;
    this.index1.push(this.firsts.rowOf(first, INDEX1));
    this.index2.push(this.seconds.rowOf(second, INDEX2));
    this.same.push(same);
  }
}

function truthInList(table: Table): Understood {
  const text = `${table.file}: its column ${table.name(SAME)} is the truth`;
  return { code: 'list-truth', text };
}
