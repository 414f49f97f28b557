import type { Bench } from './bench.js';

/** A check of the scoreboard, seen from outside: it throws where the promise is broken. */
export interface Check {
  /** Its name, as in docs/threats.md: N01, C10, P03. */
  id: string;
  /** Input and expected outcome. */
  title: string;
  /** Why it cannot run on this system. */
  skip?: string | false;
  /** Why it is known to miss; it still counts as a miss. */
  todo?: string;
  run: (bench: Bench) => Promise<void>;
}
