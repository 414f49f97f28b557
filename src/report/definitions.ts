import { type Markup, markup } from './markup.js';
import { pairsList } from './tables.js';

/** What the words of a report mean. */
const DEFINITIONS: readonly (readonly [string, string])[] = [
  ['genuine, impostor', 'A pair of two rows of one person; a pair of rows of two people.'],
  ['FAR, false accept rate', 'Share of impostor pairs accepted at a threshold; also FMR.'],
  [
    'TAR, true accept rate',
    'Share of genuine pairs accepted; one minus the false reject rate (FNMR).',
  ],
  ['AUROC', 'Chance that a genuine pair is more alike than an impostor pair, ties at one half.'],
  ['EER', 'Where false accept rate and false reject rate are equal, by linear interpolation.'],
  [
    'ROC curve',
    'TAR over FAR for all thresholds; a step holds until one more impostor is accepted.',
  ],
  [
    'DET curve',
    'False rejects over false accepts on normal deviates: two normal distributions make a straight line.',
  ],
  [
    'resolution',
    'Impostor pairs times the rate asked for: below 1 the rate is unresolved, below 30 unstable.',
  ],
  [
    'interval',
    'Covers the truth in the share of repetitions named. Pairs that share a person are not independent; the method named beside a figure says whether that was taken into account.',
  ],
  [
    'minimum detection cost',
    'Least of cost × rate of both errors over thresholds, divided by what accepting all or none costs.',
  ],
  [
    'Cllr',
    'Mean cost, in bits, of taking the values as log-likelihood ratios; 1 is no better than the prior.',
  ],
  ['d′', 'Difference of the means in units of the root mean variance.'],
];

/** Definitions, folded. */
export function definitions(): Markup {
  return markup`<details id="definitions"><summary>Definitions</summary>
${pairsList(DEFINITIONS)}</details>
`;
}
