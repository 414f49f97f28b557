/** The size and the columns of any CSV file. */
import { inputName } from '../files/input.js';
import { readTable } from './read.js';
import { Table } from './table.js';

/** Rows and columns of a CSV file. */
export interface TableReport {
  /** Rows after the header. */
  rows: number;
  /** Names of the columns, in order. */
  columns: string[];
}

/** Reads a CSV file to its end by the strict rules and counts its rows. */
export async function inspectTable(path: string): Promise<TableReport> {
  const table = new Table({ file: inputName(path), columns: [] });
  return readTable(path, {
    table,
    takeRow: () => undefined, // The table counts it.
    finish: () => ({ rows: table.rows, columns: [...table.names] }),
  });
}
