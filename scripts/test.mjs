// `npm test`: installs and builds what is missing, then runs the Rust and the TypeScript tests, and says
// what was skipped.
//   npm test -- PATTERN   runs only the TypeScript test files whose path contains PATTERN
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { root, run } from './run.mjs';
import { isBuilt } from './stale.mjs';

/** In the path or the text of a file of tests that looks at a clock. */
const MEASURES_TIME = /scoreboard|performance\.now|cpuUsage|stopping|leaving/;

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
// Bounds of time hold on a machine that has nothing else to do: these files run alone, behind the others.
const timed = (file) => MEASURES_TIME.test(file) || MEASURES_TIME.test(readFileSync(file, 'utf8'));
const reporters = [
  [process.stdout.isTTY ? 'spec' : 'tap', 'stdout'],
  [pathToFileURL(join(root, 'scripts', 'skipped.mjs')).href, 'stderr'],
].flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]);
const outcomes = [
  test(
    availableParallelism(),
    files.filter((file) => !timed(file)),
  ),
  test(1, files.filter(timed)),
];
process.exitCode = outcomes.find((status) => status !== 0) ?? 0;

/** Runs files, so many at a time; returns the exit code. */
function test(atOnce, files) {
  if (files.length === 0) return 0;
  const args = ['--enable-source-maps', '--test', `--test-concurrency=${atOnce}`, ...reporters];
  return (
    spawnSync(process.execPath, [...args, ...files], { cwd: root, stdio: 'inherit' }).status ?? 1
  );
}
