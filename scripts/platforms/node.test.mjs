// A test of `node --test`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as library from 'hackface-native';
import { answers, EXPECTED } from './answers.cjs';

test('a score, an AUROC and a search', async () => {
  assert.deepEqual(await answers(library), EXPECTED);
});
