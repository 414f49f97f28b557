/** Submissions as they are read: `Predicted,Id`. */
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
import { Column } from './column.js';
import { parseDecimal } from './decimal.js';
import { CsvFormat } from './format.js';
import { copyIds, IdColumn, type Ids, matchIds } from './ids.js';
import type { Collector } from './read.js';
import { Table } from './table.js';

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
}

/** How to read a submission. */
export interface ScoresOptions {
  /** True if the first line names the columns; default true. Without: Predicted,Id. */
  header?: boolean | undefined;
  /** Names of the columns; default `Predicted` and `Id`. */
  columns?: SubmissionColumns | undefined;
}

const SCORES_RULES: Rules<ScoresOptions> = {
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
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

const DISTANCE = 0;
const ID = 1;

class ScoreCollector implements Collector<Scores> {
  readonly table: Table;
  private readonly ids = new IdColumn(ID, true);
  private readonly distances = new Column(Float64Array);

  constructor(file: string, options: ScoresOptions) {
    const { distance = 'Predicted', id = 'Id' } = options.columns ?? {};
    const columns = [
      { name: distance, required: true },
      { name: id, required: true },
    ];
    this.table = new Table({ file, columns, header: options.header });
  }

  takeRow(): void {
    const { table } = this;
    this.ids.push(table);
    this.distances.push(this.distance());
  }

  finish(): Scores {
    const { table } = this;
    const ids = this.ids.finish(table);
    return { ids, distances: this.distances.toArray(), file: table.file };
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
    throw table.badCell(DISTANCE, 'a decimal number with a point, such as 0.25 or 1e-7');
  }
}
