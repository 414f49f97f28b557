/** Systems compared at once. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareScores, compareSystems, evaluateScores } from 'hackface-native';
import { ofSeveral } from '#dist/report/remarks.js';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';
import { crowd } from './crowd.js';

const random = randomNumbers(71);
const { scores, same, people } = crowd(random, 40, 3);
const noisy = (by: number) => scores.map((score) => score + by * random());
const systems = [noisy(1), scores, noisy(2), noisy(0.5)];

test('a system differs from the reference as one of two does, and adjusting widens it', async () => {
  const asked = { people, atFar: [0.1] };
  const found = await compareSystems(systems, same, asked);
  assert.deepEqual([found.reference, found.chosen, found.comparisons], [1, true, 6]);
  const named = await compareSystems(systems, same, { ...asked, reference: 1, adjust: 'holm' });
  assert.deepEqual([named.chosen, named.comparisons], [false, 3]);
  for (const [place, of] of found.against.entries()) {
    const two = await compareScores(systems[of.system] as Float64Array, scores, same, asked);
    const { adjustedInterval, adjustedP, ...alone } = of.auroc;
    assert.deepEqual(alone, two.auroc);
    assert.ok(adjustedInterval.low < alone.interval.low);
    assert.ok(adjustedInterval.high > alone.interval.high);
    assert.ok((adjustedP as number) >= (alone.p as number));
    assert.match(adjustedInterval.method, /max-t of 6$/);
    assert.match(named.against[place]?.eer.adjustedInterval.method as string, /holm of 3$/);
    const rate = of.tarAtFar[0]?.difference.value;
    assert.equal(rate, two.tarAtFar[0]?.value);
  }
  for (const wrong of [{ reference: 9 }, { adjust: 'tukey' as 'holm' }]) {
    await assert.rejects(compareSystems(systems, same, wrong), { code: 'EOPTION' });
  }
});

test('every file of scores needs every pair of the truth', async () => {
  const root = temporaryFolder();
  const file = (name: string, of: Float64Array, from = 0) =>
    put(
      root,
      name,
      `Id,Predicted\n${[...of]
        .map((s, i) => `${i},${s}\n`)
        .slice(from)
        .join('')}`,
    );
  const truth = put(
    root,
    'truth.csv',
    `Id,same\n${[...same].map((s, i) => `${i},${s}\n`).join('')}`,
  );
  const files = systems.map((of, at) => file(`s${at}.csv`, of));
  const {
    evaluations,
    comparison,
    systems: found,
  } = await evaluateScores({ scores: files, truth });
  assert.deepEqual([evaluations.length, comparison, found?.reference], [4, null, 1]);
  // Differences are of the rates that the table has, asked for or not, where the pairs resolve them.
  const rates = evaluations[0]?.tarAtFar.filter(({ resolution }) => resolution !== 'unresolved');
  const expected = rates?.map(({ far }) => far) ?? [];
  assert.ok(expected.length > 0);
  for (const { tarAtFar } of found?.against ?? []) {
    assert.deepEqual(
      tarAtFar.map(({ far }) => far),
      expected,
    );
  }
  const two = await evaluateScores({ scores: files.slice(0, 2), truth });
  assert.deepEqual(
    two.comparison?.tarAtFar.map(({ far }) => far),
    expected,
  );
  const short = file('short.csv', scores, 1);
  await assert.rejects(evaluateScores({ scores: [...files, short], truth }), {
    code: 'EDIMENSION',
    file: short,
  });
  const refused = { code: 'EOPTION' };
  const [a = '', b = '', c = ''] = files;
  const reference = join(root, 'other.csv');
  await assert.rejects(evaluateScores({ scores: [a, b, c], truth, reference }), refused);
  await assert.rejects(evaluateScores({ scores: [a, b], truth, reference: a }), refused);
});

test('the command line shows the groups of each system, and names the systems that a remark concerns', async () => {
  const root = temporaryFolder();
  const rows = (header: string, of: ArrayLike<unknown>) =>
    `${header}\n${Array.from(of, (value, i) => `${i},${value}\n`).join('')}`;
  const files = systems
    .slice(0, 3)
    .map((of, at) => put(root, `s${at}.csv`, rows('Id,Predicted', of)));
  const truth = put(root, 'truth.csv', rows('Id,same', same));
  const groups = put(
    root,
    'groups.csv',
    rows(
      'Id,group',
      Array.from(same, (_, i) => (i % 2 === 0 ? 'even' : 'odd')),
    ),
  );
  const flags = ['--scores', ...files, '--truth', truth, '--groups', groups, '--at-far', '0.1'];
  const { stdout } = await hackface(['evaluate', ...flags]);
  const named = [...stdout.matchAll(/^groups by (\S+):\n {2}group .*\n {2}even .*\n {2}odd /gm)];
  assert.deepEqual(
    named.map(([, name]) => name),
    ['s0.csv', 's1.csv', 's2.csv'],
  );
});

test('a remark on some results names them, and one on all is said once', () => {
  const [all, some, one] = ['all', 'some', 'one'].map((text) => ({ code: 'x', text }));
  const results = [
    [all, some],
    [all, one],
    [some, all],
  ].map((warnings) => ({ warnings }));
  const texts = (told: ReturnType<typeof ofSeveral>) => told.map(({ text }) => text);
  assert.deepEqual(texts(ofSeveral(['a', 'b', 'c'], results as never)), [
    'all',
    'a, c: some',
    'b: one',
  ]);
  assert.deepEqual(texts(ofSeveral(['a'], [{ warnings: [one as never] }])), ['one']);
});
