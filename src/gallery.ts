/** Galleries: rows that are searched many times. */
import { existsSync } from 'node:fs';
import {
  isArray,
  bytes,
  type Checked,
  describeValue,
  flag,
  number,
  text,
  isArrayOf,
  oneOf,
  optional,
  readOptions,
  type Rules,
  filePath,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import type { NativeGallery, NativeHits, NativeRowNames, NativeSearch } from './binding.js';
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
import { GalleryChanges } from './gallery-changes.js';
import { WRITE_RULES, writeBeside, type WriteOptions } from './files/atomic.js';
import { NAME_RULES, requireWhere, type RowNames, type Where } from './gallery-names.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
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
import { type Probes, SearchBatches } from './search-batches.js';

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

/** How to open a gallery. */
export interface GalleryOpenOptions extends GalleryOptions, RowNames {
  /**
   * True to write additions and removals to a journal beside the gallery file that is opened, each before its
   * promise resolves; default false, which keeps them in memory.
   */
  journal?: boolean | undefined;
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

const OPENING_RULES: Rules<GalleryOpenOptions> = {
  ...GALLERY_RULES,
  ...NAME_RULES,
  journal: optional(flag),
};

/** How to search a gallery. */
export interface GallerySearchOptions extends OpenOptions, JobOptions {
  /** True if the probes are the rows that the gallery was opened with, and no row finds itself. */
  excludeSelf?: boolean | undefined;
  /** Leaves out hits that are farther than this. */
  maxDistance?: number | undefined;
  /** Rows that can be found, by number, key and label; default all. */
  where?: Where | undefined;
}

/** How to identify by people. */
export interface GalleryIdentifyOptions extends GallerySearchOptions {
  /**
   * How the rows of a person become one candidate: `min` (default), by the nearest row; `mean`, by the mean of
   * their distances; `template`, by the distance of the mean of the rows.
   */
  fuse?: 'min' | 'mean' | 'template' | undefined;
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
const IDENTIFY_RULES: Rules<GalleryIdentifyOptions> = {
  ...SEARCH_RULES,
  fuse: optional(oneOf('min', 'mean', 'template')),
};
const SAVE_RULES: Rules<WriteOptions & JobOptions> = { ...WRITE_RULES, ...JOB_RULES };
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

/** Facts about a gallery. */
export interface GalleryInfo {
  /** Rows that can be found. */
  size: number;
  /** Rows ever added. */
  rows: number;
  /** Columns. */
  dim: number;
  /** Names that rows have. */
  keys: boolean;
  labels: boolean;
  /** The metric and how rows are prepared for it; `null` under a model and under a normalisation. */
  metric: string | null;
  normalize: 'none' | 'l2' | null;
  centered: boolean;
  /** Additions and removals since the file was written, and their bytes; `null` without a journal. */
  journal: { records: number; bytes: number } | null;
  /** Remarks of the opening. */
  warnings: string[];
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
  #native: NativeGallery;
  /** The rows that it was opened with; none for those of a gallery file. */
  readonly #embeddings: Embeddings | undefined;
  readonly #held: Borrowed;
  readonly #memory: number | undefined;
  /** None where the distances of a probe depend on those beside it. */
  readonly #batches: SearchBatches | undefined;
  readonly #changes: GalleryChanges;
  #closed = false;

  /** @internal */
  constructor(
    token: symbol,
    native: NativeGallery,
    embeddings: Embeddings | undefined,
    held: Borrowed,
    { memory, rerank, expand }: GalleryOptions,
  ) {
    if (token !== CONSTRUCT) throw new TypeError('Use Gallery.open() to make a Gallery');
    this.#native = native;
    this.#embeddings = embeddings;
    this.#held = held;
    this.#memory = memory;
    this.#changes = new GalleryChanges(native, memory);
    if ((rerank ?? expand) === undefined) this.#batches = new SearchBatches();
  }

  /**
   * Opens a gallery. Embeddings that are open already stay open; if they are closed first, they are
   * freed with the gallery.
   *
   * A gallery may open without rows, for {@link add} to fill: `{ data: [], dim }`. Rows may have keys, by
   * which they are found again and removed, and labels; either all rows of a gallery have them or none.
   *
   * The path of a file that {@link save} wrote opens that gallery, with its measure, names and row numbers and
   * what its journal holds: the file is mapped, and its rows are checked when they are first searched, or by
   * {@link verify}. A metric or model in the options must then be that of the file.
   *
   * Errors: those of {@link scorePairs} and {@link Model.load} except those of pairs; `EOPTION` for a
   * model beside a metric; `EDUPLICATE` for a key of two rows; `EDIMENSION` for another number of names than
   * rows; `EEMPTY` without rows for what learns from them: `seuclidean`, `mahalanobis`,
   * and `center: 'mean'`. Of a gallery file: `EGALLERY` if it or its journal is cut or changed,
   * `EMODELVERSION` for a newer format, `EGALLERYBUSY` if another has it open with a journal, `EOPTION` for
   * another measure than its own. Cost: two passes over the rows; none over those of a gallery file.
   */
  static async open(source: EmbeddingsSource, options: GalleryOpenOptions = {}): Promise<Gallery> {
    const settled = readOptions(options, OPENING_RULES);
    const rows = requireSource(source, 'source');
    requireOneMeasure(settled);
    if (typeof rows === 'string' && isGalleryFile(rows)) return Gallery.#fromFile(rows, settled);
    if (settled.journal) {
      throw refuse('a journal of rows that are no gallery file', 'the path of a saved gallery');
    }
    return Gallery.openChecked(rows, settled);
  }

  /** @internal {@link open} for a path that must be a gallery file. */
  static async openFile(path: string, options: GalleryOpenOptions): Promise<Gallery> {
    return Gallery.#fromFile(path, readOptions(options, OPENING_RULES));
  }

  static async #fromFile(path: string, options: Checked<GalleryOpenOptions>): Promise<Gallery> {
    const { io = 'mmap', journal = false } = options;
    for (const name of NOT_OF_FILES) {
      if (options[name] !== undefined) {
        throw refuse(`option ${name} for a gallery file`, 'the names and the measure of the file');
      }
    }
    const native = await runJob(options, (native, job) =>
      native.openGalleryFile(path, io, journal, job),
    );
    const gallery = new Gallery(CONSTRUCT, native, undefined, new Borrowed(options), options);
    try {
      const { metric, normalize } = gallery.info();
      requireMeasure('metric', options.metric, metric, path);
      requireMeasure('normalize', options.normalize, normalize, path);
      return gallery;
    } catch (error) {
      gallery.close();
      throw error;
    }
  }

  /** @internal {@link open} for arguments that were validated before. */
  static async openChecked(
    source: EmbeddingsSource,
    options: Checked<GalleryOptions & RowNames>,
  ): Promise<Gallery> {
    const { memory } = options;
    const names = namesOf(options);
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
        native.openGallery(rows, measure, names, memory, job),
      );
      return new Gallery(CONSTRUCT, native, embeddings, held, options);
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

  /** Facts about the gallery. Errors: `EOPTION` for a closed gallery, as of all that follows. */
  info(): GalleryInfo {
    const { hasKeys, hasLabels, metric, normalize, journal, ...about } = callNative(() =>
      this.#native.about(),
    );
    return {
      ...about,
      keys: hasKeys,
      labels: hasLabels,
      metric: metric ?? null,
      normalize: (normalize as 'none' | 'l2' | undefined) ?? null,
      journal: journal ? { records: journal[0] ?? 0, bytes: journal[1] ?? 0 } : null,
    };
  }

  /** True if a row that can be found has this key. */
  has(key: string): boolean {
    requireKey(key, 'key');
    return typeof callNative(() => this.#native.rowOf(key)) === 'number';
  }

  /** The row with this key; `undefined` if there is none. */
  get(key: string): GalleryRow | undefined {
    requireKey(key, 'key');
    return callNative(() => {
      const row = this.#native.rowOf(key);
      if (typeof row !== 'number') return undefined;
      const label = this.#native.labelOf(row) ?? undefined;
      return { row, key, label, vector: this.#native.copyRow(row) };
    });
  }

  /** Keys of the rows that can be found, in the order of the rows. Cost: a text for each. */
  keys(): string[] {
    return callNative(() => this.#native.keys());
  }

  /** Labels of the rows that can be found, each once. Cost: a look at each row. */
  labels(): string[] {
    return callNative(() => this.#native.labels());
  }

  /**
   * The `k` nearest rows of each probe, nearest first. Rows added or removed meanwhile do not
   * change a running search.
   *
   * Errors: `EARGUMENT` for k = 0, `EOPTION` for 2³² hits or more; `EOPTION` for a closed gallery; `EDIMENSION` for
   * probes of another width; `ENOTFINITE`, `EUNDEFINED`, `EDOMAIN`, `EINPUTCHANGED`; those of
   * {@link openEmbeddings}. Memory: 12 bytes for each hit and up to 60 MB. Cost: a pass over the rows. One pass
   * answers all searches of up to 16 probes that wait and ask for the same, by `k`, `where` and `threads`; but for
   * those with `onProgress`, which is that of one search, those with `excludeSelf`, whose probes are all rows, and
   * those of a gallery with `rerank` or `expand`, whose distances depend on the probes beside them.
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
  searchChecked(
    probes: EmbeddingsSource,
    k: number,
    settled: Checked<GallerySearchOptions>,
  ): Promise<Hits> {
    return this.#find(probes, k, settled, {});
  }

  async #find(
    probes: EmbeddingsSource,
    k: number,
    settled: Checked<GallerySearchOptions>,
    by: Pick<NativeSearch, 'fuse' | 'templates'>,
  ): Promise<Hits> {
    const most = Math.min(k, this.rows);
    const { onProgress, excludeSelf, maxDistance } = settled;
    const batches = onProgress || excludeSelf ? undefined : this.#batches;
    const singles = batches && SearchBatches.singles(probes);
    const others = { ...by, memory: this.#memory };
    const complete = ({ rows }: Probes, hits: NativeHits) =>
      within({ k: most, probes: rows, ...hits }, maxDistance);
    if (singles) {
      const request = searchRequest(k, singles.rows, settled, others);
      return complete(singles, await batches.search(this.#native, singles, request, settled));
    }
    return borrowing(settled, async (borrowed) => {
      const asked = borrowed.open(probes);
      const request = searchRequest(k, asked.rows, settled, others);
      return complete(
        asked,
        batches && SearchBatches.takes(asked)
          ? await batches.search(this.#native, asked, request, settled)
          : await this.#searchAlone(asked, request, settled),
      );
    });
  }

  /** A search of its own. */
  async #searchAlone(
    probes: Embeddings,
    request: NativeSearch,
    settled: Checked<GallerySearchOptions>,
  ): Promise<NativeHits> {
    return this.#asItIs((now) =>
      borrowing(settled, async (borrowed) => {
        const asked = settled.excludeSelf ? borrowed.open(this.#requireSame(probes)) : probes;
        const handle = Embeddings.native(asked);
        return runJob(settled, (_, job) => now.search(handle, request, job));
      }),
    );
  }

  /** Runs a call on the gallery as it is now, however long the call waits for its turn. */
  async #asItIs<T>(call: (now: NativeGallery) => Promise<T>): Promise<T> {
    const now = callNative(() => this.#native.snapshot());
    try {
      return await call(now);
    } finally {
      now.close();
    }
  }

  /**
   * The `k` nearest people of each probe: hits as those of {@link search}, one for each label. With `fuse` `min`
   * they are the nearest row of each person; with `mean` and `template` the first, at the distance of all.
   *
   * Errors: `EOPTION` for a gallery without labels; those of {@link search}. Cost: a search; with `mean` a
   * distance for each pair, with `template` the means of all rows first.
   */
  async identify(
    probes: EmbeddingsSource,
    k: number,
    options: GalleryIdentifyOptions = {},
  ): Promise<Hits> {
    requireHits(k, 'k');
    const { fuse = 'min', ...settled } = readOptions(options, IDENTIFY_RULES);
    const source = requireSource(probes, 'probes');
    if (!callNative(() => this.#native.about()).hasLabels) {
      throw refuse('a gallery without labels', 'rows that were added with labels');
    }
    if (fuse === 'template' && settled.excludeSelf) {
      throw refuse('templates that a probe is part of', 'fuse min or mean, or probes of their own');
    }
    const by = fuse === 'template' ? { templates: true } : {};
    const native = fuse === 'mean' ? 'mean' : 'nearest';
    return this.#find(source, k, settled as Checked<GallerySearchOptions>, { fuse: native, ...by });
  }

  /**
   * Adds rows and returns the number of the first. `seuclidean` and `mahalanobis` keep the variances,
   * and `center: 'mean'` keeps the mean, of the rows that the gallery was opened with.
   *
   * Additions run one after the other, in the order of the calls; one that fails adds nothing. With a journal the
   * promise resolves once the rows are on the disk.
   *
   * Errors: those of {@link Gallery.open}; `EDIMENSION` for rows of another width; `EOPTION` for a
   * closed gallery, and for rows without the names that the others have; `EIO`. Cost: two passes over the new
   * rows, and now and then one over as many more as were added lately.
   */
  async add(source: EmbeddingsStream, options: GalleryAddOptions = {}): Promise<number> {
    const settled = readOptions(options, ADD_RULES);
    const names = namesOf(settled);
    const added = new Borrowed(settled);
    callNative(() => this.#native.rows);
    return this.#changes.during(async () => {
      try {
        const plain = isBatches(source)
          ? await collect(source, 'source')
          : requireSource(source, 'source');
        const add = Embeddings.native(added.open(plain));
        return await this.#changes.change({ add, names }, settled);
      } finally {
        added.close();
      }
    });
  }

  /**
   * Removes rows from every search that begins once the promise has resolved, by their numbers or by the key of
   * one; row numbers do not change. With a journal the promise resolves once that is on the disk.
   *
   * Errors: `EARGUMENT`; `EINDEX` for a row that the gallery never had, and for a key that no row has;
   * `EOPTION` for a closed gallery; `EIO`. Cost: one byte for each row that was added with these, copied.
   */
  async remove(rows: readonly number[] | Uint32Array | string): Promise<void> {
    const [numbers, keys] = typeof rows === 'string' ? [[], [rows]] : [requireNumbers(rows), []];
    for (const row of numbers) {
      if (!Number.isInteger(row) || row < 0 || row >= this.rows) {
        throw new HackfaceError('EINDEX', 'data', {
          found: `row ${describeValue(row)}`,
          expected: `a row of the gallery, below ${this.rows}`,
        });
      }
    }
    callNative(() => this.#native.rows);
    await this.#changes.during(() => this.#changes.change({ rows: numbers, keys }, {}));
  }

  /**
   * Writes the gallery as it is now to a file that {@link Gallery.open} opens: rows, measure, keys, labels and row
   * numbers. Rows that were removed are left out. The file is written whole or not at all.
   *
   * Errors: `EOPTION` for a gallery whose distances are normalised against a cohort, and for a file with a journal
   * beside it, which only {@link compact} may replace; `EEXISTS`, `ECREATE`, `EIO`, `EINPUTCHANGED`. Cost: one
   * pass over the rows.
   */
  async save(path: string, options: WriteOptions & JobOptions = {}): Promise<void> {
    filePath(path, 'path');
    const { force, ...settled } = readOptions(options, SAVE_RULES);
    if (existsSync(`${path}.journal`)) {
      throw new HackfaceError('EOPTION', 'usage', {
        file: path,
        found: 'a gallery with a journal beside it',
        expected: 'a new path',
        hint: 'Open that gallery with its journal and call compact()',
      });
    }
    await this.#asItIs((now) =>
      writeBeside(path, { force }, (temporary) =>
        runJob(settled as JobOptions, (_, job) => now.save(temporary.path, job)),
      ),
    );
  }

  /**
   * Writes a new gallery file in the place of the one that was opened with a journal, and empties the journal.
   * Searches go on meanwhile; additions and removals wait.
   *
   * Errors: `EOPTION` without a journal, `EIO`, `EINPUTCHANGED`. Cost: one pass over the rows.
   */
  async compact(options: JobOptions = {}): Promise<void> {
    const settled = readOptions(options, JOB_RULES);
    const native = this.#native;
    const compact = () => runJob(settled, (_, job) => native.compact(job));
    await this.#changes.during(() => this.#changes.inTurn(settled, compact));
  }

  /**
   * Checks that the rows of a gallery file are those that were saved, and makes them ready to be searched, as the
   * first search does otherwise.
   *
   * Errors: `EGALLERY` with the rows that differ, `EMEMORY`. Cost: two passes over the rows, once.
   */
  async verify(options: JobOptions = {}): Promise<void> {
    const settled = readOptions(options, JOB_RULES);
    await this.#asItIs((now) => runJob(settled, (_, job) => now.ready(this.#memory, job)));
  }

  /** Frees the gallery once the searches, additions and removals that use it have ended. Later uses are rejected. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    callNative(() => {
      // Whoever looks sees a closed gallery at once; what was asked for before is done, and on the disk.
      if (this.#changes.areRunning) {
        this.#native = this.#native.snapshot();
        this.#native.close();
      }
      this.#changes.close();
    });
    this.#held.close();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The rows that the gallery was opened with, if the probes are they. */
  #requireSame(probes: Embeddings): Embeddings {
    const first = this.#embeddings;
    const same =
      first !== undefined &&
      (Embeddings.native(probes) === Embeddings.native(first) ||
        (probes.file !== undefined && probes.file === first.file));
    if (first && same && probes.rows === first.rows) return first;
    throw refuse(
      'excludeSelf with probes that are not the rows of the gallery',
      'the embeddings, or the file, that it was opened with',
    );
  }

  /** @internal */
  static native(gallery: Gallery): NativeGallery {
    return gallery.#native;
  }
}

const requireKey = text;

/** Options of a gallery that is made of rows, and not opened from its file. */
const NOT_OF_FILES = [
  'model',
  'center',
  'reference',
  'norm',
  'cohort',
  'rerank',
  'expand',
  'keys',
  'labels',
] as const satisfies readonly (keyof GalleryOpenOptions)[];

function refuse(found: string, expected: string): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', { found, expected });
}

/** True for a gallery file; a path that cannot be looked at is told of where it is opened. */
function isGalleryFile(path: string): boolean {
  try {
    return callNative((native) => native.isGalleryFile(path));
  } catch (error) {
    if (error instanceof HackfaceError && error.class !== 'internal') return false;
    throw error;
  }
}

/** Rejects what was asked for if the gallery file has another. */
function requireMeasure(
  name: 'metric' | 'normalize',
  asked: string | undefined,
  own: string | null,
  file: string,
): void {
  if (asked === undefined || asked === own) return;
  throw new HackfaceError('EOPTION', 'usage', {
    file,
    found: own === null ? `a gallery of a model` : `a gallery of ${name} ${own}`,
    expected: `${asked}, as option ${name} has it`,
    hint: 'Leave the option out, or save a gallery anew from its rows',
  });
}

function namesOf({ keys, labels }: Checked<RowNames>): NativeRowNames {
  return defined({ keys: keys && [...keys], labels: labels && [...labels] });
}

function requireNumbers(rows: readonly number[] | Uint32Array): number[] {
  if (isArray(rows) || isArrayOf(Uint32Array, rows)) return Array.from<number>(rows as number[]);
  throw wrongArgument('rows', rows, 'an array of row numbers, a Uint32Array or a key');
}

/** The hits that are no farther than `most`. */
function within(hits: Hits, most: number | undefined): Hits {
  if (most === undefined) return hits;
  const starts = new Uint32Array(hits.probes + 1);
  const places: number[] = [];
  for (let probe = 0; probe < hits.probes; probe += 1) {
    for (let hit = hits.starts[probe] ?? 0; hit < (hits.starts[probe + 1] ?? 0); hit += 1) {
      if ((hits.distances[hit] ?? Number.NaN) <= most) places.push(hit);
    }
    starts[probe + 1] = places.length;
  }
  const { keys, labels } = hits;
  return {
    ...hits,
    starts,
    rows: Uint32Array.from(places, (place) => hits.rows[place] ?? 0),
    distances: Float64Array.from(places, (place) => hits.distances[place] ?? Number.NaN),
    ...(keys && { keys: places.map((place) => keys[place] ?? '') }),
    ...(labels && { labels: places.map((place) => labels[place] ?? '') }),
  };
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
  others: Pick<NativeSearch, 'fuse' | 'templates'> & { memory?: number | undefined } = {},
): NativeSearch {
  const { excludeSelf = false, where } = options;
  const [whereKeys, whereLabels] = [where?.keys, where?.labels].map((names) => names && [...names]);
  const names = { whereRows: where?.rows, whereKeys, whereLabels };
  return defined({ k, from: 0, to: probes, same: excludeSelf, ...names, ...others });
}
