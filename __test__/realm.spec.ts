/** The package in a realm of its own, as Jest runs it: its arrays, sets and errors are not those of Node. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';

/** The globals that a test runner hands over from the realm of Node. */
const HANDED_OVER = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'URL',
  'TextDecoder',
  'TextEncoder',
  'clearInterval',
  'clearTimeout',
  'performance',
  'process',
  'queueMicrotask',
  'setInterval',
  'setTimeout',
];
const globals = globalThis as unknown as Record<string, unknown>;
const realm = createContext(Object.fromEntries(HANDED_OVER.map((name) => [name, globals[name]])));

const loaded = new Map<string, { exports: Record<string, unknown> }>();

/** A CommonJS module and those beside it, run in the realm once. */
function load(file: string): Record<string, unknown> {
  const path = resolve(file);
  const before = loaded.get(path);
  if (before) return before.exports;
  const module = { exports: {} };
  loaded.set(path, module);
  const source = readFileSync(path, 'utf8').replace(/^#!.*/, '');
  const parameters = 'exports, require, module, __filename, __dirname';
  const run = runInContext(`(function (${parameters}) {${source}\n})`, realm, { filename: path });
  const outside = createRequire(path);
  const require = (name: string) =>
    name.startsWith('.') ? load(join(dirname(path), name)) : outside(name);
  run(module.exports, Object.assign(require, outside), module, path, dirname(path));
  return module.exports;
}

test('a score, an AUROC and a search in another realm', async () => {
  const library = load('dist/index.cjs');
  const { answers, EXPECTED } = load('scripts/platforms/answers.cjs') as {
    answers: (library: unknown) => Promise<unknown>;
    EXPECTED: object;
  };
  assert.ok(!(EXPECTED instanceof Object), 'the realm is another one');
  assert.equal(JSON.stringify(await answers(library)), JSON.stringify(EXPECTED));
});
