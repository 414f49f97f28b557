// `npm run fuzz -- TARGET --seconds 60`: reads files of a format that are changed at random.
//   TARGET       one of those that are listed without it, or `all`
//   --seconds N  processor time for each target, 60 by default
//   --seed S     another beginning; the same seed tries the same files
// What must not happen is printed and its file kept in build/fuzz/crashes; it becomes a case of
// __test__/formats/hostile.spec.ts once it is mended.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';
import { isBuilt } from './stale.mjs';

const { values, positionals } = parseArgs({
  options: {
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
  entryPoints: ['__test__/formats/fuzz.ts'],
  outfile: join(out, 'fuzz.mjs'),
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
});
const { fuzz, targets } = await import(pathToFileURL(join(out, 'fuzz.mjs')).href);
const [wanted] = positionals;
const all = await targets();
if (wanted === undefined) console.log(all.join('\n'));
const chosen = wanted === 'all' ? all : all.filter((name) => name === wanted);
if (wanted !== undefined && chosen.length === 0) {
  console.error(`no target ${wanted}: ${all.join(', ')}`);
  process.exit(2);
}
let faulty = 0;
for (const target of chosen) {
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  faulty += await fuzz(target, { seconds, seed, crashes: join(out, 'crashes') });
}
process.exit(faulty > 0 ? 1 : 0);
