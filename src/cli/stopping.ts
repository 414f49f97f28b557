/** Work that a signal asks to stop before it ends the process. */

/** Signals that end a command, and the exit code of each. */
export const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

let work: AbortController | undefined;

/**
 * Runs work that saves its state when it is stopped. The first signal asks it to stop, and the promise
 * rejects with an `AbortError`; the second ends the process.
 */
export async function stoppable<T>(start: (signal: AbortSignal) => Promise<T>): Promise<T> {
  work = new AbortController();
  try {
    return await start(work.signal);
  } finally {
    work = undefined;
  }
}

/** Asks the running work to stop; `false` if there is none, or it was asked before. */
export function askToStop(): boolean {
  if (work === undefined || work.signal.aborted) return false;
  work.abort();
  return true;
}
