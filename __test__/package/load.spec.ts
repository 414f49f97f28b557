/** An addon that does not load: the message names the cause and the cure. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { leastLength, libcOf, ownLibc } from '#dist/elf.js';
import { type LoadPlace, loadFailure, platformNames, SUPPORTED } from '#dist/load-failure.js';
import { version } from '#dist/version.js';
import { platformManifest } from '#scripts/packages.mjs';
import { ownTarget, targets } from '#scripts/targets.mjs';
import { elfFile } from '../support/binaries.js';
import { type Finished, runNode } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { onLinux } from '../support/system.js';

const root = temporaryFolder();
const own = ownTarget();
const addon = own && existsSync(own.addon) ? readFileSync(own.addon) : undefined;

/** The package without its addon, in a folder of its own. */
function packageAlone(name: string): string {
  const folder = join(root, name, 'node_modules', 'hackface-native');
  mkdirSync(folder, { recursive: true });
  for (const part of ['dist', 'package.json']) {
    cpSync(part, join(folder, part), { recursive: true });
  }
  return folder;
}

/** Its neighbour with the addon. */
function putPlatformPackage(name: string, bytes: Uint8Array, target = own): string {
  const { package: neighbour = '', addon = '' } = target ?? {};
  const folder = join(root, name, 'node_modules', neighbour);
  mkdirSync(folder, { recursive: true });
  put(folder, 'package.json', JSON.stringify(platformManifest(target)));
  return put(folder, addon, bytes);
}

/** Runs the command line of a package there; `env` without any addon named. */
function run(folder: string, args: string[], env: Record<string, string> = {}): Promise<Finished> {
  return runNode([join(folder, 'dist', 'cli.cjs'), ...args], { env });
}

async function refusal(folder: string, env: Record<string, string> = {}): Promise<string> {
  const ran = await run(folder, ['metrics'], { NAPI_RS_NATIVE_LIBRARY_PATH: '', ...env });
  assert.equal(ran.code, 70, ran.stderr);
  assert.equal(ran.stdout, '');
  assert.match(ran.stderr, /^error\[ELOAD\] found no addon that loads on .*\n$/);
  return ran.stderr;
}

test('the addon of a platform package loads', { skip: !addon }, async () => {
  const folder = packageAlone('right');
  putPlatformPackage('right', addon as Buffer);
  const ran = await run(folder, ['doctor', '--json'], { NAPI_RS_NATIVE_LIBRARY_PATH: '' });
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).addon, own?.package);
});

test('no addon: every candidate, and the exact line that installs one', async () => {
  const said = await refusal(packageAlone('none'));
  for (const name of platformNames(process.platform, process.arch, ownLibc())) {
    assert.ok(said.includes(`hackface-native.${name}.node: does not exist; `), said);
    assert.ok(said.includes(`hackface-native-${name}: Cannot find module`), said);
  }
  assert.ok(said.includes(`Run npm install ${own?.package}@${version}. It is an optional`), said);
  assert.match(said, /--omit=optional, or a lock file or node_modules made on another platform/);
  assert.match(said, /NAPI_RS_NATIVE_LIBRARY_PATH/);
  assert.ok(said.includes(`${process.platform} ${process.arch}`));
  assert.ok(said.includes(`Node ${process.version}`));
  if (ownLibc() === 'glibc') assert.match(said, /linux \w+ with glibc 2\.\d+, Node/);
});

test('garbage in the place of the addon: named, with the words of the loader', async () => {
  const folder = packageAlone('garbage');
  const file = putPlatformPackage('garbage', Buffer.from('<html>404</html>'.repeat(20)));
  const said = await refusal(folder);
  if (onLinux) assert.match(said, /invalid ELF header|file too short/);
  assert.match(said, /is damaged or made for another platform: remove it\. Run npm install /);
  assert.ok(said.includes(own?.package as string), file);
});

test('an addon cut short on its way', { skip: !addon || !onLinux }, async () => {
  const bytes = addon as Buffer;
  const folder = packageAlone('short');
  const whole = leastLength(bytes.subarray(0, 4096));
  assert.ok(whole > bytes.length / 2 && whole <= bytes.length, `${whole} of ${bytes.length}`);
  // Without the check the loader of Linux ends the process by a signal at most of these lengths.
  for (const length of [whole - 1, whole >> 1, 5000, 700, 63, 0]) {
    putPlatformPackage('short', bytes.subarray(0, length));
    assert.match(await refusal(folder), /is damaged or made for another platform/, `${length}`);
  }
});

test('the addon of the other C library', { skip: !addon || ownLibc() !== 'glibc' }, async () => {
  const folder = packageAlone('musl');
  putPlatformPackage('musl', elfForMusl(addon as Buffer));
  const said = await refusal(folder);
  assert.match(said, /libc\.musl-x86_64\.so\.1: cannot open shared object file/);
  assert.match(said, /for musl and this Node is linked with glibc.* Run npm install /);
});

test('an addon that needs a newer glibc', { skip: !addon || ownLibc() !== 'glibc' }, async () => {
  const bytes = Buffer.from(addon as Buffer);
  // A version that the loader then looks for, by name and by the hash of the name.
  const at = bytes.indexOf('GLIBC_2.14\0');
  bytes.write('GLIBC_2.99\0', at);
  changeHash(bytes, 'GLIBC_2.14', 'GLIBC_2.99');
  const folder = packageAlone('newer');
  putPlatformPackage('newer', bytes);
  const said = await refusal(folder);
  assert.match(said, /version `GLIBC_2\.99' not found/);
  assert.match(said, /needs GLIBC 2\.99 and this system has 2\.\d+: use a newer system, or build/);
});

test('an addon of another version', { skip: !addon }, async () => {
  const bytes = Buffer.from(addon as Buffer);
  const mark = '<hackface-native addon ';
  bytes.write('9.8.7', bytes.indexOf(mark) + mark.length);
  const folder = packageAlone('skew');
  putPlatformPackage('skew', bytes);
  const said = await refusal(folder);
  assert.ok(said.includes(`is version 9.8.7, not ${version}`), said);
  assert.match(said, /both must be the same\. Run npm install .*, or remove node_modules/);
});

test('another library under the name of the addon', { skip: !addon }, async () => {
  const folder = packageAlone('other');
  putPlatformPackage('other', Buffer.from(''));
  const place = join(root, 'other', 'node_modules', own?.package as string);
  put(place, 'package.json', '{ "main": "other.js" }');
  put(place, 'other.js', 'module.exports = {};');
  assert.match(await refusal(folder), /is not the addon of hackface-native.*is another library/);
});

test('a file that the user named is blamed on the variable', async () => {
  const path = put(root, 'named.node', 'x'.repeat(300));
  const said = await refusal(packageAlone('named'), { NAPI_RS_NATIVE_LIBRARY_PATH: path });
  assert.ok(said.includes(`${path}: `), said);
  assert.match(
    said,
    /remove it\. Correct NAPI_RS_NATIVE_LIBRARY_PATH, or unset it and run npm install /,
  );
});

test('addons switched off', { skip: !addon }, async () => {
  const folder = packageAlone('off');
  putPlatformPackage('off', addon as Buffer);
  const cli = join(folder, 'dist', 'cli.cjs');
  const env = { NAPI_RS_NATIVE_LIBRARY_PATH: '' };
  const ran = await runNode([cli, 'metrics'], { env, node: ['--no-addons'] });
  assert.equal(ran.code, 70, ran.stdout);
  assert.match(ran.stderr, /Run Node without --no-addons/);
});

test('help and version need no addon', async () => {
  const folder = packageAlone('help');
  for (const args of [['--help'], ['score', '--help'], ['--version']]) {
    assert.equal((await run(folder, args)).code, 0, args.join(' '));
  }
});

// Messages of other systems' loaders, which this machine cannot produce.

const PLACE: LoadPlace = {
  version: '1.2.3',
  node: 'v24.1.0',
  platform: 'linux',
  arch: 'x64',
  libc: 'musl',
  glibc: undefined,
  named: undefined,
};

const SNAPSHOTS: [string, Partial<LoadPlace>, string, string][] = [
  [
    'glibc addon on musl',
    {},
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory',
    'found no addon that loads on linux x64 with musl, Node v24.1.0; tried here.node: Error loading shared library ld-linux-x86-64.so.2: No such file or directory, expected the addon of hackface-native 1.2.3 for this platform. That addon is for glibc and this Node is linked with musl: node_modules were installed on or for another system. Run npm install hackface-native-linux-x64-musl@1.2.3. An addon that you built yourself can be named in NAPI_RS_NATIVE_LIBRARY_PATH',
  ],
  [
    'x64 addon on Apple silicon',
    { platform: 'darwin', arch: 'arm64', libc: undefined },
    "dlopen(here.node, 0x0001): tried: 'here.node' (mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64'))",
    "found no addon that loads on darwin arm64, Node v24.1.0; tried here.node: dlopen(here.node, 0x0001): tried: 'here.node' (mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64')), expected the addon of hackface-native 1.2.3 for this platform. here.node is damaged or made for another platform: remove it. Run npm install hackface-native-darwin-arm64@1.2.3. An addon that you built yourself can be named in NAPI_RS_NATIVE_LIBRARY_PATH",
  ],
  [
    'garbage on Windows',
    { platform: 'win32', libc: undefined },
    '\\\\?\\C:\\here.node is not a valid Win32 application.',
    'found no addon that loads on win32 x64, Node v24.1.0; tried here.node: \\\\?\\C:\\here.node is not a valid Win32 application., expected the addon of hackface-native 1.2.3 for this platform. here.node is damaged or made for another platform: remove it. Run npm install hackface-native-win32-x64-msvc@1.2.3. An addon that you built yourself can be named in NAPI_RS_NATIVE_LIBRARY_PATH',
  ],
  [
    'a platform without an addon',
    { platform: 'freebsd', libc: undefined },
    'does not exist',
    'found no addon that loads on freebsd x64, Node v24.1.0; tried here.node: does not exist, expected the addon of hackface-native 1.2.3 for this platform. No addon is made for freebsd x64; there is one for darwin-arm64, darwin-x64, linux-arm64-gnu, linux-arm64-musl, linux-x64-gnu, linux-x64-musl, win32-arm64-msvc, win32-x64-msvc. Build it from the sources with npm run build. An addon that you built yourself can be named in NAPI_RS_NATIVE_LIBRARY_PATH',
  ],
  [
    'a file system without execution',
    { libc: 'glibc', glibc: '2.39' },
    'here.node: failed to map segment from shared object',
    'found no addon that loads on linux x64 with glibc 2.39, Node v24.1.0; tried here.node: here.node: failed to map segment from shared object, expected the addon of hackface-native 1.2.3 for this platform. The system does not allow here.node to run: look at its permissions, at noexec of its file system, at a limit of addresses (ulimit -v), and at what guards the machine. An addon that you built yourself can be named in NAPI_RS_NATIVE_LIBRARY_PATH',
  ],
];

for (const [what, where, outcome, expected] of SNAPSHOTS) {
  test(`the message for ${what}`, () => {
    const error = loadFailure({ ...PLACE, ...where }, [{ candidate: 'here.node', outcome }]);
    assert.equal(error.message, expected);
    assert.equal(error.code, 'ELOAD');
  });
}

test('the platforms named are those that are built', () => {
  assert.deepEqual(SUPPORTED, targets.map(({ name }: { name: string }) => name).sort());
});

test('the C library is read from the program that runs', { skip: !onLinux }, () => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  assert.equal(ownLibc(), header.glibcVersionRuntime ? 'glibc' : 'musl');
});

test('programs of either C library are told apart', () => {
  const loaders: [string, string | undefined][] = [
    ['/lib64/ld-linux-x86-64.so.2', 'glibc'],
    ['/lib/ld-linux-aarch64.so.1', 'glibc'],
    ['/nix/store/abc-glibc-2.40/lib/ld-linux-x86-64.so.2', 'glibc'],
    ['/lib/ld-musl-x86_64.so.1', 'musl'],
    ['/lib/ld-musl-aarch64.so.1', 'musl'],
    ['/system/bin/linker64', undefined],
  ];
  for (const [loader, libc] of loaders) {
    assert.equal(libcOf(programWith(loader)), libc, loader);
  }
  for (const wrong of [
    Buffer.alloc(0),
    Buffer.alloc(100),
    elfFile({ machine: 'x64', needed: [] }),
  ]) {
    assert.equal(libcOf(wrong), undefined);
  }
  assert.equal(libcOf(programWith('/lib/ld-musl-x86_64.so.1').subarray(0, 80)), undefined);
});

test('on musl the addon for musl is tried first', () => {
  const names = (libc: 'glibc' | 'musl' | undefined) => platformNames('linux', 'arm64', libc);
  assert.deepEqual(names('musl'), ['linux-arm64-musl', 'linux-arm64-gnu']);
  assert.deepEqual(names('glibc'), ['linux-arm64-gnu', 'linux-arm64-musl']);
  assert.deepEqual(names(undefined), names('glibc'));
});

/** An ELF header with one segment that names the program's loader. */
function programWith(loader: string): Buffer {
  const head = Buffer.alloc(64 + 56);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(3, 64);
  head.writeBigUInt64LE(120n, 64 + 8);
  head.writeBigUInt64LE(BigInt(loader.length + 1), 64 + 32);
  return Buffer.concat([head, Buffer.from(`${loader}\0`)]);
}

/** The addon as if linked with musl: it asks for that library where it asked for glibc's. */
function elfForMusl(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  // Over the name of a symbol that is then missing as well; the library is missed first.
  const room = changed.indexOf('napi_register_module_v1\0');
  changed.write('libc.musl-x86_64.so.1\0', room);
  const number = (at: number) => Number(changed.readBigUInt64LE(at));
  const headers = Array.from({ length: changed.readUInt16LE(56) }, (_, i) => number(32) + 56 * i);
  const dynamic = number((headers.find((at) => changed.readUInt32LE(at) === 2) as number) + 8);
  const entries = Array.from({ length: 40 }, (_, i) => dynamic + 16 * i);
  // In the first segment, where addresses are offsets.
  const strings = number((entries.find((at) => number(at) === 5) as number) + 8);
  const name = changed.indexOf('libc.so.6\0') - strings;
  const entry = entries.find((at) => number(at) === 1 && number(at + 8) === name) as number;
  changed.writeBigUInt64LE(BigInt(room - strings), entry + 8);
  return changed;
}

/** Replaces the hash of a symbol version (System V ABI, "Hash Table") wherever it stands. */
function changeHash(bytes: Buffer, from: string, to: string): void {
  const hash = (name: string) => {
    let value = 0;
    for (const byte of Buffer.from(name)) {
      value = (value * 16 + byte) >>> 0;
      value = (value ^ ((value & 0xf0000000) >>> 24)) & 0x0fffffff;
    }
    return value;
  };
  const word = Buffer.alloc(4);
  word.writeUInt32LE(hash(from));
  let changed = 0;
  for (let at = bytes.indexOf(word); at >= 0 && at < 1 << 16; at = bytes.indexOf(word, at + 4)) {
    bytes.writeUInt32LE(hash(to), at);
    changed += 1;
  }
  assert.ok(changed > 0, `no hash of ${from}`);
}
