// `npm test`: installs and builds what is missing, then runs the Rust and the TypeScript tests, and says
// what was skipped.
//   npm test -- PATTERN   runs only the TypeScript test files whose path contains PATTERN
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { root, run } from './run.mjs';
import { isBuilt } from './stale.mjs';

ensureInstalled();
const { buildAddon, buildTests, buildTypeScript, TESTED } = await import('./build.mjs');
if (!isBuilt()) {
  buildAddon();
  await buildTypeScript();
}
buildTests();

const pattern = process.argv[2];
if (!pattern) run('cargo', ['test', ...TESTED]);

const { build } = await import('esbuild');
const specs = readdirSync(join(root, '__test__'), { recursive: true })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'));
const out = join(root, 'build', 'test');
rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: specs.map((name) => `__test__/${name}`),
  outdir: out,
  outbase: '__test__',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'inline',
});
const files = specs
  .filter((name) => name.endsWith('.spec.ts') && (!pattern || name.includes(pattern)))
  .map((name) => join('build', 'test', name.replace(/\.ts$/, '.js')));
const reporters = [
  [process.stdout.isTTY ? 'spec' : 'tap', 'stdout'],
  [pathToFileURL(join(root, 'scripts', 'skipped.mjs')).href, 'stderr'],
].flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]);
run(process.execPath, ['--enable-source-maps', '--test', ...reporters, ...files]);
