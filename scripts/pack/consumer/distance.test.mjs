// A test of a program that uses the package, run by vitest in worker threads and in processes.
import { scorePairs } from 'hackface-native';
import { expect, test } from 'vitest';

test('a distance', async () => {
  const matrix = { data: Float32Array.of(3, 4, 4, 3), rows: 2, dim: 2 };
  const pairs = { index1: Uint32Array.of(0), index2: Uint32Array.of(1) };
  expect([...(await scorePairs(matrix, pairs, { metric: 'sqeuclidean' }))]).toEqual([2]);
});
