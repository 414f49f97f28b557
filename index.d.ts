/// <reference lib="esnext.disposable" />
/**
 * Distinct names, each with its row. They are held as bytes, and found by the bytes of a cell, so a list
 * of a million lines makes no text. Cost: the bytes, and about 40 bytes a name.
 */
export declare class Names {
	readonly file: string;
	readonly open: boolean;
	/** Number of names. */
	count: number;
	private bytes;
	private ends;
	/**
	 * By hash, {@link SLOT} numbers a name: its row counted from 1, or 0 where there is none; its hash, the
	 * start and the number of its bytes. They lie in one line of the cache.
	 */
	private slots;
	private readonly seed;
	/** `file`: where the names come from; named in errors. `open`: whether lists may add names. */
	constructor(file: string, open?: boolean);
	/** The row of a name in a range of bytes; `UNKNOWN` for none. An open table takes it. */
	row(bytes: Uint8Array, start: number, end: number): number;
	/** The row of a text. */
	rowOf(text: string): number;
	/** True for a name that there is. */
	has(text: string): boolean;
	find(bytes: Uint8Array, start: number, end: number): number;
	/** Adds a name; returns its row, which is an earlier one if it was there. */
	add(bytes: Uint8Array, start: number, end: number): number;
	/** The name of a row. */
	name(row: number): string;
	/** All names in the order of the rows. */
	texts(): Generator<string>;
	/** The name nearest to one that is not there, among the first of about its length. */
	nearest(text: string): string | undefined;
	private start;
	/** Place in {@link slots} of a name, or of the free slot for it. */
	private slotOf;
	private hash;
	private append;
	private spread;
}
/** Who has to act; decides the exit code of the command line. */
export type ErrorClass = "usage" | "data" | "input" | "create" | "io" | "aborted" | "internal";
/** Something to do with an option of the request. */
export interface OptionAdvice {
	/** An imperative clause that reads before "with option": `leave out all such rows`. */
	text: string;
	/** Name of the option. */
	option: string;
	/** The value to give it, if it is one and the same for everybody. */
	value?: string;
}
/** Where and what; everything is optional but `found` and `expected`. */
export interface ErrorDetails {
	/** The file concerned. */
	file?: string;
	/** Row of a matrix, counted from 0. */
	row?: number;
	/** Line of a text file, counted from 1. */
	line?: number;
	/** Column: a number counted from 0 in a matrix, a name in a CSV file. */
	column?: number | string;
	/** Byte, counted from 0. */
	offset?: number;
	/** The fault; reads after the word "found". */
	found: string;
	/** The right value; reads after the word "expected". */
	expected: string;
	/** Advice: an imperative sentence without its full stop. */
	hint?: string;
	/** Name of the option or argument at fault. */
	option?: string;
	/** Advice about an option of the request; the hint ends with it. */
	advice?: OptionAdvice | undefined;
	/** Underlying error. */
	cause?: unknown;
}
/**
 * Every failure of this package. The message puts the place first, then what was found, what was
 * expected and what to do; `code` is stable between releases, the text is not.
 */
export declare class HackfaceError extends Error {
	#private;
	readonly name = "HackfaceError";
	/** Stable name of the kind of failure, for example `ENOTFINITE`. */
	readonly code: string;
	/** Who has to act. */
	readonly class: ErrorClass;
	/** The file concerned. */
	readonly file?: string;
	/** Row of a matrix, counted from 0. */
	readonly row?: number;
	/** Line of a text file, counted from 1. */
	readonly line?: number;
	/** Column: a number counted from 0 in a matrix, a name in a CSV file. */
	readonly column?: number | string;
	/** Byte of the file, counted from 0. */
	readonly offset?: number;
	/** The fault; reads after the word "found". */
	readonly found: string;
	/** The right value; reads after the word "expected". */
	readonly expected: string;
	/** Advice: an imperative sentence without its full stop. */
	readonly hint?: string;
	/** The option of the request that is at fault, or that the hint names. */
	readonly option?: string;
	constructor(code: string, errorClass: ErrorClass, details: ErrorDetails);
	/** The same failure with the file named, if none is named yet. */
	withFile(file: string): HackfaceError;
	/** Plain data for `--json` and logs. */
	toJSON(): Record<string, unknown>;
}
/** Columns that a reader has no use for, though their names mean something. */
/** A meaning that some file of this package has a use for, or a protocol of the field. */
export type Meaning = "same" | "fold" | "camera" | "template" | "group";
/** What a reader understood without being told. */
export interface Understood {
	code: "unnamed-index" | "truth-spelling" | "list-format" | "list-truth";
	/** The remark, a sentence without its full stop. */
	text: string;
}
/** A column that a reader left unused. */
export interface IgnoredColumn {
	/** Its name. */
	column: string;
	/** What columns of this name hold. */
	meaning: Meaning;
}
/** The class of each row of a matrix. */
export interface Labels {
	/** Class of each row, as a place in {@link names}. */
	classes: Uint32Array;
	/** Name of each class, in the order in which they first occur by row. */
	names: string[];
	/** Number of classes. */
	count: number;
	/** Where they come from; named in errors. */
	file: string;
	/** Columns of the file that mean something and are not used; absent without any. */
	ignored?: readonly IgnoredColumn[];
	/** Facts understood without being told; absent where all was plain. */
	understood?: readonly Understood[];
}
/** How to read labels. */
export interface LabelsOptions {
	/** Number of rows of the matrix, each with one label; default the number of labels. */
	rows?: number | undefined;
	/** True if the first line names the columns; default true. Without: [index,]class. */
	header?: boolean | undefined;
	/** Names of the columns; default `index` and `class`. An index column that is named here is required. */
	columns?: {
		index?: string | undefined;
		class?: string | undefined;
	} | undefined;
	/** Names of the rows, by which a column `name` or Kaldi's lists tell them; default none. */
	names?: Names | undefined;
	/** The format of the list; by default its first lines tell. */
	listFormat?: string | undefined;
}
/**
 * Reads the class of each row from a CSV file; `-` is standard input.
 *
 * Column `class` holds texts that are not empty, compared byte by byte. The optional column
 * `index` holds row numbers in any order, each exactly once; without it the rows are in order. A first
 * column without a name, or one named `row` or `id`, that holds each row number once, in another order,
 * counts as `index`; so pandas writes its index. With `names`, a column `name` tells the rows, and so do
 * Kaldi's `utt2spk` and `spk2utt`, which are recognised by their first lines.
 * Errors: `EINPUT`, `EIO`, `ECSVFORMAT`, `ECSVHEADER`, `ECSVVALUE`, `EINDEX`, `EDUPLICATE`,
 * `EDIMENSION` if a row has no label, `EEMPTY`, `EINPUTCHANGED`. Cost: one pass over the file
 * and one over the rows, 13 bytes a row.
 */
export declare function readLabels(path: string, options?: LabelsOptions): Promise<Labels>;
/** {@link readLabels}, blocking. */
export declare function readLabelsSync(path: string, options?: LabelsOptions): Labels;
/** A `Float16Array`, of engines that have it. */
export interface HalfArray extends ArrayLike<number> {
	readonly buffer: ArrayBufferLike;
	readonly byteOffset: number;
	readonly byteLength: number;
	readonly [Symbol.toStringTag]: "Float16Array";
}
/** A vector: one row of numbers. */
export type Vector = readonly number[] | Float32Array | Float64Array | HalfArray | Int8Array | Uint8Array;
/** Rows of equally many numbers. */
export type Rows = readonly Vector[];
/** Element type of numbers that come out. */
export type DistanceType = "float32" | "float64";
/** The array of such numbers. */
export type NumberArray<Type extends DistanceType> = Type extends "float32" ? Float32Array : Float64Array;
/** Numbers in memory: `rows × dim`, row after row. */
export interface MatrixData {
	/** Row after row; its memory must be neither shared nor resizable. */
	data: Float32Array;
	/** Number of rows, n; may be 0. */
	rows: number;
	/** Number of columns, d; at least 1. */
	dim: number;
}
/** Numbers in memory in any array: row after row, or an array of rows. */
export interface Numbers {
	/**
	 * Row after row, or an array of rows. Memory must be neither shared nor resizable. Numbers of every type
	 * keep their value: `number[]` counts as doubles.
	 */
	data: Float32Array | Float64Array | HalfArray | Int8Array | Uint8Array | Uint16Array | Rows;
	/** Number of rows, n; may be 0. Default: what `data` and `dim` say. */
	rows?: number | undefined;
	/** Number of columns, d; at least 1. Default: what `data` and `rows` say. */
	dim?: number | undefined;
	/** `float16` for a `Uint16Array` of the bits of such numbers. */
	dtype?: "float16" | undefined;
}
/** Rows, one or many, that come at once. */
export type Batch = Vector | Rows | Numbers;
/** How a file is read: mapped into memory under a guard, or read. Does not change results. */
export type Io = "mmap" | "read";
/**
 * Embeddings, the path of a file as {@link openEmbeddings} reads it, or numbers in memory: an object, or an
 * array of rows.
 */
export type EmbeddingsSource = Embeddings | string | Numbers | Rows;
/** A source, or batches of rows as {@link Embeddings.from} collects them. */
export type EmbeddingsStream = EmbeddingsSource | AsyncIterable<Batch>;
/** How to open embeddings. */
export interface OpenOptions {
	/** Default `mmap`. */
	io?: Io | undefined;
}
/**
 * A matrix of embeddings, n rows × d columns, that JavaScript cannot write to.
 *
 * {@link openEmbeddings} makes it. It holds an open file or a copy of the numbers until `close()`,
 * the end of its `using` block, or garbage collection.
 */
export declare class Embeddings {
	#private;
	/** Number of rows, n. */
	readonly rows: number;
	/** Number of columns, d. */
	readonly dim: number;
	/** Element type as NumPy names it, for example `float32`. */
	readonly dtype: string;
	/** How the data are read; `read` also if a file could not be mapped. */
	readonly io: Io | "memory";
	/** Absolute path of the file, if there is one. */
	readonly file: string | undefined;
	/** How the file was understood where it is no plain `.npy` file; one clause. */
	readonly understoodAs: string | undefined;
	/**
	 * A copy of row `index`: singles where the element type fits, else doubles. Errors: `EARGUMENT`, `EINDEX`
	 * for a row that does not exist; `EOPTION` once closed; `EINPUTCHANGED`. Cost: a call of the addon; `slice`
	 * and `at` copy many rows in one.
	 */
	row(index: number): Float32Array | Float64Array;
	/**
	 * A copy of the rows from `from` up to, not including, `to` (default: the last), one after the other.
	 * Errors: as {@link row}.
	 */
	slice(from: number, to?: number): Float32Array | Float64Array;
	/** A copy of these rows, in this order, one after the other. Errors: as {@link row}. */
	at(indices: readonly number[] | Uint32Array): Float32Array | Float64Array;
	/** Copies of all rows, in order. */
	[Symbol.iterator](): Generator<Float32Array | Float64Array, void, undefined>;
	/**
	 * Collects rows that come in batches, from a cursor of a database or a stream: vectors, arrays of rows, or
	 * numbers with their shape. `dim` is that of a matrix without rows. Memory: the rows twice while they are
	 * put together.
	 *
	 * Errors: `EEMPTY` for no rows without `dim`, `EDIMENSION` for rows of different widths, `EARGUMENT`; what
	 * the iteration throws.
	 */
	static from(batches: AsyncIterable<Batch>, dim?: number): Promise<Embeddings>;
	/** Frees the matrix once the calls that use it have ended. Later uses are rejected. */
	close(): void;
	/** As {@link close}. */
	[Symbol.dispose](): void;
}
/**
 * Opens embeddings: a file by path, or numbers in memory, which are copied so that later writes to
 * them have no effect.
 *
 * A `.npy` file must hold a matrix with at least one column, of type f2, f4, f8, i1–i8 or u1–u8, in
 * either byte order, in C or Fortran order; this call reads its header only. Recognised by their
 * content and mapped as well: the stored members of `.npz` (`FILE:MEMBER` where there are several
 * matrices), tensors of safetensors and variables of MATLAB 5 (likewise), raw float32 as `FILE:dim=D`. Read into
 * memory, which blocks: packed members, `fvecs`, `bvecs`, Kaldi, JSON, tables of numbers, pickles and files of
 * `torch.save` (of which nothing is executed), and several `.npy` files as one, by a folder or a pattern
 * such as `part-*.npy`. `understoodAs` says what was found.
 *
 * Close embeddings after their last use, with `close` or `using`. V8 is told of their memory, but Node frees
 * what was dropped only when the event loop turns: a loop without `await` that closes nothing keeps all.
 *
 * Errors: `EINPUT`, `EFORMAT`, `ENPYHEADER`, `ENPYDTYPE`, `ENPYPICKLE`, `ENPYSHAPE`, `ENPYLENGTH`,
 * `EDIMENSION`, `EARGUMENT`, `EIO`, `EMEMORY`.
 */
export declare function openEmbeddings(source: string | Numbers | Rows, options?: OpenOptions): Promise<Embeddings>;
/**
 * {@link openEmbeddings}, blocking: the time of opening a file and reading at most 10,012 bytes of
 * it, of copying the numbers, or of reading a format that is not mapped.
 */
export declare function openEmbeddingsSync(source: string | Numbers | Rows, options?: OpenOptions): Embeddings;
/** One listener for each abort signal, however many calls share it. */
/**
 * An `AbortSignal`, of the web, of Node or of another realm, by what a call needs of it: so that the types
 * of this package need neither those of Node nor those of a browser.
 */
export interface AbortSignalLike {
	/** True once the work is to stop. */
	readonly aborted: boolean;
	/** Cause of the abort. */
	readonly reason?: unknown;
	addEventListener(type: "abort", listener: () => void, options?: {
		once?: boolean;
	}): void;
	removeEventListener(type: "abort", listener: () => void): void;
}
/** Share of right decisions at a threshold that was given, and its rates. */
export interface AccuracyAt {
	threshold: number;
	accuracy: number;
	far: number;
	farInterval: Interval | null;
	tar: number;
	tarInterval: Interval | null;
}
/** A figure of a system less that of the reference, by itself and among all comparisons. */
export interface AdjustedDifference {
	value: number;
	standardError: number;
	/** By itself. */
	interval: Interval;
	/** By itself; `null` without any error. */
	p: number | null;
	/** Holds together with those of the other comparisons. */
	adjustedInterval: Interval;
	/** Chance that any comparison shows so much if no system differs; `null` without any error. */
	adjustedP: number | null;
}
/** Difference of the true accept rates at a false accept rate. */
export interface AdjustedRate {
	far: number;
	difference: AdjustedDifference;
}
/** People who stand in the same two outer quarters. */
export interface Animal {
	/**
	 * `doves` match themselves and nobody else; `chameleons` match everybody; `phantoms` match nobody, not
	 * even themselves; `worms` match others and not themselves.
	 */
	name: "doves" | "chameleons" | "phantoms" | "worms";
	people: number;
	/** The number to expect if how people match themselves said nothing of how they match others. */
	expected: number;
	/** Chance of at least so many then. */
	p: number;
}
/**
 * Error rates over the prior, divided by those of a system that decides by the prior alone. Columns of
 * equal length.
 */
export interface BayesErrors {
	/** Logarithm of the prior odds of a genuine pair, ascending. */
	logOdds: Array<number>;
	/** Of decisions by the values as log-likelihood ratios. */
	actual: Array<number>;
	/** Of the best threshold for the prior. */
	minimum: Array<number>;
	/** Impostor pairs that those decisions accept. */
	falseAccepts: Array<number>;
	/** Genuine pairs that they reject. */
	falseRejects: Array<number>;
}
/** The largest accuracy. */
export interface BestAccuracy {
	best: number;
	threshold: number;
}
/** Calibration of log-likelihood ratios. */
export interface Calibration {
	cllr: number;
	/** By identity; `null` where identities are not known. */
	cllrInterval: Interval | null;
	minCllr: number;
	/** Values in bins: mean predicted probability, share genuine, pairs. */
	reliability: Array<ReliabilityBin>;
	bayesErrors: BayesErrors;
}
/** How ratios fare on people that no fit of theirs has met. */
export interface CalibrationJudgement {
	/** Folds of people. */
	folds: number;
	/** Cost of the ratios in bits: 0 is perfect, 1 says nothing. */
	cllr: Figure;
	/** The least that any increasing map of the scores leaves. */
	minCllr: Figure;
	/** The rest: the price of the map. */
	loss: Figure;
	/** Expected calibration error over the bins of `reliability`; it depends on them and has no interval. */
	ece: number;
	reliability: Array<JudgedReliability>;
	/** Shares of pairs that have at least a ratio: a curve with ratios as its thresholds, thinned for drawing. */
	curve: Curve;
	bayesErrors: BayesErrors;
}
/**
 * Measures over mated probes; rates and means are in [0, 1], larger is better. Ranks are
 * pessimistic: other people at the same distance come first.
 */
export interface ClosedSet {
	/** People with a mated probe. */
	identities: number;
	/** Share of probes whose best mate is within each rank asked for. */
	rankRates: Array<RankRate>;
	/** The CMC curve. */
	cmc: CmcCurve;
	/** Median rank of the best mates, from 1. */
	medianRank: number;
	/** MRR: mean of 1 / rank of the best mate. */
	meanReciprocalRank: Figure;
	/**
	 * Rule by which the area under the precision of a probe is taken: the mean of the precisions at its
	 * mates, or trapezoids between them as Market-1501 does.
	 */
	averagePrecision: "at-hits" | "trapezoid";
	/** mAP: mean over probes of the average precision. */
	meanAveragePrecision: Figure;
	/** mINP: mean of R / rank of the last mate, R the number of mates of the probe. */
	meanInverseNegativePenalty: Figure;
	/** Mean share of mates among the first R candidates, R the number of mates of the probe. */
	rPrecision: Figure;
	/** MAP@R: as mAP, with mates beyond the first R candidates counting 0. */
	mapAtR: Figure;
}
/**
 * A CMC curve as columns of equal length: rates hold from their rank up to the next. Every rank up
 * to 100 at which one changes, beyond it those that a drawing can tell apart.
 */
export interface CmcCurve {
	/** From 1, ascending; the last is the largest rank of a best mate. */
	rank: Array<number>;
	/** Pessimistic. */
	rate: Array<number>;
	expected: Array<number>;
}
/** How two metrics differ. */
export interface Comparison {
	/** Positive when the first is better. */
	auroc: Difference;
	/** Negative when the first is better. */
	eer: Difference;
	/** Positive when the first is better; without rates that the impostors cannot resolve. */
	tarAtFar: Array<RateDifference>;
	/** Remarks on how far to trust the intervals. */
	warnings: Array<Warning>;
}
/** The ROC curve as columns of equal length. */
export interface Curve {
	threshold: Array<number>;
	far: Array<number>;
	tar: Array<number>;
	/** Band of {@link tar} at each point, at the level of the intervals; `null` where identities are not known. */
	tarLow: Array<number> | null;
	tarHigh: Array<number> | null;
}
/** The threshold for a false accept rate, chosen on all pairs. */
export interface DecisionThreshold {
	/** Asked for. */
	far: number;
	/** Scores up to it (distances) or from it (similarities) are accepted. */
	threshold: number;
	/** Share of impostor pairs accepted. */
	achievedFar: number;
	achievedFarInterval: Interval | null;
	/** Share of genuine pairs accepted. */
	tar: number;
	tarInterval: Interval | null;
}
/** Detection cost for a prior. */
export interface DetectionCost {
	prior: number;
	costMiss: number;
	costFalseAccept: number;
	minimum: number;
	threshold: number | null;
	/** With thresholds read off as log-likelihood ratios; `null` unless values are those. */
	actual: number | null;
}
/** A measure of the first metric less that of the second, on the same pairs. */
export interface Difference {
	value: number;
	standardError: number;
	/** Student's, with as many degrees of freedom as people who carry the difference. */
	interval: Interval;
	/** Chance of a difference at least so large if there were none; `null` without any error. */
	p: number | null;
}
/** A DIR curve as columns of equal length. */
export interface DirCurve {
	threshold: Array<number>;
	fpir: Array<number>;
	tpir: Array<number>;
}
/** False rejects over the share of genuine pairs that is discarded, least quality first. Columns of equal length. */
export interface Discards {
	/** False accept rate of all pairs that the threshold was chosen for. */
	far: number;
	threshold: number | null;
	/** The least quality that is kept. */
	least: Array<number>;
	/** Share of the genuine pairs that is discarded. */
	discarded: Array<number>;
	/** Number of genuine pairs kept. */
	kept: Array<number>;
	/** Share of them that the threshold rejects. */
	frr: Array<number>;
	/** Ends of its interval, at the level of all intervals and for the threshold as it is. */
	low: Array<number>;
	high: Array<number>;
}
/** The equal error rate. */
export interface EqualErrorFigure {
	value: number | null;
	interval: Interval | null;
	threshold: number | null;
}
/** The equal error rate by the three conventions in use. */
export interface EqualErrorRate {
	/** By linear interpolation of the crossing of false accept and false reject rate. */
	value: number;
	/** Where the diagonal meets the convex hull of the ROC curve (ROCCH-EER). */
	hull: number;
	/** Mean of both rates where they are nearest. */
	nearest: number;
	/** Threshold at which they are nearest; the middle of the gap in perfect separation. */
	threshold: number;
}
/** The equal error rate by two further conventions. */
export interface EqualErrorRates {
	/** Where the diagonal meets the convex hull of the ROC curve (ROCCH-EER). */
	hull: number | null;
	/** Mean of both rates where they are nearest. */
	nearest: number | null;
}
interface EvaluationFigures {
	/** Orientation of the scores. */
	orientation: "distance" | "similarity";
	/** Pairs of the same person. */
	genuine: number;
	/** Pairs of two people. */
	impostors: number;
	/** People behind the pairs; `null` where the input does not tell. */
	identities: number | null;
	/** Area under the ROC curve, in [0, 1], larger is better, ties at ½. */
	auroc: Figure;
	/** Half-width within which {@link auroc} is certain though values were counted in bins; 0 if exact. */
	aurocBound: number;
	/** Area up to a false accept rate, standardised after McClish to [½, 1]; one for each asked. */
	partialAuroc: Array<PartialArea>;
	/** Equal error rate by linear interpolation of the crossing, smaller is better. */
	eer: EqualErrorFigure;
	/** The equal error rate by the other two conventions. */
	eerBy: EqualErrorRates;
	/** True accept rate at each false accept rate asked for. */
	tarAtFar: Array<OperatingPoint>;
	/** Largest share of right decisions, and the threshold (middle of the widest best interval). */
	accuracy: BestAccuracy;
	/** Share of right decisions at thresholds that were given. */
	accuracyAt: Array<AccuracyAt>;
	/** Threshold from the other folds, accuracy on each fold; `null` unless asked for. */
	folds: FoldAccuracy | null;
	/** (mean of genuine − mean of impostors) / root of the mean variance, positive when right. */
	dPrime: number | null;
	/** Normalised detection cost for each prior asked for. */
	detectionCost: Array<DetectionCost>;
	/** How well values serve as log-likelihood ratios; `null` unless asked for. */
	calibration: Calibration | null;
	/** One entry for each group, at the shared thresholds of {@link tarAtFar}. */
	groups: Array<GroupFigures>;
	/** People by their mean scores; `null` where they are not known or too few. */
	menagerie: Menagerie | null;
	/** Figures over quality; `null` unless it is given. */
	quality: QualityFigures | null;
	/** How far groups are apart at those thresholds; empty for fewer than two groups with enough people. */
	groupRatios: Array<GroupRatio>;
	/** Points of the ROC curve from strictest to loosest, thinned for drawing. */
	curve: Curve;
	/** Counts of values between `edges[i]` and `edges[i + 1]`. */
	histogram: Histogram;
	/** The impostor pairs most alike and the genuine pairs least alike, worst first. */
	worst: WorstPairs;
	/** Remarks on how far to trust the figures. */
	warnings: Array<Warning>;
	/** Why a figure is `null`, by the path of its key: `"eer.interval": "…"`. */
	undefinedBecause: Record<string, string>;
}
/** A figure with its interval. */
export interface Figure {
	value: number | null;
	interval: Interval | null;
}
/** Accuracy over folds. */
export interface FoldAccuracy {
	mean: number;
	standardError: number;
	accuracies: Array<number>;
	thresholds: Array<number>;
}
/** A part in a weighed sum, and what it does there. */
export interface FusedPart {
	/** The metric, the pipeline of the model, or the file of scores. */
	name: string;
	/** Nats for each unit of its similarity. */
	weight: number;
	/** Interval of the weight, by identity where people are known. */
	weightInterval: Interval;
	/** Cllr of this part alone, on people not met; `null` where nothing was judged. */
	alone: number | null;
	/** Cllr of all parts less that of this part alone; negative where the sum is better. */
	gain: number | null;
	gainInterval: Interval | null;
	/** AUROC of all parts less that of this part alone; positive where the sum is better. */
	aurocGain: number | null;
	aurocGainInterval: Interval | null;
	/** Cllr without this part less that of all parts; positive where it adds something. */
	adds: number | null;
	addsInterval: Interval | null;
}
/** One group at the shared thresholds. */
export interface GroupFigures {
	group: string;
	genuine: number;
	impostors: number;
	auroc: number | null;
	aurocInterval: Interval | null;
	/** People in its pairs; fewer than six have no figures. `null` where they are not known. */
	people: number | null;
	/** Impostor pairs of the group with others; `null` where only the group of a pair is known. */
	acrossImpostors: number | null;
	at: Array<GroupPoint>;
	/** At thresholds that the group's own impostors choose; empty without both kinds of pairs. */
	own: Array<OperatingPoint>;
}
/** Rates of a group at a shared threshold. */
export interface GroupPoint {
	far: number;
	groupFar: number | null;
	groupFarInterval: Interval | null;
	groupTar: number | null;
	groupTarInterval: Interval | null;
	/** Of impostor pairs of the group with other groups. */
	acrossFar: number | null;
	acrossFarInterval: Interval | null;
}
/**
 * How far groups are apart at a threshold that they share. A figure is `null` where a rate is unknown or the least
 * is 0; its interval where a rate is 0 or 1, or people are not known.
 */
export interface GroupRatio {
	/** Asked for. */
	far: number;
	/** Largest over least false accept rate. */
	farRatio: number | null;
	farRatioInterval: Interval | null;
	/** Largest over least false reject rate. */
	frrRatio: number | null;
	frrRatioInterval: Interval | null;
	/** Fairness discrepancy rate (de Freitas Pereira & Marcel 2022): 1 where no group differs. */
	fdr: number | null;
	fdrInterval: Interval | null;
	/** Gini aggregation rate (Howard et al. 2022): 0 where no group differs, at most 1. */
	garbe: number | null;
	garbeInterval: Interval | null;
	/** Gini coefficient of the false accept rates. */
	giniFar: number | null;
	giniFarInterval: Interval | null;
	/** Gini coefficient of the false reject rates. */
	giniFrr: number | null;
	giniFrrInterval: Interval | null;
}
/** Counts of values in bins. */
export interface Histogram {
	edges: Array<number>;
	genuine: Array<number>;
	impostors: Array<number>;
}
interface IdentificationFigures {
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
	/** Remarks on how far to trust the figures. */
	warnings: Array<Warning>;
	/** Why a figure is `null`, by the path of its key: `"openSet": "…"`. */
	undefinedBecause: Record<string, string>;
}
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
	/** Non-mated probes with somebody within the threshold; with drawn galleries, counted in each. */
	falsePositives: number | null;
	/** Resolution of this rate by so many non-mated probes: below 1 error expected unresolved, below 30 unstable. */
	resolution: "resolved" | "unstable" | "unresolved";
}
/** A confidence interval. */
export interface Interval {
	low: number;
	high: number;
	/** Share of repetitions that cover the truth, such as 0.95. */
	level: number;
	/** How it was made: `identity influence`, `identity bootstrap (1000)`, `DeLong, pairs taken as independent`, … */
	method: string;
	/** The variance behind it; `null` unless it is by identity. */
	variance: Variance | null;
}
/** Pairs whose predicted probability is alike. */
export interface JudgedReliability {
	/** Mean predicted probability, at the share of genuine pairs there is. */
	predicted: number;
	/** Share that is genuine. */
	observed: number;
	/** Interval of the share. */
	interval: Interval;
	pairs: number;
}
/** Mean scores of people. Columns of equal length. */
export interface Members {
	/** Number of the person among the identities of the pairs. */
	identity: Array<number>;
	/** Mean score of the person's genuine pairs. */
	genuine: Array<number>;
	/** Mean score of the impostor pairs that the person is in. */
	impostor: Array<number>;
	genuinePairs: Array<number>;
	impostorPairs: Array<number>;
}
interface Menagerie {
	/** People with pairs of both kinds. */
	people: number;
	/** Scores that bound the quarter of people who match themselves worst, and the quarter who do best. */
	genuineQuartiles: Array<number>;
	/** Scores that bound the quarter of people least alike to others, and the quarter most alike. */
	impostorQuartiles: Array<number>;
	animals: Array<Animal>;
	/** Everybody up to 1,000 people; beyond, one for each of 64 × 64 cells of the plot that holds anybody. */
	members: Members;
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
	convention: "at-most" | "insightface";
	/** The least FPIR above 0 that so many non-mated probes can have in one gallery: one over their number. */
	leastFpir: number;
	/** One for each FPIR asked for. */
	tpirAtFpir: Array<IdentificationPoint>;
	/**
	 * The DIR curve as columns, from nothing within the threshold to everything, thinned for drawing;
	 * distances at or below each threshold are within it, whatever {@link convention} is.
	 */
	curve: DirCurve;
}
/** Acceptance at a false accept rate. */
export interface OperatingPoint {
	/** Asked for. */
	far: number;
	/** How the threshold was chosen. */
	rule: "at-most" | "nearest" | "insightface" | "quantile";
	threshold: number | null;
	/** Really reached at {@link threshold}. */
	achievedFar: number | null;
	achievedFarInterval: Interval | null;
	tar: number | null;
	tarInterval: Interval | null;
	/** Impostor pairs accepted. */
	falseAccepts: number | null;
	/** Resolution of this rate by so many impostors: below 1 error expected unresolved, below 30 unstable. */
	resolution: "resolved" | "unstable" | "unresolved";
}
/** The area up to a false accept rate. */
export interface PartialArea {
	far: number;
	value: number;
}
/** Pairs of about one quality. */
export interface QualityBin {
	low: number;
	mean: number;
	high: number;
	genuine: number;
	impostors: number;
	/** Quartiles of the scores of its genuine pairs; `null` without any. */
	genuineScores: Array<number> | null;
	/** Those of its impostor pairs. */
	impostorScores: Array<number> | null;
}
/** Figures over the quality of pairs. */
export interface QualityFigures {
	/** One for each false accept rate that has a threshold. */
	discards: Array<Discards>;
	/** About a tenth of the pairs each, from the least quality. */
	bins: Array<QualityBin>;
}
/** A form in which quality enters beside the score, tried on people held out. */
export interface QualityTrial {
	/** `added`: w s + c q; `slope`: and d q s. */
	form: "added" | "slope";
	/** Cllr with it less that without; negative where it is better. */
	gain: number;
	gainInterval: Interval;
	/** True if the whole interval is better: the decision has it. */
	used: boolean;
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
/** Difference of the true accept rates at a false accept rate. */
export interface RateDifference {
	far: number;
	value: number;
	standardError: number;
	/** Student's, with as many degrees of freedom as people who carry the difference. */
	interval: Interval;
	/** Chance of a difference at least so large if there were none; `null` without any error. */
	p: number | null;
}
/** Pairs of like predicted probability. */
export interface ReliabilityBin {
	predicted: number;
	observed: number;
	pairs: number;
}
/** Every point of a ROC curve, from nothing accepted to everything; columns of equal length. */
export interface RocCurve {
	/** A pair is accepted at or beyond it; the first accepts nothing. */
	threshold: Float64Array;
	/** Share of impostor pairs accepted. */
	far: Float64Array;
	/** Share of genuine pairs accepted. */
	tar: Float64Array;
	/** Φ⁻¹ of the false accept rate: the x of a DET curve. Half an error stands for none. */
	farDeviate: Float64Array;
	/** Φ⁻¹ of the false reject rate: the y of a DET curve. */
	frrDeviate: Float64Array;
}
/** A system against the reference. */
export interface SystemDifference {
	/** Place of the system. */
	system: number;
	/** Positive when the system is better. */
	auroc: AdjustedDifference;
	/** Negative when the system is better. */
	eer: AdjustedDifference;
	/** Positive when the system is better; without rates that the impostors cannot resolve. */
	tarAtFar: Array<AdjustedRate>;
}
/** How systems differ from one of them. */
export interface SystemsComparison {
	/** Place of the system that the others are compared with. */
	reference: number;
	/** True if it is the one with the largest AUROC, and not one that was named. */
	chosen: boolean;
	/**
	 * Comparisons that each figure is adjusted for: of all systems with one another where the data chose the
	 * reference.
	 */
	comparisons: number;
	/** One for each other system. */
	against: Array<SystemDifference>;
	/** Remarks on how far to trust the intervals. */
	warnings: Array<Warning>;
}
/** A variance by identity, split by what it shrinks with. */
export interface Variance {
	/** Equal people who would carry it: degrees of freedom. */
	people: number;
	/** Part that is of people, and shrinks as one over their number. */
	byPeople: number;
	/** Part that is of pairs of people, and shrinks as one over its square. */
	byPairs: number;
}
/** A remark on how far to trust a report. */
export interface Warning {
	/** A stable code, such as `few-impostors`. */
	code: string;
	/** One sentence. */
	text: string;
}
interface WorstPair {
	/** Place in the list, from 0; `null` where there is no list. */
	pair: number | null;
	id: string | null;
	/** Row numbers, where the input has them. */
	index1: number | null;
	index2: number | null;
	value: number;
}
interface WorstPairs {
	falseAccepts: Array<WorstPair>;
	falseRejects: Array<WorstPair>;
}
/** Progress of a job. */
export interface Progress {
	/** Name of the phase: `rows`, `pairs`, `mean`, … */
	phase: string;
	/** Units done in this phase. */
	done: number;
	/** Units in all. */
	total: number;
}
/** Options of every call that takes time. They do not change results. */
export interface JobOptions {
	/** Stops the work at its next block; the promise rejects with an {@link AbortError}. */
	signal?: AbortSignalLike | undefined;
	/**
	 * Called about ten times a second, and once at the end. If it throws, or returns a promise that
	 * rejects, the work stops and the call rejects with the same error.
	 */
	onProgress?: ((progress: Progress) => void) | undefined;
	/** Number of threads, 1 to 1024; default `HACKFACE_THREADS`, or all that the process may use. */
	threads?: number | undefined;
}
/** The caller aborted the call; `cause` is the reason of the signal. */
export declare class AbortError extends Error {
	readonly name = "AbortError";
	/** The code of Node's own abort errors. */
	readonly code = "ABORT_ERR";
	constructor(reason?: unknown);
}
/** One of several shards. */
export interface Shard {
	/** Number of the shard, from 0. */
	index: number;
	/** Number of all shards. */
	of: number;
}
/** A data set: a matrix, and labels if there are any. */
export interface AuditSet {
	embeddings: EmbeddingsSource;
	/** Path of a CSV file of `[index,]class`, or labels that were read. */
	labels?: string | Labels | undefined;
	/** File of the names of the rows, by which labels may tell them; default those in the matrix file. */
	names?: string | undefined;
}
/** Request of an audit. */
export interface AuditRequest extends AuditSet, OpenOptions, JobOptions {
	/** A second set, such as the test set, to compare with the first. */
	test?: AuditSet | undefined;
	/** Least cosine similarity of near-identical rows, in (0, 1]; default 0.999. */
	near?: number | undefined;
	/**
	 * Rows that are compared with all others for near-identical ones, evenly spread; default all. Bounds the one
	 * search that takes time in proportion to rows²; 0 leaves identical rows only.
	 */
	nearRows?: number | undefined;
	/** Most entries of each list; default 1000. */
	limit?: number | undefined;
	/** Files that {@link auditPart} wrote, of all shards: no row is compared for near-identical ones again. */
	parts?: readonly string[] | undefined;
}
/** A shard of the search for near-identical rows, the one that takes time in proportion to rows². */
export interface AuditPartRequest extends Omit<AuditRequest, "parts"> {
	/** The shard. */
	shard: Shard;
	/** File of what it finds: one that is complete is kept. */
	output: string;
	/** Replaces a file of something else; default false. */
	force?: boolean | undefined;
}
/** Result of {@link auditPart}. */
export interface AuditPart {
	/** First row of the shard and the one behind its last, in the order of the search, and the rows that are compared. */
	compared: {
		from: number;
		to: number;
		of: number;
	};
	/** Comparisons of two rows by this shard, and by all. */
	comparisons: {
		shard: number;
		of: number;
	};
	/** True if the file held them before, so that nothing was compared. */
	reused: boolean;
	/** Whole time of the call. */
	seconds: number;
}
/** The first entries of a list, and the number of all. */
export interface Listed<T> {
	entries: T[];
	total: number;
}
/** A row of the only set, or of one of two. */
export interface RowPlace {
	set: "train" | "test" | null;
	/** Place in its matrix, from 0. */
	row: number;
	/** Its name; there where rows have names. */
	name?: string;
	/** Its label; `null` without labels. */
	class: string | null;
}
/** A row that is nearer to another class than to the rest of its own. */
export interface SuspectRow extends RowPlace {
	class: string;
	/** Cosine of the centered row and the direction of the other rows of its class. */
	own: number;
	/** The nearest other class, except look-alikes of its own. */
	otherClass: string;
	/** Cosine of the centered row and the direction of that class. */
	other: number;
	/** `other − own`, in (0, 2]: larger is more suspect. */
	score: number;
	/** The row of the other class most like it. */
	nearest: RowPlace;
}
/** Two rows that are identical or nearly so. */
export interface DuplicateRows {
	first: RowPlace;
	second: RowPlace;
	/** Cosine similarity; exactly 1 for identical rows. */
	similarity: number;
	/** True if all numbers are equal. */
	identical: boolean;
}
/** Two classes that look like one person. */
export interface LookAlikeClasses {
	class1: string;
	class2: string;
	/** Mean similarity between the two over that within them: about 1 for one person. */
	resemblance: number;
	/** Standard deviations of their mean similarity above all pairs of classes. */
	deviation: number;
}
/**
 * How far to trust the rows that look mislabelled, from a second judgement of the same rows, each under the label of
 * another class drawn at random: labels that are wrong.
 */
export interface SuspectTrust {
	/** Rows that were judged: usable, and not alone in their class. */
	judged: number;
	/** Share of them that look mislabelled: the leave-one-out error of a nearest-mean classifier if all labels are right. */
	error: number;
	/** Probability that a wrong label scores higher than a given one, 0.5 if scores tell nothing; `null` with one class. */
	auroc: number | null;
	/**
	 * The most suspects that can be wrong labels, an upper limit of about 97 % where labels are wrong at random. The others are rightly labelled rows
	 * that the embedding does not tell from other classes.
	 */
	wrongAtMost: number;
}
/** A figure of the first set and of the second. */
export interface TrainAndTarget {
	train: number;
	target: number;
}
/**
 * How far a second set, the target, is from the first, without labels: of at most 10,000 rows of either, evenly
 * spread, finite and not zero. `docs/audit.md` defines each.
 */
export interface DomainShift {
	/** Rows that were compared. */
	rows: TrainAndTarget;
	/** AUROC of a linear classifier of the two sets on rows it has not seen: ½ where alike, 1 where apart. */
	auroc: number;
	/** Squared distance of the means over the total variance of the first set. */
	meanDistance: number;
	/** The most that the target varies along a direction, as a multiple of the first set. */
	largestRatio: number;
	/** The same between two halves of the first set. */
	nullRatio: number;
	/** Ratio above which it is a shift: the larger of 5 and the null. */
	bound: number;
	/** Directions with a larger ratio. */
	directions: number;
	/** Distance of Kolmogorov and Smirnov between the norms, in [0, 1]. */
	normDistance: number;
	/** Norms of the target over those of the first set at 5, 25, 50, 75 and 95 % of the rows. */
	normRatios: number[];
	/** Mean cosine of two random rows. */
	cosineMean: TrainAndTarget;
	/** Its standard deviation. */
	cosineDeviation: TrainAndTarget;
	/** Skewness of how often a row is among the 10 nearest of others. */
	hubness: TrainAndTarget;
}
/** Result of {@link audit}. A list that needs labels is `null` without them. */
export interface AuditReport {
	/** Version of this schema. */
	schema: "hackface-audit/1";
	/** Rows and classes of each set. */
	sets: {
		set: RowPlace["set"];
		rows: number;
		classes: number | null;
	}[];
	/** Number of columns. */
	dim: number;
	/** Least cosine similarity of near-identical rows. */
	near: number;
	/** Rows that were compared with all others for near-identical ones: at most those that are usable and no copies. */
	nearRows: number;
	/** Rows that look mislabelled, most suspect first. */
	suspects: Listed<SuspectRow> | null;
	/** How far to trust them; `null` without labels. */
	trust: SuspectTrust | null;
	/** Rows of one set that are alike under two labels. */
	conflicting: Listed<DuplicateRows>;
	/** Rows of one set that are alike under one label, or without labels. */
	repeated: Listed<DuplicateRows>;
	/** Classes that look like one person, most alike first. */
	lookAlikes: Listed<LookAlikeClasses> | null;
	/** Classes with one usable row. */
	singletons: Listed<string> | null;
	/** Rows with a NaN or an infinity. */
	nonFinite: Listed<RowPlace>;
	/** Rows of zeros. */
	zero: Listed<RowPlace>;
	/** Rows of one number other than 0. */
	constant: Listed<RowPlace>;
	/** Rows whose norm is far from the median; deviation in robust standard deviations of logarithms. */
	normOutliers: Listed<RowPlace & {
		norm: number;
		deviation: number;
	}>;
	/** Classes and rows that two sets share; `null` for one set. */
	shared: {
		/** Classes with rows in both; `null` without labels of both. */
		classes: Listed<string> | null;
		/** Rows of one set that are alike to a row of the other. */
		rows: Listed<DuplicateRows>;
	} | null;
	/** Remarks on the labels, such as a column that means something and is ignored. */
	warnings: Warning[];
	/** How far the rows of the second set are from those of the first; `null` for one set, and for fewer than 20 rows. */
	shift: DomainShift | null;
}
/**
 * Looks for faults of a data set: mislabelled rows, duplicates, labels that look like one person and
 * unusable rows; with a second set also for what the two share. `docs/audit.md` defines each. Faults
 * are reported, never rejected.
 *
 * Errors: those of {@link openEmbeddings} and {@link readLabels}; `EDIMENSION` if sets or labels do not
 * match, `EOPTION`, also for parts that are not of all shards of these rows, labels and options, `EMEMORY`. Cost: that of {@link estimateAudit}; a comparison is a product of bytes for each column.
 */
export declare function audit(request: AuditRequest): Promise<AuditReport>;
/**
 * Finds the near-identical rows of a shard and writes them to a file. {@link audit} with the files of all shards as
 * `parts`, and the same rows, labels and options, gives the report that it gives without, for any number of shards
 * searched in any order. Shards cost the same but for eight rows.
 *
 * A file that is complete is kept, and nothing is compared; a damaged one is made again. Files are for their owner only.
 *
 * Errors: those of {@link audit}; `EOPTION` for a file of something else without `force`. Cost: each call reads all
 * rows three times; comparisons are shared out. A file takes 16 bytes for each pair that it found, at most `limit` of
 * each of three lists.
 */
export declare function auditPart(request: AuditPartRequest): Promise<AuditPart>;
/** Cost of an audit. */
export interface AuditEstimate {
	/** Rows of all sets. */
	rows: number;
	/** Comparisons of two rows that may be near, of a row and a class, and of two classes. */
	comparisons: number;
	/** Time that the audit takes here with as many threads, to about a factor of two. */
	seconds: number;
}
/**
 * Estimates how long {@link audit} takes for the same request, from a few thousand rows.
 *
 * Errors: those of {@link audit}. Cost: about a tenth of a second, and reading labels.
 */
export declare function estimateAudit(request: Omit<AuditRequest, "parts">): Promise<AuditEstimate>;
/** A build on a machine. */
export interface BuildInfo {
	/** Version of the addon. */
	version: string;
	/** Instruction set of `cpu: 'auto'`, by the names of that option. */
	cpu: string;
	/** Every instruction set of this machine, by the same names. */
	cpus: string[];
	/** Default number of threads of a job. */
	threads: number;
}
/** Version of this build, and the instruction set and threads that it uses on this machine. */
export declare function buildInfo(): BuildInfo;
/** The rows that a job learns from, and their classes. */
export interface TrainingRows {
	/**
	 * Class of each row: a CSV file, labels read before, or any numbers, equal for equal classes
	 * (2³² − 1 leaves a row out). Optional where a job can do without.
	 */
	labels?: string | Labels | Uint32Array | undefined;
	/** Leaves out the rows of this class, by its name or its number as text. */
	ignoreClass?: string | undefined;
	/** File of the names of the rows, by which labels and a subset may tell them; default those in the matrix file. */
	names?: string | undefined;
	/** Uses only these rows: their numbers, or a CSV file with a column `index`, or `name`. */
	subset?: string | Uint32Array | undefined;
	/** Uses the first rows of each class up to this number, in row order within the subset. */
	maxPerClass?: number | undefined;
	/** Leaves out and counts rows that are not finite, instead of rejecting them. */
	skipInvalid?: boolean | undefined;
}
/** Kind of a scatter, a sum of outer products; total = within + between. */
export type ScatterOf = "total" | "within" | "between";
/** Divisor of a scatter, for N rows of K classes; `none` leaves it a scatter. */
export type Denominator = "rows" | "rows-1" | "rows-classes" | "classes" | "classes-1" | "none";
/** Options of an estimate. */
export interface CovarianceRequest extends TrainingRows, OpenOptions, JobOptions {
	/** The embeddings, n × d. */
	embeddings: EmbeddingsSource;
	/**
	 * With m the mean of all rows and m_k that of class k: `total` (default) Σ (x − m)(x − m)ᵀ,
	 * `within` Σ_k Σ (x − m_k)(x − m_k)ᵀ, `between` Σ_k n_k (m_k − m)(m_k − m)ᵀ.
	 */
	of?: ScatterOf | undefined;
	/** Default the unbiased one: `rows-1` for total, `rows-classes` for within, `classes-1` for between. */
	denominator?: Denominator | undefined;
	/**
	 * ρ of (1 − ρ) C + ρ (tr C / d) I: by Ledoit and Wolf, by OAS (neither for `between`), or a
	 * number in [0, 1]; default `none`. For `within` it is estimated from residuals pooled over
	 * classes.
	 */
	shrinkage?: "ledoit-wolf" | "oas" | "none" | number | undefined;
	/** ε of C + ε (tr C / d) I instead, at least 0. */
	ridge?: number | undefined;
	/** The correlation matrix of the result: 1 on the diagonal, 0 for a column without variance. */
	correlation?: boolean | undefined;
}
/** Result of {@link covariance}. */
export interface CovarianceResult {
	/** d × d, row after row, symmetric. */
	matrix: Float64Array;
	/** Mean of the rows used, d numbers. */
	mean: Float64Array;
	/** Columns, d. */
	dim: number;
	/** The divisor of the scatter; 1 for `none`. */
	divisor: number;
	/** ρ, or the ε of a ridge; 0 without shrinkage. */
	shrinkage: number;
	/** Eigenvalues of the matrix above d · 2⁻⁵² of the largest. */
	rank: number;
	/** Largest over smallest eigenvalue, at least 1; `null` if the rank is below d. */
	condition: number | null;
	/** Rows used, N. */
	rows: number;
	/** Classes with rows, K; 0 without labels. */
	classes: number;
	/** Classes with one row; 0 without labels. */
	singletons: number;
	/** Rows left out because they are not finite. */
	skipped: number;
	/** Remarks on the labels, such as a column that means something and is ignored. */
	warnings: Warning[];
	/** Whole time of the call. */
	seconds: number;
}
/**
 * Estimates the mean and a covariance of embeddings in one streaming pass.
 *
 * Bit-identical for any number of threads and `io`. Errors: those of {@link openEmbeddings} and
 * {@link readLabels}; `EOPTION` for a scatter that needs labels and for options that contradict each
 * other; `EEMPTY` for a divisor of zero, or `within` of classes of one row each; `EONECLASS` for
 * `between` of one class; `EINDEX` for a row of the subset that does not exist; `ENOTFINITE` with
 * row and column. Cost: n·d²/2 multiply-adds and one eigenvalue
 * decomposition; memory of d² numbers a thread and d a class.
 */
export declare function covariance(request: CovarianceRequest): Promise<CovarianceResult>;
/** A fault of a file, with all its occurrences. */
export interface Finding {
	/** `error`: a scorer rejects the file. `warning`: it accepts the file, which is hardly meant so. */
	severity: "error" | "warning";
	/** Code of the fault, as in errors. */
	code: string;
	/** The fault, with examples. */
	what: string;
	/** Number of cells, rows or names concerned. */
	count: number;
	/** First line concerned, counted from 1; null for the whole file. */
	line: number | null;
	/** Advice: an imperative sentence without its full stop. */
	hint: string;
}
declare class LineMap {
	#private;
	/** The line, counted from 1, of a row counted from 0. */
	lineOf(row: number): number;
}
/** How texts are written as cells. */
export interface CellOptions {
	/** True if a text may start with = + - @, tab or carriage return; default false. */
	allowFormulas?: boolean | undefined;
}
/**
 * Names of rows, in the order of the file: numbers if each is a plain number below 2³², else texts.
 * Either way `String(id)` is the text of the cell.
 */
export type Ids = Uint32Array | readonly string[];
/** Names of the columns of a submission. */
export interface SubmissionColumns {
	/** The distances; default `Predicted`. */
	distance?: string | undefined;
	/** The ids; default `Id`. */
	id?: string | undefined;
}
/** The content of a submission. */
export interface Scores {
	/** Name of each pair, distinct. */
	ids: Ids;
	/** Distance of each pair, smaller = more alike; finite. */
	distances: Float64Array;
	/** Where they come from; named in errors. */
	file: string;
	/** The pairs by their names, in a list that has no ids; then ids are 0, 1, …. */
	pairs?: {
		index1: Uint32Array;
		index2: Uint32Array;
	};
	/** The identities claimed and real, in a list that tells them. */
	people?: {
		first: Uint32Array;
		second: Uint32Array;
		names: Names;
	};
	/** Remarks on how the file was understood; absent where all was plain. */
	understood?: readonly Understood[];
}
/** How to read a submission. */
export interface ScoresOptions {
	/** True if the first line names the columns; default true. Without: Predicted,Id. */
	header?: boolean | undefined;
	/** Names of the columns; default `Predicted` and `Id`. */
	columns?: SubmissionColumns | undefined;
	/** Reads lists of pairs with their scores too, and tells their rows by these names; default none. */
	names?: Names | undefined;
}
/**
 * Reads a submission from a CSV file; `-` is standard input. Column `Predicted` holds finite decimals
 * with a point and `Id` holds distinct texts. Errors: those of {@link readPairs} and `ENOTFINITE`
 * with the line. Cost: one pass, 12 bytes a pair.
 */
export declare function readSubmission(path: string, options?: ScoresOptions): Promise<Scores>;
/** {@link readSubmission}, blocking. */
export declare function readSubmissionSync(path: string, options?: ScoresOptions): Scores;
/**
 * Reads a submission back as a scorer would and compares it with the ids that it must answer.
 *
 * Returns warnings, as sentences, about what a scorer accepts but is hardly meant. Errors: those of
 * {@link readSubmission}, and `EDIMENSION` that names missing and extra ids. Cost: one pass over
 * the file, 16 bytes a pair; about 100 more if the ids are in another order.
 */
export declare function validateSubmission(path: string, expected: {
	ids: Ids;
}, options?: ScoresOptions): Promise<string[]>;
/** Options of a check. */
export interface CheckOptions {
	/** Ids that it must hold, each once. Without them only repetitions are found. */
	ids?: Ids | undefined;
	/** A file with the header and ids required, such as `sample_submission.csv`. */
	sample?: string | undefined;
	/** Names of the columns; default those of the sample, else `Predicted` and `Id`. */
	columns?: SubmissionColumns | undefined;
	/** Most bytes accepted; default 100 MiB. */
	mostBytes?: number | undefined;
}
/** Result of {@link checkSubmission}. */
export interface SubmissionReport {
	/** The file. */
	file: string;
	/** True if a scorer accepts the file; warnings may remain. */
	ok: boolean;
	/** Rows after the header. */
	rows: number;
	/** Names in the header. */
	columns: string[];
	/** Bytes of the file. */
	bytes: number;
	/** Number of rows required; null if it is not known. */
	wanted: number | null;
	/** All findings, errors first, then by line. */
	findings: Finding[];
}
/**
 * Reads a submission as a scorer would and lists everything that is wrong with it: header, columns,
 * number of rows, missing, repeated and unknown ids, cells that are no finite numbers, constant
 * values, encoding, size. Rows and columns may be in any order, and line ends and quotes of any kind.
 *
 * Damage that hides the rest of the file (an open quote, bytes that are no text) is the last finding.
 * Errors: `EINPUT`, `EIO`, `EINPUTCHANGED`, and those of
 * {@link readPairs} for the sample. Cost: one pass over the file, about 100 bytes a row.
 */
export declare function checkSubmission(path: string, options?: CheckOptions): Promise<SubmissionReport>;
/** How to write a file. */
export interface WriteOptions {
	/** Replaces a file that is already there; default false. */
	force?: boolean | undefined;
}
/**
 * Writes pairs of rows that are alike as CSV, in their order: `row1,row2,similarity,identical`, after each row
 * its name and its class where rows have them, before it its set where there are two. Numbers are the shortest decimals that read
 * back the same; `-` is standard output. Errors: those of writing a
 * file; `ECSVVALUE` for a class that a spreadsheet may run.
 */
export declare function writeDuplicates(path: string, pairs: readonly DuplicateRows[], options?: WriteOptions & CellOptions): Promise<void>;
/** Templates of several rows each. */
export interface TemplateList {
	/** Rows of each template, in the order of the list. */
	templates: readonly (readonly number[])[];
	/** Name of each template, in the order in which they first occur. */
	names: Names;
	/** Number of the medium, such as a video, of each of those rows; absent where each row is one. */
	media?: readonly (readonly number[])[];
	/** Class of each template; absent where the list tells none. */
	classes?: readonly string[];
	/** Where they come from; named in errors. */
	file: string;
	/** Facts understood without being told; absent where all was plain. */
	understood?: readonly Understood[];
}
/** How to read a list of templates. */
export interface TemplateListOptions {
	/** Names of the rows, by which the list may tell them; default none: it tells row numbers. */
	names?: Names | undefined;
	/** The format of the list; by default its first lines tell. */
	listFormat?: string | undefined;
}
/**
 * Reads the rows of each template from a CSV file of `template` and `row` (or `name`), from Kaldi's
 * `spk2utt` or `utt2spk`, or from IJB's lists of image, template and medium; `-` is standard input. Columns
 * `media` and `class` tell the medium of each row and the person of its template. A row may be of several templates. Errors: those of
 * {@link readPairs}. Cost: one pass, 8 bytes a row and 40 a template.
 */
export declare function readTemplateList(path: string, options?: TemplateListOptions): Promise<TemplateList>;
/**
 * Reads the names of the rows of a matrix, in their order; `-` is standard input. A file whose first line
 * has a column `name` is a CSV file; in any other each line is a name. Errors: those of
 * {@link readPairs}; `EDUPLICATE` for a name of two rows. Cost: one pass, the bytes and 20 a name.
 */
export declare function readNames(path: string): Promise<Names>;
/** A list of pairs of rows of a matrix. */
export interface Pairs {
	/** Row of the first member of each pair. */
	index1: Uint32Array;
	/** Row of the second member of each pair. */
	index2: Uint32Array;
	/** Name of each pair; 0, 1, … where the file has none. */
	ids: Ids;
	/** Number of pairs. */
	length: number;
	/** Where they come from; named in errors. */
	source: PairsSource;
	/** Columns of the file that mean something and are not used; absent without any. */
	ignored?: readonly IgnoredColumn[];
	/** 1 for a pair of one class, 0 for one of two; absent where the list does not tell, or was not asked. */
	same?: Uint8Array;
	/** Fold of each pair, from 0; absent where the list has none. */
	folds?: Uint32Array;
	/** The names by which the list tells first members; absent where it tells them by number. */
	names?: Names;
	/** Those by which it tells second members; absent where they are {@link names}, or numbers. */
	secondNames?: Names;
	/** Remarks on how the file was understood; absent where all was plain. */
	understood?: readonly Understood[];
}
interface PairsSource {
	/** The file. */
	file: string;
	/** Names of the two columns. */
	columns: readonly [
		string,
		string
	];
	/** Line of each pair. */
	lines: LineMap;
}
/** How to read pairs. */
export interface PairsOptions extends CellOptions {
	/** Number of rows of the matrix; row numbers must be below it. Default 2³². */
	rows?: number | undefined;
	/** True if the first line names the columns; default true. Without: index1,index2[,Id]. */
	header?: boolean | undefined;
	/** Names of the columns; default `index1`, `index2`, `Id`. An id column that is named here is required. */
	columns?: {
		index1?: string | undefined;
		index2?: string | undefined;
		id?: string | undefined;
	};
	/** Names of the rows, by which the list may tell them; default none: it tells row numbers. */
	names?: Names | undefined;
	/** Names of second members, where these are rows of another matrix; default {@link names}. */
	secondNames?: Names | "none" | undefined;
	/** Names of templates, which all first members then are; default: they are rows. */
	templates?: Names | undefined;
	/** The format of the list; by default its first lines tell. */
	listFormat?: string | undefined;
	/** Names that LFW's `name number` stands for; default `{name}/{name}_{number:4}.jpg`. */
	namePattern?: string | undefined;
	/** True if the truth in the list is read, from the column `same` of a CSV file; default false. */
	truth?: boolean | undefined;
}
/**
 * Reads pairs from a CSV file; `-` is standard input.
 *
 * Columns `index1` and `index2` hold row numbers, counted from 0 and written in digits only.
 * The optional column `Id` holds distinct texts. Repeated pairs are kept, in order. Other lists of pairs,
 * such as trials (`a b target`), are recognised by their first lines, or told by `listFormat`.
 * Errors: `EINPUT`, `EIO`, `ECSVFORMAT`, `ECSVHEADER`, `ECSVVALUE`, `EINDEX`, `EDUPLICATE`,
 * `EEMPTY`, `EINPUTCHANGED`. Cost: one pass over the file, 12 bytes a pair.
 */
export declare function readPairs(path: string, options?: PairsOptions): Promise<Pairs>;
/** {@link readPairs}, blocking. */
export declare function readPairsSync(path: string, options?: PairsOptions): Pairs;
/** {@link readPairs} from memory; `file` is named in errors. */
export declare function parsePairs(bytes: Uint8Array, options?: PairsOptions & {
	file?: string;
}): Pairs;
/** Rejects pairs with a row number that a matrix of `rows` rows does not have (`EINDEX`). */
export declare function checkPairs(pairs: Pairs, rows: number): void;
/** Distances of pairs to submit. */
export interface Submission {
	/** Name of each pair, distinct. */
	ids: Ids;
	/** Distance of each pair, smaller = more alike; finite. */
	distances: Float64Array | Float32Array;
}
/** How to write a submission. */
export interface SubmissionOptions extends CellOptions {
	/** Names of the columns; default `Predicted` and `Id`. */
	columns?: SubmissionColumns | undefined;
	/** True if the column of ids comes first; default false. */
	idFirst?: boolean | undefined;
	/** False leaves out the line of column names, as for parts that are put together; default true. */
	header?: boolean | undefined;
	/** Replaces a file that is already there; default false. */
	force?: boolean | undefined;
}
/**
 * Writes a submission: a header line, then one line for each pair, in order, LF at each end.
 *
 * Numbers are the shortest decimals that read back as the same 64-bit number (32-bit for a
 * `Float32Array`). The file is written whole or not at all. `-` and `/dev/stdout` are standard
 * output, where writing ends quietly if the reader closes it.
 *
 * Ids and distances are copied before the first `await`. Errors: `ENOTFINITE` with the row,
 * `EDIMENSION`, `EEMPTY`, `EARGUMENT`, `ECSVVALUE` for an id that a spreadsheet may run, `EEXISTS`, `ECREATE`, `EIO`. Cost: a fraction of a
 * microsecond a pair, and two syncs of the disk.
 */
export declare function writeSubmission(path: string, submission: Submission, options?: SubmissionOptions): Promise<void>;
/** Which pairs are genuine. */
export interface Truth {
	/** Name of each pair, distinct. */
	ids: Ids;
	/** 1 for a pair of the same class, 0 for a pair of different ones. */
	same: Uint8Array;
	/** Part of the leaderboard of each pair; present if the file has a column `Usage`. */
	usage?: readonly Usage[];
	/** Where it comes from; named in errors. */
	file: string;
	/** Facts understood without being told; absent where all was plain. */
	understood?: readonly Understood[];
}
/** Part of a leaderboard, as in the column `Usage` of a solution. */
export type Usage = "Public" | "Private" | "Ignored";
/** How to read the truth about pairs. */
export interface TruthOptions {
	/** True if the first line names the columns; default true. Without: Id,same. */
	header?: boolean | undefined;
	/** Names of the columns; default `Id` and `same`. */
	columns?: {
		id?: string | undefined;
		same?: string | undefined;
	} | undefined;
}
/**
 * Reads the truth about pairs from a CSV file; `-` is standard input. Column `Id` holds distinct
 * texts and `same` holds 0 or 1, or another usual pair of words, such as True and False. The optional column `Usage` holds Public, Private or Ignored.
 * Errors: those of {@link readPairs}. Cost: one pass, 5 bytes a pair.
 */
export declare function readTruth(path: string, options?: TruthOptions): Promise<Truth>;
/** {@link readTruth}, blocking. */
export declare function readTruthSync(path: string, options?: TruthOptions): Truth;
/**
 * Writes rows that look mislabelled as CSV, most suspect first:
 * `row,class,own,other_class,other,score,nearest_row`. Rows of two sets have their `set` first and
 * `nearest_set` last; with names of rows, `name` and `nearest_name` end the line. Numbers are the shortest decimals that read back the same; `-` is standard
 * output. Errors: those of writing a file;
 * `ECSVVALUE` for a class that a spreadsheet may run.
 */
export declare function writeSuspects(path: string, suspects: readonly SuspectRow[], options?: WriteOptions & CellOptions): Promise<void>;
/** A matrix to convert, and where to. */
export interface ConvertRequest extends WriteOptions, CellOptions, Pick<JobOptions, "signal" | "onProgress"> {
	/**
	 * File, folder or pattern, as {@link openEmbeddings} takes them; pickles, files of torch, Parquet and
	 * HDF5, too.
	 */
	input: string;
	/** `.npy` file to write. */
	output: string;
	/** Element type to write, rounded to nearest where it holds less; default that of the input. */
	dtype?: "float16" | "float32" | "float64" | undefined;
	/** Text file to write: the name of each row, one a line. */
	names?: string | undefined;
	/** CSV file to write: the class of each row. */
	labels?: string | undefined;
}
/** Result of {@link convert}. */
export interface ConvertSummary {
	/** Absolute path of the matrix. */
	output: string;
	/** Number of rows. */
	rows: number;
	/** Number of columns. */
	dim: number;
	/** Element type as NumPy names it. */
	dtype: string;
	/** Number of values that the element type cannot hold exactly; 0 without option `dtype`. */
	rounded: number;
	/** How the input was understood. */
	understoodAs: string;
	/** True if the input names its rows. */
	named: boolean;
	/** True if the input holds classes of its rows. */
	labelled: boolean;
}
/**
 * Writes a matrix of another format as `.npy`, number by number as it is stored or in another type, and the names and
 * classes of its rows where it has them. Of pickles, arrays of objects and files of torch only values are
 * read: nothing is executed.
 *
 * Errors: those of {@link openEmbeddings}; `EFORMAT` also for a pickle that names anything but numbers,
 * texts, lists, dictionaries, arrays and tensors, for names or classes that the input does not have, for a
 * number beyond the range of `dtype`, and where `hyparquet` (for Parquet) or `h5wasm` (for HDF5) is not installed;
 * `EEXISTS`, `ECREATE`, `EIO`. Memory: nothing where the input is mapped, else that of the numbers.
 */
export declare function convert(request: ConvertRequest): Promise<ConvertSummary>;
/** Which way scores point: `distance`, smaller is more alike; `similarity`, larger is. */
export type Orientation = "distance" | "similarity";
/** A score for each pair. */
export type ScoreArray = Float64Array | Float32Array;
/** The identity on either side of each pair; any numbers, equal for the same person. */
export interface PairIdentities {
	first: Uint32Array;
	second: Uint32Array;
}
/** How to compare. */
export interface CompareOptions extends JobOptions {
	/** Orientation of both scores; default `distance`. */
	orientation?: Orientation | undefined;
	/** False accept rates; default none. */
	atFar?: readonly number[] | undefined;
	/** How their thresholds are chosen; default `at-most`. */
	tarRule?: "at-most" | "nearest" | "insightface" | "quantile" | undefined;
	/** Level of every interval, between 0 and 1; default 0.95. */
	level?: number | undefined;
	/** Identities on either side of each pair. */
	people?: PairIdentities | undefined;
}
/**
 * Compares two metrics on the same pairs. What moves both alike cancels, so the interval is far
 * narrower than those of either; clustered by identity with `people`, else the paired test of
 * DeLong, which takes pairs as independent. Errors: those of {@link evaluate}. Cost: two sorts of the
 * m scores, O(m log m).
 */
export declare function compareScores(first: ScoreArray, second: ScoreArray, same: Uint8Array, options?: CompareOptions): Promise<Comparison>;
/** How to compare systems. */
export interface SystemsOptions extends CompareOptions {
	/** Place of the system that the others are compared with; default the one with the largest AUROC. */
	reference?: number | undefined;
	/**
	 * For the number of comparisons of a figure: `max-t` (default), the greatest |t| by the joint influence of people;
	 * `holm`, Holm's p and Bonferroni's intervals; `none`.
	 */
	adjust?: "max-t" | "holm" | "none" | undefined;
}
/**
 * Compares two systems or more on the same pairs: how each differs from one of them, by itself and adjusted for the
 * number of comparisons. Where the data choose the reference, all pairs of systems are the comparisons. Errors: those
 * of {@link compareScores}, `EOPTION` for a reference that there is not. Cost: a sort for each system, and a pass over
 * the pairs for each two systems and figure.
 */
export declare function compareSystems(scores: readonly ScoreArray[], same: Uint8Array, options?: SystemsOptions): Promise<SystemsComparison>;
/**
 * The report of an evaluation: the schema of `--json`, of the HTML report and of the library.
 *
 * A figure that is undefined is `null`, and {@link Evaluation.undefinedBecause} says why; nothing
 * here is ever NaN. Thresholds are on the scale of the input: with `orientation: 'distance'` a pair
 * is accepted when its value is at most the threshold, with `'similarity'` when it is at least it.
 */
export interface Evaluation extends Omit<EvaluationFigures, "worst" | "menagerie"> {
	/** Version of this schema; a key may be added within a version, never taken away. */
	schema: "hackface-evaluation/1";
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
	worst: WorstPairs$1;
	/** People by their mean scores; `null` where they are not known or too few. */
	menagerie: Menagerie$1 | null;
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
interface WorstPair$1 extends WorstPair {
	/** Class of either row, where labels tell it. */
	class1: string | null;
	class2: string | null;
	/** Name of either row; there where rows have names. */
	name1?: string;
	name2?: string;
}
/** People by the mean scores of their genuine and of their impostor pairs. */
interface Menagerie$1 extends Menagerie {
	/** Columns of equal length, `name` where identities have names. */
	members: Members & {
		name?: string[];
	};
}
/** The pairs that are hardest to decide, worst first. */
interface WorstPairs$1 {
	falseAccepts: WorstPair$1[];
	falseRejects: WorstPair$1[];
}
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
	difference: {
		value: number;
		low: number;
		high: number;
		level: number;
	};
}
/** How candidates are compared. */
export interface CandidateOptions {
	/**
	 * Pipelines or names of presets in order of preference, of which the first of equals is chosen; default
	 * {@link candidates}. Cosine is put before them.
	 */
	candidates?: readonly string[] | undefined;
	/** Folds of people; default 5, fewer for fewer than ten people. */
	folds?: number | undefined;
}
/** Request of a comparison. */
export interface CompareRequest extends CandidateOptions, TrainingRows, OpenOptions, JobOptions {
	/** The embeddings, n × d. */
	embeddings: EmbeddingsSource;
	/**
	 * Unlabelled rows of the domain that will be scored, for candidates with `adapt` or `coral`, which are
	 * refused without. With `false` none are opened.
	 */
	target?: EmbeddingsSource | false | undefined;
	/** Level of the intervals, between 0 and 1; default 0.95. */
	level?: number | undefined;
	/** Seed that deals people into folds and draws pairs; default 0. */
	seed?: number | undefined;
}
/** How one candidate did on the people of all folds. */
export interface ComparedPipeline {
	/** The pipeline. */
	pipeline: string;
	/** Its figures; `null` where it could not be fitted or scored. */
	figures: VerificationFigures | null;
	/** Its AUROC less that of cosine on the same pairs, clustered by identity; positive is better. */
	aboveCosine: Difference | null;
	/** The largest AUROC less its own. */
	belowBest: Difference | null;
	/** Why it could not be fitted or scored. */
	failure: string | null;
	/** Time to fit and to judge it in all folds. */
	seconds: number;
}
/** Candidates on the same pairs of people that no model has seen. */
export interface PipelineComparison {
	/** The form of this object. */
	schema: "hackface-comparison/1";
	/** Every candidate in order of preference, cosine first. */
	candidates: ComparedPipeline[];
	/** Place of the one to take. */
	chosen: number;
	/** Place of the one with the largest AUROC. */
	best: number;
	/** Why that one is taken, in one paragraph. */
	reason: string;
	/** Folds of people. */
	folds: number;
	/** How often people were dealt into folds. */
	repeats: number;
	/** Rows that take part. */
	rows: number;
	/** People that take part. */
	identities: number;
	/** Rows left out because they are not finite. */
	skipped: number;
	/** Rows that judge: all, or of large sets some, drawn by seed. */
	judgedRows: number;
	/** Genuine pairs judged. */
	genuine: number;
	/** Impostor pairs judged. */
	impostors: number;
	/** Passes over all rows that folds and candidates shared. */
	passes: number;
}
/** Result of {@link compare}. */
export interface CompareResult extends PipelineComparison {
	/** Remarks to read before trusting the result. */
	warnings: Warning[];
	/** Whole time of the call. */
	seconds: number;
}
/**
 * The pipelines that {@link compare} and a fit of `auto` try unless others are named, on a matrix of so many
 * rows and columns and of so many people: one is left out where rows · columns² is above 2³³, three with
 * 60 people and more. Default: all of them.
 */
export declare function candidates(rows?: number, columns?: number, people?: number): string[];
/**
 * Compares pipelines on labelled embeddings: people are dealt into folds, and pairs of each fold are
 * scored by a model of the people of the others.
 *
 * Figures are means over folds; fewer than 1000 people are dealt into folds twice, fewer than 100 four times
 * and fewer than 10 six times, and four in all the three ways. The statistics of all folds cost one pass over the rows, however many the
 * candidates; each candidate then costs O(d³) a fold, and where it fits after a length normalisation a
 * pass a fold. Where there are more than 20,000 rows, so many judge, spread over the people.
 *
 * Errors: those of {@link openEmbeddings} and {@link readLabels}; `EOPTION` without labels, `EMETRIC`;
 * `EONECLASS` for fewer than two people in a fold and `EEMPTY` if nobody has two rows; `ENOTFINITE`.
 */
export declare function compare(request: CompareRequest): Promise<CompareResult>;
/** Engines that search vectors: how each is asked for a plain measure, and what its numbers mean. */
/** An engine that searches vectors. */
export type Engine = "pgvector" | "qdrant" | "milvus" | "lancedb" | "faiss" | "usearch";
/** A plain measure that mapped rows are compared by. */
export type PlainMeasure = "cosine" | "sqeuclidean" | "euclidean" | "inner-product";
/**
 * From a number of the engine to the distance of the model: `scale · value^power + offset`, and for rows with a further
 * column `+ query · ‖x‖²`, x the query vector.
 */
export interface EngineConversion {
	power: number;
	scale: number;
	offset: number;
	/** Factor of the squared length of the query vector; absent where it plays no part. */
	query?: number;
}
/** How to search mapped rows in an engine. */
export interface EngineRecipe {
	engine: Engine;
	/** The engine's name for the measure: an operator, a metric type. */
	measure: string;
	/** The search that is exact. */
	exact: string;
	/** An index that is approximate. */
	index: string;
	/** Which of the engine's numbers come first: the smallest or the largest. */
	nearest: "smallest" | "largest";
	/** The vectors to search with: those of `side: 'query'`, or of either side where both are mapped alike. */
	query: "side query" | "either side";
	/** The engine's number for two rows, in words. */
	returns: string;
	/** The distance of the model from it, as a formula of `value`. */
	distance: string;
	/** The same as numbers; absent for rows to search with where only stored rows tell the largest length. */
	conversion?: EngineConversion;
}
/** Pairs of a template and a row, by their numbers. */
export interface EnrolledPairs {
	/** Number of the template of each pair, counted from 0 in the order of enrolment. */
	template: Uint32Array;
	/** Row to compare it with. */
	row: Uint32Array;
}
/**
 * People enrolled from several rows each, by {@link Model.enrol}.
 *
 * With W = I and B = diag ψ, given n rows of mean z̄ the next row of the same person is normal with
 * mean nψ/(1 + nψ) z̄ and variance 1 + ψ/(1 + nψ) (Ioffe 2006). The mean of embeddings or of scores
 * ignores n.
 */
export declare class Enrolment {
	#private;
	/** Number of templates. */
	readonly templates: number;
	/** Rows of each template. */
	readonly sizes: Uint32Array;
	/**
	 * Distances of templates and rows of `source`, in the order of the pairs: the negated log ratio
	 * of "this row shows the person of the template" to "it shows another"; smaller is more alike.
	 * For a template of one row, the distance of `model.scorePairs` to rounding.
	 *
	 * Each row that occurs is mapped once. Errors: `EINDEX` for a template or row that does not exist,
	 * `EDIMENSION`, `EEMPTY`, `ENOTFINITE`, those of {@link openEmbeddings}.
	 */
	scorePairs(source: EmbeddingsSource, pairs: EnrolledPairs, options?: OpenOptions & JobOptions): Promise<Float64Array>;
}
/**
 * How distances are normalised. With μ and σ the mean and the standard deviation of the distances of a
 * row to the rows of a cohort, the distance d of rows a and b becomes `(d − μₐ)/σₐ` (`z-norm`),
 * `(d − μᵦ)/σᵦ` (`t-norm`), the second of the first (`zt-norm`), or the mean of both (`s-norm`; `as-norm` and
 * `as-norm2` over the cohort rows that are most alike). Smaller stays more alike.
 *
 * A cohort of the rows to be scored is *transductive*: each distance depends on all rows of the set.
 * No list of pairs and no truth is ever used.
 */
export interface NormOptions {
	/**
	 * The normalisation; default none. `as-norm` chooses for each row the cohort rows most alike to it,
	 * `as-norm2` those most alike to the other row of the pair, which only lists of pairs have.
	 */
	norm?: "z-norm" | "t-norm" | "s-norm" | "zt-norm" | "as-norm" | "as-norm2" | undefined;
	/**
	 * The rows to normalise against: `self`, the rows that are measured (of a gallery and probes, the
	 * gallery), of which none counts for itself; or other rows, of which none should be of a person in
	 * the pairs, unless labels tell who is who.
	 */
	cohort?: "self" | EmbeddingsSource | undefined;
	/** Person of each row of the cohort; rows of the same person do not count for each other. */
	cohortLabels?: string | Labels | Uint32Array | undefined;
	/**
	 * Person of each row that is measured (of a gallery and probes, the gallery), beside `cohortLabels` of a cohort of
	 * other rows, with the same names or numbers.
	 */
	rowLabels?: string | Labels | Uint32Array | undefined;
	/** Cohort rows that `as-norm` and `as-norm2` choose; default 300, or all if there are fewer. */
	cohortTop?: number | undefined;
	/** Denominator of σ²: the number of cohort rows (`population`, default), or one less (`sample`). */
	cohortDeviation?: "population" | "sample" | undefined;
	/** Smallest σ, to which a smaller one is raised; without it a σ of 0 is refused. */
	cohortFloor?: number | undefined;
	/**
	 * Re-ranks by k-reciprocal neighbours, in place of a normalisation: rows are alike that have the same
	 * neighbours. For `cosine`, `correlation` and models that end in `cosine`. It is transductive: every
	 * distance depends on all rows of both sides, and on no list of pairs. Default none.
	 */
	rerank?: RerankOptions | undefined;
	/**
	 * Query expansion, in place of both: each row of a pair is compared with its nearest rows added to it.
	 * For the same measures as `rerank`, and as transductive. Default none.
	 */
	expand?: ExpandOptions | undefined;
}
/** Parameters of re-ranking (Zhong et al. 2017), as person re-identification uses it. */
export interface RerankOptions {
	/** Neighbours that are compared; default 20. */
	k1?: number | undefined;
	/** Nearest rows that neighbours are the mean over, at most k1 + 1; default 6. */
	k2?: number | undefined;
	/** Share of the distance itself, from 0 to 1; default 0.3. */
	lambda?: number | undefined;
}
/** Parameters of query expansion (αQE: Radenović et al. 2019), as person re-identification uses it. */
export interface ExpandOptions {
	/** Nearest rows that are added to a row; default 5. */
	k?: number | undefined;
	/** Power of the similarity that they weigh, at least 0, which weighs all alike (AQE); default 3. */
	alpha?: number | undefined;
}
/** Row numbers of the two members of each pair, of equal length. */
export interface PairIndices {
	index1: Uint32Array;
	index2: Uint32Array;
}
/** Row numbers of one template, at least one. */
export type TemplateRows = readonly number[] | Uint32Array;
/**
 * How the rows of a template become one member of pairs: `template` is the mean of the rows, `mean` the
 * mean of the distances to them, `min` the smallest, and `plda` the likelihood ratio of all of them
 * together, see {@link Enrolment}.
 */
export type TemplateFusion = "template" | "mean" | "min" | "plda";
/** The members of pairs, where they are not all rows of one matrix. */
export interface SidesOptions {
	/**
	 * Rows that second members are of; default those of the source. The two matrices count as one, the
	 * first above the second, for a mean, variances and a cohort `self`.
	 */
	against?: EmbeddingsSource | undefined;
	/** The rows of each template; first members are then numbers of templates. Default: they are rows. */
	templates?: readonly TemplateRows[] | undefined;
	/**
	 * How templates are compared; default `plda` for a model that ends in PLDA, else `template`. Only
	 * these models have `plda`, which goes with no normalisation.
	 */
	fuse?: TemplateFusion | undefined;
}
/** How to map rows for other software. */
export interface TransformOptions extends JobOptions, OpenOptions {
	/** `stored` (default) for the rows of a gallery, `query` for the rows of probes. */
	side?: "stored" | "query" | undefined;
	/** Element type of the file; default `float32`. */
	dtype?: "float32" | "float64" | undefined;
	/** Replaces a file that is already there; default false. */
	force?: boolean | undefined;
	/** The engine that the rows are for: the result then says how to search them there, as its {@link EngineRecipe}. */
	for?: Engine | undefined;
	/**
	 * Fills up each row by a further column, so that the Euclidean distance orders as the inner product does: for graph
	 * indexes, which work poorly on inner products of rows of different lengths. Beside `for`. Write all stored rows in one
	 * call, since the longest tells the length. Default false.
	 */
	augment?: boolean | undefined;
}
/** How to map rows in memory. */
export type MapOptions<Type extends DistanceType = DistanceType> = Omit<TransformOptions, "force" | "dtype" | "for" | "augment"> & {
	/** Element type of the result; default `float32`. */
	dtype?: Type | undefined;
};
/** Result of {@link Model.transform}. */
export interface Transformed {
	/** How to search the rows in the engine that they are for. */
	recipe?: EngineRecipe;
	/** Rows of the file. */
	rows: number;
	/** Columns of the file. */
	dim: number;
	/**
	 * The plain measure of these rows that is the distance of the model. `inner-product` is the negated
	 * distance: larger is more alike. For PLDA and indefinite forms it takes a `query` row and a `stored`
	 * row; of two rows of one side it means nothing.
	 */
	metric: PlainMeasure;
}
/** Result of {@link Model.map}. */
export interface Mapped<Type extends DistanceType = DistanceType> extends Omit<Transformed, "recipe"> {
	/** `rows × dim`, row after row. */
	data: NumberArray<Type>;
}
/**
 * A learned metric: maps of rows and a form over pairs of mapped rows. Distances are smaller for
 * more alike rows; log-likelihood ratios are negated.
 */
export declare class Model {
	#private;
	/** Columns of the embeddings that it takes. */
	readonly inputDim: number;
	/** Columns after its maps. */
	readonly mappedDim: number;
	/** Name of the form over pairs: `cosine`, `plda`, … */
	readonly scorer: string;
	/** Facts about the fit, as texts by name: pipeline, data, seed, held-out figures. */
	readonly card: Readonly<Record<string, string>>;
	/** Warnings about the model file, as sentences. */
	readonly warnings: readonly string[];
	/**
	 * Reads a model file: safetensors with a card. Nothing in it is executed. A file that is cut,
	 * changed or of a newer major format is rejected. Errors: `EMODEL`, `EMODELVERSION`, `EINPUT`,
	 * `EINPUTCHANGED`, `EIO`, `EARGUMENT`. Cost: one pass over the file, at most 2 GiB, and twice as
	 * much memory.
	 */
	static load(path: string): Promise<Model>;
	/** {@link load} from memory. */
	static fromBytes(bytes: Uint8Array): Model;
	/** The file of this model. Equal models have equal bytes. */
	toBytes(): Uint8Array;
	/** Writes the model file, whole or not at all. Errors: `EEXISTS`, `ECREATE`, `EIO`. */
	save(path: string, options?: WriteOptions): Promise<void>;
	/**
	 * Distances of pairs of rows, in the order of the pairs; smaller is more alike. Bit-identical for
	 * any number of threads and `io`. Errors: those of {@link scorePairs}.
	 */
	scorePairs(source: EmbeddingsSource, pairs: PairIndices, options?: OpenOptions & NormOptions & SidesOptions & JobOptions): Promise<Float64Array>;
	/** {@link scorePairs}, blocking. Labels are in memory. */
	scorePairsSync(source: EmbeddingsSource, pairs: PairIndices, options?: OpenOptions & NormOptions & Pick<SidesOptions, "against"> & {
		threads?: number | undefined;
	}): Float64Array;
	/**
	 * Enrols people from several rows each; `templates[t]` are the row numbers of person t, at least
	 * one, in any order and number. For models that end in PLDA (`plda`, `joint-bayesian`, `path`).
	 *
	 * Errors: `EOPTION` for another model, `EEMPTY` for no template or one without rows, `EINDEX`,
	 * `EDIMENSION`, `ENOTFINITE`, those of {@link openEmbeddings}. Memory: three times the mapped
	 * columns for each template.
	 */
	enrol(source: EmbeddingsSource, templates: readonly TemplateRows[], options?: OpenOptions & JobOptions): Promise<Enrolment>;
	/**
	 * Maps vectors in memory as {@link transform} does, to the same bits. A vector by itself is one row.
	 *
	 * Errors: those of {@link transform} but for its file. Cost: a product of each row with a matrix.
	 */
	map<Type extends DistanceType = "float32">(vectors: EmbeddingsSource | Vector, options?: MapOptions<Type>): Promise<Mapped<Type>>;
	/** {@link map}, blocking. */
	mapSync<Type extends DistanceType = "float32">(vectors: EmbeddingsSource | Vector, options?: OpenOptions & Pick<MapOptions<Type>, "side" | "dtype" | "threads">): Mapped<Type>;
	/** The distance of two vectors, blocking: the bits that {@link scorePairs} gives two such rows. */
	distance(a: Vector, b: Vector): number;
	/**
	 * Writes mapped rows for software that knows only plain measures. The measure named in the result is
	 * the model's distance of them. For PLDA and indefinite forms it is the inner product of a `query` row
	 * and a `stored` row, of two columns more than the model has, negated: their distance is no distance
	 * of one kind of row.
	 *
	 * A value that `dtype` cannot hold is refused with its row (`ENOTFINITE`). A name that ends in `.csv` is written as
	 * `id,embedding`, a vector in brackets, as PostgreSQL copies it.
	 *
	 * The rows are streamed; the file is written whole or not at all. Errors: `EOPTION` for heavy-tailed PLDA; those of
	 * {@link openEmbeddings} and of writing a file, `EDIMENSION`, `ENOTFINITE`. Cost: a product of each
	 * row with a matrix, O(n·d·mapped columns), and the writing.
	 */
	transform(source: EmbeddingsSource, output: string, options?: TransformOptions): Promise<Transformed>;
}
/** Statistics, or the path of their file. */
export type StatsSource = string | Stats;
/** People to leave out, by the names of their classes: in a list, or in the column `class` of a CSV file. */
export type People = string | readonly string[];
/** Request of the statistics of a part of the rows. */
export interface StatsRequest extends TrainingRows, OpenOptions, JobOptions {
	/** The embeddings, n × d, or several matrices whose rows follow one another: all of them, in every part. */
	embeddings: EmbeddingsSource | readonly EmbeddingsSource[];
	/** The pipeline to gather for, or the name of a preset; `auto` needs the rows. */
	pipeline: string;
	/** The part: a shard of the blocks of 2048 rows. Default: all rows. */
	shard?: Shard | undefined;
	/** The part as rows, the first and the one behind the last: the blocks of 2048 rows that begin among them. */
	rows?: readonly [
		number,
		number
	] | undefined;
	/** Statistics of all rows of the rounds before, in their order. */
	after?: readonly StatsSource[] | undefined;
	/** People whose rows do not take part. */
	without?: People | undefined;
	/**
	 * A file that may be there: returned as it is if it holds the statistics asked for, gathered anew if it is
	 * damaged, refused if it holds others. Default: none.
	 */
	before?: string | undefined;
}
/** Request of a merge. */
export interface MergeRequest extends TrainingRows, OpenOptions, JobOptions {
	/** The statistics of all parts, in any order. */
	parts: readonly StatsSource[];
	/** People to forget; needs `embeddings` and `labels`, since their rows are read once more. */
	without?: People | undefined;
	/** The embeddings that the statistics are of, for `without`. */
	embeddings?: EmbeddingsSource | readonly EmbeddingsSource[] | undefined;
}
/** Result of {@link stats} and {@link mergeStats}. */
export interface StatsResult {
	stats: Stats;
	/** True if the file `before` held them, so that nothing was summed. */
	reused: boolean;
	/** Remarks on the labels. */
	warnings: Warning[];
	/** Whole time of the call. */
	seconds: number;
}
/** Sums of one pass of a fit over rows of a set, and what identifies them. */
export declare class Stats {
	#private;
	/** Rows of the whole set. */
	readonly rows: number;
	/** Columns. */
	readonly dim: number;
	/** First row summed. */
	readonly from: number;
	/** The row behind the last. */
	readonly to: number;
	/** The pipeline that they were gathered for. */
	readonly pipeline: string;
	/** Of what the sums are: `bundle` of the rows, `residuals` for shrinkage. */
	readonly kind: string;
	/** The file of these statistics. Equal statistics have equal bytes. */
	toBytes(): Uint8Array;
	/** Writes the file, whole or not at all. Errors: `EEXISTS`, `ECREATE`, `EIO`. */
	save(path: string, options?: WriteOptions): Promise<void>;
}
/**
 * Sums the rows of a part for a fit. The statistics of all parts, merged by {@link mergeStats}, are those of
 * one pass, so {@link fit} makes the model of them that it makes of the rows, byte for byte. Where a pipeline
 * needs another pass, {@link fit} says so; it is gathered with the option `after`.
 *
 * Errors: those of {@link openEmbeddings} and {@link readLabels}; `EMETRIC`, `EOPTION`, `EINDEX` for a part,
 * `ENOTFINITE`, `EINPUTCHANGED`. Cost: as {@link fit} for the rows of the part, and the first 2048 of all.
 */
export declare function stats(request: StatsRequest): Promise<StatsResult>;
/**
 * Merges the statistics of all parts of the rows. Parts are summed in the order of their rows, so the bytes do
 * not depend on the order here. With `without`, the rows of some people are subtracted: what is fitted then is,
 * to rounding, a model that never saw them.
 *
 * Errors: `EOPTION` for rows in two parts or in none, and parts of different data, labels, pipelines or
 * rounds; `EMODEL`, `EMODELVERSION`, `EINPUT`. Memory: the files of all parts, and the sums of the whole.
 */
export declare function mergeStats(request: MergeRequest): Promise<StatsResult>;
/** Request of a fit. */
export interface FitRequest extends CandidateOptions, TrainingRows, OpenOptions, JobOptions {
	/** The embeddings, n × d, or batches of them. */
	embeddings: EmbeddingsStream;
	/**
	 * A pipeline such as `center, pca(64), wccn, cosine`, the name of a preset, or `auto`, which takes what
	 * {@link compare} chooses; default `auto`.
	 */
	pipeline?: string | undefined;
	/**
	 * Vector that the first `center` of the pipeline subtracts, which becomes `center(given)`: d numbers,
	 * or a `.npy` file of one row or more (their mean). Default `train`: the mean that the step names.
	 */
	center?: string | readonly number[] | Float64Array | undefined;
	/**
	 * Unlabelled rows of the domain that will be scored, for pipelines with `adapt` or `coral`, and for `auto`,
	 * which adapts to a shift beyond chance: the model is then transductive. With `false` no target is
	 * opened, and neither a pipeline that needs one nor a
	 * center of a file is accepted.
	 */
	target?: EmbeddingsSource | false | undefined;
	/**
	 * Share of the classes held out to judge a model of the others on, in (0, 1); default none. The choice of
	 * `auto` does not see them either.
	 */
	holdout?: number | undefined;
	/** Level of the intervals of the hold-out, between 0 and 1; default 0.95. */
	level?: number | undefined;
	/**
	 * True if the model is fitted again, on everyone, once one of the others is judged; default true.
	 * Otherwise the model returned is the judged one, which lacks the people held out.
	 */
	refit?: boolean | undefined;
	/**
	 * Seed that selects the held-out classes, deals people into folds for `auto`, and into the halves that the
	 * shift of a target is held to; default 0.
	 */
	seed?: number | undefined;
}
/** Request of a fit to statistics. */
export interface StatsFitRequest extends JobOptions {
	/** Statistics of all rows, as {@link mergeStats} makes them: those of each round, in their order. */
	stats: readonly StatsSource[];
	/** The pipeline; default that of the last statistics. */
	pipeline?: string | undefined;
	/** The seed that the card of the model names; default 0. Nothing is drawn. */
	seed?: number | undefined;
}
/** Result of {@link fit}. */
export interface FitResult {
	model: Model;
	/** Rows that the model learned from. */
	rows: number;
	/** Classes with rows; 0 without labels. */
	classes: number;
	/** Classes with one row. */
	singletons: number;
	/** Rows left out because they are not finite. */
	skipped: number;
	/** Passes over the rows, those for the judged model included. */
	passes: number;
	/** Values that the fit chose or computed: dimensions, shrinkage, condition numbers. */
	decisions: {
		step: string;
		name: string;
		value: number;
	}[];
	/** Log-likelihood before the first iteration of EM and after each; empty without EM. */
	logLikelihood: number[];
	/**
	 * True if EM ended because an iteration gained no more than the step's `tolerance` for each value, false
	 * if its `iterations` ran out; `null` without EM.
	 */
	converged: boolean | null;
	/** True if the model, or the decision not to adapt it, depends on rows of the target. */
	transductive: boolean;
	/** Figures on held-out people; `null` without a hold-out. */
	heldOut: HeldOut | null;
	/** The comparison behind the pipeline; `null` where one was named, and where there are too few rows. */
	comparison: PipelineComparison | null;
	/** Why `auto` took this pipeline, in one paragraph; `null` where one was named. */
	reason: string | null;
	/** What to know before trusting the model. */
	warnings: Warning[];
	/** Whole time of the call. */
	seconds: number;
}
/** The default pipeline of {@link fit}: the one that {@link compare} chooses. */
export declare const DEFAULT_PIPELINE = "auto";
/**
 * Writes a pipeline in full, with every choice spelled out. With `center` it is the pipeline of a fit
 * with that `center`. Errors: `EMETRIC` for a pipeline that cannot be parsed; `EOPTION` if it does not
 * accept the center.
 */
export declare function explainPipeline(pipeline: string, options?: Pick<FitRequest, "center">): string;
/**
 * Learns a metric from labelled embeddings, in one streaming pass over them for most pipelines.
 *
 * With `holdout` a model of the other classes is judged, beside cosine, on those held out; no person
 * is on both sides. The model returned is then fitted on everyone, as without `holdout`, or with
 * `refit: false` is the judged one. With `stats` the sums of {@link stats} stand for the rows; the model has the
 * same bytes, and where they lack a pass `EOPTION` says so. Errors: those of {@link openEmbeddings} and
 * {@link readLabels}, `EMETRIC`, `EOPTION`, `EONECLASS`, `ESINGULAR`, `ENOTFINITE`. Cost: n·d²/2
 * multiply-adds for the pass and O(d³) for the decompositions; d² numbers a thread and d a class.
 */
export declare function fit(request: FitRequest | StatsFitRequest): Promise<FitResult>;
/** A named pipeline. */
export interface Preset {
	/** Its name, which the option `pipeline` takes. */
	name: string;
	/** The pipeline. */
	pipeline: string;
	/** One line about it. */
	about: string;
}
/** Every preset, in the order of the documentation. */
export declare function presets(): Preset[];
/** How the rows of a template become one. */
export interface PoolingOptions {
	/**
	 * The rows of a medium become their mean, and the media their `mean` (default) or `sum`, which differ
	 * only for a metric that heeds length.
	 */
	overMedia?: "mean" | "sum" | undefined;
	/**
	 * A row counts as its direction times this power of its norm; default 1, rows as they are, so that a
	 * longer one weighs more. 0 makes every row a unit vector first.
	 */
	normPower?: number | undefined;
}
/**
 * Pools rows to templates, one row each in double precision: the mean of each medium, then the mean or the sum of
 * the media, as the protocols of IJB do. `list` is of {@link readTemplateList}.
 *
 * The result is open, and its rows have the names of the templates. Errors: `EINDEX` for a row that is not
 * there, `EEMPTY` for a template without rows, `EDOMAIN` for a row of zeros where norms weigh, `ENOTFINITE`,
 * those of {@link openEmbeddings}. Cost: each row is read once for each of its templates. Memory: the templates.
 */
export declare function poolTemplates(source: EmbeddingsSource, list: TemplateList, options?: PoolingOptions & OpenOptions & JobOptions): Promise<Embeddings>;
/** How to read pairs whose matrix is known. */
export type ListedPairsOptions = Omit<PairsOptions, "rows" | "names" | "secondNames" | "templates" | "truth">;
/** Files that say what the members of pairs are. */
export interface SidesFiles {
	/** File of the names of the rows, by which lists may tell them; default those in the matrix file. */
	names?: string | undefined;
	/** `.npy` file of the rows that second members are of; default those of the embeddings. */
	against?: string | undefined;
	/** File of the names of its rows; default those in the matrix file. */
	againstNames?: string | undefined;
	/**
	 * The rows of each template: `spk2utt`, `utt2spk`, or CSV of `template` and `row` (or `name`). The list
	 * of pairs then names a template first.
	 */
	enrol?: string | undefined;
	/** How templates are compared, see {@link SidesOptions}. */
	fuse?: TemplateFusion | undefined;
}
/** Files that say which rows make up a template. */
export interface PooledFiles {
	/** File of the names of the rows, by which the list may tell them. */
	names?: string | undefined;
	/**
	 * File of the rows of each template, see {@link readTemplateList}: rows are pooled to templates, and pairs
	 * and labels tell these by name.
	 */
	templates?: string | undefined;
}
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
	schema: "hackface-identification/1";
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
	ignored: {
		class: string;
		probes: number;
		rows: number;
	} | null;
}
/**
 * `at-most`: at or below the threshold, which is the loosest distance that occurs with an FPIR of at
 * most what is asked for (NIST). `insightface`: strictly below it, the threshold being the distance
 * of non-mated probe number max(⌊n f⌋ − 1, 0) of n in ascending order.
 */
export type IdentificationConvention = "at-most" | "insightface";
/** Rule for the area under the precision of a probe. */
export type AveragePrecision = "at-hits" | "trapezoid";
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
/** A protocol of identification (1:N). */
export type IdentifyProtocol = "market1501" | "veri" | "mars" | "ijb-1n";
/** A protocol of verification (1:1). */
export type EvaluateProtocol = "lfw" | "voxceleb";
/** A metric, and how rows are prepared for it. */
export interface MetricOptions {
	/** A metric or a combination, see {@link metrics}; default `cosine`. */
	metric?: string | undefined;
	/**
	 * Vector to subtract from every row first: `none` (default), the `mean` of all rows, d numbers, or
	 * a `.npy` file of one row (the vector) or more (their mean).
	 */
	center?: "none" | "mean" | (string & {}) | readonly number[] | Float64Array | undefined;
	/** `l2` divides every row by its norm after centering; default `none`. */
	normalize?: "none" | "l2" | undefined;
	/** Source of the variances of `seuclidean` and `mahalanobis`; default the embeddings. */
	reference?: EmbeddingsSource | undefined;
	/**
	 * Policy for a pair on which the metric is undefined (cosine of a zero row): `refuse` (default), or
	 * `max`, which takes the largest value of that metric among the given pairs.
	 */
	onUndefined?: "refuse" | "max" | undefined;
	/** Instruction set; default `auto`. Does not change results. */
	cpu?: "auto" | "scalar" | "avx2" | "avx512" | "neon" | undefined;
	/** How files are read; default `mmap`. Does not change results. */
	io?: Io | undefined;
}
/**
 * Distances of pairs of rows, in the order of the pairs; smaller is more alike.
 *
 * Arrays are copied before the first `await`, so later writes to them have no effect. Results are
 * bit-identical for any number of threads, instruction set and `io`.
 *
 * Errors: those of {@link openEmbeddings}, and `EMETRIC`, `EOPTION`, `EARGUMENT`, `EINDEX`,
 * `EEMPTY`, `EDIMENSION`, `ENOTFINITE`, `EDOMAIN`, `EUNDEFINED`, `ESINGULAR`, `EINPUTCHANGED`.
 * Cost: one pass over the rows that occur, one over the pairs; 24 bytes a row, 8 bytes for each
 * pair and metric. A normalisation adds a pass over the cohort and d² for each row that occurs, if
 * the metric is an inner product (cosine, correlation, dot) and the whole cohort counts; else a distance
 * for each of these rows and each row of the cohort. Two matrices (`against`) give the bits of one that
 * has the rows of both, and are not copied. Templates cost a row each; with `fuse` `mean` or `min`, a
 * distance for each row of the template of each pair.
 */
export declare function scorePairs(source: EmbeddingsSource, pairs: PairIndices, options?: MetricOptions & NormOptions & SidesOptions & JobOptions): Promise<Float64Array>;
/** {@link scorePairs}, blocking; reads the arrays of pairs in place, without a copy. Labels are in memory. */
export declare function scorePairsSync(source: EmbeddingsSource, pairs: PairIndices, options?: MetricOptions & NormOptions & Pick<SidesOptions, "against"> & {
	threads?: number | undefined;
}): Float64Array;
/**
 * The distance of two vectors, blocking: the bits that {@link scorePairs} gives two such rows. What a metric
 * or a center learns from rows, it learns from these two, so name a `reference` and a center.
 *
 * Errors: those of {@link scorePairs}; `EDIMENSION` for vectors of different lengths. Cost: some
 * microseconds and a pass over both.
 */
export declare function distance(a: Vector, b: Vector, options?: MetricOptions): number;
/** The group of each pair, and of either of its rows where rows have groups. */
export interface PairGroups {
	/** A place in `names` for each pair. */
	of: Uint32Array;
	names: readonly string[];
	/** The group of the first row of each pair, the number of names for none; with `second`. */
	first?: Uint32Array | undefined;
	/** The group of the second row. */
	second?: Uint32Array | undefined;
}
/** Files that say what is right and who is in each pair. */
export interface TruthFiles {
	/** CSV of `Id` and `same`, or a `.npy` array of 1 and 0; may be left out where labels and pairs give it. */
	truth?: string | undefined;
	/** Name of the column of `truth` that holds 1 for genuine; default `same`. */
	truthColumn?: string | undefined;
	/** CSV of `index1`, `index2` and `Id`. */
	pairs?: string | undefined;
	/** How the pairs are read. */
	pairsOptions?: ListedPairsOptions | undefined;
	/** File of the names of the rows, by which pairs, labels and groups may tell them. */
	names?: string | undefined;
	/** CSV of the class of each row. */
	labels?: string | undefined;
	/** CSV of the classes that a model learned from, to find people on both sides. */
	trainLabels?: string | undefined;
	/** CSV of groups by row number or by pair id. */
	groups?: string | undefined;
	/** Columns of it; several are crossed to groups such as `f × old`. Default: `group`. */
	groupBy?: readonly string[] | undefined;
	/**
	 * CSV of the quality of rows (the lower of both is that of a pair) or of pairs, as `FILE` or `FILE:COLUMN`;
	 * column `quality` by default. Or a quality that is measured in the embeddings: `norm`, the logarithm of the shorter
	 * row; `centroid`, the distance of the nearer row to the centroid of poor ones, the shortest tenth of the matrix.
	 */
	quality?: string | undefined;
	/** CSV of `fold` by pair id (`Id`) or by the two rows (`name1,name2`), for folds that are not drawn by seed. */
	foldsFile?: string | undefined;
	/**
	 * Rules to follow where the request says nothing else: `lfw` reads its list of pairs and wants its folds;
	 * `voxceleb` reads trials with the label first, and takes priors of 0.01 and 0.05.
	 */
	protocol?: EvaluateProtocol | undefined;
}
/** The verdict of a decision on a pair. */
export interface Verdict {
	/** True for one person, false for two; `null` where the data of the calibration cannot tell. */
	same: boolean | null;
	/** Of one person, at the prior of the decision. */
	probability: number;
	/** Natural logarithm of the likelihood ratio: same person against different. */
	llr: number;
	/** Interval of it, at the level of the decision; `null` for an isotonic map. */
	llrInterval: {
		low: number;
		high: number;
	} | null;
	/** False accept rate of accepting every pair at least so alike. */
	far: number;
	/** The score itself: the distance, or the weighed sum of the distances. */
	score: number;
	/** A score outside of those that were seen: code `outside-range`. */
	warnings: Warning[];
}
/** How to score pairs by a decision. */
export interface DecisionScoreOptions extends OpenOptions, JobOptions {
	/** The quality of each pair, for a decision that weighs one by name. */
	quality?: Float64Array | undefined;
}
/**
 * A measure with what its distances mean: a map to log-likelihood ratios, cut-offs by prior and costs, and
 * thresholds for false accept rates. `calibrate` and `fuse` make it; a file holds it.
 */
export declare class Decision {
	#private;
	/** The metric, the pipeline of the model, or the file of scores; several where they are weighed. */
	readonly parts: readonly string[];
	/** Weight of each part's score; 1 of a single part. */
	readonly weights: readonly number[];
	/** Orientation of the scores; `distance` for metrics and models. */
	readonly orientation: "distance" | "similarity";
	/** Form of the map. */
	readonly map: "affine" | "isotonic" | "beta";
	/** Probability that a pair is of one person before its score is known. */
	readonly prior: number;
	readonly costMiss: number;
	readonly costFalseAccept: number;
	/** Level of every interval. */
	readonly level: number;
	/** The ratio at which both errors cost the same. */
	readonly llrThreshold: number;
	/** Scores for the false accept rates that were asked for and could be resolved. */
	readonly thresholds: readonly DecisionThreshold[];
	/** The score up to which (distance) or from which (similarity) a pair is one person; `null` for never. */
	readonly same: number | null;
	/** The score beyond which a pair is two people; `null` for never. Between the two nothing can be told. */
	readonly different: number | null;
	/** The most and the least alike score that was seen. */
	readonly range: {
		readonly mostAlike: number;
		readonly leastAlike: number;
	};
	/** Facts about how it was made and judged, as texts by name. */
	readonly card: Readonly<Record<string, string>>;
	/** Warnings about the file, as sentences. */
	readonly warnings: readonly string[];
	/**
	 * Reads a decision file: safetensors with a card, as a model is. Nothing in it is executed. Errors:
	 * `EMODEL`, `EMODELVERSION`, `EMETRIC`, `EINPUT`, `EINPUTCHANGED`, `EIO`, `EARGUMENT`.
	 */
	static load(path: string): Promise<Decision>;
	/** {@link load} from memory. */
	static fromBytes(bytes: Uint8Array): Decision;
	/** The file of this decision. Equal decisions have equal bytes. */
	toBytes(): Uint8Array;
	/** Writes the decision file, whole or not at all. Errors: `EEXISTS`, `ECREATE`, `EIO`. */
	save(path: string, options?: WriteOptions): Promise<void>;
	/**
	 * Decides whether two rows are of one person; the arrays are read before the call returns. `quality` is that of the
	 * pair, for a decision that weighs one by name. Errors: `EOPTION` for a
	 * decision on scores from elsewhere, `EARGUMENT`, `EDIMENSION`, `ENOTFINITE`, `EDOMAIN`, `EUNDEFINED`. Cost: a few
	 * microseconds and the distance.
	 */
	decide(a: Float32Array | Float64Array, b: Float32Array | Float64Array, quality?: number): Verdict;
	/** Says what a score means. Errors: `ENOTFINITE`, `EARGUMENT`. */
	judge(score: number): Verdict;
	/**
	 * Scores of pairs of rows, in the order of the pairs: distances, or their weighed sums. Errors: those of
	 * {@link scorePairs}, `EOPTION` for a decision on scores from elsewhere.
	 */
	scorePairs(source: EmbeddingsSource, pairs: PairIndices, options?: DecisionScoreOptions): Promise<Float64Array>;
	/**
	 * The same rule as source text. `javascript` is a module with a function `decide` of a score, whose results are
	 * those of {@link judge} to the last bit. `sql` is a query over a table `scores`, for PostgreSQL and others;
	 * its decisions are the same. Errors: `EOPTION`, also for a decision that weighs quality.
	 */
	export(language: "sql" | "javascript"): string;
}
/** How to calibrate, and for what; all optional. The core decides those that are absent. */
export interface CalibrationOptions {
	/**
	 * Form of the map from score to log-likelihood ratio: `affine` (default), prior-weighted logistic regression;
	 * `isotonic`, pooled adjacent violators; `beta`, three parameters.
	 */
	map?: "affine" | "isotonic" | "beta" | undefined;
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
	normalize?: "none" | "l2" | undefined;
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
	normalize?: "none" | "l2" | undefined;
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
/**
 * Calibrates the scores of labelled pairs: a map to log-likelihood ratios and probabilities, cut-offs by prior and
 * costs, and thresholds for false accept rates, with intervals by identity. Figures are of people that no fit of theirs
 * has met: people are dealt into k folds, and a pair is judged by a map from pairs that touch neither of its folds.
 *
 * Errors: those of {@link evaluateScores} and {@link evaluateEmbeddings}, `EOPTION`. Cost: k (k + 1)/2 fits of a
 * few passes over the pairs each.
 */
export declare function calibrate(request: CalibrateRequest): Promise<CalibrationResult>;
/**
 * Weighs several metrics, models or files of scores by regularised logistic regression and calibrates the sum; the
 * result is a decision like any other. Says for each part its weight, how it does alone, and what the others lose
 * without it, on people that no fit has met.
 *
 * Errors: as {@link calibrate}; `ESINGULAR` for parts of which one follows from the others, without a ridge.
 */
export declare function fuse(request: FuseRequest): Promise<CalibrationResult>;
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
/**
 * {@link calibrate} for scores in memory, or {@link fuse} for several columns of them. `same[i]` is 1 for a genuine and
 * 0 for an impostor pair. Arrays are copied before the first `await`.
 */
export declare function calibrateScores(scores: Float64Array | readonly Float64Array[], same: Uint8Array, options?: CalibrateScoresOptions): Promise<CalibrationResult>;
/**
 * Writes the ROC curve of an evaluation as CSV, from the strictest threshold to the loosest:
 * `threshold,far,tar`, and `tar_low,tar_high` where identities are known. Numbers are the shortest
 * decimals that read back the same; `-` is standard output. Errors: those of writing a file.
 */
export declare function writeCurve(evaluation: Pick<Evaluation, "curve">, path: string, options?: WriteOptions): Promise<void>;
/** A markup of a table. */
export type TableFormat = "markdown" | "csv" | "latex";
/**
 * The headline figures of evaluations, a row each: pairs, AUROC and EER with their intervals, TAR at each false
 * accept rate, accuracy (on folds, where there are any: mean ± standard error), and costs. A figure that is
 * undefined is a dash, in CSV an empty cell. Lines without their ends.
 */
export declare function figureTable(evaluations: readonly Evaluation[], format: TableFormat): string[];
/** Figures to derive; all optional. The core decides those that are absent. */
export interface MeasureOptions {
	/** Orientation of the scores; default `distance`. */
	orientation?: Orientation | undefined;
	/** False accept rates to choose thresholds for; default 0.01, 0.001 and 0.0001. */
	atFar?: readonly number[] | undefined;
	/** How those thresholds are chosen; default `at-most`. */
	tarRule?: "at-most" | "nearest" | "insightface" | "quantile" | undefined;
	/** False accept rates up to which the area is measured; default none. */
	partialFar?: readonly number[] | undefined;
	/** Thresholds to judge as they are; default none. */
	atThreshold?: readonly number[] | undefined;
	/** Priors of a genuine pair for detection costs; default 0.01. */
	priors?: readonly number[] | undefined;
	/** Cost of rejecting a genuine pair; default 1. */
	costMiss?: number | undefined;
	/** Cost of accepting an impostor pair; default 1. */
	costFalseAccept?: number | undefined;
	/** True if scores are log-likelihood ratios (distances: their negatives); default false. */
	ratios?: boolean | undefined;
	/** Repetitions of the bootstrap over people; default none, which is faster and holds the truth more often. */
	bootstrap?: number | undefined;
	/** Level of every interval, between 0 and 1; default 0.95. */
	level?: number | undefined;
	/** Weight of false accept rates beside false reject rates in FDR and GARBE of groups, 0 to 1; default 0.5. */
	fairnessWeight?: number | undefined;
	/** Seed of bootstrap and folds; default 0. */
	seed?: number | undefined;
	/** Number of folds drawn by seed, or the fold of each pair from 0; default none. */
	folds?: number | Uint32Array | undefined;
}
/** Facts about the pairs; each adds figures, intervals or warnings. */
export interface PairKnowledge {
	/** Name of each pair. */
	ids?: Ids | undefined;
	/** Rows of each pair; tell repeated pairs and loops, and identities where nothing else does. */
	pairs?: PairIndices | undefined;
	/** Identities on either side of each pair. */
	people?: PairIdentities | undefined;
	/** Name of each identity of `people`. */
	names?: readonly string[] | undefined;
	/** Names of the rows of `pairs`, as {@link readNames} gives them. */
	rowNames?: Names | undefined;
	/**
	 * Number of rows (or templates) that first members are of, where second members are rows of another
	 * matrix; default: both are of one.
	 */
	firstRows?: number | undefined;
	/** Names of the rows of that other matrix. */
	secondNames?: Names | undefined;
	/** The quality of each pair, larger being better; adds error over discard and scores over quality. */
	quality?: Float64Array | undefined;
	/** The group of each pair, and of its rows. */
	groups?: PairGroups | undefined;
	/** Description of the judged scores, for the reader. */
	subject?: Evaluation["subject"] | undefined;
}
/** Options of {@link evaluate}. */
export interface EvaluateOptions extends MeasureOptions, PairKnowledge, JobOptions {
}
/**
 * Evaluates scores of pairs: every figure of {@link Evaluation}, with intervals that account for
 * people shared by pairs where they are known, and warnings where they are not.
 *
 * `same[i]` is 1 for a genuine and 0 for an impostor pair. Arrays are copied before the first
 * `await`; the number of threads changes no bit. Errors: those of {@link auroc}, `EDOMAIN` where
 * identities contradict the truth, `EINDEX`, `EOPTION`. Cost: a few sorts of the m scores,
 * O(m log m), and as many again for each group and each repetition of the bootstrap.
 */
export declare function evaluate(scores: ScoreArray, same: Uint8Array, options?: EvaluateOptions): Promise<Evaluation>;
/** Rows and who is in each. */
export interface LabelledRows {
	/** The embeddings, n × d, or batches of them. */
	embeddings: EmbeddingsStream;
	/** Class of each row: a CSV file, labels read before, or class numbers. */
	labels: string | Labels | Uint32Array;
	/**
	 * CSV of groups by row number: pairs within each, and its impostor pairs with the others, are judged at the thresholds
	 * of all. With a gallery both sets have groups, or neither. Refused (`EOPTION`) beside a checkpoint, a shard or `parts`,
	 * and where a distance depends on more rows than the two of its pair, which a group would leave out: re-ranking, query
	 * expansion, a cohort of the rows themselves (`self`), labels of the cohort.
	 */
	groups?: string | undefined;
}
/** How to judge every pair. */
export interface AllPairsOptions extends Omit<MeasureOptions, "orientation" | "bootstrap" | "folds" | "seed">, Omit<MetricOptions, "onUndefined">, NormOptions, JobOptions {
	/** Columns of the groups; several are crossed. Default: `group`. */
	groupBy?: readonly string[] | undefined;
	/** A second set: pairs are then one row of either, and none within a set. */
	gallery?: LabelledRows | undefined;
	/** A model to measure by instead of a metric: loaded, or its file. */
	model?: Model | string | undefined;
	/** Rows of this class take part in no pair. */
	ignoreClass?: string | undefined;
	/**
	 * How the bulk of the impostors is compared: `double` makes the area exact, `single` takes half
	 * the time and leaves a bound. Default: `double` up to 4·10¹¹ products (27,000 rows of 512).
	 */
	precision?: "single" | "double" | undefined;
	/** Bytes that rows may take when they are held ready; default 256 MiB. */
	memory?: number | undefined;
	/** File that a stopped call leaves its state in, and goes on from when called again. */
	checkpoint?: string | undefined;
	/** Files that {@link allPairsPart} wrote, of all shards: their counts are summed, and no pair is counted again. */
	parts?: readonly string[] | undefined;
	/** Decision file, or result of an earlier run, whose thresholds are judged here. */
	thresholdFrom?: string | undefined;
}
/** A shard of all pairs, and how they are to be judged when all shards are counted. */
export interface AllPairsPartOptions extends Omit<AllPairsOptions, "checkpoint" | "parts" | "groupBy"> {
	/** The shard. */
	shard: Shard;
	/** File of its counts: one that is complete is kept, one that is not is gone on from. */
	output: string;
	/** Replaces a file of something else; default false. */
	force?: boolean | undefined;
}
/** Result of {@link allPairsPart}. */
export interface PairsPart {
	/** First tile of the shard, the one behind its last, and the tiles of all pairs. */
	tiles: {
		from: number;
		to: number;
		of: number;
	};
	/** Pairs of two rows in these tiles, about, and in all. */
	pairs: {
		shard: number;
		of: number;
	};
	/** True if the file held them before, so that nothing was counted. */
	reused: boolean;
	/** Remarks on the labels. */
	warnings: Warning[];
	/** Whole time of the call. */
	seconds: number;
}
/**
 * Judges every genuine and every impostor pair of a labelled set, or of two, without holding them:
 * AUROC with a bound (`aurocBound`, 0 when exact), TAR at false accept rates down to one over the
 * number of impostors, intervals by identity.
 *
 * Distances are those of {@link scorePairs}, smaller is more alike; the cohort `self` is `rows`. Genuine pairs, and the million
 * most alike impostors, are measured as exactly; points of the curve up to there are exact, and
 * beyond it thresholds lie at genuine distances and at the edges of 65,536 equal bins. Intervals
 * are given as far as those impostors reach; where not, `undefinedBecause` says so. `dPrime` and
 * `histogram` are of the bins.
 *
 * Cost: one product of all rows with all rows for metrics that are functions of an inner product
 * (cosine, angular, correlation, dot, the Euclidean ones, and models but `htplda`), else one
 * distance for each pair; 16 bytes for each genuine pair (at most 67 million) and each row, and
 * about 100 MB. The number of threads changes no bit. With a `checkpoint` an abort is answered when
 * the state is in the file, a second or two later. Errors: those of {@link scorePairs},
 * {@link readLabels} and {@link Model.load}; `EONECLASS`, `EMEMORY`, `EOPTION` for a checkpoint of
 * other data or settings.
 */
export declare function allPairs(rows: LabelledRows, options?: AllPairsOptions): Promise<Evaluation>;
/**
 * Counts a shard of all pairs into a file. {@link allPairs} with the files of all shards as `parts`, and the same
 * rows and options, has the bits that it has without, for any number of shards counted in any order. Shards
 * are whole tiles of 1024 rows with 1024 rows or a few times as many, and cost the same but for a tile.
 *
 * A file that is complete is kept, and nothing is done. One that a stop left is gone on from; a damaged one is made
 * again. Files are for their owner only, as those of `checkpoint`. Thresholds are part of the counts, so they
 * must be told here as well.
 *
 * Errors: those of {@link allPairs}; `EOPTION` for a file of something else without `force`, and for groups, which
 * are judged at once. Cost: each call reads all rows and measures all genuine pairs; the others are shared out.
 * A file takes 0.5 MB, 24 bytes for each distinct genuine distance, 8 for each row and 16 for each of the
 * million most alike impostors.
 */
export declare function allPairsPart(rows: LabelledRows, options: AllPairsPartOptions): Promise<PairsPart>;
/**
 * Area under the ROC curve: the chance that a genuine pair is ranked as more alike than an
 * impostor pair, ties counting half. In [0, 1]; exact.
 *
 * `same[i]` is 1 for a genuine and 0 for an impostor pair. The arrays are copied before the first
 * `await`. Errors: `EONECLASS`, `ENOTFINITE` (NaN or infinity, with its row), `EDOMAIN` (a truth
 * that is neither), `EDIMENSION`, `EEMPTY`, `EARGUMENT`, `EOPTION`. Cost: one sort of the m scores,
 * O(m log m).
 */
export declare function auroc(scores: ScoreArray, same: Uint8Array, options: JobOptions & {
	orientation: Orientation;
}): Promise<number>;
/**
 * The ROC curve with every distinct score as a threshold. Errors: those of {@link auroc}. Cost: one
 * sort of the m scores, O(m log m), and 40 bytes for each point.
 */
export declare function roc(scores: ScoreArray, same: Uint8Array, options: JobOptions & {
	orientation: Orientation;
}): Promise<RocCurve>;
/**
 * The equal error rate: above one half when scores point the other way. Errors: as {@link auroc}.
 * Cost: one sort of the m scores, O(m log m).
 */
export declare function eer(scores: ScoreArray, same: Uint8Array, options: JobOptions & {
	orientation: Orientation;
}): Promise<EqualErrorRate>;
/** A file of what became of each pair. */
export interface EvaluationOutput {
	/**
	 * CSV file to write, of one source of scores: `Id,index1,index2,name1,name2,same,score,fold,group`, without
	 * the columns that nothing tells.
	 */
	perPair?: string | undefined;
	/** Replaces a file that is already there; default false. */
	force?: boolean | undefined;
}
/** Earlier results that an evaluation is held against, and what a later one needs of it. */
export interface HeldAgainst {
	/**
	 * Result of an earlier run, as `evaluate --json` printed it. Where it kept its scores, both are compared on the same
	 * pairs.
	 */
	baseline?: string | undefined;
	/** Keeps the scores in the result, for a later `baseline`; default false. */
	keepScores?: boolean | undefined;
	/** Decision file, or result of an earlier run, whose thresholds are judged here. */
	thresholdFrom?: string | undefined;
}
/** Files of scores to judge. */
export interface ScoreFilesRequest extends TruthFiles, MeasureOptions, EvaluationOutput, HeldAgainst, JobOptions {
	/**
	 * Files of scores; two are compared with each other, more with one of them. CSV of `Id` and a column of scores; a list of pairs with
	 * scores, joined with `pairs` by the two names, or with the truth in it; or a `.npy` array in the order of
	 * the truth or the pairs.
	 */
	scores?: readonly string[] | undefined;
	/** Scores of genuine pairs in place of `scores`: one a line, or a `.npy` array; with `impostor`. */
	genuine?: string | undefined;
	/** Scores of impostor pairs. */
	impostor?: string | undefined;
	/** Name of the column of scores; default `Predicted`. */
	scoreColumn?: string | undefined;
	/** The file of more than two that the others are compared with; default the one with the largest AUROC. */
	reference?: string | undefined;
	/** How differences of more than two are adjusted for their number; default `max-t`. */
	adjust?: SystemsOptions["adjust"];
}
/** Embeddings to score and judge. */
export interface EmbeddingsRequest extends TruthFiles, MeasureOptions, MetricOptions, NormOptions, SidesFiles, PooledFiles, PoolingOptions, EvaluationOutput, HeldAgainst, JobOptions {
	/** `.npy` file of the embeddings. */
	embeddings: string;
	/** CSV of `index1`, `index2` and `Id`. */
	pairs: string;
	/** CSV of the class of each row of `against`, beside `labels`. */
	againstLabels?: string | undefined;
	/** A model file to measure by instead of a metric. */
	model?: string | undefined;
}
/** One evaluation for each file of scores, and how they differ, or how the only one does from the baseline. */
export interface Judged {
	evaluations: Evaluation[];
	/** How the first of two differs from the second, or the only one from a baseline with scores. */
	comparison: Comparison | null;
	/** How more than two differ from one of them. */
	systems: SystemsComparison | null;
}
/**
 * Judges files of scores. Rows are joined by id, in any order. Errors: those of the readers,
 * `EDIMENSION` with the ids that are missing or extra, and those of {@link evaluate}.
 */
export declare function evaluateScores(request: ScoreFilesRequest): Promise<Judged>;
/** Scores a list of pairs and judges it. Errors: those of {@link score} and {@link evaluate}. */
export declare function evaluateEmbeddings(request: EmbeddingsRequest): Promise<Judged>;
/** A competition to grade. */
export interface GradeRequest extends JobOptions {
	/** CSV of `Id`, `same` and, where it is decided, `Usage` (Public, Private or Ignored). */
	truth: string;
	/** Name of the column that holds 1 for genuine; default `same`. */
	truthColumn?: string | undefined;
	/** Submissions: CSV of `Id` and distances. */
	submissions: readonly string[];
	/** Name of the column of distances; default `Predicted`. */
	scoreColumn?: string | undefined;
	/** Share of the pairs that is public where the truth has no `Usage`; default 0.25. */
	public?: number | undefined;
	/** Which pairs those are; default 0. */
	seed?: number | undefined;
	/** CSV of the pairs, for intervals that know that pairs share rows. */
	pairs?: string | undefined;
	/** Level of every interval, between 0 and 1; default 0.95. */
	level?: number | undefined;
}
/** A graded competition. */
export interface Grades {
	/** Pairs of either part, and of neither; and how they were told apart. */
	split: {
		public: number;
		private: number;
		ignored: number;
		by: "Usage" | "seed";
	};
	/** Submissions that are as they should be, best private first. */
	board: Grade[];
	/** Those that are not, in the order given. */
	refused: {
		file: string;
		code: string;
		problem: string;
	}[];
	/** Remarks for the reader. */
	warnings: Evaluation["warnings"];
}
/** One line of the board. */
export interface Grade {
	file: string;
	public: Figure & {
		rank: number;
	};
	private: Figure & {
		rank: number;
	};
	/** Places won (or, below 0, lost) from the public to the private board. */
	change: number;
}
/**
 * Ranks submissions on the public and on the private part of a truth. A submission that is not as
 * it should be is refused with its fault and stops nobody else. Errors: those of the truth itself,
 * `EONECLASS` where a part lacks a kind of pairs, `EOPTION`. Cost: reading each file and two sorts of
 * its m scores, O(m log m), one submission after the other.
 */
export declare function grade(request: GradeRequest): Promise<Grades>;
/** Names of rows that are added to a gallery. */
export interface RowNames {
	/** A key for each row, which no other row of the gallery has. */
	keys?: readonly string[] | undefined;
	/** The person of each row. Several rows may be of one person. */
	labels?: readonly string[] | undefined;
}
/** Rows that a search may find: those that every part which is given admits. */
export interface Where {
	/** A byte for each row number, not 0 for a row that can be found; rows behind its end cannot. */
	rows?: Uint8Array | undefined;
	keys?: readonly string[] | ReadonlySet<string> | undefined;
	labels?: readonly string[] | ReadonlySet<string> | undefined;
}
/** The measure of a gallery, and how much of it is kept prepared. */
export interface GalleryOptions extends Omit<MetricOptions, "onUndefined">, NormOptions, JobOptions {
	/** A model to measure by instead of a metric: loaded, or its file. */
	model?: Model | string | undefined;
	/**
	 * Bytes that prepared rows may take. Each search prepares the others again. Default: no limit; rows
	 * take a byte for each number, with a model 9 for each mapped number.
	 */
	memory?: number | undefined;
}
/** How to open a gallery. */
export interface GalleryOpenOptions extends GalleryOptions, RowNames {
	/**
	 * True to write additions and removals to a journal beside the gallery file that is opened, each before its
	 * promise resolves; default false, which keeps them in memory.
	 */
	journal?: boolean | undefined;
}
/** How to search a gallery. */
export interface GallerySearchOptions extends OpenOptions, JobOptions {
	/** True if the probes are the rows that the gallery was opened with, and no row finds itself. */
	excludeSelf?: boolean | undefined;
	/** Leaves out hits that are farther than this. */
	maxDistance?: number | undefined;
	/** Rows that can be found, by number, key and label; default all. */
	where?: Where | undefined;
}
/** How to identify by people. */
export interface GalleryIdentifyOptions extends GallerySearchOptions {
	/**
	 * How the rows of a person become one candidate: `min` (default), by the nearest row; `mean`, by the mean of
	 * their distances; `template`, by the distance of the mean of the rows.
	 */
	fuse?: "min" | "mean" | "template" | undefined;
}
/** Rows to add to a gallery, and how. */
export interface GalleryAddOptions extends RowNames, OpenOptions, JobOptions {
}
/** The nearest rows of each probe. */
export interface Hits {
	/** Most hits of a probe: as asked for, at most the rows of the gallery. */
	k: number;
	/** Number of probes. */
	probes: number;
	/**
	 * Probe i has the hits from `starts[i]` up to `starts[i + 1]`: fewer than k where fewer rows can be
	 * found. One number more than probes.
	 */
	starts: Uint32Array;
	/** Gallery rows, for each probe nearest first. */
	rows: Uint32Array;
	/** Their distances, smaller is more alike. */
	distances: Float64Array;
	/** Keys of the rows, where they have keys. */
	keys?: string[];
	/** Labels of the rows, where they have labels. */
	labels?: string[];
}
/** A row of a gallery. */
export interface GalleryRow {
	row: number;
	key: string;
	/** The person in it; `undefined` in a gallery without labels. */
	label: string | undefined;
	/** A copy of the row as it was added. */
	vector: Float32Array | Float64Array;
}
/** Facts about a gallery. */
export interface GalleryInfo {
	/** Rows that can be found. */
	size: number;
	/** Rows ever added. */
	rows: number;
	/** Columns. */
	dim: number;
	/** Names that rows have. */
	keys: boolean;
	labels: boolean;
	/** The metric and how rows are prepared for it; `null` under a model and under a normalisation. */
	metric: string | null;
	normalize: "none" | "l2" | null;
	centered: boolean;
	/** Additions and removals since the file was written, and their bytes; `null` without a journal. */
	journal: {
		records: number;
		bytes: number;
	} | null;
	/** Remarks of the opening. */
	warnings: string[];
}
/**
 * Rows to search many times. {@link Gallery.open} prepares them once.
 *
 * Searches are exact: hits and distances are bit-identical to measuring every pair with
 * {@link scorePairs} and sorting, ties by row number. If the metric is a function of an inner product
 * (cosine, angular, correlation, dot, the Euclidean ones, models but `htplda`), rows are compared as
 * bytes first, with a bound that rules out no hit. For other metrics every pair is measured.
 */
export declare class Gallery {
	#private;
	/**
	 * Opens a gallery. Embeddings that are open already stay open; if they are closed first, they are
	 * freed with the gallery.
	 *
	 * A gallery may open without rows, for {@link add} to fill: `{ data: [], dim }`. Rows may have keys, by
	 * which they are found again and removed, and labels; either all rows of a gallery have them or none.
	 *
	 * The path of a file that {@link save} wrote opens that gallery, with its measure, names and row numbers and
	 * what its journal holds: the file is mapped, and its rows are checked when they are first searched, or by
	 * {@link verify}. A metric or model in the options must then be that of the file.
	 *
	 * Errors: those of {@link scorePairs} and {@link Model.load} except those of pairs; `EOPTION` for a
	 * model beside a metric; `EDUPLICATE` for a key of two rows; `EDIMENSION` for another number of names than
	 * rows; `EEMPTY` without rows for what learns from them: `seuclidean`, `mahalanobis`,
	 * and `center: 'mean'`. Of a gallery file: `EGALLERY` if it or its journal is cut or changed,
	 * `EMODELVERSION` for a newer format, `EGALLERYBUSY` if another has it open with a journal, `EOPTION` for
	 * another measure than its own. Cost: two passes over the rows; none over those of a gallery file.
	 */
	static open(source: EmbeddingsSource, options?: GalleryOpenOptions): Promise<Gallery>;
	/** Rows that can be found. */
	get size(): number;
	/** Rows ever added; row numbers are below it. */
	get rows(): number;
	/** Facts about the gallery. Errors: `EOPTION` for a closed gallery, as of all that follows. */
	info(): GalleryInfo;
	/** True if a row that can be found has this key. */
	has(key: string): boolean;
	/** The row with this key; `undefined` if there is none. */
	get(key: string): GalleryRow | undefined;
	/** Keys of the rows that can be found, in the order of the rows. Cost: a text for each. */
	keys(): string[];
	/** Labels of the rows that can be found, each once. Cost: a look at each row. */
	labels(): string[];
	/**
	 * The `k` nearest rows of each probe, nearest first. Rows added or removed meanwhile do not
	 * change a running search.
	 *
	 * Errors: `EARGUMENT` for k = 0, `EOPTION` for 2³² hits or more; `EOPTION` for a closed gallery; `EDIMENSION` for
	 * probes of another width; `ENOTFINITE`, `EUNDEFINED`, `EDOMAIN`, `EINPUTCHANGED`; those of
	 * {@link openEmbeddings}. Memory: 12 bytes for each hit and up to 60 MB. Cost: a pass over the rows. One pass
	 * answers all searches of up to 16 probes that wait and ask for the same, by `k`, `where` and `threads`; but for
	 * those with `onProgress`, which is that of one search, those with `excludeSelf`, whose probes are all rows, and
	 * those of a gallery with `rerank` or `expand`, whose distances depend on the probes beside them.
	 */
	search(probes: EmbeddingsSource, k: number, options?: GallerySearchOptions): Promise<Hits>;
	/**
	 * The `k` nearest people of each probe: hits as those of {@link search}, one for each label. With `fuse` `min`
	 * they are the nearest row of each person; with `mean` and `template` the first, at the distance of all.
	 *
	 * Errors: `EOPTION` for a gallery without labels; those of {@link search}. Cost: a search; with `mean` a
	 * distance for each pair, with `template` the means of all rows first.
	 */
	identify(probes: EmbeddingsSource, k: number, options?: GalleryIdentifyOptions): Promise<Hits>;
	/**
	 * Adds rows and returns the number of the first. `seuclidean` and `mahalanobis` keep the variances,
	 * and `center: 'mean'` keeps the mean, of the rows that the gallery was opened with.
	 *
	 * Additions run one after the other, in the order of the calls; one that fails adds nothing. With a journal the
	 * promise resolves once the rows are on the disk.
	 *
	 * Errors: those of {@link Gallery.open}; `EDIMENSION` for rows of another width; `EOPTION` for a
	 * closed gallery, and for rows without the names that the others have; `EIO`. Cost: two passes over the new
	 * rows, and now and then one over as many more as were added lately.
	 */
	add(source: EmbeddingsStream, options?: GalleryAddOptions): Promise<number>;
	/**
	 * Removes rows from every search that begins once the promise has resolved, by their numbers or by the key of
	 * one; row numbers do not change. With a journal the promise resolves once that is on the disk.
	 *
	 * Errors: `EARGUMENT`; `EINDEX` for a row that the gallery never had, and for a key that no row has;
	 * `EOPTION` for a closed gallery; `EIO`. Cost: one byte for each row that was added with these, copied.
	 */
	remove(rows: readonly number[] | Uint32Array | string): Promise<void>;
	/**
	 * Writes the gallery as it is now to a file that {@link Gallery.open} opens: rows, measure, keys, labels and row
	 * numbers. Rows that were removed are left out. The file is written whole or not at all.
	 *
	 * Errors: `EOPTION` for a gallery whose distances are normalised against a cohort, and for a file with a journal
	 * beside it, which only {@link compact} may replace; `EEXISTS`, `ECREATE`, `EIO`, `EINPUTCHANGED`. Cost: one
	 * pass over the rows.
	 */
	save(path: string, options?: WriteOptions & JobOptions): Promise<void>;
	/**
	 * Writes a new gallery file in the place of the one that was opened with a journal, and empties the journal.
	 * Searches go on meanwhile; additions and removals wait.
	 *
	 * Errors: `EOPTION` without a journal, `EIO`, `EINPUTCHANGED`. Cost: one pass over the rows.
	 */
	compact(options?: JobOptions): Promise<void>;
	/**
	 * Checks that the rows of a gallery file are those that were saved, and makes them ready to be searched, as the
	 * first search does otherwise.
	 *
	 * Errors: `EGALLERY` with the rows that differ, `EMEMORY`. Cost: two passes over the rows, once.
	 */
	verify(options?: JobOptions): Promise<void>;
	/** Frees the gallery once the searches, additions and removals that use it have ended. Later uses are rejected. */
	close(): void;
	/** As {@link close}. */
	[Symbol.dispose](): void;
}
/**
 * The `k` nearest rows of `stored` for each row of `probes`: a {@link Gallery}, opened, searched once and
 * closed. Errors and cost: those of both.
 */
export declare function nearest(probes: EmbeddingsSource, stored: EmbeddingsSource, k: number, options?: GalleryOptions & GallerySearchOptions): Promise<Hits>;
/** Format of a file of hits. */
export type HitsFormat = "csv" | "npy" | "jsonl";
/** People and cameras of the rows of a search. */
export interface SearchPeople {
	/** Person of each gallery row: a CSV file, labels read before, or numbers. */
	galleryLabels?: string | Labels | Uint32Array | undefined;
	/** Person of each probe; with those of the gallery, ranks and rates are measured. */
	probeLabels?: string | Labels | Uint32Array | undefined;
	/**
	 * Camera of each gallery row: a CSV file with a column `camera`, labels read before, or numbers. With
	 * those of the probes, rows of the probe's person in the probe's camera are no candidates for it.
	 */
	galleryCameras?: string | Labels | Uint32Array | undefined;
	/** Camera of each probe. */
	probeCameras?: string | Labels | Uint32Array | undefined;
	/** Camera of each row, where the gallery is searched with its own rows. */
	cameras?: string | Labels | Uint32Array | undefined;
	/** Class that takes no part: no candidate, no probe; default `-1` with cameras, else none. */
	ignoreClass?: string | undefined;
	/**
	 * Rules to follow where the request says nothing else: `market1501`, `veri` and `mars` read person and
	 * camera in the names of rows and take average precision by trapezoids; `ijb-1n` sets ranks and rates.
	 */
	protocol?: IdentifyProtocol | undefined;
	/** File of the names of the gallery rows, by which labels and cameras may tell them. */
	galleryNames?: string | undefined;
	/** File of the names of the probes. */
	probeNames?: string | undefined;
	/**
	 * File of the rows of each template, see {@link readTemplateList}: templates are searched for in the
	 * place of rows. A column `class` tells who each is.
	 */
	galleryTemplates?: string | undefined;
	/**
	 * File of the templates of the probes. Both may be tables of tracklets as MARS has them: first and last frame, counted
	 * from 1, person and camera; for the probes also numbers of tracklets of the gallery.
	 */
	probeTemplates?: string | undefined;
}
/** The sets to compare, and the measure. */
export interface PairwiseOptions<Type extends DistanceType = DistanceType> extends Omit<MetricOptions, "onUndefined">, NormOptions, JobOptions {
	/**
	 * The other set: each row of the first is compared with each of these. Default: the first set itself. The
	 * two count as one, the first above the second, for a mean, variances and a cohort `self`.
	 */
	against?: EmbeddingsSource | undefined;
	/** A model to measure by instead of a metric: loaded, or its file. */
	model?: Model | string | undefined;
	/** Of one set, only the pairs i < j, in the order of SciPy's `pdist`: (0, 1), (0, 2), …, (1, 2), … */
	condensed?: boolean | undefined;
	/** Element type of the distances; default `float64`, the bits of {@link scorePairs}. */
	dtype?: Type | undefined;
}
/** All distances, smaller is more alike. */
export interface DistanceMatrix<Type extends DistanceType = DistanceType> {
	/** Row after row: `rows · columns` numbers, or `rows · (rows − 1) / 2` if condensed. */
	data: NumberArray<Type>;
	/** Rows of the first set. */
	rows: number;
	/** Rows of the other set. */
	columns: number;
	/** True for the pairs i < j of one set alone. */
	condensed: boolean;
}
/** A matrix of distances in a file. */
export interface MatrixFile extends Omit<DistanceMatrix, "data"> {
	/** Absolute path of the `.npy` file. */
	output: string;
	/** Element type of the distances. */
	dtype: DistanceType;
	/** Whole time of the call. */
	seconds: number;
}
/**
 * All distances of the rows of `first` among themselves, or with those of option `against`, in memory.
 *
 * Distance (i, j) has the bits that {@link scorePairs} gives such a pair, for any number of threads and
 * instruction set; as `float32` it is rounded once.
 *
 * Errors: those of {@link scorePairs} and {@link Model.load} except those of pairs; `EOPTION` for `condensed`
 * beside `against`; `EMEMORY` for more distances than memory is free for, told before any is computed.
 * Cost: a pass over both rows for each distance, several at once where the metric is a function of an inner
 * product, of squared gaps or of absolute ones; a model maps each row once. Memory: 8 bytes for each
 * distance (4 for `float32`) and up to 1 GiB.
 */
export declare function pairwise<Type extends DistanceType = "float64">(first: EmbeddingsSource, options?: PairwiseOptions<Type>): Promise<DistanceMatrix<Type>>;
/** {@link pairwise}, blocking: by a metric or a loaded model. Labels are in memory. */
export declare function pairwiseSync<Type extends DistanceType = "float64">(first: EmbeddingsSource, options?: Omit<PairwiseOptions<Type>, "signal" | "onProgress">): DistanceMatrix<Type>;
/**
 * {@link pairwise} into an `.npy` file of any size, written whole or not at all: a matrix, or for `condensed`
 * one axis. The distances are streamed: memory of 32 MiB, or of the distances of a row, and up to 1 GiB.
 *
 * Errors: those of {@link pairwise} and of writing a file; `EIO` for more bytes than the disk has free, told
 * before any distance is computed.
 */
export declare function writePairwise(first: EmbeddingsSource, output: string, options?: PairwiseOptions & WriteOptions): Promise<MatrixFile>;
/** A result that figures are looked up in. */
export type Judgeable = Evaluation | Identification;
/** Answer of a gate, or of several: the worst. */
export type GateAnswer = "met" | "not met" | "cannot tell";
/** The answer of one gate. */
export interface GateResult {
	/** The gate, such as `eer<=0.05` or `eer by 0.01`. */
	gate: string;
	/** Name of the figure. */
	figure: string;
	answer: GateAnswer;
	/** The figure; of a gate on a baseline how much better it is than there, negative where worse. */
	value: number | null;
	/** Interval that was judged. */
	interval: Interval | null;
	/** The bound of the figure; of a gate on a baseline the negative of what it may be worse by. */
	bound: number;
	/** Direction of the bound. */
	relation: "<=" | ">=";
	/** Confidence of the one end of the interval that decides, such as 0.975; `null` without an interval. */
	confidence: number | null;
	/** Reason for the answer, as a sentence without its full stop. */
	because: string;
}
/** Answers of gates. */
export interface GateReport {
	/** Version of this schema; a key may be added within a version, never taken away. */
	schema: "hackface-gates/1";
	/** The worst of all: one gate that is not met outweighs one that cannot be told. */
	answer: GateAnswer;
	gates: GateResult[];
}
/** Gates to judge. */
export interface GateOptions {
	/** Bounds, such as `eer<=0.05`, `tar@far=1e-3>=0.9`, `rank-1>=0.95`. */
	require?: readonly string[] | undefined;
	/** Figures that may be worse than in `baseline` by so much, such as `tar@far=1e-3 by 0.01`. */
	noWorse?: readonly string[] | undefined;
	/** The result to compare with, for `noWorse`. */
	baseline?: Judgeable | undefined;
	/** Comparison of the result with `baseline` on the same pairs, as {@link compareScores} makes it: narrower. */
	comparison?: Comparison | undefined;
	/** Level of the intervals that are judged, whatever that of the result; default 0.98. */
	level?: number | undefined;
}
/**
 * Judges gates on a result by the intervals in it: *met* where the whole interval is on the right side, *not
 * met* where all of it is on the wrong one, else *cannot tell*. Whatever the level of the result, the interval is that of
 * `level`, made by the same method from the variance that the result tells. A figure at its bound is called *met* as often as
 * one end misses: in 1 % at the default of 0.98, which keeps the chance below 5 % where few people differ much
 * (docs/gates.md has the simulation). An interval that cannot be trusted (fewer than 40 people, a variance that six people
 * carry, pairs taken as independent) tells nothing, nor does one that cannot be moved to the level (a bootstrap).
 *
 * Each gate is judged by itself, and all are met only where each is, so the chance to call all of them met while one
 * is at its bound is no larger (an intersection–union test: Berger, Technometrics 24 (1982)).
 *
 * Errors: `EOPTION` for a gate that cannot be read, or a figure that the result does not have.
 */
export declare function judge(result: Judgeable, options: GateOptions): GateReport;
/**
 * Reads what `evaluate --json` or `identify --json` printed. Errors: `EFORMAT` for another text, those of opening a
 * file.
 */
export declare function readResult(file: string): Promise<Judgeable>;
/** Writes answers as JUnit XML, a test case for each gate: *not met* is a failure, *cannot tell* an error. Errors: those of writing a file. */
export declare function writeJUnit(report: GateReport, path: string, options?: WriteOptions): Promise<void>;
/** Answers as a table in Markdown; lines without their ends. */
export declare function gateTable(report: GateReport): string[];
/** A claim to plan for, or a difference to find. */
export interface PlanRequest {
	/** Bound of a figure: `far<=1e-4`, `frr<=0.05`, `tar@far=1e-3>=0.9`, `rank-1>=0.95`. */
	claim?: string | undefined;
	/** Difference of two systems that is to be found, in the figure of `claim`. */
	detect?: number | undefined;
	/** Confidence of the claim, or 1 less the level of the test; default 0.95. */
	confidence?: number | undefined;
	/** Chance to show the claim if the figure is as expected, or to find the difference; default 0.8. */
	power?: number | undefined;
	/** Images of each person; default 2. */
	images?: number | undefined;
	/** Impostor comparisons that each two people give: 1 (default), 2 in either order, 4 with two fingers each. */
	eachTwo?: number | undefined;
	/** The figure that one expects; default that of the pilot, and half the claim for `far`. */
	expected?: number | undefined;
	/** Result of an evaluation or a search of few people. */
	pilot?: Judgeable | undefined;
	/** Comparison of two systems on the pairs of the pilot, for `detect`. */
	comparison?: Comparison | undefined;
}
/** One answer to how many. */
export interface PlanStep {
	/** `three` asks for no error, `thirty` for 30 errors, `pilot` follows the variance of the pilot. */
	rule: "three" | "thirty" | "pilot";
	/** Condition under which the number is right, as a clause. */
	if: string;
	/** Comparisons; `null` for a pilot. */
	comparisons: number | null;
	people: number;
	images: number;
}
/** Numbers of people for a claim. */
export interface Plan {
	/** Version of this schema; a key may be added within a version, never taken away. */
	schema: "hackface-plan/1";
	claim: string;
	confidence: number;
	power: number;
	detect: number | null;
	/** How many times as large the variance of the pilot is as that of as many independent comparisons. */
	designEffect: number | null;
	steps: PlanStep[];
	/** Reasons why there is no answer by the pilot, or none by a rule. */
	remarks: string[];
}
/**
 * Plans an evaluation: how many people and images it needs before its intervals can show a claim, or find a
 * difference.
 *
 * The rule of three counts comparisons without an error, ln(1 − confidence)/ln(1 − rate); the rule of 30 asks for 30
 * errors. Both hold for comparisons that share nobody: each person in one of them is the safe reading, each two
 * people independent of all others the optimistic one. A `pilot` gives the variance by identity, which is followed
 * to more people of the same kind; the images of each are to be as many as in the pilot.
 *
 * Errors: `EOPTION` for a claim that cannot be read or a number out of range. Cost: none to speak of.
 */
export declare function plan(request: PlanRequest): Plan;
/** Probes to find in a gallery, and what to measure. */
export interface IdentifyRequest extends GalleryOptions, SearchPeople, PoolingOptions, IdentificationMeasures, CellOptions {
	/** Rows of the gallery, m × d. */
	gallery: EmbeddingsSource;
	/** Rows of the probes, n × d; default: each row of the gallery is searched among the others. */
	probes?: EmbeddingsSource | undefined;
	/**
	 * Gallery rows of each person in each camera, drawn at random; figures are means over `draws` galleries,
	 * with one threshold for all of them. Default: all rows. One row is called single-shot. Hits are of all rows.
	 */
	shots?: number | undefined;
	/** Galleries that are drawn; default 10. */
	draws?: number | undefined;
	/** Seed of the draws; default 0. */
	seed?: number | undefined;
	/** Hits for each probe; default 10. */
	top?: number | undefined;
	/** True if probe i is gallery row i and does not find itself; default true only without `probes`. */
	excludeSelf?: boolean | undefined;
	/**
	 * How the rows of a person become one candidate: `min`, by the nearest row; `mean`, by the mean of
	 * their distances; `template`, by the distance of the mean of the rows. Default `none`: every row
	 * is a candidate. The others need `galleryLabels`.
	 */
	fuse?: "none" | "min" | "mean" | "template" | undefined;
	/** File of hits to write; `-` is standard output. Without it no hits are searched for. */
	output?: string | undefined;
	/** `csv` (default): probe, rank, gallery, distance and class; `npy`: records; `jsonl`. */
	format?: HitsFormat | undefined;
	/** Replaces a file that is already there; default false. */
	force?: boolean | undefined;
	/**
	 * Searches a shard of the gallery, a contiguous part of its rows: `output` is then a file for `parts`. One that
	 * holds the hits of this shard is kept, and a damaged one is made again.
	 */
	shard?: Shard | undefined;
	/** Files of the hits of all shards, in any order, put together in the place of a search. */
	parts?: readonly string[] | undefined;
	/**
	 * Bytes that prepared rows may take; default 1 GiB for more than 16,384 probes, which are searched
	 * in parts, else 64 MiB.
	 */
	memory?: number | undefined;
}
/** Result of {@link identify}. */
export interface IdentifySummary {
	/** Rows of the gallery and people in them; `null` without labels. */
	gallery: {
		rows: number;
		people: number | null;
	};
	/** Number of probes. */
	probes: number;
	/** Hits for each probe. */
	top: number;
	/** File of the hits; `null` if they were not asked for. */
	output: string | null;
	/** Pairs of a probe and a gallery row. */
	pairs: number;
	/** Wall time of searching and ranking. */
	seconds: number;
	/** Figures of identification; `null` without labels of both sides. */
	identification: Identification | null;
	/** The rows of the shard, and whether its file held their hits before; absent without a shard. */
	shard?: {
		from: number;
		to: number;
		reused: boolean;
	};
}
/**
 * Searches each probe in a gallery (1:N). Writes the nearest rows or people to a file, and with labels
 * measures the CMC curve, mAP and open-set rates ({@link Identification}).
 *
 * Results are exact: those of measuring every pair with {@link scorePairs} and sorting, ties by row
 * number. They are bit-identical for any number of threads, instruction set and `memory`.
 *
 * Errors: those of {@link Gallery.search}, {@link readLabels} and {@link Model.load}; `EOPTION` for
 * options that contradict each other; `ECSVVALUE` for a class that a spreadsheet may run; `EEXISTS`, `ECREATE`, `EIO` for the file, which is written
 * whole or not at all.
 * Cost: a product of bytes for each pair (a distance for metrics without an inner product, and for
 * `fuse: 'mean'`), and with labels of both sides a product in single precision too. With `shard` the same for the
 * rows of the shard, which are copied, and 12 bytes for each hit in its file; with `parts` those files are read.
 * Hits of all shards together have the bytes of one search.
 */
export declare function identify(request: IdentifyRequest): Promise<IdentifySummary>;
/** Health of a matrix of embeddings. */
export interface EmbeddingsReport {
	/** Number of rows, n. */
	rows: number;
	/** Number of columns, d. */
	dim: number;
	/** Element type as NumPy names it. */
	dtype: string;
	/** Rows with a NaN or an infinity. */
	nonFiniteRows: number;
	/** First of those cells: row and column, counted from 0. */
	firstNonFinite: {
		row: number;
		column: number;
	} | null;
	/** Rows of zeros only. */
	zeroRows: number;
	/** Euclidean norms of the finite rows; `null` if there are none. */
	norms: {
		min: number;
		median: number;
		max: number;
	} | null;
}
/**
 * Checks every row of a matrix. Bad rows are counted, not rejected.
 *
 * Errors: those of {@link openEmbeddings}, `EOPTION`, `EARGUMENT`, `EINPUTCHANGED`, `EMEMORY`. Cost:
 * one pass over the matrix, O(n·d); 8 bytes a row.
 */
export declare function inspectEmbeddings(source: EmbeddingsSource, options?: OpenOptions & JobOptions): Promise<EmbeddingsReport>;
/** A metric of the list. */
export interface MetricInfo {
	/** Name in expressions. */
	name: string;
	/** Other spellings that are accepted. */
	aliases: string[];
	/** Formula over rows x and y. */
	formula: string;
	/** Range of values; smaller is more alike. */
	range: string;
	/** Cases in which it is undefined, or empty. */
	undefined: string;
	/** Parameters with their defaults. */
	parameters: {
		name: string;
		default: string;
		about: string;
	}[];
	/** Where the definition comes from. */
	source: string;
}
/** A function of metric expressions. */
export interface FunctionInfo {
	/** Name in expressions. */
	name: string;
	/** Effect of the function. */
	about: string;
}
/** Every metric, in the order of the documentation. */
export declare function metrics(): MetricInfo[];
/** Every function that metric expressions may call. */
export declare function metricFunctions(): FunctionInfo[];
/** Rejects a text that is no metric or combination of metrics (`EMETRIC`), with place and hint. */
export declare function checkMetric(expression: string): void;
/** How to write a page, and what it says beside the figures. */
export interface PageOptions extends WriteOptions {
	/** Default: the subject of the page. */
	title?: string | undefined;
	/** The command that makes the page again. */
	command?: string | undefined;
}
/** {@link PageOptions} of a page that has a card of its data. */
export interface CardPageOptions extends PageOptions {
	/** Facts of the data and the model, by name. */
	card?: Record<string, string> | undefined;
	/** Answers of gates on the result, as {@link judge} gives them. */
	gates?: GateReport | undefined;
}
/** How to write the report of an audit. */
export type AuditPageOptions = PageOptions;
/** Writes the findings of an audit as a self-contained HTML page. Errors: those of writing a file. */
export declare function writeAuditReport(report: AuditReport, path: string, options?: AuditPageOptions): Promise<void>;
/** How to write the report of a calibration. */
export type CalibrationPageOptions = PageOptions;
/**
 * Writes a calibration as a self-contained HTML page: how ratios fare on people held out, with reliability,
 * Tippett plot and Bayes error rates; the rule, and what each part of a fusion does. Errors: those of writing
 * a file.
 */
export declare function writeCalibrationReport(result: CalibrationResult, path: string, options?: CalibrationPageOptions): Promise<void>;
/** How to write the report of a comparison. */
export type ComparisonPageOptions = PageOptions;
/** Writes a comparison as a self-contained HTML page. Errors: those of writing a file. */
export declare function writeComparisonReport(comparison: PipelineComparison, path: string, options?: ComparisonPageOptions): Promise<void>;
/**
 * Writes the differences of candidates to cosine, with their intervals, as an SVG file. Errors: `EOPTION`
 * for a name that does not end in `.svg`; those of writing a file.
 */
export declare function writeComparisonPlot(comparison: PipelineComparison, path: string, options?: WriteOptions): Promise<void>;
/** Kind of a plot. */
export type PlotKind = "roc" | "det" | "det-log" | "hist" | "reliability" | "tippett" | "nber" | "edc" | "quality" | "zoo";
/** How to write a plot. */
export interface PlotOptions extends WriteOptions {
	/** Default: taken from the name of the file, such as `det.svg` or `cosine-det.svg`. */
	kind?: PlotKind | undefined;
}
/**
 * Writes one figure as an SVG file, of one evaluation or of several in one picture.
 *
 * The file is self-contained, follows the light or dark preference of the viewer and has the same
 * bytes for the same evaluation. Errors: `EOPTION` if the name gives no kind or the evaluation
 * lacks the figure; those of writing a file.
 */
export declare function writePlot(evaluation: Evaluation | readonly Evaluation[], path: string, options?: PlotOptions): Promise<void>;
/** Curves of an identification: CMC over the rank, or DIR over a false positive rate. */
export interface StepPlot {
	/** `cmc`: x is the rank from 1; `dir`: x is the false positive identification rate, logarithmic. */
	kind: "cmc" | "dir";
	curves: readonly {
		name: string;
		/** Ranks or rates, ascending; the curve has the value `y[i]` up to `x[i + 1]`. */
		x: readonly number[];
		/** Identification rates in [0, 1]. */
		y: readonly number[];
		low?: readonly number[] | null | undefined;
		high?: readonly number[] | null | undefined;
	}[];
	/** Ranks or rates to mark. */
	marks?: readonly number[] | undefined;
}
/** Kind of a plot of an identification. */
export type IdentificationPlotKind = StepPlot["kind"];
/** How to write a plot of an identification. */
export interface IdentificationPlotOptions extends WriteOptions {
	/** Default: taken from the name of the file, such as `cmc.svg` or `cosine-dir.svg`. */
	kind?: IdentificationPlotKind | undefined;
}
/**
 * Writes a CMC or a DIR curve as an SVG file, of one identification or of several in one picture.
 *
 * The CMC curve of one identification also shows the expected rates where ties make them differ from
 * the pessimistic ones. Marks show the ranks and rates asked for. Errors: `EOPTION` if the name
 * gives no kind or the probes leave the curve undefined; those of writing a file.
 */
export declare function writeIdentificationPlot(identification: Identification | readonly Identification[], path: string, options?: IdentificationPlotOptions): Promise<void>;
/** Writes CMC or DIR curves as an SVG file, as {@link writePlot} does. */
export declare function writeStepPlot(plot: StepPlot, path: string, options?: WriteOptions): Promise<void>;
/** How to write the report of an identification, and what it says beside the figures. */
export type IdentificationReportOptions = CardPageOptions;
/**
 * Writes the report of an identification: one self-contained HTML file. It loads nothing and has the
 * same bytes for the same identification. Errors: those of writing a file.
 */
export declare function writeIdentificationReport(identification: Identification, path: string, options?: IdentificationReportOptions): Promise<void>;
/** How to write the report of several systems. */
export interface SystemsReportOptions extends PageOptions {
	/** Differences of two systems, as {@link compareScores} returns them. */
	comparison?: Comparison | undefined;
	/** Differences from one of several systems, as {@link compareSystems} returns them. */
	systems?: SystemsComparison | undefined;
}
/**
 * Writes evaluations of several systems on the same pairs as one self-contained HTML page: a table, differences with their
 * intervals and pictures of all. It loads nothing. Errors: those of writing a file.
 */
export declare function writeSystemsReport(evaluations: readonly Evaluation[], path: string, options?: SystemsReportOptions): Promise<void>;
/** How to write the report of an evaluation. */
export interface ReportOptions extends CardPageOptions {
	/** Faults of the data set, shown beside the figures. */
	audit?: AuditReport | undefined;
}
/**
 * Writes a report: one self-contained HTML file for phone, desktop and paper. It loads nothing and
 * has the same bytes for the same evaluation. Errors: those of writing a file.
 */
export declare function writeReport(evaluation: Evaluation, path: string, options?: ReportOptions): Promise<void>;
/** A format of scored pairs. */
export type ScoredFormat = "csv" | "npy" | "jsonl" | "trials";
/** Inputs to score, and the submission to write. */
export interface ScoreRequest extends MetricOptions, NormOptions, SidesFiles, PooledFiles, PoolingOptions, JobOptions {
	/** `.npy` file of the embeddings, n × d. */
	embeddings: string;
	/** CSV file of the pairs; `-` is standard input. */
	pairs: string;
	/** File to write, CSV unless `outputFormat` or its ending says otherwise; `-` is standard output. */
	output: string;
	/** A model, or its file, in place of a metric. */
	model?: Model | string | undefined;
	/**
	 * A decision, or its file, in place of a metric: each pair also gets `llr`, `probability` and `decision` (`same`,
	 * `different` or `uncertain`), as columns of CSV or fields of JSON lines.
	 */
	decision?: Decision | string | undefined;
	/** The file of the quality that a decision weighs by name, as `FILE` or `FILE:COLUMN`. */
	quality?: string | undefined;
	/** How to read the pairs. */
	pairsOptions?: ListedPairsOptions | undefined;
	/** How to write the submission. */
	submission?: SubmissionOptions | undefined;
	/** Format of the output; default that of its ending: `.npy`, `.jsonl`, `.trials` or `.txt`, else `csv`. */
	outputFormat?: ScoredFormat | undefined;
	/** Scores one of the contiguous shards of the list: their outputs in order are the bytes of the whole output. */
	shard?: Shard | undefined;
	/** Answers each line of standard input before it waits for the next; default: block by block. */
	lineBuffered?: boolean | undefined;
	/** Checks everything that needs no scoring, and writes nothing. */
	dryRun?: boolean | undefined;
}
/** Result of {@link score}. */
export interface ScoreSummary {
	/** Absolute path of the submission, or `-`; absent after a dry run. */
	output?: string;
	/** Number of pairs; those of the shard. */
	pairs: number;
	/** The shard of the list; absent for the whole. */
	shard?: Shard;
	/** Rows of the embeddings. */
	rows: number;
	/** Rows of the matrix that second members are of; absent where there is one matrix. */
	against?: number;
	/** Templates that first members are; absent where these are rows. */
	templates?: number;
	/** Columns of the embeddings. */
	dim: number;
	/** Element type of the embeddings. */
	dtype: string;
	/** How the embeddings were read. */
	io: string;
	/** The metric as given, or the pipeline of the model; and the normalisation, if any. */
	metric: string;
	/** Orientation of the numbers written. */
	orientation: "distance";
	/** Smallest, mean and largest distance; absent after a dry run. */
	distances?: {
		min: number;
		mean: number;
		max: number;
	};
	/** Whole time of the call. */
	seconds: number;
	/** What to know before trusting the submission. */
	warnings: Warning[];
}
/**
 * Scores a list of pairs, from files to a file: reads, measures, writes, and reads the submission
 * back to check it.
 *
 * The submission has a header and one row for each pair, in the order of the pairs file. It is
 * written whole or not at all. Errors: those of {@link readPairs}, {@link openEmbeddings},
 * {@link scorePairs} and {@link writeSubmission}; `EOPTION` for a model beside a metric. Cost: that of
 * {@link scorePairs}, and a line read, written and read back for each pair.
 *
 * From standard input to standard output pairs are scored block by block, in memory that does not grow with their
 * number, so their ids are not compared; pairs before a fault are answered before it is thrown. A measure that
 * needs the whole list (`minmax`, `zscore`, `onUndefined: 'max'`, a quality) and the format `npy` read it whole.
 * Without a header line on the input there is none on the output, and no pairs at all are no error.
 */
export declare function score(request: ScoreRequest): Promise<ScoreSummary>;
/** A synthetic challenge. Defaults are those of the test side of the 2019 challenge. */
export interface SynthRequest extends JobOptions {
	/** Directory for the files; created if it does not exist. */
	directory: string;
	/** Shift between train and test: `r2` (default), `r1`, or `none`. */
	replica?: "r2" | "r1" | "none" | undefined;
	/** Fitted set of parameters: 0, 1 or 6 for r2 and none; 0, 1 or 3 for r1. Default 0. */
	set?: number | undefined;
	/** Rows of the train matrix; default 30,000. */
	train?: number | undefined;
	/** Rows of the test matrix; default 11,605. */
	test?: number | undefined;
	/** Test pairs; default 31,444. */
	pairs?: number | undefined;
	/** Columns; default 512. */
	dim?: number | undefined;
	/** Seed; default 0. Equal requests give equal bytes on every machine. */
	seed?: number | undefined;
	/** The challenge's own train set size: 454,714 rows of 10,575 people (931 MB). */
	full?: boolean | undefined;
	/** Replaces files that are already there; default false. */
	force?: boolean | undefined;
}
/** Absolute paths of the files written. */
export interface SynthFiles {
	/** `train_set.npy`, float32. */
	trainSet: string;
	/** `train_labels.csv`: `index,class`. */
	trainLabels: string;
	/** `test_set.npy`, float32. */
	testSet: string;
	/** `test_pairs.csv`: `index1,index2,Id`. */
	testPairs: string;
	/** `solution.csv`: `Id,same`, the answers. */
	solution: string;
}
/**
 * Writes a synthetic challenge: the four files of the 2019 challenge and the answers.
 *
 * The people have the shift between train and test of the real files, see `docs/synth.md`. Errors:
 * `EOPTION`, `EEXISTS`, `ECREATE`, `EIO`. Cost: about 1 s for the defaults, 2 KiB of disk a row.
 */
export declare function synth(request: SynthRequest): Promise<SynthFiles>;
/** Version of this package; a test compares it with package.json, Cargo.toml and the addon. */
export declare const version = "0.1.0";
/** A matrix of doubles: `rows × dim` numbers, row after row. */
export interface DoubleMatrix {
	/** Row after row. */
	data: Float64Array;
	/** Number of rows. */
	rows: number;
	/** Number of columns. */
	dim: number;
}
/**
 * Writes numbers in memory as `.npy`, byte for byte as NumPy does; whole or not at all. The file has the type of the
 * array: `float32` of a `Float32Array`, `uint8` of a `Uint8Array`, doubles of rows of `number[]`. Errors:
 * `EARGUMENT`, as for a matrix without columns, `EDIMENSION` if the length is not rows · dim, `EEXISTS`, `ECREATE`, `EIO`.
 */
export declare function writeNpy(path: string, matrix: Numbers | Rows, options?: WriteOptions): Promise<void>;

export {
	Menagerie$1 as Menagerie,
	WorstPair$1 as WorstPair,
	WorstPairs$1 as WorstPairs,
};

export {};
