/** The size and the columns of any CSV file. */
import { inputName } from '../files/input.js';
import { type Collector, readTable } from './read.js';
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
  return readTable(path, new RowCounter(inputName(path)));
}

class RowCounter implements Collector<TableReport> {
  readonly table: Table;

  constructor(file: string) {
    this.table = new Table({ file, columns: [] });
  }

  takeRow(): void {
    // The table counts it.
  }

  finish(): TableReport {
    return { rows: this.table.rows, columns: [...this.table.names] };
  }
}
