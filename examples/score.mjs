// Distances from Node: files in, a submission out, and the same by hand.
//   node examples/score.mjs FOLDER      where FOLDER is what `hackface-native synth FOLDER` makes
import { join } from 'node:path';
import {
  checkSubmission,
  openEmbeddings,
  readPairs,
  score,
  scorePairs,
  writeSubmission,
} from 'hackface-native';

const folder = process.argv[2] ?? 'data';
const [npy, csv] = [join(folder, 'test_set.npy'), join(folder, 'test_pairs.csv')];

// One call, as the command line does it.
const output = join(folder, 'cosine.csv');
const summary = await score({ embeddings: npy, pairs: csv, output, submission: { force: true } });
console.log(`${summary.pairs} pairs of ${summary.rows} × ${summary.dim} in ${output}`);

// Step by step, to do something of your own with the distances in between.
const embeddings = await openEmbeddings(npy);
const pairs = await readPairs(csv, { rows: embeddings.rows });
const cosine = await scorePairs(embeddings, pairs, { metric: 'cosine' });
const canberra = await scorePairs(embeddings, pairs, { metric: 'canberra' });
embeddings.close();
const distances = cosine.map((distance, pair) => distance * canberra[pair]);
const mixed = join(folder, 'mixed.csv');
await writeSubmission(mixed, { ids: pairs.ids, distances }, { force: true });

// Before handing it in.
const { ok, findings } = await checkSubmission(mixed, { ids: pairs.ids });
console.log(`${mixed} is ${ok ? 'right' : 'wrong'}`, findings);
