/** `docs/promises.md` has every promise of README.md and SECURITY.md, and each check that it names is there. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CHECKS } from './scoreboard/board.js';

/** A text without its line ends. */
const flat = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
const page = readFileSync('docs/promises.md', 'utf8');
const SOURCES = ['README.md', 'SECURITY.md'] as const;
const texts = Object.fromEntries(SOURCES.map((name) => [name, flat(readFileSync(name, 'utf8'))]));

interface Row {
  promise: string;
  checks: string[];
}

/** The rows about a page. */
function rowsOf(source: string, text = page): Row[] {
  const section = text.split(`\n## ${source}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => /^\| (?!promise \||---)/.test(line));
  return lines.map((line) => {
    const [, promise = '', checks = ''] = line.split(/(?<!\\)\|/).map(flat);
    return { promise, checks: checks.split('; ') };
  });
}

/** The sentences of a part of a page, without links. */
function sentencesOf(part: string): string[] {
  const plain = flat(part).replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return plain.split(/(?<=[.!?]) (?=[A-Z`])/).filter(Boolean);
}

/** Sentences under Promises in README.md, and on the supply chain in SECURITY.md: each is a promise. */
function promised(source: (typeof SOURCES)[number]): string[] {
  const text = readFileSync(source, 'utf8');
  if (source === 'README.md') {
    const [, section = ''] = text.split('\n## Promises\n');
    const bullets = (section.split('\n## ')[0] ?? '').split(/\n\* /).slice(1);
    return bullets.flatMap((bullet) => sentencesOf(bullet.split('\n\n')[0] ?? ''));
  }
  const [, chain = ''] = text.split('**Supply chain.**');
  const kinds = [...text.matchAll(/^\| (a .*?) \| (a vulnerability|a bug: .*?) \|$/gm)];
  return [...kinds.map(([, kind = '']) => kind), ...sentencesOf(chain)];
}

const ids = new Set(CHECKS.map(({ id }) => id));
const numbers = new Set(CHECKS.map(({ id }) => id.slice(0, 3)));

/** Faults of a cell of checks. */
function faultsOf(checks: readonly string[]): string[] {
  return checks.flatMap((check): string[] => {
    const [, path = '', name] = /^`((?:__test__|crates)\/[^`]+)`(?:: (.+))?$/.exec(check) ?? [];
    if (path) {
      if (!existsSync(path)) return [`${path} is not there`];
      const isThere = name === undefined || readFileSync(path, 'utf8').includes(name);
      return isThere ? [] : [`no test "${name}" in ${path}`];
    }
    const [, first, last] = /^([A-Z]\d\d) to ([A-Z]\d\d)$/.exec(check) ?? [];
    const named = first && last ? [first, last] : check.match(/\b[A-Z]\d+[a-z]?\b/g);
    const missing = (named ?? []).filter((id) => !ids.has(id) && !numbers.has(id));
    const known = /^`npm run [\w:]+`|^people keep it/.test(check);
    if (named === null && !known) return [`"${check}" names no check`];
    return missing.map((id) => `there is no check ${id}`);
  });
}

for (const source of SOURCES) {
  test(`each promise of ${source} has its checks, and each check is there`, () => {
    const rows = rowsOf(source);
    assert.ok(rows.length >= 10);
    for (const { promise, checks } of rows) {
      assert.ok(texts[source]?.includes(promise), `${source} does not say: ${promise}`);
      assert.deepEqual(faultsOf(checks), [], promise);
    }
    const all = promised(source);
    assert.ok(all.length >= 4, `${all}`);
    const named = rows.map(({ promise }) => promise);
    for (const promise of all) assert.ok(named.includes(promise), `no checks for: ${promise}`);
  });

  test(`${source} leads to the checks`, () => {
    assert.match(texts[source] ?? '', /\]\(docs\/promises\.md\)/);
  });
}

test('each check of docs/threats.md is there', () => {
  const threats = readFileSync('docs/threats.md', 'utf8');
  const paths = [...threats.matchAll(/`((?:__test__|crates)\/[\w./-]+)`/g)].map(([, path]) => path);
  assert.ok(paths.length > 20);
  for (const path of paths) assert.ok(existsSync(path as string), path);
  // And each check of the scoreboard is on that page, but for rules and supply.
  for (const number of numbers) {
    if (/^[US]/.test(number)) continue;
    const isThere = threats.includes(number) || (number[0] === 'T' && threats.includes('T01–T07'));
    assert.ok(isThere || number[0] === 'X', `${number} is not in docs/threats.md`);
  }
});

test('a row that names nothing is found', () => {
  assert.deepEqual(faultsOf(['N02, N03']), []);
  assert.deepEqual(faultsOf(['N99']), ['there is no check N99']);
  assert.deepEqual(faultsOf(['`__test__/none.spec.ts`']), ['__test__/none.spec.ts is not there']);
  assert.equal(
    faultsOf(['`__test__/promises.spec.ts`: no such test of it'.replace('no', 'No')]).length,
    1,
  );
  assert.equal(faultsOf(['somehow']).length, 1);
});
