// What every platform is asked, with arrays and sets of its own: a score, an AUROC and a search.
const EXPECTED = {
  scored: [2, 10],
  now: [2, 10],
  auroc: 0.75,
  keys: ['a', 'c'],
  code: 'EINDEX',
  metric: 'EOPTION metric',
  batches: 3,
  near: 5,
};

/** Answers as plain data; `library` is the package as the platform imports it. */
async function answers(library) {
  const matrix = { data: Float32Array.of(3, 4, 4, 3, 0, 5), rows: 3, dim: 2 };
  const pairs = { index1: Uint32Array.of(0, 0), index2: Uint32Array.of(1, 2) };
  const asked = { metric: 'sqeuclidean' };
  const scored = await library.scorePairs(matrix, pairs, asked);
  const now = library.scorePairsSync(matrix, pairs, asked);
  const distances = Float64Array.of(0.1, 0.3, 0.2, 0.4);
  const same = Uint8Array.of(1, 1, 0, 0);
  const auroc = await library.auroc(distances, same, { orientation: 'distance' });
  const gallery = await library.Gallery.open(matrix, {
    metric: 'euclidean',
    keys: ['a', 'b', 'c'],
  });
  const found = await gallery.search([[3, 4.1]], 2, { where: { keys: new Set(['a', 'c']) } });
  gallery.close();
  const beyond = { index1: Uint32Array.of(7), index2: Uint32Array.of(0) };
  const code = await library.scorePairs(matrix, beyond).catch(codeIn(library));
  const misspelt = await library
    .scorePairs(matrix, pairs, { metrc: 'dot' })
    .catch(optionIn(library));
  async function* cursor() {
    yield [
      [1, 2],
      [3, 4],
    ];
    yield Float64Array.of(5, 6);
  }
  const collected = await library.Embeddings.from(cursor());
  return {
    scored: [...scored],
    now: [...now],
    auroc,
    keys: found.keys,
    code,
    metric: misspelt,
    batches: collected.rows,
    near: library.distance([3, 4], new Float32Array(2), { metric: 'euclidean' }),
  };
}

const codeIn = (library) => (error) => error instanceof library.HackfaceError && error.code;
const optionIn = (library) => (error) => `${codeIn(library)(error)} ${error.option}`;

module.exports = { answers, EXPECTED };
