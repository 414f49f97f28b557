// A person among many: a gallery opened once, searched for each probe, and grown while it is used.
//   node examples/gallery.mjs FOLDER
import { join } from 'node:path';
import { Gallery, openEmbeddings, readLabels } from 'hackface-native';

const folder = process.argv[2] ?? 'data';
const embeddings = await openEmbeddings(join(folder, 'train_set.npy'));
const { classes, names } = await readLabels(join(folder, 'train_labels.csv'), {
  rows: embeddings.rows,
});
const gallery = await Gallery.open(embeddings, { metric: 'cosine' });

// Every row among the others: how often is the nearest one of the same person?
const { probes, starts, rows } = await gallery.search(embeddings, 3, { excludeSelf: true });
let first = 0;
for (let probe = 0; probe < probes; probe += 1) {
  if (classes[rows[starts[probe]]] === classes[probe]) first += 1;
}
console.log(`${first} of ${probes} rows are nearest to one of their own person`);

// A newcomer is enrolled, found by its own row, and leaves again.
const newcomer = Float32Array.from({ length: embeddings.dim }, (_, i) => Math.sin(i * i));
const row = await gallery.add({ data: newcomer, rows: 1, dim: embeddings.dim });
const found = await gallery.search({ data: newcomer, rows: 1, dim: embeddings.dim }, 1);
console.log(`the newcomer is row ${row}, found at distance ${found.distances[0].toFixed(3)}`);
if (found.rows[0] !== row) throw new Error('not found');
await gallery.remove([row]);
console.log(`${gallery.size} rows of ${names.length} people stay`);
gallery.close();
embeddings.close();
