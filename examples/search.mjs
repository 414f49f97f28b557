// A learned metric in a search engine: rows are mapped so that a plain measure orders them as the model
// does, and streamed to where they are indexed, block by block, whatever their number. Here the
// "engine" is a loop; faiss, pgvector, Qdrant or LanceDB take the same rows and the same measure.
//   node examples/search.mjs FOLDER
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fit, openEmbeddings } from 'hackface-native';

const folder = process.argv[2] ?? 'data';
const { model } = await fit({
  embeddings: join(folder, 'train_set.npy'),
  labels: join(folder, 'train_labels.csv'),
  pipeline: 'center, pca(auto), wccn, euclidean',
});

const test = join(folder, 'test_set.npy');
const mapped = join(folder, 'mapped.npy');
const { rows, dim, metric } = await model.transform(test, mapped, {
  dtype: 'float32',
  force: true,
});
console.log(`${rows} rows of ${dim} columns; the engine's measure is ${metric}`);

/** Blocks of rows of a float32 .npy file in C order, as `transform` writes it. */
async function* blocks(path, rows, dim, size = 256) {
  const file = await open(path);
  try {
    const head = Buffer.alloc(12);
    await file.read(head, 0, 12, 0);
    const start = head[6] === 1 ? 10 + head.readUInt16LE(8) : 12 + head.readUInt32LE(8);
    for (let first = 0; first < rows; first += size) {
      const count = Math.min(size, rows - first);
      const block = new Float32Array(count * dim);
      await file.read(new Uint8Array(block.buffer), 0, block.byteLength, start + 4 * first * dim);
      yield { first, count, block };
    }
  } finally {
    await file.close();
  }
}

/** The row nearest to the first one, by squared L2: what a flat index of any engine answers. */
let query;
let nearest = { row: -1, distance: Number.POSITIVE_INFINITY };
for await (const { first, count, block } of blocks(mapped, rows, dim)) {
  query ??= block.slice(0, dim);
  for (let row = 0; row < count; row += 1) {
    if (first + row === 0) continue;
    let distance = 0;
    for (let column = 0; column < dim; column += 1) {
      distance += (block[row * dim + column] - query[column]) ** 2;
    }
    if (distance < nearest.distance) nearest = { row: first + row, distance };
  }
}

// The model itself agrees: it gives the pair the same distance.
const embeddings = await openEmbeddings(test);
const pair = { index1: Uint32Array.of(0), index2: Uint32Array.of(nearest.row) };
const [byModel] = await model.scorePairs(embeddings, pair);
embeddings.close();
const byEngine = Math.sqrt(nearest.distance);
console.log(
  `nearest to row 0 is row ${nearest.row}: ${byEngine} by the engine, ${byModel} by the model`,
);
if (Math.abs(byEngine - byModel) > 1e-4 * byModel) throw new Error('they differ');
await rm(mapped);
