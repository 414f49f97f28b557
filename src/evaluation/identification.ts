import {
  list,
  number,
  optional,
  readOptions,
  type Rules,
  text,
  wholeNumber,
} from '../arguments.js';
import type { NativeIdentificationMeasures } from '../binding.js';
import type { Figure, Interval } from './result.js';

/**
 * What searches of labelled probes in a labelled gallery say (1:N): the schema of `--json`, of the
 * report and of the library.
 *
 * A **mate** of a probe is a candidate of the same person; a probe with one is mated. Distances:
 * smaller is more alike. A figure that is undefined is `null`, and
 * {@link Identification.undefinedBecause} says why; nothing here is ever NaN.
 */
export interface Identification {
  /** Version of this schema; a key may be added within a version, never taken away. */
  schema: 'hackface-identification/1';
  /** What was judged, in words: files, metric or model, and how rows of a person were fused. */
  subject: {
    gallery?: string;
    probes?: string;
    metric?: string;
    model?: string;
    fuse?: string;
  };
  /** Searches that are judged, one for each probe. */
  probes: number;
  /** Probes with a mate in the gallery. */
  mated: number;
  /** Probes without one. */
  nonMated: number;
  /** People among the probes. */
  identities: number;
  /** Measures over mated probes; `null` without any. */
  closedSet: ClosedSet | null;
  /** Measures over both kinds of probes; `null` where one is missing. */
  openSet: OpenSet | null;
  /** What a reader should know before trusting a figure. */
  warnings: { code: string; text: string }[];
  /** Why a figure is `null`, by the path of its key: `"openSet": "…"`. */
  undefinedBecause: Record<string, string>;
}

/**
 * Measures over mated probes; rates and means are in [0, 1], larger is better. Ranks are
 * pessimistic: other people at the same distance come first.
 */
export interface ClosedSet {
  /** People with a mated probe. */
  identities: number;
  /** Share of probes whose best mate is within each rank asked for. */
  rankRates: RankRate[];
  /** The CMC curve. */
  cmc: CmcCurve;
  /** Median rank of the best mates, from 1. */
  medianRank: number;
  /** MRR: mean of 1 / rank of the best mate. */
  meanReciprocalRank: Figure;
  /** mAP: mean over probes of the mean, over all their mates, of the precision at each. */
  meanAveragePrecision: Figure;
  /** Mean share of mates among the first R candidates, R the number of mates of the probe. */
  rPrecision: Figure;
  /** MAP@R: as mAP, with mates beyond the first R candidates counting 0. */
  mapAtR: Figure;
}

/** The identification rate at a rank. */
export interface RankRate {
  /** Asked for. */
  rank: number;
  /** Share of mated probes whose best mate is within the rank. */
  rate: number;
  interval: Interval | null;
  /** The same where candidates that are equally near come in random order. */
  expected: number;
}

/**
 * A CMC curve as columns of equal length: rates hold from their rank up to the next. Every rank up
 * to 100 at which one changes, beyond it those that a drawing can tell apart.
 */
export interface CmcCurve {
  /** From 1, ascending; the last is the largest rank of a best mate. */
  rank: number[];
  /** Pessimistic. */
  rate: number[];
  expected: number[];
}

/**
 * Measures of thresholds on the distance. FPIR is the share of non-mated probes with a candidate
 * within the threshold; TPIR is the share of mated probes whose best mate is within threshold and
 * rank. 1 − TPIR is NIST's FNIR.
 */
export interface OpenSet {
  /** People with a non-mated probe. */
  identities: number;
  /** Rank within which a mate was to be found. */
  rank: number;
  /** How thresholds were chosen and what passes them. */
  convention: IdentificationConvention;
  /** The least FPIR above 0 that so many non-mated probes can have: one over their number. */
  leastFpir: number;
  /** One for each FPIR asked for. */
  tpirAtFpir: IdentificationPoint[];
  /**
   * The DIR curve as columns, from nothing within the threshold to everything, thinned for drawing;
   * distances at or below each threshold are within it, whatever {@link convention} is.
   */
  curve: { threshold: number[]; fpir: number[]; tpir: number[] };
}

/**
 * `at-most`: at or below the threshold, which is the loosest distance that occurs with an FPIR of at
 * most what is asked for (NIST). `insightface`: strictly below it, the threshold being the distance
 * of non-mated probe number max(⌊n f⌋ − 1, 0) of n in ascending order.
 */
export type IdentificationConvention = 'at-most' | 'insightface';

/** Identification at a false positive identification rate. */
export interface IdentificationPoint {
  /** Asked for. */
  fpir: number;
  threshold: number | null;
  /** Really reached at {@link threshold}. */
  achievedFpir: number | null;
  achievedFpirInterval: Interval | null;
  tpir: number | null;
  tpirInterval: Interval | null;
  /** Non-mated probes with somebody within the threshold. */
  falsePositives: number | null;
  /** Whether so many non-mated probes can resolve this rate: below 1 they cannot, below 30 barely. */
  resolution: 'resolved' | 'unstable' | 'unresolved';
}

/** What is measured; none of it has to be given. */
export interface IdentificationMeasures {
  /** Ranks of the closed set; default 1, 5, 10 and 20, as far as a best mate has such a rank. */
  ranks?: readonly number[] | undefined;
  /** False positive identification rates of the open set; default 0.003, 0.01 and 0.1. */
  fpirs?: readonly number[] | undefined;
  /** Rank within which the open set wants a mate; default 1. */
  rank?: number | undefined;
  /** How thresholds are chosen; default `at-most`. */
  convention?: IdentificationConvention | undefined;
}

/** What is measured, as it may be said. */
export const IDENTIFICATION_RULES: Rules<IdentificationMeasures> = {
  ranks: optional(list(wholeNumber(1))),
  fpirs: optional(list(number)),
  rank: optional(wholeNumber(1)),
  convention: optional(text),
};

/** The same for the addon, which decides what is left out. Errors: `EOPTION`, `EARGUMENT`. */
export function identificationMeasures(
  options: IdentificationMeasures,
): NativeIdentificationMeasures {
  const settled: IdentificationMeasures = readOptions(options, IDENTIFICATION_RULES);
  return settled as NativeIdentificationMeasures;
}

/** What the addon says of searches, and what was searched. */
export function completeIdentification(
  judged: Omit<Identification, 'schema' | 'subject'>,
  subject: Identification['subject'],
): Identification {
  return { schema: 'hackface-identification/1', subject, ...judged };
}
