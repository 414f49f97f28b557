/** Searches of few probes that wait for their turn: one pass over the rows of a gallery answers all of them. */
import { onAbort } from './abort.js';
import type { NativeGallery, NativeHits, NativeJob, NativeSearch } from './binding.js';
import { Embeddings } from './embeddings.js';
import { AbortError, type JobOptions, runJob } from './job.js';
import { callNative } from './native.js';

/** Most probes of a search that is asked with others, and of all of them together. */
const FEW = 16;
const MOST = 64;

/** One of several searches. */
interface Member {
  probes: Embeddings;
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

  /** True for so few probes that a pass over the rows has room for others. */
  static takes(probes: Embeddings): boolean {
    return probes.rows <= FEW;
  }

  /**
   * The hits of probes in the gallery as `now` holds it, which is closed at the end. An abort rejects at once.
   * Searches that fail together are asked one by one, so that each has the error of its own.
   */
  search(
    now: NativeGallery,
    probes: Embeddings,
    request: NativeSearch,
    { signal, threads }: JobOptions,
  ): Promise<NativeHits> {
    if (signal?.aborted) {
      now.close();
      return Promise.reject(new AbortError(signal.reason));
    }
    const { k, fuse, templates } = request;
    const key = [probes.dim, probes.dtype, k, fuse, templates, threads].join();
    const open = this.#waiting.get(key);
    const joins =
      open !== undefined && hasRoom(open.members, probes) && callNative(() => open.now.isSame(now));
    const batch = joins ? open : { now, request, threads, members: new Set<Member>() };
    if (joins) now.close();
    return new Promise<NativeHits>((resolve, reject) => {
      const member = { probes, resolve, reject };
      batch.members.add(member);
      const forget = onAbort(signal, () => {
        leave(batch, member);
        reject(new AbortError(signal?.reason));
      });
      member.resolve = (hits) => {
        forget();
        resolve(hits);
      };
      member.reject = (error) => {
        forget();
        reject(error);
      };
      if (!joins) this.#ask(key, batch);
    });
  }

  async #ask(key: string, batch: Batch): Promise<void> {
    const begin = () => {
      if (this.#waiting.get(key) === batch) this.#waiting.delete(key);
    };
    this.#waiting.set(key, batch);
    try {
      await answer(batch, begin);
    } finally {
      begin();
      batch.now.close();
    }
  }
}

function hasRoom(members: Set<Member>, { rows }: Embeddings): boolean {
  let all = rows;
  for (const { probes } of members) all += probes.rows;
  return all <= MOST;
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
    await runJob({ threads }, async ({ NativeEmbeddings }, job) => {
      begin();
      batch.job = job;
      const asked = [...members];
      const [first, ...others] = asked.map(({ probes }) => Embeddings.native(probes));
      if (first === undefined) return;
      const all = others.length > 0 ? NativeEmbeddings.stacked([first, ...others]) : first;
      const to = asked.reduce((rows, { probes }) => rows + probes.rows, 0);
      try {
        shareOut(await now.search(all, { ...request, to }, job), asked);
      } finally {
        if (all !== first) all.close();
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
