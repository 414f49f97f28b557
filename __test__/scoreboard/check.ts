import type { Bench } from './bench.js';

/** True for `npm run scoreboard -- --full`: checks of minutes run as well, at many more moments. */
export const isFull = process.env.HACKFACE_SCOREBOARD === 'full';

/** A check of the scoreboard, seen from outside: it throws where the promise is broken. */
export interface Check {
  /** Its name, as in docs/threats.md: N01, C10, P03. A letter or a word behind it is a part of that check. */
  id: string;
  /** Input and expected outcome. */
  title: string;
  /** Why it cannot run on this system. */
  skip?: string | false;
  /** True if it takes minutes: it runs in the full form alone. */
  long?: boolean;
  /** A part of what is promised that cannot be run here. */
  without?: string;
  /** Why it is known to miss; it still counts as a miss. */
  todo?: string;
  run: (bench: Bench) => Promise<void>;
}
