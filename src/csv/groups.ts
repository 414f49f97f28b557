/** Groups of rows or of pairs: `index,group` or `Id,group`. */
import { HackfaceError } from '../errors.js';
import { inputName } from '../files/input.js';
import type { Names } from '../lists/names.js';
import { duplicate } from './errors.js';
import { ROW_NAMES, type WantedColumn } from './header.js';
import { Members } from './members.js';
import { Numbering } from './numbering.js';
import { type Collector, readTable } from './read.js';
import { MAX_ROWS, Table } from './table.js';

export interface Groups {
  /** Kind of the keys: row numbers, or ids of pairs. */
  key: 'index' | 'Id';
  /** Group of each key, as a place in {@link names}. */
  byKey: Map<string, number>;
  /** Name of each group, in the order in which they first occur. */
  names: string[];
  /** Where they come from; named in errors. */
  file: string;
}

/** Parts the names of the groups that columns cross to one. */
const CROSSED = ' × ';

/**
 * Reads groups from a CSV file; `-` is standard input. One column, `group` by default, holds the
 * group; several are crossed. Another, `index` or `Id`, holds distinct row numbers or ids of pairs; with `names`, a column
 * `name` stands for `index`; with `ordered`, rows without either are in order. Errors: those of {@link readPairs}.
 */
export async function readGroups(
  path: string,
  columns: readonly string[] = ['group'],
  names?: Names | undefined,
  ordered = false,
): Promise<Groups> {
  return readTable(path, new GroupCollector(inputName(path), columns, names, ordered));
}

const INDEX = 0;
const ID = 1;
const GROUP = 2;

class GroupCollector implements Collector<Groups> {
  readonly table: Table;
  private readonly byKey = new Map<string, number>();
  private readonly groups = new Numbering();
  private readonly lineOf = new Map<string, number>();

  private readonly members: Members;

  constructor(
    file: string,
    private readonly columns: readonly string[],
    names: Names | undefined,
    private readonly ordered: boolean,
  ) {
    const wanted: WantedColumn[] = [
      { name: 'index', required: false, aliases: names && ROW_NAMES },
      { name: 'Id', required: false },
      ...columns.map((name) => ({ name, required: true })),
    ];
    this.table = new Table({ file, columns: wanted });
    this.members = new Members(this.table, names, MAX_ROWS);
  }

  takeRow(): void {
    const { table } = this;
    const slot = this.keySlot();
    const key =
      slot === undefined
        ? String(this.byKey.size)
        : slot === INDEX
          ? String(this.members.row(slot))
          : table.text(slot);
    if (key === '') throw table.badCell(ID, 'an id of a pair');
    const crossed = this.columns.map((_, at) => {
      const name = table.text(GROUP + at);
      if (name === '') throw table.badCell(GROUP + at, 'a name', 'Give it one, or remove the line');
      return name;
    });
    const name = crossed.join(CROSSED);
    const { line } = table.scanner;
    const first = this.lineOf.get(key);
    if (slot !== undefined && first !== undefined)
      throw duplicate(table.file, line, table.name(slot), table.text(slot), first);
    this.lineOf.set(key, line);
    this.byKey.set(key, this.groups.of(name));
  }

  finish(): Groups {
    const key = this.keySlot() === ID ? 'Id' : 'index';
    return { key, byKey: this.byKey, names: this.groups.names, file: this.table.file };
  }

  /** The column of keys; none where rows are in order. */
  private keySlot(): number | undefined {
    const { table } = this;
    if (this.ordered && !table.has(INDEX) && !table.has(ID)) return undefined;
    if (table.has(INDEX) !== table.has(ID)) return table.has(INDEX) ? INDEX : ID;
    throw new HackfaceError('ECSVHEADER', 'data', {
      file: table.file,
      line: 1,
      found: table.has(ID)
        ? 'both a column index and a column Id'
        : 'no column index and no column Id',
      expected: 'one of them: rows or pairs',
      hint: 'Keep the one that the groups belong to',
    });
  }
}
