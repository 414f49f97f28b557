// `npm run bench`: this package against the alternatives; answers are compared before times are.
//   --only NAME    whole-process, in-process or every-metric; by name only: learned, every-pair, auroc, audit,
//                  gallery, pairwise, search, search-models, growth, kernel-share
//   --rounds N     rounds of each measurement; default 15
//   --record       also writes bench/record/; refused on a busy machine
//   --check        fails if a bar is missed
import { mkdirSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { auroc } from '../bench/auroc.mjs';
import { makeChallenge } from '../bench/compare-baseline.mjs';
import { everyMetric } from '../bench/every-metric.mjs';
import { everyPair } from '../bench/every-pair.mjs';
import { gallery } from '../bench/gallery.mjs';
import { growth } from '../bench/growth.mjs';
import { inProcess } from '../bench/in-process.mjs';
import { kernelShare } from '../bench/kernel-share.mjs';
import { labelledAudit } from '../bench/labelled-audit.mjs';
import { learned } from '../bench/learned.mjs';
import { pairwise } from '../bench/pairwise.mjs';
import { isHeld, machine, record, render } from '../bench/report.mjs';
import { search } from '../bench/search.mjs';
import { searchModels } from '../bench/search-models.mjs';
import { wholeProcess } from '../bench/whole-process.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';
import { isBuilt } from './stale.mjs';

const QUIET_LOAD = 1;
const SECTIONS = {
  'whole-process': wholeProcess,
  'in-process': inProcess,
  'every-metric': everyMetric,
};
/** These make 0.93 GB of rows first and take a quarter of an hour with their peers. */
const LARGE = {
  learned,
  'every-pair': everyPair,
  auroc,
  audit: labelledAudit,
  gallery,
  pairwise,
  search,
  'search-models': searchModels,
  growth,
  'kernel-share': kernelShare,
};

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    record: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const all = { ...SECTIONS, ...LARGE };
if (options.only && !all[options.only]) {
  console.error(`--only ${options.only}: expected one of ${Object.keys(all).join(', ')}`);
  process.exit(2);
}
const load = os.loadavg()[0];
if (load >= QUIET_LOAD) {
  const warning = `load ${load.toFixed(2)}: others use this machine, so these times say little`;
  console.error(
    options.record ? `${warning}; nothing recorded, wait for a load below ${QUIET_LOAD}` : warning,
  );
  if (options.record) process.exit(1);
}

ensureInstalled();
if (!isBuilt()) {
  const { buildAddon, buildTypeScript } = await import('./build.mjs');
  buildAddon();
  await buildTypeScript();
}
const library = await import('../dist/index.js');
const about = machine(library);
about.load = load;
const cli = join(root, 'dist', 'cli.cjs');
const folder = join(root, 'build', 'bench');
mkdirSync(folder, { recursive: true });
const data = join(folder, 'data');
const files = makeChallenge(cli, data, 2000);
const pairs = library.readPairsSync(files.pairs);

const sections = [];
const chosen = options.only ? { [options.only]: all[options.only] } : SECTIONS;
for (const [name, measure] of Object.entries(chosen)) {
  console.error(`measuring: ${name}`);
  const rounds = Number(options.rounds);
  const found = await measure({ library, root, cli, files, folder, pairs, rounds });
  sections.push(...[found ?? []].flat());
}
console.log(render(about, sections));
if (options.record) {
  const path = record(join(root, 'bench', 'record'), about, sections, options.only);
  console.log(`recorded: ${path}`);
}
const missed = sections.flatMap((s) => s.bars).filter((bar) => !isHeld(bar));
if (options.check && missed.length > 0) process.exitCode = 1;
