// `npm run oracle`: this package against SciPy, NumPy, scikit-learn, faiss and the organisers' script;
// `npm run oracle -- coverage [DRAWS [PART]]`: its intervals against worlds whose truth is known, or those with PART in
// their name; `-- gates`: gates and plans against such worlds; `-- auto [DRAWS]`: what `auto` takes on every replica.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryAuto } from '../bench/auto.mjs';
import { compareBaseline, makeChallenge } from '../bench/compare-baseline.mjs';
import { compareCalibration } from '../bench/compare-calibration.mjs';
import { compareEvaluation } from '../bench/compare-evaluation.mjs';
import { compareMetrics } from '../bench/compare-metrics.mjs';
import { comparePairwise } from '../bench/compare-pairwise.mjs';
import { compareSearch } from '../bench/compare-search.mjs';
import { tryGates, tryPlans } from '../bench/gates.mjs';
import { findPython } from '../bench/python.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';
import { isBuilt } from './stale.mjs';

const PARTS = 5;

// How often intervals hold the truth is a matter of the core alone, and takes minutes.
const [part, draws = '300', ...named] = process.argv.slice(2);
if (part === 'coverage') {
  const folder = process.env.HACKFACE_DATA ?? join(root, '..', 'shared', 'data');
  const run = ['run', '-q', '-p', 'hackface-core', '--example', 'coverage', '--', draws, folder];
  const { status } = spawnSync('cargo', [...run, ...named], { cwd: root, stdio: 'inherit' });
  process.exit(status ?? 1);
}

ensureInstalled();
if (!isBuilt()) {
  const { buildAddon, buildTypeScript } = await import('./build.mjs');
  buildAddon();
  await buildTypeScript();
}
const library = await import('../dist/index.js');
if (part === 'gates') {
  const gates = await tryGates(library, Number(draws));
  process.exit((await tryPlans(library, Number(draws))) && gates ? 0 : 1);
}
if (part === 'auto') process.exit((await tryAuto(library, Number(process.argv[3] ?? 8))) ? 0 : 1);
const cli = join(root, 'dist', 'cli.cjs');
const folder = mkdtempSync(join(tmpdir(), 'hackface-oracle-'));
let passed = true;
let skipped = 0;
try {
  const scientific = findPython(['numpy', 'scipy'], 'every metric against SciPy and NumPy');
  if (scientific) passed = compareMetrics(library, scientific, folder) && passed;
  else skipped += 1;

  const learn = findPython(['numpy', 'sklearn'], 'measures against scikit-learn');
  if (learn) passed = (await compareEvaluation(library, learn, folder)) && passed;
  if (learn) passed = (await compareCalibration(library, learn, folder)) && passed;
  else skipped += 1;

  const both = findPython(['numpy', 'scipy', 'sklearn'], 'all distances against cdist and pdist');
  if (both) passed = (await comparePairwise(library, both, folder)) && passed;
  else skipped += 1;

  const pandas = findPython(['numpy', 'pandas'], "the organisers' baseline");
  const near = findPython(['numpy', 'faiss'], 'searches against faiss and NumPy');
  const files = (pandas ?? near) && makeChallenge(cli, join(folder, 'challenge'), 2000);
  if (pandas) passed = compareBaseline(cli, pandas, files, folder) && passed;
  else skipped += 1;

  if (near) passed = (await compareSearch(library, root, cli, near, files, folder)) && passed;
  else skipped += 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const verdict = passed ? (skipped === PARTS ? 'NOTHING COMPARED' : 'held') : 'FAILED';
console.log(`oracle: ${verdict}${skipped ? `, ${skipped} of ${PARTS} parts skipped` : ''}`);
process.exitCode = passed ? 0 : 1;
