/** `calibrate`, `fuse` and `decision` on the command line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Decision, synth } from 'hackface-native';
import { hackface } from '../support/command.js';
import { temporaryFolder } from '../support/folder.js';

const place = temporaryFolder();
const { testSet, testPairs, solution } = await synth({
  directory: join(place, 'data'),
  train: 8,
  test: 60,
  pairs: 120,
  dim: 8,
});
const measured = ['-e', testSet, '-p', testPairs, '-t', solution];
const file = join(place, 'decision.safetensors');

test('a decision is written, told, shown, exported and used', async () => {
  const { code, stderr } = await hackface([
    'calibrate',
    ...measured,
    '--at-far',
    '0.1',
    '-o',
    file,
    '--report',
    join(place, 'report.html'),
  ]);
  assert.equal(code, 0, stderr);
  assert.match(readFileSync(join(place, 'report.html'), 'utf8'), /hackface-native calibrate/);
  assert.match(stderr, /Cllr .*people held out in 5 folds/);
  assert.match(stderr, /same +≤ /);
  const shown = await hackface(['decision', 'show', file]);
  assert.match(shown.stdout, /^cosine, affine map\n[\s\S]*judged: on people held out/);
  const decision = await Decision.load(file);
  for (const language of ['javascript', 'sql'] as const) {
    const exported = await hackface(['decision', 'export', file, '--to', language]);
    assert.equal(exported.stdout.trimEnd(), decision.export(language).trimEnd());
  }
  const scored = await hackface([
    'score',
    ...measured.slice(0, 4),
    '--decision',
    file,
    '-o',
    '-',
    '-q',
  ]);
  assert.equal(scored.code, 0, scored.stderr);
  assert.match(scored.stdout, /^Predicted,Id,llr,probability,decision\n/);
});

test('weights and what each part adds are told', async () => {
  const output = join(place, 'fused.safetensors');
  const { code, stderr } = await hackface([
    'fuse',
    ...measured,
    '--metrics',
    'cosine',
    'canberra',
    '-o',
    output,
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /part +weight +interval +Cllr alone/);
});

test('what cannot be meant is refused', async () => {
  const codes = await Promise.all(
    [
      ['decision', 'export', file],
      ['calibrate', ...measured, '--scores', 'a.csv'],
      ['fuse', ...measured, '--metrics', 'cosine'],
    ].map(async (words) => (await hackface(words)).code),
  );
  assert.deepEqual(codes, [2, 2, 2]);
});
