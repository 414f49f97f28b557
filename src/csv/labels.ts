/** The class of each row of a matrix: `[index,]class`, `utt2spk` or `spk2utt`. */
import {
  asChecked,
  copyOf,
  flag,
  group,
  look,
  isArrayOf,
  list,
  optional,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
  oneOf,
  parts,
} from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { formatNames } from '../lists/formats.js';
import type { Names } from '../lists/names.js';
import { Uint32Column } from './column.js';
import { duplicate, indexTooLarge, transposedHint } from './errors.js';
import { CsvFormat } from './format.js';
import {
  CAMERA_NAMES,
  CLASS_NAMES,
  ROW_NAMES as NAMES_OF_ROWS,
  type WantedColumn,
} from './header.js';
import type { IgnoredColumn, Understood } from './ignored.js';
import { Members } from './members.js';
import { requireNames } from './names.js';
import { Numbering } from './numbering.js';
import { inputName } from '../files/input.js';
import type { Collector } from './read.js';
import { MAX_ROWS, Table } from './table.js';

/** Class number of a row that is left out. */
export const LEFT_OUT = 2 ** 32 - 1;

/** The class of each row of a matrix. */
export interface Labels {
  /** Class of each row, as a place in {@link names}. */
  classes: Uint32Array;
  /** Name of each class, in the order in which they first occur by row. */
  names: string[];
  /** Number of classes. */
  count: number;
  /** Where they come from; named in errors. */
  file: string;
  /** Columns of the file that mean something and are not used; absent without any. */
  ignored?: readonly IgnoredColumn[];
  /** Facts understood without being told; absent where all was plain. */
  understood?: readonly Understood[];
}

/** How to read labels. */
export interface LabelsOptions {
  /** Number of rows of the matrix, each with one label; default the number of labels. */
  rows?: number | undefined;
  /** True if the first line names the columns; default true. Without: [index,]class. */
  header?: boolean | undefined;
  /** Names of the columns; default `index` and `class`. An index column that is named here is required. */
  columns?: { index?: string | undefined; class?: string | undefined } | undefined;
  /** Names of the rows, by which a column `name` or Kaldi's lists tell them; default none. */
  names?: Names | undefined;
  /** The format of the list; by default its first lines tell. */
  listFormat?: string | undefined;
}

const COLUMN_RULES: Rules<NonNullable<LabelsOptions['columns']>> = {
  index: optional(text),
  class: optional(text),
};

const LABELS_RULES: Rules<LabelsOptions> = {
  rows: optional(wholeNumber(0, MAX_ROWS)),
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
  names: optional(requireNames),
  listFormat: optional(oneOf(...formatNames('labels'))),
};

/** Files of labels. */
export const LABELS_FORMAT = new CsvFormat<Labels, LabelsOptions>(
  LABELS_RULES,
  (file, options) => new LabelCollector(file, options),
);

/**
 * Reads the class of each row from a CSV file; `-` is standard input.
 *
 * Column `class` holds texts that are not empty, compared byte by byte. The optional column
 * `index` holds row numbers in any order, each exactly once; without it the rows are in order. A first
 * column without a name, or one named `row` or `id`, that holds each row number once, in another order,
 * counts as `index`; so pandas writes its index. With `names`, a column `name` tells the rows, and so do
 * Kaldi's `utt2spk` and `spk2utt`, which are recognised by their first lines.
 * Errors: `EINPUT`, `EIO`, `ECSVFORMAT`, `ECSVHEADER`, `ECSVVALUE`, `EINDEX`, `EDUPLICATE`,
 * `EDIMENSION` if a row has no label, `EEMPTY`, `EINPUTCHANGED`. Cost: one pass over the file
 * and one over the rows, 13 bytes a row.
 */
export async function readLabels(path: string, options: LabelsOptions = {}): Promise<Labels> {
  return LABELS_FORMAT.read(path, options);
}

/** {@link readLabels}, blocking. */
export function readLabelsSync(path: string, options: LabelsOptions = {}): Labels {
  return LABELS_FORMAT.readSync(path, options);
}

/**
 * The labels of an argument for a matrix of `rows` rows and, where it matters, `dim` columns: reads the
 * file if it is a path.
 */
export async function loadLabels(
  labels: string | Labels,
  rows?: number,
  names?: Names,
  dim?: number,
): Promise<Labels> {
  if (typeof labels !== 'string') return labels;
  try {
    return await LABELS_FORMAT.load(labels, asChecked({ rows, names }));
  } catch (error) {
    if (!(error instanceof HackfaceError) || inputName(labels) === '<stdin>') throw error;
    if (rows === undefined || dim === undefined || !/^E(INDEX|DIMENSION)$/.test(error.code))
      throw error;
    // As many labels as columns: read once more to count them.
    const all = await LABELS_FORMAT.load(labels, asChecked({ names })).catch(() => undefined);
    throw all?.classes.length === dim ? error.with({ hint: transposedHint(rows, dim) }) : error;
  }
}

const COPY_RULES: Rules<Labels> = {
  classes: copyOf(Uint32Array),
  names: list(text),
  count: wholeNumber(),
  file: text,
  ignored: (columns) => columns,
  understood: (remarks) => remarks,
};
const copyRead = parts(COPY_RULES);

/** Rule for labels: the path of a file, or a copy of labels that were read. */
export function copyLabels(labels: unknown, name: string): string | Labels {
  if (typeof labels === 'string') return labels;
  if (look(labels, 'names').names === undefined) {
    throw wrongArgument(name, labels, 'the path of a CSV file, or labels that were read');
  }
  return copyRead(labels, name) as Labels;
}

/** Rule for labels or class numbers; returns a copy. */
export function copyClasses(labels: unknown, name: string): string | Labels | Uint32Array {
  if (isArrayOf(Uint32Array, labels)) return copyOf(Uint32Array)(labels, name);
  if (typeof labels === 'string' || look(labels, 'names').names !== undefined)
    return copyLabels(labels, name);
  const expected = 'the path of a CSV file, labels that were read, or a Uint32Array';
  throw wrongArgument(name, labels, expected);
}

/** Rejects labels for another number of rows (`EDIMENSION`). */
export function checkLabels(labels: Labels, rows: number): void {
  if (labels.classes.length !== rows) throw otherCount(labels.file, labels.classes.length, rows);
}

const INDEX = 0;
const CLASS = 1;

/** Names of a column that numbers rows, in lower case and without signs. */
const ROW_NAMES = ['row', 'rows', 'rowid', 'rownumber', 'id', 'idx', 'unnamed'];

class LabelCollector implements Collector<Labels> {
  readonly table: Table;
  private readonly rowNumbers = new Uint32Column();
  private readonly classes = new Uint32Column();
  private readonly classNames = new Numbering();
  private readonly members: Members;
  private readonly rows: number | undefined;
  private readonly names: Names | undefined;
  /** The line of each label, counted from 0 among those of the list, where a line has several. */
  private readonly listed = new Uint32Column();
  /** Numbers in a column that may tell rows; undefined once one is no row number. */
  private likely: Uint32Column | undefined;
  /** Place of that column; known from the first row on. */
  private place: number | undefined;

  constructor(file: string, options: LabelsOptions) {
    const { index, class: name = 'class' } = options.columns ?? {};
    const { header, names, listFormat: forced } = options;
    const aliases = names && NAMES_OF_ROWS;
    const classNames = name === 'class' ? CLASS_NAMES : name === 'camera' ? CAMERA_NAMES : [];
    const columns: WantedColumn[] = [
      { name: index ?? 'index', required: index !== undefined, field: 'row', aliases },
      { name, required: true, field: 'class', aliases: classNames },
    ];
    const isName = names && ((text: string) => names.has(text));
    this.table = new Table({ file, columns, header, list: { kind: 'labels', forced, isName } });
    this.rows = options.rows ?? names?.count;
    this.names = names;
    this.members = new Members(this.table, names, this.rows ?? MAX_ROWS);
    this.likely = index === undefined ? new Uint32Column() : undefined;
  }

  takeRow(): void {
    const { table } = this;
    if (table.format?.name === 'spk2utt') {
      this.takeClass();
      return;
    }
    if (table.has(INDEX)) this.rowNumbers.push(this.members.row(INDEX));
    else this.noteLikely();
    const name = table.text(CLASS);
    if (name === '') throw table.badCell(CLASS, 'a class', 'Give the row a class');
    this.classes.push(this.classNames.of(name));
  }

  takeNumbers(count: number): void {
    const { table, classes, classNames, rowNumbers } = this;
    const { cells, width } = table;
    if (table.has(INDEX)) {
      const rows = this.rows ?? MAX_ROWS;
      rowNumbers.pushEach(cells, table.position(INDEX), width, count);
      if (rowNumbers.largest >= rows) table.requireRowNumbers([INDEX], count, rows);
    } else {
      this.likely?.pushEach(cells, this.place ?? 0, width, count);
    }
    let cell = table.position(CLASS);
    for (let row = 0; row < count; row += 1) {
      classes.push(classNames.ofNumber(cells[cell] as number));
      cell += width;
    }
  }

  finish(): Labels {
    const { table } = this;
    const classes = this.classes.toArray();
    const rows = this.rows ?? classes.length;
    const shuffled = this.shuffled();
    const told = (table.has(INDEX) || table.format?.ragged) && !this.inOrder(rows);
    const numbers = told ? this.rowNumbers.toArray() : shuffled;
    const byRow = numbers === undefined ? classes : this.inRowOrder(numbers, classes, rows);
    if (byRow.length !== rows) throw otherCount(table.file, byRow.length, rows);
    // In the order of the lines, classes are numbered by their first row already.
    const { names: met } = this.classNames;
    const names = numbers === undefined ? met : renumber(byRow, met);
    const labels = { classes: byRow, names, count: names.length, file: table.file };
    const understood = [...table.understood(), ...(shuffled ? [this.matched()] : [])];
    return { ...labels, ...table.ignored(), ...(understood.length > 0 && { understood }) };
  }

  /** True if the lines tell all rows, in their order. */
  private inOrder(rows: number): boolean {
    const { ascending, length, largest } = this.rowNumbers;
    return ascending && length === rows && largest === rows - 1;
  }

  /** Takes a class and the rows behind it. */
  private takeClass(): void {
    const { table } = this;
    const { fields } = table.scanner;
    const number = this.classNames.of(table.cell(0));
    if (fields === 1) throw table.badText(INDEX, '', 'the rows of the class', 'Remove the line');
    for (let position = 1; position < fields; position += 1) {
      this.rowNumbers.push(this.members.rowAt(position, INDEX));
      this.classes.push(number);
      this.listed.push(table.rows - 1);
    }
  }

  /** The remark on a column that is taken for row numbers. */
  private matched(): Understood {
    const { file, names } = this.table;
    const name = names[this.place ?? 0];
    const column = name === '' ? 'first column' : `column ${name}`;
    const told = name === '' ? ' has no name and' : '';
    const text =
      `the ${column} of ${file}${told} numbers the rows in another order: labels are ` +
      'matched by it. Name it index, or remove it if the lines are in the order of the rows';
    return { code: 'unnamed-index', text };
  }

  private noteLikely(): void {
    const { table, likely } = this;
    if (likely === undefined) return;
    this.place ??= this.likelyPlace();
    const value = this.place < 0 ? -1 : table.countAt(this.place);
    if (value >= 0 && value < MAX_ROWS) likely.push(value);
    else this.likely = undefined;
  }

  /** Place of a column that may tell rows by its name, or by having none; -1 for none. */
  private likelyPlace(): number {
    const { names } = this.table;
    return names.findIndex((name, at) => {
      const isFree = at !== this.table.position(CLASS);
      const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '');
      return isFree && ((at === 0 && name === '') || ROW_NAMES.includes(plain));
    });
  }

  /** The row numbers of such a column, if they are all rows in another order than the lines. */
  private shuffled(): Uint32Array | undefined {
    const { likely } = this;
    if (likely === undefined || likely.ascending || likely.largest !== likely.length - 1) {
      return undefined;
    }
    const numbers = likely.toArray();
    return new Set(numbers).size === numbers.length ? numbers : undefined;
  }

  private lineOf(label: number): number {
    const { table, listed } = this;
    return table.lines.lineOf(listed.length === 0 ? label : (listed.toArray()[label] as number));
  }

  private inRowOrder(rowNumbers: Uint32Array, classes: Uint32Array, rows: number): Uint32Array {
    const { table } = this;
    const byRow = new Uint32Array(rows);
    const labelled = new Uint8Array(rows);
    for (let line = 0; line < rowNumbers.length; line += 1) {
      const row = rowNumbers[line] as number;
      if (row >= rows) throw this.beyond(rowNumbers, line, rows);
      if (labelled[row] === 1) {
        const first = this.lineOf(rowNumbers.indexOf(row));
        const text = this.members.named ? (this.names as Names).name(row) : String(row);
        throw duplicate(table.file, this.lineOf(line), table.name(INDEX), text, first);
      }
      labelled[row] = 1;
      byRow[row] = classes[line] as number;
    }
    if (rowNumbers.length < rows) {
      throw withoutLabel(table.file, labelled.indexOf(0), rowNumbers.length, rows);
    }
    return byRow;
  }

  /** Without `rows` the file itself gives their number, so a row number too large means another is missing. */
  private beyond(rowNumbers: Uint32Array, line: number, rows: number): HackfaceError {
    const { table } = this;
    const present = new Uint8Array(rows);
    for (const row of rowNumbers) if (row < rows) present[row] = 1;
    return indexTooLarge(
      table.file,
      this.lineOf(line),
      table.name(INDEX),
      String(rowNumbers[line]),
      rows,
      `The file has ${rows} rows, and row ${present.indexOf(0)} has no label`,
    );
  }
}

/** Renumbers classes in place by their first row; returns the names in the new order. */
function renumber(classes: Uint32Array, names: readonly string[]): string[] {
  const renumbered = new Int32Array(names.length).fill(-1);
  const ordered: string[] = [];
  for (let row = 0; row < classes.length; row += 1) {
    const old = classes[row] as number;
    if (renumbered[old] === -1) {
      renumbered[old] = ordered.length;
      ordered.push(names[old] as string);
    }
    classes[row] = renumbered[old] as number;
  }
  return ordered;
}

function otherCount(file: string, labels: number, rows: number): HackfaceError {
  return new HackfaceError('EDIMENSION', 'data', {
    file,
    found: labels === 1 ? '1 label' : `${labels} labels`,
    expected: `one for each of ${rows} rows`,
    hint: 'Check that the labels belong to that matrix',
  });
}

function withoutLabel(file: string, row: number, labels: number, rows: number): HackfaceError {
  return new HackfaceError('EDIMENSION', 'data', {
    file,
    found: `no label for row ${row}, and ${labels} labels in all`,
    expected: `one for each of ${rows} rows`,
    hint: 'Check that the labels belong to that matrix',
  });
}
