/** Evaluation of every pair of a labelled set, or of two. */
import {
  bytes,
  type Checked,
  group,
  optional,
  filePath,
  readOptions,
  type Rules,
  text,
  list,
} from '../arguments.js';
import type { NativeMeasures } from '../binding.js';
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
  /** CSV of groups by row number: pairs within each are judged at the thresholds of all. */
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
  /** Decision file, or result of an earlier run, whose thresholds are judged here. */
  thresholdFrom?: string | undefined;
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
  thresholdFrom: optional(filePath),
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
  const { embeddings: stream, labels, groups } = readOptions(rows, ROW_RULES, 'rows');
  requireGroups(groups, settled);
  requireOneMeasure(settled);
  const { gallery, precision, memory, checkpoint } = settled;
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
      checkpoint,
    });
    const figures = await runJob(settled, (native, job) => native.allPairs(asked, job), {
      writes: checkpoint !== undefined,
    });
    const by = model
      ? { model: normalizedName(settled, nameOfModel(model, settled.model)) }
      : { metric: normalizedName(settled, metricOf(settled)) };
    const remarks = chanceWarnings(
      figures,
      'Is option labels in the order of the rows of option embeddings?',
    );
    const warnings = [
      ...classes.warnings,
      ...centerWarnings(settled.center, embeddings),
      ...remarks,
    ];
    const worst = describeWorst(figures.worst, ({ index1, index2 }) => ({
      class1: classes.nameOf(first, index1),
      class2: classes.nameOf(stored ?? first, index2),
    }));
    const subject = { ...nameOf(embeddings), ...by };
    const evaluation = completeEvaluation({ ...figures, worst, warnings }, subject);
    return elsewhere ? withTransferred(evaluation, elsewhere) : evaluation;
  });
}

/** Refuses groups of one set of two, and a state to go on from, which does not hold groups. */
function requireGroups(
  groups: string | undefined,
  { gallery, checkpoint }: Checked<AllPairsOptions>,
): void {
  const refuse = (found: string, expected: string, option: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected, option });
  if (gallery && (groups === undefined) !== (gallery.groups === undefined)) {
    throw refuse('groups of one set only', 'groups of both, or of neither', 'gallery');
  }
  if (groups !== undefined && checkpoint !== undefined) {
    throw refuse('a checkpoint with groups', 'one of them', 'checkpoint');
  }
}

function nameOfModel(model: Model, given: Model | string | undefined): string {
  const about = modelName(model);
  return typeof given === 'string' ? `${given} (${about})` : about;
}

function nameOf(source: EmbeddingsSource): Evaluation['subject'] {
  return typeof source === 'string' ? { embeddings: source } : {};
}
