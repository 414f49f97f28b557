/** Groups of rows: crossed, with impostors within and across, and thresholds of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate, evaluateScores } from 'hackface-native';
import { put, temporaryFolder } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';
import { crowd } from './crowd.js';

const { scores, same, people } = crowd(randomNumbers(72), 40, 3);
const pairs = [...same.keys()];
const sideOf = (id: number) => ['m', 'f'][id % 2] + (id < 20 ? ' × old' : ' × young');

test('crossed groups have the rates of their own pairs and of those with others', async () => {
  const root = temporaryFolder();
  const rows = [...new Set([...people.first, ...people.second])];
  const csv = (header: string, lines: (string | number)[][]) =>
    `${[[header], ...lines].map((line) => line.join(',')).join('\n')}\n`;
  const files = {
    scores: [
      put(
        root,
        's.csv',
        csv(
          'Id,Predicted',
          pairs.map((i) => [i, scores[i] as number]),
        ),
      ),
    ],
    truth: put(
      root,
      't.csv',
      csv(
        'Id,same',
        pairs.map((i) => [i, same[i] as number]),
      ),
    ),
    pairs: put(
      root,
      'p.csv',
      csv(
        'Id,index1,index2',
        pairs.map((i) => [i, people.first[i] as number, people.second[i] as number]),
      ),
    ),
    labels: put(
      root,
      'l.csv',
      csv(
        'index,class',
        rows.sort((a, b) => a - b).map((row) => [row, row]),
      ),
    ),
    groups: put(
      root,
      'g.csv',
      csv(
        'index,sex,age',
        rows.map((row) => [row, ...sideOf(row).split(' × ')]),
      ),
    ),
  };
  const asked = { atFar: [0.2], groupBy: ['sex', 'age'], fairnessWeight: 0.25 };
  const [found] = (await evaluateScores({ ...files, ...asked })).evaluations;
  assert.ok(found);
  const threshold = found.tarAtFar[0]?.threshold as number;
  const share = (of: number[], at = threshold) =>
    of.filter((i) => (scores[i] as number) <= at).length / of.length;
  const own = found.groups.filter(({ group }) => !group.startsWith('('));
  assert.deepEqual(own.map(({ group }) => group).sort(), [
    ...['f × old', 'f × young', 'm × old', 'm × young'],
  ]);
  const rates: number[][] = [];
  for (const { group, at, own: mine, acrossImpostors, people: count } of own) {
    const sides = (i: number) => [people.first, people.second].map((of) => sideOf(of[i] as number));
    const within = (kind: number) =>
      pairs.filter((i) => same[i] === kind && sides(i).every((side) => side === group));
    const across = pairs.filter((i) => {
      const [a, b] = sides(i);
      return a !== b && (a === group || b === group);
    });
    assert.deepEqual([count, acrossImpostors], [10, across.length]);
    assert.deepEqual([at[0]?.groupFar, at[0]?.groupTar], [share(within(0)), share(within(1))]);
    assert.equal(at[0]?.acrossFar, share(across));
    const [{ threshold: chosen, achievedFar, tar } = assert.fail()] = mine;
    assert.ok((achievedFar as number) <= 0.2 && achievedFar === share(within(0), chosen as number));
    assert.equal(tar, share(within(1), chosen as number));
    rates.push([share(within(0)), 1 - share(within(1))]);
  }
  const [ratios] = found.groupRatios;
  const apart = (kind: number) => {
    const of = rates.map((rate) => rate[kind] as number);
    return Math.max(...of) - Math.min(...of);
  };
  assert.ok(Math.abs((ratios?.fdr as number) - (1 - 0.25 * apart(0) - 0.75 * apart(1))) < 1e-12);
  assert.ok(found.warnings.some(({ code }) => code === 'small-groups'));
});

test('a group without pairs of its own is another group to the rest', async () => {
  const root = temporaryFolder();
  const lines = (header: string, of: readonly string[]) => `${[header, ...of].join('\n')}\n`;
  // Twelve people of two images, and a visitor, who is compared with each of them.
  const rows = [...Array(25).keys()];
  const pairs = [...Array(12).keys()].flatMap((i) => [
    [2 * i, 2 * i + 1],
    [2 * i, (2 * i + 2) % 24],
    [2 * i, 24],
  ]);
  const same = pairs.map(([a = 0, b = 0]) => Number(a >> 1 === b >> 1));
  const files = {
    scores: [
      put(
        root,
        's.csv',
        lines(
          'Id,Predicted',
          pairs.map((_, i) => `${i},${(i * 7) % 12}`),
        ),
      ),
    ],
    pairs: put(
      root,
      'p.csv',
      lines(
        'Id,index1,index2',
        pairs.map((pair, i) => [i, ...pair].join()),
      ),
    ),
    truth: put(
      root,
      't.csv',
      lines(
        'Id,same',
        same.map((is, i) => `${i},${is}`),
      ),
    ),
    labels: put(
      root,
      'l.csv',
      lines(
        'class',
        rows.map((row) => `p${row >> 1}`),
      ),
    ),
    groups: put(
      root,
      'g.csv',
      lines(
        'index,group',
        rows.map((row) => `${row},${row < 24 ? 'staff' : 'visitor'}`),
      ),
    ),
  };
  const [found] = (await evaluateScores({ ...files, atFar: [0.5] })).evaluations;
  const staff = found?.groups.find(({ group }) => group === 'staff');
  assert.deepEqual([staff?.people, staff?.impostors, staff?.acrossImpostors], [12, 12, 12]);
  assert.ok(staff?.at[0]?.acrossFar !== null);
  assert.ok(found?.groups.every(({ group }) => group !== 'visitor'));
});

test('what is unknown of how far groups are apart has its reason', async () => {
  const of = Uint32Array.from(people.first, (id) => id % 2);
  const groups = { of, names: ['m', 'f'] };
  // Two groups of pairs, the second of which no threshold so strict accepts an impostor of.
  const strict = Float64Array.from(scores, (score, i) => score + (of[i] && !same[i] ? 100 : 0));
  const found = await evaluate(strict, same, { people, groups, atFar: [0.05] });
  const [ratios] = found.groupRatios;
  assert.deepEqual([ratios?.farRatio, ratios?.farRatioInterval], [null, null]);
  assert.match(found.undefinedBecause['groupRatios.0.farRatio'] as string, /the least/);
  assert.match(found.undefinedBecause['groupRatios.0.farRatioInterval'] as string, /no error/);
  const open = Object.entries(ratios ?? {}).filter(([, value]) => value === null);
  const told = Object.keys(found.undefinedBecause).filter((path) => /^groupRatios/.test(path));
  assert.deepEqual(told.sort(), open.map(([key]) => `groupRatios.0.${key}`).sort());
});

test('a group of five people is told and has no figure', async () => {
  const of = Uint32Array.from(people.first, (id, i) =>
    Math.max(id, people.second[i] as number) < 5 ? 0 : 1,
  );
  const groups = { of, names: ['few', 'many'] };
  const found = await evaluate(scores, same, { people, groups, atFar: [0.2] });
  const [few, many] = found.groups;
  assert.deepEqual([few?.people, few?.auroc, few?.at[0]?.groupFar], [5, null, null]);
  assert.ok(many?.auroc && found.groupRatios.length === 0);
  assert.match(found.undefinedBecause['groups.0.auroc'] as string, /fewer than 6 people/);
  const said = found.warnings.find(({ code }) => code === 'small-groups')?.text;
  assert.match(said as string, /few \(5\)/);
  await assert.rejects(evaluate(scores, same, { people, groups, fairnessWeight: 2 }), {
    code: 'EOPTION',
  });
});
