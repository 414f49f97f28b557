/** One listener for each abort signal, however many calls share it. */

/** The calls that share a signal. */
interface Watch {
  acts: Set<() => void>;
  all: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls `act` when the signal aborts; the function that is returned stops that. Each signal gets one
 * listener, since Node warns of a leak beyond ten.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const { acts, all } = watches.get(signal) ?? watch(signal);
  acts.add(act);
  return () => {
    if (!acts.delete(act) || acts.size > 0) return;
    watches.delete(signal);
    signal.removeEventListener('abort', all);
  };
}

function watch(signal: AbortSignal): Watch {
  const acts = new Set<() => void>();
  const all = () => {
    for (const act of [...acts]) act();
  };
  const watch = { acts, all };
  signal.addEventListener('abort', all, { once: true });
  watches.set(signal, watch);
  return watch;
}
