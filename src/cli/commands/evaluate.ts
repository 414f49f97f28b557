/** `evaluate`: how well scores tell people apart. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { defaults } from '../../defaults.js';
import { HackfaceError } from '../../errors.js';
import { allPairs, allPairsPart } from '../../evaluation/all-pairs.js';
import { evaluateEmbeddings, evaluateScores, type Judged } from '../../evaluation/files.js';
import { writeCurve } from '../../evaluation/outputs.js';
import { figureTable, TABLE_FORMATS } from '../../report/figure-table.js';
import { checkTarget } from '../../files/atomic.js';
import { isStandardOutput } from '../../files/stdout.js';
import type { GateReport } from '../../gates/judge.js';
import { AbortError, type JobOptions } from '../../job.js';
import {
  checkPlot,
  PLOT_WORDS,
  writePlot,
  writeReport,
  writeSystemsReport,
} from '../../report/index.js';
import { reportCard } from '../card.js';
import { CHALLENGE, challengeFiles, find, sayChosen } from '../challenge.js';
import { usageError } from '../failure.js';
import {
  describeComparison,
  describeEvaluation,
  describeGroups,
  describeSystems,
  systemsTable,
} from '../figures.js';
import * as gating from '../gate-flags.js';
import {
  choice,
  command,
  input,
  inputs,
  output,
  outputs,
  page,
  type Parsed,
  text,
  toggle,
  value,
} from '../flags.js';
import {
  isRate,
  isShare,
  mebibytes,
  number,
  numbers,
  type Parser,
  positive,
  wholeNumber,
  words,
} from '../parsers.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import { SCHEDULED, scheduled } from '../scheduler.js';
import * as shared from '../shared-flags.js';
import { stoppable } from '../stopping.js';
import { print, say } from '../terminal.js';
import { typedCommand } from '../typed.js';
import { sayWarnings } from '../warnings.js';
import { ofSeveral } from '../../report/remarks.js';
import { subjectNames } from '../../report/subject-name.js';

const JUDGED = {
  scores: inputs(
    '--scores <files...>',
    'CSV files of Id and scores, lists `a b score`, or .npy arrays; several are compared',
  ),
  genuine: input(
    '--genuine <file>',
    'instead, scores of genuine pairs alone: one a line, or a .npy array',
  ).conflicts(['scores', 'embeddings', 'allPairs']),
  impostor: input('--impostor <file>', 'scores of impostor pairs').conflicts([
    'scores',
    'embeddings',
    'allPairs',
  ]),
  reference: input(
    '--reference <file>',
    'of three or more, the one to compare the others with',
  ).shows(() => 'the best AUROC'),
  adjust: choice('--adjust <how>', 'their differences, for how many there are', [
    'max-t',
    'holm',
    'none',
  ]).shows(() => defaults().evaluation.adjust),
  scoreColumn: text('--score-column <name>', 'their column of scores')
    .conflicts('embeddings')
    .shows(() => 'Predicted'),
  orientation: choice('--orientation <what>', 'which way scores point', [
    'distance',
    'similarity',
  ]).shows(() => 'distance'),
  ratios: toggle('--ratios', 'scores are log-likelihood ratios: adds Cllr and actual costs'),
  embeddings: input(
    '-e, --embeddings <file>',
    '.npy matrix to measure the pairs in (default: test_set.npy in . or ./data, for every pair train_set.npy)',
  ).conflicts('scores'),
  metric: shared.metric('the metric to judge').conflicts('scores'),
  model: input('--model <file>', 'the model to judge').conflicts(['metric', 'scores']),
  io: shared.io(),
};

const NORMALISATION = shared.norm();
for (const flag of Object.values(NORMALISATION)) flag.conflicts(['scores']);

const SIDES = shared.sides();
for (const flag of Object.values(SIDES)) flag.conflicts(['scores', 'allPairs']);

const TEMPLATES = shared.templates();
for (const flag of Object.values(TEMPLATES)) flag.conflicts(['scores', 'allPairs']);

const TRUTH = {
  truth: input(
    '-t, --truth <file>',
    'CSV of Id,same; - is standard input (default: solution.csv in . or ./data)',
  ),
  truthColumn: text('--truth-column <name>', 'its column of 0 and 1').shows(() => 'same'),
  pairs: input(
    '-p, --pairs <file>',
    'CSV of index1,index2[,Id]: who shares a pair with whom; or trials, which hold the truth',
  ),
  ...shared.lists(),
  ...SIDES,
  ...TEMPLATES,
  protocol: choice('--protocol <name>', 'formats and rules of a protocol', [
    'lfw',
    'voxceleb',
  ]).conflicts('allPairs'),
  labels: input('-l, --labels <file>', 'CSV of [index,]class: who is in each row'),
  againstLabels: input(
    '--against-labels <file>',
    'CSV of [index,]class of the rows of --against',
  ).conflicts(['scores', 'allPairs']),
  trainLabels: input(
    '--train-labels <file>',
    'classes that the metric learned from, to find shared people',
  ),
  groups: input('--groups <file>', 'CSV of group and index or Id: rates of groups'),
  quality: input(
    '--quality <what>',
    'errors when the worst pairs are discarded: by norm, centroid, or a CSV by index or Id as FILE[:COLUMN]',
    ['norm', 'centroid'],
  ).conflicts('allPairs'),
  groupBy: value(
    '--group-by <columns>',
    'its columns, comma-separated: several are crossed',
    words,
  ).shows(() => 'group'),
};

/** The flags that have no effect on a list of pairs. */
const OF_ALL_PAIRS = {
  gallery: input('--gallery <file>', 'every pair of a row of --embeddings with a row of this'),
  galleryLabels: input('--gallery-labels <file>', 'CSV of [index,]class of the gallery'),
  galleryGroups: input('--gallery-groups <file>', 'CSV of group and index of the gallery'),
  ignoreClass: text('--ignore-class <name>', 'rows of this class take part in no pair'),
  precision: choice('--precision <how>', 'double makes AUROC exact; single takes half the time', [
    'single',
    'double',
  ]).shows(() => 'by size'),
  memory: value('--memory <MiB>', 'memory for rows held ready', mebibytes(0, 1_000_000)).shows(
    () => defaults().allPairs.memory / 2 ** 20,
  ),
  checkpoint: text('--checkpoint <file>', 'state of a stopped run, to go on from').naming({
    use: 'update',
  }),
  shard: value(
    '--shard <i/n>',
    'count shard i of n, from 0, into --output, and judge nothing; auto/n by SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX',
    SCHEDULED,
  ).conflicts([
    ...['checkpoint', 'parts', 'groups', 'galleryGroups', 'groupBy', 'report', 'plot', 'curve'],
    ...['table', 'require', 'baseline'],
  ]),
  output: text('-o, --output <file>', 'counts of the shard; complete ones are kept').naming({
    use: 'update',
  }),
  parts: inputs('--parts <files...>', 'counts of all shards, in the place of counting').conflicts([
    'checkpoint',
    'groups',
  ]),
};

const RATES = numbers('numbers above 0 and at most 1', isRate);
const COST = number('a number above 0', positive);
const FOLD_COUNT = wholeNumber(2, 1000);
/** A number of folds, or the file that tells them. */
const FOLDS: Parser<number | string> = {
  expected: FOLD_COUNT.expected,
  read: (text) => (/^\d+$/.test(text) ? FOLD_COUNT.read(text) : text),
};

const MEASURES = {
  atFar: value('--at-far <rates>', 'false accept rates', RATES).shows(
    () => defaults().evaluation.atFar,
  ),
  tarRule: choice('--tar-rule <rule>', 'how their thresholds are chosen', [
    'at-most',
    'nearest',
    'insightface',
    'quantile',
  ]).shows(() => defaults().evaluation.tarRule),
  partialFar: value('--partial-far <rates>', 'also the area up to these false accept rates', RATES),
  atThreshold: value(
    '--at-threshold <values>',
    'also accuracy, FAR, FRR and TAR at these, with intervals',
    numbers('numbers', Number.isFinite),
  ),
  priors: value(
    '--prior <shares>',
    'priors of a genuine pair for costs',
    numbers('numbers between 0 and 1', isShare),
  ).shows(() => defaults().evaluation.priors),
  costMiss: value('--cost-miss <cost>', 'cost of rejecting a genuine pair', COST).shows(
    () => defaults().evaluation.costMiss,
  ),
  costFalseAccept: value('--cost-false-accept <cost>', 'cost of accepting an impostor', COST).shows(
    () => defaults().evaluation.costFalseAccept,
  ),
  folds: value(
    '--folds <n>',
    'accuracy on n folds, thresholds from the others; or a CSV of Id,fold or name1,name2,fold',
    FOLDS,
  ).naming({ use: 'read' }),
  thresholdFrom: input(
    '--threshold-from <file>',
    'how thresholds chosen elsewhere fare here: a decision file, or JSON of evaluate',
  ),
  bootstrap: value(
    '--bootstrap <n>',
    'intervals from n repetitions with other people; rarely better than those without',
    wholeNumber(2, 1_000_000),
  ),
  fairnessWeight: value(
    '--fairness-weight <share>',
    'weight of FAR beside FRR in FDR and GARBE of groups',
    number('a number from 0 to 1', (share) => share >= 0 && share <= 1),
  ).shows(() => defaults().evaluation.fairnessWeight),
  level: shared.level(),
  seed: shared.seed('random seed for folds and bootstrap'),
};

const FLAGS = {
  'What is judged:': JUDGED,
  'Normalisation:': NORMALISATION,
  'What is right:': TRUTH,
  'Every pair:': {
    allPairs: toggle(
      '--all-pairs',
      'judge every pair of the rows of --embeddings, by --labels',
    ).conflicts(['scores', 'truth', 'truthColumn', 'pairs', 'trainLabels', 'folds', 'bootstrap']),
    ...OF_ALL_PAIRS,
  },
  'Measures:': MEASURES,
  'Gates:': gating.gates(),
  'Output:': {
    keepScores: toggle(
      '--keep-scores',
      'keep the scores in the JSON: as --baseline it is compared on the same pairs',
    ).conflicts('allPairs'),
    report: page('--report <file>', 'HTML page of figures, pictures and how to make them again'),
    plot: outputs(
      '--plot <files...>',
      `SVG pictures; the name says which: ${PLOT_WORDS.join(', ')}`,
    ),
    curve: output('--curve <file>', 'CSV of the ROC curve: threshold,far,tar', { pipes: true }),
    perPair: output('--per-pair <file>', 'CSV of what became of each pair', {
      pipes: true,
    }).conflicts('allPairs'),
    table: choice(
      '--table <markup>',
      'headline figures as a table, instead of text',
      TABLE_FORMATS,
    ).conflicts('json'),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads() },
};

type EvaluateFlags = Parsed<typeof FLAGS>;

const AFTER = `
Examples:
  $ hackface-native evaluate --scores submission.csv --truth solution.csv --pairs test_pairs.csv
  $ hackface-native evaluate --scores a.csv b.csv --truth solution.csv --pairs test_pairs.csv
  $ hackface-native evaluate -e test_set.npy -p test_pairs.csv --truth solution.csv -m cosine
  $ hackface-native evaluate -e test_set.npy -p test_pairs.csv --truth solution.csv --model plda.safetensors --at-far 1e-2,1e-3 --bootstrap 1000
  $ hackface-native evaluate -e test_set.npy -p test_pairs.csv --truth solution.csv --norm s-norm --cohort train_set.npy
  $ hackface-native evaluate --scores submission.csv --truth solution.csv --pairs test_pairs.csv --require "eer<=0.3" --json
  $ hackface-native evaluate -e train_set.npy -l train_labels.csv --all-pairs --report report.html --plot det.svg
  $ for i in 0 1 2 3; do hackface-native evaluate --all-pairs -e x.npy -l y.csv --shard $i/4 -o pairs-$i.part; done
  $ hackface-native evaluate --all-pairs -e x.npy -l y.csv --parts pairs-*.part`;

export function evaluateCommand(): Command {
  const about = 'Judge scores or a metric: AUROC, EER, TAR at FAR and more, with intervals.';
  return command('evaluate', about, FLAGS, AFTER).action(run);
}

async function run(given: EvaluateFlags, command: Command): Promise<void> {
  gating.requireGates(given);
  const chosen = chosenFiles(given, command);
  const flags = { ...given, ...neededBy(given), ...chosen };
  const { report, plot = [], curve, force } = flags;
  requireAllPairs(flags);
  const evaluations = flags.scores?.length ?? 1;
  if (curve !== undefined && !isStandardOutput(curve)) checkTarget(curve, { force });
  if (curve !== undefined && evaluations > 1) {
    throw usageError('--curve with several files of scores', 'one, as a file has one curve');
  }
  if (gating.hasGates(flags) && evaluations > 1) {
    throw usageError('a gate with several files of scores', 'one, or the other as --baseline');
  }
  const about = {
    evaluations,
    calibrated: flags.ratios === true,
    quality: flags.quality !== undefined,
  };
  for (const file of plot) checkPlot(file, about);
  checkTargets(command, chosen);
  sayChosen(command, chosen);
  if (flags.shard !== undefined) return countShard(flags, flags.shard, command);
  const judged = await withProgress('evaluate', flags, (onProgress) => judge(flags, onProgress));
  const [only] = judged.evaluations;
  if (curve !== undefined && only) await writeCurve(only, curve, { force });
  for (const file of plot) await writePlot(judged.evaluations, file, { force });
  const answers = only && (await gating.judgeGates(only, flags, judged.comparison));
  if (report !== undefined && evaluations > 1) {
    const { comparison, systems } = judged;
    const differences = { comparison: comparison ?? undefined, systems: systems ?? undefined };
    const options = { force, command: typedCommand(), ...differences };
    await writeSystemsReport(judged.evaluations, report, options);
  } else if (report !== undefined && only) {
    const { embeddings, gallery, scores: [scores] = [], io, threads } = flags;
    const card = await reportCard({ matrices: { embeddings, gallery }, scores, io, threads });
    await writeReport(only, report, { force, command: typedCommand(), card, gates: answers });
  }
  deliver(judged, flags, command, answers);
}

/** Rates and thresholds that the gates need. */
function neededBy(flags: EvaluateFlags): Partial<EvaluateFlags> {
  if (!gating.hasGates(flags)) return {};
  const { atFar = defaults().evaluation.atFar, atThreshold = [] } = flags;
  return gating.gateOptions(flags, { atFar, atThreshold });
}

/** The files of the challenge that are judged and say what is right, where none are named. */
function chosenFiles(flags: EvaluateFlags, command: Command): Partial<EvaluateFlags> {
  if (flags.allPairs) {
    return flags.embeddings === undefined ? challengeFiles(flags, CHALLENGE.train, command) : {};
  }
  if (flags.genuine !== undefined || flags.impostor !== undefined) return {};
  const measured = flags.scores === undefined;
  // Other pairs than those of the challenge have their own truth.
  const own = flags.pairs === undefined || basename(flags.pairs) === CHALLENGE.test.pairs;
  const untold = own && flags.labels === undefined && flags.truth === undefined;
  const names = untold && find(CHALLENGE.truth);
  const sources: Record<string, string> = {
    ...(measured && CHALLENGE.test),
    ...(names && { truth: CHALLENGE.truth }),
  };
  return Object.keys(sources).length === 0 ? {} : challengeFiles(flags, sources, command);
}

/** Refuses flags that would have no effect on a list of pairs. */
function requireAllPairs(flags: EvaluateFlags): void {
  if (flags.allPairs && flags.output !== undefined && flags.shard === undefined) {
    throw usageError('--output without --shard', '--curve or --report for figures');
  }
  if (flags.allPairs) return;
  const fields = Object.keys(OF_ALL_PAIRS) as (keyof typeof OF_ALL_PAIRS)[];
  const idle = fields.find((field) => flags[field] !== undefined);
  if (idle === undefined) return;
  throw usageError(
    `${OF_ALL_PAIRS[idle].long} without --all-pairs`,
    '--all-pairs with it',
    'Leave it out, or judge every pair of --embeddings with --all-pairs and --labels',
  );
}

/** Judges the one source that the flags name. */
function judge(flags: EvaluateFlags, onProgress: JobOptions['onProgress']): Promise<Judged> {
  const { scores, embeddings, pairs } = flags;
  if (flags.allPairs) return judgeAllPairs(flags, onProgress);
  const { folds: given, listFormat, namePattern } = flags;
  const folds =
    typeof given === 'string' ? { folds: undefined, foldsFile: given } : { folds: given };
  const pairsOptions = { listFormat, namePattern };
  const request = { ...flags, ...folds, pairsOptions, onProgress };
  if (flags.genuine !== undefined || flags.impostor !== undefined) return evaluateScores(request);
  if (scores !== undefined) {
    return evaluateScores({ ...request, scores });
  }
  if (embeddings === undefined) {
    throw usageError('nothing to judge', '--scores FILE or --embeddings FILE');
  }
  if (pairs === undefined) throw usageError('--embeddings without --pairs', 'pairs to measure');
  if (flags.orientation === 'similarity') {
    throw usageError(
      '--orientation similarity with --embeddings',
      'distances, as score writes them',
    );
  }
  return evaluateEmbeddings({ ...request, embeddings, pairs });
}

async function judgeAllPairs(
  flags: EvaluateFlags,
  onProgress: JobOptions['onProgress'],
): Promise<Judged> {
  const { checkpoint } = flags;
  const { rows, options } = everyPair(flags, onProgress);
  const evaluation =
    checkpoint === undefined
      ? await allPairs(rows, options)
      : await stopping(checkpoint, (signal) => allPairs(rows, { ...options, signal }));
  return { evaluations: [evaluation], comparison: null, systems: null };
}

/** The rows of every pair, and how they are judged. */
function everyPair(flags: EvaluateFlags, onProgress: JobOptions['onProgress']) {
  const { embeddings, labels, groups, gallery: galleryFile } = flags;
  const { galleryLabels, galleryGroups } = flags;
  if (embeddings === undefined || labels === undefined) {
    throw usageError('--all-pairs', '--embeddings FILE and --labels FILE with it');
  }
  if ((galleryFile === undefined) !== (galleryLabels === undefined)) {
    throw usageError('one of --gallery and --gallery-labels', 'both, or neither');
  }
  const gallery =
    galleryFile === undefined || galleryLabels === undefined
      ? undefined
      : { embeddings: galleryFile, labels: galleryLabels, groups: galleryGroups };
  return { rows: { embeddings, labels, groups }, options: { ...flags, gallery, onProgress } };
}

/** Runs work whose state a signal leaves in a file. */
function stopping<T>(file: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return stoppable(work).catch((error) => {
    throw error instanceof AbortError ? stoppedWith(file) : error;
  });
}

/** Counts a shard of every pair. */
async function countShard(
  flags: EvaluateFlags,
  told: NonNullable<EvaluateFlags['shard']>,
  command: Command,
): Promise<void> {
  const { output, json, quiet, force } = flags;
  if (output === undefined) throw usageError('--shard without --output', 'a file for its counts');
  const shard = scheduled(told, process.env);
  const part = await withProgress('evaluate', flags, (onProgress) => {
    const { rows, options } = everyPair(flags, onProgress);
    return stopping(output, (signal) =>
      allPairsPart(rows, { ...options, shard, output, force, signal }),
    );
  });
  const { tiles, pairs, reused, warnings, seconds } = part;
  if (json) print([JSON.stringify({ output, ...part })]);
  else if (!quiet) {
    const done = reused
      ? 'there already, nothing done'
      : `${pairs.shard} of ${pairs.of} pairs, ${seconds.toFixed(2)} s`;
    say([`tiles ${tiles.from}:${tiles.to} of ${tiles.of}: ${done}`, `→ ${output}`]);
  }
  if (!json) sayWarnings(warnings, command, { quiet });
}

/** The failure of a run that a signal stopped, before its state was first written or with it. */
function stoppedWith(checkpoint: string): HackfaceError {
  return new HackfaceError('EABORTED', 'aborted', {
    file: checkpoint,
    found: 'a request to stop',
    expected: 'to run to the end',
    ...(existsSync(checkpoint) && { hint: 'Run the same command to go on from this state' }),
  });
}

/** Prints the evaluations, as text or JSON. */
function deliver(
  { evaluations, comparison, systems }: Judged,
  flags: EvaluateFlags,
  command: Command,
  gates: GateReport | undefined,
): void {
  const [only] = evaluations;
  if (gates) say(gating.annotations(gates, flags));
  if (flags.json) {
    const several = flags.scores !== undefined && flags.scores.length > 1;
    const compared = systems === null ? comparison && { comparison } : { systems };
    const one = { ...only, ...compared, ...(gates && { gates }) };
    print([JSON.stringify(several ? { evaluations, ...compared } : one)]);
    return;
  }
  if (flags.table !== undefined) print(figureTable(evaluations, flags.table));
  else if (systems) print(systemsTable(evaluations));
  else
    print(evaluations.flatMap((one, at) => [...(at > 0 ? [''] : []), ...describeEvaluation(one)]));
  if (comparison) print(['', ...describeComparison(comparison)]);
  if (systems) {
    print(['', ...describeSystems(systems, evaluations), ...describeGroups(evaluations)]);
  }
  if (gates) print(['', ...gating.describeGates(gates)]);
  sayWarnings(
    [
      ...ofSeveral(subjectNames(evaluations), evaluations),
      ...[comparison, systems].flatMap((of) => of?.warnings ?? []),
    ],
    command,
    flags,
  );
}
