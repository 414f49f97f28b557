/** The gate before publishing lets right addons through and names what is wrong with others. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { describeBinary } from '#scripts/binary.mjs';
import { judge, judgeAddon, MOST_BYTES, NEWEST_GLIBC, versionReasons } from '#scripts/gate.mjs';
import { manifest, ownTarget, targets } from '#scripts/targets.mjs';
import { type BinaryParts, elfFile, machOFile, peFile } from '../support/binaries.js';
import { put, temporaryFolder } from '../support/folder.js';

const root = temporaryFolder();
const { version } = manifest;
type Target = (typeof targets)[number];

/** Facts of a right build of a target. */
const NEEDS: Record<string, string[]> = {
  glibc: ['libgcc_s.so.1', 'libc.so.6', 'ld-linux-x86-64.so.2'],
  musl: ['libc.so'],
  darwin: ['/usr/lib/libSystem.B.dylib'],
  win32: ['KERNEL32.dll', 'ntdll.dll', 'api-ms-win-core-synch-l1-2-0.dll'],
};

function addonOf(target: Target, changes: Partial<BinaryParts> = {}): Buffer {
  const machine = target.cpu as 'x64' | 'arm64';
  const needed = NEEDS[target.libc ?? target.os] as string[];
  const glibc = target.libc === 'glibc' ? ['2.2.5', '2.17', '2.9'] : [];
  const parts = { machine, needed, glibc, version, ...changes };
  return { linux: elfFile, darwin: machOFile, win32: peFile }[target.os as 'linux'](parts);
}

function artifacts(name: string): string {
  const folder = join(root, name);
  for (const target of targets) {
    // As a download of several artifacts lays them out.
    mkdirSync(join(folder, target.triple), { recursive: true });
    put(join(folder, target.triple), target.addon, addonOf(target));
  }
  return folder;
}

function reasons(folder: string): string[] {
  return judge(folder).flatMap(({ file, reasons }) => reasons.map((text) => `${file}: ${text}`));
}

const named = (name: string) => targets.find((target: Target) => target.name === name) as Target;

test('eight right addons pass', () => {
  assert.equal(targets.length, 8);
  assert.deepEqual(reasons(artifacts('right')), []);
});

test('what is wrong with a file is said', () => {
  const cases: [string, string, Partial<BinaryParts>, RegExp][] = [
    [
      'linux-x64-gnu',
      'a newer glibc',
      { glibc: ['2.17', '2.38'] },
      /needs glibc 2\.38, and 2\.28 is/,
    ],
    ['linux-x64-gnu', 'another machine', { machine: 'arm64' }, /made for arm64, named for x64/],
    ['darwin-arm64', 'another machine', { machine: 'x64' }, /made for x64, named for arm64/],
    ['win32-arm64-msvc', 'another machine', { machine: 'x64' }, /made for x64, named for arm64/],
    [
      'linux-x64-musl',
      'another C library',
      { needed: ['libc.so.6'] },
      /linked with glibc, named for musl/,
    ],
    [
      'linux-arm64-gnu',
      'another C library',
      { needed: ['libc.so'] },
      /linked with musl, named for glibc/,
    ],
    [
      'linux-arm64-musl',
      'no C library',
      { needed: [] },
      /linked with no C library, named for musl/,
    ],
    [
      'linux-x64-musl',
      'symbols of glibc',
      { glibc: ['2.17'] },
      /symbols of glibc 2\.17 in an addon for musl/,
    ],
    [
      'linux-x64-gnu',
      'a library not everywhere',
      { needed: ['libc.so.6', 'libstdc++.so.6'] },
      /needs libstdc\+\+\.so\.6, which not every/,
    ],
    [
      'win32-x64-msvc',
      'the C run time as DLL',
      { needed: ['KERNEL32.dll', 'VCRUNTIME140.dll'] },
      /needs VCRUNTIME140\.dll/,
    ],
    [
      'darwin-x64',
      'a library of Homebrew',
      { needed: ['/opt/homebrew/lib/libx.dylib'] },
      /needs \/opt\/homebrew/,
    ],
    [
      'linux-x64-gnu',
      'another version',
      { version: '9.9.9' },
      /version 9\.9\.9, where package\.json says/,
    ],
    ['darwin-arm64', 'too many bytes', { padding: MOST_BYTES }, /bytes, more than 6500000/],
  ];
  for (const [name, what, changes, says] of cases) {
    const target = named(name);
    const found = judgeAddon(put(root, target.addon, addonOf(target, changes)), target).reasons;
    assert.equal(found.length, 1, `${name}, ${what}: ${found.join('; ')}`);
    assert.match(found[0] as string, says, `${name}, ${what}`);
  }
});

test('what is wrong with the set of files is said', () => {
  const folder = artifacts('sabotaged');
  const at = (name: string) => join(folder, named(name).triple, named(name).addon);
  rmSync(at('darwin-x64'));
  renameSync(at('win32-x64-msvc'), join(folder, 'hackface-native.win32-x64.node'));
  cpSync(at('linux-x64-gnu'), join(folder, named('linux-x64-gnu').addon));
  put(folder, 'empty.node', '');
  const said = reasons(folder).join('\n');
  assert.match(
    said,
    /^hackface-native\.darwin-x64\.node: missing: nothing for x86_64-apple-darwin$/m,
  );
  assert.match(said, /^hackface-native\.win32-x64-msvc\.node: missing/m);
  assert.match(
    said,
    /^hackface-native\.win32-x64\.node: no target of package\.json has this name$/m,
  );
  assert.match(said, /^hackface-native\.linux-x64-gnu\.node: there 2 times/m);
  assert.match(said, /^empty\.node: no target/m);
});

test('an addon of one C library under the name of the other is caught', () => {
  const folder = artifacts('swapped');
  const [gnu, musl] = ['linux-x64-gnu', 'linux-x64-musl'].map(named) as [Target, Target];
  cpSync(join(folder, gnu.triple, gnu.addon), join(folder, musl.triple, musl.addon));
  assert.deepEqual(reasons(folder), [`${musl.addon}: linked with glibc, named for musl`]);
});

test('what is no library at all is refused with the reason', () => {
  const target = named('linux-x64-gnu');
  const wrong: [string | Uint8Array, RegExp][] = [
    ['', /neither ELF, 64-bit Mach-O nor PE/],
    ['<!DOCTYPE html>'.padEnd(200), /neither ELF/],
    [machOFile({ machine: 'x64', needed: [], version }), /macho, where linux needs elf/],
    [addonOf(target).subarray(0, 100), /not a library/],
    [addonOf(target).fill(0, 64, 64 + 112), /without a dynamic section/],
  ];
  for (const [bytes, says] of wrong) {
    const found = judgeAddon(put(root, target.addon, bytes), target).reasons.join('; ');
    assert.match(found, says);
  }
});

test('the version is one everywhere, and another tag is refused', () => {
  assert.deepEqual(versionReasons({ tag: `v${version}` }), []);
  assert.deepEqual(versionReasons({ tag: 'v7.0.0' }), [
    `the tag says 7.0.0, package.json ${version}`,
  ]);
});

const own = ownTarget();
const real = own && existsSync(own.addon) ? readFileSync(own.addon) : undefined;

test('the addon built here is refused for the glibc of this machine at most', {
  skip: !real,
}, () => {
  const { reasons, facts } = judgeAddon(resolve(own?.addon as string), own as Target);
  const others = reasons.filter((text) => !text.startsWith('needs glibc '));
  assert.deepEqual(others, []);
  assert.equal(facts?.machine, process.arch);
});

test('sabotage of the addon built here is caught', { skip: !real || own?.os !== 'linux' }, () => {
  const target = own as Target;
  const sabotage: [string, (bytes: Buffer) => unknown, RegExp][] = [
    ['machine', (b) => b.writeUInt16LE(target.cpu === 'x64' ? 183 : 62, 18), /made for/],
    ['version', (b) => b.write('9', b.indexOf('<hackface-native addon ') + 23), /version 9/],
    ['C library', (b) => b.write('libc.so\0', b.indexOf('libc.so.6\0')), /linked with musl/],
    ['glibc', (b) => b.write('GLIBC_9.9\0', b.indexOf('GLIBC_2.14\0')), /needs glibc 9\.9/],
    [
      'entry',
      (b) => b.fill('x', b.indexOf('napi_register'), b.indexOf('napi_register') + 4),
      /entry/,
    ],
  ];
  for (const [what, change, says] of sabotage) {
    const bytes = Buffer.from(real as Buffer);
    change(bytes);
    const found = judgeAddon(put(root, target.addon, bytes), target).reasons.join('; ');
    assert.match(found, says, what);
  }
});

test('readelf says the same of the addon built here', (context) => {
  const dynamic = spawnSync('readelf', ['-d', '-V', '-W', own?.addon ?? ''], { encoding: 'utf8' });
  if (!real || own?.os !== 'linux' || dynamic.status !== 0)
    return context.skip('no readelf, or no ELF');
  const facts = describeBinary(real);
  const needed = [...dynamic.stdout.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name);
  assert.deepEqual(facts.needed, needed);
  const versions = [...dynamic.stdout.matchAll(/GLIBC_([\d.]+)/g)].map(
    ([, text]) => text as string,
  );
  const newest = versions
    .map((text) => text.split('.').map(Number))
    .sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
  assert.equal(facts.glibc, newest.at(-1)?.join('.'));
});

test('the command ends with 1 and names file and reason', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/gate.mjs', ...args], { encoding: 'utf8' });
  const right = run(artifacts('command'), '--tag', `v${version}`);
  assert.equal(right.status, 0, right.stdout);
  assert.equal(right.stdout.match(/^ok {6}/gm)?.length, 9);
  const wrong = run(artifacts('command'), '--tag', 'v7.0.0');
  assert.equal(wrong.status, 1);
  assert.match(wrong.stdout, /^REFUSED versions\n +the tag says 7\.0\.0/m);
  assert.equal(run().status, 2);
  assert.ok(NEWEST_GLIBC);
});
