/** Numbers in memory: every array that they may come in, and out again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import {
  allPairs,
  type Batch,
  distance,
  Embeddings,
  fit,
  Gallery,
  HackfaceError,
  type Numbers,
  openEmbeddings,
  openEmbeddingsSync,
  presets,
  type Rows,
  scorePairsSync,
} from 'hackface-native';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './support/folder.js';

const folder = temporaryFolder();
const numbers = [1, 2, 3, 4, 5, 6];
const opened = (source: Numbers | Rows) => {
  using embeddings = openEmbeddingsSync(source);
  const { rows, dim, dtype } = embeddings;
  return { rows, dim, dtype, data: Array.from(embeddings.slice(0)) };
};
const singles = { rows: 2, dim: 3, dtype: 'float32', data: numbers };
const doubles = { ...singles, dtype: 'float64' };

test('every kind of array keeps its numbers', () => {
  const halves = Uint16Array.from([0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600]);
  for (const [data, expected] of [
    [Float32Array.from(numbers), singles],
    [Float64Array.from(numbers), doubles],
    [Int8Array.from(numbers), singles],
    [Uint8Array.from(numbers), singles],
  ] as const) {
    assert.deepEqual(opened({ data, dim: 3 }), expected);
    assert.deepEqual(opened({ data, rows: 2 }), expected);
    assert.deepEqual(opened({ data: [data.subarray(0, 3), data.subarray(3)] }), {
      ...expected,
      dtype: data instanceof Float32Array ? 'float32' : 'float64',
    });
  }
  assert.deepEqual(opened({ data: halves, dim: 3, dtype: 'float16' }), singles);
  const tenth = opened({ data: Float64Array.of(0.1), dim: 1 }).data;
  assert.deepEqual(tenth, [0.1]);
  assert.deepEqual(opened([[0.1, 1], new Int8Array([-128, 7])]).data, [0.1, 1, -128, 7]);
  const { Float16Array } = globalThis as { Float16Array?: { from(of: number[]): never } };
  if (Float16Array) assert.deepEqual(opened({ data: Float16Array.from(numbers), dim: 3 }), singles);
});

test('arrays of another realm, and views of a part of their memory, are taken', () => {
  const foreign = runInContext(
    'Float64Array.from([9, 1, 2, 3, 4, 5, 6]).subarray(1)',
    createContext(),
  );
  assert.deepEqual(opened({ data: foreign, dim: 3 }), doubles);
  const rows = runInContext('[[1, 2, 3], [4, 5, 6]]', createContext());
  assert.deepEqual(opened(rows), doubles);
});

test('numbers without a shape, or that do not fit theirs, are refused', () => {
  for (const [source, code] of [
    [{ data: Float32Array.from(numbers) }, 'EARGUMENT'],
    [{ data: Float32Array.from(numbers), dim: 4 }, 'EDIMENSION'],
    [{ data: Float64Array.from(numbers), rows: 4 }, 'EDIMENSION'],
    [{ data: Int8Array.from(numbers), rows: 3, dim: 3 }, 'EDIMENSION'],
    [{ data: Uint16Array.from(numbers), dim: 3 }, 'EARGUMENT'],
    [{ data: Float64Array.from(numbers), dim: 3, dtype: 'float16' }, 'EARGUMENT'],
    [{ data: Uint32Array.from(numbers), dim: 3 }, 'EARGUMENT'],
    [{ data: [[1, 2], [3]] }, 'EDIMENSION'],
    [{ data: [[1, 2]], dim: 3 }, 'EDIMENSION'],
    [[[1, '2']], 'EARGUMENT'],
    [[[]], 'EARGUMENT'],
    [[], 'EARGUMENT'],
    [{ data: new Float64Array(new SharedArrayBuffer(16)), dim: 2 }, 'EARGUMENT'],
  ] as const) {
    refuses(() => openEmbeddingsSync(source as never), code);
  }
  assert.deepEqual(opened({ data: [], dim: 4 }), { rows: 0, dim: 4, dtype: 'float32', data: [] });
});

test('rows come back as copies, one, some or all of them', () => {
  const embeddings = openEmbeddingsSync([Float32Array.of(1, 2), Float32Array.of(3, 4)]);
  const row = embeddings.row(1);
  assert.deepEqual(row, Float32Array.of(3, 4));
  row[0] = 7;
  assert.deepEqual(embeddings.at([1, 0, 1]), Float32Array.of(3, 4, 1, 2, 3, 4));
  assert.deepEqual(embeddings.slice(1), Float32Array.of(3, 4));
  assert.deepEqual(embeddings.slice(0, 0), new Float32Array(0));
  assert.deepEqual([...embeddings], [Float32Array.of(1, 2), Float32Array.of(3, 4)]);
  for (const wrong of [() => embeddings.row(2), () => embeddings.slice(0, 3)]) {
    refuses(wrong, 'EINDEX');
  }
  refuses(() => embeddings.at([-1]), 'EARGUMENT');
  embeddings.close();
  refuses(() => embeddings.row(0), 'EOPTION');
});

async function* batches(...all: Batch[]): AsyncGenerator<Batch> {
  for (const batch of all) yield batch;
}

test('batches of a cursor become one matrix, in the calls that take rows', async () => {
  const rows = Array.from({ length: 24 }, (_, i) => [Math.sin(i * i), Math.cos(i), i % 5, 1]);
  const cursor = () =>
    batches(
      rows[0] ?? [],
      { data: Float64Array.from(rows.slice(1, 9).flat()), dim: 4 },
      rows.slice(9),
    );
  using embeddings = await Embeddings.from(cursor());
  assert.deepEqual(embeddings.slice(0), Float64Array.from(rows.flat()));
  const labels = Uint32Array.from(rows, (_, i) => i % 4);
  const request = { labels, pipeline: 'wccn' };
  const { model } = await fit({ ...request, embeddings: cursor() });
  const { model: same } = await fit({ ...request, embeddings });
  assert.deepEqual(model.toBytes(), same.toBytes());
  const { auroc } = await allPairs({ embeddings: cursor(), labels });
  assert.deepEqual(auroc, (await allPairs({ embeddings, labels })).auroc);
  const gallery = await Gallery.open({ data: [], dim: 4 });
  assert.equal(await gallery.add(cursor()), 0);
  assert.equal(gallery.size, 24);
  gallery.close();
  await assert.rejects(Embeddings.from(batches([1, 2], [3])), { code: 'EDIMENSION' });
  await assert.rejects(Embeddings.from(batches()), { code: 'EEMPTY' });
  assert.equal((await Embeddings.from(batches(), 3)).dim, 3);
});

test('every preset maps vectors in memory to the bits that transform writes, on both sides', async () => {
  const data = Float64Array.from({ length: 60 * 12 }, (_, i) => Math.sin(i * i));
  const rows = await openEmbeddings({ data, dim: 12 });
  const labels = Uint32Array.from({ length: 60 }, (_, row) => row % 15);
  for (const { name } of presets()) {
    if (name === 'auto') continue;
    const { model } = await fit({ embeddings: rows, labels, target: rows, pipeline: name });
    for (const side of ['stored', 'query'] as const) {
      for (const dtype of ['float32', 'float64'] as const) {
        const output = join(folder, `${name}-${side}-${dtype}.npy`);
        const written = await model.transform(rows, output, { side, dtype }).catch(codeOf);
        const mapped = await model.map(rows, { side, dtype }).catch(codeOf);
        if (typeof written === 'string' || typeof mapped === 'string') {
          assert.equal(mapped, written, name);
          continue;
        }
        const { data, ...about } = mapped;
        assert.deepEqual(about, written, name);
        assert.deepEqual(Buffer.from(data.buffer), readFileSync(output).subarray(128), name);
        assert.deepEqual(model.mapSync(rows, { side, dtype }), mapped, name);
        const one = model.mapSync(rows.row(7), { side, dtype });
        assert.deepEqual(one.data, data.slice(7 * one.dim, 8 * one.dim), name);
      }
    }
    const pair = { index1: Uint32Array.of(3), index2: Uint32Array.of(9) };
    const [expected] = model.scorePairsSync(rows, pair);
    assert.equal(model.distance(rows.row(3), Array.from(rows.row(9))), expected, name);
  }
});

test('batches where a matrix is wanted are told how to become one', () => {
  async function* cursor() {
    yield [1, 2];
  }
  const pair = { index1: Uint32Array.of(0), index2: Uint32Array.of(0) };
  const asked = () => scorePairsSync(cursor() as never, pair);
  refuses(asked, 'EARGUMENT', /Collect batches first: await Embeddings\.from/);
});

test('the distance of two vectors is that of two rows', () => {
  const [a, b] = [Float32Array.of(1, 2, 3), Float32Array.of(3, 2, 2)];
  const pair = { index1: Uint32Array.of(0), index2: Uint32Array.of(1) };
  for (const metric of ['cosine', 'euclidean', 'canberra']) {
    const [expected] = scorePairsSync([a, b], pair, { metric });
    assert.equal(distance(a, b, { metric }), expected);
  }
  assert.equal(distance([0, 0], [3, 4], { metric: 'euclidean' }), 5);
  refuses(() => distance([1, 2], [3]), 'EDIMENSION');
  refuses(() => distance([1, 2], [3, 4], { metrc: 'dot' } as never), 'EOPTION', /'?metric'?/);
});

function codeOf(error: unknown): string {
  assert.ok(error instanceof HackfaceError, String(error));
  return error.code;
}

function refuses(call: () => unknown, code: string, message = /./): void {
  assert.throws(call, (error) => codeOf(error) === code && message.test((error as Error).message));
}
