/**
 * What an evaluation says: the schema of `--json`, of the report and of the library.
 *
 * A figure that is undefined is `null`, and {@link Evaluation.undefinedBecause} says why; nothing
 * here is ever NaN. Thresholds are on the scale of the input: with `orientation: 'distance'` a pair
 * is accepted when its value is at most the threshold, with `'similarity'` when it is at least it.
 */
export interface Evaluation {
  /** Version of this schema; a key may be added within a version, never taken away. */
  schema: 'hackface-evaluation/1';
  /** What was judged, in words: files, metric or model. */
  subject: { scores?: string; embeddings?: string; metric?: string; model?: string };
  /** Whether the scores are distances or similarities. */
  orientation: 'distance' | 'similarity';
  /** Pairs of the same person. */
  genuine: number;
  /** Pairs of two people. */
  impostors: number;
  /** Pairs or rows left out, by reason; empty when nothing was. */
  skipped: Record<string, number>;
  /** People behind the pairs; `null` where the input does not tell. */
  identities: number | null;
  /** Area under the ROC curve, in [0, 1], larger is better, ties at ½. */
  auroc: Figure;
  /** Half-width within which {@link auroc} is certain though values were counted in bins; 0 if exact. */
  aurocBound: number;
  /** Area up to a false accept rate, standardised after McClish to [½, 1]; one for each asked. */
  partialAuroc: { far: number; value: number }[];
  /** Equal error rate by linear interpolation of the crossing, smaller is better. */
  eer: Figure & { threshold: number | null };
  /** The equal error rate by the other two conventions. */
  eerBy: { hull: number | null; nearest: number | null };
  /** True accept rate at each false accept rate asked for. */
  tarAtFar: OperatingPoint[];
  /** Largest share of right decisions, and the threshold (middle of the widest best interval). */
  accuracy: { best: number; threshold: number };
  /** Share of right decisions at thresholds that were given. */
  accuracyAt: { threshold: number; accuracy: number; far: number; tar: number }[];
  /** Threshold from the other folds, accuracy on each fold; `null` unless asked for. */
  folds: { mean: number; standardError: number; accuracies: number[]; thresholds: number[] } | null;
  /** (mean of genuine − mean of impostors) / root of the mean variance, positive when right. */
  dPrime: number | null;
  /** Normalised detection cost for each prior asked for. */
  detectionCost: {
    prior: number;
    costMiss: number;
    costFalseAccept: number;
    minimum: number;
    threshold: number | null;
    /** With thresholds read off as log-likelihood ratios; `null` unless values are those. */
    actual: number | null;
  }[];
  /** How well values serve as log-likelihood ratios; `null` unless asked for. */
  calibration: {
    cllr: number;
    minCllr: number;
    /** Values in bins: mean predicted probability, share genuine, pairs. */
    reliability: { predicted: number; observed: number; pairs: number }[];
  } | null;
  /** One entry for each group, at the shared thresholds of {@link tarAtFar}. */
  groups: GroupFigures[];
  /** How far groups are apart at those thresholds; empty without groups. */
  groupRatios: GroupRatio[];
  /** Points of the ROC curve from strictest to loosest, thinned for drawing. */
  curve: Curve;
  /** Counts of values between `edges[i]` and `edges[i + 1]`. */
  histogram: { edges: number[]; genuine: number[]; impostors: number[] };
  /** The impostor pairs most alike and the genuine pairs least alike, worst first. */
  worst: { falseAccepts: WorstPair[]; falseRejects: WorstPair[] };
  /** What a reader should know before trusting a figure. */
  warnings: { code: string; text: string }[];
  /** Why a figure is `null`, by the path of its key: `"eer.interval": "…"`. */
  undefinedBecause: Record<string, string>;
}

/** A figure with its interval. */
export interface Figure {
  value: number | null;
  interval: Interval | null;
}

/** A confidence interval. */
export interface Interval {
  low: number;
  high: number;
  /** Share of repetitions that cover the truth, such as 0.95. */
  level: number;
  /** How it was made: `identity influence`, `identity bootstrap (1000)`, `DeLong, pairs taken as independent`, … */
  method: string;
}

/** Acceptance at a false accept rate. */
export interface OperatingPoint {
  /** Asked for. */
  far: number;
  /** How the threshold was chosen. */
  rule: 'at-most' | 'nearest' | 'quantile';
  threshold: number | null;
  /** Really reached at {@link threshold}. */
  achievedFar: number | null;
  achievedFarInterval: Interval | null;
  tar: number | null;
  tarInterval: Interval | null;
  /** Impostor pairs accepted. */
  falseAccepts: number | null;
  /** Whether so many impostors can resolve this rate: below 1 they cannot, below 30 barely. */
  resolution: 'resolved' | 'unstable' | 'unresolved';
}

/** One group at the shared thresholds. */
export interface GroupFigures {
  group: string;
  genuine: number;
  impostors: number;
  auroc: number | null;
  at: { far: number; groupFar: number | null; groupTar: number | null }[];
}

/** Worst over best rate among groups; `null` where a rate is unknown or the best is 0. */
export interface GroupRatio {
  /** Asked for. */
  far: number;
  /** Of the false accept rates. */
  farRatio: number | null;
  /** Of the false reject rates. */
  frrRatio: number | null;
}

/** The ROC curve as columns of equal length. */
export interface Curve {
  threshold: number[];
  far: number[];
  tar: number[];
  /** 95 % band of {@link tar} at each point; `null` where identities are not known. */
  tarLow: number[] | null;
  tarHigh: number[] | null;
}

/** A pair that was judged wrongly. */
export interface WorstPair {
  /** Place in the list, from 0; `null` where there is no list. */
  pair: number | null;
  id: string | null;
  /** Row numbers, where the input has them. */
  index1: number | null;
  index2: number | null;
  value: number;
}
