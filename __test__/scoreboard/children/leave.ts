/** Ends in the middle of a long job: `leave.js exit` the process, `leave.js terminate` a worker. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { scorePairs } from 'hackface-native';
import { digest, longJob, matrix, pairs, report } from './work.js';

if (!isMainThread) {
  void longJob({ onProgress: () => parentPort?.postMessage('running') });
} else if (process.argv[2] === 'exit') {
  void longJob({
    onProgress: () => {
      report({ at: Date.now() });
      process.exit(3);
    },
  });
} else {
  const worker = new Worker(new URL(import.meta.url));
  await new Promise((running) => worker.once('message', running));
  const started = performance.now();
  await worker.terminate();
  const ms = performance.now() - started;
  report({ ms, good: digest(await scorePairs(matrix(20, 8), pairs(30, 20))) });
}
