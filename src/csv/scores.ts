/** Scores as they are read: submissions, `Predicted,Id`, and lists of pairs with their scores. */
import {
  type Checked,
  filePath,
  flag,
  group,
  optional,
  readOptions,
  type Rules,
  text,
  readParts,
} from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { quoteText } from '../printable.js';
import { Names } from '../lists/names.js';
import { Column, Uint32Column } from './column.js';
import { parseDecimal } from './decimal.js';
import { CsvFormat } from './format.js';
import type { WantedColumn } from './header.js';
import { copyIds, IdColumn, type Ids, matchIds, sequenceIds } from './ids.js';
import type { Understood } from './ignored.js';
import { Members } from './members.js';
import { requireNames } from './names.js';
import type { Collector } from './read.js';
import { MAX_ROWS, Table } from './table.js';

/** Names of the columns of a submission. */
export interface SubmissionColumns {
  /** The distances; default `Predicted`. */
  distance?: string | undefined;
  /** The ids; default `Id`. */
  id?: string | undefined;
}

/** Validation rules for {@link SubmissionColumns}. */
export const COLUMN_RULES: Rules<SubmissionColumns> = {
  distance: optional(text),
  id: optional(text),
};

/** The content of a submission. */
export interface Scores {
  /** Name of each pair, distinct. */
  ids: Ids;
  /** Distance of each pair, smaller = more alike; finite. */
  distances: Float64Array;
  /** Where they come from; named in errors. */
  file: string;
  /** The pairs by their names, in a list that has no ids; then ids are 0, 1, …. */
  pairs?: { index1: Uint32Array; index2: Uint32Array };
  /** The identities claimed and real, in a list that tells them. */
  people?: { first: Uint32Array; second: Uint32Array; names: Names };
  /** Remarks on how the file was understood; absent where all was plain. */
  understood?: readonly Understood[];
}

/** How to read a submission. */
export interface ScoresOptions {
  /** True if the first line names the columns; default true. Without: Predicted,Id. */
  header?: boolean | undefined;
  /** Names of the columns; default `Predicted` and `Id`. */
  columns?: SubmissionColumns | undefined;
  /** Reads lists of pairs with their scores too, and tells their rows by these names; default none. */
  names?: Names | undefined;
}

const SCORES_RULES: Rules<ScoresOptions> = {
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
  names: optional(requireNames),
};

/** Files of scores. */
export const SCORES_FORMAT = new CsvFormat<Scores, ScoresOptions>(
  SCORES_RULES,
  (file, options) => new ScoreCollector(file, options),
);

/**
 * Reads a submission from a CSV file; `-` is standard input. Column `Predicted` holds finite decimals
 * with a point and `Id` holds distinct texts. Errors: those of {@link readPairs} and `ENOTFINITE`
 * with the line. Cost: one pass, 12 bytes a pair.
 */
export async function readSubmission(path: string, options: ScoresOptions = {}): Promise<Scores> {
  return SCORES_FORMAT.read(path, options);
}

/** {@link readSubmission}, blocking. */
export function readSubmissionSync(path: string, options: ScoresOptions = {}): Scores {
  return SCORES_FORMAT.readSync(path, options);
}

/**
 * Reads a submission back as a scorer would and compares it with the ids that it must answer.
 *
 * Returns warnings, as sentences, about what a scorer accepts but is hardly meant. Errors: those of
 * {@link readSubmission}, and `EDIMENSION` that names missing and extra ids. Cost: one pass over
 * the file, 16 bytes a pair; about 100 more if the ids are in another order.
 */
export async function validateSubmission(
  path: string,
  expected: { ids: Ids },
  options: ScoresOptions = {},
): Promise<string[]> {
  filePath(path, 'path');
  const settled = readOptions(options, SCORES_RULES);
  const { ids } = readParts(expected, EXPECTED_RULES, 'expected');
  return submissionWarnings(path, ids, settled);
}

/** {@link validateSubmission} for arguments that were validated before. */
export async function submissionWarnings(
  path: string,
  ids: Ids,
  options: Checked<ScoresOptions>,
): Promise<string[]> {
  const scores = await SCORES_FORMAT.load(path, options);
  const column = options.columns?.id ?? 'Id';
  const positions = matchIds(ids, scores.ids, { file: scores.file, column });
  const warnings: string[] = [];
  const first = scores.distances[0] as number;
  if (scores.distances.length > 1 && scores.distances.every((distance) => distance === first)) {
    warnings.push(`Every distance is ${first}: all pairs are tied and nothing is told apart`);
  }
  if (positions.some((position, row) => position !== row)) {
    warnings.push('The rows are in another order than the pairs; a scorer that goes by row fails');
  }
  return warnings;
}

const EXPECTED_RULES: Rules<{ ids: Ids }> = { ids: copyIds };

/** Columns of lists of pairs, which no header line names. */
const LISTED = ['first', 'second', 'claimed', 'real'] as const;

const DISTANCE = 0;
const ID = 1;
const FIRST = 2;
const SECOND = 3;
const CLAIMED = 4;
const REAL = 5;

class ScoreCollector implements Collector<Scores> {
  readonly table: Table;
  private readonly ids = new IdColumn(ID, { allowFormulas: true });
  private readonly distances = new Column(Float64Array);
  private readonly index1 = new Uint32Column();
  private readonly index2 = new Uint32Column();
  private readonly claimed = new Uint32Column();
  private readonly real = new Uint32Column();
  private readonly people: Names;
  private readonly members: Members;

  constructor(file: string, options: ScoresOptions) {
    const { distance = 'Predicted', id = 'Id' } = options.columns ?? {};
    const { header, names } = options;
    const columns: WantedColumn[] = [
      { name: distance, required: true, field: 'score' },
      { name: id, required: true, field: 'id' },
      ...LISTED.map((field) => ({ name: field, required: false, exact: true, field })),
    ];
    const list = names && { kind: 'scores' as const };
    this.table = new Table({ file, columns, header, list });
    this.people = new Names(file, true);
    this.members = new Members(this.table, names, MAX_ROWS);
  }

  takeRow(): void {
    const { table } = this;
    if (table.format?.fields === undefined) this.ids.push(table);
    else this.takePair();
    this.distances.push(this.distance());
  }

  finish(): Scores {
    const { table, people } = this;
    const distances = this.distances.toArray();
    if (table.format?.fields === undefined) {
      return { ids: this.ids.finish(table), distances, file: table.file };
    }
    const sides = { first: this.claimed.toArray(), second: this.real.toArray(), names: people };
    return {
      ids: sequenceIds(distances.length),
      distances,
      file: table.file,
      pairs: { index1: this.index1.toArray(), index2: this.index2.toArray() },
      ...(table.has(REAL) && { people: sides }),
      understood: table.understood(),
    };
  }

  private takePair(): void {
    const { table, members, people } = this;
    this.index1.push(members.row(table.has(FIRST) ? FIRST : CLAIMED));
    this.index2.push(members.row(SECOND));
    if (!table.has(REAL)) return;
    this.claimed.push(people.rowOf(table.text(CLAIMED)));
    this.real.push(people.rowOf(table.text(REAL)));
  }

  private distance(): number {
    const { table } = this;
    const text = table.text(DISTANCE);
    const value = parseDecimal(text);
    if (Number.isFinite(value)) return value;
    if (!Number.isNaN(value) || /^[+-]?(nan|inf|infinity)$/i.test(text)) {
      throw new HackfaceError('ENOTFINITE', 'data', {
        file: table.file,
        line: table.scanner.line,
        column: table.name(DISTANCE),
        found: quoteText(text),
        expected: 'a finite number',
        hint: 'Look at the two rows of that pair',
      });
    }
    const hint = text.includes(',') ? 'Write decimals with a point, not a comma' : undefined;
    throw table.badCell(DISTANCE, 'a decimal number with a point, such as 0.25 or 1e-7', hint);
  }
}
