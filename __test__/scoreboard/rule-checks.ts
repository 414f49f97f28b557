/** U1–U5: the rules that every refusal of the other checks was held to, and the exit codes. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hackface } from '../support/command.js';
import { put } from '../support/folder.js';
import { onLinux } from '../support/system.js';
import { type Bench, parseJson, parseLine, type Rule } from './bench.js';
import type { Check } from './check.js';

/** No refusal so far broke the rule, and there were many. */
function keptBy(bench: Bench, rule: Rule): void {
  const breaches = bench.breaches.filter((breach) => breach.rule === rule);
  assert.ok(breaches.length === 0, breaches.map(({ text }) => text).join('\n'));
  assert.ok(bench.refusals > 90, `only ${bench.refusals} refusals: run all the checks`);
}

async function exits(bench: Bench): Promise<void> {
  const good = ['score', '-e', bench.goodNpy, '-p', bench.goodCsv, '-m', 'sqeuclidean'];
  const output = join(bench.newFolder(), 'out.csv');
  const missing = [
    'score',
    '-e',
    join(bench.folder, 'none'),
    '-p',
    bench.goodCsv,
    '-o',
    `${output}2`,
  ];
  const ends: [number, string[]][] = [
    [0, [...good, '-o', output]],
    [0, ['--help']],
    [0, ['score', '--help']],
    [0, ['--version']],
    [2, [...good, '-o', `${output}2`, '--treads', '2']],
    [2, [...good, '-o', `${output}2`, '--threads', '0']],
    [2, [...good, '-o', `${output}2`, '--metric', 'cosin']],
    [2, [...good, '-o', `${output}2`, '--columns', 'a,b']],
    [2, ['scrore']],
    [65, ['score', '-e', bench.goodCsv, '-p', bench.goodCsv, '-o', `${output}2`]],
    [66, missing],
    [73, [...good, '-o', output]],
    ...(onLinux ? [[74, [...good, '-o', '/dev/full']] satisfies [number, string[]]] : []),
  ];
  for (const [exit, args] of ends) {
    const run = await hackface(args);
    assert.equal(run.code, exit, `${args.join(' ')}: ${run.stderr}`);
    if (exit !== 0) assert.ok(parseLine(run.stderr), run.stderr);
  }
  const addon = readdirSync('build/faulty').find((name) => name.endsWith('.node')) ?? '';
  const path = resolve('build/faulty', addon);
  const preload = put(
    bench.newFolder(),
    'panic.cjs',
    `const faulty = { exports: {} };
     process.dlopen(faulty, ${JSON.stringify(path)});
     faulty.exports.injectPanic('scorePairs', true);\n`,
  );
  for (const json of [false, true]) {
    const run = await hackface([...good, '-o', `${output}2`, ...(json ? ['--json'] : [])], {
      env: { NAPI_RS_NATIVE_LIBRARY_PATH: path },
      node: ['--require', preload],
    });
    assert.equal(run.code, 70, run.stderr);
    const error = json ? parseJson(run.stderr) : parseLine(run.stderr);
    assert.equal(error?.code, 'EINTERNAL', run.stderr);
  }
}

export const ruleChecks: Check[] = [
  {
    id: 'U1',
    title: 'exit codes',
    async run(bench) {
      keptBy(bench, 'U1');
      await exits(bench);
    },
  },
  { id: 'U2', title: 'one line, or one object', run: async (bench) => keptBy(bench, 'U2') },
  {
    id: 'U3',
    title: 'the target untouched, nothing left',
    run: async (bench) => keptBy(bench, 'U3'),
  },
  { id: 'U4', title: 'the library refuses and goes on', run: async (bench) => keptBy(bench, 'U4') },
  { id: 'U5', title: 'under 2 s and 64 MB', run: async (bench) => keptBy(bench, 'U5') },
];
