import { Command, InvalidArgumentError, Option } from 'commander';
import {
  type CovarianceResult,
  covariance,
  type Denominator,
  type ScatterOf,
  UNBIASED,
  writeNpy,
} from '../../covariance.js';
import { readIndexList } from '../../csv/index-list.js';
import { openEmbeddingsSync } from '../../embeddings.js';
import { usageError } from '../failure.js';
import { addOptions, shared } from '../options.js';
import { checkTargets, inputOption, outputOption } from '../paths.js';
import { bytesOfRow, progressLine } from '../progress.js';
import { print, say } from '../terminal.js';

/** What was typed. */
interface CovarianceFlags {
  embeddings: string;
  labels?: string;
  ignoreClass?: string;
  subset?: string;
  maxPerClass?: number;
  skipInvalid?: boolean;
  io: 'mmap' | 'read';
  of: ScatterOf;
  denominator?: Denominator;
  shrinkage?: 'ledoit-wolf' | 'oas' | 'none' | number;
  ridge?: number;
  correlation?: boolean;
  output: string;
  mean?: string;
  force?: boolean;
  threads?: number;
  json?: boolean;
  quiet?: boolean;
  progress: boolean;
}

/** `covariance`: embeddings to a mean and a covariance. */
export function covarianceCommand(): Command {
  const command = new Command('covariance')
    .description('Estimate the mean and a covariance of embeddings, and write them as .npy.')
    .addHelpText(
      'after',
      `
Examples:
  $ hackface-native covariance -e train_set.npy -o total.npy --mean mean.npy
  $ hackface-native covariance -e train_set.npy -l train_labels.csv --of within --shrinkage ledoit-wolf`,
    );
  addOptions(command, 'Input:', [
    inputOption('-e, --embeddings <file>', '.npy matrix of the rows').makeOptionMandatory(),
    shared.labels(),
    shared.ignoreClass(),
    shared.subset(),
    shared.maxPerClass(),
    shared.skipInvalid(),
    shared.io(),
  ]);
  addOptions(command, 'Estimate:', [
    new Option('--of <scatter>', 'total; within or between need labels')
      .choices(['total', 'within', 'between'])
      .default('total'),
    new Option('--denominator <name>', 'none for the scatter (default: the unbiased one)').choices([
      'rows',
      'rows-1',
      'rows-classes',
      'classes',
      'classes-1',
      'none',
    ]),
    new Option('--shrinkage <rule>', 'ledoit-wolf, oas, none or a number from 0 to 1')
      .argParser(rule)
      .conflicts('ridge'),
    new Option('--ridge <epsilon>', 'add this share of the mean variance instead').argParser(
      epsilon,
    ),
    new Option('--correlation', 'divide by the standard deviations at the end'),
  ]);
  addOptions(command, 'Output:', [
    outputOption('-o, --output <file>', '.npy matrix to write, d × d').default('covariance.npy'),
    outputOption('--mean <file>', '.npy to write the mean to, 1 × d'),
    shared.force(),
    shared.json(),
    shared.quiet(),
    shared.noProgress(),
  ]);
  addOptions(command, 'Run:', [shared.threads()]);
  return command.action(run);
}

function rule(text: string): 'ledoit-wolf' | 'oas' | 'none' | number {
  if (text === 'ledoit-wolf' || text === 'oas' || text === 'none') return text;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected ledoit-wolf, oas, none or a number from 0 to 1.');
}

function epsilon(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number of at least 0, such as 0.001.');
}

async function run(flags: CovarianceFlags, command: Command): Promise<void> {
  if (flags.denominator?.includes('classes') && flags.labels === undefined) {
    throw usageError(
      `--denominator ${flags.denominator} without labels`,
      'labels, which tell how many classes there are',
      'Add --labels FILE, or choose rows or rows-1',
    );
  }
  const { output, mean: meanFile, force, json, quiet, subset, progress, ...request } = flags;
  checkTargets(command);
  const embeddings = openEmbeddingsSync(request.embeddings, { io: request.io });
  const line = progressLine('covariance', progress && !quiet && !json, bytesOfRow(embeddings));
  let result: CovarianceResult;
  try {
    const rows = subset === undefined ? undefined : await readIndexList(subset);
    result = await covariance({ ...request, embeddings, subset: rows, onProgress: line.show });
  } finally {
    line.clear();
    embeddings.close();
  }
  const { matrix, mean, dim, ...figures } = result;
  if (meanFile !== undefined) await writeNpy(meanFile, { data: mean, rows: 1, dim }, { force });
  await writeNpy(output, { data: matrix, rows: dim, dim }, { force });
  if (json) {
    const { of, denominator = UNBIASED[of], correlation = false } = flags;
    const files = { output, mean: meanFile ?? null };
    print(`${JSON.stringify({ ...files, of, denominator, correlation, dim, ...figures })}\n`);
  } else if (!quiet) {
    say(describe(flags, result));
  }
}

function describe(flags: CovarianceFlags, result: CovarianceResult): string {
  const { of, denominator = UNBIASED[of], shrinkage, ridge } = flags;
  const { dim, rows, classes, singletons, skipped, divisor, rank, condition } = result;
  const kind = flags.correlation
    ? 'correlation'
    : denominator === 'none'
      ? 'scatter'
      : 'covariance';
  const by = denominator === 'none' ? '' : `, denominator ${denominator} = ${divisor}`;
  const groups = classes > 0 ? `, classes ${classes} (${singletons} with one row)` : '';
  const lines = [
    `${of} ${kind}${by}`,
    `rows ${rows}${skipped ? ` (${skipped} skipped)` : ''}${groups}`,
  ];
  if (ridge !== undefined) lines.push(`ridge ${ridge}`);
  else if (shrinkage !== undefined && shrinkage !== 'none') {
    const name = typeof shrinkage === 'string' ? `${shrinkage} ` : '';
    lines.push(`shrinkage ${name}${figure(result.shrinkage)}`);
  }
  const spread = condition === null ? 'none: the rank is not full' : figure(condition);
  lines.push(`rank ${rank} of ${dim}, condition ${spread}`);
  if (flags.mean !== undefined) lines.push(`→ ${flags.mean}  mean, 1 × ${dim}`);
  lines.push(`→ ${flags.output}  ${dim} × ${dim}`);
  return `${lines.join('\n')}\n`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}
