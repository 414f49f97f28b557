/** Cells that tell a row: by its number, or by its name where rows have names. */
import { type Names, UNKNOWN } from '../lists/names.js';
import { quoteText } from '../printable.js';
import { parseCount } from './decimal.js';
import { badValue, rowNumberHint } from './errors.js';
import type { Table } from './table.js';

const ROW_NUMBER = 'a row number such as 0 or 117, in digits only';

/**
 * Reads rows from the cells of a list. Its first row decides what the list holds: names, if its cell is
 * one, else row numbers. Lists that add to open names hold names unless a header calls them row numbers.
 */
export class Members {
  /** True if the list holds names; known from the first row on. */
  named: boolean | undefined;

  constructor(
    private readonly table: Table,
    private readonly names: Names | undefined,
    private readonly rows: number,
    /** True for a list that may tell nothing by number. */
    always = false,
  ) {
    if (!always) return;
    this.named = true;
    table.texts = true;
  }

  /** Row of the cell of a slot in the current row. Errors: `ECSVVALUE`, `EINDEX`. */
  row(slot: number): number {
    return this.rowAt(this.table.position(slot), slot);
  }

  /** {@link row} of a cell by its place; `slot` is the column to name in errors. */
  rowAt(position: number, slot: number): number {
    const { table } = this;
    const { bytes, starts, ends } = table.scanner;
    const [start, end] = [starts[position] as number, ends[position] as number];
    this.named ??= this.holdsNames(slot, bytes, start, end);
    if (!this.named) return this.number(position, slot);
    const names = this.names as Names;
    if (table.scanner.isQuoted(position)) return this.rowOf(table.cell(position), slot);
    const row = names.row(bytes, start, end);
    return row === UNKNOWN ? this.rowOf(table.cell(position), slot) : row;
  }

  /** Row of a name. */
  rowOf(name: string, slot: number): number {
    const { table, names } = this;
    if (names === undefined) throw this.unnamed(slot, name);
    this.named = true;
    const row = name === '' ? UNKNOWN : names.rowOf(name);
    if (row !== UNKNOWN) return row;
    const nearest = names.nearest(name);
    throw badValue(
      table.file,
      table.scanner.line,
      table.name(slot),
      name,
      names.open ? 'a name' : `a name of ${names.file}`,
      nearest === undefined
        ? 'Check that the list belongs to these names'
        : `The nearest is ${quoteText(nearest)}`,
    );
  }

  private holdsNames(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { table, names } = this;
    if (names === undefined) return false;
    const isNumber = parseCount(bytes, start, end) >= 0;
    const named =
      !isNumber ||
      (!table.isNumbered(slot) && (names.open || names.find(bytes, start, end) !== UNKNOWN));
    if (named) table.texts = true;
    return named;
  }

  private number(position: number, slot: number): number {
    const { table, rows, names } = this;
    const value = table.countAt(position);
    if (value >= 0 && value < rows) return value;
    const text = table.cell(position);
    if (value >= 0) throw table.beyond(slot, text, rows);
    throw names === undefined && /\p{L}/u.test(text)
      ? this.unnamed(slot, text)
      : table.badText(slot, text, ROW_NUMBER, rowNumberHint(text));
  }

  /** The error for a name where rows have none. */
  private unnamed(slot: number, name: string) {
    return this.table
      .badText(slot, name, ROW_NUMBER)
      .with({ advice: { text: 'name the rows', option: 'names' } });
  }
}
