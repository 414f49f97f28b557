/** X01–X04, X08, X10: numbers at the edges. */
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { runNode } from '../support/command.js';
import { dictionary, encode, float32Npy, npyFile, randomNpy } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';
import type { Bench } from './bench.js';
import type { Check } from './check.js';
import {
  notFiniteWhereLearned,
  sameBytesWhereLearned,
  scalesWhereLearned,
} from './learned-checks.js';

async function distances(
  bench: Bench,
  file: string | object,
  pairs: readonly (readonly [number, number])[],
  options: object,
): Promise<number[]> {
  const index1 = Uint32Array.from(pairs, ([first]) => first);
  const index2 = Uint32Array.from(pairs, ([, second]) => second);
  const answer = await bench.host.call('scorePairs', file, { index1, index2 }, options);
  assert.equal(answer.error, undefined, answer.error?.message);
  return [...(answer.value as Float64Array)];
}

async function notFinite(bench: Bench): Promise<void> {
  const rows = () => Array.from({ length: 6 }, (_, i) => [i, i + 1, i * i]);
  const refusals = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => {
    const matrix = rows();
    (matrix[3] as number[])[1] = value;
    (matrix[5] as number[])[0] = value;
    return {
      what: String(value),
      embeddings: bench.put('x.npy', float32Npy(matrix)),
      code: 'ENOTFINITE',
      place: { row: 3, column: 1 },
      // The value, and how many rows there are of the kind.
      says: [value > 0 ? /inf/i : value < 0 ? /-inf/i : /NaN/, /\b2 of the rows\b/],
    };
  });
  await bench.refusesEach(refusals);
}

async function zeroRow(bench: Bench): Promise<void> {
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
    [0, 0, 0],
    [-1, 0, 2],
    [3, -3, 3],
    [0, 1, 0],
  ];
  const embeddings = bench.put('x.npy', float32Npy(rows));
  await bench.refuses({
    what: 'cosine of a zero row',
    embeddings,
    args: ['--metric', 'cosine'],
    request: { metric: 'cosine' },
    code: 'EUNDEFINED',
    place: { row: 2 },
  });
  const list = [
    [0, 1],
    [1, 2],
    [3, 4],
  ] as const;
  const options = { metric: 'cosine', onUndefined: 'max' };
  const [near, none, far] = await distances(bench, embeddings, list, options);
  assert.equal(none, Math.max(near as number, far as number));
}

async function nearDuplicates(bench: Bench): Promise<void> {
  const random = randomNumbers(3);
  const dim = 512;
  const rows: number[][] = [];
  const list: [number, number][] = [];
  for (let exponent = 1; exponent <= 6; exponent += 1) {
    const row = Array.from({ length: dim }, () => Math.fround((random() - 0.5) / 8));
    const near = row.map((x) =>
      Math.fround(x + (random() - 0.5) * (10 ** -exponent / Math.sqrt(dim))),
    );
    rows.push(row, near);
    list.push([rows.length - 2, rows.length - 1]);
  }
  const file = bench.put('x.npy', float32Npy(rows));
  const back = list.map(([a, b]) => [b, a] as const);
  const self = list.map(([a]) => [a, a] as const);
  const exact = list.map(([a, b]) => reference(rows[a] as number[], rows[b] as number[]));
  for (const metric of [
    'sqeuclidean',
    'euclidean',
    'cityblock',
    'cosine',
    'correlation',
  ] as const) {
    const got = await distances(bench, file, list, { metric });
    assert.deepEqual(
      await distances(bench, file, back, { metric }),
      got,
      `${metric} is not symmetric`,
    );
    const zero = await distances(bench, file, self, { metric });
    assert.ok(
      zero.every((value) => value === 0),
      `${metric} of a row and itself: ${zero}`,
    );
    for (const [i, value] of got.entries()) {
      assert.ok(value >= 0, `${metric}: ${value}`);
      if (metric === 'correlation') continue;
      const right = exact[i]?.[metric] as number;
      const error = metric === 'cosine' ? Math.abs(value - right) : Math.abs(value / right - 1);
      // Cosine is 1 less a quotient near 1: its error is absolute.
      assert.ok(
        error <= (metric === 'cosine' ? 1e-12 : 1e-5),
        `${metric} ${i}: ${value}, not ${right}`,
      );
    }
  }
}

function reference(x: number[], y: number[]) {
  let [squares, blocks, xy, xx, yy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i += 1) {
    const [a, b] = [x[i] as number, y[i] as number];
    squares += (a - b) ** 2;
    blocks += Math.abs(a - b);
    xy += a * b;
    xx += a * a;
    yy += b * b;
  }
  return {
    sqeuclidean: squares,
    euclidean: Math.sqrt(squares),
    cityblock: blocks,
    cosine: 1 - xy / Math.sqrt(xx * yy),
  };
}

async function opposites(bench: Bench): Promise<void> {
  const random = randomNumbers(4);
  const rows: number[][] = [];
  const [same, opposite]: [number, number][][] = [[], []];
  for (let i = 0; i < 200; i += 1) {
    const row = Array.from({ length: 1 + (i % 70) + 1 }, () => 0);
    rows.push(
      Array.from({ length: 71 }, (_, j) => (j < row.length ? Math.fround(random() - 0.5) : 0)),
    );
    rows.push((rows.at(-1) as number[]).map((x) => -x));
    same?.push([2 * i, 2 * i]);
    opposite?.push([2 * i, 2 * i + 1]);
  }
  const file = bench.put('x.npy', float32Npy(rows));
  for (const metric of ['cosine', 'correlation']) {
    const all = await distances(bench, file, [...(same ?? []), ...(opposite ?? [])], { metric });
    assert.ok(
      all.every((value) => value >= 0 && value <= 2),
      `${metric} leaves [0, 2]`,
    );
    assert.ok(
      all.slice(0, 200).every((value) => value === 0),
      `${metric} of a row and itself`,
    );
    assert.ok(all.slice(200).every((value) => Math.abs(value - 2) < 1e-12));
  }
  const angles = await distances(bench, file, [...(same ?? []), ...(opposite ?? [])], {
    metric: 'angular',
  });
  assert.ok(
    angles.every((value) => !Number.isNaN(value)),
    'angular is NaN',
  );
}

async function scales(bench: Bench): Promise<void> {
  const base = [
    [1, 2, 3],
    [4, -5, 6],
  ];
  for (const scale of [1e-30, 1e20]) {
    const rows = base.map((row) => row.map((x) => Math.fround(x * scale)));
    const file = bench.put('x.npy', float32Npy(rows));
    const exact = reference(rows[0] as number[], rows[1] as number[]);
    for (const metric of ['sqeuclidean', 'euclidean', 'cityblock', 'cosine'] as const) {
      const [got = Number.NaN] = await distances(bench, file, [[0, 1]], { metric });
      const error = Math.abs(got / exact[metric] - 1);
      assert.ok(error < 1e-12, `${metric} at ${scale}: ${got}, not ${exact[metric]}`);
    }
  }
  const whole = 2 ** 24 + 1;
  const ints = encode('<i4', [whole, 0, 0, 1]);
  const intFile = bench.put('x.npy', npyFile({ header: dictionary('<i4', '(2, 2)'), data: ints }));
  assert.deepEqual(await distances(bench, intFile, [[0, 0]], { metric: '0-dot' }), [whole ** 2]);

  // Beyond float32 and right; beyond what its square fits in and refused.
  const doubles = (large: number) =>
    bench.put(
      'x.npy',
      npyFile({
        header: dictionary('<f8', '(6, 1)'),
        data: encode('<f8', [large, 3 * large, 0, 1, 2, 3]),
      }),
    );
  assert.deepEqual(await distances(bench, doubles(1e100), [[0, 1]], { metric: 'cityblock' }), [
    3 * 1e100 - 1e100,
  ]);
  await bench.refuses({
    what: 'squares beyond a double',
    embeddings: doubles(1e200),
    code: 'ENOTFINITE',
    place: { row: 0 },
    says: [/1e150/],
  });

  const longs = encode(
    '<i8',
    Array.from({ length: 18 }, (_, i) => i),
  );
  longs.writeBigInt64LE(2n ** 53n + 1n, 8 * 7);
  await bench.refuses({
    what: 'an integer that no double can hold',
    embeddings: bench.put('x.npy', npyFile({ header: dictionary('<i8', '(6, 3)'), data: longs })),
    code: 'ENOTEXACT',
    place: { row: 2, column: 1 },
    says: [/9007199254740993/],
  });
  await floatModeStays();
}

/** Loading the addon does not make the processor flush small numbers to zero. */
async function floatModeStays(): Promise<void> {
  const code = `
    import { buildInfo, scorePairsSync } from ${JSON.stringify(resolve('dist/index.js'))};
    const small = () => [Number(process.argv[1]) / 2, Math.fround(Number(process.argv[2]) / 2)];
    const before = small();
    buildInfo();
    scorePairsSync({ data: Float32Array.of(1, 2), rows: 2, dim: 1 },
      { index1: Uint32Array.of(0), index2: Uint32Array.of(1) }, { metric: 'euclidean' });
    console.log(JSON.stringify([before, small()]));`;
  const run = await runNode([
    '--input-type=module',
    '-e',
    code,
    '2.2250738585072014e-308',
    '1.1754943508222875e-38',
  ]);
  const [before, after] = JSON.parse(run.stdout) as [number[], number[]];
  assert.ok(before.every((value) => value > 0));
  assert.deepEqual(after, before);
}

async function sameBytes(bench: Bench): Promise<void> {
  const file = bench.put('x.npy', randomNpy(150, 67));
  const list = Array.from({ length: 700 }, (_, i) => [i % 150, (i * 31 + 1) % 150] as const);
  const info = await bench.host.call('buildInfo');
  const cpus = (info.value as { cpus: string[] }).cpus;
  const metric = 'minmax(cosine)*zscore(euclidean) + canberra + mahalanobis + cityblock';
  const first = await distances(bench, file, list, { metric, center: 'mean', threads: 1 });
  const ways: object[] = cpus.map((cpu) => ({ cpu, threads: 2 }));
  ways.push({ io: 'read', threads: 3 });
  for (const threads of [1, 2, 3, 7, 16]) {
    for (let run = 0; run < 20; run += 1) ways.push({ threads });
  }
  for (const way of ways) {
    const got = await distances(bench, file, list, { metric, center: 'mean', ...way });
    assert.deepEqual(got, first, JSON.stringify(way));
  }
  const pairs = bench.put('x.csv', `index1,index2\n${list.map((pair) => `${pair}\n`).join('')}`);
  const outputs = new Set<string>();
  const lines = [
    ...[1, 2, 3, 7].map((n) => ['--threads', String(n)]),
    ...cpus.map((cpu) => ['--cpu', cpu]),
    ['--io', 'read'],
  ];
  for (const line of lines) {
    const output = join(bench.newFolder(), 'out.csv');
    const run = await bench.score([
      '-e',
      file,
      '-p',
      pairs,
      '-o',
      output,
      '-m',
      metric,
      '--center',
      'mean',
      ...line,
    ]);
    assert.equal(run.code, 0, run.stderr);
    outputs.add(readFileSync(output, 'utf8'));
  }
  assert.equal(outputs.size, 1, 'the files differ');
}

/** One promise, kept where rows are measured and where they are learned from. */
function both(measured: Check['run'], learned: Check['run']): Check['run'] {
  return async (bench) => {
    await measured(bench);
    await learned(bench);
  };
}

export const numericChecks: Check[] = [
  {
    id: 'X01',
    title: 'NaN and infinity: row, column, count',
    run: both(notFinite, notFiniteWhereLearned),
  },
  {
    id: 'X02',
    title: 'a zero row under cosine: refused with its row, or the largest',
    run: zeroRow,
  },
  { id: 'X03', title: 'near-duplicates from 1e-1 to 1e-6', run: nearDuplicates },
  { id: 'X04', title: 'identical and opposite rows stay within [0, 2]', run: opposites },
  {
    id: 'X08',
    title: 'scales, large whole numbers, large doubles, float mode',
    run: both(scales, scalesWhereLearned),
  },
  {
    id: 'X10',
    title: 'the same bytes for threads, instruction sets, io',
    run: both(sameBytes, sameBytesWhereLearned),
  },
];
