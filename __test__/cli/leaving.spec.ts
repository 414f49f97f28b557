/** No command that a signal ends, and no host that exits, leaves a part of a file. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { hackface, runNode, type RunOptions } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';
import { needsPosix } from '../support/system.js';

/** How often each command is stopped. */
const MOMENTS = Number(process.env.HACKFACE_MOMENTS ?? 6);
/** Runs side by side. */
const BESIDE = 2;
/** Around the moment at which a file appears, in milliseconds. */
const AIM = 6;

const root = temporaryFolder();
const next = randomNumbers(14);
const at = (name: string) => join(root, 'world', name);
const rows = () => ['-e', at('test_set.npy')];
const train = () => ['-e', at('train_set.npy'), '-l', at('train_labels.csv')];
const scored = () => ['--scores', join(root, 'scores.csv'), '-t', at('solution.csv')];
const into = (folder: string, ...names: string[]) => names.map((name) => join(folder, name));

/** Every command that writes, with what it writes into `folder`. */
const WRITERS: Record<string, (folder: string) => string[]> = {
  score: (to) => ['score', ...rows(), '-p', at('test_pairs.csv'), '-o', ...into(to, 'out.csv')],
  fit: (to) => ['fit', ...train(), '-m', 'center', '-o', ...into(to, 'out.safetensors')],
  transform: (to) => {
    const model = ['--model', join(root, 'model.safetensors')];
    return ['transform', ...model, ...rows(), '-o', ...into(to, 'out.npy')];
  },
  covariance: (to) => {
    const [output, mean] = into(to, 'out.npy', 'mean.npy') as [string, string];
    return ['covariance', ...rows(), '-o', output, '--mean', mean];
  },
  evaluate: (to) => {
    const [page, plot] = into(to, 'page.html', 'roc.svg') as [string, string];
    return ['evaluate', ...scored(), '--report', page, '--plot', plot];
  },
  identify: (to) => {
    const labels = ['--gallery-labels', at('train_labels.csv')];
    const [hits, page] = into(to, 'hits.csv', 'page.html') as [string, string];
    return ['identify', '-g', at('train_set.npy'), ...labels, '-o', hits, '--report', page];
  },
  audit: (to) => {
    const [list, page] = into(to, 'suspects.csv', 'page.html') as [string, string];
    return ['audit', ...train(), '-o', list, '--report', page];
  },
  synth: (to) => ['synth', to, '--train', '60', '--test', '60', '--pairs', '50', '--dim', '8'],
};

before(async () => {
  const size = ['--train', '120', '--test', '120', '--pairs', '90', '--dim', '8', '-q'];
  const make = async (...args: string[]) => {
    const run = await hackface(args);
    assert.equal(run.code, 0, run.stderr);
  };
  await make('synth', join(root, 'world'), ...size);
  await make('score', ...rows(), '-p', at('test_pairs.csv'), '-o', join(root, 'scores.csv'));
  await make('fit', ...train(), '-m', 'center', '-o', join(root, 'model.safetensors'));
});

const newFolder = () => mkdtempSync(join(root, 'out-'));
const partsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

/** When a whole run lets a file appear, and when it ends. */
async function paceOf(args: (folder: string) => string[]) {
  const folder = newFolder();
  const started = performance.now();
  const appeared: number[] = [];
  const seen = watch(folder, () => appeared.push(performance.now() - started));
  const run = await hackface(args(folder));
  seen.close();
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(partsIn(folder), []);
  return { whole: readdirSync(folder).length, appeared, end: run.ms };
}

/** Stops a run; returns whether it was stopped. */
async function stopped(
  args: (folder: string) => string[],
  how: RunOptions,
  when: string,
): Promise<boolean> {
  const folder = newFolder();
  const run = await hackface(args(folder), how);
  assert.ok([0, 143].includes(run.code), `${run.code} ${run.stderr}`);
  assert.deepEqual(partsIn(folder), [], when);
  for (const name of readdirSync(folder)) assert.ok(statSync(join(folder, name)).size > 0, name);
  return run.code === 143;
}

/** Makes a process send itself a signal as it asks the system to create its n-th file. */
const AT_CREATION = `
  const fs = require('node:fs');
  let left = Number(process.env.STOP_AT);
  for (const [of, name] of [[fs, 'openSync'], [fs, 'open'], [fs.promises, 'open']]) {
    const open = of[name];
    of[name] = (path, flags, ...rest) => {
      const creates = typeof flags === 'number' ? flags & fs.constants.O_CREAT : /[wa]/.test(flags);
      if (creates && --left === 0) process.kill(process.pid, 'SIGTERM');
      return open(path, flags, ...rest);
    };
  }`;

for (const [name, args] of Object.entries(WRITERS)) {
  test(`${name} leaves no part of a file when a signal ends it`, { skip: needsPosix }, async () => {
    const { appeared, end } = await paceOf(args);
    assert.ok(appeared.length > 0, 'no file appeared');
    const node = ['--require', put(root, 'at-creation.cjs', AT_CREATION)];
    let created = 0;
    const atCreation = (STOP_AT: string) => ({ node, env: { STOP_AT } });
    while (await stopped(args, atCreation(`${created + 1}`), `creation ${created}`)) created += 1;
    assert.ok(created > 0, 'no file was created');
    const later = (ms: number): RunOptions => ({
      watch: (child) => setTimeout(() => child.kill('SIGTERM'), ms),
    });
    let [left, ended] = [MOMENTS, 0];
    const some = async () => {
      while (left > 0) {
        left -= 1;
        const aim = appeared[Math.floor(next() * appeared.length)] as number;
        const ms = left % 4 === 0 ? next() * end : aim + (2 * next() - 1.5) * AIM;
        if (await stopped(args, later(ms), `${ms} ms`)) ended += 1;
      }
    };
    await Promise.all(Array.from({ length: BESIDE }, some));
    assert.ok(ended > 0, 'every run ended before its signal');
  });
}

test('a host that exits amid a write leaves no part of a file', async () => {
  const library = pathToFileURL(join(process.cwd(), 'dist', 'index.js')).href;
  const script = `
    const { writeNpy, writeSubmission } = await import(${JSON.stringify(library)});
    const [folder, ms] = process.argv.slice(1);
    const rows = 20_000;
    const ids = Array.from({ length: rows }, (_, row) => 'pair_' + row);
    setTimeout(() => process.exit(0), Number(ms));
    for (let i = 0; ; i += 1) {
      const write = { force: true };
      await Promise.all([
        writeSubmission(folder + '/a.csv', { ids, distances: new Float64Array(rows) }, write),
        writeNpy(folder + '/b.npy', { data: new Float64Array(rows), rows, dim: 1 }, write),
      ]);
    }`;
  for (let moment = 0; moment < 2 * MOMENTS; moment += 1) {
    const folder = join(root, `host-${moment}`);
    mkdirSync(folder);
    const ms = String(Math.round(next() * 60));
    const run = await runNode(['--input-type=module', '-e', script, folder, ms]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(partsIn(folder), [], `${ms} ms`);
  }
});
