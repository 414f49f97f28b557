/** Learned metrics: loading, saving, scoring, enrolling and mapping rows. */
import {
  asChecked,
  type Checked,
  filePath,
  flag,
  oneOf,
  optional,
  readOptions,
  requireBytes,
  type Rules,
  text,
  wrongArgument,
  readParts,
} from './arguments.js';
import type {
  NativeEmbeddings,
  NativeEnrolment,
  NativeMap,
  NativeMeasure,
  NativeModel,
  NativeTransformed,
} from './binding.js';
import {
  Borrowed,
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import {
  ENGINES,
  type Engine,
  type EngineRecipe,
  type PlainMeasure,
  recipeFor,
} from './engines.js';
import { Enrolment } from './enrolment.js';
import { HackfaceError } from './errors.js';
import { WRITE_RULES, writeBeside, type WriteOptions, writeFileAtomic } from './files/atomic.js';
import { readModelBytes } from './files/model.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import {
  type DistanceType,
  isVector,
  type Matrix,
  type NumberArray,
  requireVector,
  type Vector,
} from './matrix-data.js';
import { isVectorText, type MappedRows, writeMappedRows } from './mapped-rows.js';
import { callNative } from './native.js';
import { NORM_RULES, normalizedBy, type NormOptions } from './score-norm.js';
import {
  BORROWED_PAIR_RULES,
  distanceOf,
  distances,
  distancesSync,
  PAIR_RULES,
} from './score-pairs.js';
import {
  flatten,
  openSides,
  type PairIndices,
  readTemplates,
  requireTemplates,
  SIDES_RULES,
  type SidesOptions,
  type TemplateRows,
} from './sides.js';

/** How to map rows for other software. */
export interface TransformOptions extends JobOptions, OpenOptions {
  /** `stored` (default) for the rows of a gallery, `query` for the rows of probes. */
  side?: 'stored' | 'query' | undefined;
  /** Element type of the file; default `float32`. */
  dtype?: 'float32' | 'float64' | undefined;
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

const APPLY_RULES: Rules<OpenOptions & JobOptions> = { ...OPEN_RULES, ...JOB_RULES };
const SYNC_RULES: Rules<OpenOptions & NormOptions & Pick<SidesOptions, 'against'> & JobOptions> = {
  ...APPLY_RULES,
  ...NORM_RULES,
  against: SIDES_RULES.against,
};
const SCORE_RULES: Rules<OpenOptions & NormOptions & SidesOptions & JobOptions> = {
  ...APPLY_RULES,
  ...NORM_RULES,
  ...SIDES_RULES,
};

/** How to map rows in memory. */
export type MapOptions<Type extends DistanceType = DistanceType> = Omit<
  TransformOptions,
  'force' | 'dtype' | 'for' | 'augment'
> & {
  /** Element type of the result; default `float32`. */
  dtype?: Type | undefined;
};

const MAP_RULES: Rules<MapOptions> = {
  ...APPLY_RULES,
  side: optional(text),
  dtype: optional(text),
};

const TRANSFORM_RULES: Rules<TransformOptions> = {
  ...APPLY_RULES,
  ...WRITE_RULES,
  side: optional(text),
  dtype: optional(text),
  for: optional(oneOf(...ENGINES)),
  augment: optional(flag),
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
export interface Mapped<Type extends DistanceType = DistanceType>
  extends Omit<Transformed, 'recipe'> {
  /** `rows × dim`, row after row. */
  data: NumberArray<Type>;
}

const CONSTRUCT = Symbol('made by Model.load or fit');

/**
 * A learned metric: maps of rows and a form over pairs of mapped rows. Distances are smaller for
 * more alike rows; log-likelihood ratios are negated.
 */
export class Model {
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
  readonly #native: NativeModel;
  readonly #transformed: NativeTransformed | undefined;

  /** @internal */
  constructor(token: symbol, native: NativeModel) {
    if (token !== CONSTRUCT) throw new TypeError('Use fit() or Model.load() to make a Model');
    this.#native = native;
    const { inputDim, mappedDim, scorer, card, warnings, transformed } = native.about();
    this.#transformed = transformed;
    this.inputDim = inputDim;
    this.mappedDim = mappedDim;
    this.scorer = scorer;
    this.card = card;
    this.warnings = warnings;
  }

  /** @internal True for what this module made, and not for what only has its prototype. */
  static is(value: unknown): value is Model {
    return typeof value === 'object' && value !== null && #native in value;
  }

  /** @internal */
  static measure(model: Model): NativeMeasure {
    return { model: model.#native };
  }

  /**
   * Reads a model file: safetensors with a card. Nothing in it is executed. A file that is cut,
   * changed or of a newer major format is rejected. Errors: `EMODEL`, `EMODELVERSION`, `EINPUT`,
   * `EINPUTCHANGED`, `EIO`, `EARGUMENT`. Cost: one pass over the file, at most 2 GiB, and twice as
   * much memory.
   */
  static async load(path: string): Promise<Model> {
    filePath(path, 'path');
    return readModel(path);
  }

  /** {@link load} from memory. */
  static fromBytes(bytes: Uint8Array): Model {
    return decodeModel(requireBytes(bytes, 'bytes'));
  }

  /** The file of this model. Equal models have equal bytes. */
  toBytes(): Uint8Array {
    return callNative(() => this.#native.toBytes());
  }

  /** Writes the model file, whole or not at all. Errors: `EEXISTS`, `ECREATE`, `EIO`. */
  async save(path: string, options: WriteOptions = {}): Promise<void> {
    filePath(path, 'path');
    await writeFileAtomic(path, [this.toBytes()], readOptions(options, WRITE_RULES));
  }

  /**
   * Distances of pairs of rows, in the order of the pairs; smaller is more alike. Bit-identical for
   * any number of threads and `io`. Errors: those of {@link scorePairs}.
   */
  async scorePairs(
    source: EmbeddingsSource,
    pairs: PairIndices,
    options: OpenOptions & NormOptions & SidesOptions & JobOptions = {},
  ): Promise<Float64Array> {
    const settled = readOptions(options, SCORE_RULES);
    const indices = readParts(pairs, PAIR_RULES, 'pairs');
    return modelDistances(this, requireSource(source, 'source'), indices, settled);
  }

  /** {@link scorePairs}, blocking. Labels are in memory. */
  scorePairsSync(
    source: EmbeddingsSource,
    pairs: PairIndices,
    options: OpenOptions &
      NormOptions &
      Pick<SidesOptions, 'against'> & { threads?: number | undefined } = {},
  ): Float64Array {
    const settled: Checked<OpenOptions & NormOptions & Pick<SidesOptions, 'against'> & JobOptions> =
      readOptions(options, SYNC_RULES);
    const indices = readParts(pairs, BORROWED_PAIR_RULES, 'pairs');
    const rows = requireSource(source, 'source');
    return distancesSync(rows, indices, settled, () => Model.measure(this));
  }

  /**
   * Enrols people from several rows each; `templates[t]` are the row numbers of person t, at least
   * one, in any order and number. For models that end in PLDA (`plda`, `joint-bayesian`, `path`).
   *
   * Errors: `EOPTION` for another model, `EEMPTY` for no template or one without rows, `EINDEX`,
   * `EDIMENSION`, `ENOTFINITE`, those of {@link openEmbeddings}. Memory: three times the mapped
   * columns for each template.
   */
  async enrol(
    source: EmbeddingsSource,
    templates: readonly TemplateRows[],
    options: OpenOptions & JobOptions = {},
  ): Promise<Enrolment> {
    const settled = readOptions(options, APPLY_RULES);
    const flat = flatten(readTemplates(templates, 'templates'));
    const rows = requireSource(source, 'source');
    const enrolled = await borrowing(settled, (borrowed) =>
      Model.enrolled(this, borrowed.open(rows), flat, settled),
    );
    return Enrolment.of(enrolled, flat.sizes);
  }

  /** @internal Templates of rows that are open. */
  static enrolled(
    model: Model,
    rows: Embeddings,
    templates: ReturnType<typeof flatten>,
    options: Checked<JobOptions>,
  ): Promise<NativeEnrolment> {
    return runJob(options, (native, job) =>
      native.enrol(Embeddings.native(rows), model.#native, templates, job),
    );
  }

  /**
   * Maps vectors in memory as {@link transform} does, to the same bits. A vector by itself is one row.
   *
   * Errors: those of {@link transform} but for its file. Cost: a product of each row with a matrix.
   */
  async map<Type extends DistanceType = 'float32'>(
    vectors: EmbeddingsSource | Vector,
    options: MapOptions<Type> = {},
  ): Promise<Mapped<Type>> {
    const settled = readOptions(options, MAP_RULES as Rules<MapOptions<Type>>);
    const source = requireVectors(vectors, 'vectors');
    return borrowing(settled, async (borrowed) => {
      const rows = borrowed.open(source);
      const mapped = await runJob(settled, (native, job) =>
        native.mapRows(Embeddings.native(rows), this.#native, mapRequest(settled), job),
      );
      return { ...mapped, rows: rows.rows } as Mapped<Type>;
    });
  }

  /** {@link map}, blocking. */
  mapSync<Type extends DistanceType = 'float32'>(
    vectors: EmbeddingsSource | Vector,
    options: OpenOptions & Pick<MapOptions<Type>, 'side' | 'dtype' | 'threads'> = {},
  ): Mapped<Type> {
    const settled: Checked<MapOptions> = readOptions(options as MapOptions, MAP_RULES);
    const source = requireVectors(vectors, 'vectors');
    const singles = singlesOf(source);
    if (singles !== undefined) return this.#mapped(singles, 1, settled);
    const borrowed = new Borrowed(settled);
    try {
      const rows = borrowed.open(source);
      return this.#mapped(Embeddings.native(rows), rows.rows, settled);
    } finally {
      borrowed.close();
    }
  }

  #mapped<Type extends DistanceType>(
    of: NativeEmbeddings | Float32Array,
    rows: number,
    { side = 'stored', dtype = 'float32', threads }: Checked<MapOptions>,
  ): Mapped<Type> {
    const data = callNative((native) =>
      native.mapRowsSync(of, this.#native, side, dtype, threads),
    ) as NumberArray<Type>;
    // The addon has refused a model without.
    const { dim, metric } = this.#transformed as Transformed;
    return { data, rows, dim, metric };
  }

  /** The distance of two vectors, blocking: the bits that {@link scorePairs} gives two such rows. */
  distance(a: Vector, b: Vector): number {
    return distanceOf(a, b, asChecked({}), () => Model.measure(this));
  }

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
  async transform(
    source: EmbeddingsSource,
    output: string,
    options: TransformOptions = {},
  ): Promise<Transformed> {
    const settled = readOptions(options, TRANSFORM_RULES);
    const { side = 'stored', dtype = 'float32', force } = settled;
    filePath(output, 'output');
    const rows = requireSource(source, 'source');
    const further = this.#furtherColumn(settled);
    return borrowing(settled, async (borrowed) => {
      const embeddings = borrowed.open(rows);
      if (further !== undefined || isVectorText(output)) {
        return this.#written(embeddings, output, settled, further);
      }
      const { dim, metric } = await writeBeside(output, { force }, ({ path }) =>
        runJob(
          settled,
          (native, job) => {
            const asked = { path, side, dtype };
            return native.transform(Embeddings.native(embeddings), this.#native, asked, job);
          },
          { writes: true },
        ),
      );
      return {
        rows: embeddings.rows,
        dim,
        metric: metric as PlainMeasure,
        ...this.#recipe(settled),
      };
    });
  }

  /** How a further column fills up rows. Errors: `EOPTION` where none can. */
  #furtherColumn({ augment, side, for: engine }: TransformOptions): MappedRows['further'] {
    if (!augment) return undefined;
    const { metric } = this.#mappedAs();
    if (metric === 'inner-product' && engine !== undefined) {
      return side === 'query' ? 'zero' : 'longest';
    }
    const product = metric === 'inner-product';
    throw new HackfaceError('EOPTION', 'usage', {
      found: product
        ? 'a further column for no engine'
        : `a further column where ${metric} is the measure`,
      expected: 'an inner product, and the engine that it is for',
      advice: product
        ? { text: 'name the engine', option: 'for' }
        : { text: 'leave out', option: 'augment' },
    });
  }

  /** The plain measure of mapped rows. Errors: `EOPTION` for a model without. */
  #mappedAs(): Omit<Transformed, 'recipe' | 'rows'> {
    if (this.#transformed !== undefined) return this.#transformed as Transformed;
    throw new HackfaceError('EOPTION', 'usage', {
      found: `a model with the scorer ${this.scorer}`,
      expected: 'a model whose distance is a plain measure of mapped rows',
      hint: 'Score pairs with the model itself',
    });
  }

  #recipe(
    { for: engine }: TransformOptions,
    radius?: number | 'unknown',
  ): { recipe?: EngineRecipe } {
    if (engine === undefined) return {};
    const { metric } = this.#mappedAs();
    const sided = metric === 'inner-product' && this.scorer !== 'dot';
    return { recipe: recipeFor(engine, { metric, sided, radius }) };
  }

  async #written(
    embeddings: Embeddings,
    output: string,
    options: Checked<TransformOptions>,
    further: MappedRows['further'],
  ): Promise<Transformed> {
    const { side, dtype = 'float32', force, threads, signal, onProgress } = options;
    const { metric, dim } = this.#mappedAs();
    const asked = mapRequest(asChecked({ side, dtype }));
    const map: MappedRows['map'] = (block) =>
      borrowing(options, (borrowed) => {
        const rows = Embeddings.native(borrowed.open(block));
        return runJob({ signal, threads }, (native, job) =>
          native.mapRows(rows, this.#native, asked, job),
        );
      });
    const done = await writeMappedRows(
      output,
      { embeddings, map, dim, dtype, further, onProgress },
      { force },
    );
    const radius = further === 'zero' ? 'unknown' : done.radius;
    const recipe = this.#recipe(options, radius);
    return {
      rows: embeddings.rows,
      dim: done.dim,
      metric: further === undefined ? metric : 'euclidean',
      ...recipe,
    };
  }
}

/** One row of singles in memory, which the addon takes as it is: to open a matrix takes as long as to map a row. */
function singlesOf(source: EmbeddingsSource): Float32Array | undefined {
  if (typeof source === 'string' || Embeddings.is(source)) return undefined;
  const { data, rows, descr } = source as Matrix;
  return rows === 1 && descr === '<f4' ? (data as Float32Array) : undefined;
}

/** Rule for a source of rows, or one vector. */
function requireVectors(vectors: unknown, name: string): EmbeddingsSource {
  return isVector(vectors) ? requireVector(vectors, name) : requireSource(vectors, name);
}

function mapRequest({ side = 'stored', dtype = 'float32' }: Checked<MapOptions>): NativeMap {
  return { side, dtype };
}

/** Reads a model file. */
export async function readModel(path: string): Promise<Model> {
  try {
    return decodeModel(await readModelBytes(path, modelFileBytes));
  } catch (error) {
    throw error instanceof HackfaceError ? error.withFile(path) : error;
  }
}

/** The length of a model file by its header; it must be `length` if that is given. */
export function modelFileBytes(head: Uint8Array, length: number | undefined): number {
  return callNative(({ NativeModel }) => NativeModel.fileBytes(head, length));
}

/** The model of a file's bytes. */
export function decodeModel(bytes: Uint8Array): Model {
  return callNative(({ NativeModel }) => new Model(CONSTRUCT, NativeModel.fromBytes(bytes)));
}

/** {@link Model.scorePairs} for arguments that were validated before. */
export async function modelDistances(
  model: Model,
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: Checked<OpenOptions & NormOptions & SidesOptions & JobOptions>,
): Promise<Float64Array> {
  const { templates, norm, rerank } = options;
  const plain = norm === undefined && rerank === undefined;
  const fuse = options.fuse ?? (model.scorer === 'plda' ? 'plda' : 'template');
  requireTemplates(options);
  return borrowing(options, async (borrowed) => {
    if (templates !== undefined && fuse === 'plda') {
      if (!plain) throw normalizedTemplates();
      const rows = borrowed.open(source);
      const enrolment = await Model.enrolled(model, rows, flatten(templates), options);
      const others = options.against === undefined ? rows : borrowed.open(options.against);
      return distances(others, pairs, { enrolment }, options);
    }
    const sides = await openSides(
      source,
      pairs,
      asChecked({ ...options, ...(templates && { fuse }) }),
      borrowed,
    );
    const measure = await normalizedBy(options, Model.measure(model), sides.rows, borrowed);
    return sides.settle(await distances(sides.rows, sides.pairs, measure, options));
  });
}

function normalizedTemplates(): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', {
    found: 'templates by PLDA under a normalisation or a re-ranking',
    expected: 'option fuse with template, mean or min beside it',
  });
}

/** Rule for a model: one that was loaded, or its file. */
export function requireModel(model: unknown, name: string): unknown {
  if (typeof model === 'string' || Model.is(model)) return model;
  throw wrongArgument(name, model, 'a model, or the path of its file');
}
