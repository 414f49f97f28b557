/** `identify` and `audit`: rows among rows. */
import { type Case, casesOf } from './case.js';
import { CHALLENGE, modelOf } from './places.js';

const GALLERY = ['-g', 'in/gallery.npy', '--gallery-labels', 'in/gallery.csv'];
const PROBES = ['--probes', 'in/probes.npy', '--probe-labels', 'in/probes.csv'];
const OPEN = ['identify', ...GALLERY, ...PROBES];
const TRAIN = [
  ...['-g', `${CHALLENGE}/train_set.npy`],
  ...['--gallery-labels', `${CHALLENGE}/train_labels.csv`],
];
const SELF = ['identify', ...TRAIN];
const METRICS = ['cosine', 'sqeuclidean', 'dot', 'correlation', 'cityblock', 'mahalanobis'];
const FUSES = ['none', 'min', 'mean', 'template'];
const HITS = ['-o', '@/hits.csv', '-k', '3', '--json'];

function searches(): Record<string, string[]> {
  const cases: Record<string, string[]> = {};
  for (const fuse of FUSES) {
    for (const metric of METRICS) {
      // Templates of nine people have too few dimensions of their own for a covariance.
      const from = metric === 'mahalanobis' ? ['--reference', 'in/people.npy'] : [];
      cases[`${metric}-${fuse}`] = [...OPEN, '-m', metric, ...from, '--fuse', fuse, ...HITS];
    }
    if (fuse === 'template') continue;
    cases[`self-${fuse}`] = [...SELF, '--fuse', fuse, '--threads', '3', '--io', 'read', ...HITS];
  }
  const plain = ['identify', '-g', `${CHALLENGE}/train_set.npy`];
  const rows = [...plain, '--probes', `${CHALLENGE}/test_set.npy`];
  return {
    ...cases,
    angular: [...OPEN, '-m', 'angular', ...HITS],
    combined: [...OPEN, '-m', 'cosine*canberra', ...HITS],
    seuclidean: [...OPEN, '-m', 'seuclidean', '--reference', 'in/people.npy', ...HITS],
    'center-mean': [...OPEN, '--center', 'mean', ...HITS],
    'center-file': [...OPEN, '--center', 'in/center.npy', '-m', 'l2', ...HITS],
    'normalize-l2': [...OPEN, '--normalize', 'l2', '-m', 'sqeuclidean', ...HITS],
    measures: [
      ...[...OPEN, '--ranks', '1,2,3', '--at-fpir', '0.05,0.2,1', '--within-rank', '2', '--json'],
    ],
    insightface: [...OPEN, '--convention', 'insightface', '--at-fpir', '0.1,0.5', '--json'],
    'at-most': [...OPEN, '--convention', 'at-most', '--at-fpir', '0.1,0.5', '--json'],
    'rows-csv': [...rows, '--top', '5', '-o', '@/hits.csv', '--json'],
    'rows-npy': [...rows, '-k', '5', '-o', '@/hits.npy', '--json'],
    'rows-jsonl': [...rows, '-k', '5', '-o', '@/hits.jsonl', '--json'],
    'rows-format': [...rows, '-k', '2', '-o', '@/hits.csv', '--format', 'csv', '--json'],
    'rows-default-top': [...rows, '-o', '@/hits.npy', '--format', 'npy', '--memory', '1', '--json'],
    'rows-scalar': [...rows, '-k', '5', '--cpu', 'scalar', '-o', '@/hits.csv', '--json'],
    'rows-labelled': [...OPEN, '-k', '4', '-o', '@/hits.jsonl', '--json'],
    'rows-stdout': [...rows, '-k', '1', '-o', '-', '--json'],
    'self-include': [...plain, '--self', 'include', '-k', '2', '-o', '@/hits.csv', '--json'],
    'self-exclude': [...plain, '--self', 'exclude', '-k', '2', '-o', '@/hits.csv', '--json'],
    report: [
      ...[...OPEN, '--report', '@/report.html', '--plot', '@/cmc.svg', '@/dir.svg', '--json'],
    ],
    'report-of-self': [...SELF, '--report', '@/report.html', '--plot', '@/cmc.svg', '--json'],
    text: [...OPEN, '--no-progress', '--at-fpir', '0.1'],
    'text-of-hits': [...rows, '-k', '3', '-o', '@/hits.csv'],
    quiet: [...OPEN, '-q'],
  };
}

const FITTED: Record<string, string[]> = {
  'model-plda': [...SELF, '--model', modelOf('plda'), ...HITS],
  'model-plda-template': [
    ...[...SELF, '--probes', `${CHALLENGE}/test_set.npy`, '--model', modelOf('plda')],
    ...['--fuse', 'template', ...HITS],
  ],
  'model-wccn': [...SELF, '--model', modelOf('wccn'), '--fuse', 'mean', '--threads', '3', ...HITS],
  'model-htplda': [...SELF, '--model', modelOf('htplda'), '--fuse', 'min', ...HITS],
  'model-kissme': [...SELF, '--model', modelOf('kissme'), ...HITS],
  'model-report': [...SELF, '--model', modelOf('lda'), '--report', '@/report.html', '--json'],
};

const ONE = ['audit', '-e', 'in/damaged.npy', '-l', 'in/labels-wrong.csv'];
const TRAINED = [
  ...['audit', '--train', 'in/people.npy', '--train-labels', 'in/labels-wrong.csv'],
  ...['--test', 'in/damaged.npy', '--test-labels', 'in/labels.csv'],
];

const AUDITS: Record<string, string[]> = {
  rows: ['audit', '-e', 'in/damaged.npy', '--json'],
  labels: [...ONE, '-o', '@/suspects.csv', '--report', '@/audit.html', '--json'],
  near: [...ONE, '--near', '0.9', '--limit', '3', '-o', '@/suspects.csv', '--json'],
  challenge: [
    ...['audit', '-e', `${CHALLENGE}/train_set.npy`, '-l', `${CHALLENGE}/train_labels.csv`],
    ...['--near', '0.8', '--limit', '40', '-o', '@/suspects.csv', '--threads', '3', '--io', 'read'],
    ...['--report', '@/audit.htm', '--json'],
  ],
  sets: [...TRAINED, '-o', '@/suspects.csv', '--report', '@/audit.html', '--json'],
  'sets-without-labels': [
    ...[
      'audit',
      '--train',
      'in/people.npy',
      '--test',
      'in/damaged.npy',
      '--near',
      '0.99',
      '--json',
    ],
  ],
  stdout: [...ONE, '-o', '-', '--json'],
  text: [...ONE, '--top', '2', '-o', '@/suspects.csv', '--no-progress'],
  'text-of-sets': [...TRAINED, '--near', '0.9'],
  quiet: [...ONE, '-q'],
};

export const SEARCH_CASES: Case[] = [
  ...casesOf('identify', searches()),
  {
    name: 'identify/force',
    args: [...OPEN, ...HITS, '--force'],
    there: ['hits.csv'],
  },
  ...casesOf('identify', FITTED, { fitted: true }),
  ...casesOf('audit', AUDITS),
  {
    name: 'audit/force',
    args: [...ONE, '-o', '@/suspects.csv', '--report', '@/audit.html', '-f', '--json'],
    there: ['suspects.csv', 'audit.html'],
  },
];
