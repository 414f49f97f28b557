/** All distances of two sets of rows, or of one among itself. */
import { constants } from 'node:buffer';
import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import {
  type Checked,
  filePath,
  flag,
  oneOf,
  optional,
  readOptions,
  type Rules,
  wrongArgument,
} from './arguments.js';
import type { NativeMeasure, NativePairwise } from './binding.js';
import {
  Borrowed,
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { targetOf, WRITE_RULES, writeBeside, type WriteOptions } from './files/atomic.js';
import { absolutePath } from './files/system.js';
import { GALLERY_RULES } from './gallery.js';
import { type JobOptions, runJob } from './job.js';
import type { DistanceType, NumberArray } from './matrix-data.js';
import { openMeasure, requireOneMeasure } from './measure.js';
import { type MetricOptions, openMetric, readMetricSync } from './metric-options.js';
import { Model } from './model.js';
import { callNative, defined } from './native.js';
import { normalizedBy, normalizedBySync, type NormOptions } from './score-norm.js';
import { stopwatch } from './stopwatch.js';

/** The sets to compare, and the measure. */
export interface PairwiseOptions<Type extends DistanceType = DistanceType>
  extends Omit<MetricOptions, 'onUndefined'>,
    NormOptions,
    JobOptions {
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
export interface MatrixFile extends Omit<DistanceMatrix, 'data'> {
  /** Absolute path of the `.npy` file. */
  output: string;
  /** Element type of the distances. */
  dtype: DistanceType;
  /** Whole time of the call. */
  seconds: number;
}

const { memory: _, ...MEASURE_RULES } = GALLERY_RULES;

const PAIRWISE_RULES: Rules<PairwiseOptions> = {
  ...MEASURE_RULES,
  against: optional(requireSource),
  condensed: optional(flag),
  dtype: optional(oneOf('float64', 'float32')),
};

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
export async function pairwise<Type extends DistanceType = 'float64'>(
  first: EmbeddingsSource,
  options: PairwiseOptions<Type> = {},
): Promise<DistanceMatrix<Type>> {
  const settled = readPairwise(options);
  return withSets(requireSource(first, 'first'), settled, async (sets, borrowed) => {
    const shape = shapeOf(sets, settled);
    requireMemory(shape, settled);
    const measure = await measureOf(settled, sets.all, borrowed);
    const asked = request(sets, measure, settled);
    const data = await runJob(settled, (native, job) => native.pairwise(asked, job));
    return { data, ...shape } as DistanceMatrix as DistanceMatrix<Type>;
  });
}

/** {@link pairwise}, blocking: by a metric or a loaded model. Labels are in memory. */
export function pairwiseSync<Type extends DistanceType = 'float64'>(
  first: EmbeddingsSource,
  options: Omit<PairwiseOptions<Type>, 'signal' | 'onProgress'> = {},
): DistanceMatrix<Type> {
  const settled = readPairwise(options);
  const source = requireSource(first, 'first');
  const borrowed = new Borrowed(settled);
  try {
    const sets = openSets(source, settled, borrowed);
    const shape = shapeOf(sets, settled);
    requireMemory(shape, settled);
    const measure = normalizedBySync(settled, measureSync(settled, borrowed), sets.all, borrowed);
    const asked = request(sets, measure, settled);
    const data = callNative((native) => native.pairwiseSync(asked, settled.threads));
    return { data, ...shape } as DistanceMatrix as DistanceMatrix<Type>;
  } finally {
    borrowed.close();
  }
}

/**
 * {@link pairwise} into an `.npy` file of any size, written whole or not at all: a matrix, or for `condensed`
 * one axis. The distances are streamed: memory of 32 MiB, or of the distances of a row, and up to 1 GiB.
 *
 * Errors: those of {@link pairwise} and of writing a file; `EIO` for more bytes than the disk has free, told
 * before any distance is computed.
 */
export async function writePairwise(
  first: EmbeddingsSource,
  output: string,
  options: PairwiseOptions & WriteOptions = {},
): Promise<MatrixFile> {
  const elapsed = stopwatch();
  const { force, ...others } = readOptions(options, { ...PAIRWISE_RULES, ...WRITE_RULES });
  const settled = consistent(others as Checked<PairwiseOptions>);
  filePath(output, 'output');
  return withSets(requireSource(first, 'first'), settled, async (sets, borrowed) => {
    const shape = shapeOf(sets, settled);
    requireDisk(shape, settled, output);
    const measure = await measureOf(settled, sets.all, borrowed);
    await writeBeside(output, { force }, ({ path }) => {
      const asked = { ...request(sets, measure, settled), path };
      return runJob(settled, (native, job) => native.pairwise(asked, job), { writes: true });
    });
    const seconds = elapsed();
    return { output: absolutePath(output), ...shape, dtype: settled.dtype ?? 'float64', seconds };
  });
}

/** The sets that are compared; without a second, the first with itself. */
interface Sets {
  first: Embeddings;
  second: Embeddings | undefined;
  /** The first above the second, or the first alone. */
  all: Embeddings;
}

type Shape = Omit<DistanceMatrix, 'data'>;

function readPairwise(options: PairwiseOptions): Checked<PairwiseOptions> {
  return consistent(readOptions(options, PAIRWISE_RULES));
}

function consistent(options: Checked<PairwiseOptions>): Checked<PairwiseOptions> {
  requireOneMeasure(options);
  if (!options.condensed || options.against === undefined) return options;
  throw new HackfaceError('EOPTION', 'usage', {
    found: 'option condensed beside option against',
    expected: 'one of them: two sets have no pairs i < j',
  });
}

function openSets(
  first: EmbeddingsSource,
  { against }: Checked<PairwiseOptions>,
  borrowed: Borrowed,
): Sets {
  const one = borrowed.open(first);
  if (against === undefined) return { first: one, second: undefined, all: one };
  const second = borrowed.open(against);
  return { first: one, second, all: borrowed.add(Embeddings.stacked(one, second)) };
}

async function withSets<T>(
  first: EmbeddingsSource,
  options: Checked<PairwiseOptions>,
  use: (sets: Sets, borrowed: Borrowed) => Promise<T>,
): Promise<T> {
  return borrowing(options, (borrowed) => use(openSets(first, options, borrowed), borrowed));
}

function shapeOf({ first, second }: Sets, { condensed = false }: PairwiseOptions): Shape {
  return { rows: first.rows, columns: (second ?? first).rows, condensed };
}

function request(
  { first, second, all }: Sets,
  measure: NativeMeasure,
  { condensed = false, dtype = 'float64' }: Checked<PairwiseOptions>,
): NativePairwise {
  return defined({
    rows: Embeddings.native(all),
    split: second && first.rows,
    measure,
    condensed,
    dtype,
  });
}

/** The measure of both sets. */
async function measureOf(
  options: Checked<PairwiseOptions>,
  all: Embeddings,
  borrowed: Borrowed,
): Promise<NativeMeasure> {
  return normalizedBy(options, await openMeasure(options, borrowed)(), all, borrowed);
}

/** The measure of the options, without a call in the background. */
function measureSync(options: Checked<PairwiseOptions>, borrowed: Borrowed): NativeMeasure {
  const { model } = options;
  if (Model.is(model)) return Model.measure(model);
  if (model !== undefined) throw wrongArgument('model', model, 'a loaded model');
  return readMetricSync(openMetric(options, borrowed), options);
}

/** Bytes of all distances, and what they are in words. */
function sizeOf(
  { rows, columns, condensed }: Shape,
  { dtype = 'float64' }: PairwiseOptions,
): [bytes: number, text: string] {
  const count = condensed ? (rows * (rows - 1)) / 2 : rows * columns;
  const size = dtype === 'float64' ? 8 : 4;
  const shape = condensed ? `${rows} · ${rows - 1} / 2` : `${rows} × ${columns}`;
  return [count * size, `${shape} distances of ${size} bytes: ${count * size} bytes`];
}

/** Refuses more distances than memory is free for. */
function requireMemory(shape: Shape, options: PairwiseOptions): void {
  const [bytes, found] = sizeOf(shape, options);
  // Older versions of Node 20 do not tell what a container leaves.
  const free = process.availableMemory?.() ?? freemem();
  const most = Math.min(free, constants.MAX_LENGTH);
  if (bytes <= most) return;
  throw new HackfaceError('EMEMORY', 'io', {
    found,
    expected: `at most ${most} bytes, which ${most === free ? 'are free' : 'an array holds'}`,
    hint: 'Write them to a file instead: writePairwise streams them',
  });
}

/** Refuses more distances than the disk of `output` has room for. */
function requireDisk(shape: Shape, options: PairwiseOptions, output: string): void {
  const [bytes, found] = sizeOf(shape, options);
  const free = freeBytes(dirname(targetOf(output)));
  if (free === undefined || bytes <= free) return;
  throw new HackfaceError('EIO', 'io', {
    file: output,
    found,
    expected: `at most ${free} bytes, which are free there`,
    hint: 'Free some space or choose another disk',
  });
}

/** Bytes that a folder has room for; undefined where that is not told. */
function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    // A folder that is not there is refused where the file is made.
    return undefined;
  }
}
