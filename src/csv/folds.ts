/** Folds of pairs: `Id,fold`, or `name1,name2,fold`. */
import { HackfaceError } from '../errors.js';
import { inputName } from '../files/input.js';
import type { Names } from '../lists/names.js';
import { duplicate } from './errors.js';
import { Members } from './members.js';
import { Numbering } from './numbering.js';
import { type Collector, readTable } from './read.js';
import { MAX_ROWS, Table } from './table.js';

/** The fold of each pair, as a number in the order in which folds first occur. */
export interface Folds {
  /** Kind of the keys: ids of pairs, or their rows as {@link pairKey} has them. */
  key: 'Id' | 'rows';
  byKey: Map<string, number>;
  /** Where they come from; named in errors. */
  file: string;
}

/** The key of a pair by its two rows. */
export function pairKey(first: number, second: number): string {
  return `${first} ${second}`;
}

/**
 * Reads folds from a CSV file; `-` is standard input. Column `fold` holds the fold; `Id` the id of the pair, or
 * `index1` and `index2` its rows, for which with names `name1` and `name2` stand. Errors: those of {@link readPairs}.
 */
export async function readFolds(
  path: string,
  names: Names | undefined,
  secondNames: Names | undefined,
): Promise<Folds> {
  return readTable(path, new FoldCollector(inputName(path), names, secondNames));
}

const [ID, FIRST, SECOND, FOLD] = [0, 1, 2, 3];

class FoldCollector implements Collector<Folds> {
  readonly table: Table;
  private readonly byKey = new Map<string, number>();
  private readonly folds = new Numbering();
  private readonly firsts: Members;
  private readonly seconds: Members;

  constructor(file: string, names: Names | undefined, secondNames: Names | undefined) {
    const columns = [
      { name: 'Id', required: false },
      { name: 'index1', required: false, aliases: names && ['name1'] },
      { name: 'index2', required: false, aliases: secondNames && ['name2'] },
      { name: 'fold', required: true },
    ];
    this.table = new Table({ file, columns });
    this.firsts = new Members(this.table, names, MAX_ROWS);
    this.seconds = new Members(this.table, secondNames, MAX_ROWS);
  }

  takeRow(): void {
    const { table, byKey } = this;
    if (!this.byRows && !table.has(ID)) {
      throw new HackfaceError('ECSVHEADER', 'data', {
        file: table.file,
        line: 1,
        found: 'no column Id, and no columns name1 and name2',
        expected: 'what tells the pair of each line',
        hint: 'Add the ids of the pairs, or the names of their rows',
      });
    }
    const key = this.byRows
      ? pairKey(this.firsts.row(FIRST), this.seconds.row(SECOND))
      : table.text(ID);
    if (key === '') throw table.badCell(ID, 'an id of a pair');
    const name = table.text(FOLD);
    if (name === '') throw table.badCell(FOLD, 'a fold', 'Give it one, or remove the line');
    if (byKey.has(key)) {
      const { file, lines, scanner } = table;
      const column = table.name(this.byRows ? SECOND : ID);
      throw duplicate(
        file,
        scanner.line,
        column,
        key,
        lines.lineOf([...byKey.keys()].indexOf(key)),
      );
    }
    byKey.set(key, this.folds.of(name));
  }

  finish(): Folds {
    return { key: this.byRows ? 'rows' : 'Id', byKey: this.byKey, file: this.table.file };
  }

  /** True if pairs are told by their rows. */
  private get byRows(): boolean {
    const { table } = this;
    return !table.has(ID) && table.has(FIRST) && table.has(SECOND);
  }
}
