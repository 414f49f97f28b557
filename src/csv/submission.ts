/** Writing of submissions. */
import {
  copyOf,
  filePath,
  flag,
  group,
  isArrayOf,
  optional,
  readOptions,
  type Rules,
  readParts,
} from '../arguments.js';
import { writeFileAtomic } from '../files/atomic.js';
import { isStandardOutput, writeStandardOutput } from '../files/stdout.js';
import { HackfaceError } from '../errors.js';
import { callNative } from '../native.js';
import { shortestDecimal } from './decimal.js';
import { copyIds, type Ids } from './ids.js';
import { CELL_RULES, type CellOptions, quoteCell, refuseFormulas } from './quote.js';
import { COLUMN_RULES, type SubmissionColumns } from './scores.js';

/** Distances of pairs to submit. */
export interface Submission {
  /** Name of each pair, distinct. */
  ids: Ids;
  /** Distance of each pair, smaller = more alike; finite. */
  distances: Float64Array | Float32Array;
}

/** A column behind those of a submission. */
export interface FurtherColumn {
  name: string;
  /** The value of a row. */
  value: (row: number) => number | string;
}

/** How to write a submission. */
export interface SubmissionOptions extends CellOptions {
  /** Names of the columns; default `Predicted` and `Id`. */
  columns?: SubmissionColumns | undefined;
  /** True if the column of ids comes first; default false. */
  idFirst?: boolean | undefined;
  /** False leaves out the line of column names, as for parts that are put together; default true. */
  header?: boolean | undefined;
  /** Replaces a file that is already there; default false. */
  force?: boolean | undefined;
}

/** Validation rules for {@link SubmissionOptions}. */
export const SUBMISSION_RULES: Rules<SubmissionOptions> = {
  ...CELL_RULES,
  columns: optional(group(COLUMN_RULES)),
  idFirst: optional(flag),
  header: optional(flag),
  force: optional(flag),
};

const COPY_RULES: Rules<Submission> = {
  ids: copyIds,
  distances: (distances, name) =>
    isArrayOf(Float32Array, distances)
      ? copyOf(Float32Array)(distances, name)
      : copyOf(Float64Array)(distances, name),
};

const ROWS_PER_CHUNK = 8192;
const NUMBERED_ROWS_PER_CHUNK = 1 << 17;

/**
 * Writes a submission: a header line, then one line for each pair, in order, LF at each end.
 *
 * Numbers are the shortest decimals that read back as the same 64-bit number (32-bit for a
 * `Float32Array`). The file is written whole or not at all. `-` and `/dev/stdout` are standard
 * output, where writing ends quietly if the reader closes it.
 *
 * Ids and distances are copied before the first `await`. Errors: `ENOTFINITE` with the row,
 * `EDIMENSION`, `EEMPTY`, `EARGUMENT`, `ECSVVALUE` for an id that a spreadsheet may run, `EEXISTS`, `ECREATE`, `EIO`. Cost: a fraction of a
 * microsecond a pair, and two syncs of the disk.
 */
export async function writeSubmission(
  path: string,
  submission: Submission,
  options: SubmissionOptions = {},
): Promise<void> {
  filePath(path, 'path');
  const settled = readOptions(options, SUBMISSION_RULES);
  const own = readParts(submission, COPY_RULES, 'submission');
  const chunks = submissionChunks(own, { ...settled, file: outputName(path) });
  if (isStandardOutput(path)) await writeStandardOutput(chunks);
  else await writeFileAtomic(path, chunks, { force: settled.force });
}

/** The bytes of a submission, in chunks; checked before the first. */
export function submissionChunks(
  submission: Submission,
  options: SubmissionOptions & { file?: string } = {},
  further: readonly FurtherColumn[] = [],
): Iterable<Uint8Array> {
  const { distance = 'Predicted', id = 'Id' } = options.columns ?? {};
  const { file = '<submission>' } = options;
  requireComplete(submission, file, distance);
  const { ids } = submission;
  if (!isArrayOf(Uint32Array, ids)) refuseFormulas(ids, { file, column: id }, options);
  const names = options.idFirst ? [id, distance] : [distance, id];
  const line = `${[...names, ...further.map(({ name }) => name)].map(quoteCell).join(',')}\n`;
  return chunksOf(
    submission,
    options.header === false ? '' : line,
    options.idFirst ?? false,
    further,
  );
}

function* chunksOf(
  submission: Submission,
  header: string,
  idFirst: boolean,
  further: readonly FurtherColumn[],
): Generator<Uint8Array> {
  const { ids, distances } = submission;
  const numbered = isArrayOf(Uint32Array, ids) && isArrayOf(Float64Array, distances);
  if (numbered && further.length === 0) {
    yield* numberedChunks(ids, distances, header, idFirst);
    return;
  }
  const width = isArrayOf(Float32Array, distances) ? 32 : 64;
  let text = header;
  for (let row = 0; row < distances.length; row += 1) {
    const number = shortestDecimal(distances[row] as number, width);
    const value = ids[row] as number | string;
    const id = typeof value === 'number' ? String(value) : quoteCell(value);
    text += idFirst ? `${id},${number}` : `${number},${id}`;
    for (const { value } of further) text += `,${cellOf(value(row))}`;
    text += '\n';
    if (row % ROWS_PER_CHUNK === ROWS_PER_CHUNK - 1) {
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(text);
}

function cellOf(value: number | string): string {
  return typeof value === 'number' ? shortestDecimal(value, 64) : quoteCell(value);
}

/** The same bytes by the addon, for numbered pairs: 10 × faster in a new process. */
function* numberedChunks(
  ids: Uint32Array,
  distances: Float64Array,
  header: string,
  idFirst: boolean,
): Generator<Uint8Array> {
  yield Buffer.from(header);
  for (let row = 0; row < ids.length; row += NUMBERED_ROWS_PER_CHUNK) {
    const end = row + NUMBERED_ROWS_PER_CHUNK;
    const [someIds, someDistances] = [ids.subarray(row, end), distances.subarray(row, end)];
    yield callNative((native) => native.submissionRows(someDistances, someIds, idFirst));
  }
}

function requireComplete(submission: Submission, file: string, column: string): void {
  const { ids, distances } = submission;
  if (ids.length !== distances.length) {
    throw new HackfaceError('EDIMENSION', 'data', {
      file,
      found: `${distances.length} distances for ${ids.length} ids`,
      expected: 'one distance for each id',
      hint: 'Pass the ids of the same pairs',
    });
  }
  if (distances.length === 0) {
    throw new HackfaceError('EEMPTY', 'data', {
      file,
      found: 'no rows',
      expected: 'at least one pair',
      hint: 'Check that the file of pairs was written completely',
    });
  }
  for (let row = 0; row < distances.length; row += 1) {
    if (Number.isFinite(distances[row])) continue;
    throw new HackfaceError('ENOTFINITE', 'data', {
      file,
      row,
      column,
      found: String(distances[row]),
      expected: 'a finite number in each row',
      hint: `Look at the two rows of the pair with id ${String(ids[row])}`,
    });
  }
}

function outputName(path: string): string {
  return isStandardOutput(path) ? '<stdout>' : path;
}
