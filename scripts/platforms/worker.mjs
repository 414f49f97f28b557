// A worker thread that gives the answers while the main thread does.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import * as library from 'hackface-native';
import { answers, EXPECTED } from './answers.cjs';

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const there = new Promise((heard, failed) => worker.once('message', heard).once('error', failed));
  const [here, answered] = await Promise.all([answers(library), there]);
  if (JSON.stringify(here) !== JSON.stringify(EXPECTED)) throw new Error('the main thread differs');
  console.log(JSON.stringify(answered));
} else {
  parentPort.postMessage(await answers(library));
}
