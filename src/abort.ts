/** One listener for each abort signal, however many calls share it. */

/**
 * An `AbortSignal`, of the web, of Node or of another realm, by what a call needs of it: so that the types
 * of this package need neither those of Node nor those of a browser.
 */
export interface AbortSignalLike {
  /** True once the work is to stop. */
  readonly aborted: boolean;
  /** Cause of the abort. */
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The calls that share a signal. */
interface Watch {
  acts: Set<() => void>;
  all: () => void;
}

const watches = new WeakMap<AbortSignalLike, Watch>();

/**
 * Calls `act` when the signal aborts; the function that is returned stops that. Each signal gets one
 * listener, since Node warns of a leak beyond ten.
 */
export function onAbort(signal: AbortSignalLike | undefined, act: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const { acts, all } = watches.get(signal) ?? watch(signal);
  acts.add(act);
  return () => {
    if (!acts.delete(act) || acts.size > 0) return;
    watches.delete(signal);
    signal.removeEventListener('abort', all);
  };
}

function watch(signal: AbortSignalLike): Watch {
  const acts = new Set<() => void>();
  const all = () => {
    for (const act of [...acts]) act();
  };
  const watch = { acts, all };
  signal.addEventListener('abort', all, { once: true });
  watches.set(signal, watch);
  return watch;
}
