/** Lists of pairs with scores, judged without embeddings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Evaluation, evaluateScores } from 'hackface-native';
import { put, temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();
const list = (name: string, lines: readonly string[]) => put(folder, name, `${lines.join('\n')}\n`);

/** Name, name, same, score. */
const TRIALS = Array.from({ length: 40 }, (_, at) => {
  const same = at % 3 === 0 ? 1 : 0;
  return [
    `p${at % 5}/x`,
    `p${same ? at % 5 : 5 + (at % 4)}/${at}`,
    same,
    at * 0.37 - same * 6,
  ] as const;
});
const trials = list(
  'trials',
  TRIALS.map(([a, b, same]) => `${same} ${a} ${b}`),
);
const expected = evaluateScores({
  scores: [list('csv', ['Predicted,Id', ...TRIALS.map(([, , , score], at) => `${score},${at}`)])],
  truth: list('truth.csv', ['Id,same', ...TRIALS.map(([, , same], at) => `${at},${same}`)]),
});

async function judged(file: string, pairs?: string): Promise<Evaluation> {
  const { evaluations } = await evaluateScores({ scores: [file], pairs });
  return evaluations[0] as Evaluation;
}

test('scores by names are joined with trials by names, in any order', async () => {
  const lines = TRIALS.map(([a, b, , score]) => `${a} ${b} ${score}`);
  const { auroc, eer } = (await expected).evaluations[0] as Evaluation;
  for (const order of [lines, lines.toReversed()]) {
    const found = await judged(list('scores', order), trials);
    assert.equal(found.auroc.value, auroc.value);
    assert.deepEqual(found.eer.value, eer.value);
    assert.equal(found.warnings[0]?.text.endsWith('trials, label first'), true);
    assert.match(found.worst.falseAccepts[0]?.name1 ?? '', /^p\d\/x$/);
  }
  await assert.rejects(judged(list('short', lines.slice(1)), trials), { code: 'EDIMENSION' });
  const twice = list('twice', [...lines, `${TRIALS[0]?.[0]} ${TRIALS[0]?.[1]} 99`]);
  await assert.rejects(judged(twice, trials), { code: 'EDIMENSION', row: 40 });
});

test('four and five columns tell the truth themselves', async () => {
  const person = (name: string) => name.split('/')[0];
  const four = TRIALS.map(([a, b, , score]) => `${person(a)} ${person(b)} ${b} ${score}`);
  const five = TRIALS.map(([a, b, , score]) => `${person(a)} ${a} ${person(b)} ${b} ${score}`);
  for (const lines of [four, five]) {
    const found = await judged(list('bob', lines));
    assert.equal(found.auroc.value, (await expected).evaluations[0]?.auroc.value);
    assert.equal(found.identities, 9);
  }
});
