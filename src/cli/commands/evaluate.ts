import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { HackfaceError } from '../../errors.js';
import { allPairs } from '../../evaluation/all-pairs.js';
import {
  evaluateEmbeddings,
  evaluateScores,
  type Judged,
  type TruthFiles,
} from '../../evaluation/files.js';
import type { MeasureOptions } from '../../evaluation/evaluate.js';
import type { Orientation } from '../../evaluation/trials.js';
import { AbortError, type JobOptions } from '../../job.js';
import { checkPlot, writePlot, writeReport } from '../../report/index.js';
import { usageError } from '../failure.js';
import { describeComparison, describeEvaluation } from '../figures.js';
import { addOptions, numberList, oneNumber, shared, wholeNumber } from '../options.js';
import { checkTargets, inputOption, outputOption, pageOption, stateOption } from '../paths.js';
import { progressLine } from '../progress.js';
import { stoppable } from '../stopping.js';
import { print, say } from '../terminal.js';
import { typedCommand } from '../typed.js';

/** What was typed. */
interface EvaluateFlags {
  scores?: string[];
  scoreColumn?: string;
  orientation?: Orientation;
  ratios?: boolean;
  embeddings?: string;
  metric?: string;
  model?: string;
  io: 'mmap' | 'read';
  allPairs?: boolean;
  gallery?: string;
  galleryLabels?: string;
  ignoreClass?: string;
  precision?: 'single' | 'double';
  memory?: number;
  checkpoint?: string;
  truth?: string;
  truthColumn?: string;
  pairs?: string;
  labels?: string;
  trainLabels?: string;
  groups?: string;
  atFar?: number[];
  tarRule?: 'at-most' | 'nearest' | 'quantile';
  partialFar?: number[];
  atThreshold?: number[];
  prior?: number[];
  costMiss?: number;
  costFalseAccept?: number;
  bootstrap?: number;
  folds?: number | string;
  seed?: number;
  threads?: number;
  report?: string;
  plot?: string[];
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
  progress: boolean;
}

/** `evaluate`: how well scores tell people apart. */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Judge scores or a metric: AUROC, EER, TAR at FAR and more, with intervals.')
    .addHelpText(
      'after',
      `
Examples:
  $ hackface-native evaluate --scores submission.csv --truth solution.csv --pairs test_pairs.csv
  $ hackface-native evaluate --scores a.csv b.csv --truth solution.csv --pairs test_pairs.csv
  $ hackface-native evaluate -e test_set.npy -p test_pairs.csv --truth solution.csv -m cosine
  $ hackface-native evaluate -e test_set.npy -p test_pairs.csv --truth solution.csv --model plda.safetensors --at-far 1e-2,1e-3 --bootstrap 1000
  $ hackface-native evaluate -e train_set.npy -l train_labels.csv --all-pairs --report report.html --plot det.svg`,
    );
  addOptions(command, 'What is judged:', [
    inputOption('--scores <files...>', 'one or two CSV files of Id and scores; two are compared'),
    new Option('--score-column <name>', 'their column of scores (default: Predicted)').conflicts(
      'embeddings',
    ),
    new Option('--orientation <what>', 'which way scores point (default: distance)').choices([
      'distance',
      'similarity',
    ]),
    new Option('--ratios', 'scores are log-likelihood ratios: adds Cllr and actual costs'),
    inputOption('-e, --embeddings <file>', '.npy matrix to measure the pairs in').conflicts(
      'scores',
    ),
    new Option('-m, --metric <expression>', 'the metric to judge (default: cosine)').conflicts(
      'scores',
    ),
    inputOption('--model <file>', 'the model to judge').conflicts(['metric', 'scores']),
    shared.io(),
  ]);
  addOptions(command, 'What is right:', [
    inputOption('-t, --truth <file>', 'CSV of Id,same; - is standard input'),
    new Option('--truth-column <name>', 'its column of 0 and 1 (default: same)'),
    inputOption('-p, --pairs <file>', 'CSV of index1,index2[,Id]: who shares a pair with whom'),
    inputOption('-l, --labels <file>', 'CSV of [index,]class: who is in each row'),
    inputOption(
      '--train-labels <file>',
      'classes that the metric learned from, to find shared people',
    ),
    inputOption('--groups <file>', 'CSV of group and index or Id: rates of groups'),
  ]);
  addOptions(command, 'Every pair:', [
    new Option(
      '--all-pairs',
      'judge every pair of the rows of --embeddings, by --labels',
    ).conflicts([
      'scores',
      'truth',
      'truthColumn',
      'pairs',
      'trainLabels',
      'groups',
      'folds',
      'bootstrap',
    ]),
    inputOption('--gallery <file>', 'every pair of a row of --embeddings with a row of this'),
    inputOption('--gallery-labels <file>', 'CSV of [index,]class of the gallery'),
    new Option('--ignore-class <name>', 'rows of this class take part in no pair'),
    new Option(
      '--precision <how>',
      'double makes AUROC exact; single takes half the time (default: by size)',
    ).choices(['single', 'double']),
    new Option('--memory <MiB>', 'memory for rows held ready (default: 256)').argParser(
      wholeNumber(0, 1_000_000),
    ),
    stateOption('--checkpoint <file>', 'state of a stopped run, to go on from'),
  ]);
  const aRate = (value: number) => value > 0 && value <= 1;
  const positive = (value: number) => value > 0;
  addOptions(command, 'Measures:', [
    new Option('--at-far <rates>', 'false accept rates (default: 1e-2,1e-3,1e-4)').argParser(
      numberList('numbers above 0 and at most 1', aRate),
    ),
    new Option('--tar-rule <rule>', 'how their thresholds are chosen (default: at-most)').choices([
      'at-most',
      'nearest',
      'quantile',
    ]),
    new Option('--partial-far <rates>', 'also the area up to these false accept rates').argParser(
      numberList('numbers above 0 and at most 1', aRate),
    ),
    new Option('--at-threshold <values>', 'also accuracy, FAR and TAR at these').argParser(
      numberList('numbers', Number.isFinite),
    ),
    new Option('--prior <shares>', 'priors of a genuine pair for costs (default: 0.01)').argParser(
      numberList('numbers between 0 and 1', (value) => value > 0 && value < 1),
    ),
    new Option('--cost-miss <cost>', 'of rejecting a genuine pair (default: 1)').argParser(
      oneNumber('a number above 0', positive),
    ),
    new Option('--cost-false-accept <cost>', 'of accepting an impostor (default: 1)').argParser(
      oneNumber('a number above 0', positive),
    ),
    inputOption(
      '--folds <n>',
      'accuracy on n folds, thresholds from the others; or a CSV of Id,fold',
    ).argParser(foldsOf),
    new Option('--bootstrap <n>', 'intervals from n repetitions with other people').argParser(
      wholeNumber(2, 1_000_000),
    ),
    new Option('--seed <n>', 'of folds and bootstrap (default: 0)').argParser(
      wholeNumber(0, 2 ** 31),
    ),
  ]);
  addOptions(command, 'Output:', [
    pageOption('--report <file>', 'HTML page of figures, pictures and how to make them again'),
    outputOption(
      '--plot <files...>',
      'SVG pictures; the name says which: roc, det, hist, reliability',
    ),
    shared.force(),
    shared.json(),
    shared.quiet(),
    shared.noProgress(),
  ]);
  addOptions(command, 'Run:', [shared.threads()]);
  return command.action(run);
}

/** A number of folds, or the file that tells them. */
function foldsOf(text: string): number | string {
  return /^\d+$/.test(text) ? wholeNumber(2, 1000)(text) : text;
}

async function run(flags: EvaluateFlags, command: Command): Promise<void> {
  const { report, plot = [], force } = flags;
  requireAllPairs(command);
  const evaluations = flags.scores?.length ?? 1;
  const about = { evaluations, calibrated: flags.ratios === true };
  for (const file of plot) checkPlot(file, about);
  if (report !== undefined && evaluations > 1) {
    throw usageError('--report with two files of scores', 'one; --plot draws both in a picture');
  }
  checkTargets(command);
  const progress = progressLine('evaluate', flags.progress && !flags.quiet && !flags.json);
  let judged: Judged;
  try {
    judged = await judge(flags, progress.show);
  } finally {
    progress.clear();
  }
  const [only] = judged.evaluations;
  for (const file of plot) await writePlot(judged.evaluations, file, { force });
  if (report !== undefined && only) {
    await writeReport(only, report, { force, command: typedCommand() });
  }
  deliver(judged, flags);
}

const OF_ALL_PAIRS = [
  'gallery',
  'galleryLabels',
  'ignoreClass',
  'precision',
  'memory',
  'checkpoint',
];

/** Refuses options that would have no effect on a list of pairs. */
function requireAllPairs(command: Command): void {
  if (command.getOptionValue('allPairs')) return;
  const idle = command.options.find((option) => {
    const name = option.attributeName();
    return OF_ALL_PAIRS.includes(name) && command.getOptionValue(name) !== undefined;
  });
  if (idle === undefined) return;
  throw usageError(
    `${idle.long} without --all-pairs`,
    '--all-pairs with it',
    'Leave it out, or judge every pair of --embeddings with --all-pairs and --labels',
  );
}

/** The sources of what is judged; exactly one is named. */
function judge(flags: EvaluateFlags, onProgress: JobOptions['onProgress']): Promise<Judged> {
  const { scores, scoreColumn, embeddings, pairs, metric, model, io, threads } = flags;
  const request = { ...truthOf(flags), ...measuresOf(flags), threads, onProgress };
  if (scores !== undefined) {
    if (scores.length > 2) {
      throw usageError(`${scores.length} files of scores`, 'one, or two to compare');
    }
    return evaluateScores({ ...request, scores, scoreColumn });
  }
  if (flags.allPairs) return judgeAllPairs(flags, onProgress);
  if (embeddings !== undefined) {
    if (pairs === undefined) throw usageError('--embeddings without --pairs', 'pairs to measure');
    if (flags.orientation === 'similarity') {
      throw usageError(
        '--orientation similarity with --embeddings',
        'distances, as score writes them',
      );
    }
    return evaluateEmbeddings({ ...request, embeddings, pairs, metric, model, io });
  }
  throw usageError('nothing to judge', '--scores FILE or --embeddings FILE');
}

async function judgeAllPairs(
  flags: EvaluateFlags,
  onProgress: JobOptions['onProgress'],
): Promise<Judged> {
  const { embeddings, labels, gallery, galleryLabels, metric, model, io } = flags;
  const { ignoreClass, precision, memory, checkpoint, threads } = flags;
  if (embeddings === undefined || labels === undefined) {
    throw usageError('--all-pairs', '--embeddings FILE and --labels FILE with it');
  }
  if ((gallery === undefined) !== (galleryLabels === undefined)) {
    throw usageError('one of --gallery and --gallery-labels', 'both, or neither');
  }
  const options = {
    ...measuresOf(flags),
    metric,
    model,
    io,
    gallery:
      gallery === undefined || galleryLabels === undefined
        ? undefined
        : { embeddings: gallery, labels: galleryLabels },
    ignoreClass,
    precision,
    memory: memory === undefined ? undefined : memory * 2 ** 20,
    checkpoint,
    threads,
    onProgress,
  };
  const rows = { embeddings, labels };
  const evaluation =
    checkpoint === undefined
      ? await allPairs(rows, options)
      : await stoppable((signal) => allPairs(rows, { ...options, signal })).catch((error) => {
          throw error instanceof AbortError ? stoppedWith(checkpoint) : error;
        });
  return { evaluations: [evaluation], comparison: null };
}

/** Stopped by a signal, before the state was first written or with it. */
function stoppedWith(checkpoint: string): HackfaceError {
  return new HackfaceError('EABORTED', 'aborted', {
    file: checkpoint,
    found: 'a request to stop',
    expected: 'to run to the end',
    ...(existsSync(checkpoint) && { hint: 'Run the same command to go on from this state' }),
  });
}

function truthOf(flags: EvaluateFlags): TruthFiles {
  const { truth, truthColumn, pairs, labels, trainLabels, groups, folds } = flags;
  const foldsFile = typeof folds === 'string' ? folds : undefined;
  return { truth, truthColumn, pairs, labels, trainLabels, groups, foldsFile };
}

function measuresOf(flags: EvaluateFlags): MeasureOptions {
  const { orientation, ratios, atFar, tarRule, partialFar, atThreshold, prior } = flags;
  const { costMiss, costFalseAccept, bootstrap, seed } = flags;
  const folds = typeof flags.folds === 'number' ? flags.folds : undefined;
  const measures = { orientation, ratios, atFar, tarRule, partialFar, atThreshold, priors: prior };
  return { ...measures, costMiss, costFalseAccept, bootstrap, folds, seed };
}

/** Where the evaluation goes: text or JSON. */
function deliver({ evaluations, comparison }: Judged, flags: EvaluateFlags): void {
  if (flags.json) {
    const [only] = evaluations;
    const answer = comparison === null ? only : { evaluations, comparison };
    print(`${JSON.stringify(answer)}\n`);
    return;
  }
  print(evaluations.map(describeEvaluation).join('\n'));
  if (comparison) print(`\n${describeComparison(comparison)}`);
  if (flags.quiet) return;
  const texts = evaluations.flatMap(({ warnings }) => warnings.map(({ text }) => text));
  for (const text of new Set(texts)) say(`warning: ${text}\n`);
}
