/** `fit`, `transform`, `covariance`: what is learned from rows. */
import { type Case, casesOf, fileName } from './case.js';
import { CHALLENGE, modelOf, PRESETS, TRAIN } from './places.js';

const PIPELINES = [
  'center(class-means), whiten(pca), cosine',
  'center, whiten(zca, shrinkage=oas), euclidean',
  'center, whiten(cholesky, ridge=0.1), sqeuclidean',
  'center, pca(8), dot',
  'center, pca(dims=12, whiten), length-norm, lda(5), cosine',
  'center, pca(auto, ratio=3), wccn(shrinkage=0.2), length-norm, cosine',
  'length-norm, center, nap(3), cosine',
  'mahalanobis(total, shrinkage=none), euclidean',
  'center, pca(10), kissme(indefinite, ridge=0.01)',
  'center, xqda(4)',
  'center, pca(16), plda(6, iterations=5)',
  'center, pca(12), plda(shrinkage=oas, iterations=3)',
  'center, length-norm, pca(12), joint-bayesian(iterations=4)',
  'center, pca(12), htplda(4, iterations=2)',
  'center, length-norm, pca(12), path(0.25)',
  'center',
];

const WRITES = ['-o', '@/model.safetensors', '--json'];
const SMALL = ['-e', 'in/people.npy', '-l', 'in/labels.csv'];

/** Learned first, since other cases use them. */
const FITS: Record<string, string[]> = {
  ...Object.fromEntries(
    PRESETS.map((preset) => [preset, ['fit', ...TRAIN, '--metric', preset, ...WRITES]]),
  ),
  ...Object.fromEntries(
    PIPELINES.map((steps) => [fileName(steps), ['fit', ...TRAIN, '--pipeline', steps, ...WRITES]]),
  ),
};

const FIT_OPTIONS: Record<string, string[]> = {
  default: ['fit', ...SMALL, ...WRITES],
  text: ['fit', ...SMALL, '-o', '@/model.safetensors', '--no-progress'],
  'text-holdout': ['fit', ...TRAIN, '--holdout', '0.3', '-o', '@/model.safetensors'],
  quiet: ['fit', ...SMALL, '-q', '-o', '@/model.safetensors'],
  'holdout-wccn': ['fit', ...TRAIN, '--holdout', '0.3', '--seed', '4', ...WRITES],
  'holdout-plda': ['fit', ...TRAIN, '-m', 'plda', '--holdout', '0.4', '--threads', '3', ...WRITES],
  'holdout-htplda': ['fit', ...TRAIN, '-m', 'htplda', '--holdout', '0.25', ...WRITES],
  'threads-3': ['fit', ...TRAIN, '-m', 'ln-plda', '--threads', '3', '--io', 'read', ...WRITES],
  'threads-1': ['fit', ...TRAIN, '-m', 'ln-plda', '--threads', '1', '--io', 'mmap', ...WRITES],
  'center-file': ['fit', ...SMALL, '--center', 'in/center.npy', ...WRITES],
  'center-train': ['fit', ...SMALL, '--center', 'train', ...WRITES],
  'center-given': [
    ...['fit', ...TRAIN, '--pipeline', 'center(given), pca(8), wccn, cosine'],
    ...['--center', `${CHALLENGE}/test_set.npy`, ...WRITES],
  ],
  subset: ['fit', ...SMALL, '--subset', 'in/subset.csv', ...WRITES],
  'max-per-class': ['fit', ...SMALL, '--max-per-class', '3', ...WRITES],
  'ignore-class': [
    ...['fit', '-e', 'in/people.npy', '-l', 'in/classes.csv', '--ignore-class', 'unknown'],
    ...WRITES,
  ],
  'skip-invalid': [
    ...['fit', '-e', 'in/damaged.npy', '-l', 'in/labels.csv', '--skip-invalid', ...WRITES],
  ],
  doubles: ['fit', '-e', 'in/people-f8.npy', '-l', 'in/labels.csv', '-m', 'lda', ...WRITES],
  fortran: ['fit', '-e', 'in/fortran-f4.npy', '-l', 'in/labels.csv', '-m', 'nap', ...WRITES],
  'without-labels': ['fit', '-e', 'in/people.npy', '-m', 'whiten', ...WRITES],
};

const EXPLANATIONS: Record<string, string[]> = {
  ...Object.fromEntries(
    PRESETS.map((preset) => [preset, ['fit', '--pipeline', preset, '--explain', '--json']]),
  ),
  'by-metric': ['fit', '--metric', 'lda', '--explain', '--json'],
  text: ['fit', '--metric', 'plda', '--explain'],
  centered: ['fit', '--center', 'in/center.npy', '--explain', '--json'],
};

const ROWS = ['-e', `${CHALLENGE}/test_set.npy`];

const TRANSFORMS: Record<string, string[]> = {
  ...Object.fromEntries(
    PRESETS.filter((preset) => preset !== 'htplda').map((preset) => [
      preset,
      ['transform', '--model', modelOf(preset), ...ROWS, '-o', '@/mapped.npy', '--json'],
    ]),
  ),
  ...Object.fromEntries(
    ['plda', 'wccn', 'path', 'kissme'].map((preset) => [
      `${preset}-query`,
      [
        ...['transform', '--model', modelOf(preset), ...ROWS, '--side', 'query'],
        ...['--dtype', 'float64', '-o', '@/mapped.npy', '--json'],
      ],
    ]),
  ),
  'threads-3': [
    ...['transform', '--model', modelOf('ln-plda'), ...ROWS, '--threads', '3', '--io', 'read'],
    ...['--side', 'stored', '--dtype', 'float32', '-o', '@/mapped.npy', '--json'],
  ],
  text: [
    ...['transform', '--model', modelOf('lda'), ...ROWS, '-o', '@/mapped.npy', '--no-progress'],
  ],
  quiet: ['transform', '--model', modelOf('lda'), ...ROWS, '-o', '@/mapped.npy', '-q'],
};

const ESTIMATES = ['-o', '@/covariance.npy', '--mean', '@/mean.npy', '--json'];
const DENOMINATORS: Record<string, string[]> = {
  total: ['rows', 'rows-1', 'rows-classes', 'none'],
  within: ['rows', 'rows-classes', 'classes', 'none'],
  between: ['rows', 'classes', 'classes-1', 'none'],
};

function covariances(): Record<string, string[]> {
  const cases: Record<string, string[]> = {};
  for (const [of, denominators] of Object.entries(DENOMINATORS)) {
    const start = ['covariance', ...TRAIN, '--of', of];
    cases[of] = [...start, ...ESTIMATES];
    cases[`${of}-correlation`] = [...start, '--correlation', ...ESTIMATES];
    cases[`${of}-ridge`] = [...start, '--ridge', '0.05', ...ESTIMATES];
    for (const name of denominators) {
      cases[`${of}-${name}`] = [...start, '--denominator', name, ...ESTIMATES];
    }
    for (const rule of of === 'between' ? ['none', '0.3'] : ['ledoit-wolf', 'oas', 'none', '0.3']) {
      cases[`${of}-shrunk-${rule}`] = [...start, '--shrinkage', rule, ...ESTIMATES];
    }
  }
  const labelled = ['covariance', '-e', 'in/people.npy', '-l', 'in/classes.csv', '--of', 'within'];
  return {
    ...cases,
    'without-labels': ['covariance', '-e', 'in/people-f8.npy', ...ESTIMATES],
    'ignore-class': [...labelled, '--ignore-class', 'unknown', ...ESTIMATES],
    subset: [...labelled, '--subset', 'in/subset.csv', '--max-per-class', '3', ...ESTIMATES],
    'skip-invalid': ['covariance', '-e', 'in/damaged.npy', '--skip-invalid', ...ESTIMATES],
    'threads-3': [
      ...['covariance', ...TRAIN, '--of', 'within', '--threads', '3', '--io', 'read', ...ESTIMATES],
    ],
    text: [
      ...['covariance', ...TRAIN, '--of', 'within', '--shrinkage', 'oas', '--no-progress'],
      ...['-o', '@/covariance.npy', '--mean', '@/mean.npy'],
    ],
    quiet: ['covariance', ...TRAIN, '-q', '-o', '@/covariance.npy'],
  };
}

export const LEARNED_CASES: Case[] = [
  ...casesOf('fit', FITS, { stage: 1, fitted: true }),
  ...casesOf('fit', FIT_OPTIONS, { fitted: true }),
  {
    name: 'fit/labels-from-stdin',
    args: ['fit', '-e', 'in/people.npy', '-l', '-', ...WRITES],
    input: 'in/labels.csv',
    fitted: true,
  },
  {
    name: 'fit/force',
    args: ['fit', ...SMALL, ...WRITES, '-f'],
    there: ['model.safetensors'],
    fitted: true,
  },
  ...casesOf('explain', EXPLANATIONS),
  ...casesOf('transform', TRANSFORMS, { fitted: true }),
  {
    name: 'transform/force',
    args: [
      ...['transform', '--model', modelOf('pca'), ...ROWS, '-o', '@/mapped.npy', '--json', '-f'],
    ],
    there: ['mapped.npy'],
    fitted: true,
  },
  ...casesOf('covariance', covariances(), { fitted: true }),
  {
    name: 'covariance/force',
    args: ['covariance', ...TRAIN, ...ESTIMATES, '--force'],
    there: ['covariance.npy', 'mean.npy'],
    fitted: true,
  },
];
