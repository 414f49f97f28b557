/** How far to trust the rows that look mislabelled, in words. */
import type { SuspectTrust } from '../audit.js';

/** Sentences without their full stop: the share of suspects, and how many of them can be wrong labels. */
export function trustText(
  { judged, auroc, wrongAtMost }: SuspectTrust,
  suspects: number,
): [string, ...string[]] {
  const share = `${suspects} of ${judged} judged rows are nearer to another class than to their own`;
  if (suspects === 0 || auroc === null) return [share];
  const little =
    wrongAtMost < suspects / 2 ? ': the others are right, and the list says little' : '';
  return [
    share,
    `at most about ${wrongAtMost} of these labels can be wrong${little}`,
    `AUROC of wrong labels against those given: ${auroc.toFixed(3)}`,
  ];
}
