/** Embeddings: opening, closing, refusing. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import {
  Embeddings,
  HackfaceError,
  inspectEmbeddings,
  type MatrixData,
  openEmbeddings,
  openEmbeddingsSync,
  scorePairs,
  scorePairsSync,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { dictionary, encode, float32Npy, npyFile } from './support/npy.js';

const folder = temporaryFolder();
const ROWS = [
  [1, 2, 3],
  [4, 5, 6],
  [0, 0, 0],
  [-1, 0, 2],
];
const file = put(folder, 'x.npy', float32Npy(ROWS));
const memory = (): MatrixData => ({ data: Float32Array.from(ROWS.flat()), rows: 4, dim: 3 });
const PAIRS = { index1: Uint32Array.of(0, 1), index2: Uint32Array.of(1, 3) };

/** Rejects or throws with this code. */
function code(expected: string) {
  return (error: unknown) => {
    assert.ok(error instanceof HackfaceError, String(error));
    assert.ok(error instanceof Error);
    assert.equal(error.code, expected, error.message);
    return true;
  };
}

test('a file says what it is', async () => {
  for (const io of ['mmap', 'read'] as const) {
    using embeddings = await openEmbeddings(file, { io });
    const { rows, dim, dtype } = embeddings;
    assert.deepEqual({ rows, dim, dtype }, { rows: 4, dim: 3, dtype: 'float32' });
    assert.equal(embeddings.io, io);
    assert.equal(embeddings.file, resolve(file));
  }
});

test('memory says what it is', () => {
  using embeddings = openEmbeddingsSync(memory());
  assert.equal(embeddings.io, 'memory');
  assert.equal(embeddings.file, undefined);
  assert.equal(embeddings.dtype, 'float32');
});

test('types are named as NumPy names them', async () => {
  const names = { '<f2': 'float16', '>f8': 'float64', '|i1': 'int8', '<u4': 'uint32' };
  for (const [descr, name] of Object.entries(names)) {
    const data = encode(descr, [1, 1]);
    const path = put(folder, 'typed.npy', npyFile({ header: dictionary(descr, '(2, 1)'), data }));
    using embeddings = await openEmbeddings(path);
    assert.equal(embeddings.dtype, name);
  }
});

test('what is open can be used often, and what is closed not at all', async () => {
  const embeddings = await openEmbeddings(file);
  const first = await scorePairs(embeddings, PAIRS);
  assert.deepEqual(await scorePairs(embeddings, PAIRS), first);
  embeddings.close();
  embeddings.close();
  await assert.rejects(scorePairs(embeddings, PAIRS), code('EOPTION'));
  assert.throws(() => scorePairsSync(embeddings, PAIRS), code('EOPTION'));
  await assert.rejects(inspectEmbeddings(embeddings), code('EOPTION'));
  // Its facts remain known.
  assert.equal(embeddings.rows, 4);
});

test('using closes at the end of its block', async () => {
  let kept: Embeddings;
  {
    using embeddings = await openEmbeddings(file);
    kept = embeddings;
  }
  await assert.rejects(scorePairs(kept, PAIRS), code('EOPTION'));
});

test('closing does not disturb calls under way', async () => {
  const embeddings = await openEmbeddings(file);
  const call = scorePairs(embeddings, PAIRS, { metric: 'sqeuclidean' });
  // It has started: the queue was empty.
  await Promise.resolve();
  embeddings.close();
  assert.deepEqual([...(await call)], [27, 66]);
});

test('embeddings are made by opening only', () => {
  assert.throws(() => Reflect.construct(Embeddings, []), TypeError);
});

test('wrong memory is refused with what is wrong', () => {
  const wrong: [string, unknown][] = [
    ['EARGUMENT', { ...memory(), data: [1, 2, 3] }],
    ['EARGUMENT', { ...memory(), data: new Uint32Array(12) }],
    ['EARGUMENT', { ...memory(), rows: -4 }],
    ['EARGUMENT', { ...memory(), rows: 1.5 }],
    ['EARGUMENT', { ...memory(), dim: 0 }],
    ['EARGUMENT', { ...memory(), dim: Number.NaN }],
    ['EARGUMENT', { ...memory(), rows: 2 ** 32 }],
    ['EDIMENSION', { ...memory(), rows: 5 }],
    ['EDIMENSION', { ...memory(), rows: 65_536, dim: 65_536 }],
  ];
  for (const [expected, source] of wrong) {
    assert.throws(() => openEmbeddingsSync(source as MatrixData), code(expected));
  }
});

test('a wrong io and a missing file are refused', async () => {
  await assert.rejects(openEmbeddings(file, { io: 'fast' as 'read' }), code('EOPTION'));
  await assert.rejects(openEmbeddings(`${file}x`), (error: HackfaceError) => {
    code('EINPUT')(error);
    assert.equal(error.class, 'input');
    assert.equal(error.file, `${file}x`);
    return true;
  });
});

test('inspection counts what is wrong and refuses nothing', async () => {
  const rows = [
    [3, 4],
    [Number.NaN, 1],
    [0, 0],
    [1, Number.POSITIVE_INFINITY],
    [6, 8],
  ];
  const path = put(folder, 'sick.npy', float32Npy(rows));
  for (const source of [path, { data: Float32Array.from(rows.flat()), rows: 5, dim: 2 }]) {
    assert.deepEqual(await inspectEmbeddings(source), {
      rows: 5,
      dim: 2,
      dtype: 'float32',
      nonFiniteRows: 2,
      firstNonFinite: { row: 1, column: 0 },
      zeroRows: 1,
      norms: { min: 0, median: 5, max: 10 },
    });
  }
});
