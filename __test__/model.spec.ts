/** Model files, and rows mapped for other software. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AbortError, fit, type HackfaceError, Model, presets } from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { readModelFile, writeModelFile } from './support/model-file.js';
import { float32Npy, randomNpy, readNpy } from './support/npy.js';
import { crowd } from './support/people.js';

const folder = temporaryFolder();
const { rows, labels, matrix } = crowd({ people: 10, each: 6, dim: 6, seed: 8 });
const n = rows.length;
const file = put(folder, 'x.npy', float32Npy(rows));
const all = {
  index1: Uint32Array.from({ length: n * n }, (_, i) => Math.floor(i / n)),
  index2: Uint32Array.from({ length: n * n }, (_, i) => i % n),
};

/** Every form over pairs, after maps of every kind. */
const PIPELINES = [
  ...presets()
    .map(({ name }) => name)
    .filter((name) => name !== 'nap'),
  'center, nap(2), cosine',
  'center, pca(4), sqeuclidean',
  'center, length-norm, lda(3), euclidean',
  'center, wccn, dot',
  'center, kissme(indefinite)',
  'xqda(4)',
  'length-norm, cosine',
];
const models = new Map<string, Model>();
for (const pipeline of PIPELINES) {
  models.set(pipeline, (await fit({ embeddings: matrix, labels, pipeline, target: matrix })).model);
}
const wccn = models.get('wccn') as Model;

const refused = (code: string, says?: RegExp) => (error: HackfaceError) => {
  assert.equal(error.code, code, error.message);
  if (says) assert.match(error.message, says);
  return true;
};

const dot = (x: Float64Array, y: Float64Array) =>
  x.reduce((s, v, j) => s + v * (y[j] as number), 0);
const MEASURES = {
  cosine: (x: Float64Array, y: Float64Array) => 1 - dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)),
  sqeuclidean: (x: Float64Array, y: Float64Array) =>
    x.reduce((sum, value, j) => sum + (value - (y[j] as number)) ** 2, 0),
  euclidean: (x: Float64Array, y: Float64Array) => Math.sqrt(MEASURES.sqeuclidean(x, y)),
  'inner-product': (x: Float64Array, y: Float64Array) => -dot(x, y),
};

async function mapped(model: Model, side: 'stored' | 'query', dtype: 'float32' | 'float64') {
  const path = join(folder, 'mapped.npy');
  const {
    metric,
    dim,
    rows: count,
  } = await model.transform(matrix, path, { side, dtype, force: true });
  const { shape, values } = readNpy(readFileSync(path));
  assert.deepEqual([shape, count], [[n, dim], n]);
  const each = Array.from({ length: n }, (_, i) => values.slice(i * dim, (i + 1) * dim));
  return { metric, rows: each };
}

test('on mapped rows the plain measure is the distance of the model, for every scorer', async () => {
  const seen = new Set<string>();
  for (const [pipeline, model] of models) {
    if (model.scorer === 'htplda') continue;
    const distances = model.scorePairsSync(matrix, all);
    for (const [dtype, tolerance] of [
      ['float64', 1e-10],
      ['float32', 1e-4],
    ] as const) {
      const stored = await mapped(model, 'stored', dtype);
      const query = await mapped(model, 'query', dtype);
      assert.equal(query.metric, stored.metric);
      seen.add(stored.metric);
      const scale = 1 + Math.max(...distances.map(Math.abs));
      for (let a = 0; a < n; a += 1) {
        const own = distances.subarray(a * n, (a + 1) * n);
        const plain = own.map((_, b) =>
          MEASURES[stored.metric](query.rows[a] as Float64Array, stored.rows[b] as Float64Array),
        );
        for (const [b, value] of plain.entries()) {
          const error = Math.abs(value - (own[b] as number));
          assert.ok(error <= tolerance * scale, `${pipeline}, rows ${a} and ${b}: off by ${error}`);
        }
      }
    }
  }
  assert.deepEqual([...seen].sort(), Object.keys(MEASURES).sort());
});

test('what has no plain measure is refused, and no file is left', async () => {
  const path = join(folder, 'none.npy');
  const heavy = models.get('htplda') as Model;
  await assert.rejects(heavy.transform(matrix, path), refused('EOPTION', /heavy-tailed/));
  const other = { data: new Float32Array(10), rows: 2, dim: 5 };
  await assert.rejects(wccn.transform(other, path), refused('EDIMENSION', /5 columns.*\b6\b/));
  const wild = { ...matrix, data: matrix.data.slice() };
  wild.data[6 * 40 + 2] = Number.NaN;
  await assert.rejects(wccn.transform(wild, path), (error: HackfaceError) => {
    assert.deepEqual([error.code, error.row, error.column], ['ENOTFINITE', 40, 2]);
    return true;
  });
  const signal = AbortSignal.abort();
  await assert.rejects(wccn.transform(matrix, path, { signal }), AbortError);
  await assert.rejects(
    wccn.transform(matrix, path, { side: 'left' as 'query' }),
    refused('EOPTION', /stored or query/),
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => /none|tmp/.test(name)),
    [],
  );
  const there = put(folder, 'there.npy', 'kept');
  await assert.rejects(wccn.transform(matrix, there), refused('EEXISTS'));
  assert.equal(readFileSync(there, 'utf8'), 'kept');
});

test('a transform of many blocks, with any threads and way of reading, has the same bytes', async () => {
  const big = put(folder, 'big.npy', randomNpy(9000, 6));
  const outputs = new Set<string>();
  for (const way of [{ threads: 1 }, { threads: 2 }, { threads: 7 }, { io: 'read' as const }]) {
    const path = join(folder, 'out.npy');
    const phases = new Set<string>();
    const onProgress = ({ phase }: { phase: string }) => phases.add(phase);
    await wccn.transform(big, path, { ...way, force: true, onProgress });
    outputs.add(readFileSync(path, 'latin1'));
    assert.deepEqual([...phases], ['rows']);
  }
  assert.equal(outputs.size, 1);
});

test('saved, loaded and saved again is the same file, and measures the same', async () => {
  for (const [pipeline, model] of models) {
    const first = join(folder, 'one.safetensors');
    const second = join(folder, 'two.safetensors');
    await model.save(first, { force: true });
    const loaded = await Model.load(first);
    await loaded.save(second, { force: true });
    assert.ok(readFileSync(first).equals(readFileSync(second)), pipeline);
    assert.deepEqual(loaded.card, model.card);
    assert.deepEqual(
      [loaded.inputDim, loaded.mappedDim, loaded.scorer, loaded.warnings],
      [6, model.mappedDim, model.scorer, []],
    );
    assert.deepEqual(loaded.scorePairsSync(file, all), model.scorePairsSync(file, all), pipeline);
  }
});

test('a model scores the same for threads, io and by promise', async () => {
  for (const model of models.values()) {
    const first = model.scorePairsSync(file, all, { threads: 1 });
    for (const way of [{ threads: 2 }, { threads: 7 }, { io: 'read' as const }]) {
      assert.deepEqual(await model.scorePairs(file, all, way), first);
    }
    for (let a = 0; a < n; a += 7) {
      for (let b = 0; b < n; b += 5) assert.equal(first[a * n + b], first[b * n + a]);
    }
  }
});

test('saving over the file that it came from leaves a whole file and the answers', async () => {
  const path = join(folder, 'self.safetensors');
  await wccn.save(path);
  const model = await Model.load(path);
  const before = model.scorePairsSync(matrix, all);
  const bytes = readFileSync(path);
  await assert.rejects(model.save(path), refused('EEXISTS'));
  await model.save(path, { force: true });
  assert.ok(readFileSync(path).equals(bytes));
  assert.deepEqual(model.scorePairsSync(matrix, all), before);
  assert.deepEqual((await Model.load(path)).scorePairsSync(matrix, all), before);
  assert.equal(statSync(path).mode & 0o777, 0o666 & ~process.umask());
});

test('cut, changed and newer files are refused with their name', async () => {
  const bytes = Buffer.from(wccn.toBytes());
  const load = (content: Uint8Array) => Model.load(put(folder, 'bad.safetensors', content));
  for (const length of [0, 7, 8, 100, bytes.length - 1]) {
    await assert.rejects(load(bytes.subarray(0, length)), (error: HackfaceError) => {
      assert.equal(error.code, 'EMODEL');
      assert.match(error.file ?? '', /bad\.safetensors$/);
      return true;
    });
  }
  for (let at = 0; at < bytes.length; at += 13) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] as number) ^ 4;
    await assert.rejects(load(flipped), (error: HackfaceError) => error.code.startsWith('EMODEL'));
  }
  const parts = readModelFile(bytes);
  assert.ok(writeModelFile(parts).equals(bytes), 'the tests write the same file');
  const version = (text: string, more = {}) =>
    writeModelFile({ ...parts, metadata: { ...parts.metadata, format_version: text, ...more } });
  await assert.rejects(load(version('2.0')), refused('EMODELVERSION', /2\.0/));
  const newer = await load(version('1.9', { novelty: 'x' }));
  assert.equal(newer.warnings.length, 2);
  assert.deepEqual(newer.scorePairsSync(matrix, all), wccn.scorePairsSync(matrix, all));
  await assert.rejects(Model.load(join(folder, 'gone')), refused('EINPUT', /gone/));
  assert.ok(!existsSync(join(folder, 'gone')));
});

test('rows of another width are refused with both widths', async () => {
  const narrow = { data: new Float32Array(15), rows: 3, dim: 5 };
  const pair = { index1: Uint32Array.of(0), index2: Uint32Array.of(1) };
  assert.throws(() => wccn.scorePairsSync(narrow, pair), refused('EDIMENSION', /5 columns.*\b6\b/));
  const path = put(folder, 'narrow.npy', randomNpy(3, 5));
  await assert.rejects(wccn.scorePairs(path, pair), (error: HackfaceError) => {
    assert.deepEqual([error.code, error.file], ['EDIMENSION', path]);
    return true;
  });
});
