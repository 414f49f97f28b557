import type { NativeGallery, NativeSearchOptions } from './binding.js';
import {
  borrowEmbeddings,
  describeValue,
  Embeddings,
  type EmbeddingsSource,
  type OpenOptions,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { type JobOptions, runJob, threadCount } from './job.js';
import { Model } from './model.js';
import { callNative } from './native.js';
import { type MetricOptions, metricRequest, openAll, resolveCenter } from './score-pairs.js';

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

/** What to look for. */
export interface GallerySearchOptions extends OpenOptions, JobOptions {
  /** Whether the probes are the rows that the gallery was opened with, none a hit for itself. */
  excludeSelf?: boolean | undefined;
}

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
   * Opens a gallery. Embeddings that are open already stay so, and must until the gallery is closed.
   *
   * Errors: those of {@link scorePairs} and {@link Model.load}, but for pairs. Cost: two passes over
   * the rows.
   */
  static async open(source: EmbeddingsSource, options: GalleryOptions = {}): Promise<Gallery> {
    const { memory } = options;
    const model =
      typeof options.model === 'string' ? await Model.load(options.model) : options.model;
    const held = borrowEmbeddings(source, options);
    let opened: ReturnType<typeof openAll> | undefined;
    try {
      opened = openAll(held.embeddings, options);
      const { embeddings, reference } = opened;
      const measure = model ? undefined : metricRequest(options);
      if (measure) await resolveCenter(measure, opened, options);
      if (measure?.center === 'mean') {
        // One centre for all rows that are ever compared.
        const center = await runJob({ signal: options.signal }, (native, job) =>
          native.centerOf(embeddings, measure.threads, job),
        );
        measure.center = 'given';
        measure.centerVector = Array.from(center);
      }
      const native = await runJob(options, (native, job) =>
        native.openGallery(
          embeddings,
          measure,
          reference,
          model && Model.native(model),
          memory,
          threadCount(options),
          job,
        ),
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
   * Errors: `EOPTION` for k = 0 and for a gallery that was closed; `EARGUMENT`; `EDIMENSION` for
   * probes of another width; `ENOTFINITE`, `EUNDEFINED`, `EDOMAIN`, `EINPUTCHANGED`; those of
   * {@link openEmbeddings}. Memory: 12 bytes for each hit and up to 60 MB.
   */
  async search(
    probes: EmbeddingsSource,
    k: number,
    options: GallerySearchOptions = {},
  ): Promise<Hits> {
    requireCount(k, 'k');
    const { embeddings, release } = borrowEmbeddings(probes, options);
    const releases = [release];
    try {
      const now = callNative(() => this.#native.snapshot());
      releases.push(() => now.close());
      if (options.excludeSelf) this.#requireSame(embeddings);
      const asked = Embeddings.native(options.excludeSelf ? Gallery.embeddings(this) : embeddings);
      const request = searchRequest(k, embeddings.rows, options);
      const { rows, distances, ...hits } = await runJob(options, (_, job) =>
        now.search(asked, new Uint32Array(0), request, job),
      );
      return { k: hits.k, probes: embeddings.rows, rows, distances };
    } finally {
      for (const free of releases) free();
    }
  }

  /**
   * Adds rows behind those that are there, and returns the number of the first. `seuclidean` and
   * `mahalanobis` keep the variances, and `center: 'mean'` the mean, that the gallery was opened
   * with. One addition at a time.
   */
  async add(source: EmbeddingsSource, options: OpenOptions & JobOptions = {}): Promise<number> {
    const { embeddings, release } = borrowEmbeddings(source, options);
    const first = this.rows;
    try {
      const rows = Embeddings.native(embeddings);
      const before = this.#native;
      const larger = await runJob(options, (_, job) =>
        before.withRows(rows, this.#memory, threadCount(options), job),
      );
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
      return first;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Leaves rows out of every search that begins from now on; numbers stay as they are. */
  remove(rows: readonly number[] | Uint32Array): void {
    const numbers = Array.from(rows);
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
    callNative(() => this.#native.close());
    for (const free of this.#owned.splice(0)) free();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #requireSame(probes: Embeddings): void {
    const first = this.#embeddings;
    const same = probes === first || (probes.file !== undefined && probes.file === first.file);
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

  /** @internal The embeddings that it was opened with. */
  static embeddings(gallery: Gallery): Embeddings {
    return gallery.#embeddings;
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
  const threads = threadCount(options);
  if (threads !== undefined) request.threads = threads;
  return request;
}

/** Refuses what is not a number of things. */
export function requireCount(value: number, name: string): void {
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 32) return;
  throw new HackfaceError('EARGUMENT', 'usage', {
    found: `${name}: ${describeValue(value)}`,
    expected: 'a whole number from 1',
  });
}
