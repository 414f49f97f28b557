// Loads the addon in a worker thread that then ends, many times, and at last in the main thread.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

async function distance() {
  const { scorePairs } = await import('hackface-native');
  const matrix = { data: Float32Array.of(3, 4, 4, 3), rows: 2, dim: 2 };
  const pairs = { index1: Uint32Array.of(0), index2: Uint32Array.of(1) };
  return (await scorePairs(matrix, pairs, { metric: 'sqeuclidean', threads: 2 }))[0];
}

if (isMainThread) {
  const rounds = Number(process.argv[2]);
  for (let round = 0; round < rounds; round += 1) {
    const worker = new Worker(new URL(import.meta.url));
    const answer = new Promise((heard, failed) =>
      worker.once('message', heard).once('error', failed),
    );
    const left = new Promise((ended) => worker.once('exit', ended));
    if ((await answer) !== 2) throw new Error(`round ${round}: ${await answer}`);
    // Every other one is stopped from outside, in whatever it does then.
    if (round % 2 === 1) await worker.terminate();
    await left;
  }
  console.log(JSON.stringify({ rounds, distance: await distance() }));
} else {
  parentPort.postMessage(await distance());
}
