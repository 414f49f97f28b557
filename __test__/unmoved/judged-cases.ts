/** `evaluate`, `grade`, `check`: what is said of scores. */
import { type Case, casesOf } from './case.js';
import { CHALLENGE, modelOf, PEOPLE, scoresOf, TEST, TRAIN, TRUTH } from './places.js';

const SCORES = ['evaluate', '--scores', scoresOf('cosine'), ...TRUTH];
const PAIRS = ['-p', `${CHALLENGE}/test_pairs.csv`];
const KNOWN = [...SCORES, ...PAIRS];
const RATIOS = [
  ...['evaluate', '--scores', 'in/ratios.csv', '--score-column', 'llr'],
  ...['--orientation', 'similarity', '-t', 'in/truth.csv', '--ratios'],
];
const SMALL = ['evaluate', ...PEOPLE, '-t', 'in/truth.csv'];
const TWO = ['evaluate', '--scores', scoresOf('cosine'), scoresOf('canberra'), ...TRUTH];

const EVALUATIONS: Record<string, string[]> = {
  scores: [...SCORES, '--json'],
  'scores-pairs': [...KNOWN, '--json'],
  measures: [
    ...[...KNOWN, '--at-far', '0.1,0.05,0.01', '--partial-far', '0.1,0.5', '--prior', '0.01,0.5'],
    ...['--at-threshold', '0.4,0.6', '--cost-miss', '2', '--cost-false-accept', '3', '--json'],
  ],
  'rule-nearest': [...KNOWN, '--at-far', '0.1,0.01', '--tar-rule', 'nearest', '--json'],
  'rule-quantile': [...KNOWN, '--at-far', '0.1,0.01', '--tar-rule', 'quantile', '--json'],
  'rule-at-most': [...KNOWN, '--at-far', '0.1,0.01', '--tar-rule', 'at-most', '--json'],
  bootstrap: [...KNOWN, '--bootstrap', '40', '--seed', '3', '--json'],
  'bootstrap-3-threads': [...KNOWN, '--bootstrap', '40', '--seed', '3', '--threads', '3', '--json'],
  'bootstrap-labels': [
    ...['evaluate', ...PEOPLE, '-l', 'in/labels.csv', '--bootstrap', '30', '--json'],
  ],
  folds: [...KNOWN, '--folds', '5', '--seed', '2', '--json'],
  'folds-of-file': [...SMALL, '--folds', 'in/folds.csv', '--json'],
  similarity: [
    ...['evaluate', '--scores', 'in/ratios.csv', '--score-column', 'llr'],
    ...['--orientation', 'similarity', '-t', 'in/truth.csv', '--json'],
  ],
  ratios: [...RATIOS, '--json'],
  'truth-column': [
    ...['evaluate', '--scores', 'in/other.csv', '-t', 'in/truth-match.csv'],
    ...['--truth-column', 'match', '--orientation', 'distance', '--json'],
  ],
  compare: [...TWO, '--json'],
  'compare-pairs': [...TWO, ...PAIRS, '--at-far', '0.1', '--json'],
  'compare-bootstrap': [...TWO, ...PAIRS, '--bootstrap', '30', '--json'],
  'compare-plots': [...TWO, '--plot', '@/roc.svg', '@/det.svg', '@/det-log.svg', '--json'],
  embeddings: ['evaluate', ...TEST, ...TRUTH, '--json'],
  metric: ['evaluate', ...TEST, ...TRUTH, '-m', 'canberra*cosine', '--threads', '3', '--json'],
  'io-read': ['evaluate', ...TEST, ...TRUTH, '--io', 'read', '--json'],
  labels: [...SMALL, '-l', 'in/labels.csv', '--json'],
  'labels-without-truth': ['evaluate', ...PEOPLE, '-l', 'in/labels.csv', '--json'],
  'train-labels': [
    ...['evaluate', ...PEOPLE, '-l', 'in/labels.csv', '--train-labels', 'in/trained.csv', '--json'],
  ],
  groups: [
    ...['evaluate', ...PEOPLE, '-l', 'in/labels.csv', '--groups', 'in/groups.csv'],
    ...['--at-far', '0.1,0.02', '--json'],
  ],
  'groups-of-pairs': [...SMALL, '--groups', 'in/groups-of-pairs.csv', '--at-far', '0.1', '--json'],
  report: [
    ...[...KNOWN, '--report', '@/report.html', '--json', '--no-progress'],
    ...['--plot', '@/roc.svg', '@/det.svg', '@/det-log.svg', '@/hist.svg'],
  ],
  'report-of-all': [
    ...['evaluate', ...PEOPLE, '-l', 'in/labels.csv', '--groups', 'in/groups.csv'],
    ...['--train-labels', 'in/trained.csv', '--at-far', '0.1', '--partial-far', '0.1'],
    ...['--at-threshold', '0.5', '--bootstrap', '20', '--folds', '4'],
    ...['--report', '@/report.html', '--json'],
  ],
  'report-of-ratios': [
    ...[...RATIOS, '--report', '@/report.htm', '--plot', '@/reliability.svg', '--json'],
  ],
  text: KNOWN,
  'text-of-all': [
    ...['evaluate', ...PEOPLE, '-l', 'in/labels.csv', '--groups', 'in/groups.csv'],
    ...['--at-far', '0.1', '--partial-far', '0.1', '--at-threshold', '0.5', '--folds', '4'],
  ],
  'text-of-ratios': RATIOS,
  'text-of-two': [...TWO, ...PAIRS],
  quiet: [...SCORES, '-q'],
};

const EVERY = ['evaluate', '--all-pairs', '-e', 'in/people.npy', '-l', 'in/labels.csv'];
const OTHERS = ['--gallery', 'in/gallery.npy', '--gallery-labels', 'in/gallery.csv'];

/** Some use learned models, some sums in single precision. */
const FITTED: Record<string, string[]> = {
  'all-pairs': [...EVERY, '--json'],
  'all-pairs-double': [...EVERY, '--precision', 'double', '--at-far', '0.1,0.01', '--json'],
  'all-pairs-single': [...EVERY, '--precision', 'single', '--memory', '1', '--json'],
  'all-pairs-train': ['evaluate', '--all-pairs', ...TRAIN, '--at-far', '1e-2,1e-4', '--json'],
  'all-pairs-3-threads': [
    ...['evaluate', '--all-pairs', ...TRAIN, '--threads', '3', '--io', 'read', '--json'],
  ],
  'all-pairs-euclidean': [...EVERY, '-m', 'euclidean', '--json'],
  'all-pairs-dot': [...EVERY, '-m', 'dot', '--json'],
  'all-pairs-cityblock': [...EVERY, '-m', 'cityblock', '--json'],
  'all-pairs-gallery': [
    ...['evaluate', '--all-pairs', '-e', 'in/probes.npy', '-l', 'in/probes.csv', ...OTHERS],
    '--json',
  ],
  'all-pairs-ignored': [
    ...['evaluate', '--all-pairs', '-e', 'in/people.npy', '-l', 'in/classes.csv'],
    ...['--ignore-class', 'unknown', '--json'],
  ],
  'all-pairs-checkpoint': [...EVERY, '--checkpoint', '@/state', '--json'],
  'all-pairs-model': [
    ...['evaluate', '--all-pairs', ...TRAIN, '--model', modelOf('plda'), '--json'],
  ],
  'all-pairs-model-cosine': [
    ...['evaluate', '--all-pairs', ...TRAIN, '--model', modelOf('wccn'), '--json'],
  ],
  'all-pairs-report': [
    ...[...EVERY, '--report', '@/report.html', '--plot', '@/roc.svg', '@/det.svg', '@/hist.svg'],
    '--json',
  ],
  'all-pairs-text': EVERY,
  model: ['evaluate', ...TEST, ...TRUTH, '--model', modelOf('wccn'), '--json'],
  'model-ratios': ['evaluate', ...TEST, ...TRUTH, '--model', modelOf('plda'), '--json'],
  'model-report': [
    ...['evaluate', ...TEST, ...TRUTH, '--model', modelOf('lda'), '--report', '@/report.html'],
    '--json',
  ],
};

const SUBMISSIONS = ['cosine', 'sqeuclidean', 'canberra', 'yule'].map(scoresOf);
const GRADES: Record<string, string[]> = {
  seed: ['grade', ...TRUTH, '--public', '0.3', '--seed', '7', ...SUBMISSIONS, '--json'],
  pairs: ['grade', ...TRUTH, ...PAIRS, ...SUBMISSIONS, '--threads', '3', '--json'],
  usage: ['grade', '-t', 'in/truth-usage.csv', 'in/other.csv', '--json'],
  columns: [
    ...['grade', '-t', 'in/truth-match.csv', '--truth-column', 'match'],
    ...['--score-column', 'llr', 'in/ratios.csv', '--json'],
  ],
  'one-refused': ['grade', ...TRUTH, ...SUBMISSIONS, 'in/submission-bad.csv', '--json'],
  text: ['grade', ...TRUTH, ...SUBMISSIONS, 'in/submission-bad.csv'],
  quiet: ['grade', ...TRUTH, ...SUBMISSIONS, '-q'],
};

const CHECKS: Record<string, string[]> = {
  pairs: ['check', scoresOf('cosine'), ...PAIRS, '--json'],
  sample: ['check', 'in/submission-good.csv', '--sample', 'in/sample.csv', '--json'],
  both: [
    'check',
    'in/submission-good.csv',
    '-p',
    'in/pairs.csv',
    '--columns',
    'Id,score',
    '--json',
  ],
  text: ['check', scoresOf('cosine'), ...PAIRS],
  quiet: ['check', scoresOf('cosine'), ...PAIRS, '-q'],
};

export const JUDGED_CASES: Case[] = [
  ...casesOf('evaluate', EVALUATIONS),
  {
    name: 'evaluate/truth-from-stdin',
    args: ['evaluate', '--scores', 'in/other.csv', '-t', '-', '--json'],
    input: 'in/truth.csv',
  },
  {
    name: 'evaluate/force',
    args: [...SCORES, '--plot', '@/roc.svg', '--report', '@/page.html', '--force', '--json'],
    there: ['roc.svg', 'page.html'],
  },
  ...casesOf('evaluate', FITTED, { fitted: true }),
  ...casesOf('grade', GRADES),
  ...casesOf('check', CHECKS),
  {
    name: 'check/found',
    args: ['check', '../../score/cosine/scores.csv', '--json'],
    cwd: CHALLENGE,
  },
  {
    name: 'check/stdin',
    args: ['check', '-', '--sample', 'in/sample.csv', '--json'],
    input: 'in/submission-good.csv',
  },
  {
    name: 'check/bad',
    args: ['check', 'in/submission-bad.csv', '-p', 'in/pairs.csv', '--json'],
    fails: true,
  },
  {
    name: 'check/bad-text',
    args: ['check', 'in/submission-bad.csv', '-p', 'in/pairs.csv'],
    fails: true,
  },
];
