/** Galleries: rows that are searched many times. */
import {
  isArray,
  bytes,
  type Checked,
  describeValue,
  flag,
  isArrayOf,
  optional,
  readOptions,
  type Rules,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import type { NativeGallery, NativeSearch } from './binding.js';
import {
  borrowing,
  Borrowed,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { JOB_RULES, type JobOptions, runJob, untilAborted } from './job.js';
import { openMeasure, requireOneMeasure } from './measure.js';
import { centeredOn, meanOf, METRIC_RULES, type MetricOptions } from './metric-options.js';
import { type Model, requireModel } from './model.js';
import { callNative, defined } from './native.js';
import { NORM_RULES, normalizedBy, type NormOptions } from './score-norm.js';

/** The measure of a gallery, and how much of it is kept prepared. */
export interface GalleryOptions
  extends Omit<MetricOptions, 'onUndefined'>,
    NormOptions,
    JobOptions {
  /** A model to measure by instead of a metric: loaded, or its file. */
  model?: Model | string | undefined;
  /**
   * Bytes that prepared rows may take. Each search prepares the others again. Default: no limit; rows
   * take a byte for each number, with a model 9 for each mapped number.
   */
  memory?: number | undefined;
}

const { onUndefined: _, ...MEASURE_RULES } = METRIC_RULES;

/** Validation rules for {@link GalleryOptions}. */
export const GALLERY_RULES: Rules<GalleryOptions> = {
  ...MEASURE_RULES,
  ...NORM_RULES,
  ...JOB_RULES,
  model: optional(requireModel),
  memory: optional(bytes),
};

/** How to search a gallery. */
export interface GallerySearchOptions extends OpenOptions, JobOptions {
  /** True if the probes are the rows that the gallery was opened with, and no row finds itself. */
  excludeSelf?: boolean | undefined;
}

const ADD_RULES: Rules<OpenOptions & JobOptions> = { ...OPEN_RULES, ...JOB_RULES };
const SEARCH_RULES: Rules<GallerySearchOptions> = { ...ADD_RULES, excludeSelf: optional(flag) };
const requireHits = wholeNumber(1, 2 ** 32 - 1, wrongArgument);

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
}

const CONSTRUCT = Symbol('made by Gallery.open');

/**
 * Rows to search many times. {@link Gallery.open} prepares them once.
 *
 * Searches are exact: hits and distances are bit-identical to measuring every pair with
 * {@link scorePairs} and sorting, ties by row number. If the metric is a function of an inner product
 * (cosine, angular, correlation, dot, the Euclidean ones, models but `htplda`), rows are compared as
 * bytes first, with a bound that rules out no hit. For other metrics every pair is measured.
 */
export class Gallery {
  readonly #native: NativeGallery;
  readonly #embeddings: Embeddings;
  readonly #held: Borrowed;
  readonly #memory: number | undefined;
  /** Settles when no addition runs or waits. */
  #additions: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @internal */
  constructor(
    token: symbol,
    native: NativeGallery,
    embeddings: Embeddings,
    held: Borrowed,
    memory: number | undefined,
  ) {
    if (token !== CONSTRUCT) throw new TypeError('Use Gallery.open() to make a Gallery');
    this.#native = native;
    this.#embeddings = embeddings;
    this.#held = held;
    this.#memory = memory;
  }

  /**
   * Opens a gallery. Embeddings that are open already stay open; if they are closed first, they are
   * freed with the gallery.
   *
   * A gallery may open without rows, for {@link add} to fill: `{ data: new Float32Array(0), rows: 0, dim }`.
   *
   * Errors: those of {@link scorePairs} and {@link Model.load} except those of pairs; `EOPTION` for a
   * model beside a metric; `EEMPTY` without rows for what learns from them: `seuclidean`, `mahalanobis`,
   * and `center: 'mean'`. Cost: two passes over the rows.
   */
  static async open(source: EmbeddingsSource, options: GalleryOptions = {}): Promise<Gallery> {
    const settled = readOptions(options, GALLERY_RULES);
    const rows = requireSource(source, 'source');
    requireOneMeasure(settled);
    return Gallery.openChecked(rows, settled);
  }

  /** @internal {@link open} for arguments that were validated before. */
  static async openChecked(
    source: EmbeddingsSource,
    options: Checked<GalleryOptions>,
  ): Promise<Gallery> {
    const { memory, threads } = options;
    const held = new Borrowed(options);
    try {
      const embeddings = held.open(source);
      const rows = Embeddings.native(embeddings);
      const measure = await borrowing(options, async (borrowed) => {
        const measure = await openMeasure(options, borrowed)();
        // One center for all rows that are ever compared.
        const centered =
          measure.center === 'mean'
            ? centeredOn(await meanOf(embeddings, options), measure)
            : measure;
        return normalizedBy(options, centered, embeddings, held);
      });
      const native = await runJob(options, (native, job) =>
        native.openGallery(rows, measure, memory, threads, job),
      );
      return new Gallery(CONSTRUCT, native, embeddings, held, memory);
    } catch (error) {
      held.close();
      throw error;
    }
  }

  /** Rows that can be found. */
  get size(): number {
    return callNative(() => this.#native.size);
  }

  /** Rows ever added; row numbers are below it. */
  get rows(): number {
    return callNative(() => this.#native.rows);
  }

  /**
   * The `k` nearest rows of each probe, nearest first. Rows added or removed meanwhile do not
   * change a running search.
   *
   * Errors: `EARGUMENT` for k = 0, `EOPTION` for 2³² hits or more; `EOPTION` for a closed gallery; `EDIMENSION` for
   * probes of another width; `ENOTFINITE`, `EUNDEFINED`, `EDOMAIN`, `EINPUTCHANGED`; those of
   * {@link openEmbeddings}. Memory: 12 bytes for each hit and up to 60 MB.
   */
  async search(
    probes: EmbeddingsSource,
    k: number,
    options: GallerySearchOptions = {},
  ): Promise<Hits> {
    requireHits(k, 'k');
    const settled = readOptions(options, SEARCH_RULES);
    const rows = requireSource(probes, 'probes');
    return borrowing(settled, async (borrowed) => {
      const embeddings = borrowed.open(rows);
      const now = callNative(() => this.#native.snapshot());
      try {
        let asked = embeddings;
        if (settled.excludeSelf) {
          this.#requireSame(embeddings);
          asked = borrowed.open(this.#embeddings);
        }
        const handle = Embeddings.native(asked);
        const request = searchRequest(k, embeddings.rows, settled);
        const hits = await runJob(settled, (_, job) => now.search(handle, request, job));
        return {
          k: Math.min(
            k,
            callNative(() => now.rows),
          ),
          probes: embeddings.rows,
          ...hits,
        };
      } finally {
        now.close();
      }
    });
  }

  /**
   * Adds rows and returns the number of the first. `seuclidean` and `mahalanobis` keep the variances,
   * and `center: 'mean'` keeps the mean, of the rows that the gallery was opened with.
   *
   * Additions run one after the other, in the order of the calls; one that fails adds nothing.
   *
   * Errors: those of {@link Gallery.open}; `EDIMENSION` for rows of another width; `EOPTION` for a
   * closed gallery. Cost: two passes over the new rows.
   */
  async add(source: EmbeddingsSource, options: OpenOptions & JobOptions = {}): Promise<number> {
    const settled = readOptions(options, ADD_RULES);
    const added = new Borrowed(settled);
    let present: NativeGallery | undefined;
    try {
      const rows = Embeddings.native(added.open(requireSource(source, 'source')));
      // A gallery that is closed meanwhile stays open to this call.
      const now = callNative(() => this.#native.snapshot());
      present = now;
      const first = await this.#inTurn(settled, () =>
        runJob(settled, (_, job) =>
          (this.#closed ? now : this.#native).add(rows, this.#memory, settled.threads, job),
        ),
      );
      if (!this.#closed) added.moveTo(this.#held);
      return first;
    } finally {
      callNative(() => present?.close());
      added.close();
    }
  }

  /**
   * Removes rows from every later search; row numbers do not change.
   *
   * Errors: `EARGUMENT`; `EINDEX` for a row that the gallery never had; `EOPTION` for a closed
   * gallery. Cost: one byte for each row of the gallery, copied.
   */
  remove(rows: readonly number[] | Uint32Array): void {
    if (!isArray(rows) && !isArrayOf(Uint32Array, rows)) {
      throw wrongArgument('rows', rows, 'an array of row numbers or a Uint32Array');
    }
    const numbers = Array.from<number>(rows);
    for (const row of numbers) {
      if (!Number.isInteger(row) || row < 0 || row >= this.rows) {
        throw new HackfaceError('EINDEX', 'data', {
          found: `row ${describeValue(row)}`,
          expected: `a row of the gallery, below ${this.rows}`,
        });
      }
    }
    callNative(() => this.#native.remove(Uint32Array.from(numbers)));
  }

  /** Frees the gallery once the searches that use it have ended. Later uses are rejected. */
  close(): void {
    this.#closed = true;
    callNative(() => this.#native.close());
    this.#held.close();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Runs an addition once all earlier ones have ended, or rejects when it is aborted. */
  async #inTurn<T>({ signal }: JobOptions, add: () => Promise<T>): Promise<T> {
    const earlier = this.#additions;
    const turn = signal && !signal.aborted ? untilAborted(earlier, signal) : earlier;
    const adding = turn.then(add);
    this.#additions = Promise.allSettled([earlier, adding]);
    return adding;
  }

  #requireSame(probes: Embeddings): void {
    const first = this.#embeddings;
    const same =
      Embeddings.native(probes) === Embeddings.native(first) ||
      (probes.file !== undefined && probes.file === first.file);
    if (same && probes.rows === first.rows) return;
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'excludeSelf with probes that are not the rows of the gallery',
      expected: 'the embeddings, or the file, that it was opened with',
    });
  }

  /** @internal */
  static native(gallery: Gallery): NativeGallery {
    return gallery.#native;
  }
}

/** The request for a search of all probes. */
export function searchRequest(
  k: number,
  probes: number,
  options: GallerySearchOptions,
): NativeSearch {
  const { threads, excludeSelf = false } = options;
  return defined({ k, from: 0, to: probes, same: excludeSelf, threads });
}
