/** Gates, thresholds from elsewhere and plans on the command line. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  calibrateScores,
  type Evaluation,
  evaluate,
  evaluateScores,
  type GateReport,
} from 'hackface-native';
import { draw } from '../gates/worlds.js';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { needsPosix } from '../support/system.js';

const folder = temporaryFolder();
const world = draw(60, 2, 11);
const FILES = ['--pairs', 'pairs.csv', '--truth', 'pairs.csv', '--at-far', '0.1'];
const JUDGED = ['evaluate', '--scores', 'new.csv', ...FILES];
const judged = (...args: string[]) => hackface([...JUDGED, ...args], { cwd: folder });

before(() => {
  const lines: string[] = [];
  for (let a = 0; a < 120; a += 1) {
    for (let b = a + 1; b < 120; b += 1) {
      lines.push(`${lines.length},${a},${b},${world.same[lines.length]}`);
    }
  }
  put(folder, 'pairs.csv', `Id,index1,index2,same\n${lines.join('\n')}\n`);
  for (const [name, system] of [
    ['new.csv', 1],
    ['old.csv', 0],
  ] as const) {
    const rows = [...world.scores[system]].map((score, i) => `${i},${score}`);
    put(folder, name, `Id,Predicted\n${rows.join('\n')}\n`);
  }
});

test('three answers have three exit codes, and JSON tells them', async () => {
  const met = await judged(
    '--require',
    'auroc>=0.6',
    'tar@far=0.3>=0.2',
    '--junit',
    'j.xml',
    '--summary',
    's.md',
  );
  assert.equal(met.code, 0, met.stderr);
  assert.match(met.stdout, /gates {7}met\n {2}gate.*\n {2}auroc>=0\.6 +met/);
  assert.match(readFileSync(join(folder, 's.md'), 'utf8'), /### Gates: met/);
  assert.match(readFileSync(join(folder, 'j.xml'), 'utf8'), /tests="2" failures="0"/);
  const missed = await judged('--require', 'eer<=0.001', '--require', 'auroc>=0.6', '--json');
  assert.equal(missed.code, 1, missed.stderr);
  const { gates, eer, tarAtFar } = JSON.parse(missed.stdout) as Evaluation & { gates: GateReport };
  assert.deepEqual(
    gates.gates.map(({ answer }) => answer),
    ['not met', 'met'],
  );
  assert.equal(tarAtFar.length, 1);
  const open = await judged('--require', `eer<=${eer.value}`, '-q');
  assert.equal(open.code, 3, open.stderr);
});

test('a baseline with its scores is compared on the same pairs', async () => {
  const options = {
    pairs: join(folder, 'pairs.csv'),
    truth: join(folder, 'pairs.csv'),
    atFar: [0.1],
  };
  const old = { scores: [join(folder, 'old.csv')], ...options };
  const [plain] = (await evaluateScores(old)).evaluations;
  const [whole] = (await evaluateScores({ ...old, keepScores: true })).evaluations;
  assert.equal(whole?.kept?.scores.length, world.same.length);
  put(folder, 'plain.json', JSON.stringify(plain));
  put(folder, 'old.json', JSON.stringify(whole));
  const against = (file: string) =>
    judged(
      '--level',
      '0.95',
      '--baseline',
      file,
      '--no-worse',
      'eer by 0.2',
      'tar@far=0.1 by 0.5',
      '--json',
    );
  const [paired, unpaired] = [await against('old.json'), await against('plain.json')];
  assert.equal(paired.code, 0, paired.stderr);
  const gates = (text: string) => (JSON.parse(text) as { gates: GateReport }).gates.gates;
  for (const gate of gates(paired.stdout)) assert.match(gate.because, /paired identity influence/);
  for (const gate of gates(unpaired.stdout)) assert.match(gate.because, /unpaired/);
});

test('thresholds come from a regular file, or from standard input', {
  skip: needsPosix,
}, async () => {
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  for (const [file, says] of [
    ['none.json', /no such file/],
    [fifo, /FIFO/],
    ['.', /directory/],
  ] as const) {
    const ran = await judged('--threshold-from', file);
    assert.equal(ran.code, 66, ran.stderr);
    assert.match(ran.stderr, says);
  }
  const known = await evaluate(world.scores[0], world.same, { people: world.people, atFar: [0.1] });
  const input = JSON.stringify(known);
  put(folder, 'there.json', input);
  const [named, piped] = [
    await judged('--threshold-from', 'there.json'),
    await hackface([...JUDGED, '--threshold-from', '-'], { cwd: folder, input }),
  ];
  assert.equal(piped.code, 0, piped.stderr);
  assert.equal(piped.stdout.replaceAll('<stdin>', 'there.json'), named.stdout);
});

test('a threshold from elsewhere is judged here, with the rate that it promised', async () => {
  const known = await evaluate(world.scores[0], world.same, { people: world.people, atFar: [0.1] });
  const file = put(folder, 'there.json', JSON.stringify(known));
  const ran = await judged('--threshold-from', 'there.json');
  assert.match(ran.stdout, /promised FAR 0\.1: (within|outside of) the interval/);
  assert.match(ran.stdout, / FAR +\d.*identity influence, Wilson/);
  const request = {
    scores: [join(folder, 'new.csv')],
    pairs: join(folder, 'pairs.csv'),
    truth: join(folder, 'pairs.csv'),
  };
  const of = async (thresholdFrom: string) =>
    (await evaluateScores({ ...request, thresholdFrom })).evaluations[0];
  const [point] = (await of(file))?.transferred ?? [];
  const threshold = known.tarAtFar[0]?.threshold ?? 0;
  assert.deepEqual([point?.promisedFar, point?.threshold], [0.1, threshold]);
  const accepted = [...world.scores[1]].filter((score, i) => !world.same[i] && score <= threshold);
  const impostors = [...world.same].filter((kind) => kind === 0).length;
  assert.equal(point?.far, accepted.length / impostors);
  assert.equal(point?.frr, 1 - (point?.tar ?? 0));
  const inside = (point?.farInterval?.low ?? 1) <= 0.1 && 0.1 <= (point?.farInterval?.high ?? 0);
  assert.equal(point?.holds, inside);
  // A decision file has a threshold for each rate, and where it says same.
  const { decision } = await calibrateScores(world.scores[0], world.same, {
    people: world.people,
    atFar: [0.1],
  });
  const saved = join(folder, 'decision.safetensors');
  await decision.save(saved);
  const all = (await of(saved))?.transferred ?? [];
  assert.deepEqual(
    all.map(({ promisedFar }) => promisedFar),
    [0.1, null],
  );
  assert.equal(all[1]?.threshold, decision.same);
  assert.equal(all[1]?.holds, null);
});

test('flags that mean nothing are refused before the work', async () => {
  const refused = async (says: RegExp, ...args: string[]) => {
    const ran = await judged(...args);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, says);
  };
  await refused(/nearest name is eer.*/, '--require', 'err<=1');
  await refused(/--junit without a gate/, '--junit', 'x.xml');
  await refused(/--baseline without --no-worse/, '--baseline', 'pairs.csv');
});

test('a plan is a table or JSON', async () => {
  const ran = await hackface(['plan', '--claim', 'far<=1e-4']);
  assert.match(
    ran.stdout,
    /rule of three\) +29956 +246 +492 +comparisons of each two people are independent/,
  );
  const json = await hackface(['plan', '--claim', 'far<=1e-4', '--json']);
  assert.equal(JSON.parse(json.stdout).steps.length, 4);
});
