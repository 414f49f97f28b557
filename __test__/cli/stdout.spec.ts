/** Standard output that takes nothing more. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { parseJson, parseLine } from '../scoreboard/bench.js';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { needsLinux } from '../support/system.js';

const root = temporaryFolder();
const matrix = put(
  root,
  'x.npy',
  float32Npy([
    [1, 2],
    [2, 1],
    [3, 1],
    [1, 3],
  ]),
);
const truth = put(
  root,
  'truth.csv',
  'Id,same,Usage\n0,1,Public\n1,0,Public\n2,1,Private\n3,0,Private\n',
);
const scores = put(root, 'scores.csv', 'Predicted,Id\n0.1,0\n0.9,1\n0.3,2\n0.8,3\n');

const COMMANDS = [
  ['--help'],
  ['--version'],
  ['help', 'score'],
  [],
  ['metrics'],
  ['doctor'],
  ['completion', 'bash'],
  ['fit', '--explain'],
  ['inspect', matrix],
  ['audit', '-e', matrix],
  ['check', scores, '--sample', scores],
  ['grade', '-t', truth, '-q', scores],
  ['evaluate', '--scores', scores, '-t', truth, '-q'],
];

test('a full disk behind standard output fails every command that prints', {
  skip: needsLinux,
}, async () => {
  for (const args of COMMANDS) {
    const full = openSync('/dev/full', 'w');
    const run = await hackface(args, { stdout: full });
    closeSync(full);
    assert.equal(run.code, 74, `${args.join(' ')}: ${run.stderr}`);
    const error = parseLine(run.stderr);
    assert.equal(error?.code, 'EIO', args.join(' '));
  }
  const full = openSync('/dev/full', 'w');
  const run = await hackface(['inspect', matrix, '--json'], { stdout: full });
  closeSync(full);
  assert.equal(run.code, 74);
  assert.equal(parseJson(run.stderr)?.file, '<stdout>');
});
