// `npm run fuzz -- TARGET --seconds 60`: reads files of a format that are changed at random.
//   TARGET       one of those that are listed without it, `core` for those of the core in Rust, or `all`
//   --seconds N  time for each target, 60 by default: of the processor; by the clock for those of the core
//   --minutes N  the same in minutes
//   --seed S     another beginning; the same seed tries the same files; the core goes on from what was kept
// What must not happen is printed and its file kept in build/fuzz/crashes; it becomes a case of
// __test__/formats/hostile.spec.ts, or a test in Rust, once it is mended.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { coreTargets, fuzzCore } from './fuzz-core.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';
import { isBuilt } from './stale.mjs';

const { values, positionals } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
ensureInstalled();
if (!isBuilt()) {
  const { buildAddon, buildTypeScript } = await import('./build.mjs');
  buildAddon();
  await buildTypeScript();
}
const { build } = await import('esbuild');
const out = join(root, 'build', 'fuzz');
await build({
  absWorkingDir: root,
  entryPoints: ['__test__/formats/fuzz.ts', '__test__/formats/core-seeds.ts'],
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
});
const built = (name) => import(pathToFileURL(join(out, name)).href);
const { fuzz, targets } = await built('fuzz.mjs');
const { coreSeeds } = await built('core-seeds.mjs');
const [wanted] = positionals;
const all = [...(await targets()), ...coreTargets];
if (wanted === undefined) console.log(all.join('\n'));
const groups = { all, core: coreTargets };
const chosen = groups[wanted] ?? all.filter((name) => name === wanted);
if (wanted !== undefined && chosen.length === 0) {
  console.error(`no target ${wanted}: ${[...Object.keys(groups), ...all].join(', ')}`);
  process.exit(2);
}
const seconds = values.minutes === undefined ? Number(values.seconds) : 60 * values.minutes;
const options = { seconds, seed: Number(values.seed), crashes: join(out, 'crashes'), out };
let faulty = 0;
for (const target of chosen) {
  faulty += coreTargets.includes(target)
    ? fuzzCore(target, await coreSeeds(target), options)
    : await fuzz(target, options);
}
process.exit(faulty > 0 ? 1 : 0);
