/** Scoring pairs: options, and results that depend on nothing else. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  buildInfo,
  checkMetric,
  HackfaceError,
  type MatrixData,
  type MetricOptions,
  metrics,
  score,
  scorePairs,
  scorePairsSync,
} from 'hackface-native';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy, randomNpy } from './support/npy.js';
import { randomNumbers } from './support/random.js';

const folder = temporaryFolder();
const N = 60;
const D = 19;
const random = randomNumbers(11);
const rows = Array.from({ length: N }, () =>
  Array.from({ length: D }, () => Math.fround(random() * 2 - 0.5)),
);
const file = put(folder, 'x.npy', float32Npy(rows));
const memory: MatrixData = { data: Float32Array.from(rows.flat()), rows: N, dim: D };
const pairs = {
  index1: Uint32Array.from({ length: 200 }, (_, i) => i % N),
  index2: Uint32Array.from({ length: 200 }, (_, i) => (i * 17 + 1) % N),
};

function refused(expected: string, says = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof HackfaceError, String(error));
    assert.equal(error.code, expected, error.message);
    assert.match(error.message, says);
    return true;
  };
}

/** The slow, obvious cosine distance after a change to each row. */
function cosines(change: (row: number[]) => number[] = (row) => row): number[] {
  return Array.from(pairs.index1, (i, at) => {
    const [x, y] = [
      change(rows[i] as number[]),
      change(rows[pairs.index2[at] as number] as number[]),
    ];
    const dot = (a: number[], b: number[]) =>
      a.reduce((sum, v, k) => sum + v * (b[k] as number), 0);
    return 1 - dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  });
}

function close(got: Float64Array, right: number[], tolerance = 1e-12): void {
  assert.equal(got.length, right.length);
  for (const [i, value] of got.entries()) {
    const expected = right[i] as number;
    assert.ok(Math.abs(value - expected) <= tolerance, `${i}: ${value}, not ${expected}`);
  }
}

function mean(): number[] {
  return Array.from(
    { length: D },
    (_, k) => rows.reduce((sum, row) => sum + (row[k] as number), 0) / N,
  );
}

test('the metric is cosine unless another is named', async () => {
  const got = await scorePairs(file, pairs);
  close(got, cosines());
  assert.deepEqual(await scorePairs(file, pairs, { metric: 'cosine' }), got);
});

test('a file, memory and open embeddings give the same; so does the blocking call', async () => {
  for (const options of [
    {},
    { metric: 'canberra*2 + euclidean', center: 'mean', normalize: 'l2' },
  ]) {
    const got = await scorePairs(file, pairs, options as MetricOptions);
    assert.deepEqual(await scorePairs(memory, pairs, options as MetricOptions), got);
    assert.deepEqual(scorePairsSync(file, pairs, options as MetricOptions), got);
    assert.deepEqual(scorePairsSync(memory, pairs, options as MetricOptions), got);
  }
});

test('every metric of the list can be used by its name and aliases', async () => {
  // Norms in the hundreds, for which the offsets of 2019 were made.
  const positive = { ...memory, data: memory.data.map((x) => 100 * Math.abs(x) + 1) };
  for (const { name, aliases } of metrics()) {
    checkMetric(name);
    const got = await scorePairs(positive, pairs, { metric: name });
    assert.ok(got.every(Number.isFinite), name);
    for (const alias of aliases) {
      assert.deepEqual(await scorePairs(positive, pairs, { metric: alias }), got, alias);
    }
  }
});

test('center: the mean, a vector, a file of the vector, a file of rows', async () => {
  const center = mean();
  const right = cosines((row) => row.map((x, k) => x - (center[k] as number)));
  close(await scorePairs(file, pairs, { center: 'mean' }), right);
  close(await scorePairs(file, pairs, { center }), right);
  close(await scorePairs(file, pairs, { center: Float64Array.from(center) }), right);
  close(await scorePairs(file, pairs, { center: file }), right);
  const one = put(folder, 'center.npy', float32Npy([center]));
  close(await scorePairs(file, pairs, { center: one }), right, 1e-6);
  assert.deepEqual(
    await scorePairs(file, pairs, { center: 'none' }),
    await scorePairs(file, pairs),
  );
  await assert.rejects(
    scorePairs(file, pairs, { center: [1, 2] }),
    refused('EDIMENSION', /2 numbers/),
  );
});

test('normalize divides by the norm, after centering', async () => {
  const options: MetricOptions = { metric: 'sqeuclidean', normalize: 'l2', center: 'mean' };
  const center = mean();
  // |x/‖x‖ − y/‖y‖|² = 2 (1 − cos)
  const right = cosines((row) => row.map((x, k) => x - (center[k] as number))).map((c) => 2 * c);
  close(await scorePairs(file, pairs, options), right);
  await assert.rejects(
    scorePairs(file, pairs, { normalize: 'l1' as 'l2' }),
    refused('EOPTION', /none or l2/),
  );
});

test('reference: where variances come from', async () => {
  const metric = 'seuclidean';
  const own = await scorePairs(file, pairs, { metric });
  assert.deepEqual(await scorePairs(file, pairs, { metric, reference: file }), own);
  assert.deepEqual(await scorePairs(file, pairs, { metric, reference: memory }), own);
  const doubled = { ...memory, data: memory.data.map((x) => 2 * x) };
  const half = await scorePairs(file, pairs, { metric, reference: doubled });
  close(
    half,
    Array.from(own, (value) => value / 2),
  );
  const narrow = put(folder, 'narrow.npy', randomNpy(30, 3));
  await assert.rejects(
    scorePairs(file, pairs, { metric, reference: narrow }),
    refused('EDIMENSION', /3 columns/),
  );
});

test('onUndefined: refused with the row, or the largest of the metric', async () => {
  const data = Float32Array.of(1, 0, 0, 1, 0, 0, -1, 0.5);
  const source = { data, rows: 4, dim: 2 };
  const list = { index1: Uint32Array.of(0, 0, 0), index2: Uint32Array.of(1, 2, 3) };
  await assert.rejects(scorePairs(source, list), (error: HackfaceError) => {
    refused('EUNDEFINED')(error);
    assert.equal(error.row, 2);
    assert.match(error.message, /^row 2: found /);
    return true;
  });
  const got = await scorePairs(source, list, { onUndefined: 'max' });
  assert.equal(got[1], Math.max(got[0] as number, got[2] as number));
});

test('the same bits for threads, instruction sets and io', async () => {
  const metric = 'minmax(cosine)*zscore(euclidean) + canberra + mahalanobis';
  const right = await scorePairs(file, pairs, { metric, threads: 1, cpu: 'scalar' });
  for (const cpu of buildInfo().cpus as NonNullable<MetricOptions['cpu']>[]) {
    for (const threads of [1, 2, 3, 7]) {
      for (const io of ['mmap', 'read'] as const) {
        const got = await scorePairs(file, pairs, { metric, cpu, threads, io });
        assert.deepEqual(
          Buffer.from(got.buffer),
          Buffer.from(right.buffer),
          `${cpu} ${threads} ${io}`,
        );
      }
    }
  }
});

test('whole output files are the same for threads, instruction sets and io', async () => {
  const npy = put(folder, 'wide.npy', randomNpy(500, 129));
  const lines = Array.from({ length: 3000 }, (_, i) => `${i % 500},${(i * 31) % 500},p${i}\n`);
  const csv = put(folder, 'wide.csv', `index1,index2,Id\n${lines.join('')}`);
  const outputs = new Map<string, string>();
  const ways = [
    ...[1, 2, 3, 7].map((n) => ['--threads', String(n)]),
    ...buildInfo().cpus.map((cpu) => ['--cpu', cpu]),
    ['--io', 'mmap'],
    ['--io', 'read'],
  ];
  for (const [at, way] of ways.entries()) {
    const output = join(folder, `same-${at}.csv`);
    const run = await hackface(['score', '-e', npy, '-p', csv, '-o', output, '-q', ...way]);
    assert.equal(run.code, 0, run.stderr);
    outputs.set(readFileSync(output, 'latin1'), way.join(' '));
  }
  assert.equal(outputs.size, 1, [...outputs.values()].join(' differs from '));
});

test('wrong pairs and options are refused', async () => {
  const other = Uint32Array.of(0);
  await assert.rejects(scorePairs(file, { ...pairs, index2: other }), refused('EDIMENSION'));
  await assert.rejects(
    scorePairs(file, { index1: new Uint32Array(0), index2: new Uint32Array(0) }),
    refused('EEMPTY', /no pairs/),
  );
  await assert.rejects(
    scorePairs(file, { index1: other, index2: Uint32Array.of(N) }),
    refused('EINDEX', new RegExp(`${N}.*below ${N}`)),
  );
  await assert.rejects(
    scorePairs(file, { index1: [0] as unknown as Uint32Array, index2: other }),
    refused('EARGUMENT', /Uint32Array/),
  );
  await assert.rejects(scorePairs(file, pairs, { threads: 0 }), refused('EOPTION', /1 to 1024/));
  await assert.rejects(
    scorePairs(file, pairs, { metric: 'cosin' }),
    refused('EMETRIC', /'cosine'/),
  );
  await assert.rejects(scorePairs(file, pairs, { metric: 'jensenshannon' }), refused('EDOMAIN'));
  const missing = (['avx2', 'avx512', 'neon'] as const).find(
    (cpu) => !buildInfo().cpus.includes(cpu),
  );
  if (missing) await assert.rejects(scorePairs(file, pairs, { cpu: missing }), refused('EOPTION'));
});

test('score: files to a file, and what it says of it', async () => {
  const csv = put(folder, 'list.csv', 'index1,index2,Id\n3,4,a\n0,1,b\n3,4,c\n');
  const output = join(folder, 'list-out.csv');
  const request = { embeddings: file, pairs: csv, output, metric: 'sqeuclidean' };
  const dry = await score({ ...request, dryRun: true });
  assert.ok(!readdirSync(folder).includes('list-out.csv'));
  assert.equal(dry.pairs, 3);
  assert.equal(dry.output, undefined);
  assert.equal(dry.distances, undefined);

  const summary = await score(request);
  const list = { index1: Uint32Array.of(3, 0, 3), index2: Uint32Array.of(4, 1, 4) };
  const [first, second] = await scorePairs(file, list, { metric: 'sqeuclidean' });
  assert.equal(readFileSync(output, 'utf8'), `Predicted,Id\n${first},a\n${second},b\n${first},c\n`);
  assert.equal(summary.output, output);
  assert.equal(summary.orientation, 'distance');
  assert.deepEqual(
    [summary.pairs, summary.rows, summary.dim, summary.dtype, summary.io, summary.metric],
    [3, N, D, 'float32', 'mmap', 'sqeuclidean'],
  );
  assert.equal(summary.distances?.min, Math.min(first as number, second as number));
  assert.deepEqual(summary.warnings, []);

  await assert.rejects(score(request), refused('EEXISTS'));
  const swapped = { columns: { id: 'Pair', distance: 'D' }, idFirst: true, force: true };
  await score({ ...request, submission: swapped });
  assert.equal(readFileSync(output, 'utf8'), `Pair,D\na,${first}\nb,${second}\nc,${first}\n`);
});

test('a constant column is warned of', async () => {
  const csv = put(folder, 'constant.csv', 'index1,index2\n3,4\n3,4\n');
  const output = join(folder, 'constant-out.csv');
  const { warnings } = await score({ embeddings: file, pairs: csv, output });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['constant-scores'],
  );
  assert.match(String(warnings[0]?.text), /every distance is/);
});
