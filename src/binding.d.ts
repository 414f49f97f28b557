/** An open matrix. JavaScript cannot write to it; closing it frees it once no call uses it. */
export declare class NativeEmbeddings {
  /** Opens a file; `io` is `mmap` or `read`. */
  static open(path: string, io: string): NativeEmbeddings
  /** Opens a matrix that is a part of a file. */
  static openAt(path: string, place: NativePlace, io: string): NativeEmbeddings
  /** Copies the matrix at a place of bytes that were read from the file `origin`, if there is one. */
  static fromBytes(bytes: Uint8Array, place: NativePlace, origin?: string | undefined | null): NativeEmbeddings
  /** Copies `rows × dim` numbers. */
  static fromData(data: Float32Array, rows: number, dim: number): NativeEmbeddings
  /** The rows of one matrix and then those of another, which both stay as they are. */
  static stacked(parts: Array<NativeEmbeddings>): NativeEmbeddings
  /** Facts about the matrix. */
  about(): NativeMatrixAbout
  /** A copy of these rows, in this order: singles where the element type fits, else doubles. */
  copyRows(rows: Uint32Array): Float32Array | Float64Array
  /** Frees the matrix; a call that still uses it finishes first. */
  close(): void
}

/** Templates with the model that enrolled them. */
export declare class NativeEnrolment {}

/** Rows under a measure, ready to be searched. */
export declare class NativeGallery {
  /** Number of rows ever added. */
  get rows(): number
  /** Number of rows that can be found. */
  get size(): number
  /** The same gallery, as it is now, for a search that is about to begin. */
  snapshot(): NativeGallery
  /** True if searches of both see the same rows. */
  isSame(other: NativeGallery): boolean
  /** Facts about it. */
  about(): NativeGalleryAbout
  /** The row with a key that can be found. */
  rowOf(key: string): number | null
  /** The label of a row. */
  labelOf(row: number): string | null
  /** A copy of a row. */
  copyRow(row: number): Float32Array | Float64Array
  /** Keys of the rows that can be found, in their order. */
  keys(): Array<string>
  /** Labels of the rows that can be found, each once. */
  labels(): Array<string>
  /**
   * Does one change after the other, and gives the outcome of each once all are in the journal: together, if
   * there are several.
   */
  change(changes: Array<NativeChangeOfRows>, memory: number | undefined | null, job: NativeJob): Promise<NativeOutcome[]>
  /**
   * The k nearest rows of each probe. With `nearest` each person is found by one row; with `mean` and
   * people of a list hits are the numbers of people in the place of rows, with labels the first rows.
   */
  search(probes: NativeEmbeddings, search: NativeSearch, job: NativeJob): Promise<NativeHits>
  /** Ranks the mates of probes, adds what they met to `searches` and gives their number. */
  rank(probes: NativeEmbeddings, search: NativeSearch, searches: NativeSearches, job: NativeJob): Promise<number>
  /** Checks the rows of a file and makes them ready to be searched; gives the number of rows. */
  ready(memory: number | undefined | null, job: NativeJob): Promise<number>
  /** Writes the gallery as it is now to a file that is there; gives the number of rows. */
  save(path: string, job: NativeJob): Promise<number>
  /** Merges the journal into the file; gives the number of rows. */
  compact(job: NativeJob): Promise<number>
  /** Frees it once the searches that use it have ended. */
  close(): void
}

/** Work that may be watched and stopped. Made before the work starts, and handed to it. */
export declare class NativeJob {
  /** A job that nothing has started on, for so many threads; as many as the process may use if absent. */
  constructor(threads?: number | undefined | null)
  /** Asks the work to stop at its next block. */
  cancel(): void
  /** How far the work is. */
  progress(): NativeProgress
}

/** A fitted metric. */
export declare class NativeModel {
  /** Reads a model file. */
  static fromBytes(bytes: Uint8Array): NativeModel
  /** Length of a whole model file in bytes, by its header; it must be `length` if that is given. */
  static fileBytes(head: Uint8Array, length?: number | undefined | null): number
  /** The file of this model. */
  toBytes(): Uint8Array
  /** Facts about the model and its file. */
  about(): NativeModelAbout
}

/** A decision about pairs. */
export declare class NativeRule {
  /** Reads a decision file. */
  static fromBytes(bytes: Uint8Array): NativeRule
  /** The file of this decision. */
  toBytes(): Uint8Array
  /** Facts about the decision and its file. */
  about(): NativeRuleAbout
  /** The verdict on a score. */
  judge(score: number): NativeVerdict
  /** The verdict on two rows of single precision. */
  decideNarrow(a: Float32Array, b: Float32Array, quality?: number | undefined | null): NativeVerdict
  /** The verdict on two rows of double precision. */
  decideWide(a: Float64Array, b: Float64Array, quality?: number | undefined | null): NativeVerdict
  /** The rule as source text, `sql` or `javascript`. */
  export(language: string): string
}

/** Outcomes of labelled probes, gathered over several calls. */
export declare class NativeSearches {
  /** None yet. */
  constructor()
  /** The report of the searches. */
  report(measures: NativeIdentificationMeasures, job: NativeJob): Promise<IdentificationFigures>
}

/** Trials to judge. JavaScript cannot write to them. */
export declare class NativeTrials {
  /** Copies 64-bit scores; `first` and `second` are identities, or empty. */
  static wide(scores: Float64Array, same: Uint8Array, orientation: string | undefined | null, first: Uint32Array, second: Uint32Array): NativeTrials
  /** Copies 32-bit scores. */
  static narrow(scores: Float32Array, same: Uint8Array, orientation: string | undefined | null, first: Uint32Array, second: Uint32Array): NativeTrials
}

/** Share of right decisions at a threshold that was given, and its rates. */
export interface AccuracyAt {
  threshold: number
  accuracy: number
  far: number
  farInterval: Interval | null
  tar: number
  tarInterval: Interval | null
}

/** A figure of a system less that of the reference, by itself and among all comparisons. */
export interface AdjustedDifference {
  value: number
  standardError: number
  /** By itself. */
  interval: Interval
  /** By itself; `null` without any error. */
  p: number | null
  /** Holds together with those of the other comparisons. */
  adjustedInterval: Interval
  /** Chance that any comparison shows so much if no system differs; `null` without any error. */
  adjustedP: number | null
}

/** Difference of the true accept rates at a false accept rate. */
export interface AdjustedRate {
  far: number
  difference: AdjustedDifference
}

/**
 * A report of all pairs of a set, or of two. Or what a shard of them counted: its first tile, the one behind the
 * last, the tiles of all pairs, its pairs, about, those of all tiles, and 1 if the file held them before.
 */
export declare function allPairs(asked: NativeAllPairs, job: NativeJob): Promise<EvaluationFigures | Float64Array>

/** Defaults of evaluations of all pairs. */
export interface AllPairsDefaults {
  /** Bytes. */
  memory: number
}

/** People who stand in the same two outer quarters. */
export interface Animal {
  /**
   * `doves` match themselves and nobody else; `chameleons` match everybody; `phantoms` match nobody, not
   * even themselves; `worms` match others and not themselves.
   */
  name: 'doves' | 'chameleons' | 'phantoms' | 'worms'
  people: number
  /** The number to expect if how people match themselves said nothing of how they match others. */
  expected: number
  /** Chance of at least so many then. */
  p: number
}

/**
 * Looks for faults of one matrix, or of two as if they stood one below the other; in the background,
 * on a copy of the labels.
 */
export declare function audit(embeddings: NativeEmbeddings, second: NativeEmbeddings | undefined | null, labels: Uint32Array | undefined | null, options: NativeAuditOptions, job: NativeJob): Promise<NativeAudit>

/** Defaults of audits. */
export interface AuditDefaults {
  near: number
  limit: number
}

/**
 * Finds the near-identical rows of a shard and writes them to a file. Gives the first of its compared rows, the one
 * behind the last, how many all shards compare, its comparisons, those of all, and 1 if the file held them before.
 */
export declare function auditPart(embeddings: NativeEmbeddings, second: NativeEmbeddings | undefined | null, labels: Uint32Array | undefined | null, options: NativeAuditOptions, job: NativeJob): Promise<Float64Array>

/** Exact AUROC, in the background. */
export declare function auroc(trials: NativeTrials, job: NativeJob): Promise<number>

/**
 * Error rates over the prior, divided by those of a system that decides by the prior alone. Columns of
 * equal length.
 */
export interface BayesErrors {
  /** Logarithm of the prior odds of a genuine pair, ascending. */
  logOdds: Array<number>
  /** Of decisions by the values as log-likelihood ratios. */
  actual: Array<number>
  /** Of the best threshold for the prior. */
  minimum: Array<number>
  /** Impostor pairs that those decisions accept. */
  falseAccepts: Array<number>
  /** Genuine pairs that they reject. */
  falseRejects: Array<number>
}

/** The largest accuracy. */
export interface BestAccuracy {
  best: number
  threshold: number
}

/** Facts about this build and machine. */
export declare function buildInfo(): NativeBuildInfo

/** Calibrates scores of pairs, a column for each part, in the background on copies of them. */
export declare function calibrate(parts: Array<NativePart>, scores: Array<Float64Array>, truth: NativeTruth, options: NativeCalibrateOptions, job: NativeJob): Promise<NativeCalibration>

/** Calibration of log-likelihood ratios. */
export interface Calibration {
  cllr: number
  /** By identity; `null` where identities are not known. */
  cllrInterval: Interval | null
  minCllr: number
  /** Values in bins: mean predicted probability, share genuine, pairs. */
  reliability: Array<ReliabilityBin>
  bayesErrors: BayesErrors
}

/** Defaults of calibrations. */
export interface CalibrationDefaults {
  map: string
  prior: number
  folds: number
  ridge: number
}

/** How ratios fare on people that no fit of theirs has met. */
export interface CalibrationJudgement {
  /** Folds of people. */
  folds: number
  /** Cost of the ratios in bits: 0 is perfect, 1 says nothing. */
  cllr: Figure
  /** The least that any increasing map of the scores leaves. */
  minCllr: Figure
  /** The rest: the price of the map. */
  loss: Figure
  /** Expected calibration error over the bins of `reliability`; it depends on them and has no interval. */
  ece: number
  reliability: Array<JudgedReliability>
  /** Shares of pairs that have at least a ratio: a curve with ratios as its thresholds, thinned for drawing. */
  curve: Curve
  bayesErrors: BayesErrors
}

/** The candidates of a comparison that names none, for a matrix of so many rows and columns, of so many people. */
export declare function candidates(rows: number, dim: number, people: number): Array<string>

/**
 * The vector that centering on these embeddings subtracts: the row itself if there is one, the
 * mean of the rows if there are more.
 */
export declare function centerOf(embeddings: NativeEmbeddings, job: NativeJob): Promise<Float64Array>

/** The twin of `centerOf` that blocks. */
export declare function centerOfSync(embeddings: NativeEmbeddings, threads?: number | undefined | null): Float64Array

/** Reads an expression and says nothing if it is one; for a check before costly work. */
export declare function checkMetric(metric: string): void

/**
 * Measures over mated probes; rates and means are in [0, 1], larger is better. Ranks are
 * pessimistic: other people at the same distance come first.
 */
export interface ClosedSet {
  /** People with a mated probe. */
  identities: number
  /** Share of probes whose best mate is within each rank asked for. */
  rankRates: Array<RankRate>
  /** The CMC curve. */
  cmc: CmcCurve
  /** Median rank of the best mates, from 1. */
  medianRank: number
  /** MRR: mean of 1 / rank of the best mate. */
  meanReciprocalRank: Figure
  /**
   * Rule by which the area under the precision of a probe is taken: the mean of the precisions at its
   * mates, or trapezoids between them as Market-1501 does.
   */
  averagePrecision: 'at-hits' | 'trapezoid'
  /** mAP: mean over probes of the average precision. */
  meanAveragePrecision: Figure
  /** mINP: mean of R / rank of the last mate, R the number of mates of the probe. */
  meanInverseNegativePenalty: Figure
  /** Mean share of mates among the first R candidates, R the number of mates of the probe. */
  rPrecision: Figure
  /** MAP@R: as mAP, with mates beyond the first R candidates counting 0. */
  mapAtR: Figure
}

/**
 * A CMC curve as columns of equal length: rates hold from their rank up to the next. Every rank up
 * to 100 at which one changes, beyond it those that a drawing can tell apart.
 */
export interface CmcCurve {
  /** From 1, ascending; the last is the largest rank of a best mate. */
  rank: Array<number>
  /** Pessimistic. */
  rate: Array<number>
  expected: Array<number>
}

/** Compares pipelines in the background, on copies of the class numbers (2³²−1 is a row left out). */
export declare function compare(embeddings: NativeEmbeddings, target: NativeEmbeddings | undefined | null, classes: Uint32Array | undefined | null, options: NativeCandidateOptions, job: NativeJob): Promise<NativePipelineComparison>

/** Compares two systems or more on the same pairs. */
export declare function compareSystems(systems: Array<NativeTrials>, options: NativeSystemsOptions, job: NativeJob): Promise<SystemsComparison>

/** Compares two metrics on the same pairs. */
export declare function compareTrials(first: NativeTrials, second: NativeTrials, options: NativeCompareOptions, job: NativeJob): Promise<Comparison>

/** How two metrics differ. */
export interface Comparison {
  /** Positive when the first is better. */
  auroc: Difference
  /** Negative when the first is better. */
  eer: Difference
  /** Positive when the first is better; without rates that the impostors cannot resolve. */
  tarAtFar: Array<RateDifference>
  /** Remarks on how far to trust the intervals. */
  warnings: Array<Warning>
}

/** Numbers in a row of text, counted by what separates them. */
export declare function countDecimals(text: Uint8Array, separator: number): number

/**
 * Estimates a covariance in the background, on copies of the class numbers (2³²−1 is a row left
 * out).
 */
export declare function covariance(embeddings: NativeEmbeddings, classes: Uint32Array | undefined | null, subset: Uint32Array | undefined | null, options: NativeCovarianceOptions, job: NativeJob): Promise<NativeCovariance>

/** The ROC curve as columns of equal length. */
export interface Curve {
  threshold: Array<number>
  far: Array<number>
  tar: Array<number>
  /** Band of {@link tar} at each point, at the level of the intervals; `null` where identities are not known. */
  tarLow: Array<number> | null
  tarHigh: Array<number> | null
}

/** The threshold for a false accept rate, chosen on all pairs. */
export interface DecisionThreshold {
  /** Asked for. */
  far: number
  /** Scores up to it (distances) or from it (similarities) are accepted. */
  threshold: number
  /** Share of impostor pairs accepted. */
  achievedFar: number
  achievedFarInterval: Interval | null
  /** Share of genuine pairs accepted. */
  tar: number
  tarInterval: Interval | null
}

/** The core's defaults. */
export declare function defaults(): NativeDefaults

/** Detection cost for a prior. */
export interface DetectionCost {
  prior: number
  costMiss: number
  costFalseAccept: number
  minimum: number
  threshold: number | null
  /** With thresholds read off as log-likelihood ratios; `null` unless values are those. */
  actual: number | null
}

/** A measure of the first metric less that of the second, on the same pairs. */
export interface Difference {
  value: number
  standardError: number
  /** Student's, with as many degrees of freedom as people who carry the difference. */
  interval: Interval
  /** Chance of a difference at least so large if there were none; `null` without any error. */
  p: number | null
}

/** A DIR curve as columns of equal length. */
export interface DirCurve {
  threshold: Array<number>
  fpir: Array<number>
  tpir: Array<number>
}

/** False rejects over the share of genuine pairs that is discarded, least quality first. Columns of equal length. */
export interface Discards {
  /** False accept rate of all pairs that the threshold was chosen for. */
  far: number
  threshold: number | null
  /** The least quality that is kept. */
  least: Array<number>
  /** Share of the genuine pairs that is discarded. */
  discarded: Array<number>
  /** Number of genuine pairs kept. */
  kept: Array<number>
  /** Share of them that the threshold rejects. */
  frr: Array<number>
  /** Ends of its interval, at the level of all intervals and for the threshold as it is. */
  low: Array<number>
  high: Array<number>
}

/** The distance of two vectors of one length, both of singles or both of doubles: that of two such rows. */
export declare function distanceSync(first: Float32Array | Float64Array, second: Float32Array | Float64Array, measure: NativeMeasure | string, threads?: number | undefined | null): number

/** The equal error rate. */
export declare function eer(trials: NativeTrials, job: NativeJob): Promise<EqualErrorRate>

/** Enrols template t from the next `sizes[t]` of `rows`, in the background. */
export declare function enrol(embeddings: NativeEmbeddings, model: NativeModel, templates: NativeTemplates, job: NativeJob): Promise<NativeEnrolment>

/** The equal error rate. */
export interface EqualErrorFigure {
  value: number | null
  interval: Interval | null
  threshold: number | null
}

/** The equal error rate by the three conventions in use. */
export interface EqualErrorRate {
  /** By linear interpolation of the crossing of false accept and false reject rate. */
  value: number
  /** Where the diagonal meets the convex hull of the ROC curve (ROCCH-EER). */
  hull: number
  /** Mean of both rates where they are nearest. */
  nearest: number
  /** Threshold at which they are nearest; the middle of the gap in perfect separation. */
  threshold: number
}

/** The equal error rate by two further conventions. */
export interface EqualErrorRates {
  /** Where the diagonal meets the convex hull of the ROC curve (ROCCH-EER). */
  hull: number | null
  /** Mean of both rates where they are nearest. */
  nearest: number | null
}

/** A report of trials, in the background. */
export declare function evaluate(trials: NativeTrials, options: NativeEvaluateOptions, job: NativeJob): Promise<EvaluationFigures>

/** Defaults of evaluations. */
export interface EvaluationDefaults {
  atFar: Array<number>
  tarRule: string
  priors: Array<number>
  costMiss: number
  costFalseAccept: number
  level: number
  fairnessWeight: number
  adjust: string
  seed: number
}

/** Figures of an evaluation. A figure that is undefined is `null`. */
export interface EvaluationFigures {
  /** Orientation of the scores. */
  orientation: 'distance' | 'similarity'
  /** Pairs of the same person. */
  genuine: number
  /** Pairs of two people. */
  impostors: number
  /** People behind the pairs; `null` where the input does not tell. */
  identities: number | null
  /** Area under the ROC curve, in [0, 1], larger is better, ties at ½. */
  auroc: Figure
  /** Half-width within which {@link auroc} is certain though values were counted in bins; 0 if exact. */
  aurocBound: number
  /** Area up to a false accept rate, standardised after McClish to [½, 1]; one for each asked. */
  partialAuroc: Array<PartialArea>
  /** Equal error rate by linear interpolation of the crossing, smaller is better. */
  eer: EqualErrorFigure
  /** The equal error rate by the other two conventions. */
  eerBy: EqualErrorRates
  /** True accept rate at each false accept rate asked for. */
  tarAtFar: Array<OperatingPoint>
  /** Largest share of right decisions, and the threshold (middle of the widest best interval). */
  accuracy: BestAccuracy
  /** Share of right decisions at thresholds that were given. */
  accuracyAt: Array<AccuracyAt>
  /** Threshold from the other folds, accuracy on each fold; `null` unless asked for. */
  folds: FoldAccuracy | null
  /** (mean of genuine − mean of impostors) / root of the mean variance, positive when right. */
  dPrime: number | null
  /** Normalised detection cost for each prior asked for. */
  detectionCost: Array<DetectionCost>
  /** How well values serve as log-likelihood ratios; `null` unless asked for. */
  calibration: Calibration | null
  /** One entry for each group, at the shared thresholds of {@link tarAtFar}. */
  groups: Array<GroupFigures>
  /** People by their mean scores; `null` where they are not known or too few. */
  menagerie: Menagerie | null
  /** Figures over quality; `null` unless it is given. */
  quality: QualityFigures | null
  /** How far groups are apart at those thresholds; empty for fewer than two groups with enough people. */
  groupRatios: Array<GroupRatio>
  /** Points of the ROC curve from strictest to loosest, thinned for drawing. */
  curve: Curve
  /** Counts of values between `edges[i]` and `edges[i + 1]`. */
  histogram: Histogram
  /** The impostor pairs most alike and the genuine pairs least alike, worst first. */
  worst: WorstPairs
  /** Remarks on how far to trust the figures. */
  warnings: Array<Warning>
  /** Why a figure is `null`, by the path of its key: `"eer.interval": "…"`. */
  undefinedBecause: Record<string, string>
}

/**
 * The pipeline in full, from its written form or the name of a preset; `centered` says whether
 * there is a vector for its first `center`, and nothing leaves that open.
 */
export declare function explainPipeline(pipeline: string, centered?: boolean | undefined | null): string

/** A figure with its interval. */
export interface Figure {
  value: number | null
  interval: Interval | null
}

/** The fingerprint that a model's card keeps of its training rows, for these rows. */
export declare function fingerprint(embeddings: NativeEmbeddings, job: NativeJob): Promise<string>

/** Fits a metric in the background, on copies of the class numbers (2³²−1 is a row left out). */
export declare function fit(embeddings: NativeEmbeddings, target: NativeEmbeddings | undefined | null, classes: Uint32Array | undefined | null, options: NativeFitOptions, job: NativeJob): Promise<NativeFitReport>

/** Chooses a pipeline and fits it, in the background, as `fit` does. */
export declare function fitChosen(embeddings: NativeEmbeddings, target: NativeEmbeddings | undefined | null, classes: Uint32Array | undefined | null, options: NativeCandidateOptions, job: NativeJob): Promise<NativeAutoReport>

/** Fits a metric to statistics, one file for each round, in the background; `names` are what errors call them. */
export declare function fitStats(files: Array<Uint8Array>, names: Array<string>, options: NativeStatsFitOptions, job: NativeJob): Promise<NativeFitReport>

/** Accuracy over folds. */
export interface FoldAccuracy {
  mean: number
  standardError: number
  accuracies: Array<number>
  thresholds: Array<number>
}

/** Subtracts classes from statistics of all rows, in the background. */
export declare function forgetStats(file: Uint8Array, embeddings: NativeEmbeddings, classes: Uint32Array, options: NativeForgetOptions, job: NativeJob): Promise<NativeStats>

/** Every function of expressions. */
export declare function functions(): Array<NativeFunctionInfo>

/** A part in a weighed sum, and what it does there. */
export interface FusedPart {
  /** The metric, the pipeline of the model, or the file of scores. */
  name: string
  /** Nats for each unit of its similarity. */
  weight: number
  /** Interval of the weight, by identity where people are known. */
  weightInterval: Interval
  /** Cllr of this part alone, on people not met; `null` where nothing was judged. */
  alone: number | null
  /** Cllr of all parts less that of this part alone; negative where the sum is better. */
  gain: number | null
  gainInterval: Interval | null
  /** AUROC of all parts less that of this part alone; positive where the sum is better. */
  aurocGain: number | null
  aurocGainInterval: Interval | null
  /** Cllr without this part less that of all parts; positive where it adds something. */
  adds: number | null
  addsInterval: Interval | null
}

/** Defaults of gates. */
export interface GateDefaults {
  level: number
  /** People who carry a variance below which its interval tells nothing. */
  carriers: number
}

/** Sums the rows of a part in the background. */
export declare function gatherStats(embeddings: NativeEmbeddings, classes: Uint32Array | undefined | null, options: NativeStatsOptions, job: NativeJob): Promise<NativeStats>

/** One group at the shared thresholds. */
export interface GroupFigures {
  group: string
  genuine: number
  impostors: number
  auroc: number | null
  aurocInterval: Interval | null
  /** People in its pairs; fewer than six have no figures. `null` where they are not known. */
  people: number | null
  /** Impostor pairs of the group with others; `null` where only the group of a pair is known. */
  acrossImpostors: number | null
  at: Array<GroupPoint>
  /** At thresholds that the group's own impostors choose; empty without both kinds of pairs. */
  own: Array<OperatingPoint>
}

/** Rates of a group at a shared threshold. */
export interface GroupPoint {
  far: number
  groupFar: number | null
  groupFarInterval: Interval | null
  groupTar: number | null
  groupTarInterval: Interval | null
  /** Of impostor pairs of the group with other groups. */
  acrossFar: number | null
  acrossFarInterval: Interval | null
}

/**
 * How far groups are apart at a threshold that they share. A figure is `null` where a rate is unknown or the least
 * is 0; its interval where a rate is 0 or 1, or people are not known.
 */
export interface GroupRatio {
  /** Asked for. */
  far: number
  /** Largest over least false accept rate. */
  farRatio: number | null
  farRatioInterval: Interval | null
  /** Largest over least false reject rate. */
  frrRatio: number | null
  frrRatioInterval: Interval | null
  /** Fairness discrepancy rate (de Freitas Pereira & Marcel 2022): 1 where no group differs. */
  fdr: number | null
  fdrInterval: Interval | null
  /** Gini aggregation rate (Howard et al. 2022): 0 where no group differs, at most 1. */
  garbe: number | null
  garbeInterval: Interval | null
  /** Gini coefficient of the false accept rates. */
  giniFar: number | null
  giniFarInterval: Interval | null
  /** Gini coefficient of the false reject rates. */
  giniFrr: number | null
  giniFrrInterval: Interval | null
}

/** Hashes the rows of a part, and the first of all, in the background. */
export declare function hashPart(embeddings: NativeEmbeddings, part: NativePart, job: NativeJob): Promise<Float64Array>

/** Counts of values in bins. */
export interface Histogram {
  edges: Array<number>
  genuine: Array<number>
  impostors: Array<number>
}

/** Defaults of searches and of their evaluation. */
export interface IdentificationDefaults {
  top: number
  fpirs: Array<number>
  rank: number
  convention: string
  averagePrecision: string
  draws: number
}

/** Figures of searches. A figure that is undefined is `null`. */
export interface IdentificationFigures {
  /** Searches that are judged, one for each probe. */
  probes: number
  /** Probes with a mate in the gallery. */
  mated: number
  /** Probes without one. */
  nonMated: number
  /** People among the probes. */
  identities: number
  /** Measures over mated probes; `null` without any. */
  closedSet: ClosedSet | null
  /** Measures over both kinds of probes; `null` where one is missing. */
  openSet: OpenSet | null
  /** Remarks on how far to trust the figures. */
  warnings: Array<Warning>
  /** Why a figure is `null`, by the path of its key: `"openSet": "…"`. */
  undefinedBecause: Record<string, string>
}

/** Identification at a false positive identification rate. */
export interface IdentificationPoint {
  /** Asked for. */
  fpir: number
  threshold: number | null
  /** Really reached at {@link threshold}. */
  achievedFpir: number | null
  achievedFpirInterval: Interval | null
  tpir: number | null
  tpirInterval: Interval | null
  /** Non-mated probes with somebody within the threshold; with drawn galleries, counted in each. */
  falsePositives: number | null
  /** Resolution of this rate by so many non-mated probes: below 1 error expected unresolved, below 30 unstable. */
  resolution: 'resolved' | 'unstable' | 'unresolved'
}

/** Looks at every row once, in the background. */
export declare function inspect(embeddings: NativeEmbeddings, job: NativeJob): Promise<NativeRowsReport>

/** A confidence interval. */
export interface Interval {
  low: number
  high: number
  /** Share of repetitions that cover the truth, such as 0.95. */
  level: number
  /** How it was made: `identity influence`, `identity bootstrap (1000)`, `DeLong, pairs taken as independent`, … */
  method: string
  /** The variance behind it; `null` unless it is by identity. */
  variance: Variance | null
}

/** The ends of the interval of a figure at another level; none where its method does not tell them. */
export declare function intervalAtLevel(value: number, interval: NativeInterval, level: number): Array<number> | null

/** True if a file says of itself that it is a gallery. */
export declare function isGalleryFile(path: string): boolean

/** Pairs whose predicted probability is alike. */
export interface JudgedReliability {
  /** Mean predicted probability, at the share of genuine pairs there is. */
  predicted: number
  /** Share that is genuine. */
  observed: number
  /** Interval of the share. */
  interval: Interval
  pairs: number
}

/** Mapped rows, in the background. */
export declare function mapRows(embeddings: NativeEmbeddings, model: NativeModel, asked: NativeMap, job: NativeJob): Promise<NativeMapped>

/** The twin of `mapRows` that blocks, of rows or of a vector; gives the values alone. */
export declare function mapRowsSync(rows: Float32Array | NativeEmbeddings, model: NativeModel, side: string, dtype: string, threads?: number | undefined | null): Float32Array | Float64Array

/** Mean scores of people. Columns of equal length. */
export interface Members {
  /** Number of the person among the identities of the pairs. */
  identity: Array<number>
  /** Mean score of the person's genuine pairs. */
  genuine: Array<number>
  /** Mean score of the impostor pairs that the person is in. */
  impostor: Array<number>
  genuinePairs: Array<number>
  impostorPairs: Array<number>
}

/** People by the mean scores of their genuine and of their impostor pairs. */
export interface Menagerie {
  /** People with pairs of both kinds. */
  people: number
  /** Scores that bound the quarter of people who match themselves worst, and the quarter who do best. */
  genuineQuartiles: Array<number>
  /** Scores that bound the quarter of people least alike to others, and the quarter most alike. */
  impostorQuartiles: Array<number>
  animals: Array<Animal>
  /** Everybody up to 1,000 people; beyond, one for each of 64 × 64 cells of the plot that holds anybody. */
  members: Members
}

/** Merges files of statistics in the background; `names` are what errors call them. */
export declare function mergeStats(parts: Array<Uint8Array>, names: Array<string>, job: NativeJob): Promise<NativeStats>

/** Every metric, in the order of the documentation. */
export declare function metrics(): Array<NativeMetricInfo>

/** Something to do with an option of the request. */
export interface NativeAdvice {
  text: string
  option: string
  value?: string
}

/** Rows to compare, and the contents of the report; the core decides what is absent. */
export interface NativeAllPairs {
  first: NativeLabelledRows
  /** Labelled in the same numbers; absent, every pair of the first set. */
  second?: NativeLabelledRows
  measure: NativeMeasure
  measures: NativeMeasures
  /** `single` or `double`; absent, the size decides. */
  precision?: string
  /** Bytes that packed rows may take. */
  memory?: number
  /** File that a stopped call goes on from. */
  checkpoint?: string
  /** Names of groups, and last that of the pairs in none; absent or empty without groups. */
  groupNames?: Array<string>
  /**
   * Counts a shard into the checkpoint, which stays, and judges nothing: its number from 0, and how many there
   * are.
   */
  shard?: Array<number>
  /** True to replace the checkpoint. */
  force?: boolean
  /** Files of the counts of all shards, which are summed. */
  parts?: Array<string>
}

/** The findings. */
export interface NativeAudit {
  nonFinite: NativeNumbers
  zero: NativeNumbers
  constant: NativeNumbers
  normOutliers: NativeNormOutliers
  /** Alike, in one matrix, under two labels. */
  conflicting: NativeDuplicates
  /** Alike, in one matrix, otherwise. */
  repeated: NativeDuplicates
  /** Alike, in two matrices. */
  across: NativeDuplicates
  /** Rows that were compared with all others for near-identical ones. */
  nearRows: number
  labelled?: NativeLabelled
  /** Where there are two matrices of enough rows. */
  shift?: NativeShift
}

/** Options of an audit; the core decides what is absent. */
export interface NativeAuditOptions {
  /** Cosine similarity from which rows are near-identical. */
  near?: number
  /** Rows that are compared with all others for near-identical ones. */
  nearRows?: number
  limit?: number
  /** Number of classes that the labels name; there with labels. */
  classes?: number
  /** Files of near-identical rows that all shards found, in the place of a search. */
  parts?: Array<string>
  /** The shard to search; there for a part only. */
  shard?: NativeAuditShard
}

/** A shard of the search for near-identical rows: its number from 0, how many there are, and the file to write. */
export interface NativeAuditShard {
  index: number
  of: number
  output: string
  /** True to replace the file. */
  force: boolean
}

/** A model whose pipeline was chosen. */
export interface NativeAutoReport {
  fit: NativeFitReport
  comparison?: NativePipelineComparison
  reason: string
}

/** A figure of both matrices. */
export interface NativeBoth {
  train: number
  target: number
}

/** This build on this machine. */
export interface NativeBuildInfo {
  version: string
  /** Instruction set that is chosen. */
  cpu: string
  cpus: Array<string>
  /** Threads used when none are asked for. */
  threads: number
}

/** How to calibrate; the core decides what is absent. */
export interface NativeCalibrateOptions {
  /** `distance` or `similarity`. */
  orientation?: string
  /** `affine`, `isotonic` or `beta`. */
  map?: string
  prior?: number
  costMiss?: number
  costFalseAccept?: number
  atFar?: Array<number>
  level?: number
  folds?: number
  seed?: number
  ridge?: number
  /** The quality of each pair, of a single part. */
  quality?: Float64Array
  /** Its name, if it is not measured in the rows. */
  qualityName?: string
  /** The centroid of poor rows that it is the distance to; without either it is that of the norms. */
  qualityCentroid?: Float64Array
  /** Facts for the card of the decision. */
  card: Record<string, string>
}

/** A calibration: what was found, and the file of the decision. */
export interface NativeCalibration {
  genuine: number
  impostors: number
  identities: number | null
  judgement: CalibrationJudgement | null
  /** Empty for a single part. */
  fused: Array<FusedPart>
  /** Forms in which quality was tried. */
  quality: Array<QualityTrial>
  warnings: Array<Warning>
  decision: Uint8Array
}

/** How to compare, and for a fit how to go on. */
export interface NativeCandidateOptions {
  /** Pipelines or names of presets, in order of preference. */
  candidates?: Array<string>
  folds?: number
  /** Rows that take part; all if absent. */
  subset?: Uint32Array
  /** Deals people into folds and draws pairs. */
  seed?: number
  /** Level of the intervals. */
  level?: number
  /** Share of the people that neither choice nor model sees; for a fit. */
  holdout?: number
  /** Fits once more, on everyone, after the hold-out; for a fit. */
  refit?: boolean
  maxPerClass?: number
  skipInvalid?: boolean
}

/** A change of distances: at most one of its fields. */
export interface NativeChange {
  /** Normalisation against a cohort. */
  norm?: NativeNorm
  /** Re-ranking by k-reciprocal neighbours. */
  rerank?: NativeReranking
  /** Query expansion. */
  expand?: NativeExpansion
}

/** Rows that are added, with their names, or those that are removed, by number and by key. */
export interface NativeChangeOfRows {
  add?: NativeEmbeddings
  names?: NativeRowNames
  rows?: Array<number>
  keys?: Array<string>
}

/** A claim to be planned for. */
export interface NativeClaim {
  /** The bound as an error rate, in (0, 1). */
  rate?: number
  confidence: number
  power: number
  /** Comparisons that each two people give. */
  eachTwo: number
  pilot?: NativePilot
  /** Bound and expected value of the figure of the pilot. */
  bound?: number
  expected?: number
  /** A difference to be found; the variance of the pilot is then that of the difference. */
  difference?: number
}

/** One candidate. */
export interface NativeCompared {
  pipeline: string
  judged?: NativeJudged
  /** Why it could not be fitted or scored. */
  failure?: string
  seconds: number
}

/** How two metrics differ on the same pairs. */
export interface NativeCompareOptions {
  atFar: Array<number>
  /** `at-most`, `nearest`, `insightface` or `quantile`. */
  tarRule?: string
  /** Level of the intervals. */
  level?: number
}

/** An estimate. */
export interface NativeCovariance {
  /** `d × d`, row after row. */
  matrix: Float64Array
  mean: Float64Array
  divisor: number
  shrinkage: number
  rank: number
  /** Absent where it is infinite. */
  condition?: number
  rows: number
  classes: number
  singletons: number
  skipped: number
}

/** Options of an estimate. */
export interface NativeCovarianceOptions {
  /** `total`, `within` or `between`; default `total`. */
  of?: string
  /**
   * `rows`, `rows-1`, `rows-classes`, `classes`, `classes-1` or `none`; by default the one
   * without bias.
   */
  denominator?: string
  /** `ledoit-wolf` or `oas`. */
  rule?: string
  shrinkage?: number
  ridge?: number
  /** Divides by standard deviations at the end. */
  correlation?: boolean
  maxPerClass?: number
  skipInvalid?: boolean
}

/** The first thing that is not as it must be in rows of numbers. */
export interface NativeDecimalFault {
  /** Which of the rows. */
  row: number
  /** Field of the row, counted from 0; the number of columns if there are too many. */
  field: number
  /** Where it begins and ends in the text. */
  start: number
  end: number
}

/** Rows of numbers that were text: the one of three that applies. */
export interface NativeDecimals {
  /** All of them, if each is a single-precision number exactly. */
  singles?: Float32Array
  /** All of them otherwise. */
  doubles?: Float64Array
  fault?: NativeDecimalFault
}

/** A choice that a fit made. */
export interface NativeDecision {
  step: string
  name: string
  value: number
}

/** The values that options have where they are left out, by job and by option. */
export interface NativeDefaults {
  metric: string
  pipeline: string
  evaluation: EvaluationDefaults
  allPairs: AllPairsDefaults
  identification: IdentificationDefaults
  audit: AuditDefaults
  calibration: CalibrationDefaults
  gates: GateDefaults
  synth: SynthDefaults
}

/** Two rows that are alike. */
export interface NativeDuplicate {
  row1: number
  row2: number
  similarity: number
  identical: boolean
}

/** Rows that are alike, and how many pairs there are. */
export interface NativeDuplicates {
  entries: Array<NativeDuplicate>
  total: number
}

/** Contents of a report; the core decides those that are absent. */
export interface NativeEvaluateOptions {
  measures: NativeMeasures
  bootstrap?: number
  /** Seed of bootstrap and folds. */
  seed?: number
  /** Number of folds, where `fold` gives none; 0 for none. */
  folds?: number
  /** The fold of each pair. */
  fold?: Uint32Array
  /** Names of the groups of pairs. */
  groups?: Array<string>
  /** The group of each pair, the number of names for none. */
  group?: Uint32Array
  /** The groups of the first and of the second row of each pair, the number of names for none. */
  groupFirst?: Uint32Array
  groupSecond?: Uint32Array
  /** The quality of each pair, larger for better ones. */
  quality?: Float64Array
}

/** Query expansion by the nearest rows. What is absent has the core's default. */
export interface NativeExpansion {
  k?: number
  alpha?: number
}

/** The parts of an error: the property `fault` of what an export throws or rejects with. */
export interface NativeFault {
  /** Stable name, such as `ENOTFINITE`. */
  code: string
  /** Who has to act. */
  class: import('./errors.js').ErrorClass
  found: string
  expected: string
  file?: string
  row?: number
  column?: number
  offset?: number
  hint?: string
  /** Something to do with an option of the request. */
  advice?: NativeAdvice
}

/** How to fit. */
export interface NativeFitOptions {
  /** A pipeline or the name of a preset. */
  pipeline: string
  /** Vector that the first `center` subtracts in place of its own mean. */
  centerVector?: Array<number>
  /** Rows that take part; all if absent. */
  subset?: Uint32Array
  holdout?: number
  /** Fits once more, on everyone, after the hold-out. */
  refit?: boolean
  /** Selects classes and pairs set aside. */
  seed?: number
  /** Level of the intervals of the hold-out. */
  level?: number
  maxPerClass?: number
  skipInvalid?: boolean
}

/** Record of the fit. */
export interface NativeFitReport {
  rows: number
  classes: number
  singletons: number
  skipped: number
  passes: number
  decisions: Array<NativeDecision>
  logLikelihood: Array<number>
  /** True if EM ended within its tolerance; absent without EM. */
  converged?: boolean
  /** True if the target was read. */
  transductive: boolean
  warnings: Array<Warning>
  heldOut?: NativeHeldOut
  /** The file of the model. */
  model: Uint8Array
}

/** The rows behind statistics, and who leaves them. */
export interface NativeForgetOptions {
  /** Classes to forget. */
  gone: Uint32Array
  subset?: Uint32Array
  maxPerClass?: number
}

/** A function of expressions. */
export interface NativeFunctionInfo {
  name: string
  about: string
}

/** Facts about a gallery. */
export interface NativeGalleryAbout {
  /** Rows that can be found, rows ever added, columns. */
  size: number
  rows: number
  dim: number
  hasKeys: boolean
  hasLabels: boolean
  /** The metric and its preparation of rows; absent under a model. */
  metric?: string
  normalize?: string
  centered: boolean
  /** Additions and removals in the journal and its bytes; absent without one, and while it is written to. */
  journal?: Array<number>
  /** Remarks of the opening. */
  warnings: Array<string>
}

/** A model on people it has not seen. */
export interface NativeHeldOut {
  identities: number
  trainedRows: number
  trainedIdentities: number
  genuine: number
  impostors: number
  model: NativeVerification
  cosine: NativeVerification
  difference: number
  differenceError: number
  differenceInterval: Interval
}

/** The nearest of each probe: those of probe i from `starts[i]` up to `starts[i + 1]`. */
export interface NativeHits {
  starts: Uint32Array
  rows: Uint32Array
  distances: Float64Array
  /** Names of the rows, where they have them. */
  keys?: Array<string>
  labels?: Array<string>
}

/** Figures to derive from searches; the core decides those that are absent. */
export interface NativeIdentificationMeasures {
  /** Ranks at which the closed-set rate is given, from 1. */
  ranks?: Array<number>
  /** False positive identification rates, each in (0, 1]. */
  fpirs?: Array<number>
  /** Rank within which a mate is found in the open set, from 1. */
  rank?: number
  /** `at-most` or `insightface`. */
  convention?: string
  /** `at-hits` or `trapezoid`. */
  averagePrecision?: string
  /** Searches of each probe, each in a gallery of its own. */
  draws?: number
  /** Level of every interval. */
  level?: number
}

/** An interval of a result. */
export interface NativeInterval {
  low: number
  high: number
  level: number
  method: string
  variance?: NativeVariance
}

/** Figures of a candidate. */
export interface NativeJudged {
  figures: NativeVerification
  aboveCosine: Difference
  belowBest: Difference
}

/** Findings that need labels. */
export interface NativeLabelled {
  singletons: NativeNumbers
  suspects: NativeSuspects
  /** How far to trust them. */
  trust: NativeTrust
  lookAlikes: NativeLookAlikes
}

/** Rows and the class of each; 4294967295 leaves a row out. */
export interface NativeLabelledRows {
  rows: NativeEmbeddings
  labels: Uint32Array
  /** The group of each, a place in the names; 4294967295 for none. */
  groups?: Uint32Array
}

/** Type and shape of numbers without a header. */
export interface NativeLayout {
  /** Element type as NumPy writes it, for example `<f4`. */
  descr: string
  /** True for column after column. */
  fortran: boolean
  rows: number
  dim: number
}

/** Two classes that look like one person. */
export interface NativeLookAlike {
  class1: number
  class2: number
  /** Similarity between the two over that within. */
  resemblance: number
  /** Standard deviations above all pairs of classes. */
  deviation: number
}

/** Classes that look alike, and how many pairs there are. */
export interface NativeLookAlikes {
  entries: Array<NativeLookAlike>
  total: number
}

/** How to map rows in memory. */
export interface NativeMap {
  /** `stored` or `query`. */
  side: string
  /** `float32` or `float64`. */
  dtype: string
}

/** Mapped rows in memory. */
export interface NativeMapped {
  data: Float32Array | Float64Array
  dim: number
  /** The plain measure to use on them. */
  metric: string
}

/** Facts about a matrix. */
export interface NativeMatrixAbout {
  rows: number
  dim: number
  /** Element type as NumPy names it. */
  dtype: string
  /** `mmap`, `read`, or `memory`. */
  io: string
  /** The axes of the array in the file, if one of length 1 was left out. */
  squeezed?: Array<number>
}

/**
 * Exactly one of `metric`, `model` and `enrolment`. What is absent has the core's default. What is
 * seldom given is in objects of its own: each field is a question to the engine, and a call on two rows is short.
 */
export interface NativeMeasure {
  metric?: string
  /** The way in which the metric meets rows. */
  preparation?: NativePreparation
  model?: NativeModel
  /** Templates, which are the first members of pairs. */
  enrolment?: NativeEnrolment
  /** The change of the distances; none if absent. */
  change?: NativeChange
}

/** Figures to derive from a curve; the core decides those that are absent. */
export interface NativeMeasures {
  atFar?: Array<number>
  /** `at-most`, `nearest`, `insightface` or `quantile`. */
  tarRule?: string
  /** False accept rates up to which the area is measured. */
  partialFar?: Array<number>
  atThreshold?: Array<number>
  /** Priors of a genuine pair for detection costs. */
  priors?: Array<number>
  costMiss?: number
  costFalseAccept?: number
  /** True if scores are log-likelihood ratios. */
  ratios?: boolean
  /** Level of every interval. */
  level?: number
  /** Weight of false accept rates in figures of groups. */
  fairnessWeight?: number
}

/** A metric, for the reader. */
export interface NativeMetricInfo {
  name: string
  aliases: Array<string>
  /** Formula over rows x and y. */
  formula: string
  range: string
  /** When it has no value, or empty. */
  undefined: string
  parameters: Array<NativeParameterInfo>
  source: string
}

/** Facts about a model. */
export interface NativeModelAbout {
  inputDim: number
  mappedDim: number
  /** Name of the form over pairs. */
  scorer: string
  /** Facts about the fit, by name. */
  card: Record<string, string>
  /** Remarks for the reader of the file. */
  warnings: Array<string>
  /** Its mapped rows; nothing for a model that no plain measure expresses. */
  transformed?: NativeTransformed
}

/** Score normalisation against a cohort. What is absent has the core's default. */
export interface NativeNorm {
  kind: string
  /** The cohort; the rows that are measured themselves if absent. */
  cohort?: NativeEmbeddings
  /** Person of each row, and of each row of the cohort: both or neither. */
  ofRow?: Uint32Array
  ofCohort?: Uint32Array
  top?: number
  /** `population` or `sample`. */
  deviation?: string
  floor?: number
}

/** A row of an odd norm. */
export interface NativeNormOutlier {
  row: number
  norm: number
  /** Robust standard deviations from the median, of logarithms. */
  deviation: number
}

/** Rows of odd norms, and how many there are. */
export interface NativeNormOutliers {
  entries: Array<NativeNormOutlier>
  total: number
}

/** Row or class numbers, the first of them, and how many there are. */
export interface NativeNumbers {
  entries: Array<number>
  total: number
}

/** The number of the first row of an addition, or of the rows that a removal leaves; or why nothing was done. */
export interface NativeOutcome {
  number?: number
  fault?: NativeFault
}

/** Facts that a list of pairs gives away. */
export interface NativePairGraph {
  first: Uint32Array
  second: Uint32Array
  count: number
  singleRows: number
  repeated: number
  loops: number
  contradiction?: number
  contradictions: number
}

/** The quality of pairs by their rows. */
export interface NativePairQuality {
  values: Float64Array
  /** The centroid of poor rows, where it is measured from there. */
  centroid?: Float64Array
}

/** Pairs of rows. */
export interface NativePairs {
  index1: Uint32Array
  index2: Uint32Array
}

/** Rows to compare with each other. */
export interface NativePairwise {
  rows: NativeEmbeddings
  /** First row of the other set, which is compared with those before; all with all if absent. */
  split?: number
  measure: NativeMeasure
  /** True for the pairs i < j of one set alone. */
  condensed: boolean
  /** `float32` or `float64`. */
  dtype: string
  /** The `.npy` file to fill, which exists; the distances are returned if absent. */
  path?: string
}

/** A parameter of a metric. */
export interface NativeParameterInfo {
  /** Name before the equals sign. */
  name: string
  /** Value when it is not given. */
  default: string
  about: string
}

/** One of `metric`, `model` and `scores`. */
export interface NativePart {
  metric?: string
  /** `none` or `l2`, before the metric. */
  normalize?: string
  model?: NativeModel
  /** Name of scores from elsewhere. */
  scores?: string
}

/** A part of the rows; all of them by default. */
export interface NativePart {
  /** Its number from 0, and how many there are. */
  shard?: Array<number>
  /** The blocks that begin from the first up to, not including, the second. */
  rows?: Array<number>
}

/** A figure over the people of a pilot, and its variance. */
export interface NativePilot {
  people: number
  value: number
  /** True for a rate with Wilson's interval. */
  isRate: boolean
  carriers: number
  byPeople: number
  byPairs: number
  byChance: number
}

/** Candidates on the same pairs. */
export interface NativePipelineComparison {
  candidates: Array<NativeCompared>
  /** Place of the one to take. */
  chosen: number
  /** Place of the one with the largest area. */
  best: number
  reason: string
  folds: number
  repeats: number
  rows: number
  identities: number
  skipped: number
  judgedRows: number
  genuine: number
  impostors: number
  passes: number
}

/**
 * A matrix that is a part of a file: a `.npy` file at a place of it, or numbers whose type and shape
 * are known from elsewhere.
 */
export interface NativePlace {
  /** First byte. */
  offset: number
  /** Bytes of the `.npy` file. */
  length?: number
  numbers?: NativeLayout
}

/** Numbers of comparisons and of people; absent where not asked for, or where no number is enough. */
export interface NativePlanned {
  /** Comparisons without an error, and people whose pairs are so many. */
  three?: number
  peopleForThree?: number
  /** Comparisons with 30 errors, and people whose pairs are so many. */
  thirty?: number
  peopleForThirty?: number
  /** People with whom the claim is shown. */
  shown?: number
  /** People with whom the difference is found. */
  detected?: number
}

/** How the rows of a template become one; the core decides what is absent. */
export interface NativePooling {
  /** The medium of each row of the templates; absent where each row is one. */
  media?: Uint32Array
  /** `mean` or `sum` of the means of the media. */
  overMedia?: string
  /** Power of its norm that a row counts with. */
  normPower?: number
}

/** The way in which a metric meets rows. */
export interface NativePreparation {
  /** `none`, `mean` or `given`, for the vector beside it. */
  center?: string
  /** The vector to subtract, when `center` is `given`. */
  centerVector?: Array<number>
  /** `none` or `l2`. */
  normalize?: string
  /** Source of the variances of a metric; the embeddings if absent. */
  reference?: NativeEmbeddings
  /** `refuse` or `max`. */
  undefined?: string
  /** `auto`, or the name of an instruction set. */
  cpu?: string
}

/** A named pipeline. */
export interface NativePreset {
  name: string
  pipeline: string
  /** One line about it. */
  about: string
}

/** How far a job is. */
export interface NativeProgress {
  phase: string
  done: number
  total: number
}

/** The cost of an audit. */
export interface NativeRehearsal {
  /** Comparisons of two rows, of a row and a class and of two classes. */
  comparisons: number
  /** Time that it takes on as many threads. */
  seconds: number
}

/** Re-ranking by k-reciprocal neighbours. What is absent has the core's default. */
export interface NativeReranking {
  k1?: number
  k2?: number
  lambda?: number
}

/** Names of rows that are added together. */
export interface NativeRowNames {
  keys?: Array<string>
  labels?: Array<string>
}

/** Health of the rows of a matrix. */
export interface NativeRowsReport {
  nonFiniteRows: number
  /** First such cell: row and column. */
  firstNonFinite?: Array<number>
  zeroRows: number
  /** Smallest, median and largest norm of the finite rows. */
  norms?: Array<number>
}

/** Facts about a decision; scores are oriented as its own. */
export interface NativeRuleAbout {
  parts: Array<string>
  /** True if every part can be measured. */
  measures: boolean
  weights: Array<number>
  orientation: string
  map: string
  prior: number
  costMiss: number
  costFalseAccept: number
  level: number
  threshold: number
  thresholds: Array<DecisionThreshold>
  same: number | null
  different: number | null
  mostAlike: number
  leastAlike: number
  card: Record<string, string>
  warnings: Array<string>
}

/** A search. */
export interface NativeSearch {
  /** Hits for each probe. */
  k: number
  /** First probe, and the one behind the last. */
  from: number
  to: number
  /** True if probe i is row i of the gallery, and no hit for itself. */
  same: boolean
  /** `nearest` or `mean` of the rows of a person; absent, rows stand for themselves. */
  fuse?: string
  /**
   * The persons of all rows, for `fuse`, cameras and ranks; rows of 2³² − 1 are no candidates. Without them
   * `fuse` takes the labels of the rows.
   */
  people?: Uint32Array
  /** The persons of all probes in the same numbers, for cameras and ranks. */
  ofProbe?: Uint32Array
  /**
   * The cameras of all rows and of all probes, in the same numbers: rows of a probe's person in its
   * camera are no candidates.
   */
  cameras?: Uint32Array
  probeCameras?: Uint32Array
  /** Ranks only, in galleries drawn at random. */
  shots?: NativeShots
  /** A byte for each row, not 0 for those that can be found; their keys and labels. */
  whereRows?: Uint8Array
  whereKeys?: Array<string>
  whereLabels?: Array<string>
  /** True to search the mean of the rows of each label. */
  templates?: boolean
  /** Bytes for rows that are not made ready yet. */
  memory?: number
}

/** How far the second matrix is from the first. */
export interface NativeShift {
  /** Rows that were compared. */
  rows: NativeBoth
  auroc: number
  meanDistance: number
  largestRatio: number
  nullRatio: number
  bound: number
  directions: number
  normDistance: number
  /** At 5, 25, 50, 75 and 95 % of the rows. */
  normRatios: Array<number>
  cosineMean: NativeBoth
  cosineDeviation: NativeBoth
  hubness: NativeBoth
}

/** Galleries of few rows of each person in each camera. */
export interface NativeShots {
  rows: number
  draws?: number
  seed?: number
}

/** Statistics. */
export interface NativeStats {
  rows: number
  dim: number
  /** First row summed. */
  from: number
  /** The row behind the last. */
  to: number
  pipeline: string
  kind: string
  /** True for those that were there before. */
  reused: boolean
  file: Uint8Array
}

/** How to fit to statistics. */
export interface NativeStatsFitOptions {
  /** That of the last statistics if absent. */
  pipeline?: string
  seed?: number
}

/** A part of the rows, and what a fit of them asks for. */
export interface NativeStatsOptions {
  /** A pipeline or the name of a preset. */
  pipeline: string
  /** Rows that take part; all if absent. */
  subset?: Uint32Array
  maxPerClass?: number
  skipInvalid?: boolean
  part: NativePart
  /** The hashes of the rows. */
  hashes: Float64Array
  /** Statistics of the rounds before; no bytes for the file that their name is the path of. */
  after: Array<Uint8Array>
  /** Their name in errors. */
  afterNames: Array<string>
  /** The file that is there. */
  before?: Uint8Array
}

/** A row that looks mislabelled. */
export interface NativeSuspect {
  row: number
  class: number
  /** Cosine with the rest of its class. */
  own: number
  /** The class that it is nearest to. */
  otherClass: number
  /** Cosine with that class. */
  other: number
  /** Difference of the two. */
  score: number
  /** The row of that class that is most like it. */
  nearest: number
}

/** Rows that look mislabelled, and how many there are. */
export interface NativeSuspects {
  entries: Array<NativeSuspect>
  total: number
}

/** Request; absent fields have the challenge's values. */
export interface NativeSynthOptions {
  /** `r2`, `r1` or `none`. */
  replica?: string
  /** Which fitted set of parameters. */
  set?: number
  trainRows?: number
  trainClasses?: number
  testRows?: number
  pairs?: number
  /** Length of an embedding. */
  dim?: number
  seed?: number
  /** The challenge's full train set, unless `train_rows` says otherwise. */
  full?: boolean
}

/** Labels and pairs of a synthetic challenge. */
export interface NativeSynthTables {
  trainClasses: Uint32Array
  index1: Uint32Array
  index2: Uint32Array
  /** True if each pair shows one person: 1 or 0. */
  same: Uint8Array
}

/** How systems differ from one of them; the core decides what is absent. */
export interface NativeSystemsOptions {
  compare: NativeCompareOptions
  /** Place of the system that the others are compared with. */
  reference?: number
  /** `max-t`, `holm` or `none`. */
  adjust?: string
}

/** Rows of templates, one template after the other. */
export interface NativeTemplates {
  rows: Uint32Array
  /** Rows of each template. */
  sizes: Uint32Array
}

/** Mapped rows to write. */
export interface NativeTransform {
  /** The file, created or cut to nothing first and synced at the end. */
  path: string
  /** `stored` or `query`. */
  side: string
  /** `float32` or `float64`. */
  dtype: string
}

/** Result of a transform. */
export interface NativeTransformed {
  /** Columns of the rows written. */
  dim: number
  /** The plain measure to use on them. */
  metric: string
}

/** How far to trust the rows that look mislabelled. */
export interface NativeTrust {
  /** Rows that were judged. */
  judged: number
  /** Share of them that look mislabelled. */
  error: number
  /** Probability that a wrong label scores higher than a given one. */
  auroc?: number
  /** The most of them that can be wrong labels. */
  wrongAtMost: number
}

/** The truth about pairs; `first` and `second` are identities, or empty. */
export interface NativeTruth {
  same: Uint8Array
  first: Uint32Array
  second: Uint32Array
}

/** A variance by identity. */
export interface NativeVariance {
  people: number
  byPeople: number
  byPairs: number
}

/** The verdict of a decision on a pair. */
export interface NativeVerdict {
  score: number
  ratio: number
  low?: number
  high?: number
  probability: number
  verdict: string
  far: number
  outside: boolean
}

/** The verdicts on many scores, in columns of equal length. */
export interface NativeVerdicts {
  ratio: Float64Array
  probability: Float64Array
  /** 0 for two people, 1 for one person, 2 for uncertain. */
  verdict: Uint8Array
  /** Number of scores outside of those that were seen. */
  outside: number
}

/** Verification figures. */
export interface NativeVerification {
  auroc: number
  aurocError: number
  aurocInterval?: Interval
  eer: number
  tar?: number
}

/** Opens a gallery; its index takes no more than `memory` bytes, or is not made. */
export declare function openGallery(rows: NativeEmbeddings, measure: NativeMeasure, names: NativeRowNames, memory: number | undefined | null, job: NativeJob): Promise<NativeGallery>

/** Opens a gallery file; with `writes` its additions and removals go to its journal. */
export declare function openGalleryFile(path: string, io: string, writes: boolean, job: NativeJob): Promise<NativeGallery>

/**
 * Measures of thresholds on the distance. FPIR is the share of non-mated probes with a candidate
 * within the threshold; TPIR is the share of mated probes whose best mate is within threshold and
 * rank. 1 − TPIR is NIST's FNIR.
 */
export interface OpenSet {
  /** People with a non-mated probe. */
  identities: number
  /** Rank within which a mate was to be found. */
  rank: number
  /** How thresholds were chosen and what passes them. */
  convention: 'at-most' | 'insightface'
  /** The least FPIR above 0 that so many non-mated probes can have in one gallery: one over their number. */
  leastFpir: number
  /** One for each FPIR asked for. */
  tpirAtFpir: Array<IdentificationPoint>
  /**
   * The DIR curve as columns, from nothing within the threshold to everything, thinned for drawing;
   * distances at or below each threshold are within it, whatever {@link convention} is.
   */
  curve: DirCurve
}

/** Acceptance at a false accept rate. */
export interface OperatingPoint {
  /** Asked for. */
  far: number
  /** How the threshold was chosen. */
  rule: 'at-most' | 'nearest' | 'insightface' | 'quantile'
  threshold: number | null
  /** Really reached at {@link threshold}. */
  achievedFar: number | null
  achievedFarInterval: Interval | null
  tar: number | null
  tarInterval: Interval | null
  /** Impostor pairs accepted. */
  falseAccepts: number | null
  /** Resolution of this rate by so many impostors: below 1 error expected unresolved, below 30 unstable. */
  resolution: 'resolved' | 'unstable' | 'unresolved'
}

/** Identities as far as genuine pairs tell them, and what pairs give away about each other. */
export declare function pairGraph(index1: Uint32Array, index2: Uint32Array, same: Uint8Array, job: NativeJob): Promise<NativePairGraph>

/** The quality of pairs by their rows, `norm` or `centroid`, in the background. */
export declare function pairQuality(embeddings: NativeEmbeddings, pairs: NativePairs, by: string, job: NativeJob): Promise<NativePairQuality>

/** All distances, in the background. */
export declare function pairwise(asked: NativePairwise, job: NativeJob): Promise<Float32Array | Float64Array>

/** The twin of `pairwise` that blocks. */
export declare function pairwiseSync(asked: NativePairwise, threads?: number | undefined | null): Float32Array | Float64Array

/** The area up to a false accept rate. */
export interface PartialArea {
  far: number
  value: number
}

/** How many comparisons and people a claim needs. */
export declare function planPeople(claim: NativeClaim): NativePlanned

/** A row for each template, in the background. */
export declare function poolTemplates(embeddings: NativeEmbeddings, templates: NativeTemplates, pooling: NativePooling, job: NativeJob): Promise<NativeEmbeddings>

/** Every preset, in the order of the documentation. */
export declare function presets(): Array<NativePreset>

/** Φ⁻¹(p), the probit, for p in (0, 1); ±∞ at the ends. */
export declare function probit(p: number): number

/** Pairs of about one quality. */
export interface QualityBin {
  low: number
  mean: number
  high: number
  genuine: number
  impostors: number
  /** Quartiles of the scores of its genuine pairs; `null` without any. */
  genuineScores: Array<number> | null
  /** Those of its impostor pairs. */
  impostorScores: Array<number> | null
}

/** Figures over the quality of pairs. */
export interface QualityFigures {
  /** One for each false accept rate that has a threshold. */
  discards: Array<Discards>
  /** About a tenth of the pairs each, from the least quality. */
  bins: Array<QualityBin>
}

/** A form in which quality enters beside the score, tried on people held out. */
export interface QualityTrial {
  /** `added`: w s + c q; `slope`: and d q s. */
  form: 'added' | 'slope'
  /** Cllr with it less that without; negative where it is better. */
  gain: number
  gainInterval: Interval
  /** True if the whole interval is better: the decision has it. */
  used: boolean
}

/** The identification rate at a rank. */
export interface RankRate {
  /** Asked for. */
  rank: number
  /** Share of mated probes whose best mate is within the rank. */
  rate: number
  interval: Interval | null
  /** The same where candidates that are equally near come in random order. */
  expected: number
}

/** Difference of the true accept rates at a false accept rate. */
export interface RateDifference {
  far: number
  value: number
  standardError: number
  /** Student's, with as many degrees of freedom as people who carry the difference. */
  interval: Interval
  /** Chance of a difference at least so large if there were none; `null` without any error. */
  p: number | null
}

/** Reads rows of `dim` numbers, from `starts[i]` to `ends[i]` of a text. */
export declare function readDecimals(text: Uint8Array, starts: Uint32Array, ends: Uint32Array, separator: number, dim: number): NativeDecimals

/** Estimates the cost of an audit from some of its rows; in the background. */
export declare function rehearseAudit(embeddings: NativeEmbeddings, second: NativeEmbeddings | undefined | null, options: NativeAuditOptions, job: NativeJob): Promise<NativeRehearsal>

/** Pairs of like predicted probability. */
export interface ReliabilityBin {
  predicted: number
  observed: number
  pairs: number
}

/** Every point of the curve. */
export declare function roc(trials: NativeTrials, job: NativeJob): Promise<RocCurve>

/** Every point of a ROC curve, from nothing accepted to everything; columns of equal length. */
export interface RocCurve {
  /** A pair is accepted at or beyond it; the first accepts nothing. */
  threshold: Float64Array
  /** Share of impostor pairs accepted. */
  far: Float64Array
  /** Share of genuine pairs accepted. */
  tar: Float64Array
  /** Φ⁻¹ of the false accept rate: the x of a DET curve. Half an error stands for none. */
  farDeviate: Float64Array
  /** Φ⁻¹ of the false reject rate: the y of a DET curve. */
  frrDeviate: Float64Array
}

/** Scores of pairs of rows by a decision, in the background. */
export declare function ruleScores(embeddings: NativeEmbeddings, pairs: NativePairs, rule: NativeRule, quality: Float64Array | undefined | null, job: NativeJob): Promise<Float64Array>

/** The verdicts on scores, which are read before the call returns. */
export declare function ruleVerdicts(rule: NativeRule, scores: Float64Array): NativeVerdicts

/** Distances of the pairs, in their order; runs in the background on copies of the row numbers. */
export declare function scorePairs(embeddings: NativeEmbeddings, pairs: NativePairs, measure: NativeMeasure, job: NativeJob): Promise<Float64Array>

/** Distances of the pairs, in their order; borrows the row numbers until it returns. */
export declare function scorePairsSync(embeddings: NativeEmbeddings, index1: Uint32Array, index2: Uint32Array, measure: NativeMeasure | string, threads?: number | undefined | null): Float64Array

/** `number,id` (or `id,number`) and a line feed for each pair. */
export declare function submissionRows(numbers: Float64Array, ids: Uint32Array, idFirst: boolean): Uint8Array

/**
 * Makes the challenge in the background: both matrices are written to the given paths (created or
 * cut to nothing first, synced at the end), labels and pairs are given back.
 */
export declare function synth(trainPath: string, testPath: string, options: NativeSynthOptions, job: NativeJob): Promise<NativeSynthTables>

/** Defaults of synthetic challenges. */
export interface SynthDefaults {
  replica: string
  set: number
  train: number
  test: number
  pairs: number
  dim: number
  seed: number
}

/** A system against the reference. */
export interface SystemDifference {
  /** Place of the system. */
  system: number
  /** Positive when the system is better. */
  auroc: AdjustedDifference
  /** Negative when the system is better. */
  eer: AdjustedDifference
  /** Positive when the system is better; without rates that the impostors cannot resolve. */
  tarAtFar: Array<AdjustedRate>
}

/** How systems differ from one of them. */
export interface SystemsComparison {
  /** Place of the system that the others are compared with. */
  reference: number
  /** True if it is the one with the largest AUROC, and not one that was named. */
  chosen: boolean
  /**
   * Comparisons that each figure is adjusted for: of all systems with one another where the data chose the
   * reference.
   */
  comparisons: number
  /** One for each other system. */
  against: Array<SystemDifference>
  /** Remarks on how far to trust the intervals. */
  warnings: Array<Warning>
}

/** A row for each person: the mean of theirs. */
export declare function templateRows(embeddings: NativeEmbeddings, people: Uint32Array, job: NativeJob): Promise<NativeEmbeddings>

/** Writes mapped rows to a file, in the background. */
export declare function transform(embeddings: NativeEmbeddings, model: NativeModel, asked: NativeTransform, job: NativeJob): Promise<NativeTransformed>

/** The interval of a difference from the intervals of both figures alone, each a value with its lower and upper end. */
export declare function unpairedDifference(first: Array<number>, second: Array<number>): Array<number>

/** True if a fit of the pipeline uses rows of a target. */
export declare function usesTarget(pipeline: string): boolean

/** A variance by identity, split by what it shrinks with. */
export interface Variance {
  /** Equal people who would carry it: degrees of freedom. */
  people: number
  /** Part that is of people, and shrinks as one over their number. */
  byPeople: number
  /** Part that is of pairs of people, and shrinks as one over its square. */
  byPairs: number
}

/** A remark on how far to trust a report. */
export interface Warning {
  /** A stable code, such as `few-impostors`. */
  code: string
  /** One sentence. */
  text: string
}

/** A pair that is hard to decide. */
export interface WorstPair {
  /** Place in the list, from 0; `null` where there is no list. */
  pair: number | null
  id: string | null
  /** Row numbers, where the input has them. */
  index1: number | null
  index2: number | null
  value: number
}

/** The pairs that are hardest to decide, worst first. */
export interface WorstPairs {
  falseAccepts: Array<WorstPair>
  falseRejects: Array<WorstPair>
}
