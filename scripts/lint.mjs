// `npm run lint`: format, lint, types, documentation; every warning fails.
//   npm run lint -- rust         only the Rust, which needs nothing built
//   npm run lint -- typescript   only the rest, which needs dist/
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, run, tool } from './run.mjs';

function lintRust() {
  run('cargo', ['fmt', '--check']);
  run('cargo', ['fmt', '--check', '--manifest-path', 'fuzz/Cargo.toml']);
  // All at once: chosen one by one, packages get features, and so dependencies, of their own.
  const all = ['--workspace', '--lib', '--tests', '--examples', '--locked'];
  run('cargo', ['clippy', ...all, '--', '-D', 'warnings']);
  const env = { ...process.env, RUSTDOCFLAGS: '-D warnings' };
  run('cargo', ['doc', '-p', 'hackface-core', '--no-deps', '--locked'], { env });
}

async function lintTypeScript() {
  tool('biome', ['check', '--error-on-warnings']);
  tool('tsc', ['--noEmit', '-p', 'tsconfig.json']);
  tool('tsc', ['--noEmit', '-p', '__test__/tsconfig.json']);
  // Every name and link of the API reference; `npm run api` writes it to build/api.
  tool('typedoc', ['--emit', 'none', '--logLevel', 'Warn']);
  run(process.execPath, ['scripts/third-party.mjs', '--check']);

  // Generated files in the repository must equal those of a build.
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
}

const PARTS = { rust: lintRust, typescript: lintTypeScript };
const parts = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS);
ensureInstalled();
for (const part of parts) await PARTS[part]();
