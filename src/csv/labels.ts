/** The class of each row of a matrix: `[index,]class`. */
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
  parts,
} from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { Uint32Column } from './column.js';
import { parseCount } from './decimal.js';
import { duplicate, indexTooLarge } from './errors.js';
import { CsvFormat } from './format.js';
import type { IgnoredColumn, Understood } from './ignored.js';
import { Numbering } from './numbering.js';
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
  /** What was understood without being told; absent where all was plain. */
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
}

const COLUMN_RULES: Rules<NonNullable<LabelsOptions['columns']>> = {
  index: optional(text),
  class: optional(text),
};

const LABELS_RULES: Rules<LabelsOptions> = {
  rows: optional(wholeNumber(0, MAX_ROWS)),
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
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
 * column without a name that holds each row number once, as pandas writes its index, counts as `index`.
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

/** The labels of an argument for a matrix of `rows` rows: reads the file if it is a path. */
export async function labelsOf(labels: string | Labels, rows?: number): Promise<Labels> {
  if (typeof labels !== 'string') return labels;
  return LABELS_FORMAT.load(labels, asChecked({ rows }));
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

class LabelCollector implements Collector<Labels> {
  readonly table: Table;
  private readonly rowNumbers = new Uint32Column();
  private readonly classes = new Uint32Column();
  private readonly names = new Numbering();
  private readonly rows: number | undefined;
  /** Numbers in a first column without a name; undefined once one is no row number. */
  private unnamed: Uint32Column | undefined;

  constructor(file: string, options: LabelsOptions) {
    const { index, class: name = 'class' } = options.columns ?? {};
    const columns = [
      { name: index ?? 'index', required: index !== undefined },
      { name, required: true },
    ];
    this.table = new Table({ file, columns, header: options.header });
    this.rows = options.rows;
    this.unnamed = index === undefined ? new Uint32Column() : undefined;
  }

  takeRow(): void {
    const { table } = this;
    if (table.has(INDEX)) this.rowNumbers.push(table.rowNumber(INDEX, this.rows ?? MAX_ROWS));
    else this.noteUnnamed();
    const name = table.text(CLASS);
    if (name === '') throw table.badCell(CLASS, 'a class', 'Give the row a class');
    this.classes.push(this.names.of(name));
  }

  takeNumbers(count: number): void {
    const { table, classes, names, rowNumbers } = this;
    const { cells, width } = table;
    if (table.has(INDEX)) {
      const rows = this.rows ?? MAX_ROWS;
      rowNumbers.pushEach(cells, table.position(INDEX), width, count);
      if (rowNumbers.largest >= rows) table.requireRowNumbers([INDEX], count, rows);
    } else {
      this.unnamed?.pushEach(cells, 0, width, count);
    }
    let cell = table.position(CLASS);
    for (let row = 0; row < count; row += 1) {
      classes.push(names.ofNumber(cells[cell] as number));
      cell += width;
    }
  }

  finish(): Labels {
    const { table } = this;
    const classes = this.classes.toArray();
    const rows = this.rows ?? classes.length;
    const shuffled = this.shuffled();
    const numbers = table.has(INDEX) ? this.rowNumbers.toArray() : shuffled;
    const byRow = numbers === undefined ? classes : this.inRowOrder(numbers, classes, rows);
    if (byRow.length !== rows) throw otherCount(table.file, byRow.length, rows);
    const names = renumber(byRow, this.names.names);
    const labels = { classes: byRow, names, count: names.length, file: table.file };
    const text =
      `the first column of ${table.file} has no name and numbers the rows in another order: labels are ` +
      'matched by it. Name it index, or remove it if the lines are in the order of the rows';
    const understood = shuffled && { understood: [{ code: 'unnamed-index' as const, text }] };
    return { ...labels, ...table.ignored(), ...understood };
  }

  private noteUnnamed(): void {
    const { table, unnamed } = this;
    if (unnamed === undefined) return;
    const { bytes, starts, ends } = table.scanner;
    const named = table.names[0] !== '' || table.position(CLASS) === 0;
    const value = named ? -1 : parseCount(bytes, starts[0] as number, ends[0] as number);
    if (value >= 0 && value < MAX_ROWS) unnamed.push(value);
    else this.unnamed = undefined;
  }

  /** The row numbers of a column without a name, if they are all rows in another order than the lines. */
  private shuffled(): Uint32Array | undefined {
    const { unnamed } = this;
    if (unnamed === undefined || unnamed.ascending || unnamed.largest !== unnamed.length - 1) {
      return undefined;
    }
    const numbers = unnamed.toArray();
    return new Set(numbers).size === numbers.length ? numbers : undefined;
  }

  private inRowOrder(rowNumbers: Uint32Array, classes: Uint32Array, rows: number): Uint32Array {
    const { table } = this;
    const byRow = new Uint32Array(rows);
    const labelled = new Uint8Array(rows);
    for (let line = 0; line < rowNumbers.length; line += 1) {
      const row = rowNumbers[line] as number;
      if (row >= rows) throw this.beyond(rowNumbers, line, rows);
      if (labelled[row] === 1) {
        const { file, lines } = table;
        const first = lines.lineOf(rowNumbers.indexOf(row));
        throw duplicate(file, lines.lineOf(line), table.name(INDEX), String(row), first);
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
      table.lines.lineOf(line),
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
