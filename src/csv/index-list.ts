/** Lists of row numbers: `index`. */
import { inputName } from '../files/input.js';
import { Uint32Column } from './column.js';
import { type Collector, readTable } from './read.js';
import { MAX_ROWS, Table } from './table.js';

/** Reads row numbers from the column `index` of a CSV file; `-` is standard input. */
export async function readIndexList(path: string): Promise<Uint32Array> {
  return readTable(path, new IndexCollector(inputName(path)));
}

class IndexCollector implements Collector<Uint32Array> {
  readonly table: Table;
  private readonly index = new Uint32Column();

  constructor(file: string) {
    this.table = new Table({ file, columns: [{ name: 'index', required: true }] });
  }

  takeRow(): void {
    this.index.push(this.table.rowNumber(0, MAX_ROWS));
  }

  finish(): Uint32Array {
    return this.index.toArray();
  }
}
