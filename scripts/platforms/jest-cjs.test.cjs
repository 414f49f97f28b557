// A test in CommonJS under Jest, which gives it a realm of its own.
const library = require('hackface-native');
const { answers, EXPECTED } = require('./answers.cjs');

test('a score, an AUROC and a search', async () => {
  expect(await answers(library)).toEqual(EXPECTED);
});
