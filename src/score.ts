import { resolve } from 'node:path';
import { checkPairs, type PairsOptions, readPairs } from './csv/pairs.js';
import { validateSubmission } from './csv/scores.js';
import {
  type Submission,
  type SubmissionOptions,
  submissionChunks,
  writeSubmission,
} from './csv/submission.js';
import { openEmbeddingsSync } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { checkTarget, writeFileAtomic } from './files/atomic.js';
import { isStandardOutput } from './files/stdout.js';
import { requireContent } from './files/verify.js';
import type { JobOptions } from './job.js';
import { checkMetric } from './metrics.js';
import { Model } from './model.js';
import { callNative } from './native.js';
import { DEFAULT_METRIC, type MetricOptions, scorePairs } from './score-pairs.js';

/** The whole job: files in, submission out. */
export interface ScoreRequest extends MetricOptions, JobOptions {
  /** `.npy` file of the embeddings, n × d. */
  embeddings: string;
  /** CSV file of the pairs; `-` is standard input. */
  pairs: string;
  /** CSV file to write; `-` is standard output. */
  output: string;
  /** A model, or its file, to measure by instead of a metric. */
  model?: Model | string | undefined;
  /** How the pairs are read. */
  pairsOptions?: Omit<PairsOptions, 'rows'> | undefined;
  /** How the submission is written. */
  submission?: SubmissionOptions | undefined;
  /** Checks everything that can be checked without scoring, and writes nothing. */
  dryRun?: boolean | undefined;
}

/** What was done. */
export interface ScoreSummary {
  /** Absolute path of the submission, or `-`; absent after a dry run. */
  output?: string;
  /** Number of pairs. */
  pairs: number;
  /** Rows of the embeddings. */
  rows: number;
  /** Columns of the embeddings. */
  dim: number;
  /** Element type of the embeddings. */
  dtype: string;
  /** How the file was read. */
  io: string;
  /** The metric as given, or the pipeline of the model. */
  metric: string;
  /** Which way the written numbers point. */
  orientation: 'distance';
  /** Smallest, mean and largest distance; absent after a dry run. */
  distances?: { min: number; mean: number; max: number };
  /** Whole time of the call. */
  seconds: number;
  /** What looks wrong with the submission, in sentences. */
  warnings: string[];
}

/**
 * Scores a list of pairs, from files to a file: reads, measures, writes, and reads the written
 * file back to check it.
 *
 * The submission has a header and one row for each pair, in the order of the pairs file; it is
 * whole or not there. Errors: those of {@link readPairs}, {@link openEmbeddings},
 * {@link scorePairs} and {@link writeSubmission}.
 */
export async function score(request: ScoreRequest): Promise<ScoreSummary> {
  const started = performance.now();
  const { submission = {}, output, metric = DEFAULT_METRIC } = request;
  if (!isStandardOutput(output)) checkTarget(output, submission);
  // The file system works on the pairs while the addon is loaded and the embeddings are opened.
  const reading = readPairs(request.pairs, request.pairsOptions);
  reading.catch(() => undefined);
  const model = typeof request.model === 'string' ? await Model.load(request.model) : request.model;
  if (model === undefined) checkMetric(metric);
  const embeddings = openEmbeddingsSync(request.embeddings, { io: request.io });
  try {
    const pairs = await reading;
    requireRows(embeddings.rows, request.embeddings);
    checkPairs(pairs, embeddings.rows);
    const summary: ScoreSummary = {
      pairs: pairs.length,
      rows: embeddings.rows,
      dim: embeddings.dim,
      dtype: embeddings.dtype,
      io: embeddings.io,
      metric: model === undefined ? metric : (model.card.pipeline ?? model.scorer),
      orientation: 'distance',
      seconds: 0,
      warnings: [],
    };
    if (!request.dryRun) {
      const distances =
        model === undefined
          ? await scorePairs(embeddings, pairs, { ...request, metric })
          : await model.scorePairs(embeddings, pairs, request);
      await writeChecked(output, { ids: pairs.ids, distances }, submission);
      summary.output = isStandardOutput(output) ? '-' : resolve(output);
      summary.distances = describe(distances);
      summary.warnings = [...(model?.warnings ?? []), ...constantWarning(summary.distances)];
    }
    summary.seconds = (performance.now() - started) / 1000;
    return summary;
  } finally {
    embeddings.close();
  }
}

/** Submissions up to this many rows are held as text until they have been read back. */
const HELD_ROWS = 1 << 24;

/**
 * Writes a submission and reads it back. That every number is finite and every id there is known
 * before the first byte; what is left to see is that the file holds those bytes. One too large to
 * hold is parsed instead.
 */
async function writeChecked(
  output: string,
  submission: Submission,
  options: SubmissionOptions,
): Promise<void> {
  if (isStandardOutput(output)) return writeSubmission(output, submission, options);
  if (submission.ids.length > HELD_ROWS) {
    await writeSubmission(output, submission, options);
    await validateSubmission(output, submission, { columns: options.columns });
    return;
  }
  const chunks = [...submissionChunks(submission, { ...options, file: output })];
  await writeFileAtomic(output, chunks, { force: options.force });
  await requireContent(output, chunks);
}

/** Before the pairs are held against it: no row number fits a matrix without rows. */
function requireRows(rows: number, file: string): void {
  if (rows > 0) return;
  throw new HackfaceError('EEMPTY', 'data', {
    file,
    found: 'a matrix with no rows',
    expected: 'at least one',
    hint: 'Check how the file was made',
  });
}

function describe(distances: Float64Array): { min: number; mean: number; max: number } {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const distance of distances) {
    if (distance < min) min = distance;
    if (distance > max) max = distance;
    sum += distance;
  }
  return { min, mean: sum / distances.length, max };
}

function constantWarning({ min, max }: { min: number; max: number }): string[] {
  return min === max ? [`every distance is ${min}: the metric tells no pair from another`] : [];
}

/** What this build is and what it would use on this machine. */
export function buildInfo(): { version: string; cpu: string; cpus: string[]; threads: number } {
  return callNative((native) => native.buildInfo());
}
