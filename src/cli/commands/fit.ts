import { Command, InvalidArgumentError, Option } from 'commander';
import { readIndexList } from '../../csv/index-list.js';
import { openEmbeddingsSync } from '../../embeddings.js';
import { DEFAULT_PIPELINE, explainPipeline, type FitResult, fit, presets } from '../../fit.js';
import { usageError } from '../failure.js';
import { addOptions, shared, wholeNumber } from '../options.js';
import { checkTargets, inputOption, outputOption } from '../paths.js';
import { bytesOfRow, progressLine } from '../progress.js';
import { print, say } from '../terminal.js';

/** What was typed. */
interface FitFlags {
  embeddings?: string;
  labels?: string;
  labelsHeader: boolean;
  ignoreClass?: string;
  subset?: string;
  maxPerClass?: number;
  skipInvalid?: boolean;
  io: 'mmap' | 'read';
  metric?: string;
  pipeline?: string;
  center: string;
  explain?: boolean;
  holdout?: number;
  seed?: number;
  output: string;
  force?: boolean;
  threads?: number;
  json?: boolean;
  quiet?: boolean;
  progress: boolean;
}

/** `fit`: labelled embeddings to a model file. */
export function fitCommand(): Command {
  const command = new Command('fit')
    .description('Learn a metric from labelled embeddings and write it to one file.')
    .addHelpText('after', () => {
      const list = presets().map(
        ({ name, pipeline, about }) => `  ${name.padEnd(15)}${about}\n${' '.repeat(17)}${pipeline}`,
      );
      return `
Presets for --metric:
${list.join('\n')}

Examples:
  $ hackface-native fit -e train_set.npy -l train_labels.csv -o wccn.safetensors --holdout 0.1
  $ hackface-native fit -e train_set.npy -l train_labels.csv -o m.safetensors --pipeline "center, length-norm, pca(256), wccn, length-norm, cosine"
  $ hackface-native fit --metric lda --explain`;
    });
  addOptions(command, 'Input:', [
    inputOption('-e, --embeddings <file>', '.npy matrix of the rows to learn from'),
    shared.labels(),
    shared.ignoreClass(),
    shared.subset(),
    shared.maxPerClass(),
    shared.skipInvalid(),
    shared.io(),
  ]);
  addOptions(command, 'Metric:', [
    new Option(
      '-m, --metric <preset>',
      `a preset, see below (default: ${DEFAULT_PIPELINE})`,
    ).conflicts('pipeline'),
    new Option('--pipeline <steps>', 'steps and a scorer, written out'),
    inputOption(
      '--center <which>',
      'what the first center subtracts: train, or the mean of a .npy file',
      ['train'],
    ).default('train'),
    new Option('--explain', 'print the pipeline in full and stop'),
  ]);
  addOptions(command, 'Judge:', [
    new Option(
      '--holdout <share>',
      'set aside this share of the people and judge the model on them',
    ).argParser(share),
    new Option('--seed <n>', 'which people (default: 0)').argParser(wholeNumber(0, 2 ** 31)),
  ]);
  addOptions(command, 'Output:', [
    outputOption('-o, --output <file>', 'model to write').default('model.safetensors'),
    shared.force(),
    shared.json(),
    shared.quiet(),
    shared.noProgress(),
  ]);
  addOptions(command, 'Run:', [shared.threads()]);
  return command.action(run);
}

function share(text: string): number {
  const value = Number(text);
  if (text !== '' && value > 0 && value < 1) return value;
  throw new InvalidArgumentError('expected a share between 0 and 1, such as 0.1.');
}

async function run(flags: FitFlags, command: Command): Promise<void> {
  const pipeline = flags.pipeline ?? flags.metric ?? DEFAULT_PIPELINE;
  if (flags.explain) {
    const center = flags.center === 'train' ? undefined : flags.center;
    const text = explainPipeline(pipeline, { center });
    print(`${flags.json ? JSON.stringify({ pipeline: text }) : text}\n`);
    return;
  }
  if (flags.embeddings === undefined) {
    throw usageError('no --embeddings', 'the file to learn from', 'Add --embeddings FILE.npy');
  }
  checkTargets(command);
  const embeddings = openEmbeddingsSync(flags.embeddings, { io: flags.io });
  const wanted = flags.progress && !flags.quiet && !flags.json;
  const progress = progressLine('fit', wanted, bytesOfRow(embeddings));
  let result: FitResult;
  try {
    const { labels, center, holdout, seed, maxPerClass, ignoreClass } = flags;
    const subset = flags.subset === undefined ? undefined : await readIndexList(flags.subset);
    result = await fit({
      embeddings,
      labels,
      pipeline,
      center,
      holdout,
      seed,
      maxPerClass,
      ignoreClass,
      subset,
      skipInvalid: flags.skipInvalid,
      threads: flags.threads,
      onProgress: progress.show,
    });
  } finally {
    progress.clear();
    embeddings.close();
  }
  await result.model.save(flags.output, { force: flags.force });
  if (flags.json) {
    const { model, ...rest } = result;
    print(`${JSON.stringify({ output: flags.output, card: model.card, ...rest })}\n`);
  } else if (!flags.quiet) {
    say(describe(result, flags.output));
  }
}

/** The card: one sees at once whether the learned metric helps. */
function describe(result: FitResult, output: string): string {
  const { model, rows, classes, singletons, skipped, passes, decisions, seconds, heldOut } = result;
  const lines = [
    `${model.card.pipeline}`,
    `rows ${rows}${skipped ? ` (${skipped} skipped)` : ''}, classes ${classes} (${singletons} with one row), ` +
      `${passes} ${passes === 1 ? 'pass' : 'passes'}, ${seconds.toFixed(2)} s`,
    ...decisions.map(({ step, name, value }) => `${step}: ${name} ${figure(value)}`),
  ];
  const last = result.logLikelihood.at(-1);
  if (last !== undefined) {
    lines.push(
      `log-likelihood ${figure(last)} after ${result.logLikelihood.length - 1} iterations`,
    );
  }
  if (heldOut) {
    const { identities, genuine, impostors, difference } = heldOut;
    lines.push(
      `held out: ${identities} people, ${genuine} genuine and ${impostors} impostor pairs`,
    );
    lines.push(`             AUROC      EER       TAR@1e-3`);
    for (const [name, f] of [
      ['model', heldOut.model],
      ['cosine', heldOut.cosine],
    ] as const) {
      const tar = f.tar === null ? 'too few impostors' : f.tar.toFixed(5);
      lines.push(`  ${name.padEnd(9)}  ${f.auroc.toFixed(6)}   ${f.eer.toFixed(5)}   ${tar}`);
    }
    const interval = `${signed(difference.value)}, 95 % interval ${signed(difference.low)} to ${signed(difference.high)}`;
    lines.push(`  AUROC against cosine: ${interval}`);
    lines.push(`  ${identities < FEW_PEOPLE ? tooFew(identities) : verdict(difference)}`);
  }
  lines.push(`→ ${output}`);
  return `${lines.join('\n')}\n`;
}

/** Below this many people held out, their own differences decide, whatever the interval says. */
const FEW_PEOPLE = 20;

function tooFew(identities: number): string {
  return `${identities} people are too few to say which is better: hold out at least ${FEW_PEOPLE}`;
}

function verdict({ value, low, high }: { value: number; low: number; high: number }): string {
  if (low > 0) return 'the learned metric beats cosine on people it has not seen';
  if (high < 0)
    return 'the learned metric is WORSE than cosine on people it has not seen: use cosine';
  if (value > 0) return 'learning does not clearly help: the interval includes no difference';
  return 'learning does not help here: use cosine';
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(6)}`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}
