/**
 * Threads that read one file after another. Readers start a thread for each file, which takes a third of a second
 * where libhdf5 is loaded; here one goes on until somebody ends it in the middle of a question, or has had enough.
 */
import { Worker, MessageChannel, type MessagePort, type WorkerOptions } from 'node:worker_threads';

/** Files that a thread reads before the next starts: what a package does not give back piles up. */
const MOST_FILES = 100;

/** The code of such a thread: runs each code that comes as if it were alone, with a port of its own. */
const RUNNER = `
const { parentPort } = require('node:worker_threads');
const { Memory } = WebAssembly;
const { grow } = Memory.prototype;
parentPort.on('message', async ({ code, port, workerData }) => {
  Memory.prototype.grow = grow;
  // libhdf5 tells files apart by their nodes.
  if (workerData.name === 'h5wasm') {
    const { FS } = await (await import(workerData.package)).ready;
    if (FS.analyzePath('/input.h5').exists) FS.unlink('/input.h5');
  }
  const given = (name) => name === 'node:worker_threads' ? { parentPort: port, workerData } : require(name);
  new Function('require', code)(given);
});`;

const QUIET: WorkerOptions = { eval: true, stdout: true, stderr: true };

let kept: { worker: Worker; files: number } | undefined;

/** A stand-in for a thread that is started with a code as text. */
class ReusedThread {
  readonly #started = kept ?? { worker: new Worker(RUNNER, QUIET), files: 0 };
  readonly #port: MessagePort;
  readonly #listeners: [string, (value: unknown) => void][] = [];
  /** Answers that are awaited: the first comes without a question. */
  #awaited = 1;

  constructor(code: string, { workerData, transferList = [] }: WorkerOptions) {
    kept = undefined;
    this.#started.files += 1;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', () => {
      this.#awaited -= 1;
    });
    const told = {
      code,
      port: port2,
      workerData: { ...workerData, package: import.meta.resolve('h5wasm') },
    };
    this.#started.worker.postMessage(told, [...transferList, port2]);
  }

  get performance() {
    return this.#started.worker.performance;
  }

  postMessage(question: unknown): void {
    this.#awaited += 1;
    this.#port.postMessage(question);
  }

  on(event: string, listener: (value: unknown) => void): void {
    if (event === 'message') this.#port.on(event, listener);
    else {
      this.#started.worker.on(event, listener);
      this.#listeners.push([event, listener]);
    }
  }

  async terminate(): Promise<void> {
    const { worker, files } = this.#started;
    for (const [event, listener] of this.#listeners) worker.off(event, listener);
    this.#port.close();
    if (this.#awaited === 0 && files < MOST_FILES && kept === undefined) kept = this.#started;
    else await worker.terminate();
  }
}

/** Makes readers of this process reuse threads until the function that it returns is called. */
export function reuseThreads(): () => Promise<void> {
  const threads = process.getBuiltinModule('node:worker_threads') as { Worker: unknown };
  const own = threads.Worker;
  threads.Worker = ReusedThread;
  return async () => {
    threads.Worker = own;
    await kept?.worker.terminate();
    kept = undefined;
  };
}
