// What only the library does, printed as JSON. Run by a case, in the folder of all cases:
//   node library.mjs FOLDER plain|fitted    FOLDER is the dist/ of a checkout
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, part] = process.argv.slice(2);
const api = await import(pathToFileURL(join(folder, 'index.js')));

const PEOPLE = 'in/people.npy';
const pairs = await api.readPairs('in/pairs.csv');
const { same } = await api.readTruth('in/truth.csv');
const indices = { index1: pairs.index1, index2: pairs.index2 };

/** Places and kinds of an error; its words may change. */
async function refusalOf(call) {
  try {
    await call();
  } catch (error) {
    const { code, class: errorClass, file, row, line, column } = error;
    return { code, class: errorClass, file, row, line, column, name: error.constructor.name };
  }
  return 'none';
}

async function searched(options, probes = 'in/probes.npy') {
  const gallery = await api.Gallery.open('in/gallery.npy', options);
  const first = await gallery.search(probes, 4);
  const added = await gallery.add(probes);
  gallery.remove([0, 5]);
  const second = await gallery.search(probes, 4);
  const { rows, size } = gallery;
  gallery.close();
  return { first, added, second, rows, size };
}

async function plain() {
  const orientation = 'distance';
  const distances = await api.scorePairs(PEOPLE, indices);
  const others = api.scorePairsSync(PEOPLE, indices, { metric: 'canberra', normalize: 'l2' });
  const embeddings = await api.openEmbeddings(PEOPLE);
  const { rows, dim, dtype } = embeddings;
  embeddings.close();
  const labels = await api.readLabels('in/labels.csv');
  const memory = {
    data: Float32Array.from({ length: 24 }, (_, i) => (i * i) % 7),
    rows: 6,
    dim: 4,
  };
  return {
    names: Object.keys(api).sort(),
    opened: { rows, dim, dtype },
    distances,
    others,
    ofMemory: await api.scorePairs(memory, {
      index1: Uint32Array.of(0, 1, 2),
      index2: Uint32Array.of(3, 4, 5),
    }),
    auroc: await api.auroc(distances, same, { orientation }),
    eer: await api.eer(distances, same, { orientation }),
    roc: await api.roc(distances, same, { orientation }),
    compared: await api.compareScores(distances, others, same, { atFar: [0.1] }),
    evaluated: await api.evaluate(Float32Array.from(others), same, { folds: 3, seed: 4 }),
    labels: { classes: labels.classes, names: labels.names },
    galleries: [
      await searched({}),
      await searched({ metric: 'cityblock', normalize: 'l2' }),
      await searched({ metric: 'sqeuclidean', memory: 0, threads: 3 }),
    ],
    refusals: [
      await refusalOf(() => api.scorePairs('in/nowhere.npy', indices)),
      await refusalOf(() => api.scorePairs(PEOPLE, indices, { metric: 'cosin' })),
      await refusalOf(() => api.scorePairs(PEOPLE, { index1: [1], index2: [2] })),
      await refusalOf(() => api.scorePairs(PEOPLE, indices, { signal: AbortSignal.abort() })),
      await refusalOf(() => api.auroc(distances, same.subarray(1), { orientation })),
      await refusalOf(() => api.readPairs('in/pairs-far.csv', { header: 'yes' })),
    ],
  };
}

async function fitted() {
  const request = { embeddings: PEOPLE, labels: 'in/labels.csv' };
  const { model } = await api.fit({ ...request, pipeline: 'center, pca(8), plda' });
  const people = await model.enrol(PEOPLE, [[0, 12, 24], [1], Uint32Array.of(2, 14)]);
  const template = Uint32Array.of(0, 0, 1, 2, 2);
  const row = Uint32Array.of(36, 37, 13, 26, 1);
  const again = api.Model.fromBytes(model.toBytes());
  return {
    sizes: people.sizes,
    enrolled: await people.scorePairs(PEOPLE, { template, row }),
    distances: await model.scorePairs(PEOPLE, indices),
    again: again.scorePairsSync(PEOPLE, indices),
    gallery: await searched({ model }),
    covariance: await api.covariance({ ...request, of: 'between' }),
    allPairs: await api.allPairs(request, { metric: 'euclidean' }),
  };
}

const parts = { plain, fitted };
// Typed arrays as lists.
const asList = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
console.log(JSON.stringify(await parts[part](), asList));
