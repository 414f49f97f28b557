import type { NativeEmbeddings, NativeScoreOptions } from './binding.js';
import {
  borrowEmbeddings,
  Embeddings,
  type EmbeddingsSource,
  type Io,
  requireOwnMemory,
} from './embeddings.js';
import { type JobOptions, runJob, threadCount } from './job.js';
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
  const index1 = ownIndices(pairs.index1, 'index1').slice();
  const index2 = ownIndices(pairs.index2, 'index2').slice();
  const request = metricRequest(options);
  const opened = openAll(source, options);
  try {
    // Nothing is awaited that need not be: the call holds the embeddings before it returns.
    if (opened.center) await resolveCenter(request, opened, options);
    return await runJob(options, (native, job) =>
      native.scorePairs(opened.embeddings, index1, index2, request, opened.reference, job),
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
  const index1 = ownIndices(pairs.index1, 'index1');
  const index2 = ownIndices(pairs.index2, 'index2');
  const request = metricRequest(options);
  const opened = openAll(source, options);
  try {
    if (opened.center) {
      const center = Embeddings.native(opened.center);
      useVector(
        request,
        callNative((native) => native.centerOfSync(center, request.threads)),
      );
    }
    return callNative((native) =>
      native.scorePairsSync(opened.embeddings, index1, index2, request, opened.reference),
    );
  } finally {
    opened.release();
  }
}

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

/** Puts the vector of a centre that is a file into the request. */
export async function resolveCenter(
  request: NativeScoreOptions,
  opened: Opened,
  options: JobOptions,
): Promise<void> {
  if (opened.center === undefined) return;
  const center = Embeddings.native(opened.center);
  const vector = await runJob({ signal: options.signal }, (native, job) =>
    native.centerOf(center, request.threads, job),
  );
  useVector(request, vector);
}

function isFile(center: MetricOptions['center']): center is string {
  return typeof center === 'string' && center !== 'none' && center !== 'mean';
}

export function metricRequest(
  options: MetricOptions & { threads?: number | undefined },
): NativeScoreOptions {
  const { metric = DEFAULT_METRIC, center, normalize, onUndefined, cpu } = options;
  const request: NativeScoreOptions = { metric };
  const threads = threadCount(options);
  if (threads !== undefined) request.threads = threads;
  if (normalize !== undefined) request.normalize = normalize;
  if (onUndefined !== undefined) request.undefined = onUndefined;
  if (cpu !== undefined) request.cpu = cpu;
  if (center === 'none' || center === 'mean') request.center = center;
  else if (center !== undefined && typeof center !== 'string') useVector(request, center);
  return request;
}

function useVector(request: NativeScoreOptions, vector: readonly number[] | Float64Array): void {
  request.center = 'given';
  request.centerVector = Array.from(vector);
}

/** Refuses an array that is not a plain one of its own memory. */
export function ownIndices(indices: Uint32Array, name: string): Uint32Array {
  requireOwnMemory(indices, name, Uint32Array);
  return indices;
}
