/** Remarks on a result: what to know before trusting a figure. */
import type { Warning } from './binding.js';

export type { Warning };

/** The remarks that put figures themselves in doubt, rather than qualify them. */
const DOUBTS: ReadonlySet<string> = new Set([
  'constant-scores',
  'contradicting-truth',
  'few-people-unjudged',
  'ignored-column',
  'labels-near-chance',
  'near-chance',
  'other-matrix',
  'own-rows',
  'rows-from-one',
  'shared-identities',
  'sign-flipped',
  'trained-on-these-rows',
  'transductive-center',
]);

/** True for a remark that is worth telling to somebody who asked for silence. */
export function isDoubt({ code }: Warning): boolean {
  return DOUBTS.has(code);
}
