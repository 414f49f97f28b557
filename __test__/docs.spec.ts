import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

// Tests run in the project's root.
const root = process.cwd();

const cli = join(root, 'dist', 'cli.cjs');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).map((name) => join('docs', name)),
].filter((page) => page.endsWith('.md'));
let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'hackface-docs-'));
  const size = ['--test', '300', '--pairs', '400', '--train', '400', '--dim', '32'];
  execFileSync(process.execPath, [cli, 'synth', folder, ...size, '--quiet']);
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Fenced blocks of one language. */
function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    (m) => m[1] ?? '',
  );
}

/** Words of a command line with double quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? '');
}

test('every command shown runs', () => {
  let ran = 0;
  for (const page of pages) {
    for (const line of blocks(page, 'sh').join('\n').split('\n')) {
      if (!line.startsWith('$ hackface-native ')) continue;
      const args = words(line.slice('$ hackface-native '.length));
      const result = spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8' });
      assert.equal(result.status, 0, `${page}: ${line}\n${result.stderr}`);
      ran += 1;
    }
  }
  assert.ok(ran >= 10, `only ${ran} commands found`);
});

test('every JavaScript example runs', () => {
  let ran = 0;
  for (const page of pages) {
    for (const code of blocks(page, 'js')) {
      // Beside the package, so that its own name resolves.
      const file = join(root, 'build', `example-${process.pid}-${ran}.mjs`);
      writeFileSync(file, code);
      try {
        const result = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
        assert.equal(result.status, 0, `${page}\n${result.stderr}`);
      } finally {
        rmSync(file);
      }
      ran += 1;
    }
  }
  assert.ok(ran >= 1, 'no example found');
});

test('the tables that follow a list in the code are fresh', () => {
  const result = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, result.stderr);
});

test('docs/errors.md lists every code, and no other', () => {
  const listed = [
    ...readFileSync(join(root, 'docs', 'errors.md'), 'utf8').matchAll(/^\| `(E[A-Z]+)` /gm),
  ].map((m) => m[1]);
  const sources = (folder: string, ending: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .map((name) => readFileSync(join(root, folder, name), 'utf8'))
      .join('\n');
  const rust = [...sources('crates/core/src', 'error.rs').matchAll(/= "(E[A-Z]+)", /g)].map(
    (m) => m[1],
  );
  const script = [
    ...sources('src', '.ts').matchAll(
      /'(E[A-Z]+)', '(?:usage|data|input|create|io|aborted|internal)'/g,
    ),
  ].map((m) => m[1]);
  assert.ok(rust.length > 15 && script.length > 10);
  assert.deepEqual([...new Set(listed)].sort(), [...new Set([...rust, ...script])].sort());
  assert.equal(listed.length, new Set(listed).size, 'a code listed twice');
});

test('links between pages lead somewhere', () => {
  for (const page of [...pages, 'ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    for (const [, target = ''] of readFileSync(join(root, page), 'utf8').matchAll(
      /\]\(([^)#:]+)\)/g,
    )) {
      const path = join(root, page, '..', target);
      assert.ok(
        readdirSync(join(path, '..')).includes(path.split('/').at(-1) ?? ''),
        `${page}: ${target}`,
      );
    }
  }
});
