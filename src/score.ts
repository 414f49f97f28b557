import { resolve } from 'node:path';
import { flag, group, optional, filePath, readOptions, type Rules } from './arguments.js';
import { checkPairs, PAIRS_FILE_RULES, type PairsOptions, readPairs } from './csv/pairs.js';
import { validateSubmission } from './csv/scores.js';
import {
  type Submission,
  SUBMISSION_RULES,
  type SubmissionOptions,
  submissionChunks,
} from './csv/submission.js';
import { openEmbeddingsSync } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { checkTarget, writeFileAtomic } from './files/atomic.js';
import { isStandardOutput, writeStandardOutput } from './files/stdout.js';
import { requireContent } from './files/verify.js';
import { JOB_RULES, type JobOptions } from './job.js';
import { checkMetric } from './metrics.js';
import { Model, requireModel } from './model.js';
import { callNative } from './native.js';
import {
  DEFAULT_METRIC,
  METRIC_RULES,
  type MetricOptions,
  requireOneMeasure,
  scorePairs,
} from './score-pairs.js';

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

const SCORE_RULES: Rules<ScoreRequest> = {
  ...METRIC_RULES,
  ...JOB_RULES,
  embeddings: filePath,
  pairs: filePath,
  output: filePath,
  model: optional(requireModel),
  pairsOptions: PAIRS_FILE_RULES,
  submission: optional(group(SUBMISSION_RULES)),
  dryRun: optional(flag),
};

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
 * {@link scorePairs} and {@link writeSubmission}; `EOPTION` for a model beside a metric. Cost: that of
 * {@link scorePairs}, and a line read, written and read back for each pair.
 */
export async function score(request: ScoreRequest): Promise<ScoreSummary> {
  const started = performance.now();
  const settled = readOptions(request, SCORE_RULES, 'request');
  requireOneMeasure(settled);
  const { submission = {}, output, metric = DEFAULT_METRIC } = settled;
  if (!isStandardOutput(output)) checkTarget(output, submission);
  // The file system works on the pairs while the addon is loaded and the embeddings are opened.
  const reading = readPairs(settled.pairs, settled.pairsOptions);
  reading.catch(() => undefined);
  const model = typeof settled.model === 'string' ? await Model.load(settled.model) : settled.model;
  if (model === undefined) checkMetric(metric);
  const embeddings = openEmbeddingsSync(settled.embeddings, { io: settled.io });
  try {
    const pairs = await reading;
    requireRows(embeddings.rows, settled.embeddings);
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
    if (!settled.dryRun) {
      const distances =
        model === undefined
          ? await scorePairs(embeddings, pairs, { ...settled, metric })
          : await model.scorePairs(embeddings, pairs, settled);
      await writeChecked(output, { ids: pairs.ids, distances }, submission);
      summary.output = isStandardOutput(output) ? '-' : resolve(output);
      summary.distances = describe(distances);
      const constant = pairs.length > 1 ? constantWarning(summary.distances) : [];
      summary.warnings = [...(model?.warnings ?? []), ...constant];
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
  if (isStandardOutput(output)) {
    await writeStandardOutput(submissionChunks(submission, { ...options, file: '<stdout>' }));
    return;
  }
  const chunks = submissionChunks(submission, { ...options, file: output });
  if (submission.ids.length > HELD_ROWS) {
    await writeFileAtomic(output, chunks, { force: options.force });
    await validateSubmission(output, submission, { columns: options.columns });
    return;
  }
  const held = [...chunks];
  await writeFileAtomic(output, held, { force: options.force });
  await requireContent(output, held);
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

/** This build on this machine. */
export interface BuildInfo {
  /** Version of the addon. */
  version: string;
  /** Instruction set that `cpu: 'auto'` means here, by the names of that option. */
  cpu: string;
  /** Every instruction set that this machine has, by the same names. */
  cpus: string[];
  /** Threads of a job when none are asked for. */
  threads: number;
}

/** What this build is and what it would use on this machine. */
export function buildInfo(): BuildInfo {
  return callNative((native) => native.buildInfo());
}
