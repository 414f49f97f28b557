/** Jobs of the addon in the background: queue, progress and abort. */
import { type AbortSignalLike, onAbort } from './abort.js';
import { callback, look, optional, type Rules, wrongArgument } from './arguments.js';
import type { NativeJob } from './binding.js';
import { HackfaceError } from './errors.js';
import { binding, fromNative, type NativeBinding } from './native.js';

/** Progress of a job. */
export interface Progress {
  /** Name of the phase: `rows`, `pairs`, `mean`, … */
  phase: string;
  /** Units done in this phase. */
  done: number;
  /** Units in all. */
  total: number;
}

/** Options of every call that takes time. They do not change results. */
export interface JobOptions {
  /** Stops the work at its next block; the promise rejects with an {@link AbortError}. */
  signal?: AbortSignalLike | undefined;
  /**
   * Called about ten times a second, and once at the end. If it throws, or returns a promise that
   * rejects, the work stops and the call rejects with the same error.
   */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Number of threads, 1 to 1024; default `HACKFACE_THREADS`, or all that the process may use. */
  threads?: number | undefined;
}

/** The caller aborted the call; `cause` is the reason of the signal. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  /** The code of Node's own abort errors. */
  readonly code = 'ABORT_ERR';

  constructor(reason?: unknown) {
    super('The operation was aborted', { cause: reason });
  }
}

/** Validation rules for {@link JobOptions}. */
export const JOB_RULES: Rules<JobOptions> = {
  signal: optional(requireSignal),
  onProgress: optional(callback),
  threads: threadCount,
};

/** Rule for the number of threads; `HACKFACE_THREADS` is its default. */
export function threadCount(given: unknown, name: string): number | undefined {
  const expected = 'a whole number from 1 to 1024';
  if (given !== undefined && typeof given !== 'number') throw wrongArgument(name, given, expected);
  const asked = given ?? process.env.HACKFACE_THREADS;
  if (asked === undefined || asked === '') return undefined;
  const threads = Number(asked);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `${asked} threads`,
    expected,
    hint: 'Correct HACKFACE_THREADS',
    advice: { text: 'choose a number', option: 'threads' },
  });
}

function requireSignal(signal: unknown, name: string): unknown {
  const parts = look(signal, 'aborted', 'addEventListener', 'removeEventListener');
  const types = Object.values(parts).map((part) => typeof part);
  if (types.join() === 'boolean,function,function') return signal;
  throw wrongArgument(name, signal, 'an AbortSignal', 'Pass controller.signal');
}

const PROGRESS_INTERVAL_MS = 100;

/**
 * Most jobs in flight. Each job has threads of its own, so more jobs would only take memory; with
 * two, one computes while the other starts or ends.
 */
const IN_FLIGHT = 2;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs work of the addon in the background: queued, with progress, abortable.
 *
 * An abort rejects the call at once, while the addon stops at its next block, which may take a
 * second. The next job in the queue waits for that. With `writes` the call waits too, so that the
 * addon no longer writes to its file when the call is over.
 */
export async function runJob<T>(
  options: JobOptions,
  start: (native: NativeBinding, job: NativeJob) => Promise<T>,
  { writes = false } = {},
): Promise<T> {
  const { signal, threads } = options;
  if (signal?.aborted) throw new AbortError(signal.reason);
  const native = binding();
  await turn(signal);
  let work: Promise<T> | undefined;
  try {
    // The signal may have aborted while the call waited for its turn.
    if (signal?.aborted) throw new AbortError(signal.reason);
    const job = new native.NativeJob(threads);
    return await watched(options, job, writes, () => {
      work = start(native, job);
      return work;
    });
  } finally {
    // Always release the slot, or the queue stalls.
    if (work) work.then(next, next);
    else next();
  }
}

/** Starts the work, and cancels it on abort and reports its progress until it ends. */
async function watched<T>(
  { signal, onProgress }: JobOptions,
  job: NativeJob,
  writes: boolean,
  start: () => Promise<T>,
): Promise<T> {
  const forget = onAbort(signal, () => job.cancel());
  const progress = onProgress && new ProgressReports(job, onProgress);
  try {
    const work = start();
    const result = await (writes || !signal ? work : untilAborted(work, signal));
    await progress?.end();
    return result;
  } catch (error) {
    throw progress?.failures.length ? progress.failures[0] : failureOf(error, signal);
  } finally {
    progress?.stop();
    forget();
  }
}

/** Reports the progress of a job to the caller; stops the job if the caller throws. */
class ProgressReports {
  readonly failures: unknown[] = [];
  private readonly answers = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly job: NativeJob,
    private readonly onProgress: (progress: Progress) => unknown,
  ) {
    this.timer = setInterval(() => this.report(), PROGRESS_INTERVAL_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Reports for the last time and waits for promises that the caller returned. */
  async end(): Promise<void> {
    this.stop();
    this.report();
    await Promise.all(this.answers);
    if (this.failures.length > 0) throw this.failures[0];
  }

  private report(): void {
    try {
      const answer = this.onProgress(progressOf(this.job));
      if (isThenable(answer)) this.follow(new Promise((resolve) => resolve(answer)));
    } catch (error) {
      this.fail(error);
    }
  }

  private follow(answer: Promise<unknown>): void {
    const followed: Promise<void> = answer
      .catch((error) => this.fail(error))
      .then(() => {
        this.answers.delete(followed);
      });
    this.answers.add(followed);
  }

  /** Keeps the error for the caller of the job: thrown from a timer it would end the process. */
  private fail(error: unknown): void {
    this.failures.push(error);
    this.stop();
    this.job.cancel();
  }
}

/** True for what may be a promise, of any realm and library. */
function isThenable(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Settles with the work or with the abort, whichever comes first. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise((resolve, reject) => {
    const stay = onAbort(signal, () => reject(new AbortError(signal.reason)));
    work.then(resolve, reject).finally(stay);
  });
}

function progressOf(job: NativeJob): Progress {
  try {
    return job.progress();
  } catch (error) {
    throw fromNative(error);
  }
}

/** Converts the error of a failed job. */
function failureOf(error: unknown, signal: AbortSignalLike | undefined): unknown {
  if (error instanceof AbortError) return error;
  const known = fromNative(error);
  const stopped = known instanceof HackfaceError && known.code === 'EABORTED';
  return stopped ? new AbortError(signal?.reason) : known;
}

/** Waits for a slot among the jobs in flight; an abort ends the wait. */
function turn(signal: AbortSignalLike | undefined): Promise<void> {
  if (running < IN_FLIGHT) {
    running += 1;
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const stay = onAbort(signal, () => {
      waiting.splice(waiting.indexOf(enter), 1);
      reject(new AbortError(signal?.reason));
    });
    const enter = () => {
      stay();
      resolve();
    };
    waiting.push(enter);
  });
}

/** Hands the slot of a finished job to the one that has waited longest. */
function next(): void {
  const enter = waiting.shift();
  if (enter) enter();
  else running -= 1;
}
