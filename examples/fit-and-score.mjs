// Learns a metric, sees on people set aside whether it helps, and scores with it only if it does.
//   node examples/fit-and-score.mjs FOLDER
import { join } from 'node:path';
import {
  fit,
  Model,
  openEmbeddings,
  readPairs,
  scorePairs,
  writeSubmission,
} from 'hackface-native';

const folder = process.argv[2] ?? 'data';
const { model, heldOut } = await fit({
  embeddings: join(folder, 'train_set.npy'),
  labels: join(folder, 'train_labels.csv'),
  pipeline: 'wccn',
  holdout: 0.2,
});
const { value, low, high } = heldOut.difference;
console.log(
  `AUROC on ${heldOut.identities} held-out people: ${heldOut.model.auroc.toFixed(4)} learned, ` +
    `${heldOut.cosine.auroc.toFixed(4)} cosine; difference ${value.toFixed(4)}, ` +
    `95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}`,
);

const file = join(folder, 'wccn.safetensors');
await model.save(file, { force: true });

const embeddings = await openEmbeddings(join(folder, 'test_set.npy'));
const pairs = await readPairs(join(folder, 'test_pairs.csv'), { rows: embeddings.rows });
const learned = await Model.load(file);
const helps = low > 0;
const distances = helps
  ? await learned.scorePairs(embeddings, pairs)
  : await scorePairs(embeddings, pairs, { metric: 'cosine' });
embeddings.close();
const output = join(folder, 'chosen.csv');
await writeSubmission(output, { ids: pairs.ids, distances }, { force: true });
console.log(
  `${output}: ${helps ? 'the learned metric' : 'cosine, as learning does not clearly help'}`,
);
