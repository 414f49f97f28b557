/** Rows of a CSV file, or of another list, whose columns are known by name or by place. */
import type { HackfaceError } from '../errors.js';
import { type ListFormat, recognise, type WantedList } from '../lists/formats.js';
import { parseCount } from './decimal.js';
import { badValue, indexTooLarge, noRows, rowNumberHint, wrongFieldCount } from './errors.js';
import { ABSENT, findColumns, placeColumns, type WantedColumn } from './header.js';
import { type IgnoredColumn, ignoredColumns, type Understood } from './ignored.js';
import { LineMap } from './lines.js';
import { RecordScanner } from './scan.js';

/** Row numbers are 32-bit. */
export const MAX_ROWS = 2 ** 32;

const CELLS = 1 << 14;

/** Bytes by which the format of a list is recognised. */
const HEAD = 1 << 16;

/** The layout that a table must have. */
export interface TableLayout {
  file: string;
  /** The columns wanted. The place of a column in this list is its slot. */
  columns: readonly WantedColumn[];
  /** True if the first line holds the names of the columns; default true. */
  header?: boolean | undefined;
  /** The list that it may be, in any known format; absent for a file that is CSV. */
  list?: Omit<WantedList, 'file' | 'columns'> | undefined;
  /** True if each line is to be read as it comes, so that the first by itself tells the format; default false. */
  live?: boolean | undefined;
}

/** Rows of a list whose columns are known and, in most formats, whose widths agree. */
export class Table {
  readonly scanner: RecordScanner;
  readonly file: string;
  /** Line of each row read so far. */
  readonly lines = new LineMap();
  /** Names in the header line, in order; empty before the first row and without a header. */
  names: readonly string[] = [];
  /** Number of rows read so far; the current row is the last of them. */
  rows = 0;

  /** Cells per row; known from the first row on. */
  width = 0;
  /** The cells of the rows that {@link numbers} read, row by row. */
  readonly cells = new Uint32Array(CELLS);

  /** The format of the list, other than CSV. */
  format: ListFormat | undefined;
  /** True if rows hold texts though they may look like numbers: {@link numbers} then reads none. */
  texts = false;

  private readonly columns: readonly WantedColumn[];
  /** Bytes without which no format is told. */
  private readonly least: number;
  private header: boolean;
  /** The list to recognise by the first row; nothing once it is. */
  private list: TableLayout['list'];
  private positions: Int32Array = new Int32Array(0);

  constructor(layout: TableLayout) {
    this.file = layout.file;
    this.columns = layout.columns;
    this.header = layout.header ?? true;
    this.list = this.header ? layout.list : undefined;
    this.least = layout.live ? 1 : HEAD;
    this.scanner = new RecordScanner(layout.file);
  }

  /** Moves to the next row; `false` when the bytes fed so far hold no further one. */
  next(): boolean {
    const { scanner } = this;
    if (this.list !== undefined && !this.recognised(this.list)) return false;
    if (!scanner.next()) return false;
    if (this.width === 0) {
      this.begin();
      if (this.header && !scanner.next()) return false;
    }
    if (scanner.fields !== this.width && this.format?.ragged !== true) {
      throw wrongFieldCount(this.file, scanner.line, scanner.fields, this.width);
    }
    this.lines.note(this.rows, scanner.line, 1);
    this.rows += 1;
    return true;
  }

  /**
   * Reads rows into {@link cells} while they hold only numbers below 10⁹; returns their count. Call
   * it after a first row.
   */
  numbers(): number {
    const { scanner } = this;
    if (this.texts || this.format?.ragged) return 0;
    const count = scanner.numbers(this.cells, this.width);
    if (count > 0) this.lines.note(this.rows, scanner.line, count);
    this.rows += count;
    return count;
  }

  /** Rejects a table without rows; call it after the last row. */
  requireRows(): void {
    if (this.rows === 0) throw noRows(this.file, this.width === 0);
  }

  /** True if the file has the column; known from the first row on. */
  has(slot: number): boolean {
    return this.positions[slot] !== ABSENT;
  }

  /** Position of a column in a row; {@link ABSENT} if the file does not have it. */
  position(slot: number): number {
    return this.positions[slot] as number;
  }

  name(slot: number): string {
    const { name, field } = this.columns[slot] as WantedColumn;
    if (this.format?.fields && field !== undefined) return field;
    return this.names[this.position(slot)] ?? name;
  }

  /** True if the column holds row numbers by its name in a header line. */
  isNumbered(slot: number): boolean {
    return this.names[this.position(slot)] === this.columns[slot]?.name;
  }

  text(slot: number): string {
    return this.scanner.text(this.positions[slot] as number);
  }

  /** The text of a cell by its place in the current row. */
  cell(position: number): string {
    return this.scanner.text(position);
  }

  /** The cell as a number, see {@link parseCount}. */
  count(slot: number): number {
    return this.countAt(this.positions[slot] as number);
  }

  /** {@link count} of a cell by its place. */
  countAt(position: number): number {
    const { bytes, starts, ends } = this.scanner;
    return parseCount(bytes, starts[position] as number, ends[position] as number);
  }

  /** The cell as a row number below `rows`. */
  rowNumber(slot: number, rows: number): number {
    const value = this.count(slot);
    if (value >= 0 && value < rows) return value;
    if (value < 0) {
      const hint = rowNumberHint(this.text(slot));
      throw this.badCell(slot, 'a row number such as 0 or 117, in digits only', hint);
    }
    throw this.beyond(slot, this.text(slot), rows);
  }

  /** The error for a row number of the current row that is too large. */
  beyond(slot: number, text: string, rows: number): HackfaceError {
    return indexTooLarge(this.file, this.scanner.line, this.name(slot), text, rows);
  }

  /** Rejects the first of `count` rows of {@link cells} with a number of `rows` or more in a slot. */
  requireRowNumbers(slots: readonly number[], count: number, rows: number): void {
    const { cells, width } = this;
    for (let row = 0; row < count; row += 1) {
      for (const slot of slots) {
        const value = cells[row * width + this.position(slot)] as number;
        if (value < rows) continue;
        const line = this.lines.lineOf(this.rows - count + row);
        throw indexTooLarge(this.file, line, this.name(slot), String(value), rows);
      }
    }
  }

  /** The error for a cell of the current row. */
  badCell(slot: number, expected: string, hint = 'Correct the cell'): HackfaceError {
    return this.badText(slot, this.text(slot), expected, hint);
  }

  /** Where the cell of a slot is. */
  placeOf(slot: number): { file: string; line: number; column: string } {
    return { file: this.file, line: this.scanner.line, column: this.name(slot) };
  }

  /** {@link badCell} for a text of the column of a slot. */
  badText(slot: number, text: string, expected: string, hint = 'Correct the cell'): HackfaceError {
    return badValue(this.file, this.scanner.line, this.name(slot), text, expected, hint);
  }

  /** The format, for the reader's remarks; nothing where it is plain CSV. */
  understood(): Understood[] {
    const { file, format } = this;
    const named = this.columns.flatMap(({ name }, slot) => {
      const title = this.names[this.position(slot)];
      // Columns of names are called so.
      const plain = title === undefined || title === name || /^name[12]?$/.test(title);
      return plain ? [] : [`its column ${title} is ${name}`];
    });
    const told = [...(format === undefined ? [] : [format.about]), ...named];
    return told.length === 0 ? [] : [{ code: 'list-format', text: `${file}: ${told.join(', ')}` }];
  }

  /** The columns that mean something and are not read, under `ignored`; nothing where there are none. */
  ignored(): { ignored?: readonly IgnoredColumn[] } {
    const ignored = ignoredColumns(
      this.names,
      this.columns.map(({ name }, slot) => this.names[this.position(slot)] ?? name),
    );
    return ignored.length === 0 ? {} : { ignored };
  }

  /** Chooses the format, once enough bytes are there; `false` before. */
  private recognised(list: NonNullable<TableLayout['list']>): boolean {
    const { file, scanner, columns } = this;
    const head = scanner.head(HEAD, this.least);
    if (head === undefined) return false;
    const required = columns
      .filter((column) => column.required)
      .map(({ name, aliases = [] }) => [name, ...aliases]);
    const { format, separator } = recognise(head, { ...list, file, columns: required });
    this.list = undefined;
    if (format.name === 'csv') return true;
    this.format = format;
    this.header = format.fields === undefined && !format.ragged;
    scanner.separateBy(separator, format.ragged ?? false);
    return true;
  }

  private begin(): void {
    const { file, scanner, columns } = this;
    const { format } = this;
    this.width = format?.fields?.length ?? scanner.fields;
    if (format !== undefined && !this.header) {
      const fields: readonly (string | undefined)[] = format.fields ?? [];
      this.positions = Int32Array.from(columns, ({ field }) =>
        field === undefined ? ABSENT : fields.indexOf(field),
      );
    } else if (this.header) {
      this.names = Array.from({ length: scanner.fields }, (_, field) => scanner.text(field));
      this.positions = findColumns(file, scanner.line, this.names, columns);
    } else {
      this.positions = placeColumns(file, scanner.line, scanner.fields, columns);
    }
  }
}
