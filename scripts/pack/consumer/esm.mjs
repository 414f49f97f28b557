// A program that imports the package; prints what it computes.
import { scorePairs, scorePairsSync, version } from 'hackface-native';

const matrix = { data: Float32Array.of(3, 4, 4, 3, 0, 5), rows: 3, dim: 2 };
const pairs = { index1: Uint32Array.of(0, 0, 1), index2: Uint32Array.of(0, 1, 2) };
const later = await scorePairs(matrix, pairs, { metric: 'sqeuclidean' });
const now = scorePairsSync(matrix, pairs, { metric: 'sqeuclidean' });
console.log(JSON.stringify({ version, later: [...later], now: [...now] }));
