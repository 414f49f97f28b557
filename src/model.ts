import type { NativeModel } from './binding.js';
import {
  borrowEmbeddings,
  describeValue,
  Embeddings,
  type EmbeddingsSource,
  type OpenOptions,
} from './embeddings.js';
import { Enrolment } from './enrolment.js';
import { HackfaceError } from './errors.js';
import { temporaryBeside, writeFileAtomic } from './files/atomic.js';
import { readModelBytes } from './files/model.js';
import { type JobOptions, runJob, threadCount } from './job.js';
import { callNative } from './native.js';
import { ownIndices, type PairIndices } from './score-pairs.js';

/** How to map rows for other software. */
export interface TransformOptions extends JobOptions, OpenOptions {
  /** `stored` (default) for rows that are searched, `query` for rows that are searched with. */
  side?: 'stored' | 'query' | undefined;
  /** Element type of the file; default `float32`. */
  dtype?: 'float32' | 'float64' | undefined;
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
  static native(model: Model): NativeModel {
    return model.#native;
  }

  /**
   * Reads a model file: safetensors with a card. Nothing in it is executed; a file that is cut,
   * changed or of a newer major format is refused. Errors: `EMODEL`, `EMODELVERSION`, `EINPUT`,
   * `EINPUTCHANGED`, `EIO`.
   */
  static async load(path: string): Promise<Model> {
    try {
      return Model.fromBytes(await readModelBytes(path));
    } catch (error) {
      throw error instanceof HackfaceError ? error.withFile(path) : error;
    }
  }

  /** {@link load} from memory. */
  static fromBytes(bytes: Uint8Array): Model {
    return callNative(({ NativeModel }) => new Model(CONSTRUCT, NativeModel.fromBytes(bytes)));
  }

  /** The file of this model. Equal models have equal bytes. */
  toBytes(): Uint8Array {
    return callNative(() => this.#native.toBytes());
  }

  /** Writes the model file, whole or not at all. Errors: `EEXISTS`, `ECREATE`, `EIO`. */
  async save(path: string, options: { force?: boolean | undefined } = {}): Promise<void> {
    await writeFileAtomic(path, [this.toBytes()], { force: options.force });
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
    const index1 = ownIndices(pairs.index1, 'index1').slice();
    const index2 = ownIndices(pairs.index2, 'index2').slice();
    const threads = threadCount(options);
    const { embeddings, release } = borrowEmbeddings(source, options);
    try {
      const rows = Embeddings.native(embeddings);
      return await runJob(options, (native, job) =>
        native.scorePairsByModel(rows, index1, index2, this.#native, threads, job),
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
    const index1 = ownIndices(pairs.index1, 'index1');
    const index2 = ownIndices(pairs.index2, 'index2');
    const { embeddings, release } = borrowEmbeddings(source, options);
    try {
      const rows = Embeddings.native(embeddings);
      return callNative((native) =>
        native.scorePairsByModelSync(rows, index1, index2, this.#native, threadCount(options)),
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
    const sizes = Uint32Array.from(templates, ({ length }) => length);
    const members = rowNumbers(templates);
    const threads = threadCount(options);
    const { embeddings, release } = borrowEmbeddings(source, options);
    try {
      const rows = Embeddings.native(embeddings);
      const enrolled = await runJob(options, (native, job) =>
        native.enrol(rows, this.#native, members, sizes, threads, job),
      );
      return Enrolment.of(enrolled, sizes);
    } finally {
      release();
    }
  }

  /**
   * Writes rows mapped so that a plain measure on them is the model's distance, for software that
   * knows only plain measures. Which measure is in the result; for PLDA it is the inner product of
   * a `query` row and a `stored` row, one column more, in the same order as the model for each
   * query. Streams; the file is whole or not there. Errors: `EOPTION` for heavy-tailed PLDA.
   */
  async transform(
    source: EmbeddingsSource,
    output: string,
    options: TransformOptions = {},
  ): Promise<Transformed> {
    const { side = 'stored', dtype = 'float32', force } = options;
    const { embeddings, release } = borrowEmbeddings(source, options);
    const temporary = temporaryBeside(output, { force });
    try {
      const rows = Embeddings.native(embeddings);
      const { dim, metric } = await runJob(
        options,
        (native, job) =>
          native.transform(
            rows,
            this.#native,
            temporary.path,
            side,
            dtype,
            threadCount(options),
            job,
          ),
        { writes: true },
      );
      await temporary.place();
      return { rows: embeddings.rows, dim, metric: metric as Transformed['metric'] };
    } finally {
      temporary.discard();
      release();
    }
  }
}

/** All rows of the templates, one behind the other. */
function rowNumbers(templates: readonly (readonly number[] | Uint32Array)[]): Uint32Array {
  const rows = templates.flatMap((template) => Array.from(template));
  for (const row of rows) {
    if (Number.isInteger(row) && row >= 0 && row < 2 ** 32) continue;
    throw new HackfaceError('EARGUMENT', 'usage', {
      found: `a row number ${describeValue(row)}`,
      expected: 'a whole number from 0',
    });
  }
  return Uint32Array.from(rows);
}
