/** Statistics of parts: the bytes of one fit, what is refused, what is forgotten. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  AbortError,
  fit,
  type HackfaceError,
  mergeStats,
  type Stats,
  type StatsRequest,
  stats,
} from 'hackface-native';
import { hackface, runProgram } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { crowd } from './support/people.js';
import { needsPosix } from './support/system.js';

const folder = temporaryFolder();
/** Three blocks of 2048 rows, the last of them short. */
const { rows, labels } = crowd({ people: 90, each: 50, dim: 4, seed: 5 });
const file = put(folder, 'x.npy', float32Npy(rows));
const half = rows.length / 2;
const halves = [rows.slice(0, half), rows.slice(half)].map((part, i) =>
  put(folder, `half-${i}.npy`, float32Npy(part)),
);
const classes = put(folder, 'l.csv', `class\n${[...labels].map((k) => `p${k}\n`).join('')}`);
const people = put(folder, 'people.csv', 'class\np3\np71\n');
const request = { embeddings: file, labels: classes, pipeline: 'center, length-norm, path(0.5)' };
const bytesOf = async (given: Parameters<typeof fit>[0]) =>
  Buffer.from((await fit(given)).model.toBytes());

async function inShards(of: number, more: Partial<StatsRequest> = {}): Promise<Stats> {
  const parts: Stats[] = [];
  for (let index = of - 1; index >= 0; index -= 1) {
    parts.push((await stats({ ...request, ...more, shard: { index, of } })).stats);
  }
  return (await mergeStats({ parts })).stats;
}

test('shards in any order, merged, give the bytes of one fit, round after round', async () => {
  const expected = await bytesOf(request);
  for (const of of [1, 3, 7]) {
    const first = await inShards(of);
    await assert.rejects(fit({ stats: [first] }), (error: HackfaceError) => {
      return error.code === 'EOPTION' && error.expected.startsWith('one more');
    });
    const second = await inShards(of, { after: [first], embeddings: halves });
    assert.ok((await bytesOf({ stats: [first, second] })).equals(expected), `${of} shards`);
  }
});

test('a second round reads of a merged file what it needs, and gives the same bytes', async () => {
  for (const pipeline of ['center, lda(2), cosine', 'plda', request.pipeline]) {
    const model = { ...request, pipeline };
    const expected = await bytesOf(model);
    for (const of of [1, 3, 7, 64]) {
      const first = await inShards(of, { pipeline });
      const path = join(folder, 'first.safetensors');
      await first.save(path, { force: true });
      const second = await inShards(of, { pipeline, after: [path] });
      assert.ok((await bytesOf({ stats: [first, second] })).equals(expected), `${pipeline}, ${of}`);
      const held = await stats({ ...model, after: [first], shard: { index: of - 1, of } });
      const read = await stats({ ...model, after: [path], shard: { index: of - 1, of } });
      assert.deepEqual(read.stats.toBytes(), held.stats.toBytes());
    }
  }
});

test('a merged file that is damaged is refused where it is read, whatever is read of it', async () => {
  const merged = await inShards(3, { pipeline: 'wccn' });
  const bytes = Buffer.from(merged.toBytes());
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  for (const name of ['hashes', 'next.mean', 'next.checks', 'sums.class_sums']) {
    const damaged = Buffer.from(bytes);
    const at = 8 + length + header[name].data_offsets[0];
    damaged.writeUInt8(damaged.readUInt8(at + 1) ^ 1, at + 1);
    const path = put(folder, 'damaged.safetensors', damaged);
    await assert.rejects(
      stats({ ...request, pipeline: 'wccn', after: [path] }),
      (error: HackfaceError) => {
        assert.equal(error.code, 'EMODEL', name);
        assert.equal(error.file, path, name);
        return true;
      },
    );
  }
  const path = put(folder, 'whole.safetensors', bytes);
  const other = classes.replace('l.csv', 'other.csv');
  put(folder, 'other.csv', readFileSync(classes, 'utf8').replace('p3\n', 'p4\n'));
  const relabelled = { ...request, pipeline: 'wccn', labels: other, after: [path] };
  await assert.rejects(stats(relabelled), /the labels, or the rows that take part, differ/);
  // A pipeline that was not gathered for reads all of it, and is told what lacks.
  const lean = await inShards(2, { pipeline: 'whiten' });
  await lean.save(join(folder, 'lean.safetensors'));
  await assert.rejects(
    stats({ ...request, pipeline: 'wccn', after: [join(folder, 'lean.safetensors')] }),
    /lean\.safetensors: found statistics of round 1 without sums of each class/,
  );
  const richer = await stats({ ...request, pipeline: 'lda', after: [path] });
  assert.equal(richer.stats.kind, 'residuals');
});

test('people who are forgotten leave a model that never saw them', async () => {
  const plain = { ...request, pipeline: 'center, whiten(zca), cosine' };
  const { stats: all } = await stats(plain);
  const data = { embeddings: file, labels: classes };
  const fewer = await mergeStats({ parts: [all], without: people, ...data });
  const [p3, p71] = [[...labels].indexOf(3), [...labels].indexOf(71)];
  const left = labels.map((k) => (k === labels[p3] || k === labels[p71] ? 2 ** 32 - 1 : k));
  const { model: never } = await fit({ ...plain, labels: left });
  const { model: ours, classes: count } = await fit({ stats: [fewer.stats] });
  assert.equal(count, 88);
  const few = { index1: Uint32Array.of(0, 5, 60), index2: Uint32Array.of(1, 900, 4000) };
  const [a, b] = [await ours.scorePairs(file, few), await never.scorePairs(file, few)];
  for (const [i, value] of a.entries()) assert.ok(Math.abs(value - (b[i] ?? 0)) < 1e-9);
  await assert.rejects(mergeStats({ parts: [all], without: ['p3'] }), /read again/);
  await assert.rejects(mergeStats({ parts: [all], without: ['p99'], ...data }), /no class "p99"/);
  // A later round takes the same people.
  const again = await stats({ ...plain, without: ['p71', 'p3'] });
  assert.equal(await count88(again.stats), 88);
});

const count88 = async (one: Stats) => (await fit({ stats: [one] })).classes;

test('a file that is no statistics is told as one, and no advice names what a fit of sums refuses', async () => {
  const wanted = /expected a file of statistics, as stats and merge write it\. Name the files/;
  const short = put(folder, 'short.safetensors', 'abc');
  for (const other of [file, short]) {
    await assert.rejects(mergeStats({ parts: [other] }), wanted);
    await assert.rejects(fit({ stats: [other] }), wanted);
  }
  const few = put(folder, 'few.csv', `class\n${[...labels].map((k) => `p${k % 9}\n`).join('')}`);
  const plain = { ...request, pipeline: 'whiten', labels: few };
  const { stats: all } = await stats(plain);
  const [ofSums] = (await fit({ stats: [all] })).warnings;
  assert.match(
    ofSums?.text ?? '',
    /^a model of 9 people .*judged it: compare it with cosine on pairs/,
  );
  const [ofRows] = (await fit(plain)).warnings;
  assert.match(
    ofRows?.text ?? '',
    /judged it: set people aside with option holdout, or compare it/,
  );
});

test('statistics that lack what is asked of them, and damaged ones, are refused by name', async () => {
  const at = (name: string) => join(folder, name);
  const run = (words: string) => hackface(words.split(' '), { cwd: folder });
  const data = '-e x.npy -l l.csv';
  for (const model of ['whiten', 'lda']) {
    const { stats: all } = await stats({ ...request, pipeline: model });
    await all.save(at(`${model}.st`));
  }
  const sizes = ['whiten', 'lda'].map((model) => readFileSync(at(`${model}.st`)).length);
  assert.ok((sizes[1] ?? 0) - (sizes[0] ?? 0) > 80 * 4 * 8, 'no sums of people for whiten');
  const damaged = readFileSync(at('lda.st'));
  damaged[damaged.length - 3] = 1 + (damaged.at(-3) ?? 0);
  writeFileSync(at('damaged.st'), damaged);
  const refused: [words: string, code: number, told: RegExp][] = [
    ['fit --stats whiten.st -m lda', 2, /without sums of each class, .*run stats for each part/],
    ['fit --stats whiten.st damaged.st', 65, /\] damaged\.st: found .*Write it again with stats/],
    [
      'merge none.st',
      66,
      /\] none\.st: found no such file, expected a readable file\. Check the path/,
    ],
    ['merge .', 66, /\] \.: found a directory/],
    ['merge damaged.st', 65, /\] damaged\.st: found .*Write it again with stats or merge/],
    [`stats -m lda ${data} --after damaged.st`, 65, /\] damaged\.st: found .*Write it again/],
    [
      `stats -m lda ${data} --after whiten.st`,
      2,
      /\] whiten\.st: found statistics of round 1 without sums of each class/,
    ],
    ['stats -m lda -e x.npy', 2, /rows without labels/],
    [`stats -m auto ${data}`, 2, /auto, which compares models on rows/],
    ['merge lda.st lda.st', 2, /rows 0:4500 twice, since lda\.st is named twice/],
    ['merge lda.st whiten.st', 2, /gathered for '.*' and '.*', expected parts of one pipeline/],
  ];
  for (const [words, code, told] of refused) {
    const output = `none-${refused.findIndex(([other]) => other === words)}.st`;
    const { code: ended, stderr } = await run(`${words} -o ${output}`);
    assert.match(stderr, told);
    assert.equal(ended, code, words);
    assert.ok(!existsSync(at(output)), words);
  }
  // Whoever is forgotten needs no sums of people.
  const forgotten = await run(`merge whiten.st --without people.csv ${data} -o fewer.st`);
  assert.equal(forgotten.code, 0, forgotten.stderr);
  assert.equal((await fit({ stats: [at('fewer.st')] })).classes, 88);
});

test('an abort stops it, and progress is told', async () => {
  const phases = new Set<string>();
  const onProgress = ({ phase }: { phase: string }) => void phases.add(phase);
  await stats({ ...request, onProgress });
  assert.ok(phases.has('fit'), [...phases].join());
  const signal = AbortSignal.abort();
  await assert.rejects(stats({ ...request, signal }), AbortError);
  await assert.rejects(mergeStats({ parts: [], signal }), AbortError);
});

test('the loop of a shell: a finished part is left, a damaged one made again, another refused', {
  skip: needsPosix,
}, async () => {
  const at = (name: string) => join(folder, name);
  const command = (words: string) =>
    hackface([...words.split(' '), '-e', file, '-l', classes], { cwd: folder });
  const script =
    'for i in 0 1 2; do "$NODE" "$CLI" stats -q -m whiten -e x.npy -l l.csv --shard $i/3 -o part-$i.safetensors || exit 9; done; ' +
    '"$NODE" "$CLI" merge -q part-*.safetensors -o all.safetensors && ' +
    '"$NODE" "$CLI" fit -q --stats all.safetensors -o sharded.safetensors';
  const env = { NODE: process.execPath, CLI: join(process.cwd(), 'dist/cli.cjs') };
  const run = await runProgram('sh', ['-c', script], { cwd: folder, env });
  assert.equal(run.code, 0, run.stderr);
  const expected = await bytesOf({ ...request, pipeline: 'whiten' });
  assert.ok(readFileSync(at('sharded.safetensors')).equals(expected));
  const part = readFileSync(at('part-1.safetensors'));
  const shard = 'stats -m whiten --shard 1/3 -o part-1.safetensors';
  const twice = await command(`${shard} --json`);
  assert.match(twice.stdout, /"reused":true/);
  writeFileSync(at('part-1.safetensors'), part.subarray(0, part.length >> 1));
  const mended = await command(shard);
  assert.match(mended.stderr, /^rows 2048:4096 of 4500 x 4: bundle/m);
  assert.ok(readFileSync(at('part-1.safetensors')).equals(part));
  const other = await command(shard.replace('1/3', '2/3'));
  assert.equal(other.code, 2);
  assert.match(other.stderr, /with --force/);
  rmSync(at('part-1.safetensors'));
  const parts = ['part-0.safetensors', 'part-2.safetensors'];
  const gap = await hackface(['merge', ...parts, '-o', 'gap.safetensors'], { cwd: folder });
  assert.equal(gap.code, 2);
  assert.match(gap.stderr, /rows 2048:4096 in no part, between part-0.safetensors and part-2/);
  assert.ok(!existsSync(at('gap.safetensors')));
});

test('a shard without a name for its file tells itself in it', async () => {
  const place = temporaryFolder();
  const data = ['-e', file, '-l', classes];
  for (const shard of ['0/2', '1/2']) {
    const sums = await hackface(['stats', '-q', '-m', 'whiten', ...data, '--shard', shard], {
      cwd: place,
    });
    assert.equal(sums.code, 0, sums.stderr);
    const words = ['identify', '-q', '-g', file, '--probes', file, '--shard', shard];
    const hits = await hackface(words, { cwd: place });
    assert.equal(hits.code, 0, hits.stderr);
  }
  assert.deepEqual(readdirSync(place).sort(), [
    'hits-0-of-2.part',
    'hits-1-of-2.part',
    'stats-0-of-2.safetensors',
    'stats-1-of-2.safetensors',
  ]);
});

test('a scheduler tells the shard', async () => {
  const run = async (shard: string, env: Record<string, string> = {}) => {
    const words = ['stats', '-m', 'whiten', '-e', file, '-l', classes, '--shard', shard];
    return hackface([...words, '-o', join(folder, 'told.safetensors'), '-f', '--json'], { env });
  };
  const slurm = {
    SLURM_ARRAY_TASK_ID: '12',
    SLURM_ARRAY_TASK_MIN: '11',
    SLURM_ARRAY_TASK_COUNT: '3',
  };
  const told = await Promise.all([
    run('auto', slurm),
    run('auto/3', { JOB_COMPLETION_INDEX: '2' }),
    run('auto/3'),
    run('3/3'),
  ]);
  assert.deepEqual(
    told.map(({ code }) => code),
    [0, 0, 2, 2],
  );
  assert.deepEqual(
    told.slice(0, 2).map(({ stdout }) => /"from":(\d+)/.exec(stdout)?.[1]),
    ['2048', '4096'],
  );
});
