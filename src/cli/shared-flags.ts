/** Flags that several commands share. */
import { defaults } from '../defaults.js';
import { HackfaceError } from '../errors.js';
import { presets } from '../presets.js';
import { formatNames } from '../lists/formats.js';
import { metrics } from '../metrics.js';
import { FUSIONS } from '../sides.js';
import { choice, input, text, toggle, value } from './flags.js';
import { isShare, number, type Parser, positive, wholeNumber } from './parsers.js';

export const threads = () =>
  value(
    '--threads <n>',
    'threads, 1 to 1024 (default: HACKFACE_THREADS, or what this process may use)',
    wholeNumber(1, 1024),
  );

export const cpu = () =>
  choice('--cpu <set>', 'instruction set; changes no result', [
    'auto',
    'scalar',
    'avx2',
    'avx512',
    'neon',
  ]).shows(() => 'auto');

export const io = () =>
  choice('--io <how>', 'map .npy files, or read them; changes no result', ['mmap', 'read']).shows(
    () => 'mmap',
  );

export const seed = (about: string) =>
  value('--seed <n>', about, wholeNumber(0, 2 ** 31)).shows(() => defaults().evaluation.seed);

export const level = () =>
  value(
    '--level <share>',
    'share of repetitions that an interval covers',
    number('a number between 0 and 1', isShare),
  ).shows(() => defaults().evaluation.level);

/** An expression, which the core reads; a learned metric is refused here with the way to use it. */
const METRIC: Parser<string> = {
  expected: 'a metric',
  read(text) {
    const isFile = /\.safetensors$/i.test(text);
    if (!isFile && !isLearned(text)) return text;
    throw new HackfaceError('EMETRIC', 'usage', {
      found: isFile ? `the model file ${text}` : `the model ${text}`,
      expected: 'a metric',
      hint: isFile
        ? `Name a model with --model ${text}`
        : `It is learned: hackface-native fit -m ${text} writes a model, which --model FILE names`,
    });
  },
};

/** True if a name is that of a preset and of no metric. */
function isLearned(name: string): boolean {
  const isMetric = () => metrics().some((one) => one.name === name || one.aliases.includes(name));
  return presets().some((preset) => preset.name === name) && !isMetric();
}

export const metric = (about: string) =>
  value('-m, --metric <expression>', about, METRIC).shows(() => defaults().metric);

/** Which rows to learn from. */
export const trainingRows = () => ({
  labels: input('-l, --labels <file>', 'CSV of [index,]class; - is standard input'),
  ignoreClass: text('--ignore-class <name>', 'leave out the rows of this class, as if unlabelled'),
  names: input(
    '--names <file>',
    'names of the rows, by which labels and a subset tell them (default: those in the matrix file)',
  ),
  subset: input('--subset <file>', 'CSV with a column index, or name: only these rows are used'),
  maxPerClass: value(
    '--max-per-class <n>',
    'leave out rows of a class beyond this many',
    wholeNumber(1, 2 ** 31),
  ),
  skipInvalid: toggle('--skip-invalid', 'leave out rows with NaN or infinity, and count them'),
});

/** Pipelines with semicolons between them. */
const PIPELINES: Parser<string[]> = {
  expected: 'pipelines, with semicolons between them',
  read(text) {
    const all = text.split(';').map((pipeline) => pipeline.trim());
    return all.includes('') ? undefined : all;
  },
};

/** The candidates of a comparison, and how they are compared. */
export const candidates = () => ({
  candidates: value(
    '--candidates <list>',
    'pipelines or presets in order of preference, with ; between them',
    PIPELINES,
  ),
  folds: value('--folds <k>', 'folds of people (default: 5, or fewer)', wholeNumber(2, 1000)),
});

/** How lists tell rows. */
export const lists = () => ({
  names: input(
    '--names <file>',
    'names of the rows, one a line or a column name: lists tell rows by them',
  ),
  listFormat: choice(
    '--list-format <name>',
    'how the list of pairs is written',
    formatNames('pairs'),
  ).shows(() => 'by its first lines'),
  namePattern: text('--name-pattern <pattern>', "names that LFW's name and number stand for").shows(
    () => '{name}/{name}_{number:4}.jpg',
  ),
});

/** The members of pairs, where they are not all rows of one matrix. */
export const sides = () => ({
  against: input('--against <file>', '.npy matrix that second members of pairs are rows of'),
  againstNames: input('--against-names <file>', 'names of its rows'),
  enrol: input(
    '--enrol <file>',
    'templates of several rows, which pairs name first: spk2utt, utt2spk, or CSV of template,row',
  ),
  fuse: choice('--fuse <how>', 'how the rows of a template are compared', FUSIONS).shows(
    () => 'plda for a model of PLDA, else template',
  ),
});

/** How the rows of a template become one. */
export const pooling = () => ({
  overMedia: choice('--over-media <how>', 'media of a template become their mean or their sum', [
    'mean',
    'sum',
  ]).shows(() => 'mean'),
  normPower: value(
    '--norm-power <n>',
    'a row of a template counts as this power of its norm; 0 for unit rows',
    number('a number', Number.isFinite),
  ).shows(() => 1),
});

/** Templates that pairs are of, in the place of rows. */
export const templates = () => ({
  templates: input(
    '--templates <file>',
    'CSV of template,row[,media], or a list of IJB or Kaldi: pairs name templates pooled from rows',
  ),
  ...pooling(),
});

export const noTarget = () => toggle('--no-target', 'open no target, whatever else is given');

export const allowFormulas = (what: string) =>
  toggle('--allow-formulas', `accept ${what} that start with = + - @, which spreadsheets run`);
export const force = () => toggle('-f, --force', 'replace files that are already there');
export const json = () => toggle('--json', 'one JSON object instead of text');
export const quiet = () =>
  toggle('-q, --quiet', 'no messages but errors and what puts figures in doubt');
export const progress = () => toggle('--no-progress', 'no progress line');

/** Flags for messages during and after the run. */
export const messages = () => ({ json: json(), quiet: quiet(), progress: progress() });

/** The three numbers of a re-ranking. */
const RERANKING: Parser<{ k1: number; k2: number; lambda: number }> = {
  expected: 'two whole numbers from 1 and a share, as 20,6,0.3',
  read(text) {
    const [k1 = 0, k2 = 0, lambda = -1, ...more] = text.split(',').map(Number);
    const whole = [k1, k2].every((k) => Number.isInteger(k) && k >= 1);
    if (!whole || !(lambda >= 0 && lambda <= 1) || more.length > 0) return undefined;
    return { k1, k2, lambda };
  },
};

/** The two numbers of a query expansion. */
const EXPANSION: Parser<{ k: number; alpha: number }> = {
  expected: 'a whole number from 1 and a number of at least 0, as 5,3',
  read(text) {
    const [k = 0, alpha = Number.NaN, ...more] = text.split(',').map(Number);
    if (!Number.isInteger(k) || k < 1 || !(alpha >= 0) || more.length > 0) return undefined;
    return { k, alpha };
  },
};

/** How distances are normalised, and against which rows; or changed by the neighbours of rows. */
export const norm = () => ({
  norm: choice('--norm <how>', 'normalise distances by those to the rows of a cohort', [
    'z-norm',
    't-norm',
    's-norm',
    'zt-norm',
    'as-norm',
    'as-norm2',
  ]),
  cohort: input('--cohort <file>', '.npy of the cohort; self for the rows themselves', ['self']),
  cohortLabels: input(
    '--cohort-labels <file>',
    'CSV of [index,]class of the cohort: nobody counts for their own rows',
  ),
  rowLabels: input(
    '--row-labels <file>',
    'the same of the rows, beside --cohort-labels of other rows',
  ),
  cohortTop: value(
    '--cohort-top <n>',
    'cohort rows that as-norm and as-norm2 choose (default: 300, or all)',
    wholeNumber(2, 2 ** 32 - 1),
  ),
  cohortDeviation: choice('--cohort-deviation <how>', 'denominator: n, or n - 1', [
    'population',
    'sample',
  ]).shows(() => 'population'),
  cohortFloor: value(
    '--cohort-floor <sigma>',
    'smallest deviation; without it 0 is refused',
    number('a number above 0', positive),
  ),
  rerank: value(
    '--rerank <numbers>',
    'instead, re-rank by k-reciprocal neighbours: k1,k2,lambda, as 20,6,0.3',
    RERANKING,
  ),
  expand: value(
    '--expand <numbers>',
    'instead, compare rows with their nearest added (query expansion): k,alpha, as 5,3',
    EXPANSION,
  ),
});
