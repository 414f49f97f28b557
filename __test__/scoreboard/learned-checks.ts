/** X01, X05–X08 and X10 of what is learned from rows: means, covariances, models. */
import assert from 'node:assert/strict';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { covariance, fit, type HackfaceError, score } from 'hackface-native';
import { dictionary, encode, float32Npy, npyFile, randomNpy } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';
import { crowd, matrixOf } from '../support/people.js';
import type { Bench } from './bench.js';
import type { Check } from './check.js';

async function refused(work: Promise<unknown>, code: string, says: RegExp): Promise<HackfaceError> {
  const error = await work.then(
    () => assert.fail(`not refused as ${code}`),
    (reason: HackfaceError) => reason,
  );
  assert.equal(error.code, code, error.message);
  assert.match(error.message, says);
  return error;
}

/** X01, where rows are learned from: the place is named, and `skipInvalid` leaves it out. */
export async function notFiniteWhereLearned(bench: Bench): Promise<void> {
  const { rows, labels } = crowd({ people: 5, each: 5, dim: 4 });
  const wild = rows.map((row) => [...row]);
  (wild[9] as number[])[2] = Number.NEGATIVE_INFINITY;
  (wild[17] as number[])[0] = Number.NaN;
  const embeddings = bench.put('x.npy', float32Npy(wild));
  const subset = Uint32Array.from([...rows.keys()].filter((row) => row !== 9 && row !== 17));
  const jobs = [
    covariance,
    (request: Parameters<typeof fit>[0]) => fit({ ...request, pipeline: 'lda' }),
  ];
  for (const job of jobs) {
    const error = await refused(job({ embeddings, labels }), 'ENOTFINITE', /-inf/);
    assert.deepEqual([error.row, error.column, error.file], [9, 2, embeddings]);
    const skipped = await job({ embeddings, labels, skipInvalid: true });
    const absent = await job({ embeddings, labels, subset });
    assert.deepEqual([skipped.rows, skipped.skipped], [23, 2]);
    if ('matrix' in skipped && 'matrix' in absent) assert.deepEqual(skipped.matrix, absent.matrix);
  }
}

const MANY = { dim: 512, period: 1000 };

/**
 * Rows that repeat 1,000, so that their mean and covariance are those of the 1,000: 450,000 of
 * them a thousand away from the origin, where sums of squares lose all their digits, and a ninth
 * of that at the origin.
 */
async function many(bench: Bench): Promise<void> {
  const { dim, period } = MANY;
  const random = randomNumbers(5);
  const spread = Float64Array.from({ length: dim }, (_, j) => 0.2 + j / dim);
  for (const [rows, offset] of [
    [50_000, 0],
    [450_000, 1000],
  ] as const) {
    const block = new Float32Array(period * dim);
    for (const i of block.keys()) {
      block[i] = offset + (random() + random() - 1) * (spread[i % dim] as number);
    }
    const path = repeated(bench.newFolder(), block, rows);
    const found = await covariance({ embeddings: path, denominator: 'rows' });
    rmSync(path);
    const { mean, matrix } = exactly(block);
    const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const gap = (a: Float64Array, b: Float64Array) =>
      a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
    assert.ok(gap(found.mean, mean) <= 1e-6, `mean at ${offset}: off by ${gap(found.mean, mean)}`);
    const off = gap(found.matrix, matrix) / largest;
    assert.ok(off <= 1e-6, `covariance at ${offset}: off by ${off} of the largest entry`);
  }
}

function repeated(folder: string, block: Float32Array, rows: number): string {
  const { dim, period } = MANY;
  const path = join(folder, 'many.npy');
  const file = openSync(path, 'w');
  writeSync(file, npyFile({ header: dictionary('<f4', `(${rows}, ${dim})`) }));
  const bytes = new Uint8Array(block.buffer);
  for (let row = 0; row < rows; row += period) writeSync(file, bytes);
  closeSync(file);
  return path;
}

/** Mean and covariance of the block, in doubles about the mean. */
function exactly(block: Float32Array): { mean: Float64Array; matrix: Float64Array } {
  const { dim, period } = MANY;
  const mean = new Float64Array(dim);
  for (const [i, value] of block.entries()) mean[i % dim] = (mean[i % dim] as number) + value;
  for (const j of mean.keys()) mean[j] = (mean[j] as number) / period;
  const matrix = new Float64Array(dim * dim);
  for (let row = 0; row < period; row += 1) {
    const x = Float64Array.from(mean, (m, j) => (block[row * dim + j] as number) - m);
    for (let i = 0; i < dim; i += 1) {
      const own = (x[i] as number) / period;
      for (let j = 0; j < dim; j += 1) {
        matrix[i * dim + j] = (matrix[i * dim + j] as number) + own * (x[j] as number);
      }
    }
  }
  return { mean, matrix };
}

/** Fewer rows than columns, a constant column, a copied column: said, and shrinkage carries on. */
async function degenerate(bench: Bench): Promise<void> {
  const few = crowd({ people: 4, each: 3, dim: 20 });
  const enough = crowd({ people: 6, each: 8, dim: 5 });
  const constant = enough.rows.map((row) => [...row, 7]);
  const copied = enough.rows.map((row) => [...row, row[2] as number]);
  const sets: [string, number[][], Uint32Array, number][] = [
    ['fewer rows than columns', few.rows, few.labels, 11],
    ['a constant column', constant, enough.labels, 5],
    ['a copied column', copied, enough.labels, 5],
  ];
  for (const [what, rows, labels, rank] of sets) {
    const embeddings = matrixOf(rows);
    const found = await covariance({ embeddings });
    assert.deepEqual([found.rank, found.condition], [rank, null], what);
    const plain = { embeddings, labels };
    for (const of of ['total', 'within']) {
      const pipeline = `mahalanobis(${of}, shrinkage=none), sqeuclidean`;
      const error = await refused(fit({ ...plain, pipeline }), 'ESINGULAR', /rank \d+/);
      if (of === 'total') assert.match(error.message, new RegExp(`rank ${rank} of`), what);
    }
    const index1 = Uint32Array.from(rows, (_, i) => i);
    for (const pipeline of [
      'mahalanobis',
      'mahalanobis(total), sqeuclidean',
      'wccn',
      'plda',
      'lda',
    ]) {
      const { model } = await fit({ ...plain, pipeline });
      for (let shift = 0; shift < 4; shift += 1) {
        const index2 = index1.map((i) => (i + shift) % rows.length);
        const distances = model.scorePairsSync(embeddings, { index1, index2 });
        assert.ok(distances.every(Number.isFinite), `${what}: ${pipeline}`);
        if (pipeline === 'plda') continue;
        assert.ok(
          distances.every((d) => d >= 0),
          `${what}: ${pipeline} is negative`,
        );
      }
    }
    const file = bench.put('x.npy', float32Npy(rows));
    const pairs = bench.put('x.csv', 'index1,index2\n0,1\n');
    const output = join(bench.newFolder(), 'out.csv');
    const job = { embeddings: file, pairs, output, metric: 'mahalanobis' };
    await refused(score(job), 'ESINGULAR', /./);
  }
}

/** A class with one row is used; a single class and no class are refused by name. */
async function classes(bench: Bench): Promise<void> {
  const { rows, labels } = crowd({ people: 6, each: 5, dim: 4, singletons: 1 });
  const embeddings = bench.put('x.npy', float32Npy(rows));
  for (const pipeline of ['wccn', 'lda', 'plda', 'kissme', 'joint-bayesian']) {
    const found = await fit({ embeddings, labels, pipeline });
    assert.equal(found.singletons, 1);
    for (const value of Object.values(found.decisions)) assert.ok(Number.isFinite(value.value));
  }
  const text = (name: (row: number) => string) =>
    bench.put('l.csv', `class\n${rows.map((_, row) => `${name(row)}\n`).join('')}`);
  const one = text(() => 'Anna');
  const each = text((row) => `p${row}`);
  for (const pipeline of ['lda', 'plda', 'kissme', 'xqda']) {
    await refused(fit({ embeddings, labels: one, pipeline }), 'EONECLASS', /Anna/);
    await refused(fit({ embeddings, labels: each, pipeline }), 'EEMPTY', /one row each/);
    await refused(fit({ embeddings, pipeline }), 'EOPTION', /labels/);
  }
  await refused(covariance({ embeddings, labels: one, of: 'between' }), 'EONECLASS', /Anna/);
  await refused(covariance({ embeddings, labels: each, of: 'within' }), 'EEMPTY', /one row each/);
  const none = bench.put('none.csv', 'class\n');
  await refused(fit({ embeddings, labels: none }), 'EEMPTY', /./);
  const nobody = new Uint32Array(rows.length).fill(2 ** 32 - 1);
  await refused(fit({ embeddings, labels: nobody }), 'EEMPTY', /./);
}

/** X08, where rows are learned from: units far from one, doubles beyond float32. */
export async function scalesWhereLearned(bench: Bench): Promise<void> {
  const { rows, labels } = crowd({ people: 5, each: 6, dim: 4 });
  const plain = await covariance({ embeddings: matrixOf(rows), labels, of: 'within' });
  for (const exponent of [-90, 60, 400]) {
    // Powers of two change no digit.
    const unit = 2 ** exponent;
    const data = encode(
      '<f8',
      rows.flat().map((value) => value * unit),
    );
    const header = dictionary('<f8', `(${rows.length}, 4)`);
    const embeddings = bench.put('x.npy', npyFile({ header, data }));
    const found = await covariance({ embeddings, labels, of: 'within' });
    for (const [i, value] of plain.matrix.entries()) {
      const back = (found.matrix[i] as number) / unit / unit;
      assert.ok(
        Math.abs(back - value) <= 1e-12 * Math.abs(plain.matrix[0] as number),
        `2^${exponent}`,
      );
    }
    assert.equal(found.rank, 4);
    const { model } = await fit({ embeddings, labels, pipeline: 'plda' });
    const pair = { index1: Uint32Array.of(0, 1), index2: Uint32Array.of(2, 3) };
    assert.ok(model.scorePairsSync(embeddings, pair).every(Number.isFinite));
  }
  const data = encode(
    '<f8',
    rows.flat().map((value) => value * 1e200),
  );
  const header = dictionary('<f8', `(${rows.length}, 4)`);
  const embeddings = bench.put('x.npy', npyFile({ header, data }));
  await refused(covariance({ embeddings }), 'ENOTFINITE', /beyond the range of double precision/);
}

/** X10, where rows are learned from. */
export async function sameBytesWhereLearned(bench: Bench): Promise<void> {
  const embeddings = bench.put('x.npy', randomNpy(5000, 24));
  const labels = Uint32Array.from({ length: 5000 }, (_, row) => (row * 7) % 400);
  const request = { embeddings, labels, pipeline: 'ln-plda', holdout: 0.1 };
  const bytes = async (way: object) => {
    const { model } = await fit({ ...request, ...way });
    const { matrix, mean } = await covariance({
      embeddings,
      labels,
      of: 'within',
      shrinkage: 'oas',
      ...way,
    });
    return Buffer.concat([model.toBytes(), Buffer.from(matrix.buffer), Buffer.from(mean.buffer)]);
  };
  const first = await bytes({ threads: 1 });
  for (const threads of [1, 2, 3, 7, 16]) {
    for (let run = 0; run < 3; run += 1) {
      assert.ok((await bytes({ threads })).equals(first), `${threads} threads`);
    }
  }
  assert.ok((await bytes({ io: 'read' })).equals(first), 'io: read');
}

export const learnedChecks: Check[] = [
  {
    id: 'X05',
    title: 'mean and covariance of 450,000 × 512, 1,000 away from the origin',
    run: many,
  },
  { id: 'X06', title: 'fewer rows than columns, constant and copied columns', run: degenerate },
  { id: 'X07', title: 'a class of one row, one class, none', run: classes },
];
