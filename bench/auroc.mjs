// The AUROC of ten million scores, against scikit-learn's, in turns.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, ratios } from './measure.mjs';
import { findPython, openPeer } from './python.mjs';
import { normal, uniform } from './random.mjs';

const COUNT = 10_000_000;

export async function auroc({ library, root, folder, rounds }) {
  const [draw, random] = [normal(14), uniform(15)];
  const same = Uint8Array.from({ length: COUNT }, () => Number(random() < 0.1));
  const scores = Float64Array.from(same, (genuine) => draw() + 2 * genuine);
  const python = findPython(['numpy', 'sklearn'], 'scikit-learn, timed');
  const files = ['scores', 'same'].map((name) => join(folder, `auroc-${name}.bin`));
  writeFileSync(files[0], scores);
  writeFileSync(files[1], same);
  const peer = python && openPeer(python, join(root, 'bench', 'peers', 'auroc.py'), files);
  const [ours, theirs] = [[], []];
  for (let round = 0; round <= Math.min(rounds, 5); round += 1) {
    const begin = performance.now();
    const found = await library.auroc(scores, same, { orientation: 'similarity' });
    const seconds = (performance.now() - begin) / 1000;
    const other = await peer?.ask({ do: 'auroc' });
    if (other && Math.abs(other.auroc - found) > 1e-12) {
      throw new Error(`the answers differ: AUROC ${found} and ${other.auroc}`);
    }
    if (round === 0) continue;
    ours.push(seconds);
    if (other) theirs.push(other.seconds);
  }
  peer?.close();
  const rows = [['auroc', median(ours).toFixed(3), Math.min(...ours).toFixed(3)]];
  const bars = [];
  if (peer) {
    rows.push([
      'scikit-learn roc_auc_score',
      median(theirs).toFixed(3),
      Math.min(...theirs).toFixed(3),
    ]);
    const measured = ratios(theirs, ours).median;
    bars.push({ name: 'roc_auc_score / auroc', measured, least: 30 });
  }
  return {
    title: `AUROC of ${COUNT.toLocaleString('en')} scores in memory`,
    header: ['what', 'median s', 'least s'],
    rows,
    note: `A tenth is genuine; 64-bit scores. ${ours.length} rounds after one untimed; equal to 1e-12.`,
    bars,
    raw: { ours, theirs },
    versions: python?.versions,
  };
}
