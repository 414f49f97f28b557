// The page of a calibration: figures of people held out, as pictures.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { calibrateScores, writeCalibrationReport } from 'hackface-native';
import { temporaryFolder } from '../support/folder.js';
import { normals, randomNumbers } from '../support/random.js';

const folder = temporaryFolder();
const random = randomNumbers(11);
const normal = normals(random);
// So few pairs that no point of a curve is thinned away.
const pairs = Array.from({ length: 240 }, (_, pair) => {
  const first = Math.floor(random() * 20);
  const second = pair % 2 === 0 ? first : (first + 1 + Math.floor(random() * 19)) % 20;
  return { first, second, score: (first === second ? -1 : 1) + normal() };
});
const same = Uint8Array.from(pairs, ({ first, second }) => Number(first === second));
const people = {
  first: Uint32Array.from(pairs, ({ first }) => first),
  second: Uint32Array.from(pairs, ({ second }) => second),
};
const scores = Float64Array.from(pairs, ({ score }) => score);

test('the curve of the ratios tells their cost and their errors at each prior', async () => {
  const { judgement } = await calibrateScores(scores, same, { people });
  assert.ok(judgement);
  const { threshold, far, tar } = judgement.curve;
  const bits = (x: number) => Math.log2(1 + Math.exp(x));
  let cost = 0;
  for (let i = 1; i < threshold.length; i += 1) {
    const step = (of: number[]) => (of[i] as number) - (of[i - 1] as number);
    const ratio = threshold[i] as number;
    cost += 0.5 * (step(tar) * bits(-ratio) + step(far) * bits(ratio));
  }
  assert.ok(Math.abs(cost - (judgement.cllr.value as number)) < 1e-9);
  const { logOdds, actual, minimum, falseAccepts } = judgement.bayesErrors;
  for (const [k, odds] of logOdds.entries()) {
    const prior = 1 / (1 + Math.exp(-odds));
    const at = threshold.findLastIndex((ratio) => ratio >= -odds);
    const [accept, hit] = [far[at] ?? 0, tar[at] ?? 0];
    const rate = (prior * (1 - hit) + (1 - prior) * accept) / Math.min(prior, 1 - prior);
    assert.ok(Math.abs(rate - (actual[k] as number)) < 1e-9);
    assert.equal(falseAccepts[k], Math.round(accept * 120));
    assert.ok((minimum[k] as number) <= 1 + 1e-12);
  }
});

test('the page has the figures, three pictures and the rule, and runs nothing', async () => {
  const columns = [scores, scores.map((score) => score + normal())];
  const result = await calibrateScores(columns, same, { people, atFar: [0.1] });
  const path = join(folder, 'calibration.html');
  await writeCalibrationReport(result, path, { command: 'hackface-native fuse --scores a b' });
  const html = readFileSync(path, 'utf8');
  assert.doesNotMatch(html, /<script|NaN|Infinity|\[object|>undefined<\/(td|p)/);
  const charts = [...html.matchAll(/<svg class="chart" id="([^"]*)"/g)].map(([, id]) => id);
  assert.deepEqual(charts, ['reliability', 'tippett', 'nber']);
  for (const id of ['headline', 'figures', 'rule', 'thresholds', 'parts', 'data', 'reproduce'])
    assert.ok(html.includes(`<section id="${id}"`), id);
  assert.ok(html.includes(`>${result.judgement?.cllr.value?.toFixed(4)}<`));
});

test('parts, quality and the rule are told with what they mean', async () => {
  const quality = scores.map(() => normal());
  const result = await calibrateScores(scores, same, { people, quality, atFar: [0.1] });
  const path = join(folder, 'quality.html');
  await writeCalibrationReport(result, path);
  const html = readFileSync(path, 'utf8');
  const part = (id: string) =>
    (new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? '')
      .replaceAll(/<[^>]+>/g, '|')
      .replaceAll(/[|\s]*\|[|\s]*/g, '|');
  const [trial] = result.quality;
  assert.ok(trial);
  const change = trial.gain.toFixed(4).replace('-', '−');
  assert.ok(part('quality').includes(`|added to the score|${change}|`), part('quality'));
  assert.match(part('quality'), trial.used ? /\|used\|/ : /\|left out\|/);
  // An interval of both signs has no dash that looks like one of them.
  if (trial.gainInterval.low < 0) assert.match(part('quality'), /\|−0\.\d+ to −?0\.\d+\|/);
  assert.match(part('rule'), /\|uncertain\|between the two\|/);
  assert.doesNotMatch(part('data'), /judged\./);
  assert.ok(html.includes('<details id="definitions">'));
});

test('too few people leave the rule alone', async () => {
  const few = { first: people.first.slice(0, 6), second: people.second.slice(0, 6) };
  const result = await calibrateScores(scores.slice(0, 6), same.slice(0, 6), { people: few });
  const path = join(folder, 'few.html');
  await writeCalibrationReport(result, path);
  const html = readFileSync(path, 'utf8');
  assert.equal(result.judgement, null);
  assert.ok(!html.includes('<svg') && html.includes('<section id="rule"'));
});
