/** Lists of rows: `index`, or `name`. */
import { inputName } from '../files/input.js';
import type { Names } from '../lists/names.js';
import { Uint32Column } from './column.js';
import { ROW_NAMES } from './header.js';
import { Members } from './members.js';
import { readTable } from './read.js';
import { MAX_ROWS, Table } from './table.js';

/**
 * Reads row numbers from the column `index` of a CSV file, or with `names` from its column `name`; `-` is
 * standard input.
 */
export async function readIndexList(path: string, names?: Names): Promise<Uint32Array> {
  const column = { name: 'index', required: true, aliases: names && ROW_NAMES };
  const table = new Table({ file: inputName(path), columns: [column] });
  const members = new Members(table, names, MAX_ROWS);
  const index = new Uint32Column();
  return readTable(path, {
    table,
    takeRow: () => index.push(members.row(0)),
    finish: () => index.toArray(),
  });
}
