/** Signals during work that has a state to save. */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askToStop, stoppable } from '#dist/cli/stopping.js';
import { parseLine } from '../scoreboard/bench.js';
import { hackface } from '../support/command.js';
import { temporaryFolder } from '../support/folder.js';
import { needsPosix } from '../support/system.js';

test('the first request lets work end, the second waits for nothing', async () => {
  assert.equal(askToStop(), false, 'nothing to stop');
  const work = stoppable(
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );
  assert.deepEqual([askToStop(), askToStop()], [true, false]);
  await assert.rejects(work, { name: 'AbortError' });
  assert.equal(askToStop(), false, 'it has ended');
});

test('evaluate --checkpoint leaves its state behind when a signal stops it', {
  skip: needsPosix,
}, async () => {
  const folder = temporaryFolder();
  const size = ['--train', '12000', '--test', '4', '--pairs', '2', '--dim', '512'];
  await hackface(['synth', folder, ...size, '-q']);
  const state = join(folder, 'state.bin');
  const args = ['evaluate', '-e', 'train_set.npy', '-l', 'train_labels.csv', '--all-pairs'];
  const stopped = async (signal: NodeJS.Signals, ms: number) => {
    rmSync(state, { force: true });
    return hackface([...args, '-m', 'canberra', '--threads', '1', '--checkpoint', state], {
      cwd: folder,
      watch: (child) => setTimeout(() => child.kill(signal), ms),
    });
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // A machine that needs longer to read the files has done nothing that could be saved.
    for (const ms of [500, 2000, 8000]) {
      const run = await stopped(signal, ms);
      assert.equal(run.code, code, run.stderr);
      assert.equal(parseLine(run.stderr)?.code, 'EABORTED');
      if (existsSync(state)) break;
    }
    assert.ok(existsSync(state), signal);
  }
});
