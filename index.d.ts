/** Who has to act; decides the exit code of the command line. */
export type ErrorClass = "usage" | "data" | "input" | "create" | "io" | "aborted" | "internal";
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
	/** What was met; reads after the word "found". */
	found: string;
	/** What would have been right; reads after the word "expected". */
	expected: string;
	/** What to do: an imperative sentence without its full stop. */
	hint?: string;
	/** What caused it. */
	cause?: unknown;
}
/**
 * Every failure of this package. The message puts the place first, then what was found, what was
 * expected and what to do; `code` is stable between releases, the text is not.
 */
export declare class HackfaceError extends Error {
	readonly name = "HackfaceError";
	/** Stable name of the kind of failure, for example `ENOTFINITE`. */
	readonly code: string;
	/** Who has to act. */
	readonly class: ErrorClass;
	readonly file?: string;
	readonly row?: number;
	readonly line?: number;
	readonly column?: number | string;
	readonly offset?: number;
	readonly found: string;
	readonly expected: string;
	readonly hint?: string;
	constructor(code: string, errorClass: ErrorClass, details: ErrorDetails);
	/** The same failure with the file named, if none is named yet. */
	withFile(file: string): HackfaceError;
	/** Plain data for `--json` and logs. */
	toJSON(): Record<string, unknown>;
}
/** How far a job is. */
export interface Progress {
	/** What is being done: `rows`, `pairs`, `mean`, … */
	phase: string;
	/** Units done in this phase. */
	done: number;
	/** Units in all. */
	total: number;
}
/** What every call that takes time accepts. None of it changes results. */
export interface JobOptions {
	/** Stops the work at its next block; the promise rejects with an {@link AbortError}. */
	signal?: AbortSignal | undefined;
	/** Called about ten times a second, and once at the end. */
	onProgress?: ((progress: Progress) => void) | undefined;
	/** Number of threads, 1 to 1024; default `HACKFACE_THREADS`, or what the process may use. */
	threads?: number | undefined;
}
/** The caller asked to stop; `cause` is the signal's reason. */
export declare class AbortError extends Error {
	readonly name = "AbortError";
	/** As Node's own. */
	readonly code = "ABORT_ERR";
	constructor(reason?: unknown);
}
/** Which way scores point: `distance`, smaller is more alike; `similarity`, larger is. */
export type Orientation = "distance" | "similarity";
/**
 * Area under the ROC curve: the chance that a genuine pair is ranked as more alike than an
 * impostor pair, ties counting half. In [0, 1]; exact.
 *
 * `same[i]` is 1 for a genuine and 0 for an impostor pair. Errors: `EONECLASS`, `ENOTFINITE` (NaN,
 * with its row), `EDOMAIN` (a truth that is neither), `EDIMENSION`, `EEMPTY`.
 */
export declare function auroc(scores: Float64Array | Float32Array, same: Uint8Array, options: JobOptions & {
	orientation: Orientation;
}): Promise<number>;
/** One thing that is wrong with a file, however often. */
export interface Finding {
	/** `error`: a scorer refuses the file. `warning`: it is accepted, but hardly anyone means it. */
	severity: "error" | "warning";
	/** Kind, as in errors. */
	code: string;
	/** What is wrong, with examples. */
	what: string;
	/** How many cells, rows or names it concerns. */
	count: number;
	/** The first line, counted from 1; null where it concerns the whole file. */
	line: number | null;
	/** What to do: an imperative sentence without its full stop. */
	hint: string;
}
declare class LineMap {
	private readonly rows;
	private readonly lines;
	private next;
	/** Notes the line of the next row, and that of `count` rows one line each; all come in order. */
	note(row: number, line: number, count: number): void;
	/** The line, counted from 1, of a row counted from 0. */
	lineOf(row: number): number;
}
/**
 * Names of rows, in the order of the file: numbers where every one is a plain number below 2³²,
 * texts otherwise. Either way `String(id)` is the text of the cell.
 */
export type Ids = Uint32Array | readonly string[];
/** The content of a submission. */
export interface Scores {
	/** Name of each pair, distinct. */
	ids: Ids;
	/** Distance of each pair, smaller = more alike; finite. */
	distances: Float64Array;
	/** Where they come from, for errors. */
	file: string;
}
/** How to read a submission. */
export interface ScoresOptions {
	/** Whether the first line names the columns; default true. Without: Predicted,Id. */
	header?: boolean | undefined;
	/** Names of the columns; default `Predicted` and `Id`. */
	columns?: SubmissionColumns | undefined;
}
/**
 * Reads a submission from a CSV file, `-` for standard input: columns `Predicted`, finite
 * decimals with a point, and `Id`, distinct. Errors: those of {@link readPairs} and `ENOTFINITE`
 * with the line. Cost: one pass, 12 bytes a pair.
 */
export declare function readSubmission(path: string, options?: ScoresOptions): Promise<Scores>;
/** {@link readSubmission}, blocking. */
export declare function readSubmissionSync(path: string, options?: ScoresOptions): Scores;
/**
 * Reads a submission back as a scorer would and compares it with the ids it is to answer.
 *
 * Refused: what {@link readSubmission} refuses, and missing or extra ids (`EDIMENSION`, named).
 * Returned: warnings about what a scorer accepts but hardly anyone means, as sentences.
 */
export declare function validateSubmission(path: string, expected: {
	ids: Ids;
}, options?: ScoresOptions): Promise<string[]>;
/** Distances of pairs, to be handed in. */
export interface Submission {
	/** Name of each pair, distinct. */
	ids: Ids;
	/** Distance of each pair, smaller = more alike; finite. */
	distances: Float64Array | Float32Array;
}
/** How to write a submission. */
export interface SubmissionOptions {
	/** Names of the columns; default `Predicted` and `Id`. */
	columns?: SubmissionColumns | undefined;
	/** Whether the column of ids comes first; default false. */
	idFirst?: boolean | undefined;
	/** Whether to replace a file that is already there; default false. */
	force?: boolean | undefined;
}
/** Names of the columns of a submission. */
export interface SubmissionColumns {
	/** The distances; default `Predicted`. */
	distance?: string | undefined;
	/** The ids; default `Id`. */
	id?: string | undefined;
}
/**
 * Writes a submission: a header line, then one line for each pair, in order, LF at each end.
 *
 * Numbers are the shortest decimals that read back as the same 64-bit number (32-bit for a
 * `Float32Array`). The file is written whole or not at all; `-` and `/dev/stdout` are standard
 * output, where a reader that has gone ends the writing quietly.
 *
 * Errors: `ENOTFINITE` with the row, `EDIMENSION`, `EEMPTY`, `EEXISTS`, `ECREATE`, `EIO`.
 * Cost: a fraction of a microsecond a pair, and the two waits for the disk.
 */
export declare function writeSubmission(path: string, submission: Submission, options?: SubmissionOptions): Promise<void>;
/** What a submission is held against. */
export interface CheckOptions {
	/** Ids that it must answer, each once; without them only its own repetitions are found. */
	ids?: Ids | undefined;
	/** A file with the header and the ids that are wanted, such as `sample_submission.csv`. */
	sample?: string | undefined;
	/** Names of the columns; default those of the sample, else `Predicted` and `Id`. */
	columns?: SubmissionColumns | undefined;
	/** Most bytes that are accepted; default 100 MiB. */
	mostBytes?: number | undefined;
}
/** What is wrong with a submission. */
export interface SubmissionReport {
	/** The file. */
	file: string;
	/** Whether nothing is wrong that a scorer refuses; warnings may remain. */
	ok: boolean;
	/** Rows after the header. */
	rows: number;
	/** Names in the header. */
	columns: string[];
	/** Bytes of the file. */
	bytes: number;
	/** Rows that are wanted; null where that is not known. */
	wanted: number | null;
	/** Everything that was found, by line. */
	findings: Finding[];
}
/**
 * Reads a submission as a scorer would and says everything that is wrong with it at once: header,
 * columns, number of rows, missing, repeated and unknown ids, cells that are no finite numbers,
 * constant values, encoding, size. The order of rows and of columns is free, as are the kinds of line
 * ends and quotes.
 *
 * Damage that hides the rest of the file (an open quote, bytes that are no text) is the last finding;
 * what lies behind it is not looked at. Errors: `EINPUT`, `EIO`, `EINPUTCHANGED`, and those of
 * {@link readPairs} for the sample. Cost: one pass over the file, about 100 bytes a row.
 */
export declare function checkSubmission(path: string, options?: CheckOptions): Promise<SubmissionReport>;
/** The class of each row of a matrix. */
export interface Labels {
	/** Class of each row, as a place in {@link names}. */
	classes: Uint32Array;
	/** Name of each class, in the order in which they first occur by row. */
	names: string[];
	/** Number of classes. */
	count: number;
	/** Where they come from, for errors. */
	file: string;
}
/** How to read labels. */
export interface LabelsOptions {
	/** Number of rows of the matrix; each must have one label. Without it, as many as labels. */
	rows?: number | undefined;
	/** Whether the first line names the columns; default true. Without: [index,]class. */
	header?: boolean | undefined;
	/** Names of the columns; default `index` and `class`. An index column named must be there. */
	columns?: {
		index?: string | undefined;
		class?: string | undefined;
	} | undefined;
}
/**
 * Reads the class of each row from a CSV file, `-` for standard input.
 *
 * The column `class` holds any texts but empty ones, compared byte by byte; the optional column
 * `index` holds row numbers in any order, each exactly once. Without it the rows are in order.
 * Errors: `EINPUT`, `EIO`, `ECSVFORMAT`, `ECSVHEADER`, `ECSVVALUE`, `EINDEX`, `EDUPLICATE`,
 * `EDIMENSION` where rows have no label, `EEMPTY`, `EINPUTCHANGED`. Cost: one pass over the file
 * and one over the rows, 13 bytes a row.
 */
export declare function readLabels(path: string, options?: LabelsOptions): Promise<Labels>;
/** {@link readLabels}, blocking. */
export declare function readLabelsSync(path: string, options?: LabelsOptions): Labels;
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
	/** Where they come from, for errors. */
	source: PairsSource;
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
export interface PairsOptions {
	/** Number of rows of the matrix; indices are checked against it. Without it, up to 2³²−1. */
	rows?: number | undefined;
	/** Whether the first line names the columns; default true. Without: index1,index2[,Id]. */
	header?: boolean | undefined;
	/** Names of the columns; default `index1`, `index2`, `Id`. An id column named must be there. */
	columns?: {
		index1?: string | undefined;
		index2?: string | undefined;
		id?: string | undefined;
	};
	/** Whether ids may start with = + - @, tab or carriage return; default false. */
	allowFormulaLikeIds?: boolean | undefined;
}
/**
 * Reads pairs from a CSV file, `-` for standard input.
 *
 * Columns `index1` and `index2` hold row numbers, counted from 0 and written in digits only;
 * the optional column `Id` holds any distinct texts. Pairs that occur twice are kept, in order.
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
/** Refuses pairs with a row number that a matrix of `rows` rows does not have (`EINDEX`). */
export declare function checkPairs(pairs: Pairs, rows: number): void;
/** Whether the members of each pair belong together. */
export interface Truth {
	/** Name of each pair, distinct. */
	ids: Ids;
	/** 1 for a pair of the same class, 0 for a pair of different ones. */
	same: Uint8Array;
	/** Where it comes from, for errors. */
	file: string;
}
/** How to read the truth about pairs. */
export interface TruthOptions {
	/** Whether the first line names the columns; default true. Without: Id,same. */
	header?: boolean | undefined;
	/** Names of the columns; default `Id` and `same`. */
	columns?: {
		id?: string | undefined;
		same?: string | undefined;
	} | undefined;
}
/**
 * Reads the truth about pairs from a CSV file, `-` for standard input: columns `Id`, distinct,
 * and `same`, 0 or 1. Errors: those of {@link readPairs}. Cost: one pass, 5 bytes a pair.
 */
export declare function readTruth(path: string, options?: TruthOptions): Promise<Truth>;
/** {@link readTruth}, blocking. */
export declare function readTruthSync(path: string, options?: TruthOptions): Truth;
/** How the data of a file reach memory: mapped under a guard, or read. Does not change results. */
export type Io = "mmap" | "read";
/** Numbers in memory: `rows × dim`, row after row. */
export interface MatrixData {
	/** Row after row; its memory neither shared nor resizable. */
	data: Float32Array;
	/** Number of rows, n; may be 0. */
	rows: number;
	/** Number of columns, d; at least 1. */
	dim: number;
}
/** Embeddings, the path of a `.npy` file, or numbers in memory. */
export type EmbeddingsSource = Embeddings | string | MatrixData;
/** How to open embeddings. */
export interface OpenOptions {
	/** Default `mmap`. */
	io?: Io | undefined;
}
/**
 * A matrix of embeddings, n rows × d columns, that JavaScript cannot write to.
 *
 * Made by {@link openEmbeddings}. Holds an open file or a copy of the numbers until `close()`,
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
	/** How the data are reached; `read` also where a file could not be mapped. */
	readonly io: Io | "memory";
	/** Absolute path of the file, if there is one. */
	readonly file: string | undefined;
	/** Frees the matrix once the calls that use it have ended. Using it afterwards is refused. */
	close(): void;
	/** As {@link close}. */
	[Symbol.dispose](): void;
}
/**
 * Opens embeddings: a `.npy` file by path, or numbers in memory, which are copied so that later
 * writes to them change nothing.
 *
 * A file must be a matrix with at least one column, of type f2, f4, f8, i1–i8 or u1–u8, either byte order, C or
 * Fortran order. Only its header is read here.
 *
 * Errors: `EINPUT`, `ENPYHEADER`, `ENPYDTYPE`, `ENPYPICKLE`, `ENPYSHAPE`, `ENPYLENGTH`,
 * `EDIMENSION`, `EARGUMENT`, `EIO`, `EMEMORY`.
 */
export declare function openEmbeddings(source: string | MatrixData, options?: OpenOptions): Promise<Embeddings>;
/** {@link openEmbeddings}, blocking: the time of opening a file and reading 64 KiB of it. */
export declare function openEmbeddingsSync(source: string | MatrixData, options?: OpenOptions): Embeddings;
/** Row numbers of the two members of each pair, of equal length. */
export interface PairIndices {
	index1: Uint32Array;
	index2: Uint32Array;
}
/** How to measure. */
export interface MetricOptions {
	/** A metric or a combination, see {@link metrics}; default `cosine`. */
	metric?: string | undefined;
	/**
	 * Subtracted from every row first: `none` (default), the `mean` of all rows, a vector of d
	 * numbers, or a `.npy` file of one row (the vector) or more (their mean).
	 */
	center?: "none" | "mean" | (string & {}) | readonly number[] | Float64Array | undefined;
	/** `l2` divides every row by its norm after that; default `none`. */
	normalize?: "none" | "l2" | undefined;
	/** What `seuclidean` and `mahalanobis` take their variances from; default the embeddings. */
	reference?: EmbeddingsSource | undefined;
	/**
	 * For a pair that the metric has no value for (cosine of a zero row): `refuse` (default), or
	 * `max`, the largest value of that metric among the given pairs.
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
 * Arrays are copied before the first `await`, so writing to them afterwards changes nothing.
 * Results are the same bits for any number of threads, any instruction set and either `io`.
 *
 * Errors: those of {@link openEmbeddings}, and `EMETRIC`, `EOPTION`, `EARGUMENT`, `EINDEX`,
 * `EEMPTY`, `EDIMENSION`, `ENOTFINITE`, `EDOMAIN`, `EUNDEFINED`, `ESINGULAR`, `EINPUTCHANGED`.
 * Cost: one pass over the rows that occur, one over the pairs; 24 bytes a row, 8 bytes for each
 * pair and metric.
 */
export declare function scorePairs(source: EmbeddingsSource, pairs: PairIndices, options?: MetricOptions & JobOptions): Promise<Float64Array>;
/** {@link scorePairs}, blocking; reads the arrays in place, without a copy. */
export declare function scorePairsSync(source: EmbeddingsSource, pairs: PairIndices, options?: MetricOptions & {
	threads?: number | undefined;
}): Float64Array;
/** How to map rows for other software. */
export interface TransformOptions extends JobOptions, OpenOptions {
	/** `stored` (default) for rows that are searched, `query` for rows that are searched with. */
	side?: "stored" | "query" | undefined;
	/** Element type of the file; default `float32`. */
	dtype?: "float32" | "float64" | undefined;
	/** Whether to replace a file that is there; default false. */
	force?: boolean | undefined;
}
/** Rows that were mapped. */
export interface Transformed {
	/** Rows of the file. */
	rows: number;
	/** Columns of the file. */
	dim: number;
	/** The plain measure that, on these rows, orders pairs as the model does. */
	metric: "cosine" | "sqeuclidean" | "euclidean" | "inner-product";
}
/**
 * A learned metric: maps of rows and a form over pairs of mapped rows. Distances are smaller for
 * more alike rows; a log-likelihood ratio appears with its sign turned.
 */
export declare class Model {
	#private;
	/** Columns of the embeddings that it takes. */
	readonly inputDim: number;
	/** Columns after its maps. */
	readonly mappedDim: number;
	/** Name of the form over pairs: `cosine`, `plda`, … */
	readonly scorer: string;
	/** What is recorded about the fit: pipeline, data, seed, held-out figures, as texts by name. */
	readonly card: Readonly<Record<string, string>>;
	/** What a reader of the file should know, in sentences. */
	readonly warnings: readonly string[];
	/**
	 * Reads a model file: safetensors with a card. Nothing in it is executed; a file that is cut,
	 * changed or of a newer major format is refused. Errors: `EMODEL`, `EMODELVERSION`, `EINPUT`.
	 */
	static load(path: string): Promise<Model>;
	/** {@link load} from memory. */
	static fromBytes(bytes: Uint8Array): Model;
	/** The file of this model. Equal models have equal bytes. */
	toBytes(): Uint8Array;
	/** Writes the model file, whole or not at all. Errors: `EEXISTS`, `ECREATE`, `EIO`. */
	save(path: string, options?: {
		force?: boolean | undefined;
	}): Promise<void>;
	/**
	 * Distances of pairs of rows, in the order of the pairs; smaller is more alike. The same bits
	 * for any number of threads and either `io`. Errors: those of {@link scorePairs}.
	 */
	scorePairs(source: EmbeddingsSource, pairs: PairIndices, options?: OpenOptions & JobOptions): Promise<Float64Array>;
	/** {@link scorePairs}, blocking. */
	scorePairsSync(source: EmbeddingsSource, pairs: PairIndices, options?: OpenOptions & {
		threads?: number | undefined;
	}): Float64Array;
	/**
	 * Writes rows mapped so that a plain measure on them is the model's distance, for software that
	 * knows only plain measures. Which measure is in the result; for PLDA it is the inner product of
	 * a `query` row and a `stored` row, one column more, in the same order as the model for each
	 * query. Streams; the file is whole or not there. Errors: `EOPTION` for heavy-tailed PLDA.
	 */
	transform(source: EmbeddingsSource, output: string, options?: TransformOptions): Promise<Transformed>;
}
/** A named pipeline. */
export interface Preset {
	/** What `--metric` of `fit` takes. */
	name: string;
	/** The pipeline it stands for. */
	pipeline: string;
	/** One line about it. */
	about: string;
}
/** What to fit. */
export interface FitRequest extends OpenOptions, JobOptions {
	/** The embeddings, n × d. */
	embeddings: EmbeddingsSource;
	/** Class of each row: a CSV file, labels read before, or class numbers; absent if none is needed. */
	labels?: string | Labels | Uint32Array | undefined;
	/** A pipeline such as `center, pca(64), wccn, cosine`, or the name of a preset; default `plda`. */
	pipeline?: string | undefined;
	/** What `center(given)` subtracts: d numbers, or a `.npy` file of one row or more (their mean). */
	center?: string | readonly number[] | Float64Array | undefined;
	/** Share of the classes set aside to judge the model on, in (0, 1); default none. */
	holdout?: number | undefined;
	/** Selects the classes set aside; default 0. */
	seed?: number | undefined;
	/** Rows of a class beyond this many are left out. */
	maxPerClass?: number | undefined;
	/** Rows of this class are left out, as if they had no label. */
	ignoreClass?: string | undefined;
	/** Only these rows are used. */
	subset?: Uint32Array | undefined;
	/** Leaves out rows that are not finite instead of refusing them; they are counted. */
	skipInvalid?: boolean | undefined;
}
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
	difference: {
		value: number;
		low: number;
		high: number;
	};
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
	decisions: {
		step: string;
		name: string;
		value: number;
	}[];
	/** Log-likelihood before the first iteration of EM and after each; empty without EM. */
	logLikelihood: number[];
	/** Figures on held-out people; `null` without a hold-out. */
	heldOut: HeldOut | null;
	/** Whole time of the call. */
	seconds: number;
}
/** The pipeline when none is named. */
export declare const DEFAULT_PIPELINE = "plda";
/** Every preset, in the order of the documentation. */
export declare function presets(): Preset[];
/** A pipeline in full, every choice spelt out; refused (`EMETRIC`) if it cannot be read. */
export declare function explainPipeline(pipeline: string): string;
/**
 * Learns a metric from labelled embeddings, in one streaming pass over them for most pipelines.
 *
 * With `holdout` the model is fitted on the other classes and then judged, beside cosine, on those
 * set aside; no person is on both sides. Errors: those of {@link openEmbeddings} and
 * {@link readLabels}, `EMETRIC`, `EOPTION`, `EONECLASS`, `ESINGULAR`, `ENOTFINITE`.
 */
export declare function fit(request: FitRequest): Promise<FitResult>;
/** What a matrix of embeddings holds. */
export interface EmbeddingsReport {
	/** Number of rows, n. */
	rows: number;
	/** Number of columns, d. */
	dim: number;
	/** Element type as NumPy names it. */
	dtype: string;
	/** Rows with a NaN or an infinity. */
	nonFiniteRows: number;
	/** First such cell: row and column, counted from 0. */
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
/** Looks at every row of a matrix once. Bad rows are counted, not refused. */
export declare function inspectEmbeddings(source: EmbeddingsSource, options?: OpenOptions & JobOptions): Promise<EmbeddingsReport>;
/** A metric of the list. */
export interface MetricInfo {
	/** Name in expressions. */
	name: string;
	/** Other spellings that are accepted. */
	aliases: string[];
	/** Formula over rows x and y. */
	formula: string;
	/** Values it can take; smaller is always more alike. */
	range: string;
	/** When it has no value, or empty. */
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
	/** What it does. */
	about: string;
}
/** Every metric, in the order of the documentation. */
export declare function metrics(): MetricInfo[];
/** Every function that metric expressions may call. */
export declare function metricFunctions(): FunctionInfo[];
/** Refuses (`EMETRIC`) what is not a metric or a combination of metrics; names place and cure. */
export declare function checkMetric(expression: string): void;
/** The whole job: files in, submission out. */
export interface ScoreRequest extends MetricOptions, JobOptions {
	/** `.npy` file of the embeddings, n × d. */
	embeddings: string;
	/** CSV file of the pairs; `-` is standard input. */
	pairs: string;
	/** CSV file to write; `-` is standard output. */
	output: string;
	/** A model, or its file, to measure by instead of a metric. */
	model?: Model | string | undefined;
	/** How the pairs are read. */
	pairsOptions?: Omit<PairsOptions, "rows"> | undefined;
	/** How the submission is written. */
	submission?: SubmissionOptions | undefined;
	/** Checks everything that can be checked without scoring, and writes nothing. */
	dryRun?: boolean | undefined;
}
/** What was done. */
export interface ScoreSummary {
	/** Absolute path of the submission, or `-`; absent after a dry run. */
	output?: string;
	/** Number of pairs. */
	pairs: number;
	/** Rows of the embeddings. */
	rows: number;
	/** Columns of the embeddings. */
	dim: number;
	/** Element type of the embeddings. */
	dtype: string;
	/** How the file was read. */
	io: string;
	/** The metric as given, or the pipeline of the model. */
	metric: string;
	/** Which way the written numbers point. */
	orientation: "distance";
	/** Smallest, mean and largest distance; absent after a dry run. */
	distances?: {
		min: number;
		mean: number;
		max: number;
	};
	/** Whole time of the call. */
	seconds: number;
	/** What looks wrong with the submission, in sentences. */
	warnings: string[];
}
/**
 * Scores a list of pairs, from files to a file: reads, measures, writes, and reads the written
 * file back to check it.
 *
 * The submission has a header and one row for each pair, in the order of the pairs file; it is
 * whole or not there. Errors: those of {@link readPairs}, {@link openEmbeddings},
 * {@link scorePairs} and {@link writeSubmission}.
 */
export declare function score(request: ScoreRequest): Promise<ScoreSummary>;
/** What this build is and what it would use on this machine. */
export declare function buildInfo(): {
	version: string;
	cpu: string;
	cpus: string[];
	threads: number;
};
/** A synthetic challenge. What is absent has the value of the 2019 challenge's test side. */
export interface SynthRequest extends JobOptions {
	/** Directory for the files; made if it is not there. */
	directory: string;
	/** Shift between train and test: `r2` (default), `r1`, or `none`. */
	replica?: "r2" | "r1" | "none" | undefined;
	/** Which fitted set of parameters: 0, 1, 6 for r2 and none; 0, 1, 3 for r1. Default 0. */
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
	/** Whether to replace files that are there; default false. */
	force?: boolean | undefined;
}
/** The files that were written: absolute paths. */
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
 * A world of people with the shift that the real test files show (see `docs/synth.md`). Errors:
 * `EOPTION`, `EEXISTS`, `ECREATE`, `EIO`. Cost: about 1 s for the defaults, 2 KiB of disk a row.
 */
export declare function synth(request: SynthRequest): Promise<SynthFiles>;
/** Version of this package; a test holds it against package.json, Cargo.toml and the addon. */
export declare const version = "0.1.0";

export {};
