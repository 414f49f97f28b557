// `npm run test:clone`: follows README.md from a fresh clone to a first submission, line by line, timed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesToCopy } from './pack/readme.mjs';
import { call, conclude, step } from './pack/steps.mjs';
import { root } from './run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'hackface-clone-'));
const cwd = join(folder, 'hackface-native');
const started = performance.now();
try {
  execFileSync('git', ['clone', '--quiet', root, cwd]);
  for (const line of [...linesToCopy('clone'), ...linesToCopy('use')]) {
    const done = await step(line, () => call(line, [], { cwd, shell: true }));
    if (!done) break;
  }
  await step('a submission', async () => {
    const rows = readFileSync(join(cwd, 'submission.csv'), 'utf8').trimEnd().split('\n').length;
    assert.equal(rows, 31_445);
    const seconds = (performance.now() - started) / 1000;
    return { told: `${rows - 1} rows, ${seconds.toFixed(0)} s after git clone began` };
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
conclude({ skipsFail: true });
