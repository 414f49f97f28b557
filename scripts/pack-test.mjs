// `npm run test:pack`: packs what would be published, installs it as a stranger would and uses it.
//   --offline         only what needs no other registry
//   --require-all     a part that is skipped fails
//   --own-node        on the Node that runs this alone
//   --digest FILE     writes the digest of a submission there, to compare platforms by
//   --workers 200     how many worker threads load the addon and end, on each Node
// Packages come from a registry on this machine that has what is packed here. Programs that are not
// ours (Node 20 to 26, vitest, express, publint, are-the-types-wrong) come from the usual registry.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MOST_BYTES } from './gate.mjs';
import {
  discardFolder,
  folder,
  npm,
  npmEnvironment,
  own,
  packAll,
  project,
  requireBuilt,
  strangersEnvironment,
  upstreamRegistry,
} from './pack/packing.mjs';
import { linesPrinted, linesToCopy, withoutTimes } from './pack/readme.mjs';
import { startRegistry } from './pack/registry.mjs';
import { call, conclude, step } from './pack/steps.mjs';
import { npmCommand, root } from './run.mjs';
import { manifest } from './targets.mjs';

/** Most bytes of the package without an addon, packed. */
const MOST_PACKED = 400_000;
const NODES = ['20', '22', '24', '26'];
const CONSUMER = join(root, 'scripts', 'pack', 'consumer');
const EXPECTED = { version: manifest.version, later: [0, 2, 20], now: [0, 2, 20] };

const { values: flags } = parseArgs({
  options: {
    offline: { type: 'boolean' },
    'require-all': { type: 'boolean' },
    'own-node': { type: 'boolean' },
    digest: { type: 'string' },
    workers: { type: 'string', default: '200' },
  },
});
const WORKERS = Number(flags.workers);
requireBuilt();
const windows = process.platform === 'win32';

/** {@link project} with the programs of a user in it. */
async function consumer(name, registry, more) {
  const place = await project(name, registry, more);
  for (const file of readdirSync(CONSUMER)) cpSync(join(CONSUMER, file), join(place, file));
  return place;
}

function checkContents({ main, platform }) {
  const paths = main.files.map(({ path }) => path);
  const allowed =
    /^(dist\/(index\.mjs|[a-z0-9-]+\.cjs|index\.d\.cts)|index\.d\.ts|package\.json|(README|CHANGELOG|THIRD-PARTY)\.md|LICENSE(-MIT|-APACHE)?)$/;
  assert.deepEqual(
    paths.filter((path) => !allowed.test(path)),
    [],
  );
  assert.ok(main.size <= MOST_PACKED, `${main.size} bytes packed, more than ${MOST_PACKED}`);
  const addon = platform.files.find(({ path }) => path === own.addon);
  assert.ok(addon && addon.size <= MOST_BYTES, `${addon?.size} bytes of addon`);
  return {
    told: `${paths.length} files, ${main.size} bytes packed; addon ${addon.size} bytes, ${platform.size} packed`,
  };
}

async function checkTree(place) {
  const { stdout } = await npm(['ls', '--omit=dev', '--all', '--parseable'], place);
  const names = stdout
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((path) => path.split(/[\\/]node_modules[\\/]/).at(-1));
  assert.deepEqual(
    names.sort(),
    [...Object.keys(manifest.dependencies), manifest.name, own.package].sort(),
  );
  return { told: names.join(', ') };
}

const run = (node, args, cwd, env = strangersEnvironment()) => call(node, args, { cwd, env });

/** Import, require and the command line on one Node; the digest of a submission. */
async function use(node, place) {
  for (const file of ['esm.mjs', 'cjs.cjs']) {
    const { stdout, stderr } = await run(node, [file], place);
    assert.deepEqual(JSON.parse(stdout), EXPECTED);
    assert.equal(stderr, '', `${file} warns`);
  }
  const cli = join(place, 'node_modules', manifest.name, manifest.bin[manifest.name]);
  const out = join(place, `out-${createHash('sha1').update(node).digest('hex').slice(0, 8)}.csv`);
  const data = join(place, 'data');
  if (!existsSync(data)) {
    const size = ['--test', '300', '--pairs', '400', '--train', '400', '--dim', '32'];
    await run(node, [cli, 'synth', data, ...size, '-q'], place);
  }
  await run(node, [cli, 'score', '-q', '-o', out], place);
  const lines = readFileSync(out, 'utf8');
  assert.equal(lines.split('\n').length, 402);
  return createHash('sha256').update(lines).digest('hex');
}

async function checkWorkers(node, place) {
  const { stdout } = await run(node, ['workers.mjs', String(WORKERS)], place);
  assert.deepEqual(JSON.parse(stdout), { rounds: WORKERS, distance: 2 });
}

async function checkNpx(place) {
  const env = strangersEnvironment();
  const [program, ...script] = npmCommand('npx');
  const npx = (args) => call(program, [...script, ...args], { cwd: place, env });
  const made = join(place, 'npx');
  await npx([
    '--no',
    '--',
    'hackface-native',
    'synth',
    made,
    '--test',
    '50',
    '--pairs',
    '60',
    '--train',
    '40',
    '--dim',
    '8',
  ]);
  const { stderr } = await npx([
    '--no',
    '--',
    'hackface-native',
    'score',
    '-e',
    join(made, 'test_set.npy'),
    '-p',
    join(made, 'test_pairs.csv'),
    '-o',
    'npx.csv',
  ]);
  assert.match(stderr, /60 pairs of 50 × 8 by cosine/);
}

/** Runs the lines of README.md in an empty folder where nothing is installed. */
async function followReadme(registry) {
  const place = join(folder, 'reader');
  mkdirSync(place);
  // A person answers npx with y.
  const env = { ...npmEnvironment(registry), npm_config_yes: 'true' };
  const lines = linesToCopy('use');
  let printed = '';
  for (const line of lines) {
    const { stdout, stderr } = await call(line, [], { cwd: place, env, shell: true });
    if (!line.includes(' synth ')) printed += stdout + stderr;
  }
  assert.equal(withoutTimes(printed.trimEnd()), linesPrinted());
  return { told: `${lines.length} lines to a submission that is checked` };
}

/** Checks that a release runs on eight images after publishing. */
async function smoke(registry) {
  const env = { ...npmEnvironment(registry), VERSION: `v${manifest.version}` };
  await run(process.execPath, [join(root, 'scripts', 'smoke.mjs')], folder, env);
}

/** Compiles the same program as an ES module, as CommonJS and for a bundler. */
async function checkTypes(place) {
  for (const name of ['@types/node', 'undici-types']) {
    cpSync(join(root, 'node_modules', name), join(place, 'node_modules', name), {
      recursive: true,
    });
  }
  const source = readFileSync(join(place, 'types.ts'), 'utf8');
  writeFileSync(join(place, 'types.mts'), source);
  writeFileSync(join(place, 'types.cts'), source);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const strict = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2022',
    '--types',
    'node',
  ];
  const ways = [
    ['node16', 'node16', 'types.mts'],
    ['node16', 'node16', 'types.cts'],
    ['nodenext', 'nodenext', 'types.mts'],
    ['preserve', 'bundler', 'types.ts'],
  ];
  for (const [module, resolution, file] of ways) {
    await run(
      process.execPath,
      [tsc, ...strict, '--module', module, '--moduleResolution', resolution, file],
      place,
    );
  }
  return { told: ways.map(([, resolution, file]) => `${resolution} ${file}`).join(', ') };
}

/** The program of another Node, from the package that carries it. */
async function otherNode(version) {
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const place = join(folder, `node-${version}`);
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{ "private": true }\n');
  await npm(['install', `${name}@${version}`], place);
  const program = join(place, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
  const { stdout } = await run(program, ['--version'], place);
  return { told: stdout.trim(), value: program };
}

async function checkVitest(place) {
  for (const pool of ['threads', 'forks']) {
    const vitest = join(place, 'node_modules', 'vitest', 'vitest.mjs');
    const { stdout } = await run(process.execPath, [vitest, 'run', '--pool', pool], place);
    assert.match(stdout, /1 passed/);
  }
}

async function checkExpress(place) {
  const { stdout } = await run(process.execPath, ['express.mjs'], place);
  assert.deepEqual(JSON.parse(stdout), { answers: 100, distinct: [2] });
}

async function checkPublint(place, main) {
  const publint = join(place, 'node_modules', 'publint', 'src', 'cli.js');
  const { stdout } = await run(process.execPath, [publint, 'run', main.file, '--strict'], place);
  assert.match(stdout, /All good/);
}

async function checkAttw(place, main) {
  const attw = join(place, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  await run(process.execPath, [attw, main.file, '--format', 'table-flipped'], place);
}

async function withoutRegistry(packed) {
  const registry = await startRegistry([...packed.ours, ...packed.others]);
  try {
    const place = await step('npm install from tarballs, no Rust, no scripts', async () => ({
      value: await consumer('plain', registry.url),
    }));
    if (!place) return;
    await step('what is installed', () => checkTree(place));
    const digest = await step(
      `import, require, synth and score on Node ${process.version}`,
      async () => ({
        value: await use(process.execPath, place),
      }),
    );
    if (flags.digest && digest) writeFileSync(flags.digest, `${digest}\n`);
    await step('npx', () => checkNpx(place));
    await step('README.md, line by line', () => followReadme(registry.url));
    await step('the smoke test of a release', () => smoke(registry.url));
    await step('TypeScript', () => checkTypes(place));
    await step(`${WORKERS} workers on Node ${process.version}`, () =>
      checkWorkers(process.execPath, place),
    );
    return { place, digest };
  } finally {
    registry.close();
  }
}

async function onOtherNodes({ place, digest }) {
  for (const version of NODES) {
    const node = await step(`Node ${version}`, () => otherNode(version));
    if (!node) continue;
    await step(`  import, require, score: the same bytes`, async () => {
      assert.equal(await use(node, place), digest);
    });
    await step(`  ${WORKERS} workers`, () => checkWorkers(node, place));
  }
}

async function withOthers(packed, upstream) {
  const registry = await startRegistry(packed.ours, upstream);
  const programs = ['vitest@4', 'express@5', 'publint@0.3', '@arethetypeswrong/cli@0.18'];
  try {
    const place = await step(`npm install beside ${programs.join(', ')}`, async () => ({
      value: await consumer('beside', registry.url, programs),
    }));
    if (!place) return;
    await step('vitest, in threads and in processes', () => checkVitest(place));
    await step('an Express server', () => checkExpress(place));
    await step('publint', () => checkPublint(place, packed.main));
    await step('are-the-types-wrong', () => checkAttw(place, packed.main));
  } finally {
    registry.close();
  }
}

try {
  const packed = await step('npm pack', async () => ({ value: await packAll() }));
  if (packed) {
    await step('contents and sizes', () => checkContents(packed));
    const used = await withoutRegistry(packed);
    const upstream = await step('a registry for what is not ours', () => upstreamRegistry(flags));
    if (upstream) {
      if (used && !flags['own-node']) await onOtherNodes(used);
      await withOthers(packed, upstream);
    }
  }
} finally {
  discardFolder();
}
conclude({ skipsFail: flags['require-all'] });
