/** Scores apart and in arrays, and evaluations as files and tables. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Evaluation,
  evaluateScores,
  figureTable,
  HackfaceError,
  type ScoredFormat,
  score,
  scorePairs,
  writeCurve,
} from 'hackface-native';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { dictionary, encode, float32Npy, npyFile } from '../support/npy.js';
import { crowd } from '../support/people.js';

const folder = temporaryFolder();
const same = Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? 1 : 0));
const scores = same.map((truth, at) => ((at * 7) % 13) / 4 - 1.5 * truth);
const lines = (list: readonly (string | number)[]) => `${list.join('\n')}\n`;
const array = (
  name: string,
  descr: string,
  values: readonly number[],
  shape = `(${values.length},)`,
) => put(folder, name, npyFile({ header: dictionary(descr, shape), data: encode(descr, values) }));
const truth = put(
  folder,
  'truth.csv',
  lines(['Id,same', ...same.map((one, at) => `${at},${one}`)]),
);
const table = put(
  folder,
  'scores.csv',
  lines(['Predicted,Id', ...scores.map((score, at) => `${score},${at}`)]),
);
const one = async (request: Parameters<typeof evaluateScores>[0]) =>
  (await evaluateScores(request)).evaluations[0] as Evaluation;
const right = await one({ scores: [table], truth });

const refused = (code: string, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HackfaceError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, says);
  return true;
};

test('scores and truth may be arrays of NumPy, in one order', async () => {
  const figures = ({ subject, warnings, ...rest }: Evaluation) => rest;
  const truths = [truth, array('same.npy', '|u1', same), array('same8.npy', '<i8', same)];
  const arrays = [array('s.npy', '<f8', scores), array('column.npy', '<f8', scores, '(60, 1)')];
  for (const truth of truths)
    for (const file of [table, ...arrays])
      assert.deepEqual(figures(await one({ scores: [file], truth })), figures(right));
  const short = array('short.npy', '<f8', scores.slice(1));
  await assert.rejects(one({ scores: [short], truth }), refused('EDIMENSION', /59 scores for 60/));
  const odd = array('odd.npy', '<i4', [0, 1, 2]);
  await assert.rejects(one({ scores: [short], truth: odd }), refused('EDOMAIN', /odd.npy:2/));
  const wide = array('wide.npy', '<f8', scores, '(30, 2)');
  await assert.rejects(one({ scores: [wide], truth }), refused('EFORMAT', /30 × 2/));
});

test('scores of genuine and of impostor pairs may lie apart', async () => {
  const of = (wanted: number) => scores.filter((_, at) => same[at] === wanted);
  const genuine = put(folder, 'genuine.txt', lines(of(1)));
  const impostor = array('impostor.npy', '<f8', of(0));
  const apart = await one({ genuine, impostor });
  for (const figure of ['genuine', 'impostors', 'accuracy', 'dPrime'] as const)
    assert.deepEqual(apart[figure], right[figure]);
  assert.equal(apart.auroc.value, right.auroc.value);
  const bad = put(folder, 'bad.txt', '0.5\n\na b 0.5\n');
  await assert.rejects(
    one({ genuine: bad, impostor }),
    refused('ECSVVALUE', /bad.txt:3.*one number/),
  );
  await assert.rejects(one({ genuine }), refused('EOPTION', /both/));
  await assert.rejects(one({ genuine, impostor, truth }), refused('EOPTION', /alone/));
  await assert.rejects(one({}), refused('EOPTION', /no scores/));
  const files = ['--genuine', genuine, '--impostor', impostor];
  const shown = await hackface(['evaluate', ...files, '--table', 'csv']);
  assert.equal(shown.code, 0, shown.stderr);
  const [header = '', row = ''] = shown.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  assert.equal(row[header.indexOf('AUROC')], String(right.auroc.value));
});

test('curve, pairs and figures are written for other tools', async () => {
  const curve = join(folder, 'curve.csv');
  await writeCurve(right, curve);
  const [header, ...points] = readFileSync(curve, 'utf8').trimEnd().split('\n');
  assert.match(header ?? '', /^threshold,far,tar/);
  assert.deepEqual(
    points.map((line) => Number(line.split(',')[2])),
    right.curve.tar,
  );
  await assert.rejects(writeCurve(right, curve), refused('EEXISTS', /curve/));

  const perPair = join(folder, 'pairs.csv');
  const request = { scores: [table], truth, folds: 3 };
  await one({ ...request, perPair });
  const written = readFileSync(perPair, 'utf8');
  assert.equal(
    written,
    lines(['Id,same,score', ...scores.map((score, at) => `${at},${same[at]},${score}`)]),
  );
  await assert.rejects(one({ ...request, perPair }), refused('EEXISTS', /pairs/));
  const absent = join(folder, 'absent.csv');
  const wrong = put(folder, 'wrong.csv', 'Predicted,Id\n1,0\n');
  await assert.rejects(one({ scores: [wrong], truth, perPair: absent }));
  assert.equal(existsSync(absent), false);

  const markdown = figureTable([right, right], 'markdown');
  assert.equal(markdown.length, 4);
  assert.match(markdown[2] ?? '', new RegExp(right.eer.value?.toFixed(4) ?? ''));
  const latex = figureTable([{ ...right, subject: { scores: 'a_b&c' } }], 'latex').join('\n');
  assert.match(latex, /\\begin\{tabular\}\{lr+\}[\s\S]*a\\_b\\&c &[\s\S]*\\end\{tabular\}/);
});

test('scored pairs are written as text for people and arrays for programs', async () => {
  const { rows, matrix } = crowd({ people: 3, each: 2, dim: 4 });
  const embeddings = put(folder, 'x.npy', float32Npy(rows));
  const names = put(folder, 'x.txt', lines(rows.map((_, row) => `u${row}`)));
  const pairs = put(folder, 'p', lines(['u0 u1', 'u3 u2', 'u5 u0']));
  const index = { index1: Uint32Array.of(0, 3, 5), index2: Uint32Array.of(1, 2, 0) };
  const distances = [...(await scorePairs(matrix, index))];
  const write = async (output: string, outputFormat?: ScoredFormat) => {
    const submission = { force: true };
    const request = { embeddings, pairs, names, output: join(folder, output), submission };
    await score({ ...request, outputFormat });
    return readFileSync(request.output);
  };
  const trials = ['u0 u1', 'u3 u2', 'u5 u0'].map((pair, at) => `${pair} ${distances[at]}`);
  assert.equal(String(await write('out.txt')), lines(trials));
  assert.equal(String(await write('out.any', 'trials')), lines(trials));
  const [object] = String(await write('out.jsonl')).split('\n', 1);
  assert.deepEqual(JSON.parse(object ?? ''), {
    id: 0,
    index1: 0,
    index2: 1,
    name1: 'u0',
    name2: 'u1',
    distance: distances[0],
  });
  const npy = npyFile({ header: dictionary('<f8', '(3,)'), data: encode('<f8', distances) });
  const bytes = await write('out.npy');
  assert.deepEqual(bytes.subarray(-24), npy.subarray(-24));
  assert.match(bytes.toString('latin1'), /'descr': '<f8', 'fortran_order': False, 'shape': \(3,\)/);
  assert.match(String(await write('out.csv')), /^Predicted,Id\n/);
  const spaced = put(folder, 'spaced.txt', lines(rows.map((_, row) => `u ${row}`)));
  const list = put(folder, 'spaced.csv', lines(['name1,name2', 'u 0,u 1']));
  const output = join(folder, 'spaced.trials');
  const asked = score({ embeddings, pairs: list, names: spaced, output });
  await assert.rejects(asked, refused('ECSVVALUE', /without spaces/));
  assert.equal(existsSync(output), false);
});
