// A CommonJS program; the package is one, whichever way it is asked for.
const library = require('hackface-native');

const matrix = { data: Float32Array.of(3, 4, 4, 3, 0, 5), rows: 3, dim: 2 };
const pairs = { index1: Uint32Array.of(0, 0, 1), index2: Uint32Array.of(0, 1, 2) };
(async () => {
  const { version, scorePairs, scorePairsSync } = library;
  const later = await scorePairs(matrix, pairs, { metric: 'sqeuclidean' });
  const now = scorePairsSync(matrix, pairs, { metric: 'sqeuclidean' });
  const imported = await import('hackface-native');
  if (imported.HackfaceError !== library.HackfaceError)
    throw new Error('two copies of the classes');
  console.log(JSON.stringify({ version, later: [...later], now: [...now] }));
})();
