/** Each numeric option of each function has one range: a value outside is refused, one inside is used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allPairs,
  audit,
  compare,
  compareScores,
  covariance,
  evaluate,
  fit,
  HackfaceError,
  identify,
  scorePairs,
} from 'hackface-native';
import { crowd } from '../support/people.js';

const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const VALUES = [0, -1, 2, 1e308, 1e-308, 1e15, ...NOT_FINITE];
const people = crowd({ people: 8, each: 6, dim: 3 });
const { matrix: embeddings, labels } = people;
const scores = Float64Array.from({ length: 40 }, (_, i) => ((i * 7) % 40) / 40 + (i % 2));
const truth = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
const orientation = 'similarity';
const pairs = { index1: Uint32Array.of(0, 9), index2: Uint32Array.of(40, 20) };
const NORM = { metric: 'cosine', norm: 'as-norm', cohort: 'self' } as const;

type Call = (option: object) => Promise<unknown>;

/** Each function, its options of one number, and those of a list. */
const FUNCTIONS: [string, Call, string[], string[]][] = [
  [
    'evaluate',
    (option) => evaluate(scores, truth, { orientation, ...option }),
    ['costMiss', 'costFalseAccept', 'level', 'bootstrap', 'seed', 'folds', 'threads'],
    ['atFar', 'partialFar', 'atThreshold', 'priors'],
  ],
  [
    'compareScores',
    (option) => compareScores(scores, scores, truth, { orientation, ...option }),
    ['level', 'threads'],
    ['atFar'],
  ],
  [
    'allPairs',
    (option) => allPairs({ embeddings, labels }, option),
    ['costMiss', 'costFalseAccept', 'level', 'memory', 'threads'],
    ['atFar', 'partialFar', 'atThreshold', 'priors'],
  ],
  [
    'identify',
    (option) => identify({ gallery: embeddings, galleryLabels: labels, ...option }),
    ['top', 'memory', 'threads'],
    [],
  ],
  [
    'audit',
    (option) => audit({ embeddings, ...option }),
    ['near', 'nearRows', 'limit', 'threads'],
    [],
  ],
  [
    'fit',
    (option) => fit({ embeddings, labels, pipeline: 'wccn', ...option }),
    ['holdout', 'level', 'seed', 'maxPerClass', 'threads'],
    [],
  ],
  [
    'covariance',
    (option) => covariance({ embeddings, labels, of: 'within', ...option }),
    ['ridge', 'shrinkage', 'maxPerClass', 'threads'],
    [],
  ],
  [
    'scorePairs',
    (option) => scorePairs(embeddings, pairs, { ...NORM, ...option }),
    ['cohortTop', 'cohortFloor', 'threads'],
    [],
  ],
  [
    'compare',
    (option) => compare({ embeddings, labels, candidates: ['wccn'], ...option }),
    ['folds', 'level', 'seed', 'threads'],
    [],
  ],
];

/** The code of a refusal, or `used`. */
async function outcome(call: Call, option: object): Promise<string> {
  try {
    await call(option);
    return 'used';
  } catch (error) {
    return error instanceof HackfaceError ? error.code : `not ours: ${error}`;
  }
}

for (const [name, call, numbers, lists] of FUNCTIONS) {
  test(`${name} refuses what is out of range`, async () => {
    const isRated = lists.includes('atFar');
    for (const tarRule of isRated ? (['at-most', 'quantile'] as const) : [undefined]) {
      const rule = isRated ? { tarRule } : {};
      for (const value of VALUES) {
        const options = [
          ...numbers.map((option) => ({ [option]: value })),
          ...lists.map((option) => ({ [option]: [value] })),
        ];
        for (const option of options) {
          // Thousands of draws or threads are slow, not wrong.
          if (value === 1e15 && ('bootstrap' in option || 'threads' in option)) continue;
          const found = await outcome(call, { ...rule, ...option });
          const what = `${name} ${JSON.stringify(option)} ${value} (${tarRule}): ${found}`;
          assert.match(found, /^(used|EOPTION|EARGUMENT|EMEMORY)$/, what);
          if (NOT_FINITE.includes(value)) assert.notEqual(found, 'used', what);
        }
      }
    }
  });
}

test('a false accept rate has one range', async () => {
  const outcomes = FUNCTIONS.filter(([, , , lists]) => lists.includes('atFar')).map(([, call]) =>
    Promise.all(VALUES.map((value) => outcome(call, { atFar: [value] }))),
  );
  const [first, ...others] = await Promise.all(outcomes);
  assert.ok(first?.includes('EOPTION') && first.includes('used'));
  for (const other of others) assert.deepEqual(other, first);
});
