/** An open matrix. JavaScript cannot write to it; closing it frees it once no call uses it. */
export declare class NativeEmbeddings {
  /** Opens a file; `io` is `mmap` or `read`. */
  static open(path: string, io: string): NativeEmbeddings
  /** Copies `rows × dim` numbers. */
  static fromData(data: Float32Array, rows: number, dim: number): NativeEmbeddings
  /** Number of rows. */
  get rows(): number
  /** Number of columns. */
  get dim(): number
  /** Element type as NumPy names it. */
  get dtype(): string
  /** `mmap`, `read`, or `memory`. */
  get io(): string
  /** Frees the matrix; a call that still uses it finishes first. */
  close(): void
}

/** Work that may be watched and stopped. Made before the work starts, and handed to it. */
export declare class NativeJob {
  /** A job that nothing has started on. */
  constructor()
  /** Asks the work to stop at its next block. */
  cancel(): void
  /** How far the work is. */
  progress(): NativeProgress
}

/** Exact AUROC of scores against 0/1 truths; works on copies, in the background. */
export declare function auroc(scores: Float64Array, same: Uint8Array, orientation: string, threads: number | undefined | null, job: NativeJob): Promise<number>

/** What this build is and what it would use. */
export declare function buildInfo(): NativeBuildInfo

/**
 * The vector that centring on these embeddings subtracts: the row itself if there is one, the
 * mean of the rows if there are more.
 */
export declare function centerOf(embeddings: NativeEmbeddings, threads: number | undefined | null, job: NativeJob): Promise<Float64Array>

/** The twin of `centerOf` that blocks. */
export declare function centerOfSync(embeddings: NativeEmbeddings, threads?: number | undefined | null): Float64Array

/** Reads an expression and says nothing if it is one; for a check before costly work. */
export declare function checkMetric(metric: string): void

/** Every function of expressions. */
export declare function functions(): Array<NativeFunctionInfo>

/** Looks at every row once, in the background. */
export declare function inspect(embeddings: NativeEmbeddings, threads: number | undefined | null, job: NativeJob): Promise<NativeRowsReport>

/** Every metric, in the order of the documentation. */
export declare function metrics(): Array<NativeMetricInfo>

/** This build on this machine. */
export interface NativeBuildInfo {
  /** Version of the addon. */
  version: string
  /** Instruction set that is chosen. */
  cpu: string
  /** Instruction sets that this machine has. */
  cpus: Array<string>
  /** Threads used when none are asked for. */
  threads: number
}

/** A function of expressions. */
export interface NativeFunctionInfo {
  /** Name in expressions. */
  name: string
  /** What it does. */
  about: string
}

/** A metric, for the reader. */
export interface NativeMetricInfo {
  /** Name in expressions. */
  name: string
  /** Other spellings that are accepted. */
  aliases: Array<string>
  /** Formula over rows x and y. */
  formula: string
  /** Values it can take. */
  range: string
  /** When it has no value, or empty. */
  undefined: string
  /** Parameters with their defaults. */
  parameters: Array<NativeParameterInfo>
  /** Where the definition comes from. */
  source: string
}

/** A parameter of a metric. */
export interface NativeParameterInfo {
  /** Name before the equals sign. */
  name: string
  /** Value when it is not given. */
  default: string
  /** What it does and its range. */
  about: string
}

/** How far a job is. */
export interface NativeProgress {
  /** What is being done. */
  phase: string
  /** Units done. */
  done: number
  /** Units in all. */
  total: number
}

/** Health of the rows of a matrix. */
export interface NativeRowsReport {
  /** Rows with a NaN or an infinity. */
  nonFiniteRows: number
  /** First such cell: row and column. */
  firstNonFinite?: Array<number>
  /** Rows of zeros only. */
  zeroRows: number
  /** Smallest, median and largest norm of the finite rows. */
  norms?: Array<number>
}

/** How to score, as JavaScript says it. What is absent has the core's default. */
export interface NativeScoreOptions {
  /** A metric or a combination. */
  metric: string
  /** `none`, `mean`, or the name of a vector given beside it. */
  center?: string
  /** The vector to subtract, when `center` is `given`. */
  centerVector?: Array<number>
  /** `none` or `l2`. */
  normalize?: string
  /** `refuse` or `max`. */
  undefined?: string
  /** `auto`, or the name of an instruction set. */
  cpu?: string
  /** Number of threads. */
  threads?: number
}

/** What to make; what is absent has the challenge's value. */
export interface NativeSynthOptions {
  /** `r2`, `r1` or `none`. */
  replica?: string
  /** Which fitted set of parameters. */
  set?: number
  /** Rows of the train matrix. */
  trainRows?: number
  /** People in the train matrix. */
  trainClasses?: number
  /** Rows of the test matrix. */
  testRows?: number
  /** Test pairs. */
  pairs?: number
  /** Length of an embedding. */
  dim?: number
  /** Seed. */
  seed?: number
  /** The challenge's full train set, unless `train_rows` says otherwise. */
  full?: boolean
}

/** Labels and pairs of a synthetic challenge. */
export interface NativeSynthTables {
  /** Person of each train row. */
  trainClasses: Uint32Array
  /** First row of each pair. */
  index1: Uint32Array
  /** Second row of each pair. */
  index2: Uint32Array
  /** Whether each pair shows one person: 1 or 0. */
  same: Uint8Array
}

/** Distances of the pairs, in their order; runs in the background on copies of the row numbers. */
export declare function scorePairs(embeddings: NativeEmbeddings, index1: Uint32Array, index2: Uint32Array, options: NativeScoreOptions, reference: NativeEmbeddings | undefined | null, job: NativeJob): Promise<Float64Array>

/** Distances of the pairs, in their order; borrows the row numbers until it returns. */
export declare function scorePairsSync(embeddings: NativeEmbeddings, index1: Uint32Array, index2: Uint32Array, options: NativeScoreOptions, reference?: NativeEmbeddings | undefined | null): Float64Array

/** `number,id` (or `id,number`) and a line feed for each pair. */
export declare function submissionRows(numbers: Float64Array, ids: Uint32Array, idFirst: boolean): Uint8Array

/**
 * Makes the challenge in the background: both matrices are written to the given paths (created or
 * cut to nothing first, synced at the end), labels and pairs are given back.
 */
export declare function synth(trainPath: string, testPath: string, options: NativeSynthOptions, threads: number | undefined | null, job: NativeJob): Promise<NativeSynthTables>
