/** Covariances of embeddings. */
import {
  type Checked,
  flag,
  number,
  optional,
  readOptions,
  type Rules,
  text,
} from './arguments.js';
import type { NativeCovarianceOptions } from './binding.js';
import {
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { defined } from './native.js';
import type { Warning } from './warning.js';
import { readTraining, TRAINING_RULES, type TrainingRows, withClassName } from './training-rows.js';
import { stopwatch } from './stopwatch.js';

/** Kind of a scatter, a sum of outer products; total = within + between. */
export type ScatterOf = 'total' | 'within' | 'between';

/** Divisor of a scatter, for N rows of K classes; `none` leaves it a scatter. */
export type Denominator = 'rows' | 'rows-1' | 'rows-classes' | 'classes' | 'classes-1' | 'none';

/** Options of an estimate. */
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

/** Result of {@link covariance}. */
export interface CovarianceResult {
  /** d × d, row after row, symmetric. */
  matrix: Float64Array;
  /** Mean of the rows used, d numbers. */
  mean: Float64Array;
  /** Columns, d. */
  dim: number;
  /** The divisor of the scatter; 1 for `none`. */
  divisor: number;
  /** ρ, or the ε of a ridge; 0 without shrinkage. */
  shrinkage: number;
  /** Eigenvalues of the matrix above d · 2⁻⁵² of the largest. */
  rank: number;
  /** Largest over smallest eigenvalue, at least 1; `null` if the rank is below d. */
  condition: number | null;
  /** Rows used, N. */
  rows: number;
  /** Classes with rows, K; 0 without labels. */
  classes: number;
  /** Classes with one row; 0 without labels. */
  singletons: number;
  /** Rows left out because they are not finite. */
  skipped: number;
  /** Remarks on the labels, such as a column that means something and is ignored. */
  warnings: Warning[];
  /** Whole time of the call. */
  seconds: number;
}

/** The unbiased denominator of each scatter. */
export const UNBIASED: Readonly<Record<ScatterOf, Denominator>> = {
  total: 'rows-1',
  within: 'rows-classes',
  between: 'classes-1',
};

/**
 * Estimates the mean and a covariance of embeddings in one streaming pass.
 *
 * Bit-identical for any number of threads and `io`. Errors: those of {@link openEmbeddings} and
 * {@link readLabels}; `EOPTION` for a scatter that needs labels and for options that contradict each
 * other; `EEMPTY` for a divisor of zero, or `within` of classes of one row each; `EONECLASS` for
 * `between` of one class; `EINDEX` for a row of the subset that does not exist; `ENOTFINITE` with
 * row and column. Cost: n·d²/2 multiply-adds and one eigenvalue
 * decomposition; memory of d² numbers a thread and d a class.
 */
export async function covariance(request: CovarianceRequest): Promise<CovarianceResult> {
  const elapsed = stopwatch();
  const settled = readOptions(request, COVARIANCE_RULES, 'request');
  const options = nativeOptions(settled);
  return borrowing(settled, async (borrowed) => {
    const embeddings = borrowed.open(settled.embeddings);
    const { classes, subset } = await readTraining(settled, embeddings);
    const found = await runJob(settled, (native, job) =>
      native.covariance(Embeddings.native(embeddings), classes?.ofRow, subset, options, job),
    ).catch((error: unknown) => {
      throw withClassName(error, classes, subset);
    });
    const { dim } = embeddings;
    const seconds = elapsed();
    const warnings = [...(classes?.warnings ?? [])];
    return { ...found, dim, condition: found.condition ?? null, warnings, seconds };
  });
}

function nativeOptions(request: Checked<CovarianceRequest>): NativeCovarianceOptions {
  const { of, denominator, ridge, correlation, maxPerClass, skipInvalid } = request;
  const options = { of, denominator, ridge, correlation, maxPerClass, skipInvalid };
  return defined({ ...options, ...shrinkageOf(request) });
}

function shrinkageOf({ shrinkage, ridge }: CovarianceRequest): {
  shrinkage?: number;
  rule?: string;
} {
  if (typeof shrinkage === 'number') return { shrinkage };
  if (shrinkage === 'none' && ridge === undefined) return { shrinkage: 0 };
  return shrinkage === undefined ? {} : { rule: shrinkage };
}
