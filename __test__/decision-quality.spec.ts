/** The quality of pairs beside their scores. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  type CalibrationResult,
  calibrate,
  calibrateScores,
  Decision,
  evaluateEmbeddings,
  score,
  writeNpy,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { normals, randomNumbers } from './support/random.js';

const [PEOPLE, IMAGES, DIM] = [60, 4, 8];
const root = temporaryFolder();
const random = randomNumbers(83);
const normal = normals(random);
const norms = Array.from({ length: PEOPLE * IMAGES }, () => (random() < 0.5 ? 1 : 6));
const means = Array.from({ length: PEOPLE }, () => Array.from({ length: DIM }, normal));
/** A short row is a blurred one: its noise is as large as the person. */
const rows = norms.map((norm, row) => {
  const mean = means[Math.floor(row / IMAGES)] as number[];
  const noisy = mean.map((x) => x + (norm < 2 ? 1.8 : 0.8) * normal());
  const length = Math.hypot(...noisy);
  return Float64Array.from(noisy, (x) => (x * norm) / length);
});
const pairs: [number, number][] = [];
for (let a = 0; a < rows.length; a += 1) {
  for (let b = 0; b < a; b += 1) {
    const same = Math.floor(a / IMAGES) === Math.floor(b / IMAGES);
    if (same || random() < 0.05) pairs.push([a, b]);
  }
}
const csv = (name: string, lines: string[]) => put(root, name, `${lines.join('\n')}\n`);
const files = {
  embeddings: join(root, 'x.npy'),
  pairs: csv('p.csv', ['Id,index1,index2', ...pairs.map(([a, b], id) => `${id},${a},${b}`)]),
  labels: csv('l.csv', ['class', ...rows.map((_, row) => `p${Math.floor(row / IMAGES)}`)]),
};
const quality = csv('q.csv', ['index,sharp', ...norms.map((n, row) => `${row},${Math.log(n)}`)]);
let found: CalibrationResult;

before(async () => {
  const data = Float64Array.from(rows.flatMap((row) => [...row]));
  await writeNpy(files.embeddings, { data, rows: rows.length, dim: DIM });
  found = await calibrate({ ...files, quality: 'norm' });
});

test('the norm enters the decision where it helps, and decides as pairs are scored', async () => {
  const { decision, quality: trials } = found;
  assert.ok(trials[0]?.used && trials[0].gainInterval.high < 0);
  assert.deepEqual(decision.parts.slice(0, 2), ['cosine', 'quality norm']);
  const plain = await calibrate(files);
  const cllr = (of: CalibrationResult) => of.judgement?.cllr.value as number;
  const gain = trials.filter(({ used }) => used).reduce((sum, of) => sum + of.gain, 0);
  assert.ok(Math.abs(cllr(found) - cllr(plain) - gain) < 1e-3);
  const again = Decision.fromBytes(decision.toBytes());
  assert.deepEqual(again.toBytes(), decision.toBytes());
  const some = pairs.slice(0, 9);
  const index1 = Uint32Array.from(some, ([a]) => a);
  const index2 = Uint32Array.from(some, ([, b]) => b);
  const scores = await again.scorePairs(files.embeddings, { index1, index2 });
  for (const [place, [a, b]] of some.entries()) {
    const verdict = again.decide(rows[a] as Float64Array, rows[b] as Float64Array);
    assert.equal(verdict.score, scores[place]);
    assert.equal(verdict.llr, decision.judge(verdict.score).llr);
    // A twin of the weighed sum.
    const [x, y] = [rows[a] as Float64Array, rows[b] as Float64Array];
    const dot = x.reduce((sum, v, i) => sum + v * (y[i] as number), 0);
    const distance = 1 - dot / (Math.hypot(...x) * Math.hypot(...y));
    const q = Math.log(Math.min(Math.hypot(...x), Math.hypot(...y)));
    const [w = 0, c = 0, d = 0] = decision.weights;
    assert.ok(Math.abs(verdict.score - (w * distance - c * q + d * q * distance)) < 1e-9);
  }
  for (const language of ['sql', 'javascript'] as const) {
    assert.throws(() => decision.export(language), { code: 'EOPTION' });
  }
});

test('a column of a file does the same, and is wanted again for new pairs', async () => {
  const named = await calibrate({ ...files, quality: `${quality}:sharp` });
  // The norm that is measured differs from that of the file by rounding alone.
  for (const [place, { form, used, gain }] of named.quality.entries()) {
    const norm = found.quality[place];
    assert.deepEqual([form, used], [norm?.form, norm?.used]);
    assert.ok(Math.abs(gain - (norm?.gain as number)) < 1e-9);
  }
  const { decision } = named;
  const [[a, b] = assert.fail()] = pairs;
  const both = [rows[a], rows[b]] as [Float64Array, Float64Array];
  assert.throws(() => decision.decide(...both), { code: 'EOPTION' });
  const q = Math.log(Math.min(norms[a] as number, norms[b] as number));
  const expected = found.decision.decide(...both);
  assert.ok(Math.abs(decision.decide(...both, q).llr - expected.llr) < 1e-9);
  // Beyond what was seen, quality is taken as the nearest that was.
  assert.equal(decision.decide(...both, 99).llr, decision.decide(...both, Math.log(6)).llr);
  const output = join(root, 'decided.csv');
  const { embeddings, pairs: list } = files;
  const request = { embeddings, pairs: list, output, decision };
  await assert.rejects(score(request), { code: 'EOPTION' });
  for (const measured of ['norm', 'centroid']) {
    const refused = {
      code: 'EOPTION',
      option: 'quality',
      found: RegExp(`^the quality ${measured}`),
    };
    await assert.rejects(score({ ...request, quality: measured }), refused);
  }
  await score({ ...request, quality: `${quality}:sharp` });
});

/** 1 − cos to the mean direction of the shortest tenth, by the sums themselves. */
function fromPoor(of: readonly Float64Array[]): number[] {
  const norm = (row: Float64Array) => Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  const byLength = [...of].sort((x, y) => norm(x) - norm(y));
  const poor = byLength.slice(0, Math.floor(of.length / 10));
  const sums = Array.from({ length: DIM }, (_, i) =>
    poor.reduce((sum, row) => sum + (row[i] as number) / norm(row), 0),
  );
  const length = Math.hypot(...sums);
  return of.map(
    (row) => 1 - row.reduce((sum, x, i) => sum + x * (sums[i] as number), 0) / (norm(row) * length),
  );
}

test('the distance to the centroid of poor rows enters likewise, and goes with the decision', async () => {
  // A poor row is short and drifts to one point, whoever it shows; pairs are of two poor or of two good ones.
  const isPoor = rows.map(() => random() < 0.5);
  const drifted = isPoor.map((poor, row) => {
    const mean = means[Math.floor(row / IMAGES)] as number[];
    const [own, drift, norm] = poor ? [0.8, 4, 1 + random()] : [1, 0, 6 + random()];
    const image = mean.map((x, i) => own * x + (i === 0 ? drift : 0) + 0.6 * normal());
    const length = Math.hypot(...image);
    return Float64Array.from(image, (x) => (x * norm) / length);
  });
  const alike = pairs.filter(([a, b]) => isPoor[a] === isPoor[b]);
  const list = csv('alike.csv', [
    'Id,index1,index2',
    ...alike.map(([a, b], id) => `${id},${a},${b}`),
  ]);
  const data = Float64Array.from(drifted.flatMap((row) => [...row]));
  const embeddings = join(root, 'drifted.npy');
  await writeNpy(embeddings, { data, rows: drifted.length, dim: DIM });
  const { decision, quality: trials } = await calibrate({
    embeddings,
    pairs: list,
    labels: files.labels,
    quality: 'centroid',
  });
  assert.ok(trials[0]?.used && trials[0].gainInterval.high < 0);
  assert.deepEqual(decision.parts.slice(0, 2), ['cosine', 'quality centroid']);
  const again = Decision.fromBytes(decision.toBytes());
  assert.deepEqual(again.toBytes(), decision.toBytes());
  const twins = fromPoor(drifted);
  const [w = 0, c = 0, d = 0] = decision.weights;
  for (const [a, b] of alike.slice(0, 99)) {
    const [x, y] = [drifted[a] as Float64Array, drifted[b] as Float64Array];
    const dot = x.reduce((sum, v, i) => sum + v * (y[i] as number), 0);
    const distance = 1 - dot / (Math.hypot(...x) * Math.hypot(...y));
    const q = Math.min(twins[a] as number, twins[b] as number);
    const expected = w * distance - c * q + d * q * distance;
    assert.ok(Math.abs(again.decide(x, y).score - expected) < 1e-9);
  }
  // The same number for each pair, and so the same figures, as from a file.
  const file = csv('far.csv', ['index,far', ...twins.map((far, row) => `${row},${far}`)]);
  const { labels } = files;
  const judge = async (quality: string) => {
    const { evaluations } = await evaluateEmbeddings({
      embeddings,
      pairs: list,
      labels,
      quality,
      atFar: [0.1],
    });
    return evaluations[0]?.quality?.discards[0];
  };
  const [measured, read] = [await judge('centroid'), await judge(`${file}:far`)];
  assert.ok(measured && measured.frr.length > 10);
  assert.deepEqual(measured.frr, read?.frr);
  assert.notDeepEqual((await judge('norm'))?.frr, measured.frr);
});

test('a measured quality is refused where there is nothing to measure', async () => {
  const { embeddings, labels, pairs: list } = files;
  const scores = csv('scores.csv', ['Id,Predicted', ...pairs.map((_, id) => `${id},${id % 7}`)]);
  for (const quality of ['norm', 'centroid']) {
    const expected = { code: 'EOPTION', option: 'quality', found: RegExp(`quality ${quality}`) };
    await assert.rejects(calibrate({ scores, labels, pairs: list, quality }), expected);
    const request = { embeddings, against: embeddings, labels, againstLabels: labels, pairs: list };
    await assert.rejects(evaluateEmbeddings({ ...request, quality }), expected);
  }
  const unit = join(root, 'unit.npy');
  const data = Float64Array.from(
    rows.flatMap((row) => [...row].map((x) => x / Math.hypot(...row))),
  );
  await writeNpy(unit, { data, rows: rows.length, dim: DIM });
  for (const quality of ['norm', 'centroid']) {
    const request = { embeddings: unit, labels, pairs: list, quality };
    const expected = { code: 'EOPTION', found: /rows of one length/, file: unit };
    await assert.rejects(calibrate(request), expected);
  }
});

test('quality that says nothing is tried, told and left out', async () => {
  const same = Uint8Array.from({ length: 600 }, (_, i) => i % 2);
  const scores = Float64Array.from(same, (kind) => normal() - kind);
  const idle = Float64Array.from(same, normal);
  const tried = await calibrateScores(scores, same, { quality: idle });
  const [trial = assert.fail()] = tried.quality;
  assert.ok(!trial.used && trial.gainInterval.high > 0 && tried.quality.length === 1);
  assert.ok(tried.warnings.some(({ code }) => code === 'quality-unused'));
  const plain = await calibrateScores(scores, same);
  assert.deepEqual(tried.decision.toBytes(), plain.decision.toBytes());
  const constant = await calibrateScores(scores, same, { quality: new Float64Array(600) });
  assert.equal(constant.decision.parts.length, 1);
  for (const wrong of [idle.subarray(1), new Float64Array(600).fill(Number.NaN)]) {
    await assert.rejects(calibrateScores(scores, same, { quality: wrong }));
  }
});
