/** Metrics as a measure: their options, and the files that they read. */
import {
  isArray,
  isArrayOf,
  optional,
  type Checked,
  type Rules,
  text,
  wrongArgument,
} from './arguments.js';
import type { NativeMeasure } from './binding.js';
import {
  type Borrowed,
  Embeddings,
  type EmbeddingsSource,
  type Io,
  OPEN_RULES,
  requireSource,
} from './embeddings.js';
import { defaults } from './defaults.js';
import { HackfaceError } from './errors.js';
import { type JobOptions, runJob } from './job.js';
import { callNative, defined } from './native.js';

/** A metric, and how rows are prepared for it. */
export interface MetricOptions {
  /** A metric or a combination, see {@link metrics}; default `cosine`. */
  metric?: string | undefined;
  /**
   * Vector to subtract from every row first: `none` (default), the `mean` of all rows, d numbers, or
   * a `.npy` file of one row (the vector) or more (their mean).
   */
  center?: 'none' | 'mean' | (string & {}) | readonly number[] | Float64Array | undefined;
  /** `l2` divides every row by its norm after centering; default `none`. */
  normalize?: 'none' | 'l2' | undefined;
  /** Source of the variances of `seuclidean` and `mahalanobis`; default the embeddings. */
  reference?: EmbeddingsSource | undefined;
  /**
   * Policy for a pair on which the metric is undefined (cosine of a zero row): `refuse` (default), or
   * `max`, which takes the largest value of that metric among the given pairs.
   */
  onUndefined?: 'refuse' | 'max' | undefined;
  /** Instruction set; default `auto`. Does not change results. */
  cpu?: 'auto' | 'scalar' | 'avx2' | 'avx512' | 'neon' | undefined;
  /** How files are read; default `mmap`. Does not change results. */
  io?: Io | undefined;
}

/** Validation rules for {@link MetricOptions}. */
export const METRIC_RULES: Rules<MetricOptions> = {
  ...OPEN_RULES,
  metric: optional(text),
  center: optional(copyCenter),
  normalize: optional(text),
  reference: optional(requireSource),
  onUndefined: optional(text),
  cpu: optional(text),
};

/** Rule for a center: the name of a choice, a path, or finite numbers; returns a copy. */
export function copyCenter(center: unknown, name: string): string | number[] {
  if (typeof center === 'string') return center;
  if (!isArray(center) && !isArrayOf(Float64Array, center)) {
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

/** The metric of the options, or the default of the core. */
export function metricOf({ metric }: MetricOptions): string {
  return metric ?? defaults().metric;
}

/** A metric whose files are open. */
export interface OpenMetric {
  measure: NativeMeasure;
  /** Rows whose mean is the center, if the center is a file. */
  center: Embeddings | undefined;
}

/** Opens the files of a metric. */
export function openMetric(options: Checked<MetricOptions>, borrowed: Borrowed): OpenMetric {
  const { reference, center, normalize, onUndefined, cpu } = options;
  const metric = metricOf(options);
  const prepared = reference ?? center ?? normalize ?? onUndefined ?? cpu;
  // A call on two rows is short, and most name a metric alone.
  if (prepared === undefined) return { measure: { metric }, center: undefined };
  const choice = center === 'none' || center === 'mean' ? center : undefined;
  const preparation = defined({
    center: choice,
    normalize,
    reference: reference === undefined ? undefined : Embeddings.native(borrowed.open(reference)),
    undefined: onUndefined,
    cpu,
  });
  const measure: NativeMeasure = { metric, preparation };
  if (center === undefined || center === choice) return { measure, center: undefined };
  if (typeof center === 'string') return { measure, center: borrowed.open(center) };
  return { measure: centeredOn(center, measure), center: undefined };
}

/** The measure of a metric; computes the mean of a center that is a file. */
export async function readMetric(
  { measure, center }: OpenMetric,
  options: Checked<JobOptions>,
): Promise<NativeMeasure> {
  return center === undefined ? measure : centeredOn(await meanOf(center, options), measure);
}

/** {@link readMetric}, blocking. */
export function readMetricSync(
  { measure, center }: OpenMetric,
  options: Checked<JobOptions>,
): NativeMeasure {
  return center === undefined ? measure : centeredOn(meanOfSync(center, options), measure);
}

/** The mean of all rows, without progress reports. */
export async function meanOf(
  rows: Embeddings,
  { signal, threads }: Checked<JobOptions>,
): Promise<Float64Array> {
  return runJob({ signal, threads }, (native, job) =>
    native.centerOf(Embeddings.native(rows), job),
  );
}

/** {@link meanOf}, blocking. */
export function meanOfSync(rows: Embeddings, { threads }: Checked<JobOptions>): Float64Array {
  return callNative((native) => native.centerOfSync(Embeddings.native(rows), threads));
}

/** The measure with a vector as its center. */
export function centeredOn(
  vector: readonly number[] | Float64Array,
  measure: NativeMeasure,
): NativeMeasure {
  const given = { center: 'given', centerVector: Array.from(vector) };
  return { ...measure, preparation: { ...measure.preparation, ...given } };
}

/** True where the mean of the rows that are measured is to be their center. */
export function isCenteredOnMean({ preparation }: NativeMeasure): boolean {
  return preparation?.center === 'mean';
}
