// The documentation is held to the program: commands and listings run, lists are complete.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { synth } from '#dist/index.js';
import { zipFile } from './formats/zip-bytes.js';
import { dictionary, float32Npy, npyFile } from './support/npy.js';
import { needsPosix } from './support/system.js';

/** Where the tests run: the root of the project. */
const root = process.cwd();
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...markdownBelow('docs'),
];

let folder = '';

before(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'hackface-docs-')));
  const directory = join(folder, 'challenge');
  await synth({ directory, test: 300, pairs: 400, train: 400, dim: 32 });
  writeFileSync(join(directory, 'lfw.npz'), archiveOfFaces());
  makeCommand(join(folder, 'bin'));
});

after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

/** The bytes that `numpy.savez('lfw.npz', embeddings=..., names=...)` writes for two pictures of each of four people. */
function archiveOfFaces(): Buffer {
  const directions = { Ann: [9, 1], Bo: [1, 9], Cy: [-9, 1], Di: [-1, -9] };
  const pictures = Object.entries(directions).flatMap(([name, [x = 0, y = 0]]) => [
    { name: `${name}/${name}_0001.jpg`, row: [x, y] },
    { name: `${name}/${name}_0002.jpg`, row: [x + 1, y] },
  ]);
  const texts = pictures.map(({ name }) => Buffer.from(name.padEnd(16, '\0')));
  const names = { header: dictionary('|S16', `(${texts.length},)`), data: Buffer.concat(texts) };
  return zipFile([
    { name: 'embeddings.npy', data: float32Npy(pictures.map(({ row }) => row)) },
    { name: 'names.npy', data: npyFile(names) },
  ]);
}

test('the tables that follow a list in the code are fresh', () => {
  const check = [join(root, 'scripts', 'docs.mjs'), '--check'];
  const ran = spawnSync(process.execPath, check, { cwd: root, encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
});

test('docs/errors.md lists every code of the sources, and no other', () => {
  const rust = [...read('crates/core/src/error.rs').matchAll(/^ {4}\w+ = "(E[A-Z]+)", (\w+);/gm)];
  const script = sourcesBelow('src').flatMap((path) => [
    ...read(path).matchAll(/HackfaceError\(\s*'(E[A-Z]+)',\s*'(\w+)'/g),
  ]);
  const classes = new Map<string, Set<string>>();
  for (const [, code = '', errorClass = ''] of [...rust, ...script]) {
    classes.set(code, (classes.get(code) ?? new Set()).add(errorClass.toLowerCase()));
  }
  assert.ok(classes.size > 25, 'the codes were not found in the sources');
  const listed = new Map<string, Set<string>>();
  for (const [, code = '', cell = ''] of read('docs/errors.md').matchAll(
    /^\| `(E[A-Z]+)` \| ([a-z, ]+) \|/gm,
  )) {
    listed.set(code, new Set(cell.split(', ')));
  }
  assert.deepEqual(sorted(listed), sorted(classes));
});

test('docs/errors.md gives the exit codes of the command line', async () => {
  const { EXIT_CODES } = await import('#dist/cli/failure.js');
  const listed = [...read('docs/errors.md').matchAll(/^\| `([a-z]+)` \| (\d+) \|/gm)];
  const table = Object.fromEntries(listed.map(([, name, code]) => [name, Number(code)]));
  assert.deepEqual(table, EXIT_CODES);
});

test('links between the pages lead somewhere', () => {
  for (const page of pages) {
    for (const [, target = ''] of withoutFences(read(page)).matchAll(
      /\]\(([^)#\s]+)(?:#[^)]*)?\)/g,
    )) {
      if (/^[a-z]+:/.test(target)) continue;
      assert.ok(existsSync(join(root, dirname(page), target)), `${page}: ${target}`);
    }
  }
});

for (const page of pages) {
  const shells = fences(page).filter(({ language }) => language === 'sh');
  const commands = shells.flatMap(({ text, info, line }) => commandsOf(text, info, line));
  if (commands.length > 0) {
    test(`the commands of ${page} run and print what it says`, { skip: needsPosix }, () => {
      const place = challengeFor(page);
      for (const { command, expected, exit, line } of commands)
        runCommand(page, line, command, expected, exit, place);
    });
  }
  const listings = fences(page).filter(({ language }) => ['js', 'ts', 'cjs'].includes(language));
  for (const [number, { language, text, line }] of listings.entries()) {
    test(`listing ${number + 1} of ${page} (line ${line}) runs`, async () => {
      const ending = { js: 'mjs', ts: 'mjs', cjs: 'cjs' }[language];
      const { transform } = await import('esbuild');
      const { code } = await transform(text, {
        loader: language === 'cjs' ? 'js' : (language as 'js' | 'ts'),
      });
      // Below the project, so that its own name leads back to it.
      const file = join(root, 'build', 'docs', `${basename(page, '.md')}-${number + 1}.${ending}`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, code);
      execFileSync(process.execPath, [file], {
        cwd: challengeFor(`${page}-${number}`),
        stdio: 'pipe',
      });
    });
  }
}

interface Fence {
  language: string;
  /** Text after the language. */
  info: string;
  text: string;
  /** Line of the opening, from 1. */
  line: number;
}

interface Command {
  command: string;
  /** Lines that it prints; none where the page shows none. */
  expected: string[];
  exit: number;
  line: number;
}

function fences(page: string): Fence[] {
  const found: Fence[] = [];
  let open: Fence | undefined;
  for (const [index, line] of read(page).split('\n').entries()) {
    const [, mark] = /^(```\S*.*)$/.exec(line) ?? [];
    if (mark === undefined) {
      if (open) open.text += `${line}\n`;
    } else if (open) {
      found.push(open);
      open = undefined;
    } else {
      const [language = '', ...info] = mark.slice(3).split(' ');
      open = { language, info: info.join(' '), text: '', line: index + 1 };
    }
  }
  assert.equal(open, undefined, `${page}: a fence is not closed`);
  return found;
}

/**
 * The lines that begin with `$`, with what they print below them.
 * Behind `sh`: `exit=65` is the exit code; `varies` says that the output is only an example.
 */
function commandsOf(text: string, info: string, line: number): Command[] {
  const exit = Number(/exit=(\d+)/.exec(info)?.[1] ?? 0);
  const commands: Command[] = [];
  let current: Command | undefined;
  for (const row of text.trimEnd().split('\n')) {
    if (row.startsWith('$ ')) {
      const command = row.slice(2).replaceAll('npx hackface-native', 'hackface-native');
      current = { command, expected: [], exit, line };
      commands.push(current);
    } else if (info !== 'varies') {
      current?.expected.push(row);
    }
  }
  return commands;
}

function runCommand(
  page: string,
  line: number,
  command: string,
  expected: string[],
  exit: number,
  cwd: string,
): void {
  const PATH = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`;
  const ran = spawnSync('bash', ['-o', 'pipefail', '-c', `{ ${command}\n} 2>&1`], {
    cwd,
    env: { ...process.env, PATH, CI: '1' },
    encoding: 'utf8',
  });
  const at = `${page}:${line}: ${command}`;
  assert.equal(ran.status, exit, `${at}\n${ran.stdout}`);
  if (expected.length === 0) return;
  assert.equal(masked(ran.stdout.trimEnd(), cwd), masked(expected.join('\n'), cwd), at);
}

/** Text with times and folders made equal. */
function masked(text: string, cwd: string): string {
  return text
    .replaceAll(cwd, '/home/me/challenge')
    .replaceAll(/\bin \d+\.\d{3} s\b/g, 'in 0.000 s');
}

/** A copy of the small challenge for one page, whose commands run in their order. */
function challengeFor(name: string): string {
  const place = join(folder, name.replaceAll(/\W+/g, '-'));
  cpSync(join(folder, 'challenge'), place, { recursive: true });
  return place;
}

function makeCommand(bin: string): void {
  mkdirSync(bin);
  const file = join(bin, 'hackface-native');
  writeFileSync(
    file,
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist', 'cli.cjs')}" "$@"\n`,
  );
  chmodSync(file, 0o755);
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

function markdownBelow(folder: string): string[] {
  return listBelow(folder).filter((path) => path.endsWith('.md'));
}

function sourcesBelow(folder: string): string[] {
  return listBelow(folder).filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
}

function listBelow(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names.map((name) => `${folder}/${name.replaceAll('\\', '/')}`).sort();
}

function sorted(classes: Map<string, Set<string>>): string[] {
  return [...classes].map(([code, set]) => `${code}: ${[...set].sort().join(', ')}`).sort();
}
