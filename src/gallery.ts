import {
  bytes,
  describeValue,
  flag,
  isArrayOf,
  optional,
  readOptions,
  type Rules,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import type { NativeGallery, NativeSearchOptions } from './binding.js';
import {
  borrowEmbeddings,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { Model, requireModel } from './model.js';
import { callNative } from './native.js';
import {
  METRIC_RULES,
  type MetricOptions,
  metricMeasure,
  openAll,
  requireOneMeasure,
  useVector,
} from './score-pairs.js';

/** What a gallery is measured by, and how much of it is held ready. */
export interface GalleryOptions extends Omit<MetricOptions, 'onUndefined'>, JobOptions {
  /** A model to measure by instead of a metric: loaded, or its file. */
  model?: Model | string | undefined;
  /**
   * Bytes that rows held ready may take; beyond, they are made ready for each search. Default: as
   * many as it takes, a byte for each number and under a model 9 for each mapped one.
   */
  memory?: number | undefined;
}

const { onUndefined: _, ...MEASURE_RULES } = METRIC_RULES;

/** How a gallery is opened, as it may be said. */
export const GALLERY_RULES: Rules<GalleryOptions> = {
  ...MEASURE_RULES,
  ...JOB_RULES,
  model: optional(requireModel),
  memory: optional(bytes),
};

/** What to look for. */
export interface GallerySearchOptions extends OpenOptions, JobOptions {
  /** Whether the probes are the rows that the gallery was opened with, none a hit for itself. */
  excludeSelf?: boolean | undefined;
}

const ADD_RULES: Rules<OpenOptions & JobOptions> = { ...OPEN_RULES, ...JOB_RULES };
const SEARCH_RULES: Rules<GallerySearchOptions> = { ...ADD_RULES, excludeSelf: optional(flag) };
const requireHits = wholeNumber(1, 2 ** 32 - 1, wrongArgument);

/** The nearest rows of each probe. */
export interface Hits {
  /** Hits for each probe: as many as asked for, or as the gallery has rows. */
  k: number;
  /** Number of probes. */
  probes: number;
  /** Gallery rows, nearest first, k for each probe; 2³² − 1 where there are fewer. */
  rows: Uint32Array;
  /** Their distances, smaller is more alike; NaN where there are fewer. */
  distances: Float64Array;
}

const CONSTRUCT = Symbol('made by Gallery.open');

/**
 * Rows to be searched many times: what takes long is done once, at {@link Gallery.open}.
 *
 * Searches are exact: hits and distances are those of measuring every pair with
 * {@link scorePairs} and sorting, ties by row number, to the last bit. Where the metric is a
 * function of an inner product (cosine, angular, correlation, dot, the Euclidean ones, models but
 * `htplda`), rows are compared as bytes first, with a bound that never rules out a hit; elsewhere
 * every pair is measured.
 */
export class Gallery {
  #native: NativeGallery;
  readonly #embeddings: Embeddings;
  readonly #owned: (() => void)[];
  readonly #memory: number | undefined;
  #removed = new Set<number>();
  #closed = false;

  /** @internal */
  constructor(
    token: symbol,
    native: NativeGallery,
    embeddings: Embeddings,
    owned: () => void,
    memory: number | undefined,
  ) {
    if (token !== CONSTRUCT) throw new TypeError('Use Gallery.open() to make a Gallery');
    this.#native = native;
    this.#embeddings = embeddings;
    this.#owned = [owned];
    this.#memory = memory;
  }

  /**
   * Opens a gallery. Embeddings that are open already stay so; closed before the gallery, they are
   * freed with it.
   *
   * Errors: those of {@link scorePairs} and {@link Model.load}, but for pairs; `EOPTION` for a model
   * beside a metric. Cost: two passes over the rows.
   */
  static async open(source: EmbeddingsSource, options: GalleryOptions = {}): Promise<Gallery> {
    const settled = readOptions(options, GALLERY_RULES);
    requireOneMeasure(settled);
    const { memory, threads } = settled;
    const held = borrowEmbeddings(source, settled);
    let opened: ReturnType<typeof openAll> | undefined;
    try {
      opened = openAll(held.embeddings, settled);
      const { embeddings } = opened;
      const model =
        typeof settled.model === 'string' ? await Model.load(settled.model) : settled.model;
      const measure = model ? Model.measure(model) : await metricMeasure(settled, opened);
      if (measure.center === 'mean') {
        // One center for all rows that are ever compared.
        const center = await runJob({ signal: settled.signal }, (native, job) =>
          native.centerOf(embeddings, threads, job),
        );
        useVector(measure, center);
      }
      const native = await runJob(settled, (native, job) =>
        native.openGallery(embeddings, measure, memory, threads, job),
      );
      return new Gallery(CONSTRUCT, native, held.embeddings, held.release, memory);
    } catch (error) {
      held.release();
      throw error;
    } finally {
      opened?.release();
    }
  }

  /** Rows that can be found. */
  get size(): number {
    return this.rows - this.#removed.size;
  }

  /** Rows ever added: their numbers are below it. */
  get rows(): number {
    return callNative(() => this.#native.rows);
  }

  /**
   * The `k` nearest rows of each probe, nearest first. Rows added or removed meanwhile do not
   * change a search that has begun.
   *
   * Errors: `EARGUMENT` for k = 0; `EOPTION` for a gallery that was closed; `EDIMENSION` for
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
    const { embeddings, release } = borrowEmbeddings(probes, settled);
    const releases = [release];
    try {
      const now = callNative(() => this.#native.snapshot());
      releases.push(() => now.close());
      let asked = embeddings;
      if (settled.excludeSelf) {
        this.#requireSame(embeddings);
        const own = borrowEmbeddings(this.#embeddings, settled);
        releases.push(own.release);
        asked = own.embeddings;
      }
      const handle = Embeddings.native(asked);
      const request = searchRequest(k, embeddings.rows, settled);
      const { rows, distances, ...hits } = await runJob(settled, (_, job) =>
        now.search(handle, new Uint32Array(0), request, job),
      );
      return { k: hits.k, probes: embeddings.rows, rows, distances };
    } finally {
      for (const free of releases) free();
    }
  }

  /**
   * Adds rows behind those that are there, and returns the number of the first. `seuclidean` and
   * `mahalanobis` keep the variances, and `center: 'mean'` the mean, that the gallery was opened
   * with.
   *
   * Errors: those of {@link Gallery.open}; `EDIMENSION` for rows of another width; `EOPTION` for an
   * addition while another is under way, and for a gallery that was closed. Cost: two passes over
   * the rows that are added, and one over the first ones for a measure that learns from them.
   */
  async add(source: EmbeddingsSource, options: OpenOptions & JobOptions = {}): Promise<number> {
    const settled = readOptions(options, ADD_RULES);
    const { embeddings, release } = borrowEmbeddings(source, settled);
    const before = this.#native;
    let now: NativeGallery | undefined;
    let kept = false;
    try {
      // As with a search: a gallery that is closed meanwhile stays open to it.
      const present = callNative(() => before.snapshot());
      now = present;
      const first = callNative(() => present.rows);
      const rows = Embeddings.native(embeddings);
      const larger = await runJob(settled, (_, job) =>
        present.withRows(rows, this.#memory, settled.threads, job),
      );
      if (this.#closed) {
        callNative(() => larger.close());
        return first;
      }
      if (this.#native !== before) {
        throw new HackfaceError('EOPTION', 'usage', {
          found: 'rows added while others were being added',
          expected: 'one addition at a time',
          hint: 'Await each add() before the next',
        });
      }
      callNative(() => larger.remove(Uint32Array.from(this.#removed)));
      this.#native = larger;
      callNative(() => before.close());
      this.#owned.push(release);
      kept = true;
      return first;
    } finally {
      callNative(() => now?.close());
      if (!kept) release();
    }
  }

  /**
   * Leaves rows out of every search that begins from now on; numbers stay as they are.
   *
   * Errors: `EARGUMENT`; `EINDEX` for a row that the gallery never had; `EOPTION` for a gallery that
   * was closed. Cost: one byte for each row of the gallery, copied.
   */
  remove(rows: readonly number[] | Uint32Array): void {
    if (!Array.isArray(rows) && !isArrayOf(Uint32Array, rows)) {
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
    for (const row of numbers) this.#removed.add(row);
  }

  /** Frees it once the searches that use it have ended. Using it afterwards is refused. */
  close(): void {
    this.#closed = true;
    callNative(() => this.#native.close());
    for (const free of this.#owned.splice(0)) free();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
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

/** What the addon is asked for: all probes unless told otherwise. */
export function searchRequest(
  k: number,
  probes: number,
  options: GallerySearchOptions,
): NativeSearchOptions {
  const request: NativeSearchOptions = {
    k,
    from: 0,
    to: probes,
    same: options.excludeSelf === true,
  };
  const { threads } = options;
  if (threads !== undefined) request.threads = threads;
  return request;
}
