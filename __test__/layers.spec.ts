// Which way the imports of src/ flow: the TypeScript rules of ARCHITECTURE.md.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** Where the tests run: the root of the project. */
const source = join(process.cwd(), 'src');

interface Source {
  /** Path below src/, with forward slashes. */
  path: string;
  /** Its text without comments. */
  code: string;
  /** Its imports at run time: paths below src/ without their ending, or names of packages. */
  imports: string[];
}

const sources = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .map(read);

function read(path: string): Source {
  const code = readFileSync(join(source, path), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
  const statements = code.matchAll(
    /(import|export)\s+(?!type\b)([^;'"]*?from\s*)?['"]([^'"]+)['"]/g,
  );
  const now = [...statements].filter(([, , names = '']) => !onlyTypes(names));
  const later = code.matchAll(/()()\bimport\(('[^']+')\)/g);
  const imports = [...now, ...later].map(([, , , from = '']) =>
    resolved(path, from.replaceAll("'", '')),
  );
  return { path, code, imports };
}

/** True if braces hold nothing but `type` names, which the compiler drops. */
function onlyTypes(names: string): boolean {
  const inside = /^\{([\s\S]*)\}\s*from\s*$/.exec(names.trim())?.[1];
  if (inside === undefined) return false;
  const each = inside.split(',').map((name) => name.trim());
  return each.filter(Boolean).every((name) => name.startsWith('type '));
}

function resolved(importer: string, from: string): string {
  if (!from.startsWith('.')) return from;
  const target = join(source, dirname(importer), from);
  return relative(source, target).replaceAll('\\', '/').replace(/\.js$/, '');
}

const isCommandLine = (path: string) => path === 'cli.ts' || path.startsWith('cli/');

function importersOf(target: string): string[] {
  return sources.filter(({ imports }) => imports.includes(target)).map(({ path }) => path);
}

function filesWith(word: RegExp): string[] {
  return sources.filter(({ code }) => word.test(code)).map(({ path }) => path);
}

test('the walk finds imports', () => {
  assert.ok(importersOf('native').includes('job.ts'));
  assert.ok(importersOf('errors').length > 10);
  // Of types only: dropped by the compiler, so no dependency.
  assert.ok(!importersOf('binding').includes('embeddings.ts'));
});

test('only native.ts loads the addon', () => {
  assert.deepEqual(importersOf('binding'), []);
  assert.deepEqual(filesWith(/\bdlopen\b|\bcreateRequire\b/), ['native.ts']);
});

test('only the command line knows commander, ends the process or listens to signals', () => {
  for (const path of [
    ...importersOf('commander'),
    ...filesWith(/process\.(exit|on(?!\('exit'))\b|exitCode\s*=/),
  ]) {
    assert.ok(isCommandLine(path), path);
  }
  // What is half written is removed at the end of the host, whoever ends it.
  assert.deepEqual(filesWith(/process\.on\('exit'/), ['files/atomic.ts']);
  assert.deepEqual(filesWith(/process\.exit\b/), ['cli.ts']);
});

test('the library does not import the command line', () => {
  for (const { path, imports } of sources) {
    if (isCommandLine(path)) continue;
    for (const target of imports) assert.ok(!isCommandLine(`${target}.ts`), `${path}: ${target}`);
  }
});

test('nothing prints but the command line', () => {
  for (const path of filesWith(/\bconsole\.|process\.(stdout|stderr)\b/)) {
    assert.ok(isCommandLine(path), path);
  }
  // Lines are printed by the one module that makes them printable.
  assert.deepEqual(filesWith(/\bwriteSync\(|\bwrite\(1\b/).sort(), [
    'cli/terminal.ts',
    'files/stdout.ts',
  ]);
});

test('csv/ and files/ know no embeddings, and the addon in one place only', () => {
  // The rows of a submission are spelled by the addon, which is several times faster.
  assert.deepEqual(
    importersOf('native').filter((path) => /^(csv|files)\//.test(path)),
    ['csv/submission.ts'],
  );
  const allowed: Record<string, RegExp> = {
    'csv/': /^(node:.*|arguments|errors|native|nearest|printable|csv\/.*|files\/.*|lists\/.*)$/,
    'lists/': /^(errors|nearest|lists\/.*)$/,
    'files/': /^(node:.*|arguments|errors|printable|files\/.*)$/,
  };
  for (const { path, imports } of sources) {
    const folder = Object.keys(allowed).find((name) => path.startsWith(name));
    if (folder === undefined) continue;
    for (const target of imports) {
      assert.match(target, allowed[folder] as RegExp, `${path} imports ${target}`);
    }
  }
});

test('formats/ knows files and of the addon only numbers in text', () => {
  for (const { path, imports } of sources.filter(({ path }) => path.startsWith('formats/'))) {
    for (const target of imports) {
      assert.match(
        target,
        /^(node:.*|abort|errors|native|nearest|printable|files\/.*|formats\/.*)$/,
        `${path} imports ${target}`,
      );
    }
  }
});

test('report/ stands apart: it knows results and files, and of the addon only Φ⁻¹', () => {
  for (const { path, imports } of sources.filter(({ path }) => path.startsWith('report/'))) {
    for (const target of imports) {
      if (path === 'report/axis.ts' && target === 'native') continue;
      const allowed = /^(arguments|errors|printable|version|node:path|files\/atomic|report\/.*)$/;
      assert.match(target, allowed, `${path} imports ${target}`);
    }
  }
  for (const { path, imports } of sources) {
    if (isCommandLine(path) || path === 'index.ts' || path.startsWith('report/')) continue;
    for (const target of imports) assert.doesNotMatch(target, /^report\//, path);
  }
});

test('arguments are validated once: the library does not call its own public functions', () => {
  const index = sources.find(({ path }) => path === 'index.ts')?.code ?? '';
  const exported = [...index.matchAll(/export (?!type)\{([^}]*)\}/g)]
    .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))
    .filter((name) => /^[a-z]\w*$/.test(name));
  assert.ok(exported.length > 40);
  const called = new RegExp(
    `(?<!function )(?<![.\\w])(${exported.join('|')}|Model\\.load|Model\\.fromBytes|Gallery\\.open)\\((?!\\)|\n|[^()]*\\): [\\w<> |]+ \\{)`,
    'g',
  );
  for (const { path, code } of sources.filter(({ path }) => !isCommandLine(path))) {
    const calls = [...code.matchAll(called)].map(([, name]) => name);
    assert.deepEqual(calls, [], path);
  }
});

test('the lowest modules import nothing else', () => {
  const lowest = {
    'printable.ts': [],
    'nearest.ts': [],
    'version.ts': [],
    'counted.ts': [],
    'errors.ts': ['printable'],
  };
  for (const [name, imports] of Object.entries(lowest)) {
    assert.deepEqual(sources.find(({ path }) => path === name)?.imports, imports, name);
  }
});

test('packages that one may leave out are loaded in one place, and by their names only', () => {
  // A module of ours that few runs need is named by its path.
  assert.deepEqual(filesWith(/\bimport\((?!'\.\.?\/)/), ['formats/thread.ts']);
});

test('the only package at run time is commander', () => {
  const packages = new Set(sources.flatMap(({ imports }) => imports));
  const outside = [...packages].filter(
    (name) => !name.startsWith('node:') && !sources.some(({ path }) => path === `${name}.ts`),
  );
  assert.deepEqual(outside, ['commander']);
});
