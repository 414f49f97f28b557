/** Evaluation of every pair of a labelled set, or of two. */
import {
  bytes,
  type Checked,
  flag,
  group,
  optional,
  filePath,
  readOptions,
  type Rules,
  text,
  list,
} from '../arguments.js';
import type { EvaluationFigures, NativeAllPairs, NativeMeasures } from '../binding.js';
import { copyClasses, type Labels } from '../csv/labels.js';
import { readGroups } from '../csv/groups.js';
import { Numbering } from '../csv/numbering.js';
import {
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  type EmbeddingsStream,
  requireStream,
} from '../embeddings.js';
import { HackfaceError } from '../errors.js';
import { GALLERY_RULES } from '../gallery.js';
import { type JobOptions, runJob } from '../job.js';
import { collect, isBatches } from '../matrix-data.js';
import { Model } from '../model.js';
import { loaded, modelName, openMeasure, requireOneMeasure, requireRatios } from '../measure.js';
import { type MetricOptions, metricOf } from '../metric-options.js';
import { defined } from '../native.js';
import { centerWarnings, chanceWarnings } from '../plausible.js';
import { MEASURE_RULES, type MeasureOptions } from './evaluate.js';
import { type NormOptions, normalizedBy, normalizedName } from '../score-norm.js';
import { requireShard, type Shard } from '../shard.js';
import { stopwatch } from '../stopwatch.js';
import type { Warning } from '../warning.js';
import { groupRows, restOf } from './groups.js';
import { SharedClasses } from './shared-classes.js';
import { readThresholds, thresholdsAsked, withTransferred } from './transfer.js';
import { completeEvaluation, describeWorst, type Evaluation } from './result.js';

/** Rows and who is in each. */
export interface LabelledRows {
  /** The embeddings, n × d, or batches of them. */
  embeddings: EmbeddingsStream;
  /** Class of each row: a CSV file, labels read before, or class numbers. */
  labels: string | Labels | Uint32Array;
  /**
   * CSV of groups by row number: pairs within each, and its impostor pairs with the others, are judged at the thresholds
   * of all. With a gallery both sets have groups, or neither. Refused (`EOPTION`) beside a checkpoint, a shard or `parts`,
   * and where a distance depends on more rows than the two of its pair, which a group would leave out: re-ranking, query
   * expansion, a cohort of the rows themselves (`self`), labels of the cohort.
   */
  groups?: string | undefined;
}

/** How to judge every pair. */
export interface AllPairsOptions
  extends Omit<MeasureOptions, 'orientation' | 'bootstrap' | 'folds' | 'seed'>,
    Omit<MetricOptions, 'onUndefined'>,
    NormOptions,
    JobOptions {
  /** Columns of the groups; several are crossed. Default: `group`. */
  groupBy?: readonly string[] | undefined;
  /** A second set: pairs are then one row of either, and none within a set. */
  gallery?: LabelledRows | undefined;
  /** A model to measure by instead of a metric: loaded, or its file. */
  model?: Model | string | undefined;
  /** Rows of this class take part in no pair. */
  ignoreClass?: string | undefined;
  /**
   * How the bulk of the impostors is compared: `double` makes the area exact, `single` takes half
   * the time and leaves a bound. Default: `double` up to 4·10¹¹ products (27,000 rows of 512).
   */
  precision?: 'single' | 'double' | undefined;
  /** Bytes that rows may take when they are held ready; default 256 MiB. */
  memory?: number | undefined;
  /** File that a stopped call leaves its state in, and goes on from when called again. */
  checkpoint?: string | undefined;
  /** Files that {@link allPairsPart} wrote, of all shards: their counts are summed, and no pair is counted again. */
  parts?: readonly string[] | undefined;
  /** Decision file, or result of an earlier run, whose thresholds are judged here. */
  thresholdFrom?: string | undefined;
}

/** A shard of all pairs, and how they are to be judged when all shards are counted. */
export interface AllPairsPartOptions
  extends Omit<AllPairsOptions, 'checkpoint' | 'parts' | 'groupBy'> {
  /** The shard. */
  shard: Shard;
  /** File of its counts: one that is complete is kept, one that is not is gone on from. */
  output: string;
  /** Replaces a file of something else; default false. */
  force?: boolean | undefined;
}

/** Result of {@link allPairsPart}. */
export interface PairsPart {
  /** First tile of the shard, the one behind its last, and the tiles of all pairs. */
  tiles: { from: number; to: number; of: number };
  /** Pairs of two rows in these tiles, about, and in all. */
  pairs: { shard: number; of: number };
  /** True if the file held them before, so that nothing was counted. */
  reused: boolean;
  /** Remarks on the labels. */
  warnings: Warning[];
  /** Whole time of the call. */
  seconds: number;
}

const ROW_RULES: Rules<LabelledRows> = {
  embeddings: requireStream,
  labels: copyClasses,
  groups: optional(filePath),
};

const { orientation: _, bootstrap: _1, folds: _2, seed: _3, ...ALL_MEASURE_RULES } = MEASURE_RULES;

const ALL_PAIRS_RULES: Rules<AllPairsOptions> = {
  ...ALL_MEASURE_RULES,
  ...GALLERY_RULES,
  gallery: optional(group(ROW_RULES)),
  groupBy: optional(list(text)),
  ignoreClass: optional(text),
  precision: optional(text),
  memory: optional(bytes),
  checkpoint: optional(filePath),
  parts: optional(list(filePath)),
  thresholdFrom: optional(filePath),
};

const { checkpoint: _4, parts: _5, groupBy: _6, ...COUNTED_RULES } = ALL_PAIRS_RULES;

const PART_RULES: Rules<AllPairsPartOptions> = {
  ...COUNTED_RULES,
  shard: requireShard,
  output: filePath,
  force: optional(flag),
};

/**
 * Judges every genuine and every impostor pair of a labelled set, or of two, without holding them:
 * AUROC with a bound (`aurocBound`, 0 when exact), TAR at false accept rates down to one over the
 * number of impostors, intervals by identity.
 *
 * Distances are those of {@link scorePairs}, smaller is more alike; the cohort `self` is `rows`. Genuine pairs, and the million
 * most alike impostors, are measured as exactly; points of the curve up to there are exact, and
 * beyond it thresholds lie at genuine distances and at the edges of 65,536 equal bins. Intervals
 * are given as far as those impostors reach; where not, `undefinedBecause` says so. `dPrime` and
 * `histogram` are of the bins.
 *
 * Cost: one product of all rows with all rows for metrics that are functions of an inner product
 * (cosine, angular, correlation, dot, the Euclidean ones, and models but `htplda`), else one
 * distance for each pair; 16 bytes for each genuine pair (at most 67 million) and each row, and
 * about 100 MB. The number of threads changes no bit. With a `checkpoint` an abort is answered when
 * the state is in the file, a second or two later. Errors: those of {@link scorePairs},
 * {@link readLabels} and {@link Model.load}; `EONECLASS`, `EMEMORY`, `EOPTION` for a checkpoint of
 * other data or settings.
 */
export async function allPairs(
  rows: LabelledRows,
  options: AllPairsOptions = {},
): Promise<Evaluation> {
  const settled = readOptions(options, ALL_PAIRS_RULES);
  const read = readOptions(rows, ROW_RULES, 'rows');
  requireGroups(read.groups, settled);
  const { checkpoint, parts } = settled;
  const files = defined({ checkpoint, parts: parts && [...parts] });
  const { answer, embeddings, labels, classes, by, elsewhere } = await counted(
    read,
    settled,
    files,
  );
  const figures = reported(answer);
  const remarks = chanceWarnings(
    figures,
    'Is option labels in the order of the rows of option embeddings?',
  );
  const warnings = [...classes.warnings, ...centerWarnings(settled.center, embeddings), ...remarks];
  const [first, stored = first] = labels;
  const worst = describeWorst(figures.worst, ({ index1, index2 }) => ({
    class1: classes.nameOf(first, index1),
    class2: classes.nameOf(stored, index2),
  }));
  const subject = { ...nameOf(embeddings), ...by };
  const evaluation = completeEvaluation({ ...figures, worst, warnings }, subject);
  return elsewhere ? withTransferred(evaluation, elsewhere) : evaluation;
}

/**
 * Counts a shard of all pairs into a file. {@link allPairs} with the files of all shards as `parts`, and the same
 * rows and options, has the bits that it has without, for any number of shards counted in any order. Shards
 * are whole tiles of 1024 rows with 1024 rows or a few times as many, and cost the same but for a tile.
 *
 * A file that is complete is kept, and nothing is done. One that a stop left is gone on from; a damaged one is made
 * again. Files are for their owner only, as those of `checkpoint`. Thresholds are part of the counts, so they
 * must be told here as well.
 *
 * Errors: those of {@link allPairs}; `EOPTION` for a file of something else without `force`, and for groups, which
 * are judged at once. Cost: each call reads all rows and measures all genuine pairs; the others are shared out.
 * A file takes 0.5 MB, 24 bytes for each distinct genuine distance, 8 for each row and 16 for each of the
 * million most alike impostors.
 */
export async function allPairsPart(
  rows: LabelledRows,
  options: AllPairsPartOptions,
): Promise<PairsPart> {
  const elapsed = stopwatch();
  const settled = readOptions(options, PART_RULES);
  const read = readOptions(rows, ROW_RULES, 'rows');
  if ((read.groups ?? settled.gallery?.groups) !== undefined) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'groups with a shard',
      expected: 'one of them',
      option: 'shard',
    });
  }
  const { shard, output, force = false } = settled;
  const { answer, classes } = await counted(read, settled, {
    ...{ shard: [shard.index, shard.of], checkpoint: output, force },
  });
  if (isReport(answer)) throw unasked('a report', 'counts of a shard');
  const [from = 0, to = 0, of = 0, own = 0, all = 0, reused] = answer;
  return {
    ...{ tiles: { from, to, of }, pairs: { shard: own, of: all }, reused: reused === 1 },
    warnings: classes.warnings,
    seconds: elapsed(),
  };
}

/** Runs the addon over all pairs; `files` says what it reads and writes. */
async function counted(
  { embeddings: stream, labels, groups }: Checked<LabelledRows>,
  settled: Checked<AllPairsOptions>,
  files: Pick<NativeAllPairs, 'checkpoint' | 'parts' | 'shard' | 'force'>,
) {
  requireOneMeasure(settled);
  const { gallery, precision, memory } = settled;
  const embeddings = isBatches(stream) ? await collect(stream, 'rows.embeddings') : stream;
  let other = gallery?.embeddings;
  if (isBatches(other)) other = await collect(other, 'gallery.embeddings');
  return borrowing(settled, async (borrowed) => {
    const rows = borrowed.open(embeddings);
    const open = openMeasure(settled, borrowed);
    const second = other === undefined ? undefined : borrowed.open(other);
    const model = await loaded(settled.model);
    if (settled.ratios) requireRatios(model);
    const classes = new SharedClasses(settled.ignoreClass);
    const first = await classes.of(labels, rows);
    const stored = gallery && second && (await classes.of(gallery.labels, second));
    classes.requireIgnored();
    const groupNames = new Numbering();
    const ofRows = async (file: string | undefined, { rows }: { rows: number }) =>
      file === undefined
        ? undefined
        : groupRows(await readGroups(file, settled.groupBy), rows, (name) => groupNames.of(name));
    const grouped = await ofRows(groups, rows);
    const others = second && (await ofRows(gallery?.groups, second));
    const plain = model ? Model.measure(model) : await open();
    const measure = await normalizedBy(settled, plain, rows, borrowed);
    const { thresholdFrom } = settled;
    const elsewhere = thresholdFrom === undefined ? undefined : await readThresholds(thresholdFrom);
    const atThreshold = elsewhere && thresholdsAsked(settled, elsewhere);
    const measures = { ...settled, ...(atThreshold && { atThreshold }) };
    const asked = defined({
      first: defined({ rows: Embeddings.native(rows), labels: first, groups: grouped }),
      second:
        second &&
        stored &&
        defined({ rows: Embeddings.native(second), labels: stored, groups: others }),
      groupNames: grouped && [...groupNames.names, restOf(grouped, ...(others ? [others] : []))],
      measure,
      measures: measures as AllPairsOptions as NativeMeasures,
      precision,
      memory,
      ...files,
    });
    const answer = await runJob(settled, (native, job) => native.allPairs(asked, job), {
      writes: files.checkpoint !== undefined,
    });
    const by = model
      ? { model: normalizedName(settled, nameOfModel(model, settled.model)) }
      : { metric: normalizedName(settled, metricOf(settled)) };
    return { answer, embeddings, labels: [first, stored] as const, classes, by, elsewhere };
  });
}

/** Figures are a report; numbers are what a shard counted. */
function isReport(answer: EvaluationFigures | Float64Array): answer is EvaluationFigures {
  return 'auroc' in answer;
}

function reported(answer: EvaluationFigures | Float64Array): EvaluationFigures {
  if (isReport(answer)) return answer;
  throw unasked('counts of a shard', 'a report');
}

function unasked(found: string, expected: string): HackfaceError {
  const hint = 'This is a bug in hackface-native: please report it with this message';
  return new HackfaceError('EINTERNAL', 'internal', { found, expected, hint });
}

/** Refuses groups of one set of two, and a state to go on from, which does not hold groups. */
function requireGroups(
  groups: string | undefined,
  { gallery, checkpoint, parts }: Checked<AllPairsOptions>,
): void {
  const refuse = (found: string, expected: string, option: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected, option });
  if (gallery && (groups === undefined) !== (gallery.groups === undefined)) {
    throw refuse('groups of one set only', 'groups of both, or of neither', 'gallery');
  }
  if (groups !== undefined && checkpoint !== undefined) {
    throw refuse('a checkpoint with groups', 'one of them', 'checkpoint');
  }
  if (parts !== undefined && (groups ?? checkpoint) !== undefined) {
    throw refuse('parts with groups or a checkpoint', 'one of them', 'parts');
  }
}

function nameOfModel(model: Model, given: Model | string | undefined): string {
  const about = modelName(model);
  return typeof given === 'string' ? `${given} (${about})` : about;
}

function nameOf(source: EmbeddingsSource): Evaluation['subject'] {
  return typeof source === 'string' ? { embeddings: source } : {};
}
