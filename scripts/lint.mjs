// `npm run lint`: format, lint, types, documentation; every warning fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, run, tool } from './run.mjs';

ensureInstalled();
run('cargo', ['fmt', '--check']);
run('cargo', [
  'clippy',
  '-p',
  'hackface-core',
  '--all-targets',
  '--locked',
  '--',
  '-D',
  'warnings',
]);
run('cargo', ['clippy', '-p', 'hackface-node', '--lib', '--locked', '--', '-D', 'warnings']);
const denied = { ...process.env, RUSTDOCFLAGS: '-D warnings' };
run('cargo', ['doc', '-p', 'hackface-core', '--no-deps', '--locked'], {
  env: denied,
});
tool('biome', ['check', '--error-on-warnings']);
tool('tsc', ['--noEmit', '-p', 'tsconfig.json']);
tool('tsc', ['--noEmit', '-p', '__test__/tsconfig.json']);
// Every name and link of the API reference; `npm run api` writes it to build/api.
tool('typedoc', ['--emit', 'none', '--logLevel', 'Warn']);
run(process.execPath, ['scripts/third-party.mjs', '--check']);

// What is generated and committed must be what a build generates.
const { buildTypes } = await import('./build.mjs');
buildTypes('build/index.d.ts');
const [committed, generated] = ['index.d.ts', 'build/index.d.ts'].map((path) =>
  readFileSync(join(root, path), 'utf8'),
);
if (committed !== generated) {
  console.error(
    'index.d.ts differs from the sources: run npm run build, review the difference, commit it',
  );
  process.exit(1);
}
