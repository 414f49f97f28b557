/** The progress line, as text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfRow, describeProgress } from '#dist/cli/progress.js';

test('a pass over rows: share, rows a second, bytes a second, time left', () => {
  const progress = { phase: 'fit', done: 150_000, total: 450_000 };
  const bytes = bytesOfRow({ dim: 512, dtype: 'float32' });
  assert.equal(bytes, 2048);
  assert.equal(
    describeProgress('fit', progress, 0.5, bytes),
    `fit  fit ${'█'.repeat(8)}${'░'.repeat(16)}  33 %  150k/450k  300k rows/s  0.61 GB/s  eta 0:01`,
  );
});

test('units that are no rows have no bytes', () => {
  const progress = { phase: 'pairs', done: 999, total: 2_000_000 };
  const text = describeProgress('score', progress, 2, 4096);
  assert.match(text, / {3}0 % {2}999\/2\.00M {2}500\/s {2}eta 66:43$/);
  assert.equal(bytesOfRow({ dim: 3, dtype: 'uint8' }), 3);
});

test('a phase that has not begun promises nothing', () => {
  const text = describeProgress('fit', { phase: 'fit', done: 0, total: 0 }, 0, 8);
  assert.match(text, /0 % {2}0\/0 {2}0 rows\/s {2}0\.00 GB\/s$/);
});
