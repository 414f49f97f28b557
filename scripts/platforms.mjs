// `npm run test:platforms`: the package, packed and installed, where Node code runs: test runners, bundles,
// a worker, other engines, an engine with a memory cage, databases of vectors, an Express server under load.
//   --only jest       platforms with this text in their name
//   --require-all     a part that is skipped fails
//   --seconds 5       how long the server is under load
// Programs that are not ours come from the usual registry, in the versions that are written here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  discardFolder,
  own,
  packAll,
  project,
  requireBuilt,
  strangersEnvironment,
  upstreamRegistry,
} from './pack/packing.mjs';
import { startRegistry } from './pack/registry.mjs';
import { call, conclude, Skip, step } from './pack/steps.mjs';
import { root } from './run.mjs';
import { manifest } from './targets.mjs';

const PROGRAMS = join(root, 'scripts', 'platforms');
const { EXPECTED } = createRequire(import.meta.url)('./platforms/answers.cjs');

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    'require-all': { type: 'boolean' },
    seconds: { type: 'string', default: '5' },
  },
});

requireBuilt();

/** The programs that each project has beside the package, and what is run there. */
const PROJECTS = {
  'jest 29': { programs: ['jest@29.7.0'], steps: jest },
  'jest 30': { programs: ['jest@30.5.2'], steps: jest },
  vitest: { programs: ['vitest@4.1.12'], steps: vitest },
  node: { programs: [], steps: plainNode },
  bundles: { programs: ['esbuild@0.28.2', 'webpack@5.113.0', 'webpack-cli@7.3.1'], steps: bundles },
  bun: { programs: ['bun@1.4.5'], steps: bun },
  deno: { programs: ['deno@2.9.6'], steps: deno },
  databases: {
    programs: [
      '@electric-sql/pglite@0.5.14',
      '@electric-sql/pglite-pgvector@0.0.15',
      '@lancedb/lancedb@0.39.0',
      'usearch@2.26.2',
    ],
    steps: databases,
  },
  express: { programs: ['express@5.3.0'], steps: express },
};

const run = (place, args, env) =>
  call(process.execPath, args, { cwd: place, env: { ...strangersEnvironment(), ...env } });
const bin = (place, ...path) => join(place, 'node_modules', ...path);

/** Runs a program that prints the answers. */
async function answering(place, args, env) {
  const { stdout, stderr } = await run(place, args, env);
  assert.deepEqual(JSON.parse(stdout), EXPECTED);
  return stderr;
}

async function jest(place) {
  const jest = bin(place, 'jest', 'bin', 'jest.js');
  const ways = { CommonJS: 'jest-cjs.test.cjs', ESM: 'jest-esm.test.mjs' };
  for (const [way, file] of Object.entries(ways)) {
    await step(`  ${way}`, async () => {
      const files = ['--testMatch', `**/${file}`, '--transform', '{}'];
      const args = ['--experimental-vm-modules', '--no-warnings', jest, '--ci', ...files];
      const { stderr } = await run(place, args);
      assert.match(stderr, /1 passed/);
    });
  }
}

async function vitest(place) {
  for (const pool of ['threads', 'forks', 'vmThreads']) {
    await step(`  in ${pool}`, async () => {
      const args = [bin(place, 'vitest', 'vitest.mjs'), 'run', 'vitest.test.mjs', '--pool', pool];
      const { stdout } = await run(place, args);
      assert.match(stdout, /1 passed/);
    });
  }
}

async function plainNode(place) {
  await step('  a program', () => nothing(answering(place, ['program.mjs'])));
  await step('  a worker thread', () => nothing(answering(place, ['worker.mjs'])));
  await step('  node --test', () => nothing(run(place, ['--test', 'node.test.mjs'])));
  await step('  an engine that refuses memory of others', () => caged(place));
}

const nothing = async (work) => {
  await work;
};

/**
 * The addon with the name of one function of Node-API changed, which a library that is loaded before answers:
 * that of external buffers, which Electron refuses.
 */
async function caged(place) {
  if (process.platform !== 'linux') throw new Skip('names in the addon are changed on Linux only');
  const library = join(place, 'refusing.so');
  try {
    await call('cc', ['-shared', '-fPIC', '-o', library, join(place, 'refusing.c')]);
  } catch (error) {
    throw new Skip(`no C compiler: ${error.message.split('\n')[0]}`);
  }
  const addon = readFileSync(bin(place, own.package, basename(own.addon)));
  const name = Buffer.from('\0napi_create_external_arraybuffer\0');
  // The names that are linked, and in an addon that is not stripped those that debuggers read.
  for (let at = addon.indexOf(name); at >= 0; at = addon.indexOf(name, at + 1)) {
    addon.write('nopi', at + 1);
  }
  const changed = join(place, 'caged.node');
  writeFileSync(changed, addon);
  const env = { NAPI_RS_NATIVE_LIBRARY_PATH: changed, LD_PRELOAD: library };
  const stderr = await answering(place, ['program.mjs'], env);
  const refused = Number(/refused (\d+)/.exec(stderr)?.[1]);
  assert.ok(refused > 0, stderr);
  return { told: `${refused} buffers were copied` };
}

/** The names that CommonJS has in every module, for a bundle that is an ES module. */
const BANNER = [
  "import { createRequire } from 'node:module';",
  "import { fileURLToPath } from 'node:url';",
  'const require = createRequire(import.meta.url), __filename = fileURLToPath(import.meta.url);',
].join('');

async function bundles(place) {
  for (const inside of [false, true]) {
    const what = inside ? 'the package inside, the addon outside' : 'the package outside';
    await step(`  esbuild, ${what}`, async () => {
      const out = `esbuild-${inside}.mjs`;
      const args = [
        'program.mjs',
        '--bundle',
        '--platform=node',
        '--format=esm',
        `--outfile=${out}`,
      ];
      const external = inside ? [`--banner:js=${BANNER}`] : [`--external:${manifest.name}`];
      await run(place, [bin(place, 'esbuild', 'bin', 'esbuild'), ...args, ...external]);
      await answering(place, [out]);
    });
    await step(`  webpack, ${what}`, async () => {
      const PACKAGE = inside ? 'inside' : 'outside';
      await run(place, [bin(place, 'webpack', 'bin', 'webpack.js')], { PACKAGE });
      await answering(place, [`webpack-${PACKAGE}.mjs`]);
    });
  }
}

/** The answers of another engine, whose program a package of its own carries. */
async function otherEngine(place, scope, args) {
  const packages = readdirSync(bin(place, scope));
  const program = scope === '@oven' ? ['bin', 'bun'] : ['deno'];
  const found = packages.find((name) => !name.endsWith('-baseline') && !name.includes('musl'));
  if (found === undefined) throw new Skip('it has no program for this platform');
  const { stdout } = await call(bin(place, scope, found, ...program), args, {
    cwd: place,
    env: strangersEnvironment(),
  });
  assert.deepEqual(JSON.parse(stdout), EXPECTED);
}

async function bun(place) {
  await step('  a program', () => otherEngine(place, '@oven', ['program.mjs']));
}

async function deno(place) {
  await step('  a program', () =>
    otherEngine(place, '@deno', ['run', '--allow-all', '--node-modules-dir=manual', 'program.mjs']),
  );
}

async function databases(place) {
  for (const set of ['synth', 'lfw10']) {
    for (const database of ['pgvector', 'lancedb', 'usearch', ...Object.keys(PYTHON_ENGINES)]) {
      // Those in Python that hold each row as an object of their own take minutes for lfw10.
      if (set !== 'synth' && ['qdrant', 'milvus'].includes(database)) continue;
      await step(`  ${database} ranks ${set} as identify does`, async () => {
        const { stdout } = await run(place, ['databases.mjs', database, set], {
          HACKFACE_DATA: process.env.HACKFACE_DATA ?? join(root, '..', 'shared', 'data'),
          HACKFACE_PYTHON: pythonFor(database),
        });
        const { skipped, told } = JSON.parse(stdout);
        if (skipped) throw new Skip(skipped);
        return { told };
      });
    }
  }
}

/** Engines that Python has, and the module of each. */
const PYTHON_ENGINES = { faiss: 'faiss', qdrant: 'qdrant_client', milvus: 'milvus_lite' };

/** The Python that has an engine. */
function pythonFor(engine) {
  const module = PYTHON_ENGINES[engine];
  if (module === undefined) return '';
  const python = process.env.HACKFACE_PYTHON ?? 'python3';
  const { status } = spawnSync(python, ['-c', `import ${module}, numpy`]);
  if (status === 0) return python;
  throw new Skip(`${python} has no ${module}; HACKFACE_PYTHON names one that has`);
}

async function express(place) {
  cpSync(join(root, 'examples', 'server'), join(place, 'server'), { recursive: true });
  await step(`  under load for ${flags.seconds} s, killed in between`, async () => {
    const args = ['server/load.mjs', '--server', 'server/express.mjs', '--seconds', flags.seconds];
    const { stdout } = await run(place, args);
    return { told: stdout.trim().split('\n').at(-1) };
  });
}

try {
  const packed = await step('npm pack', async () => ({ value: await packAll() }));
  const upstream =
    packed && (await step('a registry for what is not ours', () => upstreamRegistry({})));
  if (upstream) {
    const registry = await startRegistry(packed.ours, upstream);
    for (const [name, { programs, steps }] of Object.entries(PROJECTS)) {
      if (!name.includes(flags.only)) continue;
      const place = await step(`${name}: ${programs.join(', ') || 'nothing else'}`, async () => ({
        value: await project(name.replace(' ', ''), registry.url, programs),
      }));
      if (!place) continue;
      cpSync(PROGRAMS, place, { recursive: true });
      await steps(place);
    }
    registry.close();
  }
} finally {
  discardFolder();
}
conclude({ skipsFail: flags['require-all'] });
