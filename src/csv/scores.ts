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
import { HackfaceError } from '../errors.js';
import { inputName } from '../files/input.js';
import { parseDecimal } from './decimal.js';
import { quoteText } from './errors.js';
import { copyIds, IdColumn, type Ids, matchIds } from './ids.js';
import { type Collector, parseTable, readTable, readTableSync } from './read.js';
import { COLUMN_RULES, type SubmissionColumns } from './columns.js';
import { Table } from './table.js';

/** The content of a submission. */
export interface Scores {
  /** Name of each pair, distinct. */
  ids: Ids;
  /** Distance of each pair, smaller = more alike; finite. */
  distances: Float64Array;
  /** Where they come from, for errors. */
  file: string;
}

/** How to read a submission. */
export interface ScoresOptions {
  /** Whether the first line names the columns; default true. Without: Predicted,Id. */
  header?: boolean | undefined;
  /** Names of the columns; default `Predicted` and `Id`. */
  columns?: SubmissionColumns | undefined;
}

const SCORES_RULES: Rules<ScoresOptions> = {
  header: optional(flag),
  columns: optional(group(COLUMN_RULES)),
};

/**
 * Reads a submission from a CSV file, `-` for standard input: columns `Predicted`, finite
 * decimals with a point, and `Id`, distinct. Errors: those of {@link readPairs} and `ENOTFINITE`
 * with the line. Cost: one pass, 12 bytes a pair.
 */
export async function readSubmission(path: string, options: ScoresOptions = {}): Promise<Scores> {
  return readTable(path, collectorOf(path, options));
}

/** {@link readSubmission}, blocking. */
export function readSubmissionSync(path: string, options: ScoresOptions = {}): Scores {
  return readTableSync(path, collectorOf(path, options));
}

/** {@link readSubmission} from memory; `file` is named in errors. */
export function parseSubmission(
  bytes: Uint8Array,
  options: ScoresOptions & { file?: string } = {},
): Scores {
  requireBytes(bytes, 'bytes');
  const settled = readOptions(options, { ...SCORES_RULES, file: optional(text) });
  return parseTable(bytes, new ScoreCollector(settled.file ?? '<bytes>', settled));
}

function collectorOf(path: string, options: ScoresOptions): ScoreCollector {
  filePath(path, 'path');
  return new ScoreCollector(inputName(path), readOptions(options, SCORES_RULES));
}

/**
 * Reads a submission back as a scorer would and compares it with the ids it is to answer.
 *
 * Refused: what {@link readSubmission} refuses, and missing or extra ids (`EDIMENSION`, named).
 * Returned: warnings about what a scorer accepts but hardly anyone means, as sentences. Cost: one
 * pass over the file, 16 bytes a pair; about 100 more where the ids are in another order.
 */
export async function validateSubmission(
  path: string,
  expected: { ids: Ids },
  options: ScoresOptions = {},
): Promise<string[]> {
  const settled = readOptions(options, SCORES_RULES);
  const { ids } = readOptions(expected, EXPECTED_RULES, 'expected');
  const scores = await readSubmission(path, settled);
  const column = settled.columns?.id ?? 'Id';
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
  private distances = new Float64Array(1 << 12);

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
    const distance = this.distance();
    if (table.rows > this.distances.length) {
      const grown = new Float64Array(2 * this.distances.length);
      grown.set(this.distances);
      this.distances = grown;
    }
    this.distances[table.rows - 1] = distance;
  }

  finish(): Scores {
    const { table } = this;
    const ids = this.ids.finish(table);
    return { ids, distances: this.distances.slice(0, table.rows), file: table.file };
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
