/** All distances of two sets: the bits of a list of their pairs, in memory and in a file. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Embeddings,
  fit,
  Gallery,
  HackfaceError,
  nearest,
  openEmbeddingsSync,
  pairwise,
  pairwiseSync,
  type PairwiseOptions,
  scorePairs,
  writePairwise,
} from 'hackface-native';
import { temporaryFolder } from './support/folder.js';

const folder = temporaryFolder();
const DIM = 19;
const rowsFrom = (count: number, seed: number) =>
  openEmbeddingsSync({
    data: Float32Array.from({ length: count * DIM }, (_, i) => 1.5 + Math.sin(seed + i * i)),
    dim: DIM,
  });
const first = rowsFrom(70, 1);
const second = rowsFrom(37, 2);
const both = openEmbeddingsSync({
  data: Float32Array.from([...first.slice(0), ...second.slice(0)]),
  dim: DIM,
});
const labels = Uint32Array.from({ length: both.rows }, (_, row) => row % 20);
const { model } = await fit({ embeddings: both, labels, pipeline: 'ln-plda' });

/** Every pair of i < n and from(i) ≤ j < m. */
function pairsOf(n: number, m: number, from: (i: number) => number, offset = 0) {
  const [index1, index2]: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i += 1) {
    for (let j = from(i); j < m; j += 1) {
      index1.push(i);
      index2.push(j + offset);
    }
  }
  return { index1: Uint32Array.from(index1), index2: Uint32Array.from(index2) };
}

const across = pairsOf(first.rows, second.rows, () => 0, first.rows);
const square = pairsOf(first.rows, first.rows, () => 0);
const later = pairsOf(first.rows, first.rows, (i) => i + 1);

async function scored(rows: Embeddings, pairs: typeof across, options: PairwiseOptions) {
  const { model, against: _, condensed: _1, dtype: _2, ...metric } = options;
  if (model === undefined) return scorePairs(rows, pairs, metric);
  assert.ok(typeof model !== 'string');
  return model.scorePairs(rows, pairs);
}

for (const [name, options] of Object.entries<PairwiseOptions>({
  cosine: {},
  euclidean: { metric: 'euclidean', normalize: 'l2' },
  'a combination': { metric: '0.5*cosine + canberra', center: Array(DIM).fill(0.25) },
  'a model': { model },
})) {
  test(`pairwise by ${name} has the bits of scorePairs, in all shapes`, async () => {
    for (const [given, rows, pairs] of [
      [{ against: second }, both, across],
      [{}, first, square],
      [{ condensed: true }, first, later],
    ] as const) {
      const asked = { ...options, ...given };
      const expected = await scored(rows, pairs, options);
      const found = await pairwise(first, { ...asked, threads: 2 });
      assert.deepEqual(found.data, expected);
      assert.deepEqual(pairwiseSync(first, { ...asked, threads: 1 }), found);
      const { rows: n, columns, condensed } = found;
      const m = 'against' in given ? second.rows : first.rows;
      assert.deepEqual([n, columns, condensed], [first.rows, m, 'condensed' in given]);
      const singles = await pairwise(first, { ...asked, dtype: 'float32' });
      assert.deepEqual(singles.data, Float32Array.from(expected));
    }
  });
}

test('a file holds the same distances, as a matrix or on one axis', async () => {
  for (const [name, options, shape] of [
    ['matrix.npy', { against: second }, `(${first.rows}, ${second.rows})`],
    ['condensed.npy', { condensed: true, dtype: 'float32' }, `(${later.index1.length},)`],
  ] as const) {
    const output = join(folder, name);
    const { seconds, ...done } = await writePairwise(first, output, options);
    const { data, ...about } = await pairwise(first, options as PairwiseOptions);
    const dtype = 'dtype' in options ? options.dtype : 'float64';
    assert.deepEqual(done, { ...about, output, dtype });
    const bytes = readFileSync(output);
    assert.match(bytes.toString('latin1', 0, 128), RegExp(shape.replace(/[()]/g, '\\$&')));
    assert.deepEqual(bytes.subarray(128), Buffer.from(data.buffer));
    await refuses(writePairwise(first, output, options), 'EEXISTS');
  }
});

test('a set too large for memory or for the disk is refused with its bytes, before any work', async () => {
  const many = openEmbeddingsSync({ data: new Float32Array(2 ** 22).fill(1), dim: 1 });
  const options = { metric: 'cityblock' };
  const told = await refuses(pairwise(many, options), 'EMEMORY');
  assert.match(told.message, /4194304 × 4194304 distances of 8 bytes: 140737488355328 bytes/);
  const output = join(folder, 'too-large.npy');
  const { message } = await refuses(writePairwise(many, output, options), 'EIO');
  assert.match(message, /140737488355328 bytes, expected at most \d+ bytes, which are free there/);
  assert.equal(existsSync(output), false);
});

test('condensed distances of two sets are refused', async () => {
  await refuses(pairwise(first, { against: second, condensed: true }), 'EOPTION');
});

test('means, variances, cohorts and neighbours are those of both sets, as of a list', async () => {
  for (const options of [
    { center: 'mean' },
    { metric: 'seuclidean' },
    { norm: 'as-norm', cohort: 'self', cohortTop: 20 },
    { rerank: { k1: 5, k2: 2 } },
  ] as const) {
    const { data } = await pairwise(first, { ...options, against: second });
    assert.deepEqual(data, await scorePairs(both, across, options));
    assert.deepEqual(pairwiseSync(first, { ...options, against: second }).data, data);
  }
});

test('nearest is one search of a gallery', async () => {
  const gallery = await Gallery.open(second, { metric: 'euclidean' });
  const expected = await gallery.search(first, 3);
  gallery.close();
  assert.deepEqual(await nearest(first, second, 3, { metric: 'euclidean' }), expected);
});

async function refuses(call: Promise<unknown>, code: string): Promise<HackfaceError> {
  const error = await call.then(
    () => assert.fail(`${code} was expected`),
    (error: unknown) => error,
  );
  assert.ok(error instanceof HackfaceError && error.code === code, String(error));
  return error;
}
