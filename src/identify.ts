/** Identification (1:N): hits of probes in a gallery, and how well they identify. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  asChecked,
  type Checked,
  flag,
  oneOf,
  optional,
  filePath,
  list,
  readOptions,
  type Rules,
  wholeNumber,
} from './arguments.js';
import type { NativeEmbeddings, NativeSearch, NativeSearches } from './binding.js';
import {
  SEARCH_PEOPLE_RULES,
  type SearchPeople,
  type Candidates,
  type Named,
  readCandidates,
  poolsRows,
  readSide,
  requireCandidates,
  tellsCameras,
  tellsPeople,
} from './candidates.js';
import { LEFT_OUT } from './csv/labels.js';
import { CELL_RULES, type CellOptions, refuseFormulaClasses, refuseFormulas } from './csv/quote.js';
import { defaults } from './defaults.js';
import { Borrowed, Embeddings, type EmbeddingsSource, requireSource } from './embeddings.js';
import { HackfaceError } from './errors.js';
import {
  completeIdentification,
  type Identification,
  type IdentificationMeasures,
  IDENTIFICATION_RULES,
} from './evaluation/identification.js';
import { checkTarget, writeFileAtomic } from './files/atomic.js';
import { isStandardOutput, writeStandardOutput } from './files/stdout.js';
import { holdsArrays } from './formats/classes.js';
import { Gallery, GALLERY_RULES, type GalleryOptions, searchRequest } from './gallery.js';
import { fingerprintOf } from './fingerprint.js';
import { type HitsBatch, type HitsFormat, hitChunks } from './hits.js';
import { holdsPart, mergedHits, partChunks, partOf } from './hits-parts.js';
import { runJob } from './job.js';
import { loaded, modelName, requireOneMeasure } from './measure.js';
import type { Model } from './model.js';
import { meanOf, metricOf } from './metric-options.js';
import { normalizedName } from './score-norm.js';
import { defined } from './native.js';
import type { Warning } from './warning.js';
import { centerWarnings, ownRowWarnings, rankWarnings } from './plausible.js';
import { IDENTIFY_PROTOCOLS } from './protocols.js';
import { mayBeNamed } from './row-names.js';
import { requireShard, type Shard, shardRange } from './shard.js';
import { POOLING_RULES, poolingText, type PoolingOptions, requirePooled } from './templates.js';
import { stopwatch } from './stopwatch.js';

/** Probes to find in a gallery, and what to measure. */
export interface IdentifyRequest
  extends GalleryOptions,
    SearchPeople,
    PoolingOptions,
    IdentificationMeasures,
    CellOptions {
  /** Rows of the gallery, m × d. */
  gallery: EmbeddingsSource;
  /** Rows of the probes, n × d; default: each row of the gallery is searched among the others. */
  probes?: EmbeddingsSource | undefined;
  /**
   * Gallery rows of each person in each camera, drawn at random; figures are means over `draws` galleries,
   * with one threshold for all of them. Default: all rows. One row is called single-shot. Hits are of all rows.
   */
  shots?: number | undefined;
  /** Galleries that are drawn; default 10. */
  draws?: number | undefined;
  /** Seed of the draws; default 0. */
  seed?: number | undefined;
  /** Hits for each probe; default 10. */
  top?: number | undefined;
  /** True if probe i is gallery row i and does not find itself; default true only without `probes`. */
  excludeSelf?: boolean | undefined;
  /**
   * How the rows of a person become one candidate: `min`, by the nearest row; `mean`, by the mean of
   * their distances; `template`, by the distance of the mean of the rows. Default `none`: every row
   * is a candidate. The others need `galleryLabels`.
   */
  fuse?: 'none' | 'min' | 'mean' | 'template' | undefined;
  /** File of hits to write; `-` is standard output. Without it no hits are searched for. */
  output?: string | undefined;
  /** `csv` (default): probe, rank, gallery, distance and class; `npy`: records; `jsonl`. */
  format?: HitsFormat | undefined;
  /** Replaces a file that is already there; default false. */
  force?: boolean | undefined;
  /**
   * Searches a shard of the gallery, a contiguous part of its rows: `output` is then a file for `parts`. One that
   * holds the hits of this shard is kept, and a damaged one is made again.
   */
  shard?: Shard | undefined;
  /** Files of the hits of all shards, in any order, put together in the place of a search. */
  parts?: readonly string[] | undefined;
  /**
   * Bytes that prepared rows may take; default 1 GiB for more than 16,384 probes, which are searched
   * in parts, else 64 MiB.
   */
  memory?: number | undefined;
}

const IDENTIFY_RULES: Rules<IdentifyRequest> = {
  ...GALLERY_RULES,
  ...SEARCH_PEOPLE_RULES,
  ...POOLING_RULES,
  ...IDENTIFICATION_RULES,
  ...CELL_RULES,
  gallery: requireSource,
  probes: optional(requireSource),
  shots: optional(wholeNumber(1, 2 ** 32 - 1)),
  draws: optional(wholeNumber(1, 10_000)),
  seed: optional(wholeNumber()),
  top: optional(wholeNumber(1)),
  excludeSelf: optional(flag),
  fuse: optional(oneOf('none', 'min', 'mean', 'template')),
  output: optional(filePath),
  format: optional(oneOf('csv', 'npy', 'jsonl')),
  force: optional(flag),
  shard: optional(requireShard),
  parts: optional(list(filePath)),
};

/** Result of {@link identify}. */
export interface IdentifySummary {
  /** Rows of the gallery and people in them; `null` without labels. */
  gallery: { rows: number; people: number | null };
  /** Number of probes. */
  probes: number;
  /** Hits for each probe. */
  top: number;
  /** File of the hits; `null` if they were not asked for. */
  output: string | null;
  /** Pairs of a probe and a gallery row. */
  pairs: number;
  /** Wall time of searching and ranking. */
  seconds: number;
  /** Figures of identification; `null` without labels of both sides. */
  identification: Identification | null;
  /** The rows of the shard, and whether its file held their hits before; absent without a shard. */
  shard?: { from: number; to: number; reused: boolean };
}

/** Most hits held before they are written. */
const MOST_HITS = 1 << 22;
/** Most hits written. */
const MOST_WRITTEN = 2 ** 32;
/** A row number and a distance. */
const BYTES_OF_HIT = 12;
/** More probes take another pass over the gallery, so it pays to keep it prepared. */
const PROBES_PER_PASS = 1 << 14;
const DEFAULT_MEMORY = 2 ** 30;
/** Rows that a gallery is recognised by. */
const FIRST_ROWS = 2048;

/**
 * Searches each probe in a gallery (1:N). Writes the nearest rows or people to a file, and with labels
 * measures the CMC curve, mAP and open-set rates ({@link Identification}).
 *
 * Results are exact: those of measuring every pair with {@link scorePairs} and sorting, ties by row
 * number. They are bit-identical for any number of threads, instruction set and `memory`.
 *
 * Errors: those of {@link Gallery.search}, {@link readLabels} and {@link Model.load}; `EOPTION` for
 * options that contradict each other; `ECSVVALUE` for a class that a spreadsheet may run; `EEXISTS`, `ECREATE`, `EIO` for the file, which is written
 * whole or not at all.
 * Cost: a product of bytes for each pair (a distance for metrics without an inner product, and for
 * `fuse: 'mean'`), and with labels of both sides a product in single precision too. With `shard` the same for the
 * rows of the shard, which are copied, and 12 bytes for each hit in its file; with `parts` those files are read.
 * Hits of all shards together have the bytes of one search.
 */
export async function identify(request: IdentifyRequest): Promise<IdentifySummary> {
  const read = readOptions(request, IDENTIFY_RULES, 'request');
  const { gallery, galleryNames, probes, probeNames } = read;
  const named = {
    gallery: mayBeNamed(gallery, galleryNames),
    probes: probes !== undefined && mayBeNamed(probes, probeNames),
  };
  const { galleryTemplates } = read;
  const tracked = galleryTemplates !== undefined && holdsArrays(galleryTemplates);
  const settled = { ...read, named, tracked };
  const {
    output,
    format = 'csv',
    force,
    top = defaults().identification.top,
    fuse = 'none',
  } = settled;
  const excludeSelf = settled.excludeSelf ?? settled.probes === undefined;
  requireConsistent(settled, excludeSelf);
  const isThere = settled.shard && !force && output !== undefined && existsSync(output);
  if (output !== undefined && !isStandardOutput(output)) {
    checkTarget(output, { force: force || isThere });
  }
  const saysSelf = settled.excludeSelf !== undefined;
  const search = await Search.open({ ...settled, top, fuse, excludeSelf, saysSelf });
  try {
    const elapsed = stopwatch();
    const inParts = settled.shard ?? settled.parts;
    const identification = search.labelled && !inParts ? await search.judge() : null;
    const shard = output !== undefined && (await search.writeShard(output, isThere));
    if (output !== undefined && !shard) {
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
      seconds: elapsed(),
      identification,
      ...(shard && { shard }),
    };
  } finally {
    search.close();
  }
}

/** Rejects options that contradict each other, before any file is read. */
function requireConsistent(request: Checked<IdentifyRequest> & Named, excludeSelf: boolean): void {
  const { fuse = 'none', probes, output, shots, draws, seed } = request;
  const refuse = (found: string, expected: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected });
  requireOneMeasure(request);
  requireWhole(request, excludeSelf);
  requireCandidates(request, probes === undefined);
  requirePooled(request, poolsRows(request), 'galleryTemplates');
  if (fuse !== 'none' && !tellsPeople(request)) {
    throw refuse(`fuse ${fuse} without gallery labels`, 'who is in each gallery row');
  }
  if (fuse === 'template' && excludeSelf) {
    throw refuse('templates that a probe is part of', 'fuse min or mean, or probes of their own');
  }
  if (fuse === 'template' && (shots !== undefined || tellsCameras(request))) {
    throw refuse('templates of rows of all cameras', 'fuse none, min or mean');
  }
  if (output === undefined && !tellsPeople(request)) {
    throw refuse('nothing to find', 'an output for the hits, or labels of both sides');
  }
  if (shots === undefined && (draws ?? seed) !== undefined) {
    throw refuse('draws or a seed without shots', 'how many rows of each person are drawn');
  }
  if (shots !== undefined && excludeSelf && !tellsCameras(request)) {
    throw refuse('shots from a gallery that holds the probes', 'cameras, or probes of their own');
  }
}

/** Options that a shard of the gallery cannot take, since it has a part of the rows. */
const OF_ALL_ROWS = [
  ...['probeLabels', 'galleryTemplates', 'probeTemplates', 'protocol', 'cameras'],
  ...['galleryCameras', 'probeCameras', 'ignoreClass', 'shots', 'norm', 'rerank', 'expand'],
] as readonly (keyof IdentifyRequest)[];

/** Rejects shards and parts of them with what needs all rows at once. */
function requireWhole(request: Checked<IdentifyRequest>, excludeSelf: boolean): void {
  const { shard, parts, fuse = 'none', galleryLabels, output } = request;
  const told = shard ? 'shard' : 'parts';
  if ((shard ?? parts) === undefined) return;
  const refuse = (found: string, expected: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected, option: told });
  if (shard && parts) throw refuse('a shard and parts', 'one of them');
  if (output === undefined || (shard && isStandardOutput(output))) {
    throw refuse(`${told} without a file to write`, 'an output');
  }
  const idle = OF_ALL_ROWS.find((name) => request[name] !== undefined);
  const needs = idle ?? (fuse === 'none' ? undefined : `fuse ${fuse}`);
  if (needs !== undefined) {
    throw refuse(`option ${needs} with ${told}`, 'hits of rows, without what all rows tell');
  }
  if (galleryLabels !== undefined && shard) {
    throw refuse('labels of the gallery with shard', 'labels with parts, once hits are merged');
  }
  if (galleryLabels !== undefined && excludeSelf) {
    throw refuse('labels of the gallery with parts', 'no labels, or probes apart from the gallery');
  }
}

/** Rejects a request whose names or templates were to tell people, and do not. */
function requireKnown(request: Settled, who: Candidates): void {
  const { fuse, output, galleryTemplates, protocol, named } = request;
  const judged = who.ofRow !== undefined && who.ofProbe !== undefined;
  if (judged || (output !== undefined && (fuse === 'none' || who.ofRow !== undefined))) return;
  if (galleryTemplates === undefined && protocol !== undefined && named?.gallery) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: `the protocol ${protocol}, and no names in the file of the ${who.ofRow ? 'probes' : 'gallery'}`,
      expected: 'names that tell person and camera, each once',
      advice: { text: 'name the rows', option: who.ofRow ? 'probeNames' : 'galleryNames' },
    });
  }
  throw new HackfaceError('EOPTION', 'usage', {
    ...defined({ file: galleryTemplates }),
    found: 'templates without people',
    expected: 'a column class in option galleryTemplates, or option galleryLabels',
  });
}

type Settled = Checked<IdentifyRequest> &
  Named & {
    top: number;
    fuse: NonNullable<IdentifyRequest['fuse']>;
    excludeSelf: boolean;
    /** True if the caller said whether a probe may find itself. */
    saysSelf: boolean;
  };

/** A search under way: the gallery, the probes and their labels. */
class Search {
  private constructor(
    private readonly request: Settled,
    private readonly gallery: Gallery | undefined,
    readonly probes: Embeddings,
    private readonly who: Candidates,
    readonly size: IdentifySummary['gallery'],
    private readonly borrowed: Borrowed,
    /** All rows of the gallery. */
    private readonly rows: Embeddings,
    /** The rows of the shard. */
    private readonly own: { from: number; rows: Embeddings } | undefined,
  ) {}

  static async open(request: Settled): Promise<Search> {
    const borrowed = new Borrowed(request);
    try {
      const own = request.probes === undefined;
      const opened = borrowed.open(request.gallery);
      requireRows(opened, 'at least one in the gallery');
      const asking = request.probes === undefined ? opened : borrowed.open(request.probes);
      requireRows(asking, 'at least one probe');
      // Opened now like the others, though the gallery reads it later.
      const reference =
        request.reference === undefined ? undefined : borrowed.open(request.reference);
      const { galleryLabels, probeLabels, cameras, galleryCameras = cameras } = request;
      const ofGallery = {
        names: request.galleryNames,
        templates: request.galleryTemplates,
        told: (galleryLabels && galleryCameras) !== undefined,
      };
      const ofProbes = {
        names: request.probeNames,
        templates: request.probeTemplates,
        told: (probeLabels && request.probeCameras) !== undefined,
      };
      const stored = await readSide(opened, ofGallery, request, borrowed);
      const alike = { ...ofProbes, of: stored.tracks };
      const asked = own ? stored : await readSide(asking, alike, request, borrowed);
      const [rows, probes] = [stored.rows, asked.rows];
      const who = await readCandidates(request, [stored, asked], own);
      requireKnown(request, who);
      if (request.output !== undefined && (request.format ?? 'csv') === 'csv') {
        // The people of the gallery are numbered first.
        const written = who.names.slice(0, who.people ?? 0);
        refuseFormulaClasses(written, { file: request.output, column: 'class' }, request);
        for (const names of [who.rowNames.probes, who.rowNames.gallery]) {
          const texts = names?.texts() ?? [];
          refuseFormulas(texts, { file: request.output, column: 'name' }, request);
        }
      }
      let searched = rows;
      if (request.fuse === 'template' && who.ofRow) {
        searched = borrowed.add(await templatesOf(rows, who.ofRow, request));
        who.ofRow = Uint32Array.from({ length: searched.rows }, (_, person) => person);
      }
      const candidates = request.fuse === 'none' ? rows.rows : (who.people ?? 0);
      if (request.output !== undefined) {
        requireFew(probes.rows, Math.min(request.top, candidates));
      }
      const { memory = DEFAULT_MEMORY } = request;
      const held = probes.rows > PROBES_PER_PASS ? memory : 0;
      let options = asChecked({ ...request, reference, memory: held });
      let some: Search['own'];
      if (request.shard) {
        const [from, to] = shardRange(rows.rows, request.shard, rows.file ?? 'gallery', 'rows');
        some = { from, rows: borrowed.add(Embeddings.range(rows, from, to)) };
        searched = some.rows;
        // What a metric takes from the gallery, it takes from all rows.
        const center =
          request.center === 'mean' ? [...(await meanOf(rows, request))] : request.center;
        const whole = request.model === undefined ? { reference: reference ?? rows, center } : {};
        options = asChecked({ ...options, ...whole });
      }
      const gallery = request.parts ? undefined : await Gallery.openChecked(searched, options);
      const size = { rows: rows.rows, people: who.people };
      who.warnings.push(...centerWarnings(request.center, request.probes ?? request.gallery));
      if (request.probes && !request.saysSelf && !tellsCameras(request)) {
        who.warnings.push(...ownRowWarnings(request.gallery, request.probes));
      }
      return new Search(request, gallery, probes, who, size, borrowed, rows, some);
    } catch (error) {
      borrowed.close();
      throw error;
    }
  }

  /** True if there are labels to judge by. */
  get labelled(): boolean {
    return this.who.ofProbe !== undefined;
  }

  /** Number of candidates of a probe: rows or people. */
  private get candidates(): number {
    const { fuse, excludeSelf } = this.request;
    if (fuse !== 'none') return this.size.people ?? 0;
    return Math.max(1, this.size.rows - (excludeSelf ? 1 : 0));
  }

  get top(): number {
    return Math.min(this.request.top, this.candidates);
  }

  /** Description of the hits for their readers. */
  describe(): Parameters<typeof hitChunks>[1] {
    const { request } = this;
    const { ofRow, names, rowNames } = this.who;
    const people = request.fuse === 'mean' || request.fuse === 'template';
    const nameOfRow = (labels: Uint32Array) => (row: number) =>
      names[people ? row : (labels[row] as number)] as string;
    const classOf = ofRow && nameOfRow(ofRow);
    return { probes: this.probes.rows, k: this.top, classOf, people, rowNames };
  }

  /** Writes the hits of a shard, unless its file holds them; `undefined` where no shard is asked for. */
  async writeShard(output: string, isThere = false): Promise<IdentifySummary['shard']> {
    const { own, request, probes } = this;
    if (own === undefined) return undefined;
    const { from, rows } = own;
    const to = from + rows.rows;
    const k = Math.min(this.top, rows.rows);
    const fingerprint = await fingerprintOf(rows, request);
    const search = await this.identity();
    const part = partOf({ search, fingerprint, from, to, probes: probes.rows, k });
    const reused = isThere && (await holdsPart(output, part));
    if (!reused) {
      const force = (request.force ?? false) || isThere;
      await writeFileAtomic(output, partChunks(part, this.ofShard(own, k)), { force });
    }
    return { from, to, reused };
  }

  /** Gallery, probes and measure; the gallery is told by its shape and its first rows. */
  private async identity(): Promise<Record<string, string | number | boolean>> {
    const { request, rows, probes } = this;
    const { metric, center, normalize, reference, excludeSelf, top } = request;
    const told = async (matrix: Embeddings, most = matrix.rows) => {
      const some = most < matrix.rows ? Embeddings.range(matrix, 0, most) : matrix;
      try {
        return `${matrix.rows} x ${matrix.dim}, ${await fingerprintOf(some, request)}`;
      } finally {
        if (some !== matrix) some.close();
      }
    };
    const ofFile = async (source: EmbeddingsSource) => told(this.borrowed.open(source));
    const model = await loaded(request.model);
    const isFile = typeof center === 'string' && center !== 'none' && center !== 'mean';
    return defined({
      gallery: await told(rows, FIRST_ROWS),
      probes: await told(probes),
      ...(model === undefined
        ? { metric: metricOf({ metric }) }
        : { model: createHash('sha256').update(model.toBytes()).digest('hex') }),
      center: isFile ? await ofFile(center) : center && String(center),
      normalize,
      reference: reference === undefined ? undefined : await ofFile(reference),
      excludeSelf,
      top,
    });
  }

  /** The hits of all probes in a shard, by the row numbers of the gallery. */
  private async *ofShard(own: { from: number; rows: Embeddings }, k: number) {
    const { excludeSelf } = this.request;
    // A probe may find itself, and that hit is left out.
    const asked = Math.min(k + (excludeSelf ? 1 : 0), own.rows.rows);
    for await (const hits of this.searched({ k: asked, same: false })) {
      const starts = new Uint32Array(hits.probes + 1);
      const [rows, distances] = [hits.rows.map((row) => row + own.from), hits.distances];
      let end = 0;
      for (let probe = 0; probe < hits.probes; probe += 1) {
        const last = hits.starts[probe + 1] as number;
        for (let at = hits.starts[probe] as number; at < last; at += 1) {
          const isSelf = excludeSelf && rows[at] === hits.from + probe;
          if (isSelf || end - (starts[probe] as number) === k) continue;
          [rows[end], distances[end]] = [rows[at] as number, distances[at] as number];
          end += 1;
        }
        starts[probe + 1] = end;
      }
      yield { ...hits, starts, rows, distances };
    }
  }

  /** The hits of all probes, in batches. */
  async *batches(): AsyncGenerator<HitsBatch> {
    const { parts } = this.request;
    if (parts === undefined) return yield* this.searched({});
    const {
      probes,
      top: k,
      size: { rows },
    } = this;
    const size = Math.max(1, Math.floor(MOST_HITS / k));
    const search = await this.identity();
    yield* mergedHits(parts, { search, rows, probes: probes.rows, k, size });
  }

  private async *searched(more: Partial<NativeSearch>): AsyncGenerator<HitsBatch> {
    const native = Gallery.native(this.gallery as Gallery);
    for (const { from, to } of this.parts(Math.max(1, Math.floor(MOST_HITS / this.top)))) {
      const request = { ...this.asked(), ...more, from, to };
      const hits = await runJob(this.request, (_, job) =>
        native.search(this.handle(), request, job),
      );
      yield { from, probes: to - from, ...hits };
    }
  }

  /** Judges the ranking of every probe by the labels. */
  async judge(): Promise<Identification> {
    const { request, who } = this;
    const native = Gallery.native(this.gallery as Gallery);
    const shots = this.shots();
    let searches: NativeSearches | undefined;
    for (const { from, to } of this.parts(PROBES_PER_PASS)) {
      await runJob(request, (binding, job) => {
        searches ??= new binding.NativeSearches();
        const asked = { ...this.asked(), ...defined({ shots }), from, to };
        return native.rank(this.handle(), asked, searches, job);
      });
    }
    const measures = this.measures(shots?.draws);
    const figures = await runJob(request, (binding, job) =>
      (searches ?? new binding.NativeSearches()).report(measures, job),
    );
    const { closedSet, mated } = figures;
    const [first = 0] = closedSet?.cmc.rank[0] === 1 ? closedSet.cmc.rate : [];
    const chance = closedSet && !shots ? rankWarnings(mated, first, this.chance()) : [];
    const warnings = [...who.warnings, ...chance, ...figures.warnings.map(this.withCure)];
    const about = { subject: this.subject(), ignored: who.ignored };
    return completeIdentification({ ...figures, warnings }, about);
  }

  /** A search without mates, with what may be the matter. */
  private readonly withCure = (warning: Warning): Warning => {
    if (warning.code !== 'no-mates') return warning;
    const cure = this.who.cameras
      ? "rows of the probe's own camera are no candidates: are people seen by several cameras, and do both sides name cameras and people alike?"
      : 'do labels of both name people alike?';
    return { ...warning, text: `${warning.text}: ${cure}` };
  };

  /** The figures asked for, with those of the protocol where the request says nothing. */
  private measures(draws: number | undefined) {
    const { protocol, ...request } = this.request;
    const rules = protocol === undefined ? undefined : IDENTIFY_PROTOCOLS[protocol];
    const { ranks = rules?.ranks, fpirs = rules?.fpirs } = request;
    const { averagePrecision = rules?.averagePrecision, rank, convention, level } = request;
    return defined({
      ranks: ranks && [...ranks],
      fpirs: fpirs && [...fpirs],
      rank,
      convention,
      averagePrecision,
      draws,
      level,
    });
  }

  private shots() {
    const { shots: rows, draws = defaults().identification.draws, seed } = this.request;
    return rows === undefined ? undefined : defined({ rows, draws, seed });
  }

  /** The mean share of mates among the candidates of a mated probe. */
  private chance(): number {
    const { request } = this;
    const { ofRow = new Uint32Array(0), ofProbe = new Uint32Array(0), cameras } = this.who;
    if (request.fuse !== 'none') return 1 / this.candidates;
    const keyed = (people: Uint32Array, of: Uint32Array | undefined, row: number) =>
      of === undefined ? -1 : (people[row] as number) + (of[row] as number) * 2 ** 32;
    const [all, own] = [new Map<number, number>(), new Map<number, number>()];
    const count = (counts: Map<number, number>, key: number) =>
      counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const [row, person] of ofRow.entries()) {
      if (person === LEFT_OUT) continue;
      count(all, person);
      if (cameras) count(own, keyed(ofRow, cameras.ofRow, row));
    }
    const self = request.excludeSelf ? 1 : 0;
    const mates = Array.from(ofProbe, (person, probe) => {
      const same = cameras ? (own.get(keyed(ofProbe, cameras.ofProbe, probe)) ?? 0) : self;
      return (all.get(person) ?? 0) - same;
    }).filter((n) => n > 0);
    const sum = mates.reduce((total, n) => total + n, 0);
    return sum / Math.max(1, mates.length) / Math.max(1, this.candidates - self);
  }

  close(): void {
    this.gallery?.close();
    this.borrowed.close();
  }

  private subject(): Identification['subject'] {
    const { gallery, probes, model, fuse, protocol } = this.request;
    const shots = this.shots();
    const file = (source: EmbeddingsSource | undefined) =>
      typeof source === 'string' ? source : undefined;
    const [stored, asked] = [file(gallery), file(probes ?? gallery)];
    return {
      ...(stored !== undefined && { gallery: stored }),
      ...(asked !== undefined && { probes: asked }),
      ...(model === undefined
        ? { metric: normalizedName(this.request, metricOf(this.request)) }
        : { model: normalizedName(this.request, modelText(model)) }),
      ...(fuse !== 'none' && { fuse }),
      ...defined({ protocol }),
      ...(this.who.cameras && { candidates: 'other cameras' }),
      ...(this.who.pooled && { templates: poolingText(this.request) }),
      ...(shots && { shots: `${shots.rows} drawn ${shots.draws} times` }),
    };
  }

  private *parts(size: number): Generator<{ from: number; to: number }> {
    for (let from = 0; from < this.probes.rows; from += size) {
      yield { from, to: Math.min(from + size, this.probes.rows) };
    }
  }

  private asked(): NativeSearch {
    const { fuse, excludeSelf, memory } = this.request;
    const request = searchRequest(this.top, this.probes.rows, { ...this.request, excludeSelf });
    const fused = { none: undefined, template: undefined, min: 'nearest', mean: 'mean' }[fuse];
    const { ofRow: people, ofProbe, cameras } = this.who;
    return {
      ...request,
      ...defined({ fuse: fused, people, ofProbe, memory }),
      ...defined({ cameras: cameras?.ofRow, probeCameras: cameras?.ofProbe }),
    };
  }

  private handle(): NativeEmbeddings {
    return Embeddings.native(this.probes);
  }
}

/** Rejects a set without rows. A gallery may open so, for rows to be added, but nobody adds any here. */
function requireRows({ rows, file }: Embeddings, expected: string): void {
  if (rows > 0) return;
  const details = { found: 'no rows', expected, ...defined({ file }) };
  throw new HackfaceError('EEMPTY', 'data', details);
}

/** Rejects result lists above 2³² hits: all distances of half a million rows are terabytes. */
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

/** The name of a model, or of its file. */
function modelText(model: Model | string): string {
  return typeof model === 'string' ? model : modelName(model);
}

async function templatesOf(
  rows: Embeddings,
  people: Uint32Array,
  request: Settled,
): Promise<Embeddings> {
  const templates = await runJob(request, (native, job) =>
    native.templateRows(Embeddings.native(rows), people, job),
  );
  return Embeddings.of(templates);
}
