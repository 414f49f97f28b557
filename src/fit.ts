import { number, optional, readOptions, type Rules, text, wholeNumber } from './arguments.js';
import type { NativeFitOptions } from './binding.js';
import {
  borrowEmbeddings,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { JOB_RULES, type JobOptions, runJob, threadCount } from './job.js';
import { Model } from './model.js';
import { callNative } from './native.js';
import { copyCenter } from './score-pairs.js';
import { classNumbers, TRAINING_RULES, type TrainingRows, withClassName } from './training-rows.js';

/** A named pipeline. */
export interface Preset {
  /** Its name, which the option `pipeline` takes. */
  name: string;
  /** The pipeline it stands for. */
  pipeline: string;
  /** One line about it. */
  about: string;
}

/** What to fit. */
export interface FitRequest extends TrainingRows, OpenOptions, JobOptions {
  /** The embeddings, n × d. */
  embeddings: EmbeddingsSource;
  /** A pipeline such as `center, pca(64), wccn, cosine`, or the name of a preset; default `plda`. */
  pipeline?: string | undefined;
  /**
   * What the first `center` of the pipeline subtracts, which is then `center(given)`: d numbers, or
   * a `.npy` file of one row or more (their mean). Default `train`: the mean that the step names.
   */
  center?: string | readonly number[] | Float64Array | undefined;
  /** Share of the classes set aside to judge the model on, in (0, 1); default none. */
  holdout?: number | undefined;
  /** Selects the classes set aside; default 0. */
  seed?: number | undefined;
}

const FIT_RULES: Rules<FitRequest> = {
  ...TRAINING_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  embeddings: requireSource,
  pipeline: optional(text),
  center: optional(copyCenter),
  holdout: optional(number),
  seed: optional(wholeNumber()),
};

/** Verification figures of a metric. */
export interface VerificationFigures {
  /** Area under the ROC curve, in [0, 1], larger is better, ties at ½. */
  auroc: number;
  /** Its standard error, clustered by identity (sum of squared influences of identities). */
  aurocError: number;
  /** Equal error rate, in [0, 1], smaller is better, by linear interpolation of the crossing. */
  eer: number;
  /** True accept rate at a false accept rate of at most 1e-3; `null` with too few impostors. */
  tar: number | null;
}

/** A model and cosine on people that neither has seen. */
export interface HeldOut {
  /** People set aside. */
  identities: number;
  /** Genuine pairs judged: all of them, or 500,000 drawn by seed. */
  genuine: number;
  /** Impostor pairs judged: all of them, or 1,000,000 drawn by seed. */
  impostors: number;
  /** Figures of the model. */
  model: VerificationFigures;
  /** Figures of cosine on the same pairs. */
  cosine: VerificationFigures;
  /** AUROC of the model less that of cosine, with a 95 % interval clustered by identity. */
  difference: { value: number; low: number; high: number };
}

/** What a fit came to. */
export interface FitResult {
  model: Model;
  /** Rows used. */
  rows: number;
  /** Classes with rows; 0 without labels. */
  classes: number;
  /** Classes with one row. */
  singletons: number;
  /** Rows left out because they were not finite. */
  skipped: number;
  /** Passes over the rows. */
  passes: number;
  /** Choices that the fit made: dimensions, shrinkage, condition numbers. */
  decisions: { step: string; name: string; value: number }[];
  /** Log-likelihood before the first iteration of EM and after each; empty without EM. */
  logLikelihood: number[];
  /** Figures on held-out people; `null` without a hold-out. */
  heldOut: HeldOut | null;
  /** Whole time of the call. */
  seconds: number;
}

/** The pipeline when none is named. */
export const DEFAULT_PIPELINE = 'wccn';
const Z95 = 1.959963984540054;

/** Every preset, in the order of the documentation. */
export function presets(): Preset[] {
  return callNative((native) => native.presets());
}

/**
 * A pipeline in full, every choice spelt out; refused (`EMETRIC`) if it cannot be read. With
 * `center` it is that of a fit with such a `center`; refused (`EOPTION`) if the two do not go
 * together.
 */
export function explainPipeline(
  pipeline: string,
  options: Pick<FitRequest, 'center'> = {},
): string {
  text(pipeline, 'pipeline');
  const { center } = readOptions(options, EXPLAIN_RULES);
  const centered = center === undefined ? undefined : center !== 'train';
  return callNative((native) => native.explainPipeline(pipeline, centered));
}

const EXPLAIN_RULES: Rules<Pick<FitRequest, 'center'>> = { center: optional(copyCenter) };

/**
 * Learns a metric from labelled embeddings, in one streaming pass over them for most pipelines.
 *
 * With `holdout` the model is fitted on the other classes and then judged, beside cosine, on those
 * set aside; no person is on both sides. Errors: those of {@link openEmbeddings} and
 * {@link readLabels}, `EMETRIC`, `EOPTION`, `EONECLASS`, `ESINGULAR`, `ENOTFINITE`. Cost: n·d²/2
 * multiply-adds for the pass and O(d³) for the decompositions; d² numbers a thread and d a class.
 */
export async function fit(request: FitRequest): Promise<FitResult> {
  const started = performance.now();
  const settled = readOptions(request, FIT_RULES, 'request');
  const { pipeline = DEFAULT_PIPELINE, holdout, seed, maxPerClass, skipInvalid } = settled;
  const options: NativeFitOptions = { pipeline };
  if (holdout !== undefined) options.holdout = holdout;
  if (seed !== undefined) options.seed = seed;
  if (maxPerClass !== undefined) options.maxPerClass = maxPerClass;
  if (skipInvalid !== undefined) options.skipInvalid = skipInvalid;
  const threads = threadCount(settled);
  if (threads !== undefined) options.threads = threads;
  const center = settled.center ?? 'train';
  explainPipeline(pipeline, { center });
  const { embeddings, release } = borrowEmbeddings(settled.embeddings, settled);
  try {
    const classes = await classNumbers(settled, embeddings.rows);
    const { subset } = settled;
    if (center !== 'train') options.centerVector = await centerVector(center, settled);
    const rows = Embeddings.native(embeddings);
    const report = await runJob(settled, (native, job) =>
      native.fit(rows, classes?.ofRow, subset, options, job),
    ).catch((error: unknown) => {
      throw withClassName(error, classes, subset);
    });
    return {
      model: Model.fromBytes(report.model),
      rows: report.rows,
      classes: classes ? report.classes : 0,
      singletons: classes ? report.singletons : 0,
      skipped: report.skipped,
      passes: report.passes,
      decisions: report.decisions,
      logLikelihood: report.logLikelihood,
      heldOut: report.heldOut ? describeHeldOut(report.heldOut) : null,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    release();
  }
}

async function centerVector(
  center: string | readonly number[] | Float64Array,
  options: OpenOptions & JobOptions,
): Promise<number[]> {
  if (typeof center !== 'string') return Array.from(center);
  const { embeddings, release } = borrowEmbeddings(center, options);
  try {
    const rows = Embeddings.native(embeddings);
    const mean = await runJob({ signal: options.signal }, (native, job) =>
      native.centerOf(rows, threadCount(options), job),
    );
    return Array.from(mean);
  } finally {
    release();
  }
}

function describeHeldOut(held: {
  identities: number;
  genuine: number;
  impostors: number;
  model: { auroc: number; aurocError: number; eer: number; tar?: number };
  cosine: { auroc: number; aurocError: number; eer: number; tar?: number };
  difference: number;
  differenceError: number;
}): HeldOut {
  const { identities, genuine, impostors, model, cosine, difference, differenceError } = held;
  return {
    identities,
    genuine,
    impostors,
    model: { ...model, tar: model.tar ?? null },
    cosine: { ...cosine, tar: cosine.tar ?? null },
    difference: {
      value: difference,
      low: difference - Z95 * differenceError,
      high: difference + Z95 * differenceError,
    },
  };
}
