/** The truth about pairs: `Id,same[,Usage]`. */
import { flag, group, optional, type Rules, text } from '../arguments.js';
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
  /** What was understood without being told; absent where all was plain. */
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

/** Usual words for a genuine and an impostor pair, in lower case, in the order of preference. */
const SPELLINGS = [
  ['1', '0'],
  ['1.0', '0.0'],
  ['1', '-1'],
  ['+1', '-1'],
  ['1.0', '-1.0'],
  ['true', 'false'],
  ['t', 'f'],
  ['yes', 'no'],
  ['same', 'different'],
  ['target', 'nontarget'],
  ['target', 'non-target'],
  ['genuine', 'impostor'],
  ['genuine', 'imposter'],
  ['mated', 'nonmated'],
  ['match', 'nonmatch'],
  ['match', 'non-match'],
] as const;

const ID = 0;
const SAME = 1;
const USAGE = 2;

class TruthCollector implements Collector<Truth> {
  readonly table: Table;
  private readonly ids = new IdColumn(ID, true);
  private readonly same = new Column(Uint8Array);
  private readonly usage: Usage[] = [];
  /** The spellings that have every word so far, and those words. */
  private spellings: readonly (readonly [string, string])[] = SPELLINGS;
  private readonly words = new Map<string, number>();

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
    const word = value === 0 || value === 1 ? String(value) : table.text(SAME).trim().toLowerCase();
    this.same.push(this.words.get(word) ?? this.learn(word));
    if (table.has(USAGE)) this.usage.push(this.usageOfRow());
  }

  finish(): Truth {
    const { table } = this;
    const ids = this.ids.finish(table);
    const truth = {
      ids,
      same: this.same.toArray(),
      file: table.file,
      ...this.understood(),
    };
    return table.has(USAGE) ? { ...truth, usage: this.usage } : truth;
  }

  /** The meaning of a word that was not met before. */
  private learn(word: string): number {
    const left = this.spellings.filter((words) => (words as readonly string[]).includes(word));
    const [first] = left;
    if (first === undefined) {
      throw this.table.badCell(SAME, '1 for same or 0 for different');
    }
    this.spellings = left;
    const same = first[0] === word ? 1 : 0;
    this.words.set(word, same);
    return same;
  }

  private understood(): { understood?: readonly Understood[] } {
    const [[same, different] = SPELLINGS[0]] = this.spellings;
    if (same === '1' && different === '0') return {};
    const { table } = this;
    const text = `${same} in column ${table.name(SAME)} of ${table.file} is read as same, ${different} as different`;
    return { understood: [{ code: 'truth-spelling', text }] };
  }

  private usageOfRow(): Usage {
    const text = this.table.text(USAGE);
    const usage = USAGES.find((name) => name === text);
    if (usage !== undefined) return usage;
    throw this.table.badCell(USAGE, USAGES.join(', '), 'Write it with a capital first letter');
  }
}
