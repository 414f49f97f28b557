/** Decisions: what a distance means, and whether a pair is one person. */
import {
  type Checked,
  copyOf,
  filePath,
  isArrayOf,
  number,
  optional,
  readOptions,
  readParts,
  requireBytes,
  requireOwnMemory,
  type Rules,
  text,
  wrongArgument,
} from '../arguments.js';
import type { DecisionThreshold, NativeVerdict, NativeRule, NativeVerdicts } from '../binding.js';
import {
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from '../embeddings.js';
import { HackfaceError } from '../errors.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { readModelBytes } from '../files/model.js';
import { JOB_RULES, type JobOptions, runJob } from '../job.js';
import { callNative } from '../native.js';
import { PAIR_RULES, type PairIndices } from '../score-pairs.js';
import type { Warning } from '../warning.js';

/** The verdict of a decision on a pair. */
export interface Verdict {
  /** True for one person, false for two; `null` where the data of the calibration cannot tell. */
  same: boolean | null;
  /** Of one person, at the prior of the decision. */
  probability: number;
  /** Natural logarithm of the likelihood ratio: same person against different. */
  llr: number;
  /** Interval of it, at the level of the decision; `null` for an isotonic map. */
  llrInterval: { low: number; high: number } | null;
  /** False accept rate of accepting every pair at least so alike. */
  far: number;
  /** The score itself: the distance, or the weighed sum of the distances. */
  score: number;
  /** A score outside of those that were seen: code `outside-range`. */
  warnings: Warning[];
}

const CONSTRUCT = Symbol('made by Decision.load or calibrate');
/** How to score pairs by a decision. */
export interface DecisionScoreOptions extends OpenOptions, JobOptions {
  /** The quality of each pair, for a decision that weighs one by name. */
  quality?: Float64Array | undefined;
}

const APPLY_RULES: Rules<DecisionScoreOptions> = {
  ...OPEN_RULES,
  ...JOB_RULES,
  quality: optional(copyOf(Float64Array)),
};

/**
 * A measure with what its distances mean: a map to log-likelihood ratios, cut-offs by prior and costs, and
 * thresholds for false accept rates. `calibrate` and `fuse` make it; a file holds it.
 */
export class Decision {
  /** The metric, the pipeline of the model, or the file of scores; several where they are weighed. */
  readonly parts: readonly string[];
  /** Weight of each part's score; 1 of a single part. */
  readonly weights: readonly number[];
  /** Orientation of the scores; `distance` for metrics and models. */
  readonly orientation: 'distance' | 'similarity';
  /** Form of the map. */
  readonly map: 'affine' | 'isotonic' | 'beta';
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
  readonly range: { readonly mostAlike: number; readonly leastAlike: number };
  /** Facts about how it was made and judged, as texts by name. */
  readonly card: Readonly<Record<string, string>>;
  /** Warnings about the file, as sentences. */
  readonly warnings: readonly string[];
  readonly #native: NativeRule;

  /** @internal */
  constructor(token: symbol, native: NativeRule) {
    if (token !== CONSTRUCT) {
      throw new TypeError('Use calibrate(), fuse() or Decision.load() to make a Decision');
    }
    this.#native = native;
    const about = native.about();
    this.parts = about.parts;
    this.weights = about.weights;
    this.orientation = about.orientation as Decision['orientation'];
    this.map = about.map as Decision['map'];
    this.prior = about.prior;
    this.costMiss = about.costMiss;
    this.costFalseAccept = about.costFalseAccept;
    this.level = about.level;
    this.llrThreshold = about.threshold;
    this.thresholds = about.thresholds;
    this.same = about.same;
    this.different = about.different;
    this.range = { mostAlike: about.mostAlike, leastAlike: about.leastAlike };
    this.card = about.card;
    this.warnings = about.warnings;
  }

  /** @internal True for what this module made. */
  static is(value: unknown): value is Decision {
    return typeof value === 'object' && value !== null && #native in value;
  }

  /** @internal What many scores mean. */
  static verdicts(decision: Decision, scores: Float64Array): NativeVerdicts {
    return callNative((native) => native.ruleVerdicts(decision.#native, scores));
  }

  /** @internal {@link Decision.scorePairs} for arguments that were validated before. */
  static scores(
    decision: Decision,
    rows: Embeddings,
    pairs: PairIndices,
    options: Checked<JobOptions & Pick<DecisionScoreOptions, 'quality'>>,
  ): Promise<Float64Array> {
    const { quality } = options;
    return runJob(options, (native, job) =>
      native.ruleScores(Embeddings.native(rows), pairs, decision.#native, quality, job),
    );
  }

  /**
   * Reads a decision file: safetensors with a card, as a model is. Nothing in it is executed. Errors:
   * `EMODEL`, `EMODELVERSION`, `EMETRIC`, `EINPUT`, `EINPUTCHANGED`, `EIO`, `EARGUMENT`.
   */
  static async load(path: string): Promise<Decision> {
    filePath(path, 'path');
    return readDecision(path);
  }

  /** {@link load} from memory. */
  static fromBytes(bytes: Uint8Array): Decision {
    return decodeDecision(requireBytes(bytes, 'bytes'));
  }

  /** The file of this decision. Equal decisions have equal bytes. */
  toBytes(): Uint8Array {
    return callNative(() => this.#native.toBytes());
  }

  /** Writes the decision file, whole or not at all. Errors: `EEXISTS`, `ECREATE`, `EIO`. */
  async save(path: string, options: WriteOptions = {}): Promise<void> {
    filePath(path, 'path');
    await writeFileAtomic(path, [this.toBytes()], readOptions(options, WRITE_RULES));
  }

  /**
   * Decides whether two rows are of one person; the arrays are read before the call returns. `quality` is that of the
   * pair, for a decision that weighs one by name. Errors: `EOPTION` for a
   * decision on scores from elsewhere, `EARGUMENT`, `EDIMENSION`, `ENOTFINITE`, `EDOMAIN`, `EUNDEFINED`. Cost: a few
   * microseconds and the distance.
   */
  decide(
    a: Float32Array | Float64Array,
    b: Float32Array | Float64Array,
    quality?: number,
  ): Verdict {
    if (quality !== undefined) number(quality, 'quality');
    if (isArrayOf(Float32Array, a) && isArrayOf(Float32Array, b)) {
      const rows = [requireOwnMemory(a, 'a', Float32Array), requireOwnMemory(b, 'b', Float32Array)];
      const [x, y] = rows as [Float32Array, Float32Array];
      return this.#verdict(callNative(() => this.#native.decideNarrow(x, y, quality)));
    }
    const [x, y] = [wide(a, 'a'), wide(b, 'b')];
    return this.#verdict(callNative(() => this.#native.decideWide(x, y, quality)));
  }

  /** Says what a score means. Errors: `ENOTFINITE`, `EARGUMENT`. */
  judge(score: number): Verdict {
    number(score, 'score');
    return this.#verdict(callNative(() => this.#native.judge(score)));
  }

  /**
   * Scores of pairs of rows, in the order of the pairs: distances, or their weighed sums. Errors: those of
   * {@link scorePairs}, `EOPTION` for a decision on scores from elsewhere.
   */
  async scorePairs(
    source: EmbeddingsSource,
    pairs: PairIndices,
    options: DecisionScoreOptions = {},
  ): Promise<Float64Array> {
    const settled = readOptions(options, APPLY_RULES);
    const indices = readParts(pairs, PAIR_RULES, 'pairs');
    const rows = requireSource(source, 'source');
    return borrowing(settled, (borrowed) =>
      Decision.scores(this, borrowed.open(rows), indices, settled),
    );
  }

  /**
   * The same rule as source text. `javascript` is a module with a function `decide` of a score, whose results are
   * those of {@link judge} to the last bit. `sql` is a query over a table `scores`, for PostgreSQL and others;
   * its decisions are the same. Errors: `EOPTION`, also for a decision that weighs quality.
   */
  export(language: 'sql' | 'javascript'): string {
    text(language, 'language');
    return callNative(() => this.#native.export(language));
  }

  #verdict({ verdict, ratio, low, high, outside, ...judged }: NativeVerdict): Verdict {
    const { probability, far, score } = judged;
    const interval = low !== undefined && high !== undefined ? { low, high } : null;
    const { mostAlike, leastAlike } = this.range;
    const told = `the score ${score} lies outside of those calibrated on, ${mostAlike} to ${leastAlike}`;
    return {
      same: verdict === 'uncertain' ? null : verdict === 'same',
      probability,
      llr: ratio,
      llrInterval: interval,
      far,
      score,
      warnings: outside ? [{ code: 'outside-range', text: told }] : [],
    };
  }
}

function wide(row: unknown, name: string): Float64Array {
  if (isArrayOf(Float32Array, row))
    return Float64Array.from(requireOwnMemory(row, name, Float32Array));
  return requireOwnMemory(row, name, Float64Array);
}

/** Reads a decision file. */
export async function readDecision(path: string): Promise<Decision> {
  try {
    const lengthOf = (head: Uint8Array, length: number | undefined) =>
      callNative(({ NativeModel }) => NativeModel.fileBytes(head, length));
    return decodeDecision(await readModelBytes(path, lengthOf));
  } catch (error) {
    throw error instanceof HackfaceError ? error.withFile(path) : error;
  }
}

/** The decision of a file's bytes. */
export function decodeDecision(bytes: Uint8Array): Decision {
  return callNative(({ NativeRule }) => new Decision(CONSTRUCT, NativeRule.fromBytes(bytes)));
}

/** Rule for a decision: one that was loaded, or its file. */
export function requireDecision(decision: unknown, name: string): unknown {
  if (typeof decision === 'string' || Decision.is(decision)) return decision;
  throw wrongArgument(name, decision, 'a decision, or the path of its file');
}

/** Answers of a decision as a file has them. */
export const VERDICTS = ['different', 'same', 'uncertain'] as const;
