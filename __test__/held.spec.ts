/** A call owns its arguments from the start: later writes and closes change nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  allPairs,
  audit,
  checkSubmission,
  covariance,
  type Embeddings,
  evaluate,
  fit,
  Gallery,
  identify,
  inspectEmbeddings,
  type Labels,
  openEmbeddingsSync,
  scorePairs,
  scorePairsSync,
  validateSubmission,
  writeSubmission,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';

const folder = temporaryFolder();
const ROWS = 40;
const DIM = 6;
const numbers = Float32Array.from({ length: ROWS * DIM }, (_, i) => Math.sin(i * i + 1));
const matrix = () => ({ data: numbers.slice(), rows: ROWS, dim: DIM });
const file = put(
  folder,
  'x.npy',
  float32Npy(Array.from({ length: ROWS }, (_, i) => [...numbers.slice(i * DIM, (i + 1) * DIM)])),
);
const pairs = () => ({
  index1: Uint32Array.from({ length: 30 }, (_, i) => i),
  index2: Uint32Array.from({ length: 30 }, (_, i) => (i * 7 + 1) % ROWS),
});
const numbered = () => Uint32Array.from({ length: ROWS }, (_, i) => i % 8);
const named = (): Labels => ({
  classes: numbered(),
  names: Array.from('abcdefgh'),
  count: 8,
  file: 'labels.csv',
});
const { model } = await fit({ embeddings: matrix(), labels: numbered(), pipeline: 'plda' });
const modelFile = join(folder, 'fitted.model');
await model.save(modelFile);
const enrolment = await model.enrol(matrix(), [[0, 8], [1]]);

test('closing right after a call does not disturb it', async () => {
  const center = put(folder, 'center.npy', float32Npy([[1, 2, 3, 4, 5, 6]]));
  const labels = numbered();
  const calls: Record<string, (embeddings: Embeddings) => Promise<unknown>> = {
    scorePairs: (e) => scorePairs(e, pairs()),
    'scorePairs, center': (e) => scorePairs(e, pairs(), { center }),
    'scorePairs, reference': (e) =>
      scorePairs(matrix(), pairs(), { center, metric: 'seuclidean', reference: e }),
    inspectEmbeddings: (e) => inspectEmbeddings(e),
    fit: async (e) => (await fit({ embeddings: e, labels, pipeline: 'plda' })).model.toBytes(),
    covariance: async (e) => (await covariance({ embeddings: e })).matrix,
    audit: (e) => audit({ embeddings: e, test: { embeddings: e } }),
    'allPairs, model': (e) => allPairs({ embeddings: e, labels }, { model: modelFile }),
    'allPairs, gallery': (e) =>
      allPairs({ embeddings: matrix(), labels }, { gallery: { embeddings: e, labels } }),
    identify: async (e) =>
      (await identify({ gallery: e, probes: e, galleryLabels: labels, probeLabels: labels }))
        .identification,
    'identify, templates': async (e) =>
      (
        await identify({
          gallery: e,
          probes: matrix(),
          galleryLabels: labels,
          probeLabels: labels,
          fuse: 'template',
          metric: 'seuclidean',
          reference: e,
        })
      ).identification,
    'model.scorePairs': (e) => model.scorePairs(e, pairs()),
    'model.enrol': async (e) => (await model.enrol(e, [[1, 2]])).sizes,
    'model.transform': (e) => model.transform(e, join(folder, 'mapped.npy'), { force: true }),
    'enrolment.scorePairs': (e) =>
      enrolment.scorePairs(e, { template: Uint32Array.of(0, 1), row: Uint32Array.of(3, 4) }),
    'Gallery.open': async (e) => {
      using gallery = await Gallery.open(e, { model: modelFile });
      return (await gallery.search(matrix(), 3)).rows;
    },
  };
  for (const source of [file, matrix()]) {
    for (const [name, call] of Object.entries(calls)) {
      using open = openEmbeddingsSync(source);
      const right = await call(open);
      const embeddings = openEmbeddingsSync(source);
      // Both places of work are taken, so that the call has to wait.
      const busy = [1, 2].map(() => scorePairs(matrix(), pairs()));
      const running = call(embeddings);
      embeddings.close();
      assert.deepEqual(withoutTimes(await running), withoutTimes(right), name);
      await Promise.all(busy);
    }
  }
});

function withoutTimes(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'seconds' in result
    ? { ...result, seconds: 0 }
    : result;
}

test('return from a block that closes is enough', async () => {
  const run = () => {
    const embeddings = openEmbeddingsSync(file);
    try {
      return scorePairs(embeddings, pairs());
    } finally {
      embeddings.close();
    }
  };
  assert.deepEqual(await run(), scorePairsSync(file, pairs()));
});

test('a gallery outlives its embeddings, and its searches and additions outlive it', async () => {
  const embeddings = openEmbeddingsSync(file);
  const gallery = await Gallery.open(embeddings);
  embeddings.close();
  const right = await gallery.search(matrix(), 3);
  const busy = [1, 2].map(() => scorePairs(matrix(), pairs()));
  const search = gallery.search(file, 3, { excludeSelf: true });
  const probes = openEmbeddingsSync(file);
  const other = gallery.search(probes, 3);
  const added = gallery.add(probes);
  probes.close();
  gallery.close();
  assert.deepEqual((await other).rows, right.rows);
  assert.equal((await search).probes, ROWS);
  assert.equal(await added, ROWS);
  await Promise.all(busy);
  await assert.rejects(gallery.search(file, 3), { code: 'EOPTION' });
  assert.throws(() => gallery.rows, { code: 'EOPTION' });
});

/** Writes nonsense into everything that can be written to. */
function spoil(value: unknown): void {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    (value as Uint32Array).fill(1);
  } else if (Array.isArray(value)) {
    for (const entry of value) spoil(entry);
    value.length = 0;
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      spoil(entry);
      (value as Record<string, unknown>)[key] = undefined;
    }
  }
}

test('writing to what was given right after the call changes nothing', async () => {
  const output = join(folder, 'out.csv');
  const subset = () => Uint32Array.from({ length: 30 }, (_, i) => i + 5);
  const scores = () => Float64Array.from({ length: 30 }, (_, i) => Math.sin(i));
  const same = () => Uint8Array.from({ length: 30 }, (_, i) => i % 2);
  const texts = () => Array.from({ length: 30 }, (_, i) => `pair ${i}`);
  // One identity on both sides of a genuine pair, and two of an impostor pair.
  const people = () => ({
    first: pairs().index1,
    second: Uint32Array.from(same(), (one, i) => (one === 1 ? i : i + 100)),
  });
  await writeSubmission(join(folder, 'right.csv'), { ids: texts(), distances: scores() });
  const right = join(folder, 'right.csv');
  type Prepared = { call: () => Promise<unknown>; given: unknown[] };
  const on = <T extends unknown[]>(
    call: (...given: T) => Promise<unknown>,
    ...given: T
  ): Prepared => ({
    call: () => call(...given),
    given,
  });
  const calls: Record<string, () => Prepared> = {
    'writeSubmission, texts': () =>
      on(
        async (submission, options) => {
          await writeSubmission(output, submission, options);
          return readFileSync(output, 'utf8');
        },
        { ids: texts(), distances: scores() },
        { force: true, columns: { id: 'name' } },
      ),
    'writeSubmission, numbers': () =>
      on(
        async (submission) => {
          await writeSubmission(output, submission, { force: true });
          return readFileSync(output, 'utf8');
        },
        { ids: pairs().index1, distances: scores() },
      ),
    checkSubmission: () => on((options) => checkSubmission(right, options), { ids: texts() }),
    validateSubmission: () => on((wanted) => validateSubmission(right, wanted), { ids: texts() }),
    identify: () =>
      on(async (request) => (await identify(request)).identification, {
        gallery: matrix(),
        galleryLabels: named(),
        probes: matrix(),
        probeLabels: numbered(),
        ranks: [1, 2],
        fpirs: [0.1],
        excludeSelf: true,
      }),
    fit: () =>
      on(async (request) => (await fit(request)).model.toBytes(), {
        embeddings: matrix(),
        labels: named(),
        subset: subset(),
        pipeline: 'center(given), plda',
        center: [1, 2, 3, 4, 5, 6],
      }),
    covariance: () =>
      on(async (request) => (await covariance(request)).matrix, {
        embeddings: matrix(),
        labels: named(),
        subset: subset(),
        of: 'within' as const,
      }),
    audit: () => on(audit, { embeddings: matrix(), labels: named() }),
    evaluate: () =>
      on(evaluate, scores(), same(), {
        ids: texts(),
        pairs: pairs(),
        people: people(),
        folds: Uint32Array.from({ length: 30 }, (_, i) => i % 3),
        groups: { of: Uint32Array.from({ length: 30 }, (_, i) => i % 2), names: ['a', 'b'] },
        atFar: [0.1, 0.5],
        subject: { metric: 'mine' },
      }),
    allPairs: () =>
      on(allPairs, { embeddings: matrix(), labels: named() }, { atFar: [0.1], ignoreClass: 'a' }),
    scorePairs: () => on(scorePairs, matrix(), pairs(), { center: [1, 2, 3, 4, 5, 6] }),
    enrol: () =>
      on(async (source, templates) => (await model.enrol(source, templates)).sizes, matrix(), [
        [0, 8],
        [1],
      ]),
  };
  for (const [name, prepare] of Object.entries(calls)) {
    const expected = await prepare().call();
    const { call, given } = prepare();
    const busy = [1, 2].map(() => scorePairs(matrix(), pairs()));
    const running = call();
    spoil(given);
    assert.deepEqual(withoutTimes(await running), withoutTimes(expected), name);
    await Promise.all(busy);
  }
});
