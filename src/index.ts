/** The public API of the package. */

export {
  type AuditEstimate,
  type AuditPart,
  type AuditPartRequest,
  type AuditReport,
  type AuditRequest,
  type AuditSet,
  audit,
  auditPart,
  type DomainShift,
  type DuplicateRows,
  estimateAudit,
  type Listed,
  type LookAlikeClasses,
  type RowPlace,
  type SuspectRow,
  type SuspectTrust,
  type TrainAndTarget,
} from './audit.js';
export { type BuildInfo, buildInfo } from './build-info.js';
export {
  type CovarianceRequest,
  type CovarianceResult,
  covariance,
  type Denominator,
  type ScatterOf,
} from './covariance.js';
export {
  type CheckOptions,
  checkSubmission,
  type Finding,
  type SubmissionReport,
} from './csv/check.js';
export { writeDuplicates } from './csv/duplicates.js';
export {
  readTemplateList,
  type TemplateList,
  type TemplateListOptions,
} from './csv/enrolment.js';
export type { Ids } from './csv/ids.js';
export type { IgnoredColumn, Meaning, Understood } from './csv/ignored.js';
export { type Labels, type LabelsOptions, readLabels, readLabelsSync } from './csv/labels.js';
export type { CellOptions } from './csv/quote.js';
export { readNames } from './csv/names.js';
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
  type SubmissionColumns,
  validateSubmission,
} from './csv/scores.js';
export {
  type Submission,
  type SubmissionOptions,
  writeSubmission,
} from './csv/submission.js';
export {
  readTruth,
  readTruthSync,
  type Truth,
  type TruthOptions,
  type Usage,
} from './csv/truth.js';
export type { Names } from './lists/names.js';
export { writeSuspects } from './csv/suspects.js';
export { convert, type ConvertRequest, type ConvertSummary } from './convert.js';
export {
  Embeddings,
  type EmbeddingsSource,
  type EmbeddingsStream,
  type Io,
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
  type StatsFitRequest,
} from './fit.js';
export { type Preset, presets } from './presets.js';
export type { HeldOut, VerificationFigures } from './held-out.js';
export {
  type CandidateOptions,
  candidates,
  type ComparedPipeline,
  type CompareRequest,
  type CompareResult,
  compare,
  type PipelineComparison,
} from './compare.js';
export {
  type CalibrateRequest,
  type CalibrateScoresOptions,
  type CalibrationOptions,
  type CalibrationResult,
  calibrate,
  calibrateScores,
  type FuseRequest,
  fuse,
} from './decision/calibrate.js';
export { Decision, type DecisionScoreOptions, type Verdict } from './decision/decision.js';
export type {
  CalibrationJudgement,
  DecisionThreshold,
  FusedPart,
  JudgedReliability,
  QualityTrial,
} from './binding.js';
export { writeCurve } from './evaluation/outputs.js';
export { figureTable, type TableFormat } from './report/figure-table.js';
export {
  type Mapped,
  type MapOptions,
  Model,
  type Transformed,
  type TransformOptions,
} from './model.js';
export {
  type AllPairsOptions,
  type AllPairsPartOptions,
  allPairs,
  allPairsPart,
  type LabelledRows,
  type PairsPart,
} from './evaluation/all-pairs.js';
export {
  type AdjustedDifference,
  type AdjustedRate,
  type Comparison,
  type CompareOptions,
  compareScores,
  compareSystems,
  type Difference,
  type RateDifference,
  type SystemDifference,
  type SystemsComparison,
  type SystemsOptions,
} from './evaluation/compare.js';
export type { PairGroups } from './evaluation/groups.js';
export { auroc, type EqualErrorRate, eer, type RocCurve, roc } from './evaluation/curves.js';
export {
  type EvaluateOptions,
  evaluate,
  type MeasureOptions,
  type PairKnowledge,
} from './evaluation/evaluate.js';
export {
  type EmbeddingsRequest,
  type EvaluationOutput,
  evaluateEmbeddings,
  evaluateScores,
  type HeldAgainst,
  type Judged,
  type ScoreFilesRequest,
  type TruthFiles,
} from './evaluation/files.js';
export { type Grade, type GradeRequest, type Grades, grade } from './evaluation/grade.js';
export type {
  AveragePrecision,
  ClosedSet,
  CmcCurve,
  DirCurve,
  Identification,
  IdentificationConvention,
  IdentificationMeasures,
  IdentificationPoint,
  OpenSet,
  RankRate,
} from './evaluation/identification.js';
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
  Evaluation,
  Figure,
  FoldAccuracy,
  GroupFigures,
  GroupPoint,
  GroupRatio,
  Histogram,
  Interval,
  KeptScores,
  Members,
  Menagerie,
  OperatingPoint,
  PartialArea,
  QualityBin,
  QualityFigures,
  ReliabilityBin,
  TransferredThreshold,
  Variance,
  Warning,
  WorstPair,
  WorstPairs,
} from './evaluation/result.js';
export type { Orientation, PairIdentities, ScoreArray } from './evaluation/trials.js';
export { type EnrolledPairs, Enrolment } from './enrolment.js';
export {
  Gallery,
  type GalleryAddOptions,
  type GalleryIdentifyOptions,
  type GalleryInfo,
  type GalleryOpenOptions,
  type GalleryOptions,
  type GalleryRow,
  type GallerySearchOptions,
  type Hits,
  nearest,
} from './gallery.js';
export type { RowNames, Where } from './gallery-names.js';
export type { HitsFormat } from './hits.js';
export type { SearchPeople } from './candidates.js';
export type {
  Batch,
  DistanceType,
  HalfArray,
  MatrixData,
  NumberArray,
  Numbers,
  Rows,
  Vector,
} from './matrix-data.js';
export {
  type DistanceMatrix,
  type MatrixFile,
  pairwise,
  type PairwiseOptions,
  pairwiseSync,
  writePairwise,
} from './pairwise.js';
export {
  type GateAnswer,
  type GateOptions,
  type GateReport,
  type GateResult,
  judge,
} from './gates/judge.js';
export type { Judgeable } from './gates/figure.js';
export { readResult } from './gates/documents.js';
export { gateTable, writeJUnit } from './report/gate-files.js';
export { type Plan, type PlanRequest, type PlanStep, plan } from './plan.js';
export { type IdentifyRequest, type IdentifySummary, identify } from './identify.js';
export type { EvaluateProtocol, IdentifyProtocol } from './protocols.js';
export { poolTemplates, type PoolingOptions } from './templates.js';
export {
  type ErrorClass,
  type ErrorDetails,
  HackfaceError,
  type OptionAdvice,
} from './errors.js';
export { type EmbeddingsReport, inspectEmbeddings } from './inspect.js';
export type { WriteOptions } from './files/atomic.js';
export type { AbortSignalLike } from './abort.js';
export { AbortError, type JobOptions, type Progress } from './job.js';
export {
  checkMetric,
  type FunctionInfo,
  type MetricInfo,
  metricFunctions,
  metrics,
} from './metrics.js';
export {
  type AuditPageOptions,
  type CalibrationPageOptions,
  type ComparisonPageOptions,
  type IdentificationPlotKind,
  type IdentificationPlotOptions,
  type IdentificationReportOptions,
  type PlotKind,
  type PlotOptions,
  type ReportOptions,
  type CardPageOptions,
  type PageOptions,
  type SystemsReportOptions,
  writeSystemsReport,
  type StepPlot,
  writeAuditReport,
  writeCalibrationReport,
  writeComparisonPlot,
  writeComparisonReport,
  writeIdentificationPlot,
  writeIdentificationReport,
  writePlot,
  writeReport,
  writeStepPlot,
} from './report/index.js';
export type { MetricOptions } from './metric-options.js';
export type { ExpandOptions, NormOptions, RerankOptions } from './score-norm.js';
export type { ScoredFormat } from './scored-pairs.js';
export type { ListedPairsOptions, PooledFiles, SidesFiles } from './pair-files.js';
export { type ScoreRequest, type ScoreSummary, score } from './score.js';
export type { Engine, EngineConversion, EngineRecipe, PlainMeasure } from './engines.js';
export type { Shard } from './shard.js';
export type { SidesOptions, TemplateFusion, TemplateRows } from './sides.js';
export { distance, type PairIndices, scorePairs, scorePairsSync } from './score-pairs.js';
export {
  type MergeRequest,
  mergeStats,
  type People,
  Stats,
  type StatsRequest,
  type StatsResult,
  type StatsSource,
  stats,
} from './stats.js';
export { type SynthFiles, type SynthRequest, synth } from './synth.js';
export type { TrainingRows } from './training-rows.js';
export { version } from './version.js';
export { type DoubleMatrix, writeNpy } from './write-npy.js';
