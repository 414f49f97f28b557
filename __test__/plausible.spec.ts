// Inputs that fit and yet do not belong together: each is warned of, with the option and the cure.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  allPairs,
  evaluate,
  evaluateEmbeddings,
  fit,
  grade,
  type HackfaceError,
  identify,
  score,
  synth,
} from 'hackface-native';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { crowd } from './support/people.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const ROWS = 200;

before(async () => {
  await synth({ directory: folder, test: ROWS, pairs: 800, train: 400, dim: 16 });
});

const lines = (name: string) => readFileSync(at(name), 'utf8').trimEnd().split('\n');

/** The pairs file with each row number changed. */
function renumbered(name: string, change: (row: number) => number): string {
  const [header, ...rest] = lines('test_pairs.csv');
  const moved = rest.map((line) => {
    const [one, two, ...more] = line.split(',');
    return [change(Number(one)), change(Number(two)), ...more].join(',');
  });
  return put(folder, name, `${[header, ...moved].join('\n')}\n`);
}

const codes = (found: { warnings: { code: string }[] }) => found.warnings.map(({ code }) => code);
const judged = (pairs: string, embeddings = at('test_set.npy')) =>
  evaluateEmbeddings({ embeddings, pairs, truth: at('solution.csv') }).then(
    ({ evaluations: [only] }) => only as NonNullable<typeof only>,
  );

test('right inputs are not warned about', async () => {
  assert.ok(lines('test_pairs.csv').some((line) => /^0,|^\d+,0,/.test(line)));
  const doubts = ['rows-from-one', 'other-matrix', 'near-chance', 'sign-flipped'];
  const found = await judged(at('test_pairs.csv'));
  for (const code of doubts) assert.ok(!codes(found).includes(code), code);
  const output = at('right.csv');
  const request = { embeddings: at('test_set.npy'), pairs: at('test_pairs.csv'), output };
  assert.deepEqual((await score(request)).warnings, []);
});

test('row numbers counted from 1 are told, where row 0 alone is left out', async () => {
  // The last row is in no pair, so that the row numbers fit.
  const kept = lines('test_pairs.csv').filter(
    (line) =>
      !line
        .split(',')
        .slice(0, 2)
        .includes(String(ROWS - 1)),
  );
  const fitting = put(folder, 'fitting.csv', `${kept.join('\n')}\n`);
  const moved = kept.map((line, at) => {
    if (at === 0) return line;
    const [one, two, ...more] = line.split(',');
    return [Number(one) + 1, Number(two) + 1, ...more].join(',');
  });
  const fromOne = put(folder, 'from-one.csv', `${moved.join('\n')}\n`);
  const scored = (pairs: string, ...more: string[]) =>
    hackface(['score', '-e', at('test_set.npy'), '-p', pairs, '-o', at('s.csv'), '-f', ...more]);
  assert.doesNotMatch((await scored(fitting)).stderr, /warning/);
  for (const more of [[], ['-q']]) {
    const { code, stderr } = await scored(fromOne, ...more);
    assert.equal(code, 0);
    assert.match(stderr, /warning: row 0 is in no pair.*--pairs counts rows from 1, subtract 1/);
  }
});

test('pairs of another matrix are told by the rows that none names', async () => {
  const found = await judged(at('test_pairs.csv'), at('train_set.npy'));
  assert.ok(codes(found).includes('near-chance'), codes(found).join());
  const small = renumbered('small.csv', (row) => row % 90);
  const pairs = ['-p', small, '--truth', at('solution.csv')];
  const run = await hackface(['evaluate', '-e', at('test_set.npy'), ...pairs, '-q']);
  assert.match(run.stderr, /warning: the pairs name rows 0 to 89 of a matrix of 200.*--embeddings/);
});

test('AUROC of chance asks for the pairs and the matrix, and of one below for the sign', async () => {
  const shuffled = renumbered('shuffled.csv', (row) => (row * 7 + 3) % ROWS);
  const run = await hackface([
    ...['evaluate', '-e', at('test_set.npy'), '-p', shuffled],
    ...['--truth', at('solution.csv'), '-q'],
  ]);
  assert.match(run.stderr, /AUROC 0\.\d+ is what chance gives.*--pairs count.*--embeddings/);
  const same = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
  const similar = Float64Array.from(same, (s, i) => s + (i % 7) / 4);
  const found = await evaluate(similar, same);
  const [flipped] = found.warnings.filter(({ code }) => code === 'sign-flipped');
  assert.match(String(flipped?.text), /option orientation/);
  assert.ok(
    !codes(await evaluate(similar, same, { orientation: 'similarity' })).includes('sign-flipped'),
  );
  // Too few pairs say nothing.
  const few = await evaluate(Float64Array.of(1, 2, 1, 2), Uint8Array.of(0, 0, 1, 1));
  assert.deepEqual(
    codes(few).filter((code) => code === 'near-chance'),
    [],
  );
});

test('all pairs by labels of another order, and a submission of similarities, are told', async () => {
  const { rows, labels, matrix } = crowd({ people: 20, each: 6, dim: 8, seed: 9 });
  const wrong = labels.map((_, row) => labels[(row * 7 + 3) % rows.length] as number);
  const found = await allPairs({ embeddings: matrix, labels: wrong }, { metric: 'euclidean' });
  assert.ok(codes(found).includes('near-chance'), codes(found).join());
  const right = await allPairs({ embeddings: matrix, labels }, { metric: 'euclidean' });
  assert.ok(!codes(right).includes('near-chance'));
  const { warnings } = await fit({ embeddings: matrix, labels: wrong, holdout: 0.5 });
  assert.deepEqual(codes({ warnings }), ['labels-near-chance']);
  await score({ embeddings: at('test_set.npy'), pairs: at('test_pairs.csv'), output: at('d.csv') });
  const [header, ...rest] = lines('d.csv');
  const turned = rest.map((line) => line.replace(/^/, '-'));
  const submission = put(folder, 'similar.csv', `${[header, ...turned].join('\n')}\n`);
  const grades = await grade({ truth: at('solution.csv'), submissions: [submission, at('d.csv')] });
  const flipped = grades.warnings.filter(({ code }) => code === 'sign-flipped');
  assert.equal(flipped.length, 1);
  assert.match(String(flipped[0]?.text), /similar\.csv has AUROC 0\.[0-4]/);
});

test('searches that find mates as rows at random do are told', async () => {
  const { rows, labels, matrix } = crowd({ people: 20, each: 6, dim: 8, seed: 9 });
  const wrong = labels.map((_, row) => labels[(row * 7 + 3) % rows.length] as number);
  for (const fuse of ['none', 'min'] as const) {
    const request = { gallery: matrix, metric: 'euclidean', fuse };
    const [told, right] = await Promise.all(
      [wrong, labels].map((galleryLabels) => identify({ ...request, galleryLabels })),
    );
    const of = (found: typeof told) => codes(found?.identification ?? { warnings: [] });
    assert.ok(of(told).includes('near-chance'), of(told).join());
    assert.ok(!of(right).includes('near-chance'));
  }
});

test('probes that are the rows of the gallery are told to find themselves', async () => {
  const [matrix, labels] = [at('train_set.npy'), at('train_labels.csv')];
  const rows = { gallery: matrix, galleryLabels: labels };
  const both = { ...rows, probes: join(folder, '.', 'train_set.npy'), probeLabels: labels };
  const found = async (request: Parameters<typeof identify>[0]) =>
    (await identify(request)).identification ?? { warnings: [] };
  const told = await found(both);
  assert.equal(codes(told)[0], 'own-rows');
  assert.match(told.warnings[0]?.text ?? '', /finds itself first. Leave out option probes/);
  const flags = [
    '-g',
    matrix,
    '--gallery-labels',
    labels,
    '--probes',
    matrix,
    '--probe-labels',
    labels,
    '-q',
  ];
  const { stderr } = await hackface(['identify', ...flags]);
  assert.match(stderr, /^warning: the probes are the rows of the gallery.*Leave out --probes/);
  // Who says so has decided.
  for (const excludeSelf of [true, false]) {
    assert.ok(!codes(await found({ ...both, excludeSelf })).includes('own-rows'));
  }
  assert.ok(!codes(await found(rows)).includes('own-rows'));
});

test('columns that mean something and are ignored are told, unless another file has them', async () => {
  const truth = lines('solution.csv')
    .slice(1)
    .map((line) => line.split(','));
  const [header, ...rest] = lines('test_pairs.csv');
  const more = rest.map((line, i) => `${line},${truth[i]?.[1]},${i % 5},c${i % 2}`);
  const pairs = put(folder, 'more.csv', `${header},same,fold,cam_id\n${more.join('\n')}\n`);
  const judge = (...args: string[]) =>
    hackface(['evaluate', '-e', at('test_set.npy'), '-p', pairs, '-q', ...args]);
  const { stderr } = await judge('--truth', at('solution.csv'));
  assert.match(stderr, /warning: the column fold of .*more\.csv is ignored: .*--folds/);
  assert.match(stderr, /warning: the column cam_id of .*more\.csv is ignored: rows of one camera/);
  assert.doesNotMatch(stderr, /column same/);
  const both = await judge('--truth', pairs, '--folds', pairs);
  assert.equal(both.code, 0, both.stderr);
  assert.doesNotMatch(both.stderr, /column (same|fold)/);
  const { rows, labels } = crowd({ people: 20, each: 6, dim: 8, seed: 9 });
  const matrix = put(folder, 'crowd.npy', float32Npy(rows));
  const text = [...labels].map((label, row) => `p${label},${row % 3}\n`).join('');
  const cameras = put(folder, 'cameras.csv', `class,camera\n${text}`);
  const found = await identify({ gallery: matrix, galleryLabels: cameras, metric: 'euclidean' });
  assert.ok(codes(found.identification ?? { warnings: [] }).includes('ignored-column'));
  const learned = await fit({ embeddings: matrix, labels: cameras, holdout: 0.5 });
  assert.deepEqual(codes(learned), ['ignored-column']);
});

test('a center that is the mean of the rows scored is told to be transductive', async () => {
  const files = [
    '-e',
    at('test_set.npy'),
    '-p',
    at('test_pairs.csv'),
    '-o',
    at('c.csv'),
    '-f',
    '-q',
  ];
  for (const center of ['mean', at('test_set.npy'), join(folder, '.', 'test_set.npy')]) {
    const { stderr } = await hackface(['score', ...files, '--center', center]);
    assert.match(stderr, /^warning: the mean that --center subtracts.*transductive.*--center none/);
  }
  const other = await hackface(['score', ...files, '--center', at('train_set.npy')]);
  assert.equal(other.stderr, '');
  const train = [
    '-e',
    at('train_set.npy'),
    '-l',
    at('train_labels.csv'),
    '-o',
    at('m'),
    '-f',
    '-q',
  ];
  const fitted = await hackface([
    'fit',
    ...train,
    '--model',
    'wccn',
    '--holdout',
    '0.2',
    '--center',
    at('test_set.npy'),
  ]);
  assert.match(fitted.stderr, /^warning: --center is a mean of other rows.*--center train/);
  const own = await hackface([
    'fit',
    ...train,
    '--holdout',
    '0.2',
    '--center',
    at('train_set.npy'),
  ]);
  assert.doesNotMatch(own.stderr, /--center/);
});

test('ratios are asked of log-likelihood ratios only', async () => {
  const refused = (error: HackfaceError) => error.code === 'EOPTION' && /ratios/.test(error.found);
  const pairs = { embeddings: at('test_set.npy'), pairs: at('test_pairs.csv') };
  const request = { ...pairs, truth: at('solution.csv'), ratios: true };
  await assert.rejects(evaluateEmbeddings(request), refused);
  const train = { embeddings: at('train_set.npy'), labels: at('train_labels.csv') };
  const everyPair = { ...train };
  await assert.rejects(allPairs(everyPair, { ratios: true }), refused);
  for (const [pipeline, given] of [
    ['wccn', false],
    ['kissme', false],
    ['plda', true],
    ['joint-bayesian', true],
    ['htplda', true],
    ['path', true],
  ] as const) {
    const { model } = await fit({ ...train, pipeline });
    const path = at(`${pipeline}.safetensors`);
    await model.save(path);
    for (const ask of [
      () => evaluateEmbeddings({ ...request, model: path }),
      () => allPairs(everyPair, { model, ratios: true }),
    ]) {
      if (given) await assert.doesNotReject(ask, pipeline);
      else await assert.rejects(ask, refused, pipeline);
    }
  }
  const run = await hackface([
    ...['evaluate', '-e', at('test_set.npy'), '-p', at('test_pairs.csv')],
    ...['--truth', at('solution.csv'), '-m', 'cosine', '--ratios'],
  ]);
  assert.equal(run.code, 2);
});
