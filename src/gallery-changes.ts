/** Additions and removals of a gallery, one after the other; those that wait are on the disk together. */
import type { NativeChangeOfRows, NativeGallery, NativeOutcome } from './binding.js';
import { type JobOptions, runJob, untilAborted } from './job.js';
import { faultError } from './native.js';

/** Most changes that are done together. */
const MOST = 64;

/** Changes that are done together. */
interface Group {
  threads: number | undefined;
  changes: NativeChangeOfRows[];
  outcomes: Promise<NativeOutcome[]>;
}

/** The changes of one gallery. */
export class GalleryChanges {
  readonly #native: NativeGallery;
  readonly #memory: number | undefined;
  /** Settles when nothing runs or waits. */
  #last: Promise<unknown> = Promise.resolve();
  /** The last that wait, which others may join. */
  #waiting: Group | undefined;
  /** Calls that may still change the gallery. */
  #calls = 0;
  #closed = false;

  constructor(native: NativeGallery, memory: number | undefined) {
    this.#native = native;
    this.#memory = memory;
  }

  /** Runs a call that may change the gallery, which stays open to it. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    try {
      return await call();
    } finally {
      this.#calls -= 1;
      this.#closeAtLast();
    }
  }

  /** True while calls may still change the gallery. */
  get areRunning(): boolean {
    return this.#calls > 0;
  }

  /** Closes the gallery once no call may change it any more. */
  close(): void {
    this.#closed = true;
    this.#closeAtLast();
  }

  #closeAtLast(): void {
    if (this.#closed && this.#calls === 0) this.#native.close();
  }

  /**
   * Changes the gallery, after all that was asked for before, and gives the number of the outcome. One that can
   * be aborted or watched is done by itself.
   */
  async change(change: NativeChangeOfRows, options: JobOptions): Promise<number> {
    const { signal, onProgress, threads } = options;
    const alone = signal !== undefined || onProgress !== undefined;
    const open = alone ? undefined : this.#waiting;
    const joins = open?.threads === threads && open && open.changes.length < MOST;
    const group = joins ? open : this.#begin(threads, options);
    if (alone) this.#waiting = undefined;
    const place = group.changes.push(change) - 1;
    const { number, fault } = (await group.outcomes)[place] ?? {};
    if (fault) throw faultError(fault);
    return number ?? 0;
  }

  #begin(threads: number | undefined, options: JobOptions): Group {
    const changes: NativeChangeOfRows[] = [];
    const outcomes = this.inTurn(options, () => {
      if (this.#waiting === group) this.#waiting = undefined;
      return runJob(options, (_, job) => this.#native.change(changes, this.#memory, job));
    });
    const group: Group = { threads, changes, outcomes };
    this.#waiting = group;
    return group;
  }

  /** Runs work once all that was asked for before has ended, or rejects when it is aborted. */
  async inTurn<T>({ signal }: JobOptions, work: () => Promise<T>): Promise<T> {
    // What comes later waits behind it.
    this.#waiting = undefined;
    const earlier = this.#last;
    const turn = signal && !signal.aborted ? untilAborted(earlier, signal) : earlier;
    const working = turn.then(work);
    // Without what they gave: it would hold what all before them gave, for ever.
    this.#last = Promise.allSettled([earlier, working]).then(() => undefined);
    return working;
  }
}
