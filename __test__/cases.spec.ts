/** Cases from reports of users, each with its siblings: a wrong number, a hidden failure or a bug of ours once. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';
import {
  allPairs,
  audit,
  auroc,
  covariance,
  evaluate,
  fit,
  Gallery,
  HackfaceError,
  identify,
  inspectEmbeddings,
  type MetricOptions,
  scorePairs,
  scorePairsSync,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { dictionary, npyFile } from './support/npy.js';
import { normals, randomNumbers } from './support/random.js';

const folder = temporaryFolder();

/** A file of doubles. */
function file(
  name: string,
  rows: readonly (readonly number[])[],
  dim = rows[0]?.length ?? 2,
): string {
  const data = Buffer.from(Float64Array.from(rows.flat()).buffer);
  return put(
    folder,
    name,
    npyFile({ header: dictionary('<f8', `(${rows.length}, ${dim})`), data }),
  );
}

/** Rows such as `1 2; 3 4`. */
const parsed = (text: string) => text.split('; ').map((row) => row.split(' ').map(Number));

let files = 0;
/** Rows in double precision, as a file. */
const doubles = (rows: readonly (readonly number[])[]) => {
  files += 1;
  return file(`${files}.npy`, rows);
};
const singles = (rows: readonly (readonly number[])[]) => ({
  data: Float32Array.from(rows.flat()),
  rows: rows.length,
  dim: rows[0]?.length ?? 2,
});
const scaled = (rows: readonly (readonly number[])[], by: number) =>
  rows.map((row) => row.map((value) => value * by));

/** A file of labels, so many rows of each class. */
const labelsOf = (...each: readonly (readonly [name: string, rows: number])[]) =>
  put(folder, 'labels.csv', `class\n${each.map(([name, n]) => `${name}\n`.repeat(n)).join('')}`);

const pairOf = (first: number, second: number) => ({
  index1: Uint32Array.of(first),
  index2: Uint32Array.of(second),
});

async function distance(
  rows: Parameters<typeof scorePairs>[0],
  options: MetricOptions & { metric: string },
  pair = pairOf(0, 1),
): Promise<number> {
  return (await scorePairs(rows, pair, options))[0] as number;
}

/** The code of a refusal; never a bug of ours. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error === undefined || error instanceof HackfaceError, String(error));
  assert.notEqual(error?.code, 'EINTERNAL', error?.message);
  return error?.code ?? 'done';
}

const near = (found: number, right: number, tolerance = 1e-12) =>
  assert.ok(
    Math.abs(found - right) <= tolerance * Math.max(1, Math.abs(right)),
    `${found}, not ${right}`,
  );

test('rows that are alike at 1 are found at 1', async () => {
  const repeated = async (rows: Parameters<typeof audit>[0]['embeddings'], at = 1) =>
    (await audit({ embeddings: rows, near: at })).repeated.total;
  const rows = parsed('3 4; 6 8; 1 0');
  assert.equal(await repeated(singles(rows)), 1);
  assert.equal(await repeated(doubles(rows)), 1);
  assert.equal(await repeated(doubles(parsed('3 4; 3e-9 4e-9; 3e9 4e9'))), 3);
  assert.equal(await repeated(singles(parsed('3 4; -3 -4; 4 -3'))), 0);
  const labels = labelsOf(['a', 1], ['b', 2]);
  const { conflicting } = await audit({ embeddings: singles(rows), labels, near: 1 });
  assert.equal(conflicting.total, 1);
});

test('covariances of tiny and of huge rows are right or refused', async () => {
  const rows = parsed('1 2; 3 1; -2 5; 4 -1');
  assert.equal(
    await codeOf(covariance({ embeddings: doubles(scaled(rows, 1e-158)) })),
    'ENOTFINITE',
  );
  const square = doubles(parsed('1 -1; -1 1; 1 1; -1 -1'));
  assert.equal((await covariance({ embeddings: square, ridge: 1e308 })).rank, 2);
  const random = normals(randomNumbers(31));
  const people = Array.from({ length: 60 }, () => Array.from({ length: 4 }, random));
  const labels = Uint32Array.from(people, (_, row) => Math.floor(row / 4));
  for (const scale of [1e-160, 1e-290, 1e160, 1e290]) {
    const embeddings = doubles(scaled(people, scale));
    assert.equal(await codeOf(fit({ embeddings, labels, pipeline: 'wccn' })), 'done', `${scale}`);
  }
  const correlated = { embeddings: doubles(scaled(rows, 1e-158)), correlation: true };
  near((await covariance(correlated)).matrix[0] as number, 1);
  assert.equal(
    await codeOf(covariance({ embeddings: doubles(scaled(rows, 1e308)) })),
    'ENOTFINITE',
  );
});

test('a matrix without rows is told as such, by every job', async () => {
  const [none, some] = [file('none.npy', [], 2), file('some.npy', parsed('1 0; 0 1'))];
  const output = join(folder, 'none.csv');
  const jobs = [
    () => identify({ gallery: some, probes: none, output }),
    () => identify({ gallery: none, probes: some, output }),
    () => covariance({ embeddings: none }),
    () => allPairs({ embeddings: none, labels: new Uint32Array() }),
    () => fit({ embeddings: none, pipeline: 'center' }),
  ];
  for (const job of jobs) assert.equal(await codeOf(job()), 'EEMPTY');
  assert.ok(!existsSync(output));
});

test('means of classes that do not differ are told as such, by every model of them', async () => {
  const halves = parsed('1 2; 3 -1; 2 2; 1 -3');
  const embeddings = doubles(halves.flatMap((row) => [row, row.map((value) => -value)]));
  const labels = labelsOf(['a', 2], ['b', 2], ['c', 2], ['d', 2]);
  for (const pipeline of ['htplda', 'joint-bayesian', 'plda', 'ln-plda', 'path']) {
    const code = await codeOf(fit({ embeddings, labels, pipeline }));
    assert.match(code, /^(EONECLASS|ESINGULAR)$/, pipeline);
  }
});

test('arrays, options and promises of another realm are as good as ours', async () => {
  const foreign = <T>(text: string) => vm.runInNewContext(text) as T;
  const scores = foreign<Float64Array>('Float64Array.of(1, 2)');
  const truth = foreign<Uint8Array>('Uint8Array.of(1, 0)');
  assert.equal(await auroc(scores, truth, foreign('({ orientation: "distance" })')), 1);
  const matrix = { data: foreign<Float32Array>('Float32Array.of(1, 0, 0, 1)'), rows: 2, dim: 2 };
  const pairs = foreign<ReturnType<typeof pairOf>>(
    '({ index1: Uint32Array.of(0), index2: Uint32Array.of(1) })',
  );
  assert.equal(scorePairsSync(matrix, pairs, { metric: 'euclidean' })[0], Math.SQRT2);
  const onProgress = foreign<() => void>('(async () => { throw 1 })');
  await assert.rejects(
    scorePairs(matrix, pairs, { metric: 'cosine', onProgress }),
    (error) => error === 1,
  );
  const labels = foreign<Uint32Array>('Uint32Array.of(0, 0)');
  assert.equal(await codeOf(fit({ embeddings: matrix, labels, pipeline: 'center' })), 'done');
});

/** People apart by their means, in their last column what is to be tried. */
function people(dim: number, change: (row: number[]) => number[], seed: number) {
  const random = normals(randomNumbers(seed));
  const means = Array.from({ length: 40 }, () => Array.from({ length: dim }, random));
  const rows = means.flatMap((mean) =>
    Array.from({ length: 4 }, () => change(mean.map((value) => value + 0.4 * random()))),
  );
  return { embeddings: singles(rows), labels: Uint32Array.from(rows, (_, i) => Math.floor(i / 4)) };
}

test('directions without variance leave a model as good as without them', async () => {
  const changes: Record<string, (row: number[]) => number[]> = {
    'a dead unit': (row) => row.map((value, at) => (at === 3 ? 0 : value)),
    'a repeated column': (row) => row.map((value, at) => (at === 3 ? (row[4] as number) : value)),
    'a constant column': (row) => row.map((value, at) => (at === 3 ? 7 : value)),
    'four columns too many': (row) => [...row, ...row.slice(0, 4)],
  };
  const areaOf = async (pipeline: string, change: (row: number[]) => number[]) => {
    const { model } = await fit({ ...people(12, change, 5), pipeline });
    const { auroc } = await allPairs(people(12, change, 6), { model, atFar: [0.1] });
    return auroc.value as number;
  };
  for (const pipeline of ['joint-bayesian', 'plda', 'htplda']) {
    const right = await areaOf(pipeline, (row) => row);
    for (const [name, change] of Object.entries(changes)) {
      const found = await areaOf(pipeline, change);
      assert.ok(found > right - 0.02, `${name}, ${pipeline}: ${found}, not ${right}`);
    }
  }
});

test('shrinkage does not depend on the unit of the rows', async () => {
  const rows = parsed('1 2; 3 1; -2 1; 0 -1; 2 0');
  const labels = Uint32Array.of(0, 0, 1, 1, 1);
  for (const shrinkage of ['ledoit-wolf', 'oas'] as const) {
    for (const of of ['total', 'within'] as const) {
      const found = async (embeddings: ReturnType<typeof doubles> | ReturnType<typeof singles>) =>
        (await covariance({ embeddings, labels, of, shrinkage })).shrinkage as number;
      const right = await found(doubles(rows));
      for (const scale of [1e76, 1e77, 1e-80, 1e-82, 1e140, 1e-140]) {
        near(await found(doubles(scaled(rows, scale))), right, 1e-9);
      }
      near(await found(singles(scaled(rows, 1e-18))), right, 1e-5);
    }
  }
  const total = { embeddings: doubles(scaled(rows, 1e77)), shrinkage: 'ledoit-wolf' as const };
  assert.equal((await covariance(total)).shrinkage, 1);
});

test('a covariance that has no inverse is refused, whatever rounding leaves', async () => {
  const metric = 'mahalanobis';
  const cases: Record<string, number[][]> = {
    'three rows in three columns': parsed('7 2 5; 8 1 4; 0 7 3'),
    'one-hot rows': Array.from({ length: 12 }, (_, i) => [0, 1, 2].map((k) => Number(i % 3 === k))),
    'proportional columns': Array.from({ length: 9 }, (_, i) => [i, 0.1 * i, (i * i) % 7]),
    'a sum of two columns': Array.from({ length: 9 }, (_, i) => [
      i,
      (i * i) % 7,
      i + ((i * i) % 7),
    ]),
  };
  for (const [name, rows] of Object.entries(cases)) {
    assert.equal(await codeOf(distance(doubles(rows), { metric })), 'ESINGULAR', name);
    const reference = doubles(rows);
    const few = doubles(parsed('0 0 0; 1 0 0'));
    assert.equal(await codeOf(distance(few, { metric, reference })), 'ESINGULAR', name);
    const { rank } = await covariance({ embeddings: reference });
    assert.ok(rank < 3, name);
  }
});

test('variances beyond double precision are refused, and within it change no distance', async () => {
  const rows = parsed('1; -0.2; -1.1');
  const of = (metric: string, scale: number) => distance(doubles(scaled(rows, scale)), { metric });
  for (const metric of ['seuclidean', 'mahalanobis']) {
    const right = await of(metric, 1);
    for (const scale of [1e100, 1e-100, 1e130, 1e-130]) near(await of(metric, scale), right, 1e-9);
  }
  near(await of('mahalanobis', 1e154), 1.138989594902999, 1e-9);
  assert.equal(await codeOf(of('seuclidean', 1e154)), 'ENOTFINITE');
  assert.equal(await codeOf(of('seuclidean', 1e-170)), 'ENOTFINITE');
});

test('templates keep double precision', async () => {
  const output = join(folder, 'hits.jsonl');
  const nearest = async (rows: number[][], probe: number[], galleryLabels: string) => {
    const sets = { gallery: doubles(rows), galleryLabels, probes: doubles([probe]) };
    const how = { metric: 'euclidean', fuse: 'template', format: 'jsonl', force: true } as const;
    await identify({ ...sets, ...how, output });
    return JSON.parse(readFileSync(output, 'utf8').split('\n')[0] as string).hits[0];
  };
  const two = labelsOf(['a', 2], ['b', 2]);
  const far = (...last: number[]) => last.map((value) => [1e8 + value, 0]);
  assert.deepEqual(await nearest(far(1, 2, 5, 6), [1e8 + 1.5, 0], two), {
    distance: 0,
    class: 'a',
  });
  assert.equal((await nearest(far(3, 3, 1, 1), [1e8 + 1.9, 0], two)).class, 'b');
  const whole = parsed('20000001; 20000003; 20000009; 20000009');
  assert.equal((await nearest(whole, [20000002], two)).distance, 0);
  const huge = parsed('1e40 0; 2e40 0; 3e40 0; 3e40 0');
  near((await nearest(huge, [1.4e40, 0], two)).distance, 1e39, 1e-9);
  const one = labelsOf(['a', 1], ['b', 1]);
  assert.equal((await nearest(parsed('0.1 0.2; 0.3 0.1'), [0.1, 0.2], one)).distance, 0);
});

test('a tiny row is no row of zeros', async () => {
  const tiny = parsed('1e-200 2e-200; 2e-200 1e-200');
  near(await distance(doubles(tiny), { metric: 'cosine' }), 0.2);
  near(await distance(doubles(tiny), { metric: 'cosine', normalize: 'l2' }), 0.2);
  near(await distance(doubles(tiny), { metric: 'euclidean', normalize: 'l2' }), Math.sqrt(0.4));
  const { zeroRows } = await inspectEmbeddings(file('tiny.npy', tiny));
  assert.equal(zeroRows, 0);
  using gallery = await Gallery.open(doubles(tiny), { metric: 'cosine' });
  const { distances } = await gallery.search(doubles(parsed('1e-200 2e-200')), 2);
  near(distances[0] as number, 0);
  near(distances[1] as number, 0.2);
  assert.equal(
    await codeOf(distance(doubles(parsed('0 0; 1 1')), { metric: 'cosine' })),
    'EUNDEFINED',
  );
});

test('what single precision cannot hold is refused with its row, and doubles hold it', async () => {
  const { model } = await fit({
    embeddings: doubles(parsed('1 0; 0 1; 3 2')),
    pipeline: 'center, euclidean',
  });
  const map = (rows: number[][], dtype: 'float32' | 'float64') => {
    const embeddings = doubles(rows);
    const output = `${embeddings}.mapped`;
    const done = codeOf(model.transform(embeddings, output, { dtype }));
    return done.then((code) => [code, existsSync(output)]);
  };
  assert.deepEqual(await map(parsed('1e39 1; 2 3'), 'float32'), ['ENOTFINITE', false]);
  assert.deepEqual(await map(parsed('1 1; 2 -1e300'), 'float32'), ['ENOTFINITE', false]);
  assert.deepEqual(await map(parsed('1e39 1; 2 -1e300'), 'float64'), ['done', true]);
  assert.deepEqual(await map(parsed('1e30 1; 2 3'), 'float32'), ['done', true]);
});

test('no text of a file acts on a terminal: see cli/escapes.spec.ts; an error of the library neither', async () => {
  const evil = '\u001b[2Jowned\nforged: line';
  const scores = Float64Array.of(1, 2, 3);
  const groups = { of: Uint32Array.of(0, 0, 9), names: [evil] };
  const wrong = [
    () => evaluate(scores, Uint8Array.of(0, 1, 1), { orientation: 'distance', groups }),
    () => scorePairs(doubles(parsed('1; 2')), pairOf(0, 1), { metric: evil }),
    () => fit({ embeddings: doubles(parsed('1; 2')), pipeline: evil }),
    () => inspectEmbeddings(join(folder, evil)),
  ];
  for (const work of wrong) {
    const error = await work().then(
      () => undefined,
      (error: HackfaceError) => error,
    );
    assert.ok(error);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    assert.doesNotMatch(error.message, /[\x00-\x1f]/);
  }
});
