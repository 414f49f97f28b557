/** Lists of row numbers: `index`. */
import { inputName } from '../files/input.js';
import { Uint32Column } from './column.js';
import { readTable } from './read.js';
import { MAX_ROWS, Table } from './table.js';

/** Reads row numbers from the column `index` of a CSV file; `-` is standard input. */
export async function readIndexList(path: string): Promise<Uint32Array> {
  const table = new Table({ file: inputName(path), columns: [{ name: 'index', required: true }] });
  const index = new Uint32Column();
  return readTable(path, {
    table,
    takeRow: () => index.push(table.rowNumber(0, MAX_ROWS)),
    finish: () => index.toArray(),
  });
}
