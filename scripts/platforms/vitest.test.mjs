// A test under Vitest.
import * as library from 'hackface-native';
import { expect, test } from 'vitest';
import { answers, EXPECTED } from './answers.cjs';

test('a score, an AUROC and a search', async () => {
  expect(await answers(library)).toEqual(EXPECTED);
});
