/** Names of the rows of a matrix: one a line, or a column `name` of a CSV file. */
import { filePath, wrongArgument } from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { inputName } from '../files/input.js';
import { Names } from '../lists/names.js';
import { duplicate } from './errors.js';
import { type Collector, readTable } from './read.js';
import { Table } from './table.js';

/**
 * Reads the names of the rows of a matrix, in their order; `-` is standard input. A file whose first line
 * has a column `name` is a CSV file; in any other each line is a name. Errors: those of
 * {@link readPairs}; `EDUPLICATE` for a name of two rows. Cost: one pass, the bytes and 20 a name.
 */
export async function readNames(path: string): Promise<Names> {
  filePath(path, 'path');
  return loadNames(path);
}

/** {@link readNames} for a matrix of `rows` rows (`EDIMENSION`). */
export async function loadNames(path: string, rows?: number): Promise<Names> {
  const names = await readTable(path, new NameCollector(inputName(path)));
  if (rows !== undefined) requireNamed(names, rows);
  return names;
}

/** Names of rows in their order; `undefined` where two rows have the same, which tells neither. */
export function namesOf(texts: readonly string[], file: string): Names | undefined {
  const names = new Names(file);
  for (const [row, text] of texts.entries()) {
    const bytes = Buffer.from(text);
    if (names.add(bytes, 0, bytes.length) !== row) return undefined;
  }
  return names;
}

/** Rejects names for another number of rows (`EDIMENSION`). */
export function requireNamed(names: Names, rows: number): void {
  if (names.count === rows) return;
  throw new HackfaceError('EDIMENSION', 'data', {
    file: names.file,
    found: `${names.count} names`,
    expected: `${rows}, one for each row of the matrix`,
    hint: 'Use the names of that matrix, one a line, or in a column called name',
  });
}

/** Rule for names that were read. */
export function requireNames(names: unknown, name: string): Names {
  if (names instanceof Names) return names;
  throw wrongArgument(name, names, 'the names that readNames returned');
}

const NAME = 0;

class NameCollector implements Collector<Names> {
  readonly table: Table;
  private readonly names: Names;

  constructor(file: string) {
    const columns = [{ name: 'name', required: true, field: 'row' } as const];
    this.table = new Table({ file, columns, list: { kind: 'names' } });
    this.names = new Names(file);
  }

  takeRow(): void {
    const { table, names } = this;
    const name = Buffer.from(table.text(NAME));
    if (name.length === 0) throw table.badCell(NAME, 'a name', 'Give the row a name');
    const known = names.count;
    const row = names.add(name, 0, name.length);
    if (names.count > known) return;
    const { file, lines } = table;
    throw duplicate(
      file,
      table.scanner.line,
      table.name(NAME),
      table.text(NAME),
      lines.lineOf(row),
    );
  }

  finish(): Names {
    return this.names;
  }
}
