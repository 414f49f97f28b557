// The TypeScript tests and what they share, each file as a module of its own in build/test.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';
import { isBuilt } from './stale.mjs';

/** Installs and builds what the tests run: with the tests in Rust, and the addon that panics on demand, by default. */
export async function prepare({ withRust = true } = {}) {
  ensureInstalled();
  const { buildAddon, buildTests, buildTypeScript } = await import('./build.mjs');
  if (!isBuilt()) {
    buildAddon();
    await buildTypeScript();
  }
  if (withRust) buildTests();
}

/** Compiles all of `__test__`; returns its files. */
export async function compileTests() {
  const { build } = await import('esbuild');
  const files = readdirSync(join(root, '__test__'), { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'));
  const out = join(root, 'build', 'test');
  rmSync(out, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: files.map((name) => `__test__/${name}`),
    outdir: out,
    outbase: '__test__',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: 'inline',
  });
  return files;
}

/** In the path or the text of a file of tests that looks at a clock. */
const MEASURES_TIME = /scoreboard|performance\.now|cpuUsage|stopping|leaving/;

/** True if bounds of time are among what a compiled file tests. */
export function measuresTime(file) {
  return MEASURES_TIME.test(file) || MEASURES_TIME.test(readFileSync(file, 'utf8'));
}
