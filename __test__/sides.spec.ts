/** Two matrices, and templates of several rows: the bits of one matrix, and slow twins. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  evaluateEmbeddings,
  fit,
  HackfaceError,
  type MatrixData,
  metrics,
  type NormOptions,
  openEmbeddingsSync,
  score,
  scorePairs,
  scorePairsSync,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { crowd } from './support/people.js';
import { randomNumbers } from './support/random.js';

const folder = temporaryFolder();
const { rows, labels, matrix } = crowd({ people: 12, each: 6, dim: 5, seed: 8 });
const FIRST = 41;
const matrixOf = (some: readonly (readonly number[])[]): MatrixData => ({
  data: Float32Array.from(some.flat()),
  rows: some.length,
  dim: 5,
});
const [first, second] = [rows.slice(0, FIRST), rows.slice(FIRST)];
const random = randomNumbers(5);
const below = (n: number) => Math.floor(random() * n);
const pairs = {
  index1: Uint32Array.from({ length: 90 }, () => below(FIRST)),
  index2: Uint32Array.from({ length: 90 }, () => below(rows.length - FIRST)),
};
const whole = { ...pairs, index2: pairs.index2.map((row) => row + FIRST) };
const learn = async (pipeline: string) =>
  (await fit({ embeddings: matrix, labels, pipeline })).model;
const plda = await learn('plda');

const refused = (code: string, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HackfaceError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, says);
  return true;
};

/** Files of the two matrices, and the open first. */
const a = put(folder, 'a.npy', float32Npy(first));
const b = put(folder, 'b.npy', float32Npy(second));

test('two matrices give the bits of one, by every metric', async () => {
  const against = matrixOf(second);
  for (const { name, parameters } of metrics()) {
    const metric = parameters.length === 0 ? name : `${name}(${parameters[0]?.name}=2)`;
    for (const options of [{}, { center: 'mean' as const, normalize: 'l2' as const }]) {
      const asked = { metric, ...options, onUndefined: 'max' as const };
      const [one, two] = await Promise.allSettled([
        scorePairs(matrix, whole, asked),
        scorePairs(matrixOf(first), pairs, { ...asked, against }),
      ]);
      assert.equal(two.status, one.status, metric);
      if (one.status === 'fulfilled') {
        assert.deepEqual((two as typeof one).value, one.value, metric);
      }
    }
  }
  const list = { metric: 'minmax(euclidean) + cosine' };
  const one = await scorePairs(matrix, whole, list);
  assert.deepEqual(await scorePairs(a, pairs, { ...list, against: b }), one);
  assert.deepEqual(await scorePairs(a, pairs, { ...list, against: b, io: 'read' }), one);
  assert.deepEqual(scorePairsSync(a, pairs, { ...list, against: b, threads: 1 }), one);
});

test('and by models, normalised and re-ranked', async () => {
  using open = openEmbeddingsSync(b);
  const norms: NormOptions[] = [
    {},
    { norm: 's-norm', cohort: 'self' },
    { norm: 'as-norm', cohort: matrixOf(rows.slice(0, 30)), cohortTop: 7 },
  ];
  for (const model of [plda, await learn('center, lda(3), cosine')]) {
    for (const norm of norms) {
      const one = await model.scorePairs(matrix, whole, norm);
      assert.deepEqual(await model.scorePairs(a, pairs, { ...norm, against: open }), one);
    }
  }
  const rerank = { rerank: { k1: 6, k2: 3 } };
  assert.deepEqual(
    await scorePairs(a, pairs, { ...rerank, against: b }),
    await scorePairs(matrix, whole, rerank),
  );
  assert.deepEqual(
    plda.scorePairsSync(a, pairs, { against: b }),
    plda.scorePairsSync(matrix, whole),
  );
  const own = { norm: 's-norm', cohort: b } as const;
  await assert.rejects(scorePairs(a, pairs, { ...own, against: b }), refused('EOPTION', /cohort/));
});

const templates = [[3], [0, 1, 7], Uint32Array.of(5, 9), [8, 8, 40, 2]];
const enrolled = {
  index1: Uint32Array.from({ length: 40 }, (_, i) => i % templates.length),
  index2: Uint32Array.from({ length: 40 }, () => below(second.length)),
};
const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** A distance for each row of the template of each pair. */
const each = async (distance: typeof scorePairs) =>
  Promise.all(
    Array.from(enrolled.index1, async (template, pair) => {
      const index1 = Uint32Array.from(templates[template] ?? []);
      const index2 = new Uint32Array(index1.length).fill(enrolled.index2[pair] as number);
      return [...(await distance(a, { index1, index2 }, { against: b }))];
    }),
  );

test('templates are means of rows, means of distances, the smallest, or ratios', async () => {
  const ask = { against: b, templates };
  const means = matrixOf(
    templates.map((of) =>
      Array.from({ length: 5 }, (_, j) =>
        meanOf(Array.from(of, (row) => first[row]?.[j] as number)),
      ),
    ),
  );
  const cosine = await scorePairs(a, enrolled, ask);
  const near = (found: Float64Array, right: Iterable<number>, tolerance: number) => {
    for (const [i, value] of [...right].entries()) {
      assert.ok(Math.abs((found[i] as number) - value) <= tolerance, `${i}: ${found[i]}, ${value}`);
    }
  };
  // The means in single precision are another rounding of the same.
  near(cosine, await scorePairs(means, enrolled, { against: b }), 1e-6);
  const models = [(...args: Parameters<typeof scorePairs>) => plda.scorePairs(...args), scorePairs];
  for (const distance of models) {
    const all = await each(distance);
    near(await distance(a, enrolled, { ...ask, fuse: 'mean' }), all.map(meanOf), 1e-12);
    const least = all.map((one) => Math.min(...one));
    assert.deepEqual([...(await distance(a, enrolled, { ...ask, fuse: 'min' }))], least);
  }
  const people = await plda.enrol(a, templates);
  const ratios = await people.scorePairs(b, { template: enrolled.index1, row: enrolled.index2 });
  assert.deepEqual(await plda.scorePairs(a, enrolled, ask), ratios);
  const normed = { ...ask, norm: 's-norm', cohort: 'self' } as const;
  await assert.rejects(plda.scorePairs(a, enrolled, normed), refused('EOPTION', /normalisation/));
  await plda.scorePairs(a, enrolled, { ...normed, fuse: 'template' });
  const bad = [
    [{ ...ask, fuse: 'plda' as const }, 'EOPTION', /another measure/],
    [{ fuse: 'mean' as const }, 'EOPTION', /without templates/],
    [{ ...ask, templates: [[1]] }, 'EINDEX', /template 1 in pair 1/],
    [{ ...ask, templates: templates.with(2, []) }, 'EEMPTY', /template 2/],
    [{ ...ask, templates: templates.with(2, [41]) }, 'EINDEX', /row 41/],
  ] as const;
  for (const [options, code, says] of bad) {
    await assert.rejects(scorePairs(a, enrolled, options), refused(code, says));
  }
  const beyond = { index1: Uint32Array.of(FIRST), index2: Uint32Array.of(0) };
  await assert.rejects(
    scorePairs(a, beyond, { against: b }),
    refused('EINDEX', /row 41 in pair 0/),
  );
});

test('files name the rows of both matrices, and templates', async () => {
  const lines = (list: readonly string[]) => `${list.join('\n')}\n`;
  const names = put(folder, 'a.txt', lines(first.map((_, row) => `e${row}`)));
  const againstNames = put(folder, 'b.txt', lines(second.map((_, row) => `t${row}`)));
  const told = (of: (first: number) => string, { index1, index2 }: typeof pairs) =>
    lines(Array.from(index1, (one, i) => `${of(one)} t${index2[i]} ${i % 2}`));
  const output = `${folder}/out.csv`;
  const files = { embeddings: a, against: b, names, againstNames, output };
  const written = async (request: Omit<Parameters<typeof score>[0], keyof typeof files>) => {
    await score({ ...files, ...request, submission: { force: true } });
    const [, ...scored] = readFileSync(output, 'utf8').trimEnd().split('\n');
    return scored.map((line) => Number(line.split(',')[0]));
  };
  const trials = put(
    folder,
    'trials',
    told((row) => `e${row}`, pairs),
  );
  assert.deepEqual(await written({ pairs: trials }), [...(await scorePairs(matrix, whole))]);

  const enrol = put(
    folder,
    'spk2utt',
    lines(templates.map((of, i) => [`p${i}`, ...Array.from(of, (row) => `e${row}`)].join(' '))),
  );
  const asked = put(
    folder,
    'asked',
    told((template) => `p${template}`, enrolled),
  );
  const right = await scorePairs(a, enrolled, { against: b, templates, fuse: 'mean' });
  assert.deepEqual(await written({ pairs: asked, enrol, fuse: 'mean' }), [...right]);
  const csv = templates.flatMap((of, i) => Array.from(of, (row) => `p${i},e${row}`));
  const table = put(folder, 'enrol.csv', lines(['template,name', ...csv]));
  assert.deepEqual(await written({ pairs: asked, enrol: table, fuse: 'mean' }), [...right]);

  const { output: _, ...given } = files;
  const { evaluations } = await evaluateEmbeddings({ ...given, pairs: asked, enrol, fuse: 'mean' });
  const [worst] = evaluations[0]?.worst.falseAccepts ?? [];
  assert.match(`${worst?.name1} ${worst?.name2}`, /^p\d t\d+$/);

  const unknown = put(folder, 'unknown', 'p0 t0\np9 t1\n');
  await assert.rejects(written({ pairs: unknown, enrol }), refused('ECSVVALUE', /unknown.*2.*p9/s));
  const other = put(folder, 'other', 'e0 t0\ne1 t77\n');
  await assert.rejects(written({ pairs: other }), refused('ECSVVALUE', /t77.*nearest/s));
  await assert.rejects(written({ pairs: asked, fuse: 'mean' }), refused('EOPTION', /enrol/));
});
