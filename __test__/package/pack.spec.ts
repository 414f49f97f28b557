/** `npm run test:pack` without what it takes from a registry: packed, installed, used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runNode } from '../support/command.js';

test('what would be published works where it is installed', async () => {
  const args = ['scripts/pack-test.mjs', '--offline', '--workers', '20'];
  const run = await runNode(args, { limitMs: 240_000 });
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /^ok {6}contents and sizes: \d+ files, \d+ bytes packed/m);
  assert.match(run.stdout, /^SKIPPED a registry for what is not ours: --offline$/m);
});
