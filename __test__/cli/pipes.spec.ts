/** `score` between two pipes, and in shards. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { type ScoreRequest, score as scoreFiles } from 'hackface-native';
import { CLI, type Finished, hackface, type RunOptions } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';
import { needsPosix } from '../support/system.js';

const folder = temporaryFolder();
const random = randomNumbers(3);
const ROWS = 40;
const matrix = Array.from({ length: ROWS }, () => Array.from({ length: 4 }, () => random() - 0.5));
put(folder, 'x.npy', float32Npy(matrix));
const row = () => Math.floor(random() * ROWS);
const lines = Array.from({ length: 500 }, (_, id) => `${row()},${row()},p${id}`);
put(folder, 'p.csv', `index1,index2,Id\n${lines.join('\n')}\n`);
put(folder, 'names.txt', matrix.map((_, at) => `n${at}`).join('\n'));
put(folder, 'reference.npy', float32Npy(matrix.slice(0, 20)));

const PIPE = ['-e', 'x.npy', '-p', '-', '-o', '-', '-q'];

function score(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return hackface(['score', ...args], { cwd: folder, ...options });
}

/** The list, or a shard of it, from a file to a file. */
async function whole(options: Partial<ScoreRequest> = {}): Promise<string> {
  const file = (name: string) => join(folder, name);
  const files = { embeddings: file('x.npy'), pairs: file('p.csv'), output: file('whole') };
  await scoreFiles({ ...files, submission: { force: true }, ...options });
  return readFileSync(files.output, 'utf8');
}

test('between pipes pairs have the bytes of a file, by blocks and by lines', async () => {
  const reference = join(folder, 'reference.npy');
  const ways: [string[], Partial<ScoreRequest>][] = [
    [
      ['-m', 'mahalanobis', '--center', 'mean', '--reference', 'reference.npy'],
      { metric: 'mahalanobis', center: 'mean', reference },
    ],
    [
      ['--line-buffered', '--norm', 's-norm', '--cohort', 'reference.npy', '--center', 'x.npy'],
      { norm: 's-norm', cohort: reference, center: join(folder, 'x.npy') },
    ],
    [
      ['--line-buffered', '--output-format', 'jsonl', '--center', 'mean'],
      { outputFormat: 'jsonl', center: 'mean' },
    ],
  ];
  const input = readFileSync(join(folder, 'p.csv'));
  for (const [args, options] of ways) {
    const run = await score([...PIPE, ...args], { input });
    assert.equal(run.stdout, await whole(options), run.stderr);
  }
});

test('without a header a line comes out for each line that goes in', async () => {
  const right = (await whole()).split('\n').slice(1, -1);
  // The last line has no end of its own.
  const run = await score([...PIPE, '--no-header'], { input: lines.join('\n') });
  assert.deepEqual(run.stdout.split('\n'), [...right, ''], run.stderr);
  const none = await score([...PIPE, '--no-header'], { input: '' });
  assert.deepEqual([none.code, none.stdout], [0, ''], none.stderr);
});

test('lines before a fault are answered, and the fault names its line', async () => {
  const faults = {
    [`0,${ROWS},x`]: [/<stdin>:3:index2: found 40/, 65],
    '0,x,x': [/<stdin>:3:index2: found "x"/, 65],
  } as const;
  const right = (await whole()).split('\n').slice(1, 3);
  for (const [fault, [said, code]] of Object.entries(faults)) {
    const input = `${lines[0]}\n${lines[1]}\n${fault}\n0,1,y\n`;
    const run = await score([...PIPE, '--no-header'], { input });
    assert.deepEqual([run.code, run.stdout], [code, `${right.join('\n')}\n`]);
    assert.match(run.stderr, said);
  }
});

/** A running command that lines are written to. */
function coprocess(...args: string[]) {
  const child = spawn(process.execPath, [CLI, 'score', ...PIPE, ...args], { cwd: folder });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (line: string) => {
    child.stdin.write(`${line}\n`);
    return (await answers.next()).value as string;
  };
  return { child, ask, ended: once(child, 'exit') };
}

test('a line is answered before the next is sent', async () => {
  const right = (await whole()).split('\n');
  const { child, ask, ended } = coprocess('--line-buffered');
  child.stdin.write('index1,index2,Id\n');
  assert.equal(await ask(lines[0] as string), right[0]);
  const [, ...rest] = right;
  // The header comes with the first answer.
  assert.equal(await ask(lines[1] as string), rest[0]);
  child.stdin.end();
  assert.deepEqual(await ended, [0, null]);
  const named = coprocess('--line-buffered', '--no-header', '--names', 'names.txt');
  const [first, second] = (lines[0] as string).split(',');
  assert.equal(await named.ask(`n${first},n${second},p0`), right[1]);
  named.child.stdin.end();
  assert.deepEqual(await named.ended, [0, null]);
});

test('a signal and a reader that has gone end it as ever', { skip: needsPosix }, async () => {
  const stopped = coprocess('--line-buffered', '--no-header');
  await stopped.ask(lines[0] as string);
  // It waits for a line that never comes.
  stopped.child.kill('SIGTERM');
  assert.deepEqual(await stopped.ended, [143, null]);
  const { child, ask, ended } = coprocess('--line-buffered', '--no-header');
  await ask(lines[0] as string);
  child.stdout.destroy();
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${lines[1]}\n`);
  assert.deepEqual(await ended, [0, null]);
});

test('what needs the whole list has it, and cannot be asked by lines', async () => {
  const input = readFileSync(join(folder, 'p.csv'));
  const metric = 'minmax(cosine) + cosine';
  const list = ['-m', metric];
  const run = await score([...PIPE, ...list], { input });
  assert.equal(run.stdout, await whole({ metric }), run.stderr);
  const pipe = { embeddings: join(folder, 'x.npy'), pairs: '-', output: '-', lineBuffered: true };
  const wholes: [Partial<ScoreRequest>, RegExp][] = [
    [{ metric }, /minmax/],
    [{ onUndefined: 'max' }, /largest/],
    [{ outputFormat: 'npy' }, /npy/],
    [{ rerank: { k1: 20, k2: 6, lambda: 0.3 } }, /neighbours/],
    [{ pairs: join(folder, 'p.csv') }, /a file on one side/],
  ];
  for (const [options, said] of wholes) {
    await assert.rejects(scoreFiles({ ...pipe, ...options }), said);
  }
});

test('shards put together are the bytes of the whole list', async () => {
  for (const outputFormat of ['csv', 'jsonl'] as const) {
    const right = await whole({ outputFormat });
    for (const of of [1, 3, 7]) {
      let parts = '';
      for (let index = 0; index < of; index += 1) {
        parts += await whole({ outputFormat, shard: { index, of } });
      }
      assert.equal(parts, right);
    }
  }
  const none = whole({ shard: { index: 0, of: 501 } });
  await assert.rejects(none, /501 shards of 500 pairs/);
  await assert.rejects(whole({ metric: 'zscore(cosine)', shard: { index: 0, of: 2 } }), /zscore/);
  const args = ['-e', 'x.npy', '-p', 'p.csv', '-o', '-', '--shard'];
  const run = await score([...args, '3/7', '-q']);
  assert.equal(run.stdout, await whole({ shard: { index: 3, of: 7 } }));
  const beyond = await score([...args, '3/3']);
  assert.equal(beyond.code, 2);
  assert.match(beyond.stderr, /i\/n/);
});
