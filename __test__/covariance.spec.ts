/** Means and covariances: by hand, against the formulas as they are written down, and refusals. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  AbortError,
  type CovarianceRequest,
  covariance,
  type HackfaceError,
  type Progress,
  openEmbeddingsSync,
  writeNpy,
} from 'hackface-native';
import { parseJson, parseLine } from './scoreboard/bench.js';
import { hackface } from './support/command.js';
import { testData } from './support/data.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy, randomNpy, readNpy } from './support/npy.js';
import { crowd, matrixOf } from './support/people.js';

const folder = temporaryFolder();

/** Sums of outer products as they are defined, two passes and no tricks. */
function naive(rows: number[][], labels: ArrayLike<number>) {
  const dim = rows[0]?.length ?? 0;
  const mean = meanOf(rows);
  const groups = new Map<number, number[][]>();
  for (const [i, row] of rows.entries()) {
    const label = labels[i] as number;
    groups.set(label, [...(groups.get(label) ?? []), row]);
  }
  const total = zeros(dim);
  const within = zeros(dim);
  const between = zeros(dim);
  const residuals: { row: number[]; size: number }[] = [];
  for (const row of rows) addOuter(total, less(row, mean), 1);
  for (const group of groups.values()) {
    const own = meanOf(group);
    addOuter(between, less(own, mean), group.length);
    for (const row of group) {
      addOuter(within, less(row, own), 1);
      residuals.push({ row: less(row, own), size: group.length });
    }
  }
  const singletons = [...groups.values()].filter(({ length }) => length === 1).length;
  return { mean, total, within, between, residuals, classes: groups.size, singletons };
}

const zeros = (dim: number) => Array.from({ length: dim }, () => new Array<number>(dim).fill(0));
const less = (x: number[], y: number[]) => x.map((value, j) => value - (y[j] as number));
const scaled = (m: number[][], by: number) => m.map((row) => row.map((value) => value * by));
const trace = (m: number[][]) => m.reduce((sum, row, i) => sum + (row[i] as number), 0);
const square = (m: number[][]) => m.flat().reduce((sum, value) => sum + value * value, 0);

function meanOf(rows: number[][]): number[] {
  const sum = (rows[0] as number[]).map((_, j) =>
    rows.reduce((s, row) => s + (row[j] as number), 0),
  );
  return sum.map((value) => value / rows.length);
}

function addOuter(m: number[][], x: number[], weight: number): void {
  for (const [i, row] of m.entries()) {
    for (const j of row.keys())
      row[j] = (row[j] as number) + weight * (x[i] as number) * (x[j] as number);
  }
}

/** (1 − ρ) C + ρ (tr C / d) I. */
function shrunk(m: number[][], rho: number, keep = 1 - rho): number[][] {
  const add = (rho * trace(m)) / m.length;
  return m.map((row, i) => row.map((value, j) => keep * value + (i === j ? add : 0)));
}

/** Ledoit–Wolf over residuals, with the mean of ‖x xᵀ − C‖² taken outer product by outer product. */
function ledoitWolf(c: number[][], residuals: number[][]): number {
  const [d, n] = [c.length, residuals.length];
  const mu = trace(c) / d;
  const delta = square(c.map((row, i) => row.map((v, j) => v - (i === j ? mu : 0)))) / d;
  let beta = 0;
  for (const x of residuals) {
    const gap = scaled(c, -1);
    addOuter(gap, x, 1);
    beta += square(gap) / (d * n * n);
  }
  return Math.min(beta, delta) / delta;
}

function oas(c: number[][], n: number): number {
  const d = c.length;
  const mu = trace(c) / d;
  const alpha = square(c) / (d * d);
  return Math.min(1, (alpha + mu * mu) / ((n + 1) * (alpha - (mu * mu) / d)));
}

function near(found: ArrayLike<number>, wanted: number[], what: string, tolerance = 1e-12): void {
  assert.equal(found.length, wanted.length, what);
  const scale = Math.max(...wanted.map(Math.abs));
  for (const [i, value] of wanted.entries()) {
    const error = Math.abs((found[i] as number) - value);
    assert.ok(error <= tolerance * scale, `${what}, entry ${i}: ${found[i]}, not ${value}`);
  }
}

const { rows, labels, matrix } = crowd({ people: 9, each: 7, dim: 6, singletons: 2 });
const file = put(folder, 'x.npy', float32Npy(rows));
const truth = naive(rows, labels);
const [n, k] = [rows.length, truth.classes];

const refused = (code: string, says?: RegExp) => (error: HackfaceError) => {
  assert.equal(error.code, code, error.message);
  if (says) assert.match(error.message, says);
  return true;
};

test('four rows by hand', async () => {
  const embeddings = matrixOf([
    [1, 2],
    [3, 4],
    [5, 0],
    [7, 6],
  ]);
  const request = { embeddings, labels: Uint32Array.of(8, 8, 3, 3) };
  const scatter = async (of: 'total' | 'within' | 'between') => [
    ...(await covariance({ ...request, of, denominator: 'none' })).matrix,
  ];
  near(await scatter('total'), [20, 8, 8, 20], 'total');
  near(await scatter('within'), [4, 8, 8, 20], 'within');
  near(await scatter('between'), [16, 0, 0, 0], 'between');
  const { matrix, mean, seconds, ...rest } = await covariance(request);
  near(matrix, [20 / 3, 8 / 3, 8 / 3, 20 / 3], 'covariance');
  assert.deepEqual([...mean], [4, 3]);
  assert.ok(Math.abs((rest.condition as number) - 28 / 12) < 1e-14);
  assert.ok(seconds > 0);
  assert.deepEqual(
    { ...rest, condition: 0 },
    {
      dim: 2,
      divisor: 3,
      shrinkage: 0,
      rank: 2,
      condition: 0,
      rows: 4,
      classes: 2,
      singletons: 0,
      skipped: 0,
      warnings: [],
    },
  );
  const { matrix: ratios } = await covariance({ ...request, correlation: true });
  near(ratios, [1, 0.4, 0.4, 1], 'correlation');
});

test('every scatter by every denominator', async () => {
  const divisors = {
    rows: n,
    'rows-1': n - 1,
    'rows-classes': n - k,
    classes: k,
    'classes-1': k - 1,
    none: 1,
  };
  const unbiased = { total: n - 1, within: n - k, between: k - 1 };
  for (const of of ['total', 'within', 'between'] as const) {
    for (const [denominator, divisor] of Object.entries(divisors)) {
      const request = { embeddings: matrix, labels, of, denominator } as CovarianceRequest;
      const found = await covariance(request);
      near(found.matrix, scaled(truth[of], 1 / divisor).flat(), `${of} by ${denominator}`);
      near(found.mean, truth.mean, 'mean');
      for (let i = 0; i < 36; i += 1) {
        assert.equal(found.matrix[i], found.matrix[(i % 6) * 6 + Math.floor(i / 6)], 'symmetric');
      }
      assert.equal(found.divisor, divisor);
      assert.deepEqual([found.rows, found.classes, found.singletons], [n, k, truth.singletons]);
    }
    const found = await covariance({ embeddings: matrix, labels, of });
    assert.equal(found.divisor, unbiased[of]);
  }
});

test('shrinkage of the total covariance', async () => {
  const ml = scaled(truth.total, 1 / n);
  const rules = {
    'ledoit-wolf': ledoitWolf(
      ml,
      rows.map((row) => less(row, truth.mean)),
    ),
    oas: oas(ml, n),
  };
  const wanted = scaled(truth.total, 1 / (n - 1));
  for (const [shrinkage, rho] of Object.entries(rules)) {
    assert.ok(rho > 0 && rho < 1, `${shrinkage} ${rho} tests nothing`);
    const found = await covariance({ embeddings: matrix, shrinkage: shrinkage as 'oas' });
    near([found.shrinkage], [rho], shrinkage, 1e-10);
    near(found.matrix, shrunk(wanted, rho).flat(), shrinkage, 1e-11);
    assert.equal(found.classes, 0);
  }
  const fixed = await covariance({ embeddings: matrix, shrinkage: 0.25 });
  near(fixed.matrix, shrunk(wanted, 0.25).flat(), 'a quarter');
  const ridge = await covariance({ embeddings: matrix, ridge: 0.5 });
  near(ridge.matrix, shrunk(wanted, 0.5, 1).flat(), 'a ridge');
  assert.deepEqual([fixed.shrinkage, ridge.shrinkage], [0.25, 0.5]);
  const whole = await covariance({ embeddings: matrix, shrinkage: 1 });
  assert.ok(Math.abs((whole.condition as number) - 1) < 1e-14);
  const none = await covariance({ embeddings: matrix, shrinkage: 'none' });
  assert.deepEqual(none.matrix, (await covariance({ embeddings: matrix })).matrix);
});

test('shrinkage of the within covariance is pooled over classes', async () => {
  const w = scaled(truth.within, 1 / (n - k));
  const several = truth.residuals.filter(({ size }) => size > 1);
  const pooled = several.map(({ row, size }) => row.map((v) => v * Math.sqrt(size / (size - 1))));
  // The mean of ‖x xᵀ − W‖² about W itself: mean ‖x‖⁴ − ‖W‖², as Σ x xᵀ / n is W.
  const fourth = pooled.reduce((sum, x) => sum + x.reduce((s, v) => s + v * v, 0) ** 2, 0);
  const [d, m] = [w.length, pooled.length];
  const mu = trace(w) / d;
  const delta = square(w) / d - mu * mu;
  const rho = (fourth / m - square(w)) / (d * m) / delta;
  assert.ok(rho > 0 && rho < 1);
  const found = await covariance({
    embeddings: matrix,
    labels,
    of: 'within',
    shrinkage: 'ledoit-wolf',
  });
  near([found.shrinkage], [rho], 'pooled Ledoit–Wolf', 1e-10);
  near(found.matrix, shrunk(w, rho).flat(), 'pooled Ledoit–Wolf', 1e-10);
  const byOas = await covariance({ embeddings: matrix, labels, of: 'within', shrinkage: 'oas' });
  near([byOas.shrinkage], [oas(w, n - k)], 'OAS', 1e-10);
});

test('rank and condition: fewer rows than columns, constant and copied columns', async () => {
  const few = crowd({ people: 1, each: 5, dim: 8 });
  const found = await covariance({ embeddings: few.matrix });
  assert.deepEqual([found.rank, found.condition], [4, null]);
  const { rank, condition } = await covariance({ embeddings: few.matrix, shrinkage: 'oas' });
  assert.equal(rank, 8);
  assert.ok((condition as number) > 1);
  const odd = rows.map((row) => [...row, 5, row[0] as number]);
  const one = await covariance({ embeddings: matrixOf(odd), correlation: true });
  assert.deepEqual([one.rank, one.condition], [7, null]);
  const at = (i: number, j: number) => one.matrix[i * 8 + j];
  assert.deepEqual([at(6, 6), at(6, 0), at(0, 6)], [1, 0, 0]);
  assert.ok(Math.abs((at(0, 7) as number) - 1) < 1e-14);
});

test('choices of rows leave the others out of everything', async () => {
  const wild = rows.map((row) => [...row]);
  (wild[3] as number[])[2] = Number.NaN;
  (wild[20] as number[])[0] = Number.POSITIVE_INFINITY;
  const embeddings = matrixOf(wild);
  const subset = Uint32Array.from({ length: 40 }, (_, i) => (i * 3) % 50);
  const seen = new Map<number, number>();
  const kept = [...rows.keys()].filter((row) => {
    const label = labels[row] as number;
    if (label === 5 || !subset.includes(row)) return false;
    seen.set(label, (seen.get(label) ?? 0) + 1);
    return (seen.get(label) as number) <= 4 && row !== 3 && row !== 20;
  });
  const wanted = naive(
    kept.map((row) => rows[row] as number[]),
    kept.map((row) => labels[row] as number),
  );
  const choice = {
    embeddings,
    labels,
    subset,
    ignoreClass: '5',
    maxPerClass: 4,
    skipInvalid: true,
  };
  const found = await covariance({ ...choice, of: 'within', denominator: 'none' });
  near(found.matrix, wanted.within.flat(), 'within');
  near(found.mean, wanted.mean, 'mean');
  assert.deepEqual([found.rows, found.classes], [kept.length, wanted.classes]);
  const skipped = [3, 20].filter((row) => subset.includes(row) && labels[row] !== 5).length;
  assert.equal(found.skipped, skipped);
  await assert.rejects(covariance({ embeddings }), (error: HackfaceError) => {
    assert.deepEqual([error.code, error.row, error.column], ['ENOTFINITE', 3, 2]);
    return true;
  });
  const unlabelled = await covariance({ embeddings, skipInvalid: true });
  assert.deepEqual([unlabelled.rows, unlabelled.skipped, unlabelled.classes], [n - 2, 2, 0]);
  near(
    unlabelled.matrix,
    scaled(
      naive(
        rows.filter((_, row) => row !== 3 && row !== 20),
        [],
      ).total,
      1 / (n - 3),
    ).flat(),
    'unlabelled',
  );
});

test('what cannot be estimated is refused', async () => {
  const ask = (request: Partial<CovarianceRequest>) =>
    covariance({ embeddings: matrix, ...request });
  await assert.rejects(ask({ of: 'within' }), refused('EOPTION', /labels/));
  await assert.rejects(ask({ of: 'between' }), refused('EOPTION', /labels/));
  await assert.rejects(ask({ ignoreClass: '1' }), refused('EOPTION', /labels/));
  await assert.rejects(ask({ maxPerClass: 1 }), refused('EOPTION', /labels/));
  await assert.rejects(ask({ labels, ignoreClass: '77' }), refused('EOPTION', /no class "77"/));
  await assert.rejects(ask({ labels, of: 'between', shrinkage: 'oas' }), refused('EOPTION'));
  await assert.rejects(ask({ shrinkage: 1.5 }), refused('EOPTION', /0 to 1/));
  await assert.rejects(ask({ shrinkage: 'wolf' as 'oas' }), refused('EOPTION', /ledoit-wolf/));
  await assert.rejects(ask({ ridge: -1 }), refused('EOPTION'));
  await assert.rejects(ask({ ridge: 1, shrinkage: 'oas' }), refused('EOPTION', /one of them/));
  await assert.rejects(ask({ of: 'all' as 'total' }), refused('EOPTION', /within or between/));
  await assert.rejects(ask({ denominator: 'n' as 'rows' }), refused('EOPTION', /rows-classes/));
  await assert.rejects(ask({ subset: Uint32Array.of(0, n) }), refused('EINDEX'));
  await assert.rejects(ask({ labels: labels.slice(1) }), refused('EDIMENSION'));
  const each = Uint32Array.from({ length: n }, (_, row) => row);
  await assert.rejects(ask({ labels: each, of: 'within' }), refused('EEMPTY', /two rows/));
  const one = new Uint32Array(n);
  await assert.rejects(ask({ labels: one, of: 'between' }), refused('EONECLASS'));
  await assert.rejects(ask({ subset: Uint32Array.of(4) }), refused('EEMPTY'));
  await assert.rejects(ask({ subset: new Uint32Array(0) }), refused('EEMPTY'));
});

test('the same bytes for threads and ways of reading', async () => {
  const big = put(folder, 'big.npy', randomNpy(9000, 33));
  const people = Uint32Array.from({ length: 9000 }, (_, row) => (row * 31) % 700);
  const request = {
    embeddings: big,
    labels: people,
    of: 'within',
    shrinkage: 'ledoit-wolf',
  } as const;
  const first = await covariance({ ...request, threads: 1 });
  for (const way of [{ threads: 2 }, { threads: 3 }, { threads: 7 }, { io: 'read' as const }]) {
    const found = await covariance({ ...request, ...way });
    assert.deepEqual({ ...found, seconds: 0 }, { ...first, seconds: 0 }, JSON.stringify(way));
  }
});

test('it reports rows, and stops when it is told to', async () => {
  const seen: Progress[] = [];
  await covariance({ embeddings: file, onProgress: (progress) => seen.push(progress) });
  assert.deepEqual(seen.at(-1), { phase: 'rows', done: n, total: n });
  const stop = new AbortController();
  const running = covariance({
    embeddings: { data: new Float32Array(40_000 * 256), rows: 40_000, dim: 256 },
    signal: stop.signal,
  });
  setTimeout(() => stop.abort(), 5);
  await assert.rejects(running, AbortError);
});

test('writeNpy writes what NumPy writes', async () => {
  const path = join(folder, 'w.npy');
  const data = Float64Array.of(1, -2.5, 1e300, 4, 5, 6);
  await writeNpy(path, { data, rows: 2, dim: 3 });
  const bytes = readFileSync(path);
  assert.equal(bytes.length, 128 + 48);
  assert.match(
    bytes.toString('latin1', 10, 128),
    /^\{'descr': '<f8', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/,
  );
  assert.deepEqual(readNpy(bytes), { shape: [2, 3], values: data });
  await assert.rejects(writeNpy(path, { data, rows: 2, dim: 3 }), refused('EEXISTS'));
  const big = BigInt64Array.of(1n, 2n) as unknown as Float64Array;
  await assert.rejects(
    writeNpy(path, { data: big, rows: 1, dim: 2 }, { force: true }),
    refused('EARGUMENT', /Float64Array/),
  );
  await assert.rejects(
    writeNpy(path, { data, rows: 3, dim: 3 }, { force: true }),
    refused('EDIMENSION'),
  );
  assert.deepEqual(readFileSync(path), bytes);
});

test('writeNpy writes every kind of numbers in memory as what it is', async () => {
  const path = join(folder, 'kinds.npy');
  const numbers = [1, 2, 0, 4, 5, 6];
  const kinds = [
    ['<f4', { data: Float32Array.from(numbers), rows: 2 }],
    ['<f8', { data: Float64Array.from(numbers), dim: 3 }],
    ['|i1', { data: Int8Array.from(numbers), dim: 3 }],
    ['|u1', { data: Uint8Array.from(numbers), rows: 2, dim: 3 }],
    [
      '<f2',
      { data: Uint16Array.of(0x3c00, 0x4000, 0, 0x4400, 0x4500, 0x4600), dim: 3, dtype: 'float16' },
    ],
    ['<f8', { data: [numbers.slice(0, 3), numbers.slice(3)] }],
    ['<f8', [numbers.slice(0, 3), numbers.slice(3)]],
    ['<f4', { data: [Float32Array.of(1, 2, 0), Float32Array.of(4, 5, 6)] }],
  ] as const;
  for (const [descr, matrix] of kinds) {
    await writeNpy(path, matrix, { force: true });
    assert.ok(readFileSync(path).toString('latin1', 10, 40).includes(`'${descr}'`), descr);
    const rows = openEmbeddingsSync(path);
    assert.deepEqual([rows.rows, rows.dim], [2, 3]);
    assert.deepEqual([...rows.row(0), ...rows.row(1)], numbers);
    rows.close();
  }
  const alone = Float32Array.of(1, 2) as unknown as { data: Float32Array };
  await assert.rejects(writeNpy(path, alone), refused('EARGUMENT', /data and its shape/));
  const misspelt = { data: Float32Array.of(1, 2), dims: 2 } as { data: Float32Array };
  await assert.rejects(writeNpy(path, misspelt), refused('EOPTION', /matrix.dims.*option dim/));
  const beside = { data: Float32Array.of(1, 2), rows: 1, dim: 2, dims: 2 };
  await assert.rejects(writeNpy(path, beside), refused('EOPTION', /matrix.dims.*option/));
  // A later change of the array is none of the file.
  const data = Float32Array.of(1, 2);
  const writing = writeNpy(path, { data, rows: 1 }, { force: true });
  data.fill(9);
  await writing;
  assert.deepEqual(
    [...readFileSync(path).subarray(128)],
    [...new Uint8Array(Float32Array.of(1, 2).buffer)],
  );
});

test('the command writes matrix and mean, and says what they are', async () => {
  const place = join(folder, 'command');
  const names = put(folder, 'labels.csv', `class\n${[...labels].map((l) => `p${l}\n`).join('')}`);
  const output = `${place}.npy`;
  const mean = `${place}-mean.npy`;
  const args = ['covariance', '-e', file, '-l', names, '--of', 'within', '-o', output];
  const run = await hackface([...args, '--mean', mean, '--shrinkage', 'ledoit-wolf']);
  assert.equal(run.code, 0, run.stderr);
  const wanted = await covariance({
    embeddings: file,
    labels,
    of: 'within',
    shrinkage: 'ledoit-wolf',
  });
  assert.deepEqual(readNpy(readFileSync(output)), { shape: [6, 6], values: wanted.matrix });
  assert.deepEqual(readNpy(readFileSync(mean)), { shape: [1, 6], values: wanted.mean });
  assert.match(run.stderr, /within covariance, denominator rows-classes = 42/);
  assert.match(run.stderr, new RegExp(`rows ${n}, classes 9 \\(2 with one row\\)`));
  assert.match(run.stderr, /shrinkage ledoit-wolf 0\.\d+/);
  assert.match(run.stderr, /rank 6 of 6, condition \d/);
  const again = await hackface(args);
  assert.equal(again.code, 73);
  assert.equal(parseLine(again.stderr)?.code, 'EEXISTS');
  const json = await hackface([
    ...args,
    '--force',
    '--json',
    '--ignore-class',
    'p3',
    '--ridge',
    '1',
  ]);
  assert.equal(json.code, 0, json.stderr);
  const { rows: used, classes, of, denominator, shrinkage, mean: none } = JSON.parse(json.stdout);
  assert.deepEqual(
    [used, classes, of, denominator, shrinkage, none],
    [n - 7, 8, 'within', 'rows-classes', 1, null],
  );
  // The mean is what score takes as its center.
  const pairs = put(folder, 'pairs.csv', 'index1,index2\n0,1\n');
  const scored = await hackface(['score', '-e', file, '-p', pairs, '-o', '-', '--center', mean]);
  assert.equal(scored.code, 0, scored.stderr);
});

test('a refusal of the command leaves nothing', async () => {
  const bare = join(folder, 'none.npy');
  const before = readdirSync(folder);
  const wrong: [string[], number, string][] = [
    [['--of', 'within'], 2, 'EOPTION'],
    [['--shrinkage', '2'], 2, 'EUSAGE'],
    [['--shrinkage', '0.1', '--ridge', '1'], 2, 'EUSAGE'],
    [['--of', 'all'], 2, 'EUSAGE'],
    [['--max-per-class', '2'], 2, 'EOPTION'],
  ];
  for (const [args, code, name] of wrong) {
    const run = await hackface(['covariance', '-e', file, '-o', bare, ...args]);
    assert.equal(run.code, code, run.stderr);
    assert.equal(parseLine(run.stderr)?.code, name, run.stderr);
  }
  const missing = await hackface(['covariance', '-e', join(folder, 'gone'), '-o', bare, '--json']);
  assert.equal(parseJson(missing.stderr)?.code, 'EINPUT');
  assert.deepEqual(readdirSync(folder), before);
});

const { path: ORACLE, skip } = testData('../oracles/sklearn_covariance');

test('shrinkage and covariances of scikit-learn', { skip }, async () => {
  const wanted = JSON.parse(readFileSync(join(ORACLE, 'expected.json'), 'utf8'));
  const first = Uint32Array.from({ length: 100 }, (_, row) => row);
  const faces = join('..', '..', 'data', 'lfw353_facenet128', 'embeddings.npy');
  const sets: [string, string, Uint32Array?][] = [
    ['wine_178x13.npy', 'wine_178x13.npy'],
    ['iris (../metric_learn_iris/iris_150x4.npy)', '../metric_learn_iris/iris_150x4.npy'],
    ['lfw353_facenet128 all', faces],
    ['lfw353_facenet128 rows 0..99 (n < d)', faces, first],
  ];
  for (const [name, path, subset] of sets) {
    const values = wanted[name];
    const request = { embeddings: join(ORACLE, path), subset, denominator: 'rows' } as const;
    const byLedoitWolf = await covariance({ ...request, shrinkage: 'ledoit-wolf' });
    const byOas = await covariance({ ...request, shrinkage: 'oas' });
    const { rows: used, dim, matrix: shrunkMatrix } = byLedoitWolf;
    assert.deepEqual([used, dim], [values.n, values.d], name);
    near([byLedoitWolf.shrinkage], [values.ledoit_wolf], `${name}: Ledoit–Wolf`, 1e-8);
    near([byOas.shrinkage], [values.oas], `${name}: OAS`, 1e-8);
    near(
      [shrunkMatrix[0] as number, shrunkMatrix[1] as number],
      [values.cov00_lw, values.cov01_lw],
      name,
      1e-8,
    );
    assert.equal(byOas.rank, values.d);
  }
});
