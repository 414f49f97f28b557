/** Work for the processes that are disturbed while they do it. */
import { createHash } from 'node:crypto';
import { type MatrixData, openEmbeddingsSync, type PairIndices, scorePairs } from 'hackface-native';

/** A matrix of positive numbers, the same each time. */
export function matrix(rows: number, dim: number): MatrixData {
  const data = Float32Array.from({ length: rows * dim }, (_, i) => 1.5 + Math.sin(i * 0.7));
  return { data, rows, dim };
}

/** Pairs all over a matrix. */
export function pairs(count: number, rows: number): PairIndices {
  return {
    index1: Uint32Array.from({ length: count }, (_, i) => (i * 7919) % rows),
    index2: Uint32Array.from({ length: count }, (_, i) => (i * 104_729 + 1) % rows),
  };
}

/** A job of many seconds, which reports its progress after about a tenth of one. */
export function longJob(options: Parameters<typeof scorePairs>[2] = {}): Promise<Float64Array> {
  const rows = 500;
  const embeddings = openEmbeddingsSync(matrix(rows, 4096));
  return scorePairs(embeddings, pairs(1_000_000, rows), { metric: 'jensenshannon', ...options });
}

/** A name for the bytes of a result. */
export function digest(result: Float64Array): string {
  const bytes = Buffer.from(result.buffer, result.byteOffset, result.byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Hands a result to the parent process. */
export function report(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
