// `npm test`: installs and builds what is missing, then runs the Rust and the TypeScript tests, and says
// what was skipped.
//   npm test -- PATTERN   runs only the TypeScript test files whose path contains PATTERN
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './run.mjs';
import { compileTests, measuresTime, prepare } from './specs.mjs';

await prepare();
const { TESTED } = await import('./build.mjs');

const pattern = process.argv[2];
if (!pattern) run('cargo', ['test', ...TESTED]);

const specs = await compileTests();
const files = specs
  .filter((name) => name.endsWith('.spec.ts') && (!pattern || name.includes(pattern)))
  .map((name) => join('build', 'test', name.replace(/\.ts$/, '.js')));
// Bounds of time hold on a machine that has nothing else to do: these files run alone, behind the others.
const reporters = [
  [process.stdout.isTTY ? 'spec' : 'tap', 'stdout'],
  [pathToFileURL(join(root, 'scripts', 'skipped.mjs')).href, 'stderr'],
].flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]);
const outcomes = [
  test(
    availableParallelism(),
    files.filter((file) => !measuresTime(file)),
  ),
  test(1, files.filter(measuresTime)),
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
