/** Calibration, fusion and decisions: files in, one rule out, in three languages. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  calibrate,
  calibrateScores,
  Decision,
  fuse,
  type HackfaceError,
  score,
  scorePairsSync,
  writeNpy,
} from 'hackface-native';
import { temporaryFolder } from './support/folder.js';
import { crowd } from './support/people.js';

const { matrix, labels: numbers } = crowd({ people: 24, each: 4, dim: 6, seed: 5 });
// Numbered as a file of them is, by who comes first: sums over people and folds follow the numbers.
const order = [...new Set(numbers)];
const labels = numbers.map((who) => order.indexOf(who));
const rows = Array.from({ length: matrix.rows }, (_, row) => row);
const list = rows.flatMap((a) =>
  rows.filter((b) => b < a && (a * 7 + b) % 3 === 0).map((b) => [a, b]),
);
const pairs = {
  index1: Uint32Array.from(list, ([a]) => a as number),
  index2: Uint32Array.from(list, ([, b]) => b as number),
};
const person = (index: Uint32Array) => index.map((row) => labels[row] as number);
const people = { first: person(pairs.index1), second: person(pairs.index2) };
const same = Uint8Array.from(people.first, (who, pair) => (who === people.second[pair] ? 1 : 0));
const cosine = scorePairsSync(matrix, pairs);
const euclidean = scorePairsSync(matrix, pairs, { metric: 'euclidean' });

const place = temporaryFolder();
const [embeddings, pairsFile, labelsFile] = ['x.npy', 'pairs.csv', 'labels.csv'].map((name) =>
  join(place, name),
) as [string, string, string];
await writeNpy(embeddings, { ...matrix, data: Float64Array.from(matrix.data) });
writeFileSync(pairsFile, `index1,index2\n${list.map((pair) => pair.join(',')).join('\n')}\n`);
writeFileSync(labelsFile, `class\n${[...labels].map((who) => `p${who}`).join('\n')}\n`);
const files = { embeddings, pairs: pairsFile, labels: labelsFile };

const refused = (code: string) => (error: HackfaceError) => {
  assert.equal(error.code, code, error.message);
  return true;
};

/** The exported module. */
const compiled = async (decision: Decision) =>
  (await import(`data:text/javascript,${encodeURIComponent(decision.export('javascript'))}`)) as {
    decide: (...scores: number[]) => { llr: number; probability: number; decision: string };
  };
const answer = (decision: Decision, score: number) => {
  const { llr, probability, same } = decision.judge(score);
  return { llr, probability, decision: same === null ? 'uncertain' : same ? 'same' : 'different' };
};
const TRIED = Array.from({ length: 400 }, (_, i) => -0.5 + (3 * i) / 399);

for (const map of ['affine', 'beta', 'isotonic'] as const) {
  test(`the JavaScript of a rule has its bits: ${map}`, async () => {
    for (const orientation of ['distance', 'similarity'] as const) {
      const scores = orientation === 'distance' ? cosine : cosine.map((d) => 1 - d);
      const options = { people, map, orientation, prior: 0.07, costFalseAccept: 3 };
      const { decision } = await calibrateScores(scores, same, options);
      const { decide } = await compiled(decision);
      for (const score of [...TRIED, ...scores.slice(0, 300)]) {
        assert.deepEqual(decide(score), answer(decision, score), `${score}`);
      }
    }
  });

  test(`the SQL of a rule decides the same: ${map}`, async (t) => {
    const sqlite = await import('node:sqlite' as string).catch(() => undefined);
    if (sqlite === undefined) return t.skip('this Node has no node:sqlite');
    const { decision } = await calibrateScores(cosine, same, { people, map, prior: 0.07 });
    const database = new sqlite.DatabaseSync(':memory:');
    database.exec('CREATE TABLE scores (score DOUBLE PRECISION)');
    const insert = database.prepare('INSERT INTO scores VALUES (?)');
    for (const score of TRIED) insert.run(score);
    const found = database.prepare(decision.export('sql')).all();
    assert.equal(found.length, TRIED.length);
    for (const { score, llr, probability, decision: said } of found) {
      const expected = answer(decision, score);
      assert.equal(said, expected.decision);
      assert.ok(
        Math.abs(llr - expected.llr) < 1e-12 &&
          Math.abs(probability - expected.probability) < 1e-12,
      );
    }
  });
}

test('two rows in memory are decided as their distance is', async () => {
  const { decision } = await calibrate(files);
  const row = (at: number) => matrix.data.slice(at * 6, at * 6 + 6) as Float32Array;
  for (const pair of [0, 5, 77, 400]) {
    const [a, b] = [row(pairs.index1[pair] as number), row(pairs.index2[pair] as number)];
    const expected = decision.judge(cosine[pair] as number);
    assert.deepEqual(decision.decide(a, b), expected);
    assert.deepEqual(decision.decide(Float64Array.from(a), Float64Array.from(b)), expected);
  }
  assert.throws(() => decision.decide(row(0), row(0).subarray(1)), refused('EDIMENSION'));
  assert.throws(() => decision.decide(row(0), row(0).fill(Number.NaN)), refused('ENOTFINITE'));
});

test('files and arrays give one decision, and its file gives it back', async () => {
  const fromFiles = await calibrate({ ...files, prior: 0.2 });
  const fromArrays = await calibrateScores(cosine, same, { people, prior: 0.2 });
  for (const score of TRIED) {
    assert.deepEqual(fromFiles.decision.judge(score), fromArrays.decision.judge(score));
  }
  assert.deepEqual(fromFiles.judgement, fromArrays.judgement);
  const file = join(place, 'decision.safetensors');
  await fromFiles.decision.save(file);
  const read = await Decision.load(file);
  assert.deepEqual(read.toBytes(), fromFiles.decision.toBytes());
  assert.deepEqual({ ...read }, { ...fromFiles.decision });
  assert.equal(read.card.identities, '24');
  assert.match(read.card.judged ?? '', /5 folds/);
  assert.match(read.card.data_sha256 ?? '', /^[0-9a-f]{64}$/);
});

test('score writes the columns of a decision', async () => {
  const { decision } = await calibrate(files);
  const output = join(place, 'decided.csv');
  const asked = { embeddings, pairs: pairsFile, decision, output };
  const summary = await score(asked);
  assert.equal(summary.metric, 'cosine');
  const [header, ...lines] = readFileSync(output, 'utf8').trim().split('\n');
  assert.equal(header, 'Predicted,Id,llr,probability,decision');
  assert.equal(lines.length, list.length);
  lines.forEach((line, pair) => {
    const [distance, id, llr, probability, said] = line.split(',');
    const expected = answer(decision, cosine[pair] as number);
    assert.deepEqual([Number(distance), Number(id)], [cosine[pair], pair]);
    assert.deepEqual([Number(llr), Number(probability), said], Object.values(expected));
  });
  await assert.rejects(score({ ...asked, metric: 'cosine' }), refused('EOPTION'));
});

test('a sum of two metrics is a decision too, and no worse than the better one', async () => {
  const { decision, fused, judgement } = await fuse({ ...files, metrics: ['cosine', 'euclidean'] });
  assert.deepEqual(decision.parts, ['cosine', 'euclidean']);
  const [first = 0, second = 0] = decision.weights;
  const sums = await decision.scorePairs(matrix, pairs);
  sums.forEach((sum, pair) => {
    assert.equal(sum, (cosine[pair] as number) * first + (euclidean[pair] as number) * second);
  });
  const { decide } = await compiled(decision);
  const [a, b] = [cosine[3] as number, euclidean[3] as number];
  assert.deepEqual(decide(a, b), answer(decision, sums[3] as number));
  assert.ok(judgement !== null && judgement.cllr.value !== null);
  const half = (of: { low: number; high: number } | null) => ((of?.high ?? 0) - (of?.low ?? 0)) / 2;
  for (const part of fused) assert.ok((part.gain ?? 1) <= half(part.gainInterval), part.name);
});

test('scores outside of those seen are told, and scores from elsewhere measure no rows', async () => {
  const { decision } = await calibrateScores(cosine, same, { people });
  assert.deepEqual(decision.judge(0.5).warnings, []);
  assert.equal(decision.judge(1e9).warnings[0]?.code, 'outside-range');
  assert.equal(decision.judge(-1e9).same, true);
  assert.throws(() => decision.judge(Number.NaN), refused('ENOTFINITE'));
  const row = Float32Array.of(1, 2);
  assert.throws(() => decision.decide(row, row), refused('EOPTION'));
  assert.throws(() => decision.export('cobol' as 'sql'), refused('EOPTION'));
});

test('requests that contradict themselves are refused', async () => {
  const wrong = (request: object) =>
    assert.rejects(calibrate({ ...files, ...request }), refused('EOPTION'));
  await wrong({ scores: 'a.csv' });
  await wrong({ metric: 'cosine', model: 'm.safetensors' });
  await wrong({ metric: 'minmax(cosine)' });
  await wrong({ prior: 1 });
  await wrong({ map: 'platt' });
  const scored = { ...files, embeddings: undefined, scores: 'a.csv' };
  const idle = [
    [files, { orientation: 'similarity' }],
    [files, { scoreColumn: 'score' }],
    [files, { model: 'm.safetensors', normalize: 'l2' }],
    [scored, { normalize: 'l2' }],
  ] as const;
  for (const [given, more] of idle) {
    const [option] = Object.keys(more).slice(-1);
    const expected = { code: 'EOPTION', option, found: RegExp(`^option ${option} with`) };
    await assert.rejects(calibrate({ ...given, ...more }), expected);
  }
  const models = { ...files, models: ['m.safetensors', 'n.safetensors'], normalize: 'l2' } as const;
  await assert.rejects(fuse(models), { code: 'EOPTION', option: 'normalize' });
  await assert.rejects(fuse({ ...files, metrics: ['cosine'] }), refused('EOPTION'));
  await assert.rejects(calibrate({ pairs: pairsFile }), refused('EOPTION'));
});
