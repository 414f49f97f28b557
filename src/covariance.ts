import {
  flag,
  number,
  optional,
  filePath,
  readOptions,
  requireOwnMemory,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import type { NativeCovarianceOptions } from './binding.js';
import {
  borrowEmbeddings,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { WRITE_RULES, writeFileAtomic, type WriteOptions } from './files/atomic.js';
import { JOB_RULES, type JobOptions, runJob, threadCount } from './job.js';
import { callNative } from './native.js';
import { classNumbers, TRAINING_RULES, type TrainingRows, withClassName } from './training-rows.js';

/** Which sum of outer products; total = within + between. */
export type ScatterOf = 'total' | 'within' | 'between';

/** By what a scatter is divided, N rows of K classes; `none` leaves it a scatter. */
export type Denominator = 'rows' | 'rows-1' | 'rows-classes' | 'classes' | 'classes-1' | 'none';

/** What to estimate. */
export interface CovarianceRequest extends TrainingRows, OpenOptions, JobOptions {
  /** The embeddings, n × d. */
  embeddings: EmbeddingsSource;
  /**
   * With m the mean of all rows and m_k that of class k: `total` (default) Σ (x − m)(x − m)ᵀ,
   * `within` Σ_k Σ (x − m_k)(x − m_k)ᵀ, `between` Σ_k n_k (m_k − m)(m_k − m)ᵀ.
   */
  of?: ScatterOf | undefined;
  /** Default the unbiased one: `rows-1` for total, `rows-classes` for within, `classes-1` for between. */
  denominator?: Denominator | undefined;
  /**
   * ρ of (1 − ρ) C + ρ (tr C / d) I: by Ledoit and Wolf, by OAS (neither for `between`), or a
   * number in [0, 1]; default `none`. For `within` it is estimated from residuals pooled over
   * classes.
   */
  shrinkage?: 'ledoit-wolf' | 'oas' | 'none' | number | undefined;
  /** ε of C + ε (tr C / d) I instead, at least 0. */
  ridge?: number | undefined;
  /** The correlation matrix of the result: 1 on the diagonal, 0 for a column without variance. */
  correlation?: boolean | undefined;
}

const COVARIANCE_RULES: Rules<CovarianceRequest> = {
  ...TRAINING_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  embeddings: requireSource,
  of: optional(text),
  denominator: optional(text),
  shrinkage: optional((value, name) => (typeof value === 'number' ? number : text)(value, name)),
  ridge: optional(number),
  correlation: optional(flag),
};

/** An estimate and what is known of it. */
export interface CovarianceResult {
  /** d × d, row after row, symmetric. */
  matrix: Float64Array;
  /** Mean of the rows used, d numbers. */
  mean: Float64Array;
  /** Columns, d. */
  dim: number;
  /** What the scatter was divided by; 1 for `none`. */
  divisor: number;
  /** ρ, or the ε of a ridge; 0 without shrinkage. */
  shrinkage: number;
  /** Eigenvalues of the matrix above d · 2⁻⁵² of the largest. */
  rank: number;
  /** Largest over smallest eigenvalue, at least 1; `null` where the rank is below d. */
  condition: number | null;
  /** Rows used, N. */
  rows: number;
  /** Classes with rows, K; 0 without labels. */
  classes: number;
  /** Classes with one row; 0 without labels. */
  singletons: number;
  /** Rows left out because they were not finite. */
  skipped: number;
  /** Whole time of the call. */
  seconds: number;
}

/** The denominator without bias for each scatter. */
export const UNBIASED: Readonly<Record<ScatterOf, Denominator>> = {
  total: 'rows-1',
  within: 'rows-classes',
  between: 'classes-1',
};

/**
 * Estimates the mean and a covariance of embeddings in one streaming pass.
 *
 * The same bits for any number of threads and either `io`. Errors: those of
 * {@link openEmbeddings} and {@link readLabels}; `EOPTION` for a scatter that needs labels and for
 * choices that do not go together; `EEMPTY` for a divisor of zero, or `within` of classes of one
 * row each; `EONECLASS` for `between` of one class; `EINDEX` for a row of the subset that is not
 * there; `ENOTFINITE` with row and column. Cost: n·d²/2 multiply-adds and one eigenvalue
 * decomposition; memory of d² numbers a thread and d a class.
 */
export async function covariance(request: CovarianceRequest): Promise<CovarianceResult> {
  const started = performance.now();
  const settled = readOptions(request, COVARIANCE_RULES, 'request');
  const options = nativeOptions(settled);
  const { embeddings, release } = borrowEmbeddings(settled.embeddings, settled);
  try {
    const classes = await classNumbers(settled, embeddings.rows);
    const { subset } = settled;
    const rows = Embeddings.native(embeddings);
    const found = await runJob(settled, (native, job) =>
      native.covariance(rows, classes?.ofRow, subset, options, job),
    ).catch((error: unknown) => {
      throw withClassName(error, classes, subset);
    });
    const { dim } = embeddings;
    const seconds = (performance.now() - started) / 1000;
    return { ...found, dim, condition: found.condition ?? null, seconds };
  } finally {
    release();
  }
}

function nativeOptions(request: CovarianceRequest): NativeCovarianceOptions {
  const { of, denominator, shrinkage, ridge, correlation, maxPerClass, skipInvalid } = request;
  const options: NativeCovarianceOptions = {};
  if (of !== undefined) options.of = of;
  if (denominator !== undefined) options.denominator = denominator;
  if (typeof shrinkage === 'number') options.shrinkage = shrinkage;
  else if (shrinkage === 'none' && ridge === undefined) options.shrinkage = 0;
  else if (shrinkage !== undefined) options.rule = shrinkage;
  if (ridge !== undefined) options.ridge = ridge;
  if (correlation !== undefined) options.correlation = correlation;
  if (maxPerClass !== undefined) options.maxPerClass = maxPerClass;
  if (skipInvalid !== undefined) options.skipInvalid = skipInvalid;
  const threads = threadCount(request);
  if (threads !== undefined) options.threads = threads;
  return options;
}

/** Numbers to write: `rows × dim`, row after row. */
export interface DoubleMatrix {
  /** Row after row. */
  data: Float64Array;
  /** Number of rows. */
  rows: number;
  /** Number of columns. */
  dim: number;
}

/**
 * Writes a matrix of doubles as `.npy`, byte for byte as NumPy does; whole or not at all. Errors:
 * `EARGUMENT`, `EDIMENSION` if the length is not rows · dim, `EEXISTS`, `ECREATE`, `EIO`.
 */
export async function writeNpy(
  path: string,
  matrix: DoubleMatrix,
  options: WriteOptions = {},
): Promise<void> {
  filePath(path, 'path');
  const { data, rows, dim } = readOptions(matrix, MATRIX_RULES, 'matrix');
  const settled = readOptions(options, WRITE_RULES);
  // Made before anything is awaited, so that the numbers are those of now.
  const bytes = callNative((native) => native.npyBytes(data, rows, dim));
  await writeFileAtomic(path, [bytes], settled);
}

const MATRIX_RULES: Rules<DoubleMatrix> = {
  data: (value, name) => requireOwnMemory(value, name, Float64Array),
  rows: wholeNumber(0, 2 ** 32 - 1, wrongArgument),
  dim: wholeNumber(0, 2 ** 32 - 1, wrongArgument),
};
