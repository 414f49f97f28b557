// All distances of 11,605 × 2,000 rows against scikit-learn and SciPy, and single calls that block.
import { join } from 'node:path';
import { median, ratios } from './measure.mjs';
import { writeNpy } from './npy.mjs';
import { findPython, openPeer } from './python.mjs';
import { normal } from './random.mjs';

const PEER = join(import.meta.dirname, 'peers', 'pairwise.py');
const [FIRST, SECOND, DIM, THREADS] = [11_605, 2000, 512, 2];
const ROUNDS = 5;
const PEERS = {
  cosine: ['sklearn', 'sklearn-jobs', 'product', 'cdist'],
  euclidean: ['sklearn', 'sklearn-jobs', 'product', 'cdist'],
  cityblock: ['cdist'],
};
/** Ratios that were asked for; of those with scikit-learn the record tells how far they are. */
const BARS = { cityblock: { cdist: 3 } };

export async function pairwise({ library, folder }) {
  const draw = normal(11);
  const sets = [FIRST, SECOND].map((rows, place) => {
    const data = Float32Array.from({ length: rows * DIM }, draw);
    const path = join(folder, `pairwise-${place}.npy`);
    writeNpy(path, data, rows, DIM);
    return path;
  });
  return [await matrices(library, sets), await calls(library, sets[1])].filter(Boolean);
}

async function matrices(library, files) {
  const python = findPython(['numpy', 'scipy', 'sklearn'], 'all distances beside scikit-learn');
  if (!python) return undefined;
  const [first, against] = files.map((file) => library.openEmbeddingsSync(file));
  const peer = openPeer(python, PEER, files);
  const section = { rows: [], bars: [], raw: {} };
  try {
    for (const [metric, peers] of Object.entries(PEERS)) {
      const times = { pairwise: [], ...Object.fromEntries(peers.map((by) => [by, []])) };
      for (let round = 0; round < ROUNDS; round += 1) {
        const begin = performance.now();
        await library.pairwise(first, { against, metric, threads: THREADS });
        times.pairwise.push((performance.now() - begin) / 1000);
        for (const by of peers) {
          times[by].push((await peer.ask({ do: 'time', metric, by })).seconds);
        }
      }
      section.raw[metric] = times;
      for (const by of peers) {
        const measured = ratios(times[by], times.pairwise).median;
        const seconds = [by, 'pairwise'].map((name) => median(times[name]).toFixed(2));
        section.rows.push([metric, by, ...seconds, measured.toFixed(2)]);
        const least = BARS[metric]?.[by];
        if (least) section.bars.push({ name: `${by} / pairwise, ${metric}`, measured, least });
      }
    }
  } finally {
    peer.close();
    first.close();
    against.close();
  }
  return {
    title: `All distances: ${FIRST} × ${SECOND} rows of ${DIM}, float64`,
    header: ['metric', 'peer', 'peer s', 'pairwise s', 'peer / pairwise'],
    note: `Medians of ${ROUNDS} rounds in turn. pairwise: ${THREADS} threads, files open. The peers have rows widened to float64 before. sklearn: n_jobs=None, its product on all threads of BLAS; sklearn-jobs: n_jobs=2; product: the product of matrices by itself, on all threads of BLAS, the least that a distance by BLAS takes; cdist: one thread. Distances are those of npm run oracle.`,
    ...section,
  };
}

/** Bars of single calls, in microseconds. */
const MOST = { scorePairsSync: 5, mapSync: 30 };
const CALLS = 20_000;

async function calls(library, file) {
  const rows = library.openEmbeddingsSync(file);
  const pair = { index1: Uint32Array.of(3), index2: Uint32Array.of(1777) };
  const options = { metric: 'cosine' };
  const vector = rows.row(5);
  const labels = Uint32Array.from({ length: rows.rows }, (_, row) => row % 200);
  const { model } = await library.fit({ embeddings: rows, labels, pipeline: 'whiten' });
  const array = library.openEmbeddingsSync({ data: rows.slice(0), dim: DIM });
  const works = {
    scorePairsSync: () => library.scorePairsSync(array, pair, options),
    'scorePairsSync, mapped file': () => library.scorePairsSync(rows, pair, options),
    mapSync: () => model.mapSync(vector),
    distance: () => library.distance(vector, vector),
  };
  const section = { rows: [], bars: [], raw: {} };
  for (const [name, work] of Object.entries(works)) {
    const times = timed(work);
    const [middle, late] = [0.5, 0.99].map((share) => times[Math.floor(share * times.length)]);
    section.raw[name] = { median: middle, p99: late };
    section.rows.push([name, middle.toFixed(1), late.toFixed(1)]);
    if (MOST[name]) section.bars.push({ name: `${name}, µs`, measured: middle, most: MOST[name] });
  }
  rows.close();
  array.close();
  return {
    title: 'One call that blocks, d = 512',
    header: ['call', 'median µs', '99th percentile µs'],
    note: `${CALLS} calls each, after as many. scorePairsSync: one pair of ${SECOND} open rows, in memory and of a file, which each call asks whether it changed. mapSync: one vector by a map of 512 × 512. distance: two vectors.`,
    ...section,
  };
}

/** Microseconds of each call, ascending. */
function timed(work) {
  const times = new Float64Array(CALLS);
  for (let call = -CALLS; call < CALLS; call += 1) {
    const begin = performance.now();
    work();
    if (call >= 0) times[call] = (performance.now() - begin) * 1000;
  }
  return times.sort();
}
