/**
 * Opens, computes and closes again and again, by every kind of handle, and reports what it holds.
 *   cycles.js FOLDER COUNT      run with --expose-gc
 */
import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fit, Gallery, Model, openEmbeddings, readPairs, scorePairs } from 'hackface-native';
import { randomNpy } from '../../support/npy.js';
import { held } from './watch.js';
import { digest, matrix, pairs, report } from './work.js';

const [folder = '', count = '100'] = process.argv.slice(2);
const [ROWS, DIM] = [1000, 64];
const options = { metric: 'sqeuclidean', threads: 2 };

const file = join(folder, 'rows.npy');
const list = join(folder, 'pairs.csv');
const modelFile = join(folder, 'model.safetensors');
const galleryFile = join(folder, 'people.gallery');
writeFileSync(file, randomNpy(ROWS, DIM));
writeFileSync(list, `index1,index2\n${'0,1\n2,3\n5,998\n'.repeat(20)}`);
const labels = Uint32Array.from({ length: ROWS }, (_, row) => row % 100);
const learned = await fit({ embeddings: file, labels, pipeline: 'center, pca(8), cosine' });
await learned.model.save(modelFile);
const made = await Gallery.open(file, { metric: 'sqeuclidean' });
await made.save(galleryFile);
made.close();
const probes = matrix(3, DIM);

/** One cycle: the answers of each kind of handle, as one text. */
async function cycle(number: number): Promise<string> {
  const embeddings = await openEmbeddings(file, { io: number % 2 === 0 ? 'mmap' : 'read' });
  const read = await readPairs(list, { rows: ROWS });
  const scored = await scorePairs(embeddings, read, options);
  const model = await Model.load(modelFile);
  const learned = await model.scorePairs(embeddings, pairs(50, ROWS));
  embeddings.close();
  const gallery = await Gallery.open(galleryFile);
  const hits = await gallery.search(probes, 4);
  gallery.close();
  const controller = new AbortController();
  const aborted = scorePairs(matrix(20, 8), pairs(30, 20), { signal: controller.signal });
  controller.abort();
  const outcome = await aborted.then(
    () => 'done',
    () => 'aborted',
  );
  assert.equal(outcome, 'aborted');
  return `${digest(scored)} ${digest(learned)} ${JSON.stringify(hits)}`;
}

const right = await cycle(0);
const step = Math.max(1, Math.floor(Number(count) / 40));
for (let number = 0; number < Number(count); number += 1) {
  if (number % step === 0) report(await held(number));
  assert.equal(await cycle(number), right, `cycle ${number}`);
}
report(await held(Number(count)));
