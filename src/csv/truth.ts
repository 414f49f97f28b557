import {
  flag,
  group,
  optional,
  filePath,
  readOptions,
  requireBytes,
  type Rules,
  text,
} from '../arguments.js';
import { inputName } from '../files/input.js';
import { IdColumn, type Ids } from './ids.js';
import { type Collector, parseTable, readTable, readTableSync } from './read.js';
import { Table } from './table.js';

/** Whether the members of each pair belong together. */
export interface Truth {
  /** Name of each pair, distinct. */
  ids: Ids;
  /** 1 for a pair of the same class, 0 for a pair of different ones. */
  same: Uint8Array;
  /** Part of the leaderboard that each pair is for; where the file has a column `Usage`. */
  usage?: readonly Usage[];
  /** Where it comes from, for errors. */
  file: string;
}

/** Part of a leaderboard, as the column `Usage` of a solution says it. */
export type Usage = 'Public' | 'Private' | 'Ignored';

const USAGES: readonly Usage[] = ['Public', 'Private', 'Ignored'];

/** How to read the truth about pairs. */
export interface TruthOptions {
  /** Whether the first line names the columns; default true. Without: Id,same. */
  header?: boolean | undefined;
  /** Names of the columns; default `Id` and `same`. */
  columns?: { id?: string | undefined; same?: string | undefined } | undefined;
}

const COLUMN_RULES: Rules<NonNullable<TruthOptions['columns']>> = {
  id: optional(text),
  same: optional(text),
};

const TRUTH_RULES: Rules<TruthOptions> = {
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
};

/**
 * Reads the truth about pairs from a CSV file, `-` for standard input: columns `Id`, distinct,
 * and `same`, 0 or 1; a column `Usage`, if there is one, holds Public, Private or Ignored. Errors: those of {@link readPairs}. Cost: one pass, 5 bytes a pair.
 */
export async function readTruth(path: string, options: TruthOptions = {}): Promise<Truth> {
  return readTable(path, collectorOf(path, options));
}

/** {@link readTruth}, blocking. */
export function readTruthSync(path: string, options: TruthOptions = {}): Truth {
  return readTableSync(path, collectorOf(path, options));
}

/** {@link readTruth} from memory; `file` is named in errors. */
export function parseTruth(
  bytes: Uint8Array,
  options: TruthOptions & { file?: string } = {},
): Truth {
  requireBytes(bytes, 'bytes');
  const settled = readOptions(options, { ...TRUTH_RULES, file: optional(text) });
  return parseTable(bytes, new TruthCollector(settled.file ?? '<bytes>', settled));
}

function collectorOf(path: string, options: TruthOptions): TruthCollector {
  filePath(path, 'path');
  return new TruthCollector(inputName(path), readOptions(options, TRUTH_RULES));
}

const ID = 0;
const SAME = 1;
const USAGE = 2;

class TruthCollector implements Collector<Truth> {
  readonly table: Table;
  private readonly ids = new IdColumn(ID, true);
  private same = new Uint8Array(1 << 12);
  private readonly usage: Usage[] = [];

  constructor(file: string, options: TruthOptions) {
    const { id = 'Id', same = 'same' } = options.columns ?? {};
    const columns = [
      { name: id, required: true },
      { name: same, required: true },
      { name: 'Usage', required: false },
    ];
    this.table = new Table({ file, columns, header: options.header });
  }

  takeRow(): void {
    const { table } = this;
    this.ids.push(table);
    const value = table.count(SAME);
    if (value !== 0 && value !== 1) throw table.badCell(SAME, '1 for same or 0 for different');
    if (table.rows > this.same.length) {
      const grown = new Uint8Array(2 * this.same.length);
      grown.set(this.same);
      this.same = grown;
    }
    this.same[table.rows - 1] = value;
    if (table.has(USAGE)) this.usage.push(this.usageOfRow());
  }

  finish(): Truth {
    const { table } = this;
    const ids = this.ids.finish(table);
    const truth = { ids, same: this.same.slice(0, table.rows), file: table.file };
    return table.has(USAGE) ? { ...truth, usage: this.usage } : truth;
  }

  private usageOfRow(): Usage {
    const text = this.table.text(USAGE);
    const usage = USAGES.find((name) => name === text);
    if (usage !== undefined) return usage;
    throw this.table.badCell(USAGE, USAGES.join(', '), 'Write it with a capital first letter');
  }
}
