/** The public surface of the package, and nothing else. */

export { auroc, type Orientation } from './auroc.js';
export {
  type CheckOptions,
  checkSubmission,
  type Finding,
  type SubmissionReport,
} from './csv/check.js';
export type { Ids } from './csv/ids.js';
export { type Labels, type LabelsOptions, readLabels, readLabelsSync } from './csv/labels.js';
export {
  checkPairs,
  type Pairs,
  type PairsOptions,
  parsePairs,
  readPairs,
  readPairsSync,
} from './csv/pairs.js';
export {
  readSubmission,
  readSubmissionSync,
  type Scores,
  type ScoresOptions,
  validateSubmission,
} from './csv/scores.js';
export {
  type Submission,
  type SubmissionColumns,
  type SubmissionOptions,
  writeSubmission,
} from './csv/submission.js';
export { readTruth, readTruthSync, type Truth, type TruthOptions } from './csv/truth.js';
export {
  Embeddings,
  type EmbeddingsSource,
  type Io,
  type MatrixData,
  type OpenOptions,
  openEmbeddings,
  openEmbeddingsSync,
} from './embeddings.js';
export {
  DEFAULT_PIPELINE,
  explainPipeline,
  type FitRequest,
  type FitResult,
  fit,
  type HeldOut,
  type Preset,
  presets,
  type VerificationFigures,
} from './fit.js';
export { Model, type Transformed, type TransformOptions } from './model.js';
export { type ErrorClass, type ErrorDetails, HackfaceError } from './errors.js';
export { type EmbeddingsReport, inspectEmbeddings } from './inspect.js';
export { AbortError, type JobOptions, type Progress } from './job.js';
export {
  checkMetric,
  type FunctionInfo,
  type MetricInfo,
  metricFunctions,
  metrics,
} from './metrics.js';
export { buildInfo, type ScoreRequest, type ScoreSummary, score } from './score.js';
export {
  type MetricOptions,
  type PairIndices,
  scorePairs,
  scorePairsSync,
} from './score-pairs.js';
export { type SynthFiles, type SynthRequest, synth } from './synth.js';
export { version } from './version.js';
