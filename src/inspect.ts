/** Health of a matrix of embeddings. */
import { readOptions } from './arguments.js';
import {
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';

/** Health of a matrix of embeddings. */
export interface EmbeddingsReport {
  /** Number of rows, n. */
  rows: number;
  /** Number of columns, d. */
  dim: number;
  /** Element type as NumPy names it. */
  dtype: string;
  /** Rows with a NaN or an infinity. */
  nonFiniteRows: number;
  /** First of those cells: row and column, counted from 0. */
  firstNonFinite: { row: number; column: number } | null;
  /** Rows of zeros only. */
  zeroRows: number;
  /** Euclidean norms of the finite rows; `null` if there are none. */
  norms: { min: number; median: number; max: number } | null;
}

/**
 * Checks every row of a matrix. Bad rows are counted, not rejected.
 *
 * Errors: those of {@link openEmbeddings}, `EOPTION`, `EARGUMENT`, `EINPUTCHANGED`, `EMEMORY`. Cost:
 * one pass over the matrix, O(n·d); 8 bytes a row.
 */
export async function inspectEmbeddings(
  source: EmbeddingsSource,
  options: OpenOptions & JobOptions = {},
): Promise<EmbeddingsReport> {
  const settled = readOptions(options, { ...OPEN_RULES, ...JOB_RULES });
  const rows = requireSource(source, 'source');
  return borrowing(settled, async (borrowed) => {
    const embeddings = borrowed.open(rows);
    const report = await runJob(settled, (native, job) =>
      native.inspect(Embeddings.native(embeddings), job),
    );
    const [row, column] = report.firstNonFinite ?? [];
    const [min, median, max] = report.norms ?? [];
    return {
      rows: embeddings.rows,
      dim: embeddings.dim,
      dtype: embeddings.dtype,
      nonFiniteRows: report.nonFiniteRows,
      firstNonFinite: row === undefined || column === undefined ? null : { row, column },
      zeroRows: report.zeroRows,
      norms:
        min === undefined || median === undefined || max === undefined
          ? null
          : { min, median, max },
    };
  });
}
