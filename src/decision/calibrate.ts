/** Calibration and fusion: from scores of labelled pairs to a {@link Decision}. */
import {
  asChecked,
  type Checked,
  copyOf,
  filePath,
  isArrayOf,
  list,
  number,
  optional,
  parts,
  readOptions,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
} from '../arguments.js';
import type { CalibrationJudgement, FusedPart, NativePart, QualityTrial } from '../binding.js';
import { OPEN_RULES, type OpenOptions } from '../embeddings.js';
import { HackfaceError } from '../errors.js';
import { TRUTH_RULES, type TruthFiles } from '../evaluation/knowledge.js';
import { type Orientation, type PairIdentities, PEOPLE_RULES } from '../evaluation/trials.js';
import { JOB_RULES, type JobOptions, runJob } from '../job.js';
import { metricOf } from '../metric-options.js';
import { defined } from '../native.js';
import { version } from '../version.js';
import type { Warning } from '../warning.js';
import { type Decision, decodeDecision } from './decision.js';
import { type Evidence, type EvidenceFiles, readEvidence } from './evidence.js';

/** How to calibrate, and for what; all optional. The core decides those that are absent. */
export interface CalibrationOptions {
  /**
   * Form of the map from score to log-likelihood ratio: `affine` (default), prior-weighted logistic regression;
   * `isotonic`, pooled adjacent violators; `beta`, three parameters.
   */
  map?: 'affine' | 'isotonic' | 'beta' | undefined;
  /**
   * Probability that a pair is of one person before its score is known; default 0.5. It weighs both kinds of pairs
   * in the fit, and moves probabilities and cut-offs.
   */
  prior?: number | undefined;
  /** Cost of rejecting a genuine pair; default 1. */
  costMiss?: number | undefined;
  /** Cost of accepting an impostor pair; default 1. */
  costFalseAccept?: number | undefined;
  /** False accept rates to choose thresholds for; default 0.01, 0.001 and 0.0001. */
  atFar?: readonly number[] | undefined;
  /** Level of every interval, between 0 and 1; default 0.95. */
  level?: number | undefined;
  /** Folds of people to judge on, 3 to 100; default 5. */
  folds?: number | undefined;
  /** Seed that deals people into folds; default 0. */
  seed?: number | undefined;
}

/** Files to calibrate on: `scores`, or `embeddings` with a metric or a model; and what says who is in a pair. */
export interface CalibrateRequest extends TruthFiles, CalibrationOptions, OpenOptions, JobOptions {
  /**
   * The quality of pairs beside their scores: `norm`, the logarithm of the shorter row; `centroid`, the distance of the
   * nearer row to the centroid of poor ones, the shortest tenth of the matrix; or a file as `evaluate` reads it. It
   * enters the decision where the whole interval of its gain, on people held out, is better.
   */
  quality?: string | undefined;
  /** CSV of `Id` and a column of scores, or a list of pairs with scores. */
  scores?: string | undefined;
  /** Name of the column of scores; default `Predicted`. */
  scoreColumn?: string | undefined;
  /** Orientation of the scores; default `distance`. Distances are negated before they are mapped. */
  orientation?: Orientation | undefined;
  /** `.npy` file of the embeddings. */
  embeddings?: string | undefined;
  /** A metric of two rows alone; default `cosine`. */
  metric?: string | undefined;
  /** `l2` divides every row by its norm first; default `none`. */
  normalize?: 'none' | 'l2' | undefined;
  /** A model file in place of a metric. */
  model?: string | undefined;
}

/** Files to fuse: two or more parts in all. */
export interface FuseRequest extends TruthFiles, CalibrationOptions, OpenOptions, JobOptions {
  /** Files of scores of the same pairs, of one orientation. */
  scores?: readonly string[] | undefined;
  /** Name of the column of scores in each; default `Predicted`. */
  scoreColumn?: string | undefined;
  /** Orientation of the scores; default `distance`. */
  orientation?: Orientation | undefined;
  /** `.npy` file of the embeddings. */
  embeddings?: string | undefined;
  /** Metrics of two rows alone. */
  metrics?: readonly string[] | undefined;
  /** `l2` divides every row by its norm before the metrics; default `none`. */
  normalize?: 'none' | 'l2' | undefined;
  /** Model files. */
  models?: readonly string[] | undefined;
  /** Weight of the squared coefficients of the scaled scores; default 0.00001. */
  ridge?: number | undefined;
}

/** Result of {@link calibrate}, {@link fuse} and {@link calibrateScores}. */
export interface CalibrationResult {
  decision: Decision;
  genuine: number;
  impostors: number;
  /** People in at least one pair; `null` where they are not known. */
  identities: number | null;
  /** How ratios fare on people that no fit of theirs has met; `null` where too few people are left to fit on. */
  judgement: CalibrationJudgement | null;
  /** Weights of several parts and what each does; empty for one. */
  fused: FusedPart[];
  /** Forms in which quality was tried beside the score; empty without quality, or where nothing was judged. */
  quality: QualityTrial[];
  /** Remarks to read before relying on the decision. */
  warnings: Warning[];
}

const CALIBRATION_RULES: Rules<CalibrationOptions> = {
  map: optional(text),
  prior: optional(number),
  costMiss: optional(number),
  costFalseAccept: optional(number),
  atFar: optional(list(number)),
  level: optional(number),
  folds: optional(wholeNumber()),
  seed: optional(wholeNumber()),
};

const SHARED_RULES = {
  ...TRUTH_RULES,
  ...CALIBRATION_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  scoreColumn: optional(text),
  orientation: optional(text),
  embeddings: optional(filePath),
  normalize: optional(text),
};

const CALIBRATE_RULES: Rules<CalibrateRequest> = {
  ...SHARED_RULES,
  scores: optional(filePath),
  metric: optional(text),
  model: optional(filePath),
};

const FUSE_RULES: Rules<FuseRequest> = {
  ...SHARED_RULES,
  scores: optional(list(filePath)),
  metrics: optional(list(text)),
  models: optional(list(filePath)),
  ridge: optional(number),
};

/**
 * Calibrates the scores of labelled pairs: a map to log-likelihood ratios and probabilities, cut-offs by prior and
 * costs, and thresholds for false accept rates, with intervals by identity. Figures are of people that no fit of theirs
 * has met: people are dealt into k folds, and a pair is judged by a map from pairs that touch neither of its folds.
 *
 * Errors: those of {@link evaluateScores} and {@link evaluateEmbeddings}, `EOPTION`. Cost: k (k + 1)/2 fits of a
 * few passes over the pairs each.
 */
export async function calibrate(request: CalibrateRequest): Promise<CalibrationResult> {
  const settled = readOptions(request, CALIBRATE_RULES, 'request');
  const { scores, embeddings, metric, model } = settled;
  requireSource({ scores, embeddings, metric: metric ?? model }, settled, model !== undefined);
  if (metric !== undefined && model !== undefined) {
    throw contradiction('metric beside a model', 'one of them', 'Leave out metric or model');
  }
  const files = {
    ...settled,
    scores: scores === undefined ? undefined : [scores],
    metrics: model === undefined ? [metricOf(settled)] : [],
    models: model === undefined ? [] : [model],
  };
  return decided(await readEvidence(asChecked(files)), settled);
}

/**
 * Weighs several metrics, models or files of scores by regularised logistic regression and calibrates the sum; the
 * result is a decision like any other. Says for each part its weight, how it does alone, and what the others lose
 * without it, on people that no fit has met.
 *
 * Errors: as {@link calibrate}; `ESINGULAR` for parts of which one follows from the others, without a ridge.
 */
export async function fuse(request: FuseRequest): Promise<CalibrationResult> {
  const settled = readOptions(request, FUSE_RULES, 'request');
  const { scores, embeddings, metrics = [], models = [] } = settled;
  const given = { scores: scores?.[0], embeddings, metric: metrics[0] ?? models[0] };
  requireSource(given, settled, metrics.length === 0);
  const count = scores?.length ?? metrics.length + models.length;
  if (count < 2) {
    throw contradiction(
      `${count} ${count === 1 ? 'part' : 'parts'} to fuse`,
      'two or more',
      'Name several metrics, models or files of scores; a single one is calibrated',
    );
  }
  return decided(await readEvidence(asChecked(settled as EvidenceFiles & JobOptions)), settled);
}

/** Options of {@link calibrateScores}. */
export interface CalibrateScoresOptions extends CalibrationOptions, JobOptions {
  orientation?: Orientation | undefined;
  /** Identities on either side of each pair. */
  people?: PairIdentities | undefined;
  /** Weight of the squared coefficients of the scaled scores, for several columns; default 0.00001. */
  ridge?: number | undefined;
  /** The quality of each pair, larger being better, beside a single column. */
  quality?: Float64Array | undefined;
}

const SCORES_RULES: Rules<CalibrateScoresOptions> = {
  ...CALIBRATION_RULES,
  ...JOB_RULES,
  orientation: optional(text),
  people: optional(parts(PEOPLE_RULES)),
  ridge: optional(number),
  quality: optional(copyOf(Float64Array)),
};

/**
 * {@link calibrate} for scores in memory, or {@link fuse} for several columns of them. `same[i]` is 1 for a genuine and
 * 0 for an impostor pair. Arrays are copied before the first `await`.
 */
export async function calibrateScores(
  scores: Float64Array | readonly Float64Array[],
  same: Uint8Array,
  options: CalibrateScoresOptions = {},
): Promise<CalibrationResult> {
  const settled = readOptions(options, SCORES_RULES);
  const columns = isArrayOf(Float64Array, scores)
    ? [copyOf(Float64Array)(scores, 'scores')]
    : (list(copyOf(Float64Array))(scores, 'scores') as Float64Array[]);
  if (columns.length === 0) throw wrongArgument('scores', scores, 'one column or more');
  const named = (place: number): NativePart => ({ scores: `scores ${place}` });
  const evidence: Evidence = {
    parts: columns.map((_, place) => named(place)),
    scores: columns,
    same: copyOf(Uint8Array)(same, 'same'),
    people: settled.people,
    orientation: settled.orientation,
    quality: settled.quality && { name: 'quality', values: settled.quality },
    warnings: [],
    card: {},
  };
  return decided(evidence, settled);
}

async function decided(
  evidence: Evidence,
  options: Checked<CalibrationOptions & JobOptions & { ridge?: number | undefined }>,
): Promise<CalibrationResult> {
  const { parts: measures, scores, same, people, orientation, quality, card } = evidence;
  const { map, prior, costMiss, costFalseAccept, atFar, level, folds, seed, ridge } = options;
  const none = new Uint32Array(0);
  const asked = defined({
    ...{ orientation, map, prior, costMiss, costFalseAccept, level, folds, seed, ridge },
    atFar: atFar && [...atFar],
    quality: quality?.values,
    qualityName: quality?.name,
    qualityCentroid: quality?.centroid,
    card: { ...card, made_by: `hackface-native ${version}` },
  });
  const truth = { same, first: people?.first ?? none, second: people?.second ?? none };
  const found = await runJob(options, (native, job) =>
    native.calibrate(measures, scores, truth, asked, job),
  );
  const { decision, warnings, ...figures } = found;
  return {
    ...figures,
    decision: decodeDecision(decision),
    warnings: [...evidence.warnings, ...warnings],
  };
}

/**
 * Rejects a request without scores, with two sources of them, or with an option that says nothing of its source, which
 * would be taken for one that counts (`EOPTION`).
 */
function requireSource(
  given: Record<'scores' | 'embeddings' | 'metric', string | undefined>,
  { normalize, orientation, scoreColumn }: Checked<CalibrateRequest | FuseRequest>,
  isModel: boolean,
): void {
  const { scores, embeddings, metric } = given;
  if (scores !== undefined && (embeddings ?? metric) !== undefined) {
    throw contradiction(
      'scores beside embeddings or what measures them',
      'one source of scores',
      'Leave out scores, or embeddings with metric and model',
    );
  }
  if (scores === undefined && embeddings === undefined) {
    throw contradiction(
      'nothing to calibrate',
      'scores, or embeddings with their pairs',
      'Name one with option scores or option embeddings',
    );
  }
  const idle = Object.entries(
    scores === undefined
      ? { orientation, scoreColumn, ...(isModel && { normalize }) }
      : { normalize },
  ).find(([, value]) => value !== undefined);
  if (idle === undefined) return;
  const [option] = idle;
  const source = scores !== undefined ? 'scores' : isModel ? 'a model' : 'embeddings';
  throw new HackfaceError('EOPTION', 'usage', {
    ...{ found: `option ${option} with ${source}`, expected: 'options that act on them', option },
    hint: option === 'normalize' ? 'Metrics alone have it' : 'Scores of files alone have it',
  });
}

function contradiction(found: string, expected: string, hint: string): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', { found, expected, hint });
}
