/**
 * Scores, searches, adds, removes, evaluates, fits and aborts at once, for so many seconds; compares every answer and
 * reports what the process holds.
 *   mixed.js FOLDER SECONDS      run with --expose-gc
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortError,
  evaluate,
  fit,
  Gallery,
  openEmbeddings,
  score,
  scorePairs,
} from 'hackface-native';
import { randomNpy } from '../../support/npy.js';
import { randomNumbers } from '../../support/random.js';
import { held } from './watch.js';
import { digest, longJob, matrix, pairs, report } from './work.js';

const [folder = '', seconds = '60'] = process.argv.slice(2);
const [ROWS, DIM] = [2000, 64];
const file = join(folder, 'rows.npy');
const list = join(folder, 'pairs.csv');
writeFileSync(file, randomNpy(ROWS, DIM));
writeFileSync(list, `index1,index2\n${'0,1\n2,3\n5,998\n'.repeat(300)}`);

const embeddings = await openEmbeddings(file);
const labels = Uint32Array.from({ length: ROWS }, (_, row) => row % 200);
const scores = Float64Array.from({ length: 5000 }, (_, i) => Math.sin(i * 1.7));
const same = Uint8Array.from(scores, (_, i) => (i % 3 === 0 ? 1 : 0));
const probes = matrix(4, DIM);
// Rows that come and go are farther than all that stay, so that the answers of searches stay.
const far = Float32Array.from({ length: DIM }, (_, i) => 1000 + i);
const keys = Array.from({ length: ROWS }, (_, row) => `k${row}`);
const kept = join(folder, 'people.gallery');
const made = await Gallery.open(file, { metric: 'sqeuclidean', keys });
await made.save(kept);
made.close();
const gallery = await Gallery.open(kept, { journal: true });
let added = 0;
let written = 0;

/** Each kind of work, as a text that must be the same each time. */
const WORK: Record<string, () => Promise<string>> = {
  score: async () => digest(await scorePairs(embeddings, pairs(5000, ROWS), { threads: 2 })),
  'score a file': async () => {
    written += 1;
    const output = join(folder, `scores-${written}.csv`);
    await score({ embeddings: file, pairs: list, output });
    const text = readFileSync(output, 'latin1');
    rmSync(output);
    return text;
  },
  search: async () => JSON.stringify(await gallery.search(probes, 5)),
  'add and remove': async () => {
    added += 1;
    const key = `far${added}`;
    await gallery.add([far], { keys: [key] });
    const got = gallery.get(key)?.vector.every((value, i) => value === far[i]);
    await gallery.remove(key);
    return `${got} ${gallery.has(key)}`;
  },
  evaluate: async () => {
    const { auroc, eer } = await evaluate(scores, same);
    return JSON.stringify([auroc, eer]);
  },
  fit: async () => {
    const { model } = await fit({ embeddings, labels, pipeline: 'center, pca(8), cosine' });
    return digest(await model.scorePairs(embeddings, pairs(500, ROWS)));
  },
  abort: async () => {
    const controller = new AbortController();
    const call = longJob({ signal: controller.signal });
    setTimeout(() => controller.abort(), 5 + (added % 30));
    const outcome = await call.then(
      () => 'done',
      (error: unknown) => (error instanceof AbortError ? 'aborted' : String(error).slice(0, 300)),
    );
    // On a machine that is busy, work may be done before the timer has its turn.
    return outcome === 'done' && !controller.signal.aborted ? 'aborted' : outcome;
  },
  refuse: async () => {
    const error = await scorePairs(embeddings, pairs(5, ROWS), { metric: 'cosin' }).catch(
      (error: unknown) => error,
    );
    return String(error);
  },
};

const right = new Map<string, string>();
for (const [name, work] of Object.entries(WORK)) right.set(name, await work());
const names = Object.keys(WORK);
const random = randomNumbers(Number(process.pid));
const started = performance.now();
const elapsed = () => (performance.now() - started) / 1000;
let answers = 0;
/** One of four that work side by side. */
async function worker(): Promise<void> {
  while (elapsed() < until) {
    const name = names[Math.floor(random() * names.length)] as string;
    const answer = await (WORK[name] as () => Promise<string>)();
    assert.equal(answer, right.get(name), name);
    answers += 1;
  }
}

const rounds = Math.min(40, Math.max(4, Math.floor(Number(seconds) / 5)));
let until = 0;
for (let round = 1; round <= rounds; round += 1) {
  until = (Number(seconds) * round) / rounds;
  await Promise.all([worker(), worker(), worker(), worker()]);
  // What was removed leaves the file, and memory.
  await gallery.compact();
  report({ ...(await held(elapsed())), answers });
}
