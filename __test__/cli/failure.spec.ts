/** Failures in the words and with the exit codes that a user meets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure } from '#dist/cli/failure.js';

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  assert.fail('nothing was thrown');
}

test('memory that V8 does not get is no bug of ours', () => {
  const error = thrown(() => new ArrayBuffer(2 ** 52));
  const { text, exitCode } = describeFailure(error, false);
  assert.match(text, /^error\[EMEMORY\] found no memory left for an array, expected room .*limit/);
  assert.equal(exitCode, 74);
  assert.equal(JSON.parse(describeFailure(error, true).text).error.code, 'EMEMORY');
});

test('any other error is one, with its stack on one line', () => {
  for (const error of [thrown(() => new Array(-1)), new Error('two\nlines'), 'text', undefined]) {
    const { text, exitCode } = describeFailure(error, false);
    assert.match(text, /^error\[EINTERNAL\] found [^\n]*report it[^\n]*$/);
    assert.equal(exitCode, 70);
  }
});
