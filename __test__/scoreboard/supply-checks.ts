/** S01, S03–S06: what is installed, what it is made of, and what is said of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { rootManifest, platformManifest } from '#scripts/packages.mjs';
import { npmCommand } from '#scripts/run.mjs';
import { ownTarget, targets } from '#scripts/targets.mjs';
import { runNode } from '../support/command.js';
import { type Bench, parseLine } from './bench.js';
import { isFull, type Check } from './check.js';
import { installed } from './life-checks.js';

const NO_ADDON = { env: { NAPI_RS_NATIVE_LIBRARY_PATH: '' } };
const version = '0.1.9';

/** The command line of a copy that is installed. */
const cli = (folder: string) => join(folder, 'dist', 'cli.cjs');

/** Nothing runs at installation: no package names a script, and what is unpacked works. */
async function withoutScripts(bench: Bench): Promise<void> {
  const manifests: object[] = [
    rootManifest(),
    ...targets.map((target: (typeof targets)[number]) => platformManifest(target)),
  ];
  for (const manifest of manifests) assert.ok(!('scripts' in manifest), JSON.stringify(manifest));
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  assert.equal(lock.packages['node_modules/commander'].hasInstallScript, undefined);
  const output = join(bench.newFolder(), 'out.csv');
  const words = [
    'score',
    '-e',
    bench.goodNpy,
    '-p',
    bench.goodCsv,
    '-m',
    'sqeuclidean',
    '-o',
    output,
  ];
  const run = await runNode([cli(installed(bench, version)), ...words, '-q'], NO_ADDON);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(readFileSync(output, 'utf8'), bench.goodOutput);
}

/** Versions as numbers, compared place by place. */
function atLeast(found: string, least: string): boolean {
  const [a, b] = [found, least].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = a.findIndex((place, i) => place !== b[i]);
  return at < 0 || (a[at] as number) > (b[at] as number);
}

/** The tools that look for advisories, where they are; the versions that mended what harms us. */
async function advisories(): Promise<void> {
  const lock = readFileSync('Cargo.lock', 'utf8');
  for (const [name, least] of [
    ['napi', '3.12.2'],
    ['memmap2', '0.9.11'],
  ] as const) {
    const found = new RegExp(`name = "${name}"\\nversion = "([\\d.]+)"`).exec(lock)?.[1];
    assert.ok(found !== undefined && atLeast(found, least), `${name} ${found}, not ${least}`);
  }
  const jobs = parse(readFileSync('.github/workflows/ci.yml', 'utf8')).jobs.dependencies.steps;
  const steps = jobs.map(({ run = '' }) => run).join('\n');
  for (const tool of ['cargo deny', 'cargo audit', 'npm audit'])
    assert.ok(steps.includes(tool), tool);
  if (!isFull) return;
  const [npm = '', ...script] = npmCommand('npm');
  const tools: [string, string, string[]][] = [
    ['npm audit', npm, [...script, 'audit', '--omit=dev', '--audit-level=low']],
    ['cargo deny', 'cargo', ['deny', '--locked', 'check']],
    ['cargo audit', 'cargo', ['audit']],
  ];
  for (const [what, program, args] of tools) {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    const text = `${stdout}${stderr}`;
    // A tool that is not installed, or a registry that cannot be asked, says nothing of the packages.
    if (/no such command|ENOTFOUND|ENOAUDIT|endpoint|fetch|network|resolve host/i.test(text)) {
      console.error(`skipped: S03 ${what}: ${text.trim().split('\n')[0]}`);
    } else assert.equal(status, 0, `${what}: ${text}`);
  }
}

/** Without its addon, or on a system that has none, the package says which one is missing and what to do. */
async function missingAddon(bench: Bench): Promise<void> {
  const folder = installed(bench, version);
  const own = ownTarget();
  rmSync(join(folder, '..', own?.package ?? ''), { recursive: true });
  const run = await runNode([cli(folder), 'metrics'], NO_ADDON);
  assert.equal(run.code, 70, run.stdout);
  const { code, message = '' } = parseLine(run.stderr) ?? {};
  assert.equal(code, 'ELOAD', run.stderr);
  assert.ok(message.includes(`Run npm install ${own?.package}@${version}`), message);
  assert.ok(message.includes(`${process.platform} ${process.arch}`), message);
  const preload = bench.put(
    'other.cjs',
    `Object.defineProperty(process, 'platform', { value: 'freebsd' });\n`,
  );
  const other = await runNode([cli(folder), 'metrics'], {
    ...NO_ADDON,
    node: ['--require', preload],
  });
  assert.equal(other.code, 70, other.stdout);
  assert.match(other.stderr, /No addon is made for freebsd .*linux-x64-gnu.*npm run build/);
}

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; steps: { uses?: string }[] }>;
}

/** Actions are pinned by commit; rights are to read, but where a job says which it needs. */
async function workflows(): Promise<void> {
  const folder = '.github/workflows';
  let actions = 0;
  for (const name of readdirSync(folder)) {
    const { permissions, jobs } = parse(readFileSync(join(folder, name), 'utf8')) as Workflow;
    assert.deepEqual(permissions, { contents: 'read' }, name);
    for (const { steps } of Object.values(jobs)) {
      for (const { uses } of steps) {
        if (uses === undefined) continue;
        actions += 1;
        assert.match(uses, /@[0-9a-f]{40}$/, name);
      }
    }
  }
  assert.ok(actions > 20);
}

/** SECURITY.md: how to report, what is supported, when an answer comes, what is a weakness, and the threats. */
async function policy(): Promise<void> {
  const page = readFileSync('SECURITY.md', 'utf8');
  for (const says of [
    /\*\*Report\*\* a weakness through/,
    /You get an answer within \d+ days/,
    /\*\*Supported\*\*: /,
    /\| is \|[\s\S]*a vulnerability/,
    /\[docs\/threats\.md\]\(docs\/threats\.md\)/,
  ]) {
    assert.match(page, says);
  }
  const threats = readFileSync('docs/threats.md', 'utf8');
  assert.match(threats, /^Attackers may /m);
  assert.match(threats, /^Out of scope: /m);
}

export const supplyChecks: Check[] = [
  {
    id: 'S01',
    title: 'installed without scripts: works',
    run: withoutScripts,
  },
  {
    id: 'S03',
    title: 'advisories: the tools run in CI, and versions with known faults are not used',
    run: advisories,
  },
  {
    id: 'S04',
    title: 'no addon, or none for this system: named, with the cure',
    run: missingAddon,
  },
  {
    id: 'S05',
    title: 'workflows: actions pinned by commit, rights to read',
    without: "the Scorecard's figure",
    run: workflows,
  },
  { id: 'S06', title: 'SECURITY.md: threats, versions, time of an answer', run: policy },
];
