import { Command } from 'commander';
import { otherSeparator } from '../../csv/header.js';
import { inspectTable, type TableReport } from '../../csv/inspect.js';
import { type EmbeddingsReport, inspectEmbeddings } from '../../inspect.js';
import { Model } from '../../model.js';
import { contentOf } from '../content.js';
import { addOptions, shared } from '../options.js';
import { progressLine } from '../progress.js';
import { print } from '../terminal.js';

interface InspectFlags {
  io: 'mmap' | 'read';
  threads?: number;
  json?: boolean;
  progress: boolean;
}

/** `inspect`: what a .npy or .csv file is. */
export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('Say what a .npy, .csv or model file is and whether its rows are sound.')
    .argument('<file>', 'a .npy matrix, a .csv table or a .safetensors model; - is a table')
    .addHelpText(
      'after',
      `
Examples:
  $ hackface-native inspect test_set.npy
  $ hackface-native inspect test_pairs.csv --json
  $ hackface-native inspect lda.safetensors`,
    );
  addOptions(command, 'Run:', [shared.io(), shared.threads()]);
  addOptions(command, 'Output:', [shared.json(), shared.noProgress()]);
  return command.action(async (file: string, flags: InspectFlags) => {
    const kind = contentOf(file);
    if (kind === 'csv') {
      const report = await inspectTable(file);
      print(
        flags.json
          ? `${JSON.stringify({ file, kind: 'csv', ...report })}\n`
          : describeTable(file, report),
      );
      return;
    }
    if (kind === 'model') {
      const model = await Model.load(file);
      const { inputDim, mappedDim, scorer, card, warnings } = model;
      const report = { file, kind: 'model', inputDim, mappedDim, scorer, card, warnings };
      print(flags.json ? `${JSON.stringify(report)}\n` : describeModel(file, model));
      return;
    }
    const progress = progressLine('inspect', flags.progress && !flags.json);
    try {
      const { io, threads } = flags;
      const report = await inspectEmbeddings(file, { io, threads, onProgress: progress.show });
      progress.clear();
      print(
        flags.json
          ? `${JSON.stringify({ file, kind: 'npy', ...report })}\n`
          : describe(file, report),
      );
    } finally {
      progress.clear();
    }
  });
}

function describe(file: string, report: EmbeddingsReport): string {
  const { rows, dim, dtype, nonFiniteRows, firstNonFinite, zeroRows, norms } = report;
  const lines = [`${file}: ${rows} rows × ${dim} columns of ${dtype}`];
  if (norms) {
    const [min, median, max] = [norms.min, norms.median, norms.max].map((n) => n.toPrecision(5));
    lines.push(`norms: ${min} smallest, ${median} median, ${max} largest`);
  }
  lines.push(`rows of zeros: ${zeroRows}`);
  const where = firstNonFinite
    ? `, the first at row ${firstNonFinite.row}, column ${firstNonFinite.column}`
    : '';
  lines.push(`rows with NaN or infinity: ${nonFiniteRows}${where}`);
  return `${lines.join('\n')}\n`;
}

function describeModel(file: string, model: Model): string {
  const { inputDim, mappedDim, scorer, card, warnings } = model;
  const lines = [`${file}: ${inputDim} columns → ${mappedDim}, then ${scorer}`];
  for (const [name, value] of Object.entries(card)) lines.push(`  ${name}: ${value}`);
  for (const warning of warnings) lines.push(`warning: ${warning}`);
  return `${lines.join('\n')}\n`;
}

function describeTable(file: string, report: TableReport): string {
  const separator = otherSeparator(report.columns);
  const warning = separator
    ? `warning: the columns are separated by ${separator}, where every command reads commas\n`
    : '';
  return `${file}: ${report.rows} rows; columns ${report.columns.join(', ')}\n${warning}`;
}
