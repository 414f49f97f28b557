/** The recipes of CONTRIBUTING.md name files that exist and names that occur in them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const page = readFileSync('CONTRIBUTING.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const RECIPES = ['a metric', 'a step of a pipeline', 'a command', 'an option', 'an error code'];

/** The numbered steps of a section, each on one line. */
function stepsOf(heading: string): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const list = (section.split('\n## ')[0] as string).split(/\n(?=\d+\. )/).slice(1);
  return list.map((step) => (step.split('\n\n')[0] as string).replaceAll(/\s+/g, ' '));
}

const isPath = (token: string) => /^[\w./-]+(\.(rs|ts|md|json|toml|txt|yml|cff)|\/)$/.test(token);

/** The text of a file, or of every file of a folder. */
function textOf(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8');
  const inside = readdirSync(path).filter((name) => statSync(join(path, name)).isFile());
  return inside.map((name) => readFileSync(join(path, name), 'utf8')).join('\n');
}

for (const heading of [...RECIPES.map((what) => `Add ${what}`), 'Make a release']) {
  test(`the recipe "${heading}"`, () => {
    const steps = stepsOf(heading);
    assert.ok(steps.length >= 3, 'no steps found');
    let checked = 0;
    for (const [index, step] of steps.entries()) {
      assert.ok(step.startsWith(`${index + 1}. `), step);
      const tokens = [...step.matchAll(/`([^`]+)`/g)].map(([, token]) => token as string);
      const paths = tokens.filter(isPath);
      for (const path of paths) assert.ok(existsSync(path), `${path} of step ${index + 1}`);
      for (const token of tokens) {
        if (isPath(token)) continue;
        const [, script] = /^npm run ([\w:]+)$/.exec(token) ?? [];
        if (script !== undefined) assert.ok(scripts[script], token);
        else if (heading.startsWith('Add ')) {
          assert.ok(occursIn(token, paths), `${token} in none of ${paths.join(', ')}`);
        }
        checked += 1;
      }
      checked += paths.length;
    }
    assert.ok(checked >= 3);
  });
}

/** True if a name is in one of the files; `list!` is the call of a macro. */
function occursIn(name: string, paths: string[]): boolean {
  const word = new RegExp(`(?<!\\w)${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)`);
  return paths.some((path) => word.test(textOf(path)));
}

test('a recipe that drifts is noticed', () => {
  assert.ok(occursIn('METRICS', ['crates/core/src/metrics/table.rs']));
  assert.ok(!occursIn('METRIC', ['crates/core/src/metrics/table.rs']));
  assert.ok(!occursIn('Nothing', [basename('package.json')]));
});

test('CITATION.cff names this version', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [, cited] = /^version: (.+)$/m.exec(readFileSync('CITATION.cff', 'utf8')) ?? [];
  assert.equal(cited, version);
});
