/** `covariance`: embeddings to a mean and a covariance. */
import type { Command } from 'commander';
import { covariance, type CovarianceResult, UNBIASED } from '../../covariance.js';
import { writeNpy } from '../../write-npy.js';
import { openEmbeddingsSync } from '../../embeddings.js';
import { CHALLENGE, namedOr, sayChosen } from '../challenge.js';
import { usageError } from '../failure.js';
import { figure } from '../figures.js';
import { choice, command, input, output, type Parsed, toggle, value } from '../flags.js';
import { atLeastZero, number, oneOf, type Parser } from '../parsers.js';
import { checkTargets } from '../paths.js';
import { bytesOfRow, type ProgressLine, withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { sayWarnings } from '../warnings.js';

const RULES = oneOf(['ledoit-wolf', 'oas', 'none']);
const WEIGHT = number('', (weight) => weight >= 0 && weight <= 1);
const SHRINKAGE: Parser<'ledoit-wolf' | 'oas' | 'none' | number> = {
  expected: 'ledoit-wolf, oas, none or a number from 0 to 1',
  read: (text) => RULES.read(text) ?? WEIGHT.read(text),
};

const FLAGS = {
  'Input:': {
    embeddings: input(
      '-e, --embeddings <file>',
      '.npy matrix of the rows (default: train_set.npy in . or ./data, with its labels)',
    ),
    ...shared.trainingRows(),
    io: shared.io(),
  },
  'Estimate:': {
    of: choice('--of <scatter>', 'total; within or between need labels', [
      'total',
      'within',
      'between',
    ]).or('total'),
    denominator: choice(
      '--denominator <name>',
      'none for the scatter (default: the unbiased one)',
      ['rows', 'rows-1', 'rows-classes', 'classes', 'classes-1', 'none'],
    ),
    shrinkage: value(
      '--shrinkage <rule>',
      'ledoit-wolf, oas, none or a number from 0 to 1',
      SHRINKAGE,
    ).conflicts('ridge'),
    ridge: value(
      '--ridge <epsilon>',
      'add this share of the mean variance instead',
      number('a number of at least 0, such as 0.001', atLeastZero),
    ),
    correlation: toggle('--correlation', 'divide by the standard deviations at the end'),
  },
  'Output:': {
    output: output('-o, --output <file>', '.npy matrix to write, d × d').or('covariance.npy'),
    mean: output('--mean <file>', '.npy to write the mean to, 1 × d'),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads() },
};

type CovarianceFlags = Parsed<typeof FLAGS>;

const AFTER = `
Examples:
  $ hackface-native covariance -e train_set.npy -o total.npy --mean mean.npy
  $ hackface-native covariance -e train_set.npy -l train_labels.csv --of within --shrinkage ledoit-wolf`;

export function covarianceCommand(): Command {
  const about = 'Estimate the mean and a covariance of embeddings, and write them as .npy.';
  return command('covariance', about, FLAGS, AFTER).action(run);
}

async function run(flags: CovarianceFlags, command: Command): Promise<void> {
  const files = namedOr(flags, 'embeddings', CHALLENGE.train, command);
  const labels = files.labels ?? flags.labels;
  if (flags.denominator?.includes('classes') && labels === undefined) {
    throw usageError(
      `--denominator ${flags.denominator} without labels`,
      'labels, which tell how many classes there are',
      'Add --labels FILE, or choose rows or rows-1',
    );
  }
  checkTargets(command, files);
  sayChosen(command, files);
  const { output, mean: meanFile, force, json, quiet, ...request } = flags;
  const embeddings = openEmbeddingsSync(files.embeddings, { io: flags.io });
  const work = (onProgress: ProgressLine['show']) =>
    covariance({ ...request, labels, embeddings, onProgress });
  const result = await withProgress('covariance', flags, work, bytesOfRow(embeddings)).finally(() =>
    embeddings.close(),
  );
  const { matrix, mean, dim, ...figures } = result;
  if (!json) sayWarnings(result.warnings, command, { quiet });
  if (meanFile !== undefined) await writeNpy(meanFile, { data: mean, rows: 1, dim }, { force });
  await writeNpy(output, { data: matrix, rows: dim, dim }, { force });
  if (json) {
    const { of, denominator = UNBIASED[of], correlation = false } = flags;
    const files = { output, mean: meanFile ?? null };
    print([JSON.stringify({ ...files, of, denominator, correlation, dim, ...figures })]);
  } else if (!quiet) {
    say(describe(flags, result));
  }
}

function describe(flags: CovarianceFlags, result: CovarianceResult): string[] {
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
  return lines;
}
