import { readOptions } from './arguments.js';
import {
  type EmbeddingsSource,
  borrowEmbeddings,
  Embeddings,
  OPEN_RULES,
  type OpenOptions,
} from './embeddings.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';

/** What a matrix of embeddings holds. */
export interface EmbeddingsReport {
  /** Number of rows, n. */
  rows: number;
  /** Number of columns, d. */
  dim: number;
  /** Element type as NumPy names it. */
  dtype: string;
  /** Rows with a NaN or an infinity. */
  nonFiniteRows: number;
  /** First such cell: row and column, counted from 0. */
  firstNonFinite: { row: number; column: number } | null;
  /** Rows of zeros only. */
  zeroRows: number;
  /** Euclidean norms of the finite rows; `null` if there are none. */
  norms: { min: number; median: number; max: number } | null;
}

/**
 * Looks at every row of a matrix once. Bad rows are counted, not refused.
 *
 * Errors: those of {@link openEmbeddings}, `EOPTION`, `EARGUMENT`, `EINPUTCHANGED`, `EMEMORY`. Cost:
 * one pass over the matrix, O(n·d); 8 bytes a row.
 */
export async function inspectEmbeddings(
  source: EmbeddingsSource,
  options: OpenOptions & JobOptions = {},
): Promise<EmbeddingsReport> {
  const settled = readOptions(options, { ...OPEN_RULES, ...JOB_RULES });
  const { embeddings, release } = borrowEmbeddings(source, settled);
  try {
    const { rows, dim, dtype } = embeddings;
    const report = await runJob(settled, (native, job) =>
      native.inspect(Embeddings.native(embeddings), settled.threads, job),
    );
    const [row, column] = report.firstNonFinite ?? [];
    const [min, median, max] = report.norms ?? [];
    return {
      rows,
      dim,
      dtype,
      nonFiniteRows: report.nonFiniteRows,
      firstNonFinite: row === undefined || column === undefined ? null : { row, column },
      zeroRows: report.zeroRows,
      norms:
        min === undefined || median === undefined || max === undefined
          ? null
          : { min, median, max },
    };
  } finally {
    release();
  }
}
