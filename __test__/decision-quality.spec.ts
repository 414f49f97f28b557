/** The quality of pairs beside their scores. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  type CalibrationResult,
  calibrate,
  calibrateScores,
  Decision,
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
  await score({ ...request, quality: `${quality}:sharp` });
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
