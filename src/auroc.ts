import { HackfaceError } from './errors.js';
import { describeValue } from './embeddings.js';
import { type JobOptions, runJob, threadCount } from './job.js';

/** Which way scores point: `distance`, smaller is more alike; `similarity`, larger is. */
export type Orientation = 'distance' | 'similarity';

/**
 * Area under the ROC curve: the chance that a genuine pair is ranked as more alike than an
 * impostor pair, ties counting half. In [0, 1]; exact.
 *
 * `same[i]` is 1 for a genuine and 0 for an impostor pair. Errors: `EONECLASS`, `ENOTFINITE` (NaN,
 * with its row), `EDOMAIN` (a truth that is neither), `EDIMENSION`, `EEMPTY`.
 */
export async function auroc(
  scores: Float64Array | Float32Array,
  same: Uint8Array,
  options: JobOptions & { orientation: Orientation },
): Promise<number> {
  if (!(same instanceof Uint8Array)) {
    throw new HackfaceError('EARGUMENT', 'usage', {
      found: `same: ${describeValue(same)}`,
      expected: 'a Uint8Array of 0 and 1',
    });
  }
  // Copies, since the call may wait before the addon takes its own.
  const [own, truth] = [Float64Array.from(scores), same.slice()];
  return runJob(options, (native, job) =>
    native.auroc(own, truth, options.orientation, threadCount(options), job),
  );
}
