/** Galleries: rows that are searched many times. */
import {
  asChecked,
  isArray,
  bytes,
  type Checked,
  describeValue,
  flag,
  number,
  text,
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
  type EmbeddingsStream,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { NAME_RULES, Names, requireWhere, type RowNames, type Where } from './gallery-names.js';
import { JOB_RULES, type JobOptions, runJob, untilAborted } from './job.js';
import { collect, isBatches } from './matrix-data.js';
import { openMeasure, requireOneMeasure } from './measure.js';
import {
  centeredOn,
  isCenteredOnMean,
  meanOf,
  METRIC_RULES,
  type MetricOptions,
} from './metric-options.js';
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

const OPENING_RULES: Rules<GalleryOptions & RowNames> = { ...GALLERY_RULES, ...NAME_RULES };

/** How to search a gallery. */
export interface GallerySearchOptions extends OpenOptions, JobOptions {
  /** True if the probes are the rows that the gallery was opened with, and no row finds itself. */
  excludeSelf?: boolean | undefined;
  /** Leaves out hits that are farther than this. */
  maxDistance?: number | undefined;
  /** Rows that can be found, by key and label; default all. */
  where?: Where | undefined;
}

/** Rows to add to a gallery, and how. */
export interface GalleryAddOptions extends RowNames, OpenOptions, JobOptions {}

const ADD_RULES: Rules<GalleryAddOptions> = { ...OPEN_RULES, ...JOB_RULES, ...NAME_RULES };
const SEARCH_RULES: Rules<GallerySearchOptions> = {
  ...OPEN_RULES,
  ...JOB_RULES,
  excludeSelf: optional(flag),
  maxDistance: optional(number),
  where: optional(requireWhere),
};
const NEAREST_RULES: Rules<GalleryOptions & GallerySearchOptions> = {
  ...GALLERY_RULES,
  ...SEARCH_RULES,
};
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
  /** Keys of the rows, where they have keys. */
  keys?: string[];
  /** Labels of the rows, where they have labels. */
  labels?: string[];
}

/** A row of a gallery. */
export interface GalleryRow {
  row: number;
  key: string;
  /** The person in it; `undefined` in a gallery without labels. */
  label: string | undefined;
  /** A copy of the row as it was added. */
  vector: Float32Array | Float64Array;
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
  readonly #names = new Names();
  /** Rows by the number of the first, in order. */
  readonly #parts: { first: number; rows: Embeddings }[] = [];
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
   * A gallery may open without rows, for {@link add} to fill: `{ data: [], dim }`. Rows may have keys, by
   * which they are found again and removed, and labels; either all rows of a gallery have them or none.
   *
   * Errors: those of {@link scorePairs} and {@link Model.load} except those of pairs; `EOPTION` for a
   * model beside a metric; `EDUPLICATE` for a key of two rows; `EDIMENSION` for another number of names than
   * rows; `EEMPTY` without rows for what learns from them: `seuclidean`, `mahalanobis`,
   * and `center: 'mean'`. Cost: two passes over the rows.
   */
  static async open(
    source: EmbeddingsSource,
    options: GalleryOptions & RowNames = {},
  ): Promise<Gallery> {
    const settled = readOptions(options, OPENING_RULES);
    const rows = requireSource(source, 'source');
    requireOneMeasure(settled);
    return Gallery.openChecked(rows, settled);
  }

  /** @internal {@link open} for arguments that were validated before. */
  static async openChecked(
    source: EmbeddingsSource,
    options: Checked<GalleryOptions & RowNames>,
  ): Promise<Gallery> {
    const { memory, threads } = options;
    const held = new Borrowed(options);
    try {
      const embeddings = held.open(source);
      const rows = Embeddings.native(embeddings);
      const measure = await borrowing(options, async (borrowed) => {
        const measure = await openMeasure(options, borrowed)();
        // One center for all rows that are ever compared.
        const centered = isCenteredOnMean(measure)
          ? centeredOn(await meanOf(embeddings, options), measure)
          : measure;
        return normalizedBy(options, centered, embeddings, held);
      });
      const native = await runJob(options, (native, job) =>
        native.openGallery(rows, measure, memory, threads, job),
      );
      const gallery = new Gallery(CONSTRUCT, native, embeddings, held, memory);
      gallery.#names.announce(asChecked(options), embeddings.rows)(0);
      gallery.#parts.push({ first: 0, rows: embeddings });
      return gallery;
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

  /** True if a row that can be found has this key. */
  has(key: string): boolean {
    return this.#names.rowOf(requireKey(key, 'key')) !== undefined;
  }

  /** The row with this key; `undefined` if there is none. Errors: `EOPTION` for a closed gallery. */
  get(key: string): GalleryRow | undefined {
    const row = this.#names.rowOf(requireKey(key, 'key'));
    if (row === undefined) return undefined;
    const part = this.#parts.findLast(({ first }) => first <= row);
    if (part === undefined) return undefined;
    return { row, key, label: this.#names.labelOf(row), vector: part.rows.row(row - part.first) };
  }

  /** Labels of the rows that can be found, each once. */
  labels(): string[] {
    return this.#names.labels();
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
    return this.searchChecked(requireSource(probes, 'probes'), k, settled);
  }

  /** @internal {@link search} for arguments that were validated before. */
  async searchChecked(
    probes: EmbeddingsSource,
    k: number,
    settled: Checked<GallerySearchOptions>,
  ): Promise<Hits> {
    return borrowing(settled, async (borrowed) => {
      const embeddings = borrowed.open(probes);
      const now = this.#visible(settled.where);
      try {
        let asked = embeddings;
        if (settled.excludeSelf) {
          this.#requireSame(embeddings);
          asked = borrowed.open(this.#embeddings);
        }
        const handle = Embeddings.native(asked);
        const request = searchRequest(k, embeddings.rows, settled);
        const hits = await runJob(settled, (_, job) => now.search(handle, request, job));
        const most = Math.min(
          k,
          callNative(() => now.rows),
        );
        const found = { k: most, probes: embeddings.rows, ...hits };
        return this.#named(within(found, settled.maxDistance));
      } finally {
        now.close();
      }
    });
  }

  /**
   * The `k` nearest people of each probe, each by the nearest of their rows: hits as those of {@link search},
   * one for each label.
   *
   * Errors: `EOPTION` for a gallery without labels; those of {@link search}. Cost: a search, and where few people
   * have many rows of a neighbourhood, another of twice as many rows.
   */
  async identify(
    probes: EmbeddingsSource,
    k: number,
    options: GallerySearchOptions = {},
  ): Promise<Hits> {
    requireHits(k, 'k');
    const settled = readOptions(options, SEARCH_RULES);
    const source = requireSource(probes, 'probes');
    if (!this.#names.has('labels')) {
      throw new HackfaceError('EOPTION', 'usage', {
        found: 'a gallery without labels',
        expected: 'rows that were added with labels',
      });
    }
    return borrowing(settled, async (borrowed) => {
      const rows = borrowed.open(source);
      const people = Math.min(k, this.labels().length);
      for (let most = 2 * k; ; most *= 2) {
        const found = await this.searchChecked(rows, most, settled);
        const nearest = firstOfEach(found, k);
        if (isSettled(nearest, found, people, most)) return nearest;
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
   * closed gallery, and for rows without the names that the others have. Cost: two passes over the new rows.
   */
  async add(source: EmbeddingsStream, options: GalleryAddOptions = {}): Promise<number> {
    const settled = readOptions(options, ADD_RULES);
    const added = new Borrowed(settled);
    let present: NativeGallery | undefined;
    let announced: ((first?: number) => void) | undefined;
    try {
      const plain = isBatches(source)
        ? await collect(source, 'source')
        : requireSource(source, 'source');
      const opened = added.open(plain);
      const rows = Embeddings.native(opened);
      const settle = this.#names.announce(asChecked(settled), opened.rows);
      announced = settle;
      // A gallery that is closed meanwhile stays open to this call.
      const now = callNative(() => this.#native.snapshot());
      present = now;
      const first = await this.#inTurn(settled, () =>
        runJob(settled, (_, job) =>
          (this.#closed ? now : this.#native).add(rows, this.#memory, settled.threads, job),
        ),
      );
      settle(first);
      announced = undefined;
      if (this.#closed) return first;
      added.moveTo(this.#held);
      this.#parts.push({ first, rows: opened });
      this.#parts.sort((a, b) => a.first - b.first);
      return first;
    } finally {
      announced?.();
      callNative(() => present?.close());
      added.close();
    }
  }

  /**
   * Removes rows from every later search, by their numbers or by the key of one; row numbers do not change.
   *
   * Errors: `EARGUMENT`; `EINDEX` for a row that the gallery never had, and for a key that no row has;
   * `EOPTION` for a closed gallery. Cost: one byte for each row of the gallery, copied.
   */
  remove(rows: readonly number[] | Uint32Array | string): void {
    if (typeof rows === 'string') {
      const row = this.#names.rowOf(rows);
      if (row !== undefined) {
        this.remove([row]);
        return;
      }
      const found = `the key ${rows}`;
      throw new HackfaceError('EINDEX', 'data', { found, expected: 'the key of a row' });
    }
    if (!isArray(rows) && !isArrayOf(Uint32Array, rows)) {
      throw wrongArgument('rows', rows, 'an array of row numbers, a Uint32Array or a key');
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
    this.#names.remove(numbers);
  }

  /** The gallery as it is now, without rows that have no names yet or that `where` leaves out. */
  #visible(where: Where | undefined): NativeGallery {
    const now = callNative(() => this.#native.snapshot());
    try {
      const rows = callNative(() => now.rows);
      const isAll = where === undefined && this.#names.areOf(rows);
      if (!isAll) callNative(() => now.remove(this.#names.hidden(rows, where)));
      return now;
    } catch (error) {
      now.close();
      throw error;
    }
  }

  /** Hits with the keys and labels of their rows. */
  #named(hits: Hits): Hits {
    const named = { ...hits };
    const of = (name: (row: number) => string | undefined) =>
      Array.from(hits.rows, (row) => name(row) ?? '');
    if (this.#names.has('keys')) named.keys = of((row) => this.#names.keyOf(row));
    if (this.#names.has('labels')) named.labels = of((row) => this.#names.labelOf(row));
    return named;
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

const requireKey = text;

/** The hits that are wanted, probe by probe, at most `k` of each. */
function chosen(hits: Hits, k: number, isWanted: (hit: number, probe: number) => boolean): Hits {
  const starts = new Uint32Array(hits.probes + 1);
  const places: number[] = [];
  for (let probe = 0; probe < hits.probes; probe += 1) {
    for (let hit = hits.starts[probe] ?? 0; hit < (hits.starts[probe + 1] ?? 0); hit += 1) {
      const isFull = places.length - (starts[probe] ?? 0) >= k;
      if (!isFull && isWanted(hit, probe)) places.push(hit);
    }
    starts[probe + 1] = places.length;
  }
  const { keys, labels } = hits;
  return {
    k: Math.min(k, hits.k),
    probes: hits.probes,
    starts,
    rows: Uint32Array.from(places, (place) => hits.rows[place] ?? 0),
    distances: Float64Array.from(places, (place) => hits.distances[place] ?? Number.NaN),
    ...(keys && { keys: places.map((place) => keys[place] ?? '') }),
    ...(labels && { labels: places.map((place) => labels[place] ?? '') }),
  };
}

/** The hits that are no farther than `most`. */
function within(hits: Hits, most: number | undefined): Hits {
  if (most === undefined) return hits;
  return chosen(hits, hits.k, (hit) => (hits.distances[hit] ?? Number.NaN) <= most);
}

/** The first hit of each label, at most `k` for each probe. */
function firstOfEach(hits: Hits, k: number): Hits {
  let [of, met] = [-1, new Set<string | undefined>()];
  return chosen(hits, k, (hit, probe) => {
    if (probe !== of) [of, met] = [probe, new Set()];
    const label = hits.labels?.[hit];
    const isNew = !met.has(label);
    met.add(label);
    return isNew;
  });
}

/** True if every probe has all people that are wanted, or met every row that it could. */
function isSettled(nearest: Hits, found: Hits, people: number, most: number): boolean {
  const count = ({ starts }: Hits, probe: number) =>
    (starts[probe + 1] ?? 0) - (starts[probe] ?? 0);
  for (let probe = 0; probe < nearest.probes; probe += 1) {
    if (count(nearest, probe) < people && count(found, probe) === most) return false;
  }
  return true;
}

/**
 * The `k` nearest rows of `stored` for each row of `probes`: a {@link Gallery}, opened, searched once and
 * closed. Errors and cost: those of both.
 */
export async function nearest(
  probes: EmbeddingsSource,
  stored: EmbeddingsSource,
  k: number,
  options: GalleryOptions & GallerySearchOptions = {},
): Promise<Hits> {
  const settled = readOptions(options, NEAREST_RULES);
  const [asked, rows] = [requireSource(probes, 'probes'), requireSource(stored, 'stored')];
  requireHits(k, 'k');
  requireOneMeasure(settled);
  const gallery = await Gallery.openChecked(rows, settled);
  try {
    return await gallery.searchChecked(asked, k, settled);
  } finally {
    gallery.close();
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
