import { stat } from 'node:fs/promises';
import {
  flag,
  oneOf,
  optional,
  filePath,
  readOptions,
  type Rules,
  wholeNumber,
} from './arguments.js';
import type { NativeEmbeddings, NativeSearches, NativeSearchOptions } from './binding.js';
import { copyClasses, type Labels } from './csv/labels.js';
import {
  borrowEmbeddings,
  Embeddings,
  type EmbeddingsSource,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import {
  completeIdentification,
  type Identification,
  type IdentificationMeasures,
  IDENTIFICATION_RULES,
  identificationMeasures,
} from './evaluation/identification.js';
import { SharedClasses } from './evaluation/shared-classes.js';
import { checkTarget, writeFileAtomic } from './files/atomic.js';
import { isStandardOutput, writeStandardOutput } from './files/stdout.js';
import { Gallery, GALLERY_RULES, type GalleryOptions, searchRequest } from './gallery.js';
import { type HitsBatch, type HitsFormat, hitChunks } from './hits.js';
import { runJob } from './job.js';
import type { Model } from './model.js';
import { DEFAULT_METRIC, requireOneMeasure } from './score-pairs.js';

/** Probes to be found in a gallery, and what is to be said of it. */
export interface IdentifyRequest extends GalleryOptions, IdentificationMeasures {
  /** Rows to search, m × d. */
  gallery: EmbeddingsSource;
  /** Person of each gallery row: a CSV file, labels read before, or numbers. */
  galleryLabels?: string | Labels | Uint32Array | undefined;
  /** Rows to search with, n × d; absent, each row of the gallery among the others. */
  probes?: EmbeddingsSource | undefined;
  /** Person of each probe; with those of the gallery, ranks and rates are judged. */
  probeLabels?: string | Labels | Uint32Array | undefined;
  /** Hits for each probe; default 10. */
  top?: number | undefined;
  /** Whether probe i is gallery row i and no hit for itself; default only without `probes`. */
  excludeSelf?: boolean | undefined;
  /**
   * How the rows of a person become one candidate: `min`, the nearest row; `mean`, the mean of
   * their distances; `template`, the distance of the mean of the rows. Default `none`: every row is
   * a candidate. Needs `galleryLabels`.
   */
  fuse?: 'none' | 'min' | 'mean' | 'template' | undefined;
  /** File of hits to write; `-` is standard output; absent, hits are not looked for. */
  output?: string | undefined;
  /** `csv` (default): probe, rank, gallery, distance and class; `npy`: records; `jsonl`. */
  format?: HitsFormat | undefined;
  /** Whether to replace a file that is already there; default false. */
  force?: boolean | undefined;
  /**
   * Bytes that rows held ready may take; default 1 GiB for more than 16,384 probes, which are
   * searched in parts, else 64 MiB.
   */
  memory?: number | undefined;
}

const IDENTIFY_RULES: Rules<IdentifyRequest> = {
  ...GALLERY_RULES,
  ...IDENTIFICATION_RULES,
  gallery: requireSource,
  galleryLabels: optional(copyClasses),
  probes: optional(requireSource),
  probeLabels: optional(copyClasses),
  top: optional(wholeNumber(1)),
  excludeSelf: optional(flag),
  fuse: optional(oneOf('none', 'min', 'mean', 'template')),
  output: optional(filePath),
  format: optional(oneOf('csv', 'npy', 'jsonl')),
  force: optional(flag),
};

/** What was found. */
export interface IdentifySummary {
  /** Gallery rows, and people among them where they have labels. */
  gallery: { rows: number; people: number | null };
  /** Number of probes. */
  probes: number;
  /** Hits for each probe. */
  top: number;
  /** Where the hits are; `null` if they were not asked for. */
  output: string | null;
  /** Pairs of a probe and a gallery row. */
  pairs: number;
  /** Wall time of searching and ranking. */
  seconds: number;
  /** What labels say of it; `null` without labels of both sides. */
  identification: Identification | null;
}

/** The most hits that are held before they are written. */
const MOST_HITS = 1 << 22;
/** The most hits that are written. */
const MOST_WRITTEN = 2 ** 32;
/** A row number and a distance. */
const BYTES_OF_HIT = 12;
/** Beyond as many probes the gallery is gone through again, so that it pays to hold it ready. */
const PROBES_PER_PASS = 1 << 14;
const DEFAULT_MEMORY = 2 ** 30;

/**
 * Finds each probe in a gallery (1:N): the nearest rows or people as a file, and with labels the
 * CMC curve, mAP and the open-set rates ({@link Identification}).
 *
 * Exact: what measuring every pair with {@link scorePairs} and sorting gives, ties by row number.
 * Neither the number of threads, nor the instruction set, nor `memory` changes a bit.
 *
 * Errors: those of {@link Gallery.search}, {@link readLabels} and {@link Model.load}; `EOPTION` for
 * what does not go together; `EEXISTS`, `ECREATE`, `EIO` for the file, which is whole or not there.
 * Cost: a product of bytes for each pair (a distance for metrics without an inner product, and for
 * `fuse: 'mean'`), and with labels of both sides a product in single precision too.
 */
export async function identify(request: IdentifyRequest): Promise<IdentifySummary> {
  const settled = readOptions(request, IDENTIFY_RULES, 'request');
  const { output, format = 'csv', force, top = 10, fuse = 'none' } = settled;
  const excludeSelf = settled.excludeSelf ?? settled.probes === undefined;
  check(settled, excludeSelf);
  if (output !== undefined && !isStandardOutput(output)) checkTarget(output, { force });
  const search = await Search.open({ ...settled, top, fuse, excludeSelf });
  try {
    const started = performance.now();
    const identification = search.labelled ? await search.judge() : null;
    if (output !== undefined) {
      const chunks = hitChunks(search.batches(), search.describe(), format);
      if (isStandardOutput(output)) await writeStandardOutput(chunks);
      else await writeFileAtomic(output, chunks, { force });
    }
    return {
      gallery: search.size,
      probes: search.probes.rows,
      top: search.top,
      output: output ?? null,
      pairs: search.probes.rows * search.size.rows,
      seconds: (performance.now() - started) / 1000,
      identification,
    };
  } finally {
    search.close();
  }
}

/** Refuses what does not go together, before any file is read. */
function check(request: IdentifyRequest, excludeSelf: boolean): void {
  const { fuse = 'none', galleryLabels, probes, probeLabels, output } = request;
  const refuse = (found: string, expected: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected });
  requireOneMeasure(request);
  if (fuse !== 'none' && galleryLabels === undefined) {
    throw refuse(`fuse ${fuse} without gallery labels`, 'who is in each gallery row');
  }
  if (probeLabels !== undefined && galleryLabels === undefined) {
    throw refuse('probe labels without gallery labels', 'both, or neither');
  }
  if (probes === undefined && probeLabels !== undefined) {
    throw refuse('probe labels without probes', 'gallery labels alone, for rows of the gallery');
  }
  if (fuse === 'template' && excludeSelf) {
    throw refuse('templates that a probe is part of', 'fuse min or mean, or probes of their own');
  }
  if (output === undefined && galleryLabels === undefined) {
    throw refuse('nothing to find', 'an output for the hits, or labels of both sides');
  }
}

type Settled = IdentifyRequest & {
  top: number;
  fuse: NonNullable<IdentifyRequest['fuse']>;
  excludeSelf: boolean;
};

/** Everything that is open while probes are searched. */
class Search {
  private constructor(
    private readonly request: Settled,
    private readonly gallery: Gallery,
    readonly probes: Embeddings,
    private readonly ofRow: Uint32Array | undefined,
    private readonly ofProbe: Uint32Array | undefined,
    private readonly names: string[],
    readonly size: IdentifySummary['gallery'],
    private readonly releases: (() => void)[],
  ) {}

  static async open(request: Settled): Promise<Search> {
    const releases: (() => void)[] = [];
    const borrow = (source: EmbeddingsSource) => {
      const { embeddings, release } = borrowEmbeddings(source, request);
      releases.push(release);
      return embeddings;
    };
    try {
      const rows = borrow(request.gallery);
      const probes = request.probes === undefined ? rows : borrow(request.probes);
      // Held from now on like the others, though only the gallery reads it.
      const reference = request.reference === undefined ? undefined : borrow(request.reference);
      // Node starts its threads for files with the first use, and ends the process where there is no
      // memory for them: better now than when the hits are to be written.
      await stat('.');
      const classes = new SharedClasses(undefined);
      let ofRow: Uint32Array | undefined;
      let ofProbe: Uint32Array | undefined;
      let people: number | null = null;
      if (request.galleryLabels !== undefined) {
        ofRow = await classes.of(request.galleryLabels, rows.rows);
        people = classes.names.length;
        if (request.probeLabels !== undefined) {
          ofProbe = await classes.of(request.probeLabels, probes.rows);
        } else if (request.probes === undefined) {
          ofProbe = ofRow;
        }
      }
      let searched = rows;
      if (request.fuse === 'template' && ofRow) {
        searched = await templatesOf(rows, ofRow, request);
        releases.push(() => searched.close());
        ofRow = Uint32Array.from({ length: searched.rows }, (_, person) => person);
      }
      const candidates = request.fuse === 'none' ? rows.rows : (people ?? 0);
      if (request.output !== undefined) {
        requireFew(probes.rows, Math.min(request.top, candidates));
      }
      const { memory = DEFAULT_MEMORY } = request;
      const held = probes.rows > PROBES_PER_PASS ? memory : 0;
      const gallery = await Gallery.open(searched, { ...request, reference, memory: held });
      releases.push(() => gallery.close());
      const size = { rows: rows.rows, people };
      return new Search(request, gallery, probes, ofRow, ofProbe, classes.names, size, releases);
    } catch (error) {
      release(releases);
      throw error;
    }
  }

  /** Whether there is something to judge. */
  get labelled(): boolean {
    return this.ofProbe !== undefined;
  }

  /** Candidates of a probe: rows, or people. */
  private get candidates(): number {
    const { fuse } = this.request;
    return fuse === 'none' ? this.size.rows : (this.size.people ?? 0);
  }

  get top(): number {
    return Math.min(this.request.top, this.candidates);
  }

  /** What the hits are of. */
  describe(): Parameters<typeof hitChunks>[1] {
    const { ofRow, names, request } = this;
    const people = request.fuse === 'mean' || request.fuse === 'template';
    const nameOfRow = (labels: Uint32Array) => (row: number) =>
      names[people ? row : (labels[row] as number)] as string;
    const classOf = ofRow && nameOfRow(ofRow);
    return { probes: this.probes.rows, k: this.top, classOf, people };
  }

  /** The hits of all probes, some probes at a time. */
  async *batches(): AsyncGenerator<HitsBatch> {
    const native = Gallery.native(this.gallery);
    for (const { from, to } of this.parts(Math.max(1, Math.floor(MOST_HITS / this.top)))) {
      const request = { ...this.asked(), from, to };
      const hits = await runJob(this.request, (_, job) =>
        native.search(this.handle(), this.ofRow ?? new Uint32Array(0), request, job),
      );
      yield { from, probes: to - from, k: hits.k, rows: hits.rows, distances: hits.distances };
    }
  }

  /** What labels say of the ranking of every probe. */
  async judge(): Promise<Identification> {
    const { request, ofRow = new Uint32Array(0), ofProbe = new Uint32Array(0) } = this;
    const measures = identificationMeasures(request);
    const native = Gallery.native(this.gallery);
    let searches: NativeSearches | undefined;
    for (const { from, to } of this.parts(PROBES_PER_PASS)) {
      await runJob(request, (binding, job) => {
        searches ??= new binding.NativeSearches();
        const asked = { ...this.asked(), from, to };
        return native.rank(this.handle(), ofProbe, ofRow, asked, searches, job);
      });
    }
    const figures = await runJob(request, (binding, job) =>
      (searches ?? new binding.NativeSearches()).report(measures, job),
    );
    return completeIdentification(figures, this.subject());
  }

  close(): void {
    release(this.releases);
  }

  private subject(): Identification['subject'] {
    const { gallery, probes, metric = DEFAULT_METRIC, model, fuse } = this.request;
    const file = (source: EmbeddingsSource | undefined) =>
      typeof source === 'string' ? source : undefined;
    const [stored, asked] = [file(gallery), file(probes ?? gallery)];
    return {
      ...(stored !== undefined && { gallery: stored }),
      ...(asked !== undefined && { probes: asked }),
      ...(model === undefined ? { metric } : { model: nameOf(model) }),
      ...(fuse !== 'none' && { fuse }),
    };
  }

  private *parts(size: number): Generator<{ from: number; to: number }> {
    for (let from = 0; from < this.probes.rows; from += size) {
      yield { from, to: Math.min(from + size, this.probes.rows) };
    }
  }

  private asked(): NativeSearchOptions {
    const { fuse, excludeSelf, memory } = this.request;
    const request = searchRequest(this.top, this.probes.rows, { ...this.request, excludeSelf });
    if (fuse === 'min') request.fuse = 'nearest';
    if (fuse === 'mean') request.fuse = 'mean';
    if (memory !== undefined) request.memory = memory;
    return request;
  }

  private handle(): NativeEmbeddings {
    return Embeddings.native(this.probes);
  }
}

/** Refuses hits that nobody can hold: every distance of half a million rows is terabytes. */
function requireFew(probes: number, top: number): void {
  const gigabytes = (hits: number) => `${Math.ceil((hits * BYTES_OF_HIT) / 1e9)} GB`;
  if (probes * top <= MOST_WRITTEN) return;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `${top} hits for each of ${probes} probes: ${gigabytes(probes * top)}`,
    expected: `at most ${gigabytes(MOST_WRITTEN)} of hits`,
    hint: 'Score a list of pairs',
    advice: { text: 'ask for fewer hits', option: 'top' },
  });
}

async function templatesOf(
  rows: Embeddings,
  people: Uint32Array,
  request: Settled,
): Promise<Embeddings> {
  const templates = await runJob(request, (native, job) =>
    native.templateRows(Embeddings.native(rows), people, request.threads, job),
  );
  return Embeddings.of(templates);
}

function nameOf(model: Model | string): string {
  return typeof model === 'string' ? model : (model.card.pipeline ?? model.scorer);
}

function release(releases: (() => void)[]): void {
  for (const free of releases.splice(0).reverse()) free();
}
