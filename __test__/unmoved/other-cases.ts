/** `synth`, `inspect`, `metrics`, `completion`, `doctor`, help, and what only the library does. */
import { type Case, casesOf } from './case.js';
import { CHALLENGE, modelOf, PRESETS } from './places.js';

const LIBRARY = '__test__/unmoved/library.mjs';

const SIZES = ['--train', '400', '--test', '300', '--pairs', '400', '--dim', '32'];
const SMALL = ['--train', '60', '--test', '40', '--pairs', '50', '--dim', '8'];

const INSPECTED: Record<string, string> = {
  npy: `${CHALLENGE}/train_set.npy`,
  damaged: 'in/damaged.npy',
  halves: 'in/f2.npy',
  bytes: 'in/i1.npy',
  fortran: 'in/fortran-f8.npy',
  pairs: 'in/pairs.csv',
  semicolons: 'in/semicolons.csv',
};

const COMMANDS = [
  ...['score', 'evaluate', 'grade', 'identify', 'check', 'fit', 'transform', 'covariance'],
  ...['metrics', 'inspect', 'audit', 'synth', 'doctor', 'completion'],
];

export const OTHER_CASES: Case[] = [
  { name: 'synth/challenge', args: ['synth', '@', ...SIZES, '--json'], stage: 0 },
  { name: 'synth/world', args: ['synth', '@/data', ...SMALL, '--seed', '9', '--json'], stage: 0 },
  ...casesOf('synth', {
    r1: ['synth', '@', ...SMALL, '--replica', 'r1', '--set', '3', '--threads', '3', '--json'],
    'r2-set': ['synth', '@', ...SMALL, '--replica', 'r2', '--set', '6', '--json'],
    none: ['synth', '@', ...SMALL, '--replica', 'none', '--no-progress'],
    quiet: ['synth', '@', ...SMALL, '-q'],
  }),
  {
    name: 'synth/force',
    args: ['synth', '@', ...SMALL, '--force', '--json'],
    there: ['test_pairs.csv'],
  },
  ...Object.entries(INSPECTED).map(
    ([name, file]): Case => ({ name: `inspect/${name}`, args: ['inspect', file, '--json'] }),
  ),
  ...casesOf('inspect', {
    'npy-3-threads': [
      ...['inspect', `${CHALLENGE}/test_set.npy`, '--threads', '3', '--io', 'read', '--json'],
    ],
    'npy-text': ['inspect', `${CHALLENGE}/test_set.npy`, '--no-progress'],
    'csv-text': ['inspect', 'in/semicolons.csv'],
  }),
  { name: 'inspect/stdin', args: ['inspect', '-', '--json'], input: 'in/truth.csv' },
  ...PRESETS.map(
    (preset): Case => ({
      name: `inspect/model-${preset}`,
      args: ['inspect', modelOf(preset), '--json'],
      fitted: true,
    }),
  ),
  { name: 'inspect/model-text', args: ['inspect', modelOf('plda')], fitted: true },
  ...casesOf('metrics', { json: ['metrics', '--json'], text: ['metrics'] }),
  ...casesOf('doctor', { json: ['doctor', '--json'] }),
  ...casesOf('completion', {
    bash: ['completion', 'bash'],
    zsh: ['completion', 'zsh'],
    fish: ['completion', 'fish'],
  }),
  ...COMMANDS.map((name): Case => ({ name: `help/${name}`, args: [name, '--help'] })),
  ...casesOf('help', {
    all: ['--help'],
    'of-score': ['help', 'score'],
    version: ['--version'],
    nothing: [],
  }),
  { name: 'library/plain', args: ['plain'], script: LIBRARY },
  { name: 'library/fitted', args: ['fitted'], script: LIBRARY, fitted: true },
];
