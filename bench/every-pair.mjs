// Every pair of a set judged, against one product of all rows by NumPy and scikit-learn's AUROC.
import { join } from 'node:path';
import { runWatched } from './anonymous-memory.mjs';
import { firstRows, fullSize } from './full-size.mjs';
import { median } from './measure.mjs';
import { findPython, runPeer } from './python.mjs';

const ROWS = 11_605;
const FARS = '1e-2,1e-3,1e-4,1e-6';

export async function everyPair({ root, cli, folder, rounds }) {
  const full = fullSize(cli, folder);
  const part = firstRows(full, ROWS, folder);
  const command = ({ train, labels }) => {
    const args = [cli, 'evaluate', '-e', train, '-l', labels, '--all-pairs', '--at-far', FARS];
    return [...args, '--json'];
  };
  const times = [];
  let [mib, found] = [0, undefined];
  for (let round = 0; round <= Math.min(rounds, 5); round += 1) {
    const run = await runWatched(process.execPath, command(part));
    if (round > 0) times.push(run.seconds);
    mib = Math.max(mib, run.mib ?? 0);
    found = JSON.parse(run.output);
  }
  const rows = [[`evaluate --all-pairs, ${ROWS} rows`, median(times).toFixed(2), '']];
  const bars = [{ name: 'bound of AUROC', measured: found.aurocBound, most: 1e-7 }];
  if (mib > 0) bars.push({ name: 'anonymous memory, MiB', measured: mib, most: 200 / 1.048576 });
  const raw = { times, mib };
  const python = findPython(['numpy', 'sklearn'], 'NumPy and scikit-learn, timed');
  if (python) {
    const script = join(root, 'bench', 'peers', 'all_pairs.py');
    const peer = runPeer(python, script, [part.train, part.labels]);
    requireSame(found, peer);
    rows.push(['NumPy X @ X.T alone', median(peer.product).toFixed(2), '']);
    rows.push(['NumPy and roc_auc_score', peer.whole.toFixed(2), '']);
    bars.push({
      name: 'evaluate --all-pairs / X @ X.T',
      measured: median(times) / median(peer.product),
      most: 2.5,
      goal: 2,
    });
    bars.push({
      name: 'NumPy and roc_auc_score / evaluate --all-pairs',
      measured: peer.whole / median(times),
      least: 30,
    });
    raw.peer = peer;
    const before = runPeer(python, script, [full.train, '--rate']).rate;
    const run = await runWatched(process.execPath, command(full));
    const after = runPeer(python, script, [full.train, '--rate']).rate;
    const judged = JSON.parse(run.output);
    const pairs = judged.genuine + judged.impostors;
    const rate = (pairs * 512) / run.seconds / 1e9;
    const best = Math.max(before, after);
    rows.push([
      `evaluate --all-pairs, 454,714 rows, ${pairs} pairs`,
      run.seconds.toFixed(1),
      rate.toFixed(1),
    ]);
    rows.push(['NumPy 8192 × 512 × 8192 in float32', '', best.toFixed(1)]);
    bars.push({ name: 'its rate / that of NumPy', measured: rate / best, least: 0.75, goal: 0.85 });
    if (run.mib) {
      bars.push({ name: 'its anonymous memory, MiB', measured: run.mib, most: 1500 / 1.048576 });
    }
    const { auroc, aurocBound, tarAtFar } = judged;
    raw.full = { seconds: run.seconds, mib: run.mib, before, after, auroc, aurocBound, tarAtFar };
  }
  return {
    title: 'Every pair: cosine, 512 columns, whole process, file in page cache',
    header: ['what', 'median s', '10⁹ multiply-adds / s'],
    rows,
    note: `AUROC and TAR were found equal before. Single precision at full size: bound of AUROC ${raw.full?.aurocBound.toExponential(1) ?? 'not measured'}.`,
    bars,
    raw,
    versions: python?.versions,
  };
}

/** Single precision moves cosines by about 1e-7, and of 67 million pairs a few past a threshold. */
function requireSame(found, peer) {
  if (Math.abs(found.auroc.value - peer.auroc) > 1e-7) {
    throw new Error(`the answers differ: AUROC ${found.auroc.value} and ${peer.auroc}`);
  }
  for (const [i, { far, tar }] of found.tarAtFar.entries()) {
    if (Math.abs(tar - peer.tar[i]) > 2e-5) {
      throw new Error(`the answers differ: TAR at ${far} ${tar} and ${peer.tar[i]}`);
    }
  }
}
