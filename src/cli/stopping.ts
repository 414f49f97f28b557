/** Signals that end a command, and the exit code of each. */
export const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

let work: AbortController | undefined;

/**
 * Runs work that leaves its state behind when it is stopped: the first signal lets it do so, and
 * rejects with an `AbortError`; the second ends the process, as every signal does otherwise.
 */
export async function stoppable<T>(start: (signal: AbortSignal) => Promise<T>): Promise<T> {
  work = new AbortController();
  try {
    return await start(work.signal);
  } finally {
    work = undefined;
  }
}

/** Asks the work under way to stop; `false` where nobody waits for it, or it was asked before. */
export function askToStop(): boolean {
  if (work === undefined || work.signal.aborted) return false;
  work.abort();
  return true;
}
