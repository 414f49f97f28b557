/** Every pair in shards: the figures of one machine, what is refused, what is left and what is done again. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AbortError, allPairs, allPairsPart, type HackfaceError } from 'hackface-native';
import { hackface, runProgram } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { crowd } from '../support/people.js';
import { needsPosix } from '../support/system.js';

const folder = temporaryFolder();
/** Four blocks of 1024 rows, the last of them short: ten tiles. */
const { rows: vectors, labels } = crowd({ people: 350, each: 9, dim: 6, seed: 8 });
const file = put(folder, 'x.npy', float32Npy(vectors));
const classes = put(folder, 'l.csv', `class\n${[...labels].map((k) => `p${k}\n`).join('')}`);
const rows = { embeddings: file, labels: classes };
const at = (name: string) => join(folder, name);

test('shards in any number and order give the figures of one pass', async () => {
  const options = { atFar: [0.1, 1e-3], atThreshold: [0.4] };
  const whole = await allPairs(rows, options);
  for (const of of [1, 3, 7, 64]) {
    const parts: string[] = [];
    for (let i = 0; i < of; i += 1) {
      const index = (i * 5 + 2) % of;
      const output = at(`any-${of}-${index}.part`);
      const part = await allPairsPart(rows, { ...options, shard: { index, of }, output });
      assert.equal(part.tiles.of, 10);
      assert.equal(part.reused, false);
      parts.push(output);
    }
    assert.deepEqual(await allPairs(rows, { ...options, parts }), whole, `${of} shards`);
  }
  const some = put(
    folder,
    's.csv',
    readFileSync(classes, 'utf8').split('\n').slice(0, 701).join('\n'),
  );
  const second = { gallery: { embeddings: vectors.slice(0, 700), labels: some } };
  const parts = [at('two-0.part'), at('two-1.part')];
  for (const [index, output] of parts.entries()) {
    await allPairsPart(rows, { ...second, shard: { index, of: 2 }, output });
  }
  assert.deepEqual(await allPairs(rows, { ...second, parts }), await allPairs(rows, second));
});

test('a shard that was stopped goes on, a finished one is left, a damaged one counted again', async () => {
  const options = { metric: 'canberra', threads: 1, shard: { index: 0, of: 1 } };
  const output = at('stopped.part');
  await allPairsPart(rows, { ...options, output: at('straight.part') });
  const straight = readFileSync(at('straight.part'));
  const stop = new AbortController();
  const onProgress = ({ phase, done, total }: { phase: string; done: number; total: number }) => {
    if (phase === 'pairs' && done > 0 && done < total) stop.abort();
  };
  const stopped = allPairsPart(rows, { ...options, output, signal: stop.signal, onProgress });
  await assert.rejects(stopped, AbortError);
  assert.equal((await allPairsPart(rows, { ...options, output })).reused, false);
  assert.ok(readFileSync(output).equals(straight));
  assert.equal((await allPairsPart(rows, { ...options, output })).reused, true);
  writeFileSync(output, straight.subarray(0, 1000));
  assert.equal((await allPairsPart(rows, { ...options, output })).reused, false);
  assert.ok(readFileSync(output).equals(straight));
});

test('parts that do not belong together, and options that contradict each other, are refused', async () => {
  const refused = async (work: Promise<unknown>, words: RegExp, code = 'EOPTION') => {
    await assert.rejects(work, (error: HackfaceError) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      return true;
    });
  };
  const count = (index: number, more = {}) =>
    allPairsPart(rows, { shard: { index, of: 2 }, output: at(`kept-${index}.part`), ...more });
  await count(0);
  await count(1);
  const parts = [at('kept-0.part'), at('kept-1.part')];
  const [first = '', second = ''] = parts;
  await refused(
    allPairs(rows, { parts: [first] }),
    /tiles \d+:10 in no part, between .*kept-0.part and the end/,
  );
  await refused(allPairs(rows, { parts: [second] }), /tiles 0:\d+ in no part/);
  await refused(
    allPairs(rows, { parts: [first, second, first] }),
    / twice, since .* is named twice.*once/,
  );
  await refused(allPairs(rows, { parts, metric: 'euclidean' }), /other data or settings/);
  await refused(allPairs(rows, { parts, atThreshold: [0.5] }), /other data or settings/);
  const swapped = labels.slice();
  [swapped[0], swapped[1]] = [labels[1] as number, labels[0] as number];
  await refused(allPairs({ ...rows, labels: swapped }, { parts }), /other data or settings/);
  await refused(allPairs(rows, { parts: [first, file] }), /a file of something else/);
  await refused(allPairs(rows, { parts: [at('none')] }), /none/, 'EINPUT');
  await refused(allPairs(rows, { parts, checkpoint: at('state') }), /one of them/);
  const groups = put(folder, 'groups.csv', 'index,group\n0,a\n');
  await refused(
    allPairsPart({ ...rows, groups }, { shard: { index: 0, of: 1 }, output: at('g') }),
    /groups/,
  );
  await refused(count(0, { metric: 'euclidean' }), /other data or settings.*force/);
  await refused(count(0, { shard: { index: 1, of: 2 } }), /the tiles .*force/);
  await refused(count(0, { output: classes, force: false }), /something else/);
  assert.equal((await count(0, { metric: 'euclidean', force: true })).reused, false);
});

test('the loop of a shell prints what one command prints', { skip: needsPosix }, async () => {
  const script =
    'for i in 2 0 1; do "$NODE" "$CLI" evaluate --all-pairs -e x.npy -l l.csv -q --shard $i/3 -o pairs-$i.part || exit 9; done; ' +
    '"$NODE" "$CLI" evaluate --all-pairs -e x.npy -l l.csv --parts pairs-*.part --json';
  const env = { NODE: process.execPath, CLI: join(process.cwd(), 'dist/cli.cjs') };
  const run = await runProgram('sh', ['-c', script], { cwd: folder, env, limitMs: 60_000 });
  assert.equal(run.code, 0, run.stderr);
  const words = 'evaluate --all-pairs -e x.npy -l l.csv'.split(' ');
  const whole = await hackface([...words, '--json'], { cwd: folder });
  assert.equal(run.stdout, whole.stdout);
  const shard = (told: string, more: string[] = [], slurm: Record<string, string> = {}) =>
    hackface([...words, '--shard', told, ...more], { cwd: folder, env: slurm });
  const twice = await shard('auto', ['-o', 'pairs-1.part'], {
    SLURM_ARRAY_TASK_ID: '1',
    SLURM_ARRAY_TASK_COUNT: '3',
  });
  assert.match(twice.stderr, /^tiles \d+:\d+ of 10: there already, nothing done\n→ pairs-1.part$/m);
  const json = await shard('0/2', ['-o', 'half.part', '--json']);
  const { tiles, pairs } = JSON.parse(json.stdout);
  assert.deepEqual([tiles.from, tiles.of, pairs.shard < pairs.of], [0, 10, true]);
  assert.equal(statSync(at('half.part')).mode & 0o777, 0o600);
  for (const [found, says] of [
    [await shard('0/2'), /--shard without --output/],
    [await shard('2/2', ['-o', 'a.part']), /shard/],
    [await shard('0/2', ['-o', 'a.part', '--report', 'r.html']), /--report/],
    [await hackface([...words, '-o', 'a.part'], { cwd: folder }), /--output without --shard/],
    [await shard('0/3', ['-o', 'pairs-1.part']), /with --force/],
  ] as const) {
    assert.equal(found.code, 2, found.stderr);
    assert.match(found.stderr, says);
  }
});
