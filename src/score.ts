/** Scoring from files to a file: pairs in, submission out. */
import {
  asChecked,
  type Checked,
  filePath,
  flag,
  group,
  oneOf,
  optional,
  readOptions,
  type Rules,
} from './arguments.js';
import { PAIRS_FILE_RULES, type Pairs } from './csv/pairs.js';
import { SUBMISSION_RULES, type SubmissionOptions } from './csv/submission.js';
import { decidedColumns, outsideWarnings, requireAlone } from './decision/columns.js';
import { readQuality } from './evaluation/quality.js';
import { Decision, readDecision, requireDecision } from './decision/decision.js';
import { borrowing } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { checkTarget, writeFileAtomic } from './files/atomic.js';
import { isStandardOutput, writeStandardOutput } from './files/stdout.js';
import { requireContent } from './files/verify.js';
import { JOB_RULES, type JobOptions } from './job.js';
import { loaded, measureDistances, measureName, requireOneMeasure } from './measure.js';
import { METRIC_RULES, type MetricOptions, metricOf } from './metric-options.js';
import { centerWarnings, columnWarnings, pairWarnings } from './plausible.js';
import { mayBeNamed } from './row-names.js';
import { NORM_RULES, type NormOptions } from './score-norm.js';
import type { Warning } from './warning.js';
import { type Model, requireModel } from './model.js';
import { callNative } from './native.js';
import {
  type ListedPairsOptions,
  loadPairs,
  namedByTemplates,
  type NamedSides,
  openPooled,
  type PooledFiles,
  type OpenSides,
  readSides,
  requireSides,
  requireSidesWithin,
  SIDES_FILES_RULES,
  type SidesFiles,
} from './pair-files.js';
import { absolutePath } from './files/system.js';
import {
  SCORED_FORMATS,
  type ScoredFormat,
  type ScoredPairs,
  scoredChunks,
  scoredFormatOf,
} from './scored-pairs.js';
import { POOLING_RULES, type PoolingOptions } from './templates.js';
import { stopwatch } from './stopwatch.js';

/** Inputs to score, and the submission to write. */
export interface ScoreRequest
  extends MetricOptions,
    NormOptions,
    SidesFiles,
    PooledFiles,
    PoolingOptions,
    JobOptions {
  /** `.npy` file of the embeddings, n × d. */
  embeddings: string;
  /** CSV file of the pairs; `-` is standard input. */
  pairs: string;
  /** File to write, CSV unless `outputFormat` or its ending says otherwise; `-` is standard output. */
  output: string;
  /** A model, or its file, in place of a metric. */
  model?: Model | string | undefined;
  /**
   * A decision, or its file, in place of a metric: each pair also gets `llr`, `probability` and `decision` (`same`,
   * `different` or `uncertain`), as columns of CSV or fields of JSON lines.
   */
  decision?: Decision | string | undefined;
  /** The file of the quality that a decision weighs by name, as `FILE` or `FILE:COLUMN`. */
  quality?: string | undefined;
  /** How to read the pairs. */
  pairsOptions?: ListedPairsOptions | undefined;
  /** How to write the submission. */
  submission?: SubmissionOptions | undefined;
  /** Format of the output; default that of its ending: `.npy`, `.jsonl`, `.trials` or `.txt`, else `csv`. */
  outputFormat?: ScoredFormat | undefined;
  /** Checks everything that needs no scoring, and writes nothing. */
  dryRun?: boolean | undefined;
}

const SCORE_RULES: Rules<ScoreRequest> = {
  ...METRIC_RULES,
  ...NORM_RULES,
  ...JOB_RULES,
  embeddings: filePath,
  pairs: filePath,
  output: filePath,
  model: optional(requireModel),
  decision: optional(requireDecision),
  quality: optional(filePath),
  pairsOptions: PAIRS_FILE_RULES,
  ...SIDES_FILES_RULES,
  ...POOLING_RULES,
  templates: optional(filePath),
  submission: optional(group(SUBMISSION_RULES)),
  outputFormat: optional(oneOf(...SCORED_FORMATS)),
  dryRun: optional(flag),
};

/** Result of {@link score}. */
export interface ScoreSummary {
  /** Absolute path of the submission, or `-`; absent after a dry run. */
  output?: string;
  /** Number of pairs. */
  pairs: number;
  /** Rows of the embeddings. */
  rows: number;
  /** Rows of the matrix that second members are of; absent where there is one matrix. */
  against?: number;
  /** Templates that first members are; absent where these are rows. */
  templates?: number;
  /** Columns of the embeddings. */
  dim: number;
  /** Element type of the embeddings. */
  dtype: string;
  /** How the embeddings were read. */
  io: string;
  /** The metric as given, or the pipeline of the model; and the normalisation, if any. */
  metric: string;
  /** Orientation of the numbers written. */
  orientation: 'distance';
  /** Smallest, mean and largest distance; absent after a dry run. */
  distances?: { min: number; mean: number; max: number };
  /** Whole time of the call. */
  seconds: number;
  /** What to know before trusting the submission. */
  warnings: Warning[];
}

/**
 * Scores a list of pairs, from files to a file: reads, measures, writes, and reads the submission
 * back to check it.
 *
 * The submission has a header and one row for each pair, in the order of the pairs file. It is
 * written whole or not at all. Errors: those of {@link readPairs}, {@link openEmbeddings},
 * {@link scorePairs} and {@link writeSubmission}; `EOPTION` for a model beside a metric. Cost: that of
 * {@link scorePairs}, and a line read, written and read back for each pair.
 */
export async function score(request: ScoreRequest): Promise<ScoreSummary> {
  const elapsed = stopwatch();
  const settled = readOptions(request, SCORE_RULES, 'request');
  requireOneMeasure(settled);
  requireSides(settled);
  requireAlone(settled);
  if (settled.quality !== undefined && settled.decision === undefined) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'quality without a decision that weighs it',
      expected: 'both',
      option: 'quality',
    });
  }
  const { submission = {}, output } = settled;
  if (!isStandardOutput(output)) checkTarget(output, submission);
  // The file system works on the pairs while the addon is loaded and the embeddings are opened.
  const late = settled.templates !== undefined || mayHoldNames(settled);
  const reading = late ? undefined : readNamed(settled);
  reading?.catch(() => undefined);
  const model = await loaded(settled.model);
  const measure = asChecked({ ...settled, model });
  const { decision: given } = settled;
  const decision = typeof given === 'string' ? await readDecision(given) : given;
  const metric = decision?.parts.join(' + ') ?? measureName(measure);
  const measured = model ?? decision;
  if (measured === undefined) callNative((native) => native.checkMetric(metricOf(settled)));
  return borrowing(settled, async (borrowed) => {
    const embeddings = await openPooled(borrowed.open(settled.embeddings), settled, borrowed);
    const others = settled.against === undefined ? undefined : borrowed.open(settled.against);
    const open = { first: embeddings, second: others };
    const { pairs, sides } = await (reading ?? readNamed(namedByTemplates(settled), open));
    requireRows(embeddings.rows, settled.embeddings);
    if (others) requireRows(others.rows, settled.against as string);
    requireSidesWithin(sides, open, pairs);
    const summary: ScoreSummary = {
      pairs: pairs.length,
      rows: embeddings.rows,
      ...(others && { against: others.rows }),
      ...(sides.enrolment && { templates: sides.enrolment.templates.length }),
      dim: embeddings.dim,
      dtype: embeddings.dtype,
      io: embeddings.io,
      metric,
      orientation: 'distance',
      seconds: 0,
      warnings: [],
    };
    if (!settled.dryRun) {
      const templates = sides.enrolment?.templates;
      const asked = asChecked({ ...measure, against: others, templates });
      const { quality: rated } = settled;
      const quality =
        rated === undefined
          ? undefined
          : await readQuality(rated, { ids: pairs.ids, pairs, names: pairs.names });
      const distances = await (decision
        ? Decision.scores(decision, embeddings, pairs, asChecked({ ...settled, quality }))
        : measureDistances(embeddings, pairs, asked));
      const decided = decision && decidedColumns(decision, distances);
      const { allowFormulas } = settled.pairsOptions ?? {};
      const options = asChecked({ allowFormulas, ...submission });
      const format = settled.outputFormat ?? scoredFormatOf(output);
      const further = decided?.columns ?? [];
      await writeChecked(output, { pairs, distances, sides, further }, format, options);
      summary.output = isStandardOutput(output) ? '-' : absolutePath(output);
      summary.distances = describe(distances);
      const constant = pairs.length > 1 ? constantWarning(summary.distances) : [];
      summary.warnings = [
        ...(model?.warnings ?? []).map((text) => ({ code: 'model', text })),
        ...(pairs.understood ?? []),
        ...columnWarnings(pairs.source.file, pairs.ignored, ['camera', 'template']),
        ...(sides.enrolment?.understood ?? []),
        ...(others || templates ? [] : pairWarnings(pairs, embeddings.rows)),
        ...centerWarnings(settled.center, settled.embeddings),
        ...constant,
        ...outsideWarnings(decided),
      ];
    }
    summary.seconds = elapsed();
    return summary;
  });
}

type PairsRequest = Pick<ScoreRequest, 'pairs' | 'pairsOptions'> & SidesFiles;

/** The pairs, by names where there are any. */
async function readNamed(
  request: PairsRequest,
  open?: OpenSides,
): Promise<{ pairs: Pairs; sides: NamedSides }> {
  const sides = await readSides(request, open);
  return { pairs: await loadPairs(request.pairs, request.pairsOptions ?? {}, sides), sides };
}

/** True if the pairs may tell rows by names that only the files of the matrices have. */
function mayHoldNames({ names, embeddings, against, againstNames }: ScoreRequest): boolean {
  const mayHold = (file: string, told: string | undefined) =>
    told === undefined && mayBeNamed(file, told);
  return mayHold(embeddings, names) || (against !== undefined && mayHold(against, againstNames));
}

/** Up to this many rows are held as text until they have been read back. */
const HELD_ROWS = 1 << 24;

/**
 * Writes scored pairs and reads them back. Numbers and ids are checked before the first byte is written,
 * so comparing the bytes is enough; what is too large to hold is made a second time.
 */
async function writeChecked(
  output: string,
  scored: ScoredPairs,
  format: ScoredFormat,
  options: Checked<SubmissionOptions>,
): Promise<void> {
  const file = isStandardOutput(output) ? '<stdout>' : output;
  const chunks = () => scoredChunks(scored, format, { ...options, file });
  if (isStandardOutput(output)) {
    await writeStandardOutput(chunks());
    return;
  }
  const held = scored.pairs.length > HELD_ROWS ? undefined : [...chunks()];
  const check = (written: string) => requireContent(written, held ?? chunks(), output);
  await writeFileAtomic(output, held ?? chunks(), { force: options.force, check });
}

/** Rejects a matrix without rows, which no row number fits. */
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

function constantWarning({ min, max }: { min: number; max: number }): Warning[] {
  if (min !== max) return [];
  const text = `every distance is ${min}: the metric tells no pair from another`;
  return [{ code: 'constant-scores', text }];
}
