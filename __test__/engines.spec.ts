/** Recipes for engines: their numbers become the distances of the model. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type EngineRecipe,
  fit,
  type Model,
  openEmbeddings,
  type Transformed,
  type TransformOptions,
} from 'hackface-native';
import { ENGINES } from '#dist/engines.js';
import { temporaryFolder } from './support/folder.js';
import { randomNumbers } from './support/random.js';

const folder = temporaryFolder();
const random = randomNumbers(11);
const [ROWS, DIM] = [60, 6];
const matrix = {
  data: Float32Array.from({ length: ROWS * DIM }, (_, at) => random() + (at % DIM) * random()),
  rows: ROWS,
  dim: DIM,
};
const labels = Uint32Array.from({ length: ROWS }, (_, row) => row % 12);
const index1 = Uint32Array.from({ length: ROWS }, (_, row) => row);
const index2 = Uint32Array.from({ length: ROWS }, (_, row) => (7 * row + 3) % ROWS);

/** What an engine returns for two rows, by the words of a recipe. */
const RETURNED: Record<string, (x: number[], y: number[]) => number> = {
  'the cosine': (x, y) => dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)),
  '1 minus the cosine': (x, y) => 1 - dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)),
  'the Euclidean distance': (x, y) => Math.sqrt(squared(x, y)),
  'the squared Euclidean distance': squared,
  'the inner product': dot,
  'the inner product, negated': (x, y) => -dot(x, y),
  '1 minus the inner product': (x, y) => 1 - dot(x, y),
};

function dot(x: number[], y: number[]): number {
  return x.reduce((sum, value, at) => sum + value * (y[at] as number), 0);
}

function squared(x: number[], y: number[]): number {
  return x.reduce((sum, value, at) => sum + (value - (y[at] as number)) ** 2, 0);
}

const fitted = (pipeline: string) => fit({ embeddings: matrix, labels, pipeline });

async function written(model: Model, name: string, options: TransformOptions) {
  const path = join(folder, name);
  const told = await model.transform(matrix, path, { dtype: 'float64', force: true, ...options });
  using rows = await openEmbeddings(path);
  assert.deepEqual([rows.rows, rows.dim], [ROWS, told.dim]);
  return { told, rows: [...rows].map((row) => Array.from(row)) };
}

/** Compares the distances of a model with those that a recipe makes of an engine's numbers. */
function compare(
  { conversion, returns }: EngineRecipe,
  [stored, asked]: [number[][], number[][]],
  distances: Float64Array,
): void {
  assert.ok(conversion);
  const { power, scale, offset, query = 0 } = conversion;
  for (const [pair, distance] of distances.entries()) {
    const x = asked[index1[pair] as number] as number[];
    const y = stored[index2[pair] as number] as number[];
    const value = RETURNED[returns]?.(x, y) as number;
    const found = scale * value ** power + offset + query * dot(x, x);
    assert.ok(Math.abs(found - distance) < 1e-8 * (1 + Math.abs(offset)), `${found} ${distance}`);
  }
}

const PIPELINES = {
  cosine: 'center, wccn, cosine',
  euclidean: 'center, pca(4), euclidean',
  sqeuclidean: 'center, pca(4), sqeuclidean',
  product: 'center, pca(4), dot',
  plda: 'center, pca(4), plda',
};

test('numbers of every engine become distances of every kind of model', async () => {
  for (const [name, pipeline] of Object.entries(PIPELINES)) {
    const { model } = await fitted(pipeline);
    const distances = await model.scorePairs(matrix, { index1, index2 });
    const { rows: asked } = await written(model, 'query.npy', { side: 'query' });
    for (const engine of ENGINES) {
      const { told, rows } = await written(model, 'stored.npy', { for: engine });
      const recipe = told.recipe as EngineRecipe;
      compare(recipe, [rows, asked], distances);
      const similarity = ['the cosine', 'the inner product'].includes(recipe.returns);
      assert.equal(recipe.nearest, similarity ? 'largest' : 'smallest');
      assert.equal(recipe.query, name === 'plda' ? 'side query' : 'either side');
    }
  }
});

test('a further column makes inner products distances', async () => {
  const { model } = await fitted(PIPELINES.plda);
  const distances = await model.scorePairs(matrix, { index1, index2 });
  const augment = { augment: true } as const;
  for (const engine of ENGINES) {
    const stored = await written(model, 'stored.npy', { for: engine, ...augment });
    const asked = await written(model, 'query.npy', { for: engine, side: 'query', ...augment });
    const lengths = stored.rows.map((row) => dot(row, row));
    assert.ok(Math.max(...lengths) - Math.min(...lengths) < 1e-9 * Math.max(...lengths));
    assert.equal(stored.told.metric, 'euclidean');
    assert.equal(asked.told.recipe?.conversion, undefined);
    compare(stored.told.recipe as EngineRecipe, [stored.rows, asked.rows], distances);
  }
  await assert.rejects(written(model, 'x.npy', augment), /Name the engine with option for/);
  const { model: plain } = await fitted(PIPELINES.euclidean);
  await assert.rejects(written(plain, 'x.npy', { for: 'faiss', ...augment }), /euclidean is the/);
});

test('text holds the numbers of the matrix, a vector a line', async () => {
  const { model } = await fitted(PIPELINES.plda);
  for (const augment of [false, true]) {
    const options = { for: 'pgvector', augment } as const;
    const { told, rows } = await written(model, 'rows.npy', options);
    const path = join(folder, 'rows.csv');
    const done: Transformed = await model.transform(matrix, path, {
      ...options,
      dtype: 'float64',
      force: true,
    });
    assert.deepEqual(done, told);
    const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal(header, 'id,embedding');
    assert.deepEqual(
      lines,
      rows.map((row, id) => `${id},"[${row.join()}]"`),
    );
  }
});

test('a model without a plain measure is refused with the reason', async () => {
  const { model } = await fitted('center, pca(4), htplda');
  for (const name of ['x.npy', 'x.csv']) {
    await assert.rejects(written(model, name, { for: 'qdrant' }), /htplda|heavy-tailed/);
  }
});
