// Builds the addon, its types, the library and the command line: `npm run build`.
//   --tests             instead builds the tests in Rust, and into build/ the addon that the crash tests load
//   --target TRIPLE     instead builds the addon of one platform for publishing, into build/addons/
//   --javascript        instead builds all but the addon
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { root, run, tool } from './run.mjs';

const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const NAPI = [
  'build',
  '--release',
  '--platform',
  '--manifest-path',
  'crates/node/Cargo.toml',
  '--no-js',
  '--no-dts-header',
];

/** The addon of this platform, and `src/binding.d.ts` from its doc comments. */
export function buildAddon() {
  tool('napi', [...NAPI, '--output-dir', '.', '--dts', 'src/binding.d.ts', '--', '--locked']);
}

/** Oldest glibc that a published addon runs with. */
const OLDEST_GLIBC = '2.17';

/**
 * The addon of a platform as it is published: on Linux linked by zig against an old glibc or musl
 * (`zig` and `cargo-zigbuild` are needed), elsewhere by the system itself.
 */
export function buildAddonFor(triple) {
  const target = triple.endsWith('-gnu') ? `${triple}.${OLDEST_GLIBC}` : triple;
  const cross = triple.includes('-linux-') ? ['--cross-compile'] : [];
  tool('napi', [
    ...NAPI,
    '--target',
    target,
    ...cross,
    '--output-dir',
    'build/addons',
    '--dts',
    'binding.d.ts',
    '--',
    '--locked',
  ]);
}

/** Arguments of cargo for the tests: the whole workspace, with an addon that panics on demand. */
export const TESTED = ['--workspace', '--features', 'hackface-node/fault-injection', '--locked'];

/** The tests in Rust, and the addon with panics on demand from the same dependencies, in `build/faulty` of a checkout. */
export function buildTests(checkout = root) {
  const json = ['--message-format', 'json-render-diagnostics'];
  const { stdout } = run('cargo', ['build', '--lib', '--tests', ...json, ...TESTED], {
    stdio: ['inherit', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const built = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .find((message) => message.target?.kind.includes('cdylib'));
  // Apart from the one that ships.
  const folder = join(checkout, 'build', 'faulty');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(built.filenames[0], join(folder, 'faulty.node'));
}

/**
 * `dist/`: the modules, and what is published of them as CommonJS: the library, which `import` and `require`
 * share, and the command line. What both load lies in files of its own, and so does a command until it is
 * called for; every class exists once.
 */
export async function buildTypeScript() {
  const dist = (name) => join(root, 'dist', name);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  // Comments are for index.d.ts; here they would only be carried along.
  tool('tsc', ['-p', 'tsconfig.json', '--removeComments']);
  // The same contract once more: TypeScript tells the two kinds of module apart by the file's name.
  copyFileSync(join(root, 'index.d.ts'), dist('index.d.cts'));
  await bundle({ index: 'src/index.ts', cli: 'src/cli.ts' });
  const names = Object.keys(createRequire(dist('index.cjs'))('./index.cjs')).sort();
  writeFileSync(
    dist('index.mjs'),
    `import library from './index.cjs';\nexport const { ${names.join(', ')} } = library;\n`,
  );
  // In a checkout, too, npx runs it.
  chmodSync(dist('cli.cjs'), 0o755);
}

/** Modules and all that they import, as CommonJS in `dist/`. */
async function bundle(input) {
  const { rolldown } = await import('rolldown');
  const bundled = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    transform: { target: 'node20.19' },
    external: Object.keys(peerDependencies),
    // commander loads it for commands that are programs of their own; this has none, and loading it
    // costs 3 ms of a run of 60.
    resolve: { alias: { 'node:child_process': join(root, 'scripts', 'no-child-process.cjs') } },
  });
  await bundled.write({
    dir: join(root, 'dist'),
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    comments: false,
    // Stack traces name functions and classes.
    minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
    // A system runs it by this line; only after minifying does it stay.
    postBanner: ({ name }) => (name === 'cli' ? '#!/usr/bin/env node' : ''),
  });
  await bundled.close();
}

/** `index.d.ts`: the public contract in one file, rolled up from the sources. */
export function buildTypes(out = 'index.d.ts') {
  tool('dts-bundle-generator', [
    '--silent',
    '--no-banner',
    '--export-referenced-types=false',
    '--project',
    'tsconfig.json',
    '-o',
    out,
    'src/index.ts',
  ]);
  // For `Symbol.dispose`, whatever the project that reads it compiles for.
  const path = resolve(root, out);
  writeFileSync(path, `/// <reference lib="esnext.disposable" />\n${readFileSync(path, 'utf8')}`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      javascript: { type: 'boolean' },
      target: { type: 'string' },
      tests: { type: 'boolean' },
    },
  });
  ensureInstalled();
  if (values.tests) return buildTests();
  if (values.target) return buildAddonFor(values.target);
  if (!values.javascript) buildAddon();
  // First, as dist/ holds a copy.
  buildTypes();
  await buildTypeScript();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
