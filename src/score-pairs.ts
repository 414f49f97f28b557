/** Distances of pairs of rows. */
import {
  type Checked,
  copyOf,
  readOptions,
  type Rules,
  readParts,
  borrowed as inPlace,
} from './arguments.js';
import type { NativeMeasure } from './binding.js';
import {
  Borrowed,
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import {
  METRIC_RULES,
  type MetricOptions,
  openMetric,
  readMetric,
  readMetricSync,
} from './metric-options.js';
import { alike, requireVector, type Vector } from './matrix-data.js';
import { callNative } from './native.js';
import { NORM_RULES, normalizedBy, normalizedBySync, type NormOptions } from './score-norm.js';
import { openSides, type PairIndices, rowSides, SIDES_RULES, type SidesOptions } from './sides.js';

export type { PairIndices } from './sides.js';

/** Rules for pairs of rows; the arrays are copied. */
export const PAIR_RULES: Rules<PairIndices> = {
  index1: copyOf(Uint32Array),
  index2: copyOf(Uint32Array),
};

/** Rules for pairs of rows that the call reads before it returns. */
export const BORROWED_PAIR_RULES: Rules<PairIndices> = {
  index1: inPlace(Uint32Array),
  index2: inPlace(Uint32Array),
};

/** The second matrix, where there is one. */
type Against = Pick<SidesOptions, 'against'>;

const DISTANCE_RULES: Rules<MetricOptions & JobOptions> = { ...METRIC_RULES, ...JOB_RULES };
const SYNC_RULES: Rules<MetricOptions & NormOptions & Against & JobOptions> = {
  ...DISTANCE_RULES,
  ...NORM_RULES,
  against: SIDES_RULES.against,
};
const SCORE_RULES: Rules<MetricOptions & NormOptions & SidesOptions & JobOptions> = {
  ...SYNC_RULES,
  ...SIDES_RULES,
};

/**
 * Distances of pairs of rows, in the order of the pairs; smaller is more alike.
 *
 * Arrays are copied before the first `await`, so later writes to them have no effect. Results are
 * bit-identical for any number of threads, instruction set and `io`.
 *
 * Errors: those of {@link openEmbeddings}, and `EMETRIC`, `EOPTION`, `EARGUMENT`, `EINDEX`,
 * `EEMPTY`, `EDIMENSION`, `ENOTFINITE`, `EDOMAIN`, `EUNDEFINED`, `ESINGULAR`, `EINPUTCHANGED`.
 * Cost: one pass over the rows that occur, one over the pairs; 24 bytes a row, 8 bytes for each
 * pair and metric. A normalisation adds a pass over the cohort and d² for each row that occurs, if
 * the metric is an inner product (cosine, correlation, dot) and the whole cohort counts; else a distance
 * for each of these rows and each row of the cohort. Two matrices (`against`) give the bits of one that
 * has the rows of both, and are not copied. Templates cost a row each; with `fuse` `mean` or `min`, a
 * distance for each row of the template of each pair.
 */
export async function scorePairs(
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: MetricOptions & NormOptions & SidesOptions & JobOptions = {},
): Promise<Float64Array> {
  const settled = readOptions(options, SCORE_RULES);
  const indices = readParts(pairs, PAIR_RULES, 'pairs');
  return metricDistances(requireSource(source, 'source'), indices, settled);
}

/** {@link scorePairs}, blocking; reads the arrays of pairs in place, without a copy. Labels are in memory. */
export function scorePairsSync(
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: MetricOptions &
    NormOptions &
    Pick<SidesOptions, 'against'> & { threads?: number | undefined } = {},
): Float64Array {
  const settled: Checked<MetricOptions & NormOptions & Against & JobOptions> = readOptions(
    options,
    SYNC_RULES,
  );
  const indices = readParts(pairs, BORROWED_PAIR_RULES, 'pairs');
  return distancesSync(requireSource(source, 'source'), indices, settled, (borrowed) =>
    readMetricSync(openMetric(settled, borrowed), settled),
  );
}

/**
 * The distance of two vectors, blocking: the bits that {@link scorePairs} gives two such rows. What a metric
 * or a center learns from rows, it learns from these two, so name a `reference` and a center.
 *
 * Errors: those of {@link scorePairs}; `EDIMENSION` for vectors of different lengths. Cost: some
 * microseconds and a pass over both.
 */
export function distance(a: Vector, b: Vector, options: MetricOptions = {}): number {
  const settled: Checked<MetricOptions & JobOptions> = readOptions(options, DISTANCE_RULES);
  return distanceOf(a, b, settled, (borrowed) =>
    readMetricSync(openMetric(settled, borrowed), settled),
  );
}

/** The distance of two vectors by a measure that `open` makes of its files. */
export function distanceOf(
  a: Vector,
  b: Vector,
  options: Checked<OpenOptions & JobOptions>,
  open: (borrowed: Borrowed) => NativeMeasure,
): number {
  const [first, second] = alike(requireVector(a, 'a'), requireVector(b, 'b'));
  const borrowed = new Borrowed(options);
  try {
    const measure = open(borrowed);
    return callNative((native) =>
      native.distanceSync(first, second, short(measure), options.threads),
    );
  } finally {
    borrowed.close();
  }
}

/** {@link scorePairs} for arguments that were validated before. */
export async function metricDistances(
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: Checked<MetricOptions & NormOptions & SidesOptions & JobOptions>,
): Promise<Float64Array> {
  return borrowing(options, async (borrowed) => {
    // Before the first await: what is closed meanwhile stays open to this call.
    const opened = openMetric(options, borrowed);
    const sides = await openSides(source, pairs, options, borrowed);
    const metric = await readMetric(opened, options);
    const measure = await normalizedBy(options, metric, sides.rows, borrowed);
    return sides.settle(await distances(sides.rows, sides.pairs, measure, options));
  });
}

/** Distances of pairs of open rows by a measure of the addon. */
export async function distances(
  rows: Embeddings,
  pairs: PairIndices,
  measure: NativeMeasure,
  options: Checked<JobOptions>,
): Promise<Float64Array> {
  return runJob(options, (native, job) =>
    native.scorePairs(Embeddings.native(rows), pairs, measure, job),
  );
}

/** Distances of pairs by a measure that `open` makes of its files, blocking. */
export function distancesSync(
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: Checked<OpenOptions & NormOptions & Against & JobOptions>,
  open: (borrowed: Borrowed) => NativeMeasure,
): Float64Array {
  const borrowed = new Borrowed(options);
  try {
    const sides = rowSides(source, pairs, options.against, borrowed);
    const rows = Embeddings.native(sides.rows);
    const measure = normalizedBySync(options, open(borrowed), sides.rows, borrowed);
    const { index1, index2 } = sides.pairs;
    return callNative((native) =>
      native.scorePairsSync(rows, index1, index2, short(measure), options.threads),
    );
  } finally {
    borrowed.close();
  }
}

/** A metric by itself as its text, which crosses to the addon sooner than an object. */
function short(measure: NativeMeasure): NativeMeasure | string {
  const { metric, preparation, change } = measure;
  return metric !== undefined && (preparation ?? change) === undefined ? metric : measure;
}
