/** Statistics of parts of the rows, which add up to those of one fit. */
import {
  type Checked,
  filePath,
  isArray,
  isObject,
  list,
  optional,
  readOptions,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import type { NativeStats } from './binding.js';
import { LEFT_OUT, loadLabels } from './csv/labels.js';
import {
  type Borrowed,
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from './files/atomic.js';
import { closeInput, isStandardInput, openInput } from './files/input.js';
import { readModelBytes } from './files/model.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { modelFileBytes } from './model.js';
import { defined } from './native.js';
import { requireShard, type Shard } from './shard.js';
import { stopwatch } from './stopwatch.js';
import {
  type ClassNumbers,
  readTraining,
  TRAINING_RULES,
  type TrainingRows,
  withClassName,
} from './training-rows.js';
import type { Warning } from './warning.js';

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
  rows?: readonly [number, number] | undefined;
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

const CONSTRUCT = Symbol('made by stats or mergeStats');

/** Sums of one pass of a fit over rows of a set, and what identifies them. */
export class Stats {
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
  readonly #file: Uint8Array;

  /** @internal */
  constructor(token: symbol, { rows, dim, from, to, pipeline, kind, file }: NativeStats) {
    if (token !== CONSTRUCT) throw new TypeError('Use stats() or mergeStats() to make Stats');
    this.rows = rows;
    this.dim = dim;
    this.from = from;
    this.to = to;
    this.pipeline = pipeline;
    this.kind = kind;
    this.#file = file;
  }

  /** @internal True for what this module made. */
  static is(value: unknown): value is Stats {
    return isObject(value) && #file in value;
  }

  /** @internal */
  static file(stats: Stats): Uint8Array {
    return stats.#file;
  }

  /** The file of these statistics. Equal statistics have equal bytes. */
  toBytes(): Uint8Array {
    return this.#file.slice();
  }

  /** Writes the file, whole or not at all. Errors: `EEXISTS`, `ECREATE`, `EIO`. */
  async save(path: string, options: WriteOptions = {}): Promise<void> {
    filePath(path, 'path');
    await writeFileAtomic(path, [this.#file], readOptions(options, WRITE_RULES));
  }
}

/** Rule for statistics or the path of their file. */
export function statsSource(value: unknown, name: string): StatsSource {
  if (Stats.is(value)) return value;
  if (typeof value === 'string') return filePath(value, name) as string;
  throw wrongArgument(name, value, 'statistics or the path of their file');
}

/** The bytes of statistics; none for a file, of which the addon reads what it needs. */
export async function statsBytes(source: StatsSource): Promise<Uint8Array> {
  if (typeof source !== 'string') return Stats.file(source);
  try {
    if (!isStandardInput(source)) {
      // A path that leads to no file is refused as everywhere.
      closeInput(openInput(source));
      return new Uint8Array(0);
    }
    return await readModelBytes(source, modelFileBytes);
  } catch (error) {
    throw error instanceof HackfaceError ? ofStatistics(error).withFile(source) : error;
  }
}

/** Names of the statistics of an argument, for errors: their paths, or their places. */
export function statsName(argument: string): (source: StatsSource, place: number) => string {
  return (source, place) => (typeof source === 'string' ? source : `${argument}[${place}]`);
}

/** The failure to read statistics: what is no file of ours, and what is damaged, is told as of a model. */
export function ofStatistics<E>(error: E): E | HackfaceError {
  if (!(error instanceof HackfaceError)) return error;
  if (/^a model file\b/.test(error.expected)) {
    return error.with({
      expected: 'a file of statistics, as stats and merge write it',
      hint: 'Name the files that stats or merge wrote',
    });
  }
  if (!error.hint?.startsWith('Fit and save')) return error;
  return error.with({
    hint: 'Write it again with stats or merge, or copy the file once more',
  });
}

function requireMatrices(value: unknown, name: string): unknown {
  return isSeveral(value) ? list(requireSource)(value, name) : requireSource(value, name);
}

function people(value: unknown, name: string): unknown {
  return typeof value === 'string' ? filePath(value, name) : list(text)(value, name);
}

function pair(value: unknown, name: string): unknown {
  const both = list(wholeNumber())(value, name) as number[];
  if (both.length === 2) return both;
  throw wrongArgument(name, value, 'two row numbers');
}

const STATS_RULES: Rules<StatsRequest> = {
  ...TRAINING_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  embeddings: requireMatrices,
  pipeline: text,
  shard: optional(requireShard),
  rows: optional(pair),
  after: optional(list(statsSource)),
  without: optional(people),
  before: optional(filePath),
};

const MERGE_RULES: Rules<MergeRequest> = {
  ...TRAINING_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  parts: list(statsSource),
  without: optional(people),
  embeddings: optional(requireMatrices),
};

/**
 * Sums the rows of a part for a fit. The statistics of all parts, merged by {@link mergeStats}, are those of
 * one pass, so {@link fit} makes the model of them that it makes of the rows, byte for byte. Where a pipeline
 * needs another pass, {@link fit} says so; it is gathered with the option `after`.
 *
 * Errors: those of {@link openEmbeddings} and {@link readLabels}; `EMETRIC`, `EOPTION`, `EINDEX` for a part,
 * `ENOTFINITE`, `EINPUTCHANGED`. Cost: as {@link fit} for the rows of the part, and the first 2048 of all.
 */
export async function stats(request: StatsRequest): Promise<StatsResult> {
  const elapsed = stopwatch();
  const settled = readOptions(request, STATS_RULES, 'request');
  const { pipeline, shard, rows, maxPerClass, skipInvalid } = settled;
  const { after = [] } = settled;
  if (pipeline.trim() === 'auto') throw ofRows();
  return borrowing(settled, async (borrowed) => {
    const embeddings = openAll(settled.embeddings, borrowed);
    const part = defined({ shard: shard && [shard.index, shard.of], rows: rows && [...rows] });
    // Rows are hashed while labels are read; what is wrong with labels is told first.
    const hashing = runJob(settled, (native, job) =>
      native.hashPart(Embeddings.native(embeddings), part, job),
    );
    hashing.catch(() => undefined);
    const { classes, subset } = await readTraining(settled, embeddings);
    const gone = settled.without && (await numbersOf(settled.without, classes));
    const ofRow = gone ? withoutClasses(classes?.ofRow, gone) : classes?.ofRow;
    const before = settled.before && (await readModelBytes(settled.before, (_, size) => size ?? 0));
    const options = defined({
      ...{ pipeline, subset, maxPerClass, skipInvalid, part, before: before || undefined },
      after: await Promise.all(after.map(statsBytes)),
      afterNames: after.map(statsName('after')),
      hashes: await hashing,
    });
    const found = await runJob(settled, (native, job) =>
      native.gatherStats(Embeddings.native(embeddings), ofRow, options, job),
    ).catch((error: unknown) => {
      throw ofStatistics(withClassName(error, classes, subset));
    });
    return resultOf(found, classes, elapsed());
  });
}

/**
 * Merges the statistics of all parts of the rows. Parts are summed in the order of their rows, so the bytes do
 * not depend on the order here. With `without`, the rows of some people are subtracted: what is fitted then is,
 * to rounding, a model that never saw them.
 *
 * Errors: `EOPTION` for rows in two parts or in none, and parts of different data, labels, pipelines or
 * rounds; `EMODEL`, `EMODELVERSION`, `EINPUT`. Memory: the files of all parts, and the sums of the whole.
 */
export async function mergeStats(request: MergeRequest): Promise<StatsResult> {
  const elapsed = stopwatch();
  const settled = readOptions(request, MERGE_RULES, 'request');
  const { parts, without } = settled;
  const files = await Promise.all(parts.map(statsBytes));
  const merged = await runJob(settled, (native, job) =>
    native.mergeStats(files, parts.map(statsName('parts')), job),
  ).catch((error: unknown) => {
    throw ofStatistics(error);
  });
  if (without === undefined) return resultOf(merged, undefined, elapsed());
  return borrowing(settled, async (borrowed) => {
    const { embeddings: source, maxPerClass } = settled;
    if (source === undefined || settled.labels === undefined) {
      throw new HackfaceError('EOPTION', 'usage', {
        found: 'people to forget without their rows',
        expected: 'the embeddings and labels that the statistics are of',
        hint: 'Sums over several people cannot be taken apart: the rows of these people are read again',
      });
    }
    const embeddings = openAll(source, borrowed);
    const { classes, subset } = await readTraining(settled, embeddings);
    const gone = await numbersOf(without, classes);
    const options = defined({ gone, subset, maxPerClass });
    const ofRow = classes?.ofRow ?? new Uint32Array(0);
    const left = await runJob(settled, (native, job) =>
      native.forgetStats(merged.file, Embeddings.native(embeddings), ofRow, options, job),
    );
    return resultOf(left, classes, elapsed());
  });
}

function ofRows(): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', {
    found: 'auto, which compares models on rows',
    expected: 'a pipeline, or the name of a preset',
    hint: 'Let compare or fit choose on rows of one machine, and gather for what they take',
  });
}

function resultOf(
  found: NativeStats,
  classes: ClassNumbers | undefined,
  seconds: number,
): StatsResult {
  const warnings = [...(classes?.warnings ?? [])];
  return { stats: new Stats(CONSTRUCT, found), reused: found.reused, warnings, seconds };
}

function openAll(source: Checked<StatsRequest>['embeddings'], borrowed: Borrowed): Embeddings {
  if (!isSeveral(source)) return borrowed.open(source);
  const all = source.map((one) => borrowed.open(one));
  return all.reduce((first, second) => borrowed.add(Embeddings.stacked(first, second)));
}

/** True for a list of matrices, which is no list of rows. */
function isSeveral(source: unknown): source is readonly EmbeddingsSource[] {
  const isOne = (one: unknown) => typeof one === 'string' || Embeddings.is(one);
  return isArray(source) && source.length > 0 && source.every(isOne);
}

/** The class numbers of people. */
async function numbersOf(who: People, classes: ClassNumbers | undefined): Promise<Uint32Array> {
  const file = typeof who === 'string' ? who : undefined;
  const names = typeof who === 'string' ? (await loadLabels(who)).names : who;
  const places = new Map(classes?.names.map((name, place) => [name, place]));
  return Uint32Array.from(names, (name) => {
    const place = places.get(name);
    if (place !== undefined) return place;
    throw new HackfaceError('EOPTION', 'usage', {
      ...(file === undefined ? {} : { file }),
      found: `no class ${JSON.stringify(name)}`,
      expected: classes ? 'classes of the labels' : 'labels, whose classes they are',
    });
  });
}

function withoutClasses(
  ofRow: Uint32Array | undefined,
  gone: Uint32Array,
): Uint32Array | undefined {
  const left = new Set(gone);
  return ofRow?.map((number) => (left.has(number) ? LEFT_OUT : number));
}
