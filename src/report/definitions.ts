/** Definitions of the terms in reports. */
import { type Markup, markup } from './markup.js';
import { pairsList } from './page-parts.js';

/** Terms with their definitions. */
type Definitions = readonly (readonly [string, string])[];

const INTERVAL: Definitions[number] = [
  'interval',
  'Covers the truth in the share of repetitions named. Pairs that share a person are not independent; the method named beside a figure says whether that was taken into account.',
];

/** Terms of a verification report. */
const VERIFICATION: Definitions = [
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
  INTERVAL,
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

/** Terms of the page of a calibration. */
export const CALIBRATION: Definitions = [
  [
    'log-likelihood ratio',
    'Natural logarithm of the density of a score among genuine pairs over that among impostor pairs; above 0 it speaks for one person.',
  ],
  [
    'Cllr',
    'Mean cost, in bits, of the ratios of people held out; 1 is no better than the prior, 0 is perfect.',
  ],
  ['least Cllr', 'What the best increasing map of the same scores would cost.'],
  ['calibration loss', 'Cllr less the least Cllr.'],
  [
    'ECE',
    'Mean distance of predicted and observed shares in bins of equal width; never 0 by chance, so it has no interval.',
  ],
  [
    'Tippett plot',
    'Share of pairs of either kind whose ratio is at least x: genuine pairs below 0 and impostor pairs above it mislead.',
  ],
  [
    'Bayes error rate',
    'Share of errors when pairs are decided by ratio and prior, over that of deciding by the prior alone.',
  ],
  ['FAR, TAR', 'Share of impostor and of genuine pairs accepted at a threshold.'],
  INTERVAL,
];

/** Terms of an identification report. */
export const IDENTIFICATION: Definitions = [
  ['probe, gallery', 'A row that is asked about; the candidates that it may match.'],
  [
    'mate',
    'A candidate of the person of the probe. A probe with one is mated; one without is non-mated.',
  ],
  [
    'rank',
    'Place of a candidate among all, the nearest being 1. Other people who are exactly as near as a mate count as nearer; expected rates let them come in random order.',
  ],
  [
    'closed set, CMC curve',
    'Only mated probes count: the share whose nearest mate is within a rank, over the rank.',
  ],
  ['MRR', 'Mean of 1 over the rank of the nearest mate.'],
  [
    'mAP',
    'Mean over probes of the average precision: at the rank of each mate, the share of mates up to there. By trapezoids, its mean with that share one rank before.',
  ],
  [
    'mINP',
    'Mean over probes of the number of mates over the rank of the last of them: how many candidates hold all.',
  ],
  [
    'R-precision, MAP@R',
    'Share of mates among the first R candidates, R being the number of mates; the average precision with later mates counting 0.',
  ],
  [
    'FPIR, false positive identification rate',
    'Share of non-mated probes with any candidate within the threshold.',
  ],
  [
    'TPIR, true positive identification rate',
    'Share of mated probes whose nearest mate is within threshold and rank; one minus the false negative identification rate (FNIR).',
  ],
  ['DIR curve', 'TPIR over FPIR for all thresholds.'],
  [
    'resolution',
    'Non-mated probes times the rate asked for: below 1 the rate is unresolved, below 30 unstable.',
  ],
  INTERVAL,
];

/** A folded section of definitions. */
export function definitions(terms = VERIFICATION): Markup {
  return markup`<details id="definitions"><summary>Definitions</summary>
${pairsList(terms)}</details>
`;
}
