/** The report of searches (1:N): figures from the core, and what was searched. */
import { list, number, optional, type Rules, text, wholeNumber, confidence } from '../arguments.js';
import type { IdentificationFigures } from '../binding.js';

export type {
  ClosedSet,
  CmcCurve,
  DirCurve,
  IdentificationPoint,
  OpenSet,
  RankRate,
} from '../binding.js';

/**
 * The report of searches of labelled probes in a labelled gallery (1:N): the schema of `--json`, of
 * the HTML report and of the library.
 *
 * A **mate** of a probe is a candidate of the same person; a probe with one is mated. Distances:
 * smaller is more alike. A figure that is undefined is `null`, and
 * {@link Identification.undefinedBecause} says why; nothing here is ever NaN.
 */
export interface Identification extends IdentificationFigures {
  /** Version of this schema; a key may be added within a version, never taken away. */
  schema: 'hackface-identification/1';
  /**
   * Subject of the report: files, metric or model, how rows of a person were fused, and the rules by which
   * candidates are chosen.
   */
  subject: {
    gallery?: string;
    probes?: string;
    metric?: string;
    model?: string;
    fuse?: string;
    /** The protocol that set the rules. */
    protocol?: string;
    /** Rows that are candidates, where not all are: those of other cameras. */
    candidates?: string;
    /** How templates were pooled. */
    templates?: string;
    /** Rows of each person that were drawn, and how often. */
    shots?: string;
  };
  /** Rows of the class that takes no part; `null` without any. */
  ignored: { class: string; probes: number; rows: number } | null;
}

/**
 * `at-most`: at or below the threshold, which is the loosest distance that occurs with an FPIR of at
 * most what is asked for (NIST). `insightface`: strictly below it, the threshold being the distance
 * of non-mated probe number max(⌊n f⌋ − 1, 0) of n in ascending order.
 */
export type IdentificationConvention = 'at-most' | 'insightface';

/** Rule for the area under the precision of a probe. */
export type AveragePrecision = 'at-hits' | 'trapezoid';

/** Figures to derive from searches; all optional. */
export interface IdentificationMeasures {
  /** Ranks of the closed set; default 1, 5, 10 and 20, as far as a best mate has such a rank. */
  ranks?: readonly number[] | undefined;
  /** False positive identification rates of the open set; default 0.003, 0.01 and 0.1. */
  fpirs?: readonly number[] | undefined;
  /** Rank within which the open set wants a mate; default 1. */
  rank?: number | undefined;
  /** How thresholds are chosen; default `at-most`. */
  convention?: IdentificationConvention | undefined;
  /**
   * How the area under the precision of a probe is taken; default `at-hits`, the mean of the precisions at
   * its mates, as torchreid does. `trapezoid` takes trapezoids between them, as the evaluation of
   * Market-1501 does.
   */
  averagePrecision?: AveragePrecision | undefined;
  /** Level of every interval, between 0 and 1; default 0.95. */
  level?: number | undefined;
}

/** Validation rules for {@link IdentificationMeasures}. */
export const IDENTIFICATION_RULES: Rules<IdentificationMeasures> = {
  ranks: optional(list(wholeNumber(1))),
  fpirs: optional(list(number)),
  rank: optional(wholeNumber(1)),
  convention: optional(text),
  averagePrecision: optional(text),
  level: optional(confidence),
};

/** Completes the figures of the core with what was searched. */
export function completeIdentification(
  figures: IdentificationFigures,
  about: Pick<Identification, 'subject' | 'ignored'>,
): Identification {
  return { schema: 'hackface-identification/1', ...about, ...figures };
}
