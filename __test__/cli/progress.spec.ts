/** The progress line, as text. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { bytesOfRow, describeProgress } from '#dist/cli/progress.js';
import { runNode } from '../support/command.js';

test('a pass over rows: share, rows a second, bytes a second, time left', () => {
  const progress = { phase: 'fit', done: 150_000, total: 450_000 };
  const bytes = bytesOfRow({ dim: 512, dtype: 'float32' });
  assert.equal(bytes, 2048);
  assert.equal(
    describeProgress('fit', progress, 0.5, bytes),
    `fit  fit ${'█'.repeat(8)}${'░'.repeat(16)}  33 %  150000 of 450000 rows  300000 rows/s  0.61 GB/s  eta 0:01`,
  );
});

test('units that are no rows have no bytes', () => {
  const progress = { phase: 'pairs', done: 999, total: 2_000_000 };
  const text = describeProgress('score', progress, 2, 4096);
  assert.match(text, / {3}0 % {2}0\.0 of 2\.0 million {2}500\/s {2}eta 66:43$/);
  assert.equal(bytesOfRow({ dim: 3, dtype: 'uint8' }), 3);
});

test('millions have a word', () => {
  const progress = { phase: 'rows', done: 1_100_000, total: 2_000_000 };
  const text = describeProgress('audit', progress, 0.5, 512);
  assert.match(text, / {2}1\.1 of 2\.0 million rows {2}2\.2 million rows\/s /);
});

test('where standard error is no terminal, a line a minute stays', async () => {
  const progress = pathToFileURL(join(process.cwd(), 'dist', 'cli', 'progress.js')).href;
  const script = `
    let now = 0;
    process.hrtime.bigint = () => BigInt(now * 1e6);
    const { progressLine } = await import(${JSON.stringify(progress)});
    const line = progressLine('audit', true, 4);
    for (; now <= 200_000; now += 1000) line.show({ phase: 'rows', done: now, total: 200_000 });
    line.clear();`;
  const run = await runNode(['--input-type=module', '-e', script], { env: { CI: '1' } });
  const lines = run.stderr.trimEnd().split('\n');
  assert.equal(lines.length, 3, run.stderr);
  for (const line of lines)
    assert.match(line, /^audit {2}rows █+░* +\d+ % .* rows .*eta \d+:\d\d$/);
  assert.match(lines[0] ?? '', /60000 of 200000 rows/);
});

test('a phase that has not begun promises nothing', () => {
  const text = describeProgress('fit', { phase: 'fit', done: 0, total: 0 }, 0, 8);
  assert.match(text, /0 % {2}0 of 0 rows {2}0 rows\/s {2}0\.00 GB\/s$/);
});
