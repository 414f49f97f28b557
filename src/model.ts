import {
  isArrayOf,
  list,
  optional,
  filePath,
  readOptions,
  requireBytes,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import type { NativeMeasure, NativeModel } from './binding.js';
import {
  borrowEmbeddings,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
} from './embeddings.js';
import { Enrolment } from './enrolment.js';
import { HackfaceError } from './errors.js';
import {
  type TemporaryFile,
  temporaryBeside,
  WRITE_RULES,
  type WriteOptions,
  writeFileAtomic,
} from './files/atomic.js';
import { readModelBytes } from './files/model.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { callNative } from './native.js';
import { BORROWED_PAIR_RULES, PAIR_RULES, type PairIndices } from './score-pairs.js';

/** How to map rows for other software. */
export interface TransformOptions extends JobOptions, OpenOptions {
  /** `stored` (default) for rows that are searched, `query` for rows that are searched with. */
  side?: 'stored' | 'query' | undefined;
  /** Element type of the file; default `float32`. */
  dtype?: 'float32' | 'float64' | undefined;
  /** Whether to replace a file that is there; default false. */
  force?: boolean | undefined;
}

const APPLY_RULES: Rules<OpenOptions & JobOptions> = { ...OPEN_RULES, ...JOB_RULES };

const TRANSFORM_RULES: Rules<TransformOptions> = {
  ...APPLY_RULES,
  ...WRITE_RULES,
  side: optional(text),
  dtype: optional(text),
};

/** Rows that were mapped. */
export interface Transformed {
  /** Rows of the file. */
  rows: number;
  /** Columns of the file. */
  dim: number;
  /**
   * The plain measure that, on these rows, orders pairs as the model does: larger is more alike for
   * `inner-product`, smaller for all others.
   */
  metric: 'cosine' | 'sqeuclidean' | 'euclidean' | 'inner-product';
}

const CONSTRUCT = Symbol('made by Model.load or fit');

/**
 * A learned metric: maps of rows and a form over pairs of mapped rows. Distances are smaller for
 * more alike rows; a log-likelihood ratio appears with its sign turned.
 */
export class Model {
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
  readonly #native: NativeModel;

  /** @internal */
  constructor(token: symbol, native: NativeModel) {
    if (token !== CONSTRUCT) throw new TypeError('Use fit() or Model.load() to make a Model');
    this.#native = native;
    this.inputDim = native.inputDim;
    this.mappedDim = native.mappedDim;
    this.scorer = native.scorer;
    const card = Object.entries(native.card());
    this.card = Object.fromEntries(card.sort(([a], [b]) => (a < b ? -1 : 1)));
    this.warnings = native.warnings();
  }

  /** @internal */
  static measure(model: Model): NativeMeasure {
    return { model: model.#native };
  }

  /**
   * Reads a model file: safetensors with a card. Nothing in it is executed; a file that is cut,
   * changed or of a newer major format is refused. Errors: `EMODEL`, `EMODELVERSION`, `EINPUT`,
   * `EINPUTCHANGED`, `EIO`, `EARGUMENT`. Cost: reading the file once, at most 2 GiB, and as much
   * memory twice.
   */
  static async load(path: string): Promise<Model> {
    filePath(path, 'path');
    try {
      return Model.fromBytes(await readModelBytes(path));
    } catch (error) {
      throw error instanceof HackfaceError ? error.withFile(path) : error;
    }
  }

  /** {@link load} from memory. */
  static fromBytes(bytes: Uint8Array): Model {
    requireBytes(bytes, 'bytes');
    return callNative(({ NativeModel }) => new Model(CONSTRUCT, NativeModel.fromBytes(bytes)));
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
   * Distances of pairs of rows, in the order of the pairs; smaller is more alike. The same bits
   * for any number of threads and either `io`. Errors: those of {@link scorePairs}.
   */
  async scorePairs(
    source: EmbeddingsSource,
    pairs: PairIndices,
    options: OpenOptions & JobOptions = {},
  ): Promise<Float64Array> {
    const settled = readOptions(options, APPLY_RULES);
    const { index1, index2 } = readOptions(pairs, PAIR_RULES, 'pairs');
    const { threads } = settled;
    const { embeddings, release } = borrowEmbeddings(source, settled);
    try {
      const rows = Embeddings.native(embeddings);
      return await runJob(settled, (native, job) =>
        native.scorePairs(rows, index1, index2, { model: this.#native }, threads, job),
      );
    } finally {
      release();
    }
  }

  /** {@link scorePairs}, blocking. */
  scorePairsSync(
    source: EmbeddingsSource,
    pairs: PairIndices,
    options: OpenOptions & { threads?: number | undefined } = {},
  ): Float64Array {
    const settled: OpenOptions & JobOptions = readOptions(options, APPLY_RULES);
    const { index1, index2 } = readOptions(pairs, BORROWED_PAIR_RULES, 'pairs');
    const { embeddings, release } = borrowEmbeddings(source, settled);
    try {
      const rows = Embeddings.native(embeddings);
      return callNative((native) =>
        native.scorePairsSync(rows, index1, index2, { model: this.#native }, settled.threads),
      );
    } finally {
      release();
    }
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
    templates: readonly (readonly number[] | Uint32Array)[],
    options: OpenOptions & JobOptions = {},
  ): Promise<Enrolment> {
    const settled = readOptions(options, APPLY_RULES);
    const { sizes, members } = flatten(readTemplates(templates, 'templates'));
    const { threads } = settled;
    const { embeddings, release } = borrowEmbeddings(source, settled);
    try {
      const rows = Embeddings.native(embeddings);
      const enrolled = await runJob(settled, (native, job) =>
        native.enrol(rows, this.#native, members, sizes, threads, job),
      );
      return Enrolment.of(enrolled, sizes);
    } finally {
      release();
    }
  }

  /**
   * Writes rows mapped so that a plain measure on them orders pairs as the model does, for software
   * that knows only plain measures. Which measure is in the result. For PLDA it is the inner product
   * of a `query` row and a `stored` row, one column more: its values are not the model's distances,
   * only the order for each query is the same.
   *
   * Streams; the file is whole or not there. Errors: `EOPTION` for heavy-tailed PLDA; those of
   * {@link openEmbeddings} and of writing a file, `EDIMENSION`, `ENOTFINITE`. Cost: a product of each
   * row with a matrix, O(n·d·mapped columns), and the writing.
   */
  async transform(
    source: EmbeddingsSource,
    output: string,
    options: TransformOptions = {},
  ): Promise<Transformed> {
    const settled = readOptions(options, TRANSFORM_RULES);
    const { side = 'stored', dtype = 'float32', force, threads } = settled;
    filePath(output, 'output');
    const { embeddings, release } = borrowEmbeddings(source, settled);
    let temporary: TemporaryFile | undefined;
    try {
      temporary = temporaryBeside(output, { force });
      const { path: made } = temporary;
      const rows = Embeddings.native(embeddings);
      const { dim, metric } = await runJob(
        settled,
        (native, job) => native.transform(rows, this.#native, made, side, dtype, threads, job),
        { writes: true },
      );
      await temporary.place();
      return { rows: embeddings.rows, dim, metric: metric as Transformed['metric'] };
    } catch (error) {
      throw temporary?.blame(error) ?? error;
    } finally {
      temporary?.discard();
      release();
    }
  }
}

/** Row numbers of each template. */
const readTemplates = list((template, name) => {
  if (isArrayOf(Uint32Array, template)) return template;
  return list(wholeNumber(0, 2 ** 32 - 1, wrongArgument))(template, name);
}) as (templates: unknown, name: string) => readonly (readonly number[] | Uint32Array)[];

/** All rows of the templates, one behind the other, copied, and how many each has. */
function flatten(templates: readonly (readonly number[] | Uint32Array)[]): {
  members: Uint32Array;
  sizes: Uint32Array;
} {
  const sizes = Uint32Array.from(templates, ({ length }) => length);
  const members = new Uint32Array(sizes.reduce((rows, size) => rows + size, 0));
  let first = 0;
  for (const template of templates) {
    members.set(template, first);
    first += template.length;
  }
  return { members, sizes };
}

/** A model as an argument: one that was loaded, or its file. */
export function requireModel(model: unknown, name: string): unknown {
  if (typeof model === 'string' || model instanceof Model) return model;
  throw wrongArgument(name, model, 'a model, or the path of its file');
}
