/**
 * Pairs of Labeled Faces in the Wild: a line `folds pairs`, then for each fold `pairs` lines
 * `name number number` of one person and `pairs` lines `name number name number` of two (Huang et al.,
 * Labeled Faces in the Wild, UMass Amherst TR 07-49, 2007). A first line with one number is of one fold.
 */
import { badValue, wrongFieldCount } from './errors.js';
import type { Table } from './table.js';

const PATTERN = '{name}/{name}_{number:4}.jpg';

/** Reads the rows of such a table. */
export class FoldedPairs {
  private folds = 0;
  /** Pairs of one person in a fold, and as many of two. */
  private size = 0;
  private started = false;

  constructor(
    private readonly table: Table,
    private readonly pattern = PATTERN,
  ) {}

  /** The two names and the truth in the current row; `undefined` in the first, which tells sizes. */
  pair(): [first: string, second: string, same: number] | undefined {
    const { table } = this;
    const { fields, line } = table.scanner;
    if (!this.started) {
      this.started = true;
      this.folds = fields === 1 ? 1 : this.count(0);
      this.size = this.count(fields === 1 ? 0 : 1);
      return undefined;
    }
    const [first, one] = [table.cell(0), table.cell(1)];
    if (fields === 3) return [this.name(first, one, 1), this.name(first, table.cell(2), 2), 1];
    if (fields !== 4) throw wrongFieldCount(table.file, line, fields, 4);
    return [this.name(first, one, 1), this.name(table.cell(2), table.cell(3), 3), 0];
  }

  /** The fold of each of `length` pairs; `undefined` for a list of one. Errors: `ECSVVALUE`. */
  finish(length: number): Uint32Array | undefined {
    const { folds, size, table } = this;
    if (!this.started) return undefined;
    if (length !== 2 * folds * size) {
      const expected = `2 · ${folds} · ${size}, as the first line tells`;
      const hint = 'Check that the file is complete';
      throw badValue(table.file, 1, 'pairs', `${length} pairs`, expected, hint);
    }
    if (folds === 1) return undefined;
    return Uint32Array.from({ length }, (_, pair) => Math.floor(pair / (2 * size)));
  }

  private count(cell: number): number {
    const text = this.table.cell(cell);
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw this.wrong(text, 'a number of folds or pairs');
  }

  private name(name: string, number: string, cell: number): string {
    if (!/^\d{1,9}$/.test(number))
      throw this.wrong(number, `the number of a picture in cell ${cell}`);
    return this.pattern.replaceAll(/\{name\}|\{number(?::(\d))?\}/g, (place, digits?: string) =>
      place === '{name}' ? name : number.padStart(Number(digits ?? 1), '0'),
    );
  }

  private wrong(text: string, expected: string) {
    const { file, scanner } = this.table;
    return badValue(file, scanner.line, 'number', text, expected, 'Correct the line');
  }
}
