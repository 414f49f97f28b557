/** The published packages: the main one, and one for each platform. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { platformManifest, rootManifest, stagePlatform, stageRoot } from '#scripts/packages.mjs';
import { npmCommand } from '#scripts/run.mjs';
import { manifest, ownTarget, targets } from '#scripts/targets.mjs';
import { temporaryFolder } from '../support/folder.js';

const root = temporaryFolder();
type Target = (typeof targets)[number];

test('the package names every platform package, in its own version exactly', () => {
  const published = rootManifest() as Record<string, object>;
  const { optionalDependencies = {}, dependencies = {}, ...rest } = published;
  const names = targets.map((target: Target) => target.package);
  assert.deepEqual(Object.keys(optionalDependencies), names);
  assert.deepEqual([...new Set(Object.values(optionalDependencies))], [manifest.version]);
  assert.deepEqual(Object.keys(dependencies), ['commander']);
  for (const key of ['scripts', 'devDependencies', 'napi', 'imports']) {
    assert.ok(!(key in rest), `${key} is published`);
  }
});

test('where it comes from is stated only where it is known, as provenance wants it', () => {
  assert.ok(!('repository' in rootManifest()));
  const url = 'https://github.com/someone/hackface-native';
  const { repository } = platformManifest(targets[0], url) as { repository?: object };
  assert.deepEqual(repository, { type: 'git', url: `git+${url}.git` });
});

test('platform packages are those that napi would make', () => {
  const folder = join(root, 'napi');
  mkdirSync(folder);
  cpSync('package.json', join(folder, 'package.json'));
  const cli = resolve('node_modules/@napi-rs/cli/dist/cli.js');
  const made = spawnSync(process.execPath, [cli, 'create-npm-dirs', '--npm-dir', 'npm'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stderr);
  assert.equal(readdirSync(join(folder, 'npm')).length, targets.length);
  for (const target of targets) {
    const path = join(folder, 'npm', target.name, 'package.json');
    const theirs = JSON.parse(readFileSync(path, 'utf8'));
    const ours = platformManifest(target) as Record<string, unknown>;
    for (const key of ['name', 'version', 'os', 'cpu', 'libc', 'main', 'license', 'engines']) {
      assert.deepEqual(ours[key], theirs[key], `${target.name}: ${key}`);
    }
  }
});

test('every file that a manifest names is laid out', () => {
  const folder = stageRoot(root);
  const published = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { import: esm, require: cjs } = published.exports['.'];
  const named = [published.main, published.types, published.bin['hackface-native']];
  for (const path of [...named, ...Object.values(esm), ...Object.values(cjs)]) {
    assert.ok(existsSync(join(folder, path as string)), path as string);
  }
  for (const page of ['README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'THIRD-PARTY.md']) {
    assert.ok(existsSync(join(folder, page)), page);
  }
});

test('the package of an addon holds it, its licences and nothing else', () => {
  const own = ownTarget();
  if (!own || !existsSync(own.addon)) return;
  const folder = stagePlatform(root, own, own.addon);
  assert.deepEqual(
    readdirSync(folder).sort(),
    [
      'LICENSE',
      'LICENSE-APACHE',
      'LICENSE-MIT',
      'README.md',
      'THIRD-PARTY.md',
      own.addon,
      'package.json',
    ].sort(),
  );
});

test('packed twice, the same bytes', () => {
  const own = ownTarget();
  const [npm, ...script] = npmCommand('npm') as [string, ...string[]];
  /** Digests of the packages, laid out in a folder whose files have another age and other rights. */
  const packed = (name: string, mask: number, age: number) => {
    const before = process.umask(mask);
    const out = join(root, name);
    mkdirSync(out);
    try {
      const folders = [stageRoot(out)];
      if (own && existsSync(own.addon)) folders.push(stagePlatform(out, own, own.addon));
      return folders.map((folder) => {
        for (const file of readdirSync(folder)) utimesSync(join(folder, file), age, age);
        const args = [
          ...script,
          'pack',
          '--json',
          '--ignore-scripts',
          '--pack-destination',
          out,
          folder,
        ];
        const { stdout, stderr } = spawnSync(npm, args, { encoding: 'utf8', cwd: out });
        const [report] = [JSON.parse(stdout || stderr)].flat();
        const bytes = readFileSync(join(out, report.filename));
        return `${report.filename} ${createHash('sha256').update(bytes).digest('hex')}`;
      });
    } finally {
      process.umask(before);
    }
  };
  const first = packed('first', 0o022, 1_000_000_000);
  assert.deepEqual(packed('second', 0o077, 1_700_000_000), first);
  assert.ok(first.length > 0);
});
