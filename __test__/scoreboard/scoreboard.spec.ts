/** The scoreboard: every promise about hostile inputs and hostile surroundings, from outside. */
import { after, test } from 'node:test';
import { temporaryFolder } from '../support/folder.js';
import { Bench } from './bench.js';
import type { Check } from './check.js';
import { csvChecks } from './csv-checks.js';
import { evaluationChecks } from './evaluation-checks.js';
import { faultChecks } from './fault-checks.js';
import { learnedChecks } from './learned-checks.js';
import { memoryChecks } from './memory-checks.js';
import { modelChecks } from './model-checks.js';
import { npyChecks } from './npy-checks.js';
import { numericChecks } from './numeric-checks.js';
import { processChecks } from './process-checks.js';
import { ruleChecks } from './rule-checks.js';

const checks: Check[] = [
  ...npyChecks,
  ...csvChecks,
  ...modelChecks,
  ...numericChecks,
  ...evaluationChecks,
  ...learnedChecks,
  ...faultChecks,
  ...processChecks,
  ...memoryChecks,
  // Last: they look at what the others saw.
  ...ruleChecks,
];

const bench = new Bench(temporaryFolder());
const misses: string[] = [];

for (const { id, title, skip = false, todo, run } of checks) {
  if (skip) console.error(`skipped: ${id} ${title}: ${skip}`);
  test(`${id} ${title}`, todo === undefined ? { skip } : { todo }, async () => {
    misses.push(id);
    await run(bench);
    misses.pop();
  });
}

after(() => {
  bench.host.close();
  const asked = checks.filter(({ skip }) => !skip).length;
  console.log(`scoreboard: ${asked - misses.length} of ${asked} held`);
  if (misses.length > 0) console.log(`missed: ${misses.join(', ')}`);
});
