// A test as an ES module under Jest, which gives it a realm of its own.
import * as library from 'hackface-native';
import { answers, EXPECTED } from './answers.cjs';

test('a score, an AUROC and a search', async () => {
  expect(await answers(library)).toEqual(EXPECTED);
});
