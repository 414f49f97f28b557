/** How much of the system a process holds, as it goes on; run with --expose-gc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Memory, descriptors and threads of a process at one moment. */
export interface Held {
  /** How far the work is: cycles, or seconds. */
  at: number;
  residentKiB: number;
  heapKiB: number;
  descriptors: number;
  threads: number;
}

const collect = (globalThis as { gc?: () => void }).gc;

/** Holdings of this process now, once garbage is collected. */
export async function held(at: number): Promise<Held> {
  // What is freed by finalizers goes a turn later.
  for (let turn = 0; turn < 3; turn += 1) {
    collect?.();
    await new Promise((later) => setImmediate(later));
  }
  const status = readFileSync('/proc/self/status', 'latin1');
  return {
    at,
    residentKiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]),
    heapKiB: process.memoryUsage().heapUsed / 1024,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  };
}

/** Growth for each unit of `at`, by least squares. */
export function slope(samples: readonly Held[], of: keyof Held): number {
  const mean = (value: (held: Held) => number) =>
    samples.reduce((sum, held) => sum + value(held), 0) / samples.length;
  const [at, level] = [mean((held) => held.at), mean((held) => held[of])];
  const rise = samples.reduce((sum, held) => sum + (held.at - at) * (held[of] - level), 0);
  const run = samples.reduce((sum, held) => sum + (held.at - at) ** 2, 0);
  return rise / run;
}
