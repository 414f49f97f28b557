/** `fit`: labelled embeddings to a model file. */
import type { Command } from 'commander';
import { candidates } from '../../compare.js';
import { openEmbeddingsSync } from '../../embeddings.js';
import {
  DEFAULT_PIPELINE,
  explainPipeline,
  type FitRequest,
  type FitResult,
  fit,
} from '../../fit.js';
import type { HeldOut } from '../../held-out.js';
import { presets } from '../../presets.js';
import { CHALLENGE, namedOr, sayChosen } from '../challenge.js';
import { usageError } from '../failure.js';
import { figure, percent, signed } from '../figures.js';
import { command, input, inputs, output, type Parsed, text, toggle, value } from '../flags.js';
import { isShare, number } from '../parsers.js';
import { checkTargets } from '../paths.js';
import { bytesOfRow, type ProgressLine, withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { sayWarnings } from '../warnings.js';
import { counted } from '../../counted.js';

/** Flags that need the rows. */
const OF_ROWS = [
  ...['embeddings', 'labels', 'ignoreClass', 'names', 'subset', 'maxPerClass', 'skipInvalid'],
  ...['center', 'candidates', 'folds', 'target', 'holdout', 'refit', 'level'],
];

const FLAGS = {
  'Input:': {
    embeddings: input(
      '-e, --embeddings <file>',
      '.npy matrix of the rows to learn from (default: train_set.npy in . or ./data, with its labels)',
    ),
    ...shared.trainingRows(),
    io: shared.io(),
    stats: inputs(
      '--stats <files...>',
      'merged statistics in the place of rows, a file for each round',
    ).conflicts(OF_ROWS),
  },
  'Model:': {
    model: text('-m, --model <name>', 'auto, or a preset, see below')
      .conflicts(['pipeline', 'metric'])
      .shows(() => DEFAULT_PIPELINE),
    metric: text('--metric <name>', 'the former name of --model').conflicts('pipeline').hideHelp(),
    pipeline: text('--pipeline <steps>', 'steps and a scorer, written out'),
    center: input(
      '--center <which>',
      'what the first center subtracts: train, or the mean of a .npy file',
      ['train'],
    ).shows(() => 'train'),
    ...shared.candidates(),
    target: input(
      '--target <file>',
      'unlabelled rows like those to score, which auto, adapt and coral use: transductive',
    ),
    noTarget: shared.noTarget(),
    explain: toggle('--explain', 'print the pipeline in full, of auto the candidates, and stop'),
  },
  'Judge:': {
    holdout: value(
      '--holdout <share>',
      'judge a model of the others on this share of the people, then learn from everyone',
      number('a share between 0 and 1, such as 0.1', isShare),
    ),
    refit: toggle('--no-refit', 'write the judged model, which lacks the people set aside'),
    level: shared.level(),
    seed: shared.seed(
      'which people are set aside, how auto deals them, and the halves that a target is held to',
    ),
  },
  'Output:': {
    output: output('-o, --output <file>', 'model to write').or('model.safetensors'),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads() },
};

const AFTER = () => {
  const list = presets().map(
    ({ name, pipeline, about }) => `  ${name.padEnd(15)}${about}\n${' '.repeat(17)}${pipeline}`,
  );
  return `
auto, the default, takes what hackface-native compare chooses, and says why.

Presets for --model:
${list.join('\n')}

Examples:
  $ hackface-native fit -e train_set.npy -l train_labels.csv --holdout 0.1
  $ hackface-native fit -m wccn -e train_set.npy -l train_labels.csv -o wccn.safetensors
  $ hackface-native fit -e train_set.npy -l train_labels.csv -o m.safetensors --pipeline "center, length-norm, pca(256), wccn, length-norm, cosine"
  $ hackface-native fit --model lda --explain`;
};

export function fitCommand(): Command {
  const about = 'Learn a metric from labelled embeddings and write it to one file.';
  return command('fit', about, FLAGS, AFTER).action(run);
}

async function run(flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const { model, metric, output, force, json, quiet, explain, noTarget, stats, ...request } = flags;
  // The parser stores `false` for a flag that begins with `--no-`.
  const target = noTarget === false ? false : flags.target;
  if (metric !== undefined && !quiet && !json) say(['note: fit --metric is now fit --model']);
  const pipeline = flags.pipeline ?? model ?? metric ?? DEFAULT_PIPELINE;
  if (explain && pipeline === DEFAULT_PIPELINE) {
    const all = (flags.candidates ?? candidates()).map((one) => explainPipeline(one));
    print(json ? [JSON.stringify({ candidates: all })] : all);
    return;
  }
  if (explain) {
    const center = flags.center === 'train' ? undefined : flags.center;
    const text = explainPipeline(pipeline, { center });
    print([json ? JSON.stringify({ pipeline: text }) : text]);
    return;
  }
  if (flags.refit === false && flags.holdout === undefined) {
    throw usageError('--no-refit without --holdout', 'a share of the people to set aside');
  }
  const result =
    stats === undefined
      ? await fitRows({ ...request, target, pipeline }, flags, command)
      : await fitStats(stats, flags.pipeline ?? model ?? metric, flags, command);
  await result.model.save(output, { force });
  if (json) {
    const { model, ...rest } = result;
    print([JSON.stringify({ output, card: model.card, ...rest })]);
  } else if (!quiet) {
    say(describe(result, flags.refit !== false, output));
  }
  if (!json) sayWarnings(result.warnings, command, { quiet });
}

type FitFlags = Parsed<typeof FLAGS>;

async function fitRows(
  request: Omit<FitRequest, 'embeddings'>,
  flags: FitFlags,
  command: Command,
): Promise<FitResult> {
  const files = namedOr(flags, 'embeddings', CHALLENGE.train, command);
  checkTargets(command, files);
  sayChosen(command, files);
  const embeddings = openEmbeddingsSync(files.embeddings, { io: flags.io });
  const work = (onProgress: ProgressLine['show']) =>
    fit({ ...request, ...files, embeddings, onProgress });
  return withProgress('fit', flags, work, bytesOfRow(embeddings)).finally(() => embeddings.close());
}

async function fitStats(
  stats: string[],
  pipeline: string | undefined,
  flags: FitFlags,
  command: Command,
): Promise<FitResult> {
  checkTargets(command);
  const { seed, threads } = flags;
  return withProgress('fit', flags, (onProgress) =>
    fit({ stats, pipeline, seed, threads, onProgress }),
  );
}

/** The card of the model, with the verdict on the people held out. */
function describe(result: FitResult, refit: boolean, output: string): string[] {
  const { model, rows, classes, singletons, skipped, passes, decisions, seconds, heldOut } = result;
  const lines = [
    `${model.card.pipeline}`,
    passes === 0
      ? `no step learns from rows, ${seconds.toFixed(2)} s`
      : `rows ${rows}${skipped ? ` (${skipped} skipped)` : ''}, classes ${classes} (${singletons} with one row), ` +
        `${passes} ${passes === 1 ? 'pass' : 'passes'}, ${seconds.toFixed(2)} s`,
    ...decisions.map(({ step, name, value }) => `${step}: ${name} ${figure(value)}`),
  ];
  const last = result.logLikelihood.at(-1);
  if (last !== undefined) {
    lines.push(
      `log-likelihood ${figure(last)} after ${result.logLikelihood.length - 1} iterations, ` +
        `${result.converged ? 'converged' : 'not converged'}`,
    );
  }
  if (heldOut) {
    const { identities, genuine, impostors, difference, trainedIdentities } = heldOut;
    lines.push(
      `held out: ${counted(identities, 'person')}, ${genuine} genuine and ${impostors} impostor pairs; ` +
        `judged: a model of the other ${trainedIdentities}`,
    );
    lines.push(`             AUROC      EER       TAR@1e-3`);
    for (const [name, f] of [
      ['model', heldOut.model],
      ['cosine', heldOut.cosine],
    ] as const) {
      const tar = f.tar === null ? 'too few impostors' : f.tar.toFixed(5);
      lines.push(`  ${name.padEnd(9)}  ${f.auroc.toFixed(6)}   ${f.eer.toFixed(5)}   ${tar}`);
    }
    const interval = `${signed(difference.value)}, ${percent(difference.level)} interval ${signed(difference.low)} to ${signed(difference.high)}`;
    lines.push(`  AUROC against cosine: ${interval}`);
    lines.push(`  ${identities < FEW_PEOPLE ? tooFew(identities) : verdict(heldOut)}`);
    const all =
      classes === 0
        ? 'a model that learns nothing'
        : `a model of all ${counted(classes, 'person')}`;
    lines.push(`written: ${refit ? all : 'the judged model'}`);
  }
  if (result.reason !== null) lines.push(result.reason);
  lines.push(`→ ${output}`);
  return lines;
}

/** With fewer people held out, differences between them outweigh the interval. */
const FEW_PEOPLE = 20;

function tooFew(identities: number): string {
  return `${identities} people are too few to say which is better: hold out at least ${FEW_PEOPLE}`;
}

function verdict({ identities, difference: { low, high } }: HeldOut): string {
  if (low > 0) return 'the learned metric beats cosine on people it has not seen';
  if (high < 0) return 'learning does not help here: use cosine';
  return `no difference can be told with ${identities} people (${short(low)} … ${short(high)})`;
}

const short = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
