/** `score`: a distance for each pair of a list, as a submission file. */
import type { Command } from 'commander';
import type { FitResult } from '../../fit.js';
import { isStandardOutput } from '../../files/stdout.js';
import { type ScoreSummary, score } from '../../score.js';
import { SCORED_FORMATS } from '../../scored-pairs.js';
import { CHALLENGE, challengeFiles, parseColumns, sayChosen } from '../challenge.js';
import { usageError } from '../failure.js';
import { figure } from '../figures.js';
import { choice, command, input, output, type Parsed, text, toggle, value } from '../flags.js';
import { shard } from '../parsers.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { sayWarnings } from '../warnings.js';
import { counted } from '../../counted.js';

const FLAGS = {
  'Input:': {
    embeddings: input(
      '-e, --embeddings <file>',
      '.npy matrix (default: test_set.npy in . or ./data)',
    ),
    pairs: input(
      '-p, --pairs <file>',
      'CSV of index1,index2[,Id], or trials; - is standard input (default: test_pairs.csv in . or ./data)',
    ),
    ...shared.lists(),
    ...shared.sides(),
    ...shared.templates(),
    header: toggle('--no-header', 'the pairs file has no header line'),
    allowFormulas: shared.allowFormulas('ids'),
    io: shared.io(),
  },
  'Metric:': {
    metric: shared.metric('a metric or a combination; `hackface-native metrics` lists them'),
    model: input(
      '--model <file>',
      'a model that `hackface-native fit` wrote, instead of a metric',
    ).conflicts(['metric', 'center', 'normalize', 'reference', 'onUndefined']),
    decision: input(
      '--decision <file>',
      'a decision that `hackface-native calibrate` or `fuse` wrote, instead: adds llr, probability and decision',
    ).conflicts(['auto', 'model', 'metric', 'center', 'normalize', 'reference', 'onUndefined']),
    quality: input(
      '--quality <file[:column]>',
      'CSV of quality by index or Id, for a decision that weighs it',
    ),
    center: input(
      '--center <what>',
      'subtract none, the mean of all rows, or the mean of FILE.npy',
      ['none', 'mean'],
    ),
    normalize: choice('--normalize <how>', 'divide each row by its norm', ['none', 'l2']),
    reference: input(
      '--reference <file>',
      '.npy that seuclidean and mahalanobis take their variances from (default: the embeddings)',
    ),
    onUndefined: choice(
      '--undefined <policy>',
      'where a metric has no value: refuse, or give the pair the largest',
      ['refuse', 'max'],
    ),
  },
  'Learning:': {
    auto: toggle(
      '--auto',
      'learn a model first, as `hackface-native fit` does, and score by it',
    ).conflicts(['model', 'metric', 'center', 'normalize', 'reference', 'onUndefined']),
    train: input(
      '--train <file>',
      'matrix to learn from (default: train_set.npy in . or ./data, with its labels)',
    ),
    labels: input('-l, --labels <file>', 'CSV of the labels of its rows'),
    noTarget: toggle('--no-target', 'learn from nothing of the rows that are scored'),
  },
  'Normalisation:': shared.norm(),
  'Output:': {
    output: output('-o, --output <file>', 'file to write; - is standard output', {
      pipes: true,
    }).or('submission.csv'),
    outputFormat: choice(
      '--output-format <name>',
      'csv, or npy, jsonl, trials (`a b score`)',
      SCORED_FORMATS,
    ).shows(() => 'by its ending: .npy, .jsonl, .trials, .txt'),
    submissionColumns: text(
      '--columns <names>',
      'names and order of the two columns; the one that ends in "id" holds the ids',
    ).or('Predicted,Id'),
    lineBuffered: toggle(
      '--line-buffered',
      'answer each line of standard input before the next is waited for',
    ),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': {
    shard: value(
      '--shard <i/n>',
      'score shard i of n, from 0: a contiguous part of the list',
      shard,
    ),
    threads: shared.threads(),
    cpu: shared.cpu(),
    dryRun: toggle('-n, --dry-run', 'check the inputs, score and write nothing'),
  },
};

const AFTER = `
Examples:
  $ hackface-native score -e test_set.npy -p test_pairs.csv -o submission.csv
  $ hackface-native score --metric "cosine*yule*braycurtis*abs(rogerstanimoto)"
  $ hackface-native score --auto
  $ hackface-native score --model wccn.safetensors
  $ hackface-native score --decision decision.safetensors
  $ hackface-native score --norm s-norm --cohort train_set.npy
  $ hackface-native score --center mean --normalize l2 --metric sqeuclidean
  $ cut -d, -f1,2 more.csv | hackface-native score -p - -o - --no-header --line-buffered
  $ hackface-native score --shard 0/8 -o part-0.csv
  $ hackface-native score --metric "minkowski(p=3)" --columns Id,Predicted -o - | head`;

export function scoreCommand(): Command {
  const about = 'Write a distance for each pair of a list (smaller is more alike).';
  return command('score', about, FLAGS, AFTER).action(run);
}

async function run(flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const { json, quiet, progress, header, allowFormulas, force, ...rest } = flags;
  const { auto, train: _train, labels: _labels, noTarget: _noTarget, ...others } = rest;
  const { listFormat, namePattern, ...request } = others;
  const { embeddings, pairs } = challengeFiles(flags, CHALLENGE.test, command);
  const learnt = auto ? challengeFiles(flags, CHALLENGE.learn, command) : undefined;
  refuseIdle(flags);
  checkTargets(command, { embeddings, pairs, ...learnt });
  sayChosen(command, { embeddings, pairs, ...learnt });
  const lines = { json, quiet, progress };
  const fitted = learnt && (await learn(learnt, embeddings, flags));
  if (fitted && !quiet && !json) say([fitted.reason ?? '']);
  const summary = await withProgress('score', lines, (onProgress) =>
    score({
      ...request,
      ...(fitted && { model: fitted.model }),
      embeddings,
      pairs,
      onProgress,
      pairsOptions: { header, allowFormulas, listFormat, namePattern },
      submission: { ...parseColumns(flags.submissionColumns), force },
    }),
  );
  const warnings = [...(fitted?.warnings ?? []), ...summary.warnings];
  if (json) {
    const out = isStandardOutput(request.output) ? say : print;
    const { reason, comparison } = fitted ?? {};
    out([JSON.stringify({ ...summary, ...(fitted && { reason, comparison }), warnings })]);
  } else if (!quiet) {
    say(describe(summary));
  }
  if (!json) sayWarnings(warnings, command, { quiet });
}

/** Refuses what says how to learn where nothing is learned. */
function refuseIdle({ auto, train, labels, noTarget }: Parsed<typeof FLAGS>): void {
  if (auto) return;
  // The parser stores `true` where the flag that begins with `--no-` is left out.
  const blind = noTarget === false ? '' : undefined;
  const idle = { '--train': train, '--labels': labels, '--no-target': blind };
  const [flag] = Object.entries(idle).find(([, value]) => value !== undefined) ?? [];
  if (flag === undefined) return;
  throw usageError(`${flag} without --auto`, '--auto, which learns', 'Add --auto');
}

/** The model that `fit` learns, for the rows that are scored unless they are no target. */
async function learn(
  { train, labels }: Record<'train' | 'labels', string>,
  embeddings: string,
  flags: Parsed<typeof FLAGS>,
): Promise<FitResult> {
  const { io, threads, noTarget } = flags;
  // The parser stores `false` for a flag that begins with `--no-`.
  const target = noTarget === false ? false : embeddings;
  const { fit } = await import('../../fit.js');
  return withProgress('fit', flags, (onProgress) =>
    fit({ embeddings: train, labels, target, io, threads, onProgress }),
  );
}

function describe(summary: ScoreSummary): string[] {
  const { pairs, rows, against, templates, dim, metric, seconds, output, distances } = summary;
  const firsts = templates === undefined ? `${rows} × ${dim}` : counted(templates, 'template');
  const others = against === undefined ? '' : ` and ${against} × ${dim}`;
  const size = `${counted(pairs, 'pair')} of ${firsts}${others}`;
  if (!distances) return [`would score ${size} by ${metric}; nothing written`];
  const range = `${figure(distances.min, 5)} … ${figure(distances.max, 5)}`;
  return [`${size} by ${metric}: ${range} in ${seconds.toFixed(3)} s → ${output}`];
}
