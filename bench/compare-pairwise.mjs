// All distances of two sets, and of one among itself, against SciPy's cdist and pdist in float64.
import { join } from 'node:path';
import { writeNpy } from './npy.mjs';
import { openPeer } from './python.mjs';
import { uniform } from './random.mjs';
import { table } from './table.mjs';

const PEER = join(import.meta.dirname, 'peers', 'pairwise.py');
const BOUND = 1e-12;
const [FIRST, SECOND, DIM] = [211, 97, 37];

/** Every metric that SciPy has; the last two of rows of zeros and ones. */
const METRICS = [
  'sqeuclidean',
  'euclidean',
  'cosine',
  'correlation',
  'cityblock',
  'chebyshev',
  'minkowski(p=3)',
  'minkowski(p=1.5)',
  'canberra',
  'braycurtis',
  'seuclidean',
  'mahalanobis',
  'jensenshannon',
  'yule',
  'rogerstanimoto',
];

/** Prints the worst difference of each metric; true when all are within the bound. */
export async function comparePairwise(library, python, folder) {
  const random = uniform(6);
  const drawn = (rows) => Float32Array.from({ length: rows * DIM }, () => 2 * random());
  const sets = [
    [drawn(FIRST), FIRST],
    [drawn(SECOND), SECOND],
  ];
  const files = sets.map(([values, rows], place) => {
    const path = join(folder, `pairwise-${place}.npy`);
    writeNpy(path, values, rows, DIM);
    return path;
  });
  const peer = openPeer(python, PEER, files);
  const lines = [];
  try {
    for (const metric of METRICS) {
      for (const condensed of [false, true]) {
        const out = join(folder, 'pairwise-expected.npy');
        await peer.ask({ do: 'distances', metric, condensed, out });
        const expected = library.openEmbeddingsSync(out).slice(0);
        const worst = largest(ours(library, sets, metric, condensed), expected);
        const name = condensed ? `${metric}, pdist` : metric;
        lines.push([name, worst.toExponential(1), worst <= BOUND ? 'held' : 'FAILED']);
      }
    }
  } finally {
    peer.close();
  }
  console.log(`\nAll distances against cdist and pdist, bound ${BOUND}, relative above 1:\n`);
  console.log(table(['metric', 'worst', ''], lines));
  return lines.every(([, , verdict]) => verdict === 'held');
}

function ours(library, sets, metric, condensed) {
  const isBinary = ['yule', 'rogerstanimoto'].includes(metric);
  const [first, against] = sets.map(([data]) => ({
    data: isBinary ? data.map((value) => Number(value > 1)) : data,
    dim: DIM,
  }));
  const options = condensed ? { condensed } : { against };
  return library.pairwiseSync(first, { ...options, metric }).data;
}

/** The largest difference, relative where the distance is above 1. */
function largest(found, expected) {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (const [place, value] of expected.entries()) {
    const apart = Math.abs(found[place] - value) / Math.max(1, Math.abs(value));
    worst = Math.max(apart, worst);
  }
  return worst;
}
