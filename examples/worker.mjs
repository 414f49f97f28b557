// From a worker thread. Work leaves the main thread anyway, so a worker is for what is around it: here
// reading and joining of large CSV files. Results travel without a copy.
//   node examples/worker.mjs FOLDER
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openEmbeddings, readPairs, scorePairs } from 'hackface-native';

if (isMainThread) {
  const folder = process.argv[2] ?? 'data';
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder } });
  worker.on('message', ({ distances, ids }) => {
    const nearest = distances.indexOf(distances.reduce((least, d) => Math.min(least, d)));
    console.log(
      `${distances.length} distances; the pair ${ids[nearest]} is the nearest, ${distances[nearest]}`,
    );
  });
  worker.on('error', (error) => {
    throw error;
  });
} else {
  const { folder } = workerData;
  const embeddings = await openEmbeddings(join(folder, 'test_set.npy'));
  const pairs = await readPairs(join(folder, 'test_pairs.csv'), { rows: embeddings.rows });
  const distances = await scorePairs(embeddings, pairs, { metric: 'cosine' });
  embeddings.close();
  parentPort.postMessage({ distances, ids: pairs.ids }, [distances.buffer]);
}
