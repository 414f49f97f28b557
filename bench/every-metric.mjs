// Every metric over all pairs: this package, SciPy in a loop, NumPy over whole arrays.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, takeTurns } from './measure.mjs';
import { writeNpy } from './npy.mjs';
import { findPython, runPeer } from './python.mjs';

const PEER = join(import.meta.dirname, 'peers', 'time_metrics.py');
const PEER_ROUNDS = 3;
/** Relative; the condition of the covariance and of the real-valued counts is in it. */
const TOLERANCE = 1e-8;
/** Milliseconds of the metrics that take long, on two threads. */
const LIMITS = {
  seuclidean: { most: 14, goal: 6 },
  mahalanobis: { most: 200, goal: 60 },
  jensenshannon: { most: 40 },
  'minkowski(p=3.2)': { most: 30 },
};

export function everyMetric({ library, files, folder, pairs, rounds }) {
  const python = findPython(['numpy', 'scipy'], 'every metric, timed against SciPy and NumPy');
  if (!python) return undefined;
  const signed = library.openEmbeddingsSync(files.embeddings);
  const { rows, dim } = signed;
  const bytes = readFileSync(files.embeddings);
  const numbers = new Float32Array(
    new Uint8Array(bytes.subarray(bytes.length - rows * dim * 4)).buffer,
  );
  const absolute = numbers.map(Math.abs);
  const nonNegative = library.openEmbeddingsSync({ data: absolute, rows, dim });
  const paths = ['non-negative.npy', 'pairs.npy', 'answers.f64'].map((name) => join(folder, name));
  writeNpy(paths[0], absolute, rows, dim);
  writeNpy(paths[1], new Uint32Array([...pairs.index1, ...pairs.index2]), 2, pairs.index1.length);
  const peer = runPeer(python, PEER, [files.embeddings, ...paths, String(PEER_ROUNDS)]);
  const answers = readFileSync(paths[2]);

  const raw = {};
  const table = peer.results.map(({ metric, loop, vectorised }, place) => {
    const source = metric === 'jensenshannon' ? nonNegative : signed;
    const score = (threads) => () =>
      library.scorePairsSync(source, pairs, { metric, threads, onUndefined: 'max' });
    const length = pairs.index1.length;
    const expected = new Float64Array(
      answers.buffer,
      answers.byteOffset + place * length * 8,
      length,
    );
    assertEqual(metric, score(2)(), expected);
    const times = takeTurns({ one: score(1), two: score(2) }, rounds);
    raw[metric] = { ...times, loop, vectorised };
    const [one, two] = [median(times.one), median(times.two)];
    const scipy = loop ? median(loop) : undefined;
    const numpy = median(vectorised);
    return [
      metric,
      one.toFixed(1),
      two.toFixed(1),
      scipy ? scipy.toFixed(0) : '-',
      scipy ? (scipy / two).toFixed(0) : '-',
      numpy.toFixed(0),
      (numpy / two).toFixed(0),
    ];
  });
  signed.close();
  nonNegative.close();
  return {
    title: 'Every metric, warm: 31,444 pairs, d = 512',
    header: [
      'metric',
      '1 thread ms',
      '2 threads ms',
      'SciPy loop ms',
      'times',
      'NumPy arrays ms',
      'times',
    ],
    rows: table,
    note: `Median of ${rounds} rounds, of ${PEER_ROUNDS} for Python. SciPy loop: scipy.spatial.distance, one call a pair. NumPy arrays: rows of all pairs gathered, the formula over whole arrays, float64, one process. times: over 2 threads. seuclidean and mahalanobis: this package estimates the variances inside the time, Python before it.`,
    bars: table.flatMap(([metric, , two]) => {
      const limit = LIMITS[metric];
      return limit ? [{ name: `${metric}, ms`, measured: Number(two), ...limit }] : [];
    }),
    raw,
    versions: { ...python.versions, ...peer.versions },
  };
}

function assertEqual(metric, found, expected) {
  for (let i = 0; i < expected.length; i += 1) {
    const error = Math.abs(found[i] - expected[i]);
    if (!(error <= TOLERANCE * Math.max(1, Math.abs(expected[i])))) {
      throw new Error(`${metric}, pair ${i}: ${found[i]} here, ${expected[i]} in NumPy`);
    }
  }
}
