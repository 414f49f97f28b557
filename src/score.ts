/** Scoring from files to a file: pairs in, submission out. */
import {
  asChecked,
  type Checked,
  filePath,
  flag,
  group,
  isArrayOf,
  oneOf,
  optional,
  readOptions,
  type Rules,
} from './arguments.js';
import { PAIRS_FILE_RULES, type Pairs } from './csv/pairs.js';
import { SUBMISSION_RULES, type SubmissionOptions } from './csv/submission.js';
import { type Decided, decidedColumns, outsideWarnings, requireAlone } from './decision/columns.js';
import { isMeasuredQuality, readQuality } from './evaluation/quality.js';
import { Decision, readDecision, requireDecision } from './decision/decision.js';
import { type Borrowed, borrowing, type Embeddings } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { checkTarget, writeFileAtomic } from './files/atomic.js';
import { isStandardInput } from './files/input.js';
import { isStandardOutput, writeStandardOutput } from './files/stdout.js';
import { requireContent } from './files/verify.js';
import { JOB_RULES, type JobOptions } from './job.js';
import {
  loaded,
  type Measure,
  measureDistances,
  measureName,
  requireOneMeasure,
} from './measure.js';
import { METRIC_RULES, meanOf, type MetricOptions, metricOf } from './metric-options.js';
import { isPiped, pipePairs, requirePartwise, Tally } from './piped-pairs.js';
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
import { requireShard, type Shard, shardRange } from './shard.js';
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
  /** Scores one of the contiguous shards of the list: their outputs in order are the bytes of the whole output. */
  shard?: Shard | undefined;
  /** Answers each line of standard input before it waits for the next; default: block by block. */
  lineBuffered?: boolean | undefined;
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
  shard: optional(requireShard),
  lineBuffered: optional(flag),
  dryRun: optional(flag),
};

/** Result of {@link score}. */
export interface ScoreSummary {
  /** Absolute path of the submission, or `-`; absent after a dry run. */
  output?: string;
  /** Number of pairs; those of the shard. */
  pairs: number;
  /** The shard of the list; absent for the whole. */
  shard?: Shard;
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
 *
 * From standard input to standard output pairs are scored block by block, in memory that does not grow with their
 * number, so their ids are not compared; pairs before a fault are answered before it is thrown. A measure that
 * needs the whole list (`minmax`, `zscore`, `onUndefined: 'max'`, a quality) and the format `npy` read it whole.
 * Without a header line on the input there is none on the output, and no pairs at all are no error.
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
  if (isMeasuredQuality(settled.quality)) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: `the quality ${settled.quality} beside a decision, which measures it where it weighs it`,
      expected: 'the file of the quality that it weighs by name, or none',
      option: 'quality',
    });
  }
  const { output, pairs: listed } = settled;
  if (!isStandardOutput(output)) checkTarget(output, settled.submission ?? {});
  const pipe = isStandardInput(listed) && isStandardOutput(output);
  // The file system works on the pairs while the addon is loaded and the embeddings are opened.
  const late = settled.templates !== undefined || mayHoldNames(settled) || pipe;
  const reading = late ? undefined : readNamed(settled);
  reading?.catch(() => undefined);
  const model = await loaded(settled.model);
  const { decision: given } = settled;
  const decision = typeof given === 'string' ? await readDecision(given) : given;
  const scoring: Scoring = {
    settled,
    measure: asChecked({ ...settled, model }),
    decision,
    metric: decision?.parts.join(' + ') ?? measureName(asChecked({ ...settled, model })),
    format: settled.outputFormat ?? scoredFormatOf(output),
  };
  const piped = isPiped(settled, decision?.parts ?? [scoring.metric], scoring.format);
  if (settled.shard !== undefined) {
    requirePartwise(settled, decision?.parts ?? [scoring.metric], scoring.format);
  }
  const measured = model ?? decision;
  if (measured === undefined) callNative((native) => native.checkMetric(metricOf(settled)));
  return borrowing(settled, async (borrowed) => {
    const embeddings = await openPooled(borrowed.open(settled.embeddings), settled, borrowed);
    const others = settled.against === undefined ? undefined : borrowed.open(settled.against);
    const open = { first: embeddings, second: others };
    const summary = piped
      ? await scorePiped(scoring, open, borrowed)
      : await scoreWhole(scoring, open, reading);
    summary.seconds = elapsed();
    return summary;
  });
}

/** The request, its files read. */
interface Scoring {
  settled: Checked<ScoreRequest>;
  measure: Checked<Measure & { model?: Model | undefined }>;
  decision: Decision | undefined;
  /** Name of the measure. */
  metric: string;
  format: ScoredFormat;
}

/** Scores a list that is read whole, or a shard of it. */
async function scoreWhole(
  scoring: Scoring,
  open: OpenSides,
  reading: Promise<NamedPairs> | undefined,
): Promise<ScoreSummary> {
  const { settled, measure } = scoring;
  const { first, second } = open;
  const { pairs: all, sides } = await (reading ?? readNamed(namedByTemplates(settled), open));
  const pairs = settled.shard === undefined ? all : shardOfPairs(all, settled.shard);
  requireRows(first.rows, settled.embeddings);
  if (second) requireRows(second.rows, settled.against as string);
  requireSidesWithin(sides, open, pairs);
  const summary = describeSides(scoring, open, sides, pairs.length);
  if (settled.dryRun) return summary;
  const { scored, decided } = await scoreList(scoring, open, pairs, sides);
  const written = writeChecked(settled.output, scored, scoring.format, writing(settled));
  // While the system opens the file.
  const tally = new Tally();
  tally.add(scored.distances);
  await written;
  summary.output = isStandardOutput(settled.output) ? '-' : absolutePath(settled.output);
  summary.distances = tally.distances;
  summary.warnings = [
    ...fileWarnings(settled, measure.model, pairs, sides),
    ...(second || sides.enrolment ? [] : pairWarnings(pairs, first.rows)),
    ...constantWarning(tally),
    ...outsideWarnings(decided),
  ];
  return summary;
}

/** Scores pairs as they come. */
async function scorePiped(
  scoring: Scoring,
  open: OpenSides,
  borrowed: Borrowed,
): Promise<ScoreSummary> {
  const { settled, measure } = scoring;
  requireRows(open.first.rows, settled.embeddings);
  if (open.second) requireRows(open.second.rows, settled.against as string);
  const sides = await readSides(namedByTemplates(settled), open);
  const lasting = { ...scoring, measure: await settledMeasure(measure, open.first, borrowed) };
  const tally = new Tally();
  let warnings: Warning[] = [];
  let outside: Decided = { columns: [], outside: 0, pairs: 0 };
  const piped = {
    file: settled.pairs,
    options: settled.pairsOptions ?? {},
    sides,
    open,
    live: settled.lineBuffered ?? false,
  };
  await pipePairs(piped, async (pairs, first) => {
    const { scored, decided } = await scoreList(lasting, open, pairs, sides);
    if (first) warnings = fileWarnings(settled, measure.model, pairs, sides);
    tally.add(scored.distances);
    if (decided) {
      outside = { ...decided, outside: outside.outside + decided.outside, pairs: tally.pairs };
    }
    const options = writing(settled, first);
    return scoredChunks(scored, scoring.format, { ...options, file: '<stdout>' });
  });
  return {
    ...describeSides(scoring, open, sides, tally.pairs),
    output: '-',
    ...(tally.pairs > 0 && { distances: tally.distances }),
    warnings: [...warnings, ...constantWarning(tally), ...outsideWarnings(outside)],
  };
}

/** A measure whose files are open and whose center is known, for block after block. */
async function settledMeasure(
  measure: Scoring['measure'],
  rows: Embeddings,
  borrowed: Borrowed,
): Promise<Scoring['measure']> {
  const { center, reference, norm, cohort } = measure;
  const named = typeof center === 'string' && center !== 'none' ? center : undefined;
  // A reference and a cohort have means of their own.
  const alone = reference === undefined && norm === undefined;
  const centered = named === 'mean' ? alone && rows : named && borrowed.open(named);
  return asChecked({
    ...measure,
    ...(centered && { center: await meanOf(centered, measure) }),
    ...(typeof reference === 'string' && { reference: borrowed.open(reference) }),
    ...(typeof cohort === 'string' && { cohort: borrowed.open(cohort) }),
  });
}

/** Distances of pairs, with the columns of a decision. */
async function scoreList(
  { settled, measure, decision }: Scoring,
  { first: rows, second: against }: OpenSides,
  pairs: Pairs,
  sides: NamedSides,
): Promise<{ scored: ScoredPairs; decided: Decided | undefined }> {
  const templates = sides.enrolment?.templates;
  const { quality: rated } = settled;
  const quality =
    rated === undefined
      ? undefined
      : await readQuality(rated, { ids: pairs.ids, pairs, names: pairs.names });
  const distances = await (decision
    ? Decision.scores(decision, rows, pairs, asChecked({ ...settled, quality }))
    : measureDistances(rows, pairs, asChecked({ ...measure, against, templates })));
  const decided = decision && decidedColumns(decision, distances);
  return { scored: { pairs, distances, sides, further: decided?.columns ?? [] }, decided };
}

/** How to write pairs: a header where the input has one, but for parts behind the first. */
function writing(settled: Checked<ScoreRequest>, first = true): Checked<SubmissionOptions> {
  const { submission, pairsOptions, shard, output, pairs } = settled;
  const { allowFormulas, header: headed } = pairsOptions ?? {};
  const bare = headed === false && isStandardInput(pairs) && isStandardOutput(output);
  const header = first && !bare && (shard === undefined || shard.index === 0);
  return asChecked({ allowFormulas, header, ...submission });
}

/** The facts that are known before the first distance. */
function describeSides(
  { settled, metric }: Scoring,
  { first, second }: OpenSides,
  sides: NamedSides,
  pairs: number,
): ScoreSummary {
  return {
    pairs,
    ...(settled.shard && { shard: settled.shard }),
    rows: first.rows,
    ...(second && { against: second.rows }),
    ...(sides.enrolment && { templates: sides.enrolment.templates.length }),
    dim: first.dim,
    dtype: first.dtype,
    io: first.io,
    metric,
    orientation: 'distance',
    seconds: 0,
    warnings: [],
  };
}

function fileWarnings(
  { center, embeddings }: Checked<ScoreRequest>,
  model: Model | undefined,
  pairs: Pairs,
  sides: NamedSides,
): Warning[] {
  return [
    ...(model?.warnings ?? []).map((text) => ({ code: 'model', text })),
    ...(pairs.understood ?? []),
    ...columnWarnings(pairs.source.file, pairs.ignored, ['camera', 'template']),
    ...(sides.enrolment?.understood ?? []),
    ...centerWarnings(center, embeddings),
  ];
}

type PairsRequest = Pick<ScoreRequest, 'pairs' | 'pairsOptions'> & SidesFiles;
type NamedPairs = { pairs: Pairs; sides: NamedSides };

/** The pairs, by names where there are any. */
async function readNamed(request: PairsRequest, open?: OpenSides): Promise<NamedPairs> {
  const sides = await readSides(request, open);
  return { pairs: await loadPairs(request.pairs, request.pairsOptions ?? {}, sides), sides };
}

/** True if the pairs may tell rows by names that only the files of the matrices have. */
function mayHoldNames({ names, embeddings, against, againstNames }: ScoreRequest): boolean {
  const mayHold = (file: string, told: string | undefined) =>
    told === undefined && mayBeNamed(file, told);
  return mayHold(embeddings, names) || (against !== undefined && mayHold(against, againstNames));
}

/** The pairs of a shard. */
function shardOfPairs(pairs: Pairs, shard: Shard): Pairs {
  const [first, end] = shardRange(pairs.length, shard, pairs.source.file, 'pairs');
  return {
    ...pairs,
    index1: pairs.index1.subarray(first, end),
    index2: pairs.index2.subarray(first, end),
    ids: isArrayOf(Uint32Array, pairs.ids)
      ? pairs.ids.subarray(first, end)
      : pairs.ids.slice(first, end),
    length: end - first,
    source: { ...pairs.source, lines: pairs.source.lines.from(first) },
  };
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

function constantWarning({ pairs, distances }: Tally): Warning[] {
  const { min, max } = distances;
  if (pairs < 2 || min !== max) return [];
  const text = `every distance is ${min}: the metric tells no pair from another`;
  return [{ code: 'constant-scores', text }];
}
