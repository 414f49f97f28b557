/** The scoreboard: every promise about hostile inputs and hostile surroundings, from outside. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { temporaryFolder } from '../support/folder.js';
import { Bench } from './bench.js';
import { boardOf, CHECKS, ELSEWHERE, GROUPS, linesOf, type Outcome } from './board.js';
import { isFull } from './check.js';

const bench = new Bench(temporaryFolder());
const outcomes: Outcome[] = [];

for (const { id, title, skip: elsewhere = false, long, without, todo, run } of CHECKS) {
  if (long && !isFull) continue;
  const facts = { id, title, ...(without && { without }) };
  if (elsewhere) {
    console.error(`skipped: ${id} ${title}: ${elsewhere}`);
    outcomes.push({ ...facts, end: 'skipped', why: elsewhere, ms: 0 });
  }
  test(`${id} ${title}`, todo === undefined ? { skip: elsewhere } : { todo }, async () => {
    const started = performance.now();
    const end = (end: Outcome['end'], why?: string) => {
      const ms = Math.round(performance.now() - started);
      outcomes.push({ ...facts, end, ...(why && { why }), ms });
    };
    try {
      await run(bench);
      end('held');
    } catch (error) {
      end('missed', (error as Error).message.split('\n')[0]);
      throw error;
    }
  });
}

test('each number of the measure has a check, or a reason why it cannot run here', () => {
  assert.equal(
    GROUPS.reduce((sum, { checks }) => sum + checks, 0),
    80,
  );
  const { notRun } = boardOf(
    CHECKS.map(({ id, title }) => ({ id, title, end: 'held', ms: 0 })),
    'full',
  );
  assert.deepEqual(notRun, ELSEWHERE);
});

test('a part that misses makes its number a miss', () => {
  const outcome = (id: string, end: Outcome['end']): Outcome => ({ id, title: id, end, ms: 0 });
  const { held, ran } = boardOf(
    [outcome('R01', 'held'), outcome('R01b', 'missed'), outcome('R02', 'held')],
    'quick',
  );
  assert.deepEqual([held, ran], [1, 2]);
});

after(() => {
  bench.host.close();
  const board = boardOf(outcomes, isFull ? 'full' : 'quick');
  for (const line of linesOf(board)) console.log(line);
  writeFileSync('build/scoreboard.json', `${JSON.stringify(board, null, 2)}\n`);
});
