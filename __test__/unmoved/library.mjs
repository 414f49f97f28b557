// Results that only the library gives, printed as JSON. Run by a case, in the folder of all cases:
//   node library.mjs FOLDER plain|fitted    FOLDER is the dist/ of a checkout
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, part] = process.argv.slice(2);
const api = await import(pathToFileURL(join(folder, 'index.js')));

const PEOPLE = 'in/people.npy';
const pairs = await api.readPairs('in/pairs.csv');
const { same } = await api.readTruth('in/truth.csv');
const indices = { index1: pairs.index1, index2: pairs.index2 };
const distance = { orientation: 'distance' };
const rows = (...list) => Uint32Array.from(list);

/** Places and kinds of an error; its words may change. */
function refusalOf(promise) {
  return promise.then(
    () => 'none',
    ({ code, class: kind, file, row, line, column, constructor: { name } }) => {
      return { code, class: kind, file, row, line, column, name };
    },
  );
}

async function searched(options) {
  const gallery = await api.Gallery.open('in/gallery.npy', options);
  const first = await gallery.search('in/probes.npy', 4);
  const added = await gallery.add('in/probes.npy');
  await gallery.remove([0, 5]);
  const second = await gallery.search('in/probes.npy', 4);
  const { rows, size } = gallery;
  gallery.close();
  return { first, added, second, rows, size };
}

async function plain() {
  const distances = await api.scorePairs(PEOPLE, indices);
  const others = api.scorePairsSync(PEOPLE, indices, { metric: 'canberra', normalize: 'l2' });
  const embeddings = await api.openEmbeddings(PEOPLE);
  const opened = { rows: embeddings.rows, dim: embeddings.dim, dtype: embeddings.dtype };
  embeddings.close();
  const { classes, names } = await api.readLabels('in/labels.csv');
  const memory = {
    data: Float32Array.from({ length: 24 }, (_, i) => (i * i) % 7),
    rows: 6,
    dim: 4,
  };
  const score = (...rest) => refusalOf(api.scorePairs(...rest));
  return {
    names: Object.keys(api).sort(),
    opened,
    distances,
    others,
    ofMemory: await api.scorePairs(memory, { index1: rows(0, 1, 2), index2: rows(3, 4, 5) }),
    auroc: await api.auroc(distances, same, distance),
    eer: await api.eer(distances, same, distance),
    roc: await api.roc(distances, same, distance),
    compared: await api.compareScores(distances, others, same, { atFar: [0.1] }),
    evaluated: await api.evaluate(Float32Array.from(others), same, { folds: 3, seed: 4 }),
    labels: { classes, names },
    galleries: [
      await searched({}),
      await searched({ metric: 'cityblock', normalize: 'l2' }),
      await searched({ metric: 'sqeuclidean', memory: 0, threads: 3 }),
    ],
    refusals: [
      await score('in/nowhere.npy', indices),
      await score(PEOPLE, indices, { metric: 'cosin' }),
      await score(PEOPLE, { index1: [1], index2: [2] }),
      await score(PEOPLE, indices, { signal: AbortSignal.abort() }),
      await refusalOf(api.auroc(distances, same.subarray(1), distance)),
      await refusalOf(api.readPairs('in/pairs-far.csv', { header: 'yes' })),
    ],
  };
}

async function fitted() {
  const request = { embeddings: PEOPLE, labels: 'in/labels.csv' };
  const { model } = await api.fit({ ...request, pipeline: 'center, pca(8), plda' });
  const people = await model.enrol(PEOPLE, [[0, 12, 24], [1], rows(2, 14)]);
  const trials = { template: rows(0, 0, 1, 2, 2), row: rows(36, 37, 13, 26, 1) };
  return {
    sizes: people.sizes,
    enrolled: await people.scorePairs(PEOPLE, trials),
    distances: await model.scorePairs(PEOPLE, indices),
    again: api.Model.fromBytes(model.toBytes()).scorePairsSync(PEOPLE, indices),
    gallery: await searched({ model }),
    covariance: await api.covariance({ ...request, of: 'between' }),
    allPairs: await api.allPairs(request, { metric: 'euclidean' }),
  };
}

// Typed arrays as lists.
const asList = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
console.log(JSON.stringify(await { plain, fitted }[part](), asList));
