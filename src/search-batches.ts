/** Searches of few probes that wait for their turn: one pass over the rows of a gallery answers all of them. */
import { type AbortSignalLike, onAbort } from './abort.js';
import type {
  NativeEmbeddings,
  NativeGallery,
  NativeHits,
  NativeJob,
  NativeSearch,
} from './binding.js';
import { Embeddings, type EmbeddingsSource } from './embeddings.js';
import { AbortError, type JobOptions, runJob } from './job.js';
import type { Matrix } from './matrix-data.js';
import { callNative, type NativeBinding } from './native.js';

/** Most probes of a search that is asked with others, and of all of them together. */
const FEW = 16;
const MOST = 64;

/** Rows of singles, copied: what the addon holds for each search is work for the collector of garbage. */
interface Singles {
  rows: number;
  dim: number;
  dtype: 'singles';
  data: Float32Array;
}

/** Probes that can be asked with others. */
export type Probes = Embeddings | Singles;

/** One of several searches. */
interface Member {
  probes: Probes;
  resolve: (hits: NativeHits) => void;
  reject: (error: unknown) => void;
}

/** Searches that are asked together. */
interface Batch {
  /** The gallery that they see. */
  now: NativeGallery;
  /** The request of the first, whose number of probes is its own. */
  request: NativeSearch;
  threads: number | undefined;
  /** Those whose callers wait. */
  members: Set<Member>;
  /** The job, once it runs. */
  job?: NativeJob;
}

/** The searches of one gallery, whose distances must not depend on the probes beside them. */
export class SearchBatches {
  /** Those that have not begun, by what is alike in them. */
  readonly #waiting = new Map<string, Batch>();
  /** The last that runs on all threads, by the same: the next waits for it, and has more probes by then. */
  readonly #running = new Map<string, Promise<void>>();

  /** True for so few probes that a pass over the rows has room for others. */
  static takes(probes: Probes): boolean {
    return probes.rows <= FEW;
  }

  /** The probes of a checked source, if they are few singles in memory. */
  static singles(source: EmbeddingsSource): Singles | undefined {
    if (typeof source === 'string' || Embeddings.is(source)) return undefined;
    const { data, rows, dim, descr } = source as Matrix;
    if (descr !== '<f4' || rows === 0 || rows > FEW) return undefined;
    return { rows, dim, dtype: 'singles', data: new Float32Array(data) };
  }

  /**
   * The hits of probes in the gallery as it is now, however long the call waits for its turn. An abort rejects at
   * once. Searches that fail together are asked one by one, so that each has the error of its own.
   */
  search(
    gallery: NativeGallery,
    probes: Probes,
    request: NativeSearch,
    { signal, threads }: JobOptions,
  ): Promise<NativeHits> {
    if (signal?.aborted) return Promise.reject(new AbortError(signal.reason));
    const key = keyOf(probes, request, threads);
    const open = this.#waiting.get(key);
    const joins =
      open !== undefined &&
      hasRoom(open.members, probes) &&
      callNative(() => open.now.isSame(gallery));
    const batch = joins ? open : begun(gallery, request, threads);
    return new Promise<NativeHits>((resolve, reject) => {
      const member = { probes, resolve, reject };
      batch.members.add(member);
      if (signal) watch(batch, member, signal);
      if (!joins) this.#ask(key, batch);
    });
  }

  async #ask(key: string, batch: Batch): Promise<void> {
    const begin = () => {
      if (this.#waiting.get(key) === batch) this.#waiting.delete(key);
    };
    this.#waiting.set(key, batch);
    const earlier = batch.threads === undefined ? this.#running.get(key) : undefined;
    const answered = (async () => {
      await earlier;
      await answer(batch, begin);
    })();
    this.#running.set(key, answered);
    try {
      await answered;
    } finally {
      begin();
      if (this.#running.get(key) === answered) this.#running.delete(key);
      batch.now.close();
    }
  }
}

/** The options that searches asked together have in common. */
function keyOf(
  { dim, dtype }: Probes,
  { k, fuse, templates, whereRows, whereKeys, whereLabels }: NativeSearch,
  threads: number | undefined,
): string {
  const names = JSON.stringify([whereKeys, whereLabels]);
  const bytes = whereRows && Buffer.from(whereRows).toString('latin1');
  return [dim, dtype, k, fuse, templates, threads, names, bytes].join();
}

function begun(gallery: NativeGallery, request: NativeSearch, threads: number | undefined): Batch {
  const now = callNative(() => gallery.snapshot());
  return { now, request, threads, members: new Set() };
}

function hasRoom(members: Set<Member>, { rows }: Probes): boolean {
  let all = rows;
  for (const { probes } of members) all += probes.rows;
  return all <= MOST;
}

/** Rejects a member when the signal aborts, until it has its answer. */
function watch(batch: Batch, member: Member, signal: AbortSignalLike): void {
  const { resolve, reject } = member;
  const forget = onAbort(signal, () => {
    leave(batch, member);
    reject(new AbortError(signal.reason));
  });
  member.resolve = (hits) => {
    forget();
    resolve(hits);
  };
  member.reject = (error) => {
    forget();
    reject(error);
  };
}

/** Takes a member out; work that nobody waits for any more stops. */
function leave({ members, job }: Batch, member: Member): void {
  members.delete(member);
  if (members.size === 0) job?.cancel();
}

/** Answers all members; calls `begin` when it is their turn, after which no other can join. Never rejects. */
async function answer(batch: Batch, begin: () => void): Promise<void> {
  const { now, request, threads, members } = batch;
  try {
    await runJob({ threads }, async (native, job) => {
      begin();
      batch.job = job;
      const asked = [...members];
      if (asked.length === 0) return;
      const to = asked.reduce((rows, { probes }) => rows + probes.rows, 0);
      const all = together(
        asked.map(({ probes }) => probes),
        to,
        native,
      );
      try {
        shareOut(await now.search(all, { ...request, to }, job), asked);
      } finally {
        if (!asked.some(({ probes }) => Embeddings.is(probes) && Embeddings.native(probes) === all))
          all.close();
      }
    });
  } catch (error) {
    const isOne = members.size === 1;
    for (const member of members) {
      if (isOne) member.reject(error);
      else await answer({ ...batch, members: new Set([member]) }, begin);
    }
  }
}

/** All of these probes, which are of one kind; those of a single open matrix as they are. */
function together(
  all: readonly Probes[],
  rows: number,
  { NativeEmbeddings }: NativeBinding,
): NativeEmbeddings {
  const [first, ...others] = all.filter(Embeddings.is).map(Embeddings.native);
  if (first !== undefined) {
    return others.length > 0 ? NativeEmbeddings.stacked([first, ...others]) : first;
  }
  const parts = all as readonly Singles[];
  const dim = parts[0]?.dim ?? 0;
  const data = new Float32Array(rows * dim);
  let end = 0;
  for (const part of parts) {
    data.set(part.data, end);
    end += part.data.length;
  }
  return NativeEmbeddings.fromData(data, rows, dim);
}

/** Gives each member its hits. */
function shareOut({ starts, rows, distances, keys, labels }: NativeHits, members: Member[]): void {
  let end = 0;
  for (const { probes, resolve } of members) {
    const own = starts.subarray(end, end + probes.rows + 1);
    const [from = 0, to = 0] = [own[0], own[probes.rows]];
    end += probes.rows;
    resolve({
      starts: own.map((start) => start - from),
      rows: rows.slice(from, to),
      distances: distances.slice(from, to),
      ...(keys && { keys: keys.slice(from, to) }),
      ...(labels && { labels: labels.slice(from, to) }),
    });
  }
}
