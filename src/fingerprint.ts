/** Identifies the data that figures are of. */
import { createHash } from 'node:crypto';
import type { Checked } from './arguments.js';
import { borrowing, Embeddings, type OpenOptions } from './embeddings.js';
import { piecesOf } from './files/input.js';
import { type JobOptions, runJob } from './job.js';

/** The fingerprint of rows, as the card of a model has it. Cost: one pass over the rows. */
export function fingerprintOf(
  embeddings: Embeddings,
  options: Checked<JobOptions>,
): Promise<string> {
  const rows = Embeddings.native(embeddings);
  return runJob(options, (native, job) => native.fingerprint(rows, job));
}

/** Size and fingerprint of a matrix, for a reader. */
export function matrixFacts(
  file: string,
  options: Checked<OpenOptions & JobOptions>,
): Promise<Record<string, string>> {
  return borrowing(options, async (borrowed) => {
    const embeddings = borrowed.open(file);
    return {
      rows: String(embeddings.rows),
      columns: String(embeddings.dim),
      'SHA-256 of the rows': await fingerprintOf(embeddings, options),
    };
  });
}

/** SHA-256 of the bytes of a file, in hexadecimal. */
export async function fileFingerprint(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of piecesOf(file)) hash.update(piece);
  return hash.digest('hex');
}
