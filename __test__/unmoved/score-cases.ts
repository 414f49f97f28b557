/** `score`: every metric, combinations, what happens to rows first, every type of matrix. */
import { type Case, casesOf, fileName } from './case.js';
import { CHALLENGE, modelOf, PEOPLE, PRESETS, TEST } from './places.js';

const METRICS = [
  'sqeuclidean',
  'euclidean',
  'cosine',
  'angular',
  'correlation',
  'dot',
  'tanimoto',
  'cityblock',
  'chebyshev',
  'minkowski',
  'canberra',
  'canberra-cubic',
  'braycurtis',
  'seuclidean',
  'mahalanobis',
  'jensenshannon',
  'offset-cosine',
  'dot-over-norms',
  'yule',
  'rogerstanimoto',
];

const EXPRESSIONS = [
  'minkowski(p=1)',
  'minkowski(p=3)',
  'minkowski(p=4)',
  'minkowski(p=0.5)',
  'minkowski(p=2.7)',
  'minkowski(p=inf)',
  'offset-cosine(form=original)',
  'offset-cosine(offset=100, norm-offset=5)',
  'cosine*yule*braycurtis*abs(rogerstanimoto)',
  '0.5*minmax(cosine) + 0.5*minmax(canberra)',
  'zscore(cityblock) - sqrt(sqeuclidean)/2',
  '-(cosine - angular) / (1 + chebyshev)',
  'zscore(minmax(euclidean) * correlation)',
  '2 · cos − l1 × l2sqr',
  '0.3*zscore(mahalanobis) + 0.7*zscore(seuclidean)',
  'minmax(lp(p=3)) + minmax(pearson) + minmax(inner-product)',
];

const TYPES = [
  ...['f2', 'i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8'],
  ...['big-endian', 'fortran-f4', 'fortran-f8', 'version-2', 'version-3'],
];

const WRITES = ['-o', '@/scores.csv', '--json'];

export const SCORE_CASES: Case[] = [
  ...casesOf('score', plain(), { stage: 1 }),
  ...casesOf('score', beforehand()),
  ...casesOf('score', others()),
  { name: 'score/found', args: ['score', ...WRITES], cwd: CHALLENGE },
  { name: 'score/found-text', args: ['score', '-o', '@/scores.csv'], cwd: CHALLENGE },
  { name: 'score/found-below', args: ['score', ...WRITES], cwd: 'out/synth/world' },
  {
    name: 'score/stdin',
    args: ['score', '-e', 'in/people.npy', '-p', '-', ...WRITES],
    input: 'in/pairs.csv',
  },
  {
    name: 'score/stdin-bare',
    args: ['score', '-e', 'in/people.npy', '-p', '-', '--no-header', ...WRITES],
    input: 'in/pairs-bare.csv',
  },
  {
    name: 'score/force',
    args: ['score', ...PEOPLE, ...WRITES, '--force'],
    there: ['scores.csv'],
  },
  {
    name: 'score/threads-by-variable',
    args: ['score', ...PEOPLE, ...WRITES],
    env: { HACKFACE_THREADS: '2' },
  },
  ...casesOf('score-model', learned(), { fitted: true }),
];

/** One metric each, twice: singles of a challenge, and doubles that are all positive. */
function plain(): Record<string, string[]> {
  const cases: Record<string, string[]> = {};
  const positive = ['-e', 'in/positive-f8.npy', '-p', 'in/pairs.csv'];
  for (const metric of METRICS) {
    if (metric !== 'jensenshannon') {
      cases[metric] = ['score', ...TEST, '-m', metric, '--threads', '1', ...WRITES];
    }
    const how = ['--threads', '3', '--io', 'read'];
    cases[`${metric}-f8`] = ['score', ...positive, '-m', metric, ...how, ...WRITES];
  }
  for (const metric of EXPRESSIONS) {
    const data = ['-e', 'in/positive.npy', '-p', 'in/pairs.csv'];
    cases[fileName(metric)] = ['score', ...data, '-m', metric, ...WRITES];
  }
  return cases;
}

/** What is done to rows before they are measured. */
function beforehand(): Record<string, string[]> {
  const cases: Record<string, string[]> = {};
  const steps: Record<string, string[]> = {
    mean: ['--center', 'mean'],
    file: ['--center', 'in/center.npy'],
    rows: ['--center', 'in/positive.npy'],
    l2: ['--normalize', 'l2'],
    'mean-l2': ['--center', 'mean', '--normalize', 'l2'],
    none: ['--center', 'none', '--normalize', 'none'],
  };
  for (const [name, options] of Object.entries(steps)) {
    for (const metric of ['cosine', 'sqeuclidean', 'mahalanobis', 'canberra']) {
      cases[`${metric}-${name}`] = ['score', ...PEOPLE, '-m', metric, ...options, ...WRITES];
    }
  }
  for (const metric of ['seuclidean', 'mahalanobis']) {
    const reference = ['--reference', 'in/positive-f8.npy'];
    cases[`${metric}-reference`] = ['score', ...PEOPLE, '-m', metric, ...reference, ...WRITES];
    cases[`${metric}-reference-l2`] = [
      ...['score', ...PEOPLE, '-m', metric, ...reference],
      ...['--center', 'mean', '--normalize', 'l2', '--threads', '3', ...WRITES],
    ];
  }
  return cases;
}

function others(): Record<string, string[]> {
  const zeros = ['score', '-e', 'in/zeros.npy', '-p', 'in/pairs.csv'];
  const cases: Record<string, string[]> = {
    text: ['score', ...PEOPLE, '-o', '@/scores.csv', '--no-progress'],
    quiet: ['score', ...PEOPLE, '-o', '@/scores.csv', '-q'],
    'dry-run': ['score', ...PEOPLE, '-o', '@/scores.csv', '--dry-run', '--json'],
    'dry-run-text': ['score', ...PEOPLE, '-o', '@/scores.csv', '-n'],
    stdout: ['score', ...PEOPLE, '-o', '-', '--json'],
    'stdout-text': ['score', ...PEOPLE, '-o', '-'],
    scalar: ['score', ...PEOPLE, '--cpu', 'scalar', ...WRITES],
    'scalar-mahalanobis': ['score', ...PEOPLE, '-m', 'mahalanobis', '--cpu', 'scalar', ...WRITES],
    auto: ['score', ...PEOPLE, '--cpu', 'auto', '--io', 'mmap', ...WRITES],
    'id-first': ['score', ...PEOPLE, '--columns', 'Id,Predicted', ...WRITES],
    columns: ['score', ...PEOPLE, '--columns', 'score,pair_id', ...WRITES],
    formulas: [
      ...['score', '-e', 'in/people.npy', '-p', 'in/pairs-formula.csv'],
      ...['--allow-formula-like-ids', ...WRITES],
    ],
    'no-header': [
      ...['score', '-e', 'in/people.npy', '-p', 'in/pairs-bare.csv', '--no-header', ...WRITES],
    ],
    'undefined-max': [...zeros, '--undefined', 'max', ...WRITES],
    'undefined-max-of-two': [
      ...[...zeros, '-m', 'cosine + minmax(correlation)', '--undefined', 'max', ...WRITES],
    ],
    'undefined-refuse-euclidean': [...zeros, '-m', 'l2', '--undefined', 'refuse', ...WRITES],
  };
  for (const [i, type] of TYPES.entries()) {
    const how = ['--io', i % 2 === 0 ? 'mmap' : 'read'];
    const matrix = ['-e', `in/${type}.npy`, '-p', 'in/pairs.csv'];
    cases[`${type}-matrix`] = ['score', ...matrix, '-m', 'canberra', ...how, ...WRITES];
  }
  return cases;
}

function learned(): Record<string, string[]> {
  const cases: Record<string, string[]> = {};
  for (const preset of PRESETS) {
    const model = ['--model', modelOf(preset)];
    cases[preset] = ['score', ...TEST, ...model, '--threads', '1', ...WRITES];
  }
  const plda = ['score', ...TEST, '--model', modelOf('plda')];
  return {
    ...cases,
    'plda-3-threads': [...plda, '--threads', '3', '--io', 'read', ...WRITES],
    'plda-text': [...plda, '-o', '@/scores.csv'],
  };
}
