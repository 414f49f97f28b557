/** Gates: three answers from the interval, and none where it cannot be trusted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  compareScores,
  type Evaluation,
  type GateResult,
  evaluate,
  gateTable,
  identify,
  type Identification,
  judge,
  readResult,
  writeJUnit,
} from 'hackface-native';
import { probit } from '#dist/report/axis.js';
import { put, temporaryFolder } from '../support/folder.js';
import { normals, randomNumbers } from '../support/random.js';
import { DEVIATION, draw, HALF } from './worlds.js';

const world = draw(60, 3, 1);
const asked = { people: world.people, atFar: [0.1, 0.01], atThreshold: [0] };
const evaluation = await evaluate(world.scores[0], world.same, asked);
const other = await evaluate(world.scores[1], world.same, asked);
const answerOf = (gate: string, of: Evaluation | Identification = evaluation, level = 0.95) =>
  judge(of, { require: [gate], level }).gates[0];

test('a gate is met, not met, or cannot be told, by its interval', () => {
  const { value, interval } = evaluation.eer;
  const [low, high] = [interval?.low ?? 0, interval?.high ?? 0];
  assert.equal(answerOf(`eer<=${high}`)?.answer, 'met');
  assert.equal(answerOf(`eer<=${low - 1e-9}`)?.answer, 'not met');
  assert.equal(answerOf(`eer<=${value}`)?.answer, 'cannot tell');
  assert.equal(answerOf(`eer>=${low}`)?.answer, 'met');
  assert.equal(answerOf(`eer>=${high + 1e-9}`)?.answer, 'not met');
  const gate = answerOf(`eer<=${high}`);
  assert.deepEqual([gate?.value, gate?.interval, gate?.confidence], [value, interval, 0.975]);
  assert.match(gate?.because ?? '', /identity influence/);
});

test('the worst answer is that of all', () => {
  const answer = (...gates: string[]) => judge(evaluation, { require: gates }).answer;
  const [met, open, missed] = ['eer<=1', `eer<=${evaluation.eer.value}`, 'eer<=0'];
  assert.equal(answer(met, met), 'met');
  assert.equal(answer(met, open), 'cannot tell');
  assert.equal(answer(missed, open, met), 'not met');
});

test('every figure has one name, and 1 − rate flips its interval', () => {
  const figure = (name: string) => answerOf(`${name}>=0`);
  const [tar, frr] = [figure('tar@far=1e-2'), figure('FRR@far = 0.01')];
  assert.equal(tar?.figure, 'tar@far=0.01');
  assert.equal(tar?.value, evaluation.tarAtFar[1]?.tar);
  assert.equal(frr?.value, 1 - (tar?.value ?? 0));
  assert.equal(frr?.interval?.low, 1 - (tar?.interval?.high ?? 0));
  const [at] = evaluation.accuracyAt;
  assert.equal(figure('far@threshold=0')?.value, at?.far);
  assert.equal(figure('frr@threshold=0')?.value, 1 - (at?.tar ?? 0));
  assert.equal(figure('auroc')?.value, evaluation.auroc.value);
  assert.equal(figure('cllr')?.answer, 'cannot tell');
});

test('what is no gate is refused with what was meant', () => {
  const refused = (gate: string, says: RegExp) =>
    assert.throws(() => answerOf(gate), { code: 'EOPTION', message: says });
  refused('err<=0.1', /nearest name is eer/);
  refused('tar@far<=0.1', /Give its number, as tar@far=0.001/);
  refused('auroc=3<=0.1', /Write auroc alone/);
  refused('tar@fars=0.1>=0.1', /nearest name is tar@far=/);
  refused('eer<0.1', /<= or >=/);
  refused('eer<=x', /a number/);
  refused('tar@far=0.5>=0.9', /Ask for 0.5/);
  refused('rank-1>=0.9', /hackface-identification/);
  // Per cent, which would be kept whatever was measured.
  refused('eer<=5', /a share from 0 to 1, as 0\.05 for 5 %/);
  refused('auroc>=-0.1', /a share/);
  refused('cllr<=-1', /bits, at least 0/);
  assert.equal(answerOf('cllr<=1.5')?.answer, 'cannot tell');
  const margin = (gate: string, says: RegExp) =>
    assert.throws(() => judge(evaluation, { noWorse: [gate], baseline: other }), {
      code: 'EOPTION',
      message: says,
    });
  margin('eer', /by/);
  margin('eer by -1', /at least 0/);
  margin('eer by 1.5', /a share/);
  assert.throws(() => judge(evaluation, { noWorse: ['eer by 0.1'] }), { code: 'EOPTION' });
});

test('an interval that cannot be trusted tells nothing', async () => {
  const few = draw(20, 4, 2);
  const of20 = await evaluate(few.scores[0], few.same, { people: few.people });
  const unknown = await evaluate(world.scores[0], world.same);
  for (const [of, says] of [
    [of20, /only 20 people/],
    [unknown, /identities are not known/],
  ] as const) {
    for (const gate of ['eer<=1', 'eer<=0']) {
      assert.equal(answerOf(gate, of)?.answer, 'cannot tell');
      assert.match(answerOf(gate, of)?.because ?? '', says);
    }
  }
  // One person has all the errors.
  const { first } = world.people;
  const alone = world.scores[0].map((_, i) =>
    world.same[i] === 1 && first[i] !== 7 ? -9 : (i % 7) + 1,
  );
  const carried = await evaluate(alone, world.same, { people: world.people });
  assert.match(answerOf('eer<=0.5', carried)?.because ?? '', /hardly more than/);
  // A false accept rate that so few impostors cannot resolve.
  const far = await evaluate(world.scores[0], world.same, { people: world.people, atFar: [1e-9] });
  assert.match(answerOf('tar@far=1e-9>=0', far)?.because ?? '', /cannot resolve/);
  // Without any error people are counted, which is safe.
  const apart = world.scores[0].map((_, i) => 1 - (world.same[i] as number) + 1e-3 * Math.sin(i));
  const perfect = await evaluate(apart, world.same, { people: world.people });
  assert.equal(answerOf('auroc>=0.9', perfect)?.answer, 'met');
  assert.equal(answerOf('auroc>=0.99', perfect)?.answer, 'cannot tell');
});

test('no worse than a baseline: paired where both are on the same pairs, else wider', async () => {
  const comparison = await compareScores(world.scores[1], world.scores[0], world.same, {
    people: world.people,
    atFar: [0.1],
  });
  const against = (noWorse: string[], using = {}) =>
    judge(other, { noWorse, baseline: evaluation, level: 0.95, ...using }).gates;
  const [paired] = against(['eer by 0.5'], { comparison });
  const [unpaired] = against(['eer by 0.5']);
  assert.equal(paired?.answer, 'met');
  assert.match(paired?.because ?? '', /paired identity influence/);
  assert.match(unpaired?.because ?? '', /unpaired/);
  const width = (gate: ReturnType<typeof against>[number] | undefined) =>
    (gate?.interval?.high ?? 0) - (gate?.interval?.low ?? 0);
  assert.ok(width(paired) < 0.8 * width(unpaired));
  assert.equal(paired?.value, -comparison.eer.value);
  assert.ok(Math.abs((unpaired?.value ?? 0) - (paired?.value ?? 1)) < 1e-12);
  // It is worse: no margin is a gate that is not met, the other way round it is.
  assert.equal(against(['eer by 0'], { comparison })[0]?.answer, 'not met');
  const better = judge(evaluation, {
    noWorse: ['eer by 0', 'tar@far=0.1 by 0.3', 'auroc by 0.2'],
    baseline: other,
  });
  assert.deepEqual(better.gates.map(({ answer }) => answer).slice(1), ['met', 'met']);
  // Whatever the level of the baseline.
  const wide = await evaluate(world.scores[0], world.same, { ...asked, level: 0.9 });
  const [moved] = judge(other, { noWorse: ['eer by 0.5'], baseline: wide, level: 0.95 }).gates;
  const apart = (moved?.interval?.low ?? 9) - (unpaired?.interval?.low ?? 8);
  assert.ok(Math.abs(apart) < 1e-12);
});

test('gates are judged at 98 %, whatever the level of the result', async () => {
  const require = ['auroc>=0.8', 'eer<=0.2', 'tar@far=0.1>=0.1', 'frr@threshold=0<=0.5'];
  const at98 = await evaluate(world.scores[0], world.same, { ...asked, level: 0.98 });
  const [moved, made] = [judge(evaluation, { require }), judge(at98, { require })];
  for (const [place, { interval, ...gate }] of moved.gates.entries()) {
    const { interval: same, ...other } = made.gates[place] as GateResult;
    assert.deepEqual(gate, other);
    assert.equal(gate.confidence, 0.99);
    assert.ok(Math.abs((interval?.low ?? 9) - (same?.low ?? 8)) < 1e-12, gate.gate);
    assert.ok(Math.abs((interval?.high ?? 9) - (same?.high ?? 8)) < 1e-12, gate.gate);
  }
  // A bootstrap tells nothing of another level.
  const drawn = await evaluate(world.scores[0], world.same, { ...asked, bootstrap: 20 });
  const [fixed] = judge(drawn, { require: ['auroc>=0'] }).gates;
  assert.equal(fixed?.answer, 'cannot tell');
  assert.match(fixed?.because ?? '', /identity bootstrap.* of level 0.95: option level/);
  assert.equal(judge(drawn, { require: ['auroc>=0'], level: 0.95 }).answer, 'met');
});

test('searches have gates', async () => {
  const next = normals(randomNumbers(3));
  const means = Array.from({ length: 50 * 8 }, next);
  const mean = (i: number) => means[8 * (i >> 4) + (i % 8)] as number;
  const data = Float32Array.from({ length: 100 * 8 }, (_, i) => mean(i) + next());
  const galleryLabels = Uint32Array.from({ length: 100 }, (_, row) => row >> 1);
  const { identification } = await identify({
    gallery: { data, rows: 100, dim: 8 },
    galleryLabels,
  });
  const of = identification as Identification;
  assert.equal(answerOf('rank-1>=0', of)?.answer, 'met');
  assert.equal(answerOf('map<=0', of)?.answer, 'not met');
  assert.equal(answerOf('tpir@fpir=0.1>=0', { ...of, openSet: null })?.answer, 'cannot tell');
  assert.throws(() => answerOf('eer<=1', of), { code: 'EOPTION' });
});

test('answers as JUnit and as a table, escaped', async () => {
  const report = judge(evaluation, {
    require: ['eer<=1', 'eer<=0', `eer<=${evaluation.eer.value}`],
  });
  const [, second] = report.gates;
  if (second) second.because = 'a | <b> & "c"\u001b';
  const path = join(temporaryFolder(), 'gates.xml');
  await writeJUnit(report, path);
  const text = readFileSync(path, 'utf8');
  assert.match(text, /<testsuite [^>]*tests="3" failures="1" errors="1"/);
  assert.match(text, /name="eer&lt;=1"\/>/);
  assert.match(
    text,
    /<failure type="not met" message="[^"]*a \| &lt;b&gt; &amp; &quot;c&quot;\\u001b"/,
  );
  assert.match(text, /<error type="cannot tell"/);
  const table = gateTable(report).join('\n');
  assert.match(table, /^### Gates: not met/);
  assert.match(table, /a \\\| <b>/);
  assert.throws(() => gateTable({} as never), { code: 'EARGUMENT' });
});

test('a result is read back, and what is none is refused', async () => {
  const folder = temporaryFolder();
  const file = put(folder, 'old.json', JSON.stringify(evaluation));
  assert.deepEqual(await readResult(file), JSON.parse(JSON.stringify(evaluation)));
  for (const text of ['', '{"schema":"other"}', '[1]', '{"identification":{"schema":"x"}}']) {
    await assert.rejects(readResult(put(folder, 'wrong.json', text)), { code: 'EFORMAT' });
  }
});

test('a figure at its bound is called met in at most 5 % of worlds', async () => {
  // Φ(−d) of a known world; 60 draws of 45 people, at a level of 90 %: each end misses in about 5 %.
  const draws = 60;
  let [met, told] = [0, 0];
  for (let seed = 0; seed < draws; seed += 1) {
    const { scores, same, people } = draw(45, 2, 100 + seed);
    const found = await evaluate(scores[0], same, { people, atFar: [] });
    const truth = inverse(-HALF / DEVIATION);
    const gate = answerOf(`eer<=${truth}`, found, 0.9);
    met += Number(gate?.answer === 'met');
    told += Number(gate?.answer !== 'cannot tell');
  }
  // The 99.9 % point of a binomial of 60 with 5 %.
  assert.ok(met <= 9, `${met} of ${draws}`);
  assert.ok(told <= 15, `${told} of ${draws}`);
});

/** Φ, by bisection of its inverse. */
function inverse(deviate: number): number {
  let [low, high] = [1e-6, 1 - 1e-6];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (probit(middle) < deviate) low = middle;
    else high = middle;
  }
  return low;
}
