/** People enrolled from several rows, against the joint Gaussians of all their rows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbortError, Enrolment, fit, type HackfaceError, Model } from 'hackface-native';
import { together } from './support/gaussian.js';
import { readModelFile } from './support/model-file.js';
import { crowd } from './support/people.js';

const DIM = 4;
const { rows, labels, matrix } = crowd({ people: 12, each: 6, dim: DIM, singletons: 1, seed: 3 });
const { model } = await fit({ embeddings: matrix, labels, pipeline: 'plda' });
const full = await fit({ embeddings: matrix, labels, pipeline: 'center, plda' });
const templates = [[3], [0, 1], [5, 9, 7], [8, 8], Uint32Array.of(20, 4, 2, 11, 30, 31)];

const refused = (code: string, says: RegExp) => (error: HackfaceError) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, says);
  return true;
};

/** Every template against every row. */
function everyPair(count: number) {
  const pairs = Array.from({ length: count * rows.length }, (_, i) => i);
  return {
    template: Uint32Array.from(pairs, (i) => Math.floor(i / rows.length)),
    row: Uint32Array.from(pairs, (i) => i % rows.length),
  };
}

test('several rows against one are the ratio of the joint Gaussians', async () => {
  const { tensors } = readModelFile(full.model.toBytes());
  const square = (name: string) => {
    const data = tensors[name]?.data as Float64Array;
    return Array.from({ length: DIM }, (_, i) => [...data.slice(i * DIM, (i + 1) * DIM)]);
  };
  const [between, within] = [square('scorer.between'), square('scorer.within')];
  const mean = Array.from({ length: DIM }, (_, j) =>
    rows.reduce((sum, row) => sum + (row[j] as number) / rows.length, 0),
  );
  const centered = rows.map((row) => row.map((value, j) => value - (mean[j] as number)));
  const people = await full.model.enrol(matrix, templates);
  assert.equal(people.templates, templates.length);
  assert.deepEqual([...people.sizes], [1, 2, 3, 2, 6]);
  const pairs = everyPair(templates.length);
  const found = await people.scorePairs(matrix, pairs);
  for (const [i, distance] of found.entries()) {
    const own = Array.from(
      templates[pairs.template[i] as number] ?? [],
      (r) => centered[r] as number[],
    );
    const probe = centered[pairs.row[i] as number] as number[];
    const ratio =
      together([...own, probe], between, within) -
      together(own, between, within) -
      together([probe], between, within);
    const error = Math.abs(distance + ratio);
    assert.ok(error < 1e-9 * (1 + Math.abs(ratio)), `pair ${i}: ${distance}, not ${-ratio}`);
  }
});

test('a person of one row is that row, for every model that ends in PLDA', async () => {
  for (const pipeline of ['plda', 'ln-plda', 'joint-bayesian', 'path']) {
    const learned = (await fit({ embeddings: matrix, labels, pipeline })).model;
    const people = await learned.enrol(
      matrix,
      rows.map((_, row) => [row]),
    );
    const { template, row } = everyPair(rows.length);
    const found = await people.scorePairs(matrix, { template, row });
    const wanted = learned.scorePairsSync(matrix, { index1: template, index2: row });
    for (const [i, distance] of wanted.entries()) {
      assert.ok(Math.abs(distance - (found[i] as number)) < 1e-9 * (1 + Math.abs(distance)));
    }
  }
});

test('the same bits for threads, and for a model that was saved', async () => {
  const pairs = everyPair(templates.length);
  const people = await model.enrol(matrix, templates, { threads: 1 });
  const first = await people.scorePairs(matrix, pairs, { threads: 1 });
  for (const threads of [2, 3, 7]) {
    const others = await model.enrol(matrix, templates, { threads });
    assert.deepEqual(await others.scorePairs(matrix, pairs, { threads }), first);
  }
  const loaded = await Model.fromBytes(model.toBytes()).enrol(matrix, templates);
  assert.deepEqual(await loaded.scorePairs(matrix, pairs), first);
});

test('what cannot be enrolled or compared is refused', async () => {
  const people = await model.enrol(matrix, templates);
  const one = Uint32Array.of(0);
  await assert.rejects(model.enrol(matrix, []), refused('EEMPTY', /no templates/));
  await assert.rejects(
    model.enrol(matrix, [[1], []]),
    refused('EEMPTY', /template 1 without rows/),
  );
  const beyond = [[0], [1, rows.length]];
  await assert.rejects(model.enrol(matrix, beyond), refused('EINDEX', /row 67 in template 1/));
  await assert.rejects(model.enrol(matrix, [[0.5]]), refused('EARGUMENT', /0\.5/));
  const narrow = { data: new Float32Array(6), rows: 2, dim: 3 };
  await assert.rejects(model.enrol(narrow, [[0]]), refused('EDIMENSION', /3 columns.*\b4\b/));
  await assert.rejects(
    people.scorePairs(narrow, { template: one, row: one }),
    refused('EDIMENSION', /3 columns/),
  );
  const bad = { ...matrix, data: matrix.data.slice() };
  bad.data[2 * DIM + 1] = Number.NaN;
  await assert.rejects(model.enrol(bad, [[0, 2]]), (error: HackfaceError) => {
    assert.deepEqual([error.code, error.row, error.column], ['ENOTFINITE', 2, 1]);
    return true;
  });
  await assert.rejects(
    people.scorePairs(matrix, { template: Uint32Array.of(5), row: one }),
    refused('EINDEX', /template 5 in pair 0/),
  );
  await assert.rejects(
    people.scorePairs(matrix, { template: one, row: Uint32Array.of(99) }),
    refused('EINDEX', /row 99 in pair 0/),
  );
  await assert.rejects(
    people.scorePairs(matrix, { template: one, row: Uint32Array.of(0, 1) }),
    refused('EDIMENSION', /1 templates and 2 rows/),
  );
  const cosine = (await fit({ embeddings: matrix, labels, pipeline: 'wccn' })).model;
  await assert.rejects(cosine.enrol(matrix, [[0]]), refused('EOPTION', /PLDA/));
  assert.throws(() => new (Enrolment as unknown as new () => Enrolment)(), TypeError);
  const signal = AbortSignal.abort();
  await assert.rejects(model.enrol(matrix, templates, { signal }), AbortError);
});
