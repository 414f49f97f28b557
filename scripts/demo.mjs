// `npm run demo`: the whole main job on data it makes itself, from a fresh clone.
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, run } from './run.mjs';
import { isBuilt } from './stale.mjs';

ensureInstalled();
if (!isBuilt()) {
  const { buildAddon, buildTypeScript } = await import('./build.mjs');
  buildAddon();
  await buildTypeScript();
}
const { auroc, readTruth } = await import('../dist/index.js');

/** Published AUROC of the real challenge's private part, beside what each replica is fitted to. */
const PUBLISHED = { 'squared L2': 0.74295, cosine: 0.85435, 'modified cosine': 0.866234 };
const ENTRIES = [
  ['squared L2', 'sqeuclidean'],
  ['cosine', 'cosine'],
  ['modified cosine', 'offset-cosine(form=original)'],
];
const REPLICAS = ['r2', 'r1'];

const folder = mkdtempSync(join(tmpdir(), 'hackface-demo-'));
const cli = join(root, 'dist', 'cli.cjs');
const hackface = (...args) => run(process.execPath, [cli, ...args]);

const results = {};
for (const replica of REPLICAS) {
  const data = join(folder, replica);
  console.log(`\n$ hackface-native synth ${data} --replica ${replica}`);
  hackface('synth', data, '--replica', replica, '--quiet');
  const truth = await readTruth(join(data, 'solution.csv'));
  results[replica] = {};
  for (const [name, metric] of ENTRIES) {
    const output = join(data, `${name.replaceAll(' ', '-')}.csv`);
    console.log(`$ hackface-native score --metric "${metric}" -o ${output}`);
    const files = ['-e', join(data, 'test_set.npy'), '-p', join(data, 'test_pairs.csv')];
    hackface('score', ...files, '--metric', metric, '-o', output);
    const lines = readFileSync(output, 'utf8').trimEnd().split('\n').slice(1);
    const distances = Float64Array.from(lines, (line) => Number(line.split(',')[0]));
    results[replica][name] = await auroc(distances, truth.same, { orientation: 'distance' });
  }
}

console.log('\nAUROC against the known answers (larger is better):\n');
const column = (text) => String(text).padStart(12);
console.log(
  `${'metric'.padEnd(18)}${REPLICAS.map((r) => column(`synth ${r}`)).join('')}${column('published')}`,
);
for (const [name] of ENTRIES) {
  const figures = REPLICAS.map((r) => column(results[r][name].toFixed(4))).join('');
  console.log(`${name.padEnd(18)}${figures}${column(PUBLISHED[name].toFixed(4))}`);
}
console.log(
  '\npublished: private leaderboard of the 2019 challenge; a replica is a model of it, not the data',
);
console.log(`files: ${folder}${existsSync(folder) ? '' : ' (gone)'}`);
