/** Every case. */
import type { Case } from './case.js';
import { JUDGED_CASES } from './judged-cases.js';
import { LEARNED_CASES } from './learned-cases.js';
import { OTHER_CASES } from './other-cases.js';
import { REFUSED_CASES } from './refused-cases.js';
import { SCORE_CASES } from './score-cases.js';
import { SEARCH_CASES } from './search-cases.js';

export const CASES: readonly Case[] = [
  ...OTHER_CASES,
  ...LEARNED_CASES,
  ...SCORE_CASES,
  ...JUDGED_CASES,
  ...SEARCH_CASES,
  ...REFUSED_CASES,
];
