/** The truth about pairs: `Id,same[,Usage]`. */
import { flag, group, optional, type Rules, text } from '../arguments.js';
import { TruthWords } from '../lists/words.js';
import { Column } from './column.js';
import type { Understood } from './ignored.js';
import { CsvFormat } from './format.js';
import { IdColumn, type Ids } from './ids.js';
import type { Collector } from './read.js';
import { Table } from './table.js';

/** Which pairs are genuine. */
export interface Truth {
  /** Name of each pair, distinct. */
  ids: Ids;
  /** 1 for a pair of the same class, 0 for a pair of different ones. */
  same: Uint8Array;
  /** Part of the leaderboard of each pair; present if the file has a column `Usage`. */
  usage?: readonly Usage[];
  /** Where it comes from; named in errors. */
  file: string;
  /** Facts understood without being told; absent where all was plain. */
  understood?: readonly Understood[];
}

/** Part of a leaderboard, as in the column `Usage` of a solution. */
export type Usage = 'Public' | 'Private' | 'Ignored';

const USAGES: readonly Usage[] = ['Public', 'Private', 'Ignored'];

/** How to read the truth about pairs. */
export interface TruthOptions {
  /** True if the first line names the columns; default true. Without: Id,same. */
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

/** Files of the truth about pairs. */
export const TRUTH_FORMAT = new CsvFormat<Truth, TruthOptions>(
  TRUTH_RULES,
  (file, options) => new TruthCollector(file, options),
);

/**
 * Reads the truth about pairs from a CSV file; `-` is standard input. Column `Id` holds distinct
 * texts and `same` holds 0 or 1, or another usual pair of words, such as True and False. The optional column `Usage` holds Public, Private or Ignored.
 * Errors: those of {@link readPairs}. Cost: one pass, 5 bytes a pair.
 */
export async function readTruth(path: string, options: TruthOptions = {}): Promise<Truth> {
  return TRUTH_FORMAT.read(path, options);
}

/** {@link readTruth}, blocking. */
export function readTruthSync(path: string, options: TruthOptions = {}): Truth {
  return TRUTH_FORMAT.readSync(path, options);
}

const ID = 0;
const SAME = 1;
const USAGE = 2;

class TruthCollector implements Collector<Truth> {
  readonly table: Table;
  private readonly ids = new IdColumn(ID, { allowFormulas: true });
  private readonly same = new Column(Uint8Array);
  private readonly usage: Usage[] = [];
  private readonly words = new TruthWords();

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
    this.same.push(truthOf(table, SAME, this.words));
    if (table.has(USAGE)) this.usage.push(this.usageOfRow());
  }

  finish(): Truth {
    const { table } = this;
    const ids = this.ids.finish(table);
    const truth = {
      ids,
      same: this.same.toArray(),
      file: table.file,
      ...spelled(table, SAME, this.words),
    };
    return table.has(USAGE) ? { ...truth, usage: this.usage } : truth;
  }

  private usageOfRow(): Usage {
    const text = this.table.text(USAGE);
    const usage = USAGES.find((name) => name === text);
    if (usage !== undefined) return usage;
    throw this.table.badCell(USAGE, USAGES.join(', '), 'Write it with a capital first letter');
  }
}

/** The truth in a cell of the current row. */
export function truthOf(table: Table, slot: number, words: TruthWords): number {
  const value = table.count(slot);
  const same = words.meaning(value === 0 || value === 1 ? String(value) : table.text(slot));
  if (same !== undefined) return same;
  throw table.badCell(
    slot,
    '1 for same or 0 for different',
    'Write 1 and 0; pairs of words such as True and False, or target and nontarget, are read too',
  );
}

/** The words of the truth, under `understood`, where they are others than 1 and 0. */
export function spelled(
  table: Table,
  slot: number,
  words: TruthWords,
): { understood?: readonly Understood[] } {
  const spelling = words.spelling();
  if (spelling === undefined) return {};
  const [same, different] = spelling;
  const text = `${same} in column ${table.name(slot)} of ${table.file} is read as same, ${different} as different`;
  return { understood: [{ code: 'truth-spelling', text }] };
}
