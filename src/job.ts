import { types } from 'node:util';
import { onAbort } from './abort.js';
import { callback, optional, type Rules, wrongArgument } from './arguments.js';
import type { NativeJob } from './binding.js';
import { HackfaceError } from './errors.js';
import { binding, fromNative, type NativeBinding } from './native.js';

/** How far a job is. */
export interface Progress {
  /** What is being done: `rows`, `pairs`, `mean`, … */
  phase: string;
  /** Units done in this phase. */
  done: number;
  /** Units in all. */
  total: number;
}

/** What every call that takes time accepts. None of it changes results. */
export interface JobOptions {
  /** Stops the work at its next block; the promise rejects with an {@link AbortError}. */
  signal?: AbortSignal | undefined;
  /**
   * Called about ten times a second, and once at the end. What it throws stops the work, and the
   * call rejects with it; so does a promise of it that rejects.
   */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Number of threads, 1 to 1024; default `HACKFACE_THREADS`, or what the process may use. */
  threads?: number | undefined;
}

/** The caller asked to stop; `cause` is the signal's reason. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  /** As Node's own. */
  readonly code = 'ABORT_ERR';

  constructor(reason?: unknown) {
    super('The operation was aborted', { cause: reason });
  }
}

/** Everything that is said of a job, checked before any of it begins. */
export const JOB_RULES: Rules<JobOptions> = {
  signal: optional(requireSignal),
  onProgress: optional(callback),
  threads: (threads) => threadCount({ threads: threads as number | undefined }),
};

function requireSignal(signal: unknown, name: string): unknown {
  const { aborted, addEventListener, removeEventListener } = Object(signal) as Partial<AbortSignal>;
  const known = [typeof aborted, typeof addEventListener, typeof removeEventListener];
  if (known.join() === 'boolean,function,function') return signal;
  throw wrongArgument(name, signal, 'an AbortSignal', 'Pass controller.signal');
}

const PROGRESS_INTERVAL_MS = 100;

/**
 * Jobs of this module in flight at once. Each job has all of its own threads to work on, so more
 * would only take memory; with two, one computes while the other starts or ends.
 */
const IN_FLIGHT = 2;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs work of the addon in the background: queued, watched, stoppable.
 *
 * An abort is answered at once. The addon stops at its next block, which may be a decomposition of
 * a second; nobody waits for that but the next job in the queue, and, with `writes`, the caller,
 * whose file must not be written to any more when its name is given up, or must be there when the
 * process ends.
 */
export async function runJob<T>(
  options: JobOptions,
  start: (native: NativeBinding, job: NativeJob) => Promise<T>,
  { writes = false } = {},
): Promise<T> {
  const { signal } = options;
  if (signal?.aborted) throw new AbortError(signal.reason);
  const native = binding();
  await turn(signal);
  let work: Promise<T> | undefined;
  try {
    // It may have come between the call and this turn, when nobody listened.
    if (signal?.aborted) throw new AbortError(signal.reason);
    const job = new native.NativeJob();
    return await watched(options, job, writes, () => {
      work = start(native, job);
      return work;
    });
  } finally {
    // Nothing stands before it: a place that is not handed on is lost to all later calls.
    if (work) work.then(next, next);
    else next();
  }
}

/** Starts the work, and listens to the signal and reports progress until it is over. */
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

/** Tells a caller how far a job is, and stops the job when the caller fails. */
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

  /** Reports for the last time, and waits for answers that are promises. */
  async end(): Promise<void> {
    this.stop();
    this.report();
    await Promise.all(this.answers);
    if (this.failures.length > 0) throw this.failures[0];
  }

  private report(): void {
    try {
      const answer = this.onProgress(progressOf(this.job));
      if (types.isPromise(answer)) this.follow(answer);
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

  /** Thrown from a timer it would end the process; it belongs to whoever waits for the job. */
  private fail(error: unknown): void {
    this.failures.push(error);
    this.stop();
    this.job.cancel();
  }
}

/** The outcome of the work, or the abort, whichever comes first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
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

/** What the addon says of a job that failed, in our terms. */
function failureOf(error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof AbortError) return error;
  const known = fromNative(error);
  const stopped = known instanceof HackfaceError && known.code === 'EABORTED';
  return stopped ? new AbortError(signal?.reason) : known;
}

/** Waits for a place among the jobs in flight; an abort ends the wait. */
function turn(signal: AbortSignal | undefined): Promise<void> {
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

/** Hands the place of a finished job to the one that has waited longest. */
function next(): void {
  const enter = waiting.shift();
  if (enter) enter();
  else running -= 1;
}

/** The number of threads that was asked for, by option or by `HACKFACE_THREADS`. */
export function threadCount(options: { threads?: number | undefined }): number | undefined {
  const { threads: given } = options;
  if (given !== undefined && typeof given !== 'number') {
    throw wrongArgument('threads', given, 'a whole number from 1 to 1024');
  }
  const asked = given ?? process.env.HACKFACE_THREADS;
  if (asked === undefined || asked === '') return undefined;
  const threads = Number(asked);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `${asked} threads`,
    expected: 'a whole number from 1 to 1024',
    hint: 'Correct HACKFACE_THREADS',
    advice: { text: 'choose a number', option: 'threads' },
  });
}
