/** Figures of a metric on people that it has not learned from. */
import type { NativeHeldOut, NativeVerification } from './binding.js';
import type { Interval } from './evaluation/result.js';

/** Verification figures of a metric. */
export interface VerificationFigures {
  /** Area under the ROC curve, in [0, 1], larger is better, ties at ½. */
  auroc: number;
  /** Its standard error, clustered by identity; near 1 it says less than the interval. */
  aurocError: number;
  /** Its interval, clustered by identity; `null` where people do not differ. */
  aurocInterval: Interval | null;
  /** Equal error rate, in [0, 1], smaller is better, by linear interpolation of the crossing. */
  eer: number;
  /** True accept rate at a false accept rate of at most 1e-3; `null` with too few impostors. */
  tar: number | null;
}

/** A model of the other people, and cosine, on held-out people. */
export interface HeldOut {
  /** People held out. */
  identities: number;
  /** Rows that the judged model learned from. */
  trainedRows: number;
  /** People that it learned from. */
  trainedIdentities: number;
  /** Genuine pairs: all of them, or 500,000 drawn by seed. */
  genuine: number;
  /** Impostor pairs: all of them, or 1,000,000 drawn by seed. */
  impostors: number;
  /** Figures of the model. */
  model: VerificationFigures;
  /** Figures of cosine on the same pairs. */
  cosine: VerificationFigures;
  /** AUROC of the model less that of cosine, with an interval clustered by identity. */
  difference: { value: number; low: number; high: number; level: number };
}

/** Verification figures of the addon as the library gives them. */
export function describeVerification(figures: NativeVerification): VerificationFigures {
  const { tar, aurocInterval, ...others } = figures;
  return { ...others, aurocInterval: aurocInterval ?? null, tar: tar ?? null };
}

/** Turns figures of held-out people from the addon into those of the library. */
export function describeHeldOut(held: NativeHeldOut): HeldOut {
  const { model, cosine, difference, differenceInterval, differenceError: _, ...counts } = held;
  return {
    ...counts,
    model: describeVerification(model),
    cosine: describeVerification(cosine),
    difference: {
      value: difference,
      low: differenceInterval.low,
      high: differenceInterval.high,
      level: differenceInterval.level,
    },
  };
}
