/**
 * Threads in which packages of others read a file. On some damaged files such a package never ends, or fills the
 * memory; a thread can be ended.
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import { type AbortSignalLike, onAbort } from '../abort.js';
import { refused } from './failure.js';
import { type Failure, notLoaded, notRead, type OptionalPackage, PURPOSES } from './optional.js';
import type { Source } from './source.js';

/** Time that any file may take, and how many bytes of it and of its numbers add a millisecond. */
const [LEAST_MS, BYTES_PER_MS] = [1000, (16 << 20) / 1000];
/** Time between two looks at the thread. */
const LOOK_MS = 50;
/** Most time that one look counts: the process may have been stopped, or its main thread busy. */
const MOST_COUNTED_MS = 4 * LOOK_MS;
/** Memory that any file may take in the process, and how many times its bytes and those of its numbers. */
const [LEAST_MEMORY, COPIES] = [256 << 20, 8];

/** Answers questions about a file. */
export type Answering<Question> = (question: Question) => unknown;

/**
 * The code of a thread, which is handed over as text: it names nothing of its module but types. `given` is what
 * {@link BoundedThread.open} was given.
 */
export type Serve<Package, Given, Question> = (
  loaded: Package,
  given: Given,
  require: NodeJS.Require,
) => Answering<Question> | Promise<Answering<Question>>;

type Answer = { value: unknown } | { failure: Failure };

/** A thread that answers one question after another. Whoever opens it closes it. */
export class BoundedThread<Question> {
  #allowed: number;
  #spent = 0;
  #memory: number;
  #failure: Error | undefined;
  #settle: ((answer: Answer | Error) => void) | undefined;
  readonly #forget: () => void;

  private constructor(
    private readonly source: Source,
    private readonly name: OptionalPackage,
    private readonly worker: Worker,
    signal: AbortSignalLike | undefined,
  ) {
    this.#allowed = LEAST_MS + source.size / BYTES_PER_MS;
    this.#memory = process.memoryUsage.rss() + LEAST_MEMORY + COPIES * source.size;
    worker.on('message', (answer: Answer) => this.#settle?.(answer));
    worker.on('error', ({ message }) => this.#fail(notRead(source.file, name, message)));
    worker.on('exit', () => this.#fail(new Error('the thread has ended')));
    this.#forget = onAbort(signal, () => this.#fail(new Error('the call was aborted')));
  }

  /** Starts the thread and loads the package. Errors: `EFORMAT` without the package. */
  static async open<Package, Given, Question>(
    source: Source,
    name: OptionalPackage,
    serve: Serve<Package, Given, Question>,
    given: Given & { bytes?: Uint8Array },
    signal: AbortSignalLike | undefined,
  ): Promise<BoundedThread<Question>> {
    // Loaded here: most runs start no thread.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(`(${host})((${serve}),require)`, {
      eval: true,
      workerData: { base: import.meta.url, name, given },
      transferList: given.bytes === undefined ? [] : [given.bytes.buffer as ArrayBuffer],
      // Packages print what they do not read.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 32 + Math.ceil((COPIES * source.size) / 2 ** 20) },
    });
    const thread = new BoundedThread<Question>(source, name, worker, signal);
    try {
      const answer = await thread.#answer();
      if ('failure' in answer) throw notLoaded(source.file, name, answer.failure);
      return thread;
    } catch (error) {
      await thread.close();
      throw error;
    }
  }

  /**
   * Asks. `bytes` are those of the numbers that are read for it, which add to the time and the memory, as `ms` does
   * to the time; `where` names them. Errors: `EFORMAT` for what the package does not read, or not in this time.
   */
  async ask(question: Question, bytes: number, where: string, ms = 0): Promise<unknown> {
    const { source, name } = this;
    this.#allowed += bytes / BYTES_PER_MS + ms;
    this.#memory += COPIES * bytes;
    this.worker.postMessage(question);
    let [time, busy, idle] = [performance.now(), busyMs(), this.#idleMs()];
    const look = setInterval(() => {
      const [now, nowBusy, nowIdle] = [performance.now(), busyMs(), this.#idleMs()];
      // Time in which the process works, or the thread waits for what never comes; none that others take.
      const counted = Math.max(nowBusy - busy, nowIdle - idle);
      this.#spent += Math.min(now - time, counted, MOST_COUNTED_MS);
      [time, busy, idle] = [now, nowBusy, nowIdle];
      if (this.#spent > this.#allowed) {
        this.#fail(this.#endless(`no end of ${where} after ${(this.#spent / 1000).toFixed(1)} s`));
      } else if (process.memoryUsage.rss() > this.#memory) {
        this.#fail(this.#endless(`${where} to fill the memory`));
      }
    }, LOOK_MS);
    try {
      const answer = await this.#answer();
      if ('failure' in answer) throw notRead(source.file, name, answer.failure.message);
      return answer.value;
    } finally {
      clearInterval(look);
    }
  }

  /** Ends the thread, whatever it does. */
  async close(): Promise<void> {
    this.#forget();
    await this.worker.terminate();
  }

  #answer(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#settle = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
      if (this.#failure) reject(this.#failure);
    });
  }

  /** Time in which the thread had nothing to do, in milliseconds. */
  #idleMs(): number {
    return this.worker.performance.eventLoopUtilization().idle;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle?.(this.#failure);
  }

  #endless(found: string): Error {
    return refused(this.source.file, {
      found,
      expected: `a file as ${PURPOSES[this.name]} writes it, which takes less`,
      hint: 'The file was damaged, or made to hang whoever reads it: write it again',
    });
  }
}

/** Processor time of the process, all of its threads, in milliseconds. */
function busyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The code of each thread: loads the package from where this one is, then answers. */
async function host(
  serve: Serve<unknown, unknown, unknown>,
  require: NodeJS.Require,
): Promise<void> {
  const { parentPort, workerData } = require('node:worker_threads');
  const port = parentPort as MessagePort;
  const answer = async (work: () => unknown) => {
    try {
      port.postMessage({ value: await work() });
    } catch (error) {
      const { message = String(error), code } = error as Failure;
      port.postMessage({ failure: { message, code } });
    }
  };
  let ask: Answering<unknown>;
  port.on('message', (question: unknown) => answer(() => ask(question)));
  await answer(async () => {
    const { Script, constants } = require('node:vm');
    const load = new Script('(name)=>import(name)', {
      filename: require('node:url').fileURLToPath(workerData.base),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }).runInThisContext();
    ask = await serve(await load(workerData.name), workerData.given, require);
  });
}
