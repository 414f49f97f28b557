// Learning from 454,714 × 512 labelled rows, from the command typed to the model written.
import { join } from 'node:path';
import { runWatched } from './anonymous-memory.mjs';
import { fullSize } from './full-size.mjs';
import { median } from './measure.mjs';
import { findPython, runPeer } from './python.mjs';

/** The most that a fit takes, as a multiple of one product of the rows, and what is wanted. */
const MODELS = {
  lda: { most: 3, goal: 1.8 },
  wccn: { most: 3, goal: 1.8 },
  plda: { most: 5.5, goal: 2.5 },
};

export async function learned({ library, root, cli, folder, rounds }) {
  const { train, labels } = fullSize(cli, folder);
  const times = Object.fromEntries(Object.keys(MODELS).map((name) => [name, []]));
  let mib = 0;
  for (let round = 0; round <= Math.min(rounds, 5); round += 1) {
    for (const name of Object.keys(MODELS)) {
      const output = join(folder, `${name}.safetensors`);
      const args = [cli, 'fit', '-e', train, '-l', labels, '-m', name, '-o', output, '-q', '-f'];
      const run = await runWatched(process.execPath, args);
      mib = Math.max(mib, run.mib ?? 0);
      // The first round brings the file into the page cache.
      if (round > 0) times[name].push(run.seconds);
    }
  }
  const ledoitWolf = [];
  let shrinkage;
  for (let round = 0; round < 4; round += 1) {
    const begin = performance.now();
    const found = await library.covariance({ embeddings: train, shrinkage: 'ledoit-wolf' });
    if (round > 0) ledoitWolf.push((performance.now() - begin) / 1000);
    shrinkage = found.shrinkage;
  }
  const rows = Object.keys(MODELS).map((name) => [`fit -m ${name}`, ...figures(times[name])]);
  rows.push(['covariance, Ledoit–Wolf, in process', ...figures(ledoitWolf)]);
  const bars = [
    { name: 'fit -m lda, s', measured: median(times.lda), most: 2.5 },
    { name: 'fit -m plda, s', measured: median(times.plda), most: 5, goal: 2.5 },
  ];
  if (mib > 0) {
    bars.push({ name: 'anonymous memory of fit, MiB', measured: mib, most: 250 / 1.048576 });
  }
  const python = findPython(['numpy', 'scipy', 'sklearn'], 'NumPy and scikit-learn, timed');
  const raw = { ...times, ledoitWolf, shrinkage };
  if (python) {
    const peer = runPeer(python, join(root, 'bench', 'peers', 'learned.py'), [
      train,
      labels,
      '--lda',
    ]);
    // scikit-learn sums in float32 where rows are.
    if (Math.abs(peer.shrinkage - shrinkage) > 1e-3 * peer.shrinkage) {
      throw new Error(`the answers differ: shrinkage ${shrinkage} and ${peer.shrinkage}`);
    }
    rows.push(['NumPy X.T @ X, rows in memory', ...figures(peer.product)]);
    rows.push(['scikit-learn ledoit_wolf, rows in memory', ...figures(peer.ledoitWolf)]);
    rows.push(['scikit-learn LDA (eigen, 0.1), rows in memory', ...figures(peer.lda)]);
    const product = median(peer.product);
    for (const [name, limit] of Object.entries(MODELS)) {
      bars.push({
        name: `fit -m ${name} / X.T @ X`,
        measured: median(times[name]) / product,
        ...limit,
      });
    }
    bars.push({
      name: 'scikit-learn LDA / fit -m lda',
      measured: median(peer.lda) / median(times.lda),
      least: 60,
    });
    bars.push({
      name: 'scikit-learn ledoit_wolf / covariance',
      measured: Math.min(...peer.ledoitWolf) / median(ledoitWolf),
      least: 2,
    });
    raw.peer = peer;
  }
  return {
    title: 'Learning from 454,714 × 512 rows of 10,575 people, file in page cache',
    header: ['what', 'median s', 'least s'],
    rows,
    note: `fit: whole process, the file opened, read and the model written; anonymous memory at most ${mib.toFixed(0)} MiB.`,
    bars,
    raw,
    versions: python?.versions,
  };
}

function figures(seconds) {
  return [median(seconds).toFixed(2), Math.min(...seconds).toFixed(2)];
}
