// Hits of searches against faiss and NumPy, and their distances against those that `score` writes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hardPairs } from './hard-pairs.mjs';
import { writeNpy } from './npy.mjs';
import { runPeer } from './python.mjs';
import { table } from './table.mjs';

const PEER = join(import.meta.dirname, 'peers', 'nearest.py');
const K = 10;
/** Those that faiss has. */
const METRICS = ['sqeuclidean', 'dot', 'cosine'];
/** One more that is measured pair by pair. */
const WRITTEN = [...METRICS, 'cityblock'];
/** Distances against NumPy's in float64, as a share of the sizes that they come from. */
const BOUND = 1e-12;

/**
 * True when every difference is a tie and every distance has the digits of `score`. Prints a table;
 * each difference is a line of `root/build/oracle/searches.txt`, on standard error too if it is no tie.
 */
export async function compareSearch(library, root, cli, python, challenge, folder) {
  const sets = [...realSets(root), ...syntheticSets(challenge, folder)];
  const cases = sets.flatMap((set) => METRICS.map((metric) => ({ ...set, metric, k: K })));
  for (const [number, one] of cases.entries()) {
    one.hits = join(folder, `hits-${number}`);
    await search(library, one);
  }
  const file = join(folder, 'searches.json');
  writeFileSync(file, JSON.stringify(cases));
  const held = report(cases, runPeer(python, PEER, [file]), join(root, 'build', 'oracle'));
  const own = sets.filter(({ probes }) => probes === null);
  const written = own.flatMap(({ name, gallery }) =>
    WRITTEN.map((metric) => compareDigits(cli, name, gallery, metric, folder)),
  );
  const distances = written.reduce((sum, { count }) => sum + count, 0);
  console.log(
    `hits.csv and score: ${distances} distances of ${written.length} searches, digit by digit`,
  );
  const failures = written.flatMap(({ failure }) => failure ?? []);
  for (const failure of failures) console.error(`FAILED ${failure}`);
  return held && failures.length === 0;
}

function realSets(root) {
  const data = resolve(process.env.HACKFACE_DATA ?? join(root, '..', 'shared', 'data'));
  const names = existsSync(data) ? readdirSync(data) : [];
  const sets = names
    .map((name) => ({ name, gallery: join(data, name, 'embeddings.npy'), probes: null }))
    .filter(({ gallery }) => existsSync(gallery));
  if (sets.length === 0) console.error('SKIPPED: searches of real data: HACKFACE_DATA names none');
  return sets;
}

/** Rows with near copies, each among the others; and two sets of the challenge's shape. */
function syntheticSets(challenge, folder) {
  const { data, rows, dim } = hardPairs(512, false);
  const gallery = join(folder, 'hard-rows.npy');
  writeNpy(gallery, data, rows, dim);
  return [
    { name: 'near copies', gallery, probes: null },
    { name: 'synth', gallery: challenge.embeddings, probes: challenge.train },
  ];
}

async function search(library, { gallery, probes, metric, k, hits }) {
  const open = await library.Gallery.open(gallery, { metric });
  const excludeSelf = probes === null;
  const found = await open.search(probes ?? gallery, k, { excludeSelf });
  open.close();
  writeNpy(`${hits}.rows.npy`, found.rows, found.probes, found.k);
  writeNpy(`${hits}.distances.npy`, found.distances, found.probes, found.k);
}

function report(cases, { cases: judged, versions }, folder) {
  const rows = [];
  const lines = [];
  let held = true;
  for (const [number, { name, metric }] of cases.entries()) {
    const { probes, rows: count, error, ...peers } = judged[number];
    const cells = [];
    for (const peer of ['numpy', 'faiss']) {
      for (const difference of peers[peer]) {
        const text = describe(name, metric, peer, difference);
        lines.push(text);
        if (!difference.tie) console.error(text);
        held &&= difference.tie;
      }
      const gap = Math.max(0, ...peers[peer].map((difference) => difference.gap));
      cells.push(peers[peer].length, gap.toExponential(1));
    }
    held &&= error <= BOUND;
    rows.push([name, metric, `${probes} × ${count}`, error.toExponential(1), ...cells]);
  }
  const header = ['set', 'metric', 'probes × rows', 'error', 'NumPy', 'gap', 'faiss', 'gap'];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'searches.txt'), `${lines.join('\n')}\n`);
  console.log(`\nThe ${K} nearest, ${cases.length} searches:\n`);
  console.log(table(header, rows));
  console.log(`
error: largest difference from NumPy's distance at the same rank (bound ${BOUND})
NumPy, faiss: probes whose rows are not those of NumPy in float64, of faiss in float32
gap: how far the distances of those rows are apart at most; below 1e-6 it is a tie
  all three as shares of the largest product of two norms: 1 for cosine
build/oracle/searches.txt lists all ${lines.length} differences with both distances
NumPy ${versions.numpy}, faiss ${versions.faiss}`);
  return held;
}

function describe(name, metric, peer, { probe, ours, theirs, tie }) {
  const side = (hits) => hits.map(({ row, distance }) => `row ${row} at ${distance}`).join(', ');
  const verdict = tie ? 'tie' : 'FAILED';
  return `${verdict} ${name}, ${metric}, probe ${probe}: here ${side(ours)}; ${peer} ${side(theirs)}`;
}

/** Runs `identify`, then `score` on the pairs that it found, and compares what they wrote as text. */
function compareDigits(cli, name, rows, metric, folder) {
  const [hits, pairs, scores] = ['hits', 'pairs', 'scores'].map((n) => join(folder, `${n}.csv`));
  const run = (...args) => {
    const all = [cli, ...args, '-m', metric, '--force', '--quiet'];
    const { status } = spawnSync(process.execPath, all, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`${args[0]} of ${name} by ${metric} ended with ${status}`);
  };
  run('identify', '-g', rows, '-k', `${K}`, '-o', hits);
  const found = cells(hits);
  const asked = found.map(([probe, , gallery]) => `${probe},${gallery}\n`);
  writeFileSync(pairs, `index1,index2\n${asked.join('')}`);
  run('score', '-e', rows, '-p', pairs, '-o', scores);
  const scored = cells(scores);
  const count = found.length;
  const other = found.findIndex(([, , , distance], i) => distance !== scored[i]?.[0]);
  if (other < 0 && scored.length === count) return { count };
  const [here, there] = [found[other]?.join(), scored[other]?.join()];
  return { count, failure: `${name}, ${metric}: hits.csv has ${here}, score ${there}` };
}

function cells(path) {
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1);
  return lines.map((text) => text.split(','));
}
