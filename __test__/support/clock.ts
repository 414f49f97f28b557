/** Bounds of time, on machines that do other things too. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Something took longer than it may. */
class Late extends Error {}

/** Throws if something took longer than it may; {@link unhurried} tries again then. */
export function requireWithin(most: number, ms: number, what: string): void {
  assert.ok(Number.isFinite(ms), `${what}: no time`);
  if (ms >= most) throw new Late(`${what} took ${ms.toFixed(0)} ms, of ${most}`);
}

/**
 * Runs a test of times until all are kept, three times at most: whatever else the machine does can only make it slower.
 * Any other failure counts at once.
 */
export async function unhurried(attempt: () => Promise<void>): Promise<void> {
  for (let left = 2; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0 || !(error instanceof Late)) throw error;
    }
  }
}

/** Keeps each processor busy for so many milliseconds, by threads that take no part in anything. */
export async function spinning(ms: number): Promise<void> {
  const spin = `const end = Date.now() + ${ms}; while (Date.now() < end);`;
  const threads = Array.from({ length: availableParallelism() }, async () => {
    await once(new Worker(spin, { eval: true }), 'exit');
  });
  await Promise.all(threads);
}
