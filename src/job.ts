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
  /** Called about ten times a second, and once at the end. */
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
 * whose file must not be written to any more when its name is given up.
 */
export async function runJob<T>(
  options: JobOptions,
  start: (native: NativeBinding, job: NativeJob) => Promise<T>,
  { writes = false } = {},
): Promise<T> {
  const { signal, onProgress } = options;
  if (signal?.aborted) throw new AbortError(signal.reason);
  const native = binding();
  await turn(signal);
  let timer: NodeJS.Timeout | undefined;
  let cancel: (() => void) | undefined;
  let work: Promise<T> | undefined;
  const failures: unknown[] = [];
  try {
    // It may have come between the call and this turn, when nobody listened.
    if (signal?.aborted) throw new AbortError(signal.reason);
    const job = new native.NativeJob();
    cancel = () => job.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const report = () => {
      try {
        onProgress?.(progressOf(job));
      } catch (error) {
        // Thrown from a timer it would end the process; it belongs to whoever waits for the job.
        failures.push(error);
        clearInterval(timer);
        job.cancel();
      }
    };
    if (onProgress) {
      timer = setInterval(report, PROGRESS_INTERVAL_MS);
      timer.unref();
    }
    work = start(native, job);
    const result = await (writes || !signal ? work : untilAborted(work, signal));
    report();
    if (failures.length > 0) throw failures[0];
    return result;
  } catch (error) {
    throw failures.length > 0 ? failures[0] : failureOf(error, signal);
  } finally {
    clearInterval(timer);
    if (cancel) signal?.removeEventListener('abort', cancel);
    if (work) work.then(next, next);
    else next();
  }
}

/** The outcome of the work, or the abort, whichever comes first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(new AbortError(signal.reason));
    signal.addEventListener('abort', leave, { once: true });
    const stay = () => signal.removeEventListener('abort', leave);
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
    const enter = () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      waiting.splice(waiting.indexOf(enter), 1);
      reject(new AbortError(signal?.reason));
    };
    waiting.push(enter);
    signal?.addEventListener('abort', leave, { once: true });
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
  const asked = options.threads ?? process.env.HACKFACE_THREADS;
  if (asked === undefined || asked === '') return undefined;
  const threads = Number(asked);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `${asked} threads`,
    expected: 'a whole number from 1 to 1024',
    hint: 'Look at threads (--threads) and HACKFACE_THREADS',
  });
}
