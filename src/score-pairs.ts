import {
  copyOf,
  isArrayOf,
  optional,
  readOptions,
  requireOwnMemory,
  type Rules,
  text,
  wrongArgument,
} from './arguments.js';
import type { NativeEmbeddings, NativeMeasure } from './binding.js';
import {
  borrowEmbeddings,
  Embeddings,
  type EmbeddingsSource,
  type Io,
  OPEN_RULES,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { callNative } from './native.js';

/** Row numbers of the two members of each pair, of equal length. */
export interface PairIndices {
  index1: Uint32Array;
  index2: Uint32Array;
}

/** How to measure. */
export interface MetricOptions {
  /** A metric or a combination, see {@link metrics}; default `cosine`. */
  metric?: string | undefined;
  /**
   * Subtracted from every row first: `none` (default), the `mean` of all rows, a vector of d
   * numbers, or a `.npy` file of one row (the vector) or more (their mean).
   */
  center?: 'none' | 'mean' | (string & {}) | readonly number[] | Float64Array | undefined;
  /** `l2` divides every row by its norm after that; default `none`. */
  normalize?: 'none' | 'l2' | undefined;
  /** What `seuclidean` and `mahalanobis` take their variances from; default the embeddings. */
  reference?: EmbeddingsSource | undefined;
  /**
   * For a pair that the metric has no value for (cosine of a zero row): `refuse` (default), or
   * `max`, the largest value of that metric among the given pairs.
   */
  onUndefined?: 'refuse' | 'max' | undefined;
  /** Instruction set; default `auto`. Does not change results. */
  cpu?: 'auto' | 'scalar' | 'avx2' | 'avx512' | 'neon' | undefined;
  /** How files are read; default `mmap`. Does not change results. */
  io?: Io | undefined;
}

/** How to measure, as it may be said. */
export const METRIC_RULES: Rules<MetricOptions> = {
  ...OPEN_RULES,
  metric: optional(text),
  center: optional(copyCenter),
  normalize: optional(text),
  reference: optional(requireSource),
  onUndefined: optional(text),
  cpu: optional(text),
};

/** Pairs of rows, copied. */
export const PAIR_RULES: Rules<PairIndices> = {
  index1: copyOf(Uint32Array),
  index2: copyOf(Uint32Array),
};

/** Pairs of rows, read until the call returns. */
export const BORROWED_PAIR_RULES: Rules<PairIndices> = {
  index1: (value, name) => requireOwnMemory(value, name, Uint32Array),
  index2: (value, name) => requireOwnMemory(value, name, Uint32Array),
};

/** What to subtract, its numbers copied: the name of a file or a choice, or finite numbers. */
export function copyCenter(center: unknown, name: string): string | number[] {
  if (typeof center === 'string') return center;
  if (!Array.isArray(center) && !isArrayOf(Float64Array, center)) {
    throw wrongArgument(name, center, 'a text, an array of numbers or a Float64Array');
  }
  return Array.from(center, (value: unknown, column) => {
    if (typeof value !== 'number') throw wrongArgument(`${name}[${column}]`, value, 'a number');
    if (Number.isFinite(value)) return value;
    throw new HackfaceError('ENOTFINITE', 'data', {
      column,
      found: `${value} in ${name}`,
      expected: 'a finite number for each column',
    });
  });
}

/** Refuses a model beside what it takes the place of; the model would win, silently. */
export function requireOneMeasure(options: MetricOptions & { model?: unknown }): void {
  if (options.model === undefined) return;
  for (const name of ['metric', 'center', 'normalize', 'reference', 'onUndefined'] as const) {
    if (options[name] === undefined) continue;
    throw new HackfaceError('EOPTION', 'usage', {
      found: `${name} beside a model`,
      expected: 'a model, or a metric and how its rows are prepared',
      hint: `Leave out model or ${name}`,
    });
  }
}

/** The metric when none is named. */
export const DEFAULT_METRIC = 'cosine';

/**
 * Distances of pairs of rows, in the order of the pairs; smaller is more alike.
 *
 * Arrays are copied before the first `await`, so writing to them afterwards changes nothing.
 * Results are the same bits for any number of threads, any instruction set and either `io`.
 *
 * Errors: those of {@link openEmbeddings}, and `EMETRIC`, `EOPTION`, `EARGUMENT`, `EINDEX`,
 * `EEMPTY`, `EDIMENSION`, `ENOTFINITE`, `EDOMAIN`, `EUNDEFINED`, `ESINGULAR`, `EINPUTCHANGED`.
 * Cost: one pass over the rows that occur, one over the pairs; 24 bytes a row, 8 bytes for each
 * pair and metric.
 */
export async function scorePairs(
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: MetricOptions & JobOptions = {},
): Promise<Float64Array> {
  const settled = readOptions(options, SCORE_RULES);
  const { index1, index2 } = readOptions(pairs, PAIR_RULES, 'pairs');
  const { threads } = settled;
  const opened = openAll(source, settled);
  try {
    const measure = await metricMeasure(settled, opened);
    return await runJob(settled, (native, job) =>
      native.scorePairs(opened.embeddings, index1, index2, measure, threads, job),
    );
  } finally {
    opened.release();
  }
}

/** {@link scorePairs}, blocking; reads the arrays in place, without a copy. */
export function scorePairsSync(
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: MetricOptions & { threads?: number | undefined } = {},
): Float64Array {
  const settled = readOptions(options, SCORE_RULES);
  const { index1, index2 } = readOptions(pairs, BORROWED_PAIR_RULES, 'pairs');
  const { threads } = settled;
  const opened = openAll(source, settled);
  try {
    const center = opened.center && Embeddings.native(opened.center);
    const vector = center && callNative((native) => native.centerOfSync(center, threads));
    const measure = nativeMeasure(settled, opened.reference, vector);
    return callNative((native) =>
      native.scorePairsSync(opened.embeddings, index1, index2, measure, threads),
    );
  } finally {
    opened.release();
  }
}

const SCORE_RULES: Rules<MetricOptions & JobOptions> = { ...METRIC_RULES, ...JOB_RULES };

/** Everything that a call with a metric reads. */
export interface Opened {
  embeddings: NativeEmbeddings;
  reference: NativeEmbeddings | undefined;
  center: Embeddings | undefined;
  release: () => void;
}

/** Opens everything that the call reads; closes what it opened if a later one fails. */
export function openAll(source: EmbeddingsSource, options: MetricOptions): Opened {
  const releases: (() => void)[] = [];
  const release = () => {
    for (const free of releases) free();
  };
  const open = (what: EmbeddingsSource) => {
    const borrowed = borrowEmbeddings(what, options);
    releases.push(borrowed.release);
    return borrowed.embeddings;
  };
  try {
    const { reference, center } = options;
    return {
      embeddings: Embeddings.native(open(source)),
      reference: reference === undefined ? undefined : Embeddings.native(open(reference)),
      center: isFile(center) ? open(center) : undefined,
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** The measure that the options say, once a center that is a file is read. */
export async function metricMeasure(
  options: MetricOptions & JobOptions,
  opened: Opened,
): Promise<NativeMeasure> {
  const { signal, threads } = options;
  const center = opened.center && Embeddings.native(opened.center);
  const vector =
    center && (await runJob({ signal }, (native, job) => native.centerOf(center, threads, job)));
  return nativeMeasure(options, opened.reference, vector);
}

function isFile(center: MetricOptions['center']): center is string {
  return typeof center === 'string' && center !== 'none' && center !== 'mean';
}

function nativeMeasure(
  options: MetricOptions,
  reference: NativeEmbeddings | undefined,
  vector: Float64Array | undefined,
): NativeMeasure {
  const { metric = DEFAULT_METRIC, normalize, onUndefined, cpu } = options;
  const measure: NativeMeasure = { metric };
  if (reference !== undefined) measure.reference = reference;
  if (normalize !== undefined) measure.normalize = normalize;
  if (onUndefined !== undefined) measure.undefined = onUndefined;
  if (cpu !== undefined) measure.cpu = cpu;
  const center = vector ?? options.center;
  if (typeof center === 'string') measure.center = center;
  else if (center !== undefined) useVector(measure, center);
  return measure;
}

/** Makes a measure subtract this vector. */
export function useVector(
  measure: NativeMeasure,
  vector: readonly number[] | Float64Array,
): void {
  measure.center = 'given';
  measure.centerVector = Array.from(vector);
}
