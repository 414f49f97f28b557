/** The report of an evaluation (1:1): figures from the core, and what was judged. */
import type {
  EvaluationFigures,
  Interval,
  Members,
  Menagerie as NumberedPeople,
  WorstPair as PairOfList,
} from '../binding.js';

export type {
  AccuracyAt,
  Animal,
  BayesErrors,
  BestAccuracy,
  Calibration,
  Curve,
  DetectionCost,
  Discards,
  EqualErrorFigure,
  EqualErrorRates,
  Figure,
  FoldAccuracy,
  GroupFigures,
  GroupPoint,
  GroupRatio,
  Histogram,
  Interval,
  Members,
  OperatingPoint,
  PartialArea,
  QualityBin,
  QualityFigures,
  ReliabilityBin,
  Variance,
  Warning,
} from '../binding.js';

/**
 * The report of an evaluation: the schema of `--json`, of the HTML report and of the library.
 *
 * A figure that is undefined is `null`, and {@link Evaluation.undefinedBecause} says why; nothing
 * here is ever NaN. Thresholds are on the scale of the input: with `orientation: 'distance'` a pair
 * is accepted when its value is at most the threshold, with `'similarity'` when it is at least it.
 */
export interface Evaluation extends Omit<EvaluationFigures, 'worst' | 'menagerie'> {
  /** Version of this schema; a key may be added within a version, never taken away. */
  schema: 'hackface-evaluation/1';
  /** Subject of the report: files, metric or model, and the protocol that set the rules. */
  subject: {
    scores?: string;
    embeddings?: string;
    /** The matrix that second members are rows of. */
    against?: string;
    /** The list of templates that first members are. */
    enrol?: string;
    metric?: string;
    model?: string;
    protocol?: string;
    /** How templates were pooled. */
    templates?: string;
  };
  /** Pairs or rows left out, by reason; empty when nothing was. */
  skipped: Record<string, number>;
  /** The pairs that are hardest to decide. */
  worst: WorstPairs;
  /** People by their mean scores; `null` where they are not known or too few. */
  menagerie: Menagerie | null;
  /** How thresholds that were chosen elsewhere fare here; there where asked for. */
  transferred?: TransferredThreshold[];
  /** The scores themselves, so that a later run can be compared on the same pairs; there where asked for. */
  kept?: KeptScores;
}

/** A threshold from elsewhere, judged here. */
export interface TransferredThreshold {
  /** File that it comes from. */
  from: string;
  /** On the scale of the scores here. */
  threshold: number;
  /** False accept rate that it was chosen for; `null` for the cut-off of a decision. */
  promisedFar: number | null;
  far: number;
  farInterval: Interval | null;
  tar: number;
  tarInterval: Interval | null;
  /** False reject rate: 1 − {@link tar}. */
  frr: number;
  frrInterval: Interval | null;
  /**
   * True if the promised rate lies in the interval of the rate here, false if not; `null` without a promise or an
   * interval.
   */
  holds: boolean | null;
}

/** Scores of pairs, in the order of the pairs. */
export interface KeptScores {
  ids: (string | number)[];
  scores: number[];
}

/** A pair that is hard to decide. */
export interface WorstPair extends PairOfList {
  /** Class of either row, where labels tell it. */
  class1: string | null;
  class2: string | null;
  /** Name of either row; there where rows have names. */
  name1?: string;
  name2?: string;
}

/** People by the mean scores of their genuine and of their impostor pairs. */
export interface Menagerie extends NumberedPeople {
  /** Columns of equal length, `name` where identities have names. */
  members: Members & { name?: string[] };
}

/** The pairs that are hardest to decide, worst first. */
export interface WorstPairs {
  falseAccepts: WorstPair[];
  falseRejects: WorstPair[];
}

/** Gives the pairs of the core more than it knows of them. */
export function describeWorst(
  { falseAccepts, falseRejects }: EvaluationFigures['worst'],
  about: (pair: PairOfList) => Partial<WorstPair>,
): WorstPairs {
  const described = (pair: PairOfList) => ({ ...pair, class1: null, class2: null, ...about(pair) });
  return {
    falseAccepts: falseAccepts.map(described),
    falseRejects: falseRejects.map(described),
  };
}

/** Completes the figures of the core with what was judged. */
export function completeEvaluation(
  figures: Omit<EvaluationFigures, 'worst'> & { worst: WorstPairs },
  subject: Evaluation['subject'],
): Evaluation {
  const undefinedBecause = { ...figures.undefinedBecause, ...openRatios(figures) };
  return { schema: 'hackface-evaluation/1', subject, skipped: {}, ...figures, undefinedBecause };
}

/** Reasons for figures of how far groups are apart that are `null`. */
function openRatios({ groupRatios }: Pick<EvaluationFigures, 'groupRatios'>) {
  const open = groupRatios.flatMap((at, place) =>
    Object.entries(at).flatMap(([key, value]) => {
      if (value !== null) return [];
      const why = key.endsWith('Interval')
        ? 'a rate of a group is unknown, or a group has no error'
        : 'a rate of a group is unknown, or the least, or all of them, are 0';
      return [[`groupRatios.${place}.${key}`, why] as const];
    }),
  );
  return Object.fromEntries(open);
}
