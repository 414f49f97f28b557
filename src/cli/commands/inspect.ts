/** `inspect`: what a .npy, .csv or model file is. */
import type { Command } from 'commander';
import { listTexts } from '../../csv/errors.js';
import { otherSeparator } from '../../csv/header.js';
import { inspectTable, type TableReport } from '../../csv/inspect.js';
import { type EmbeddingsReport, inspectEmbeddings } from '../../inspect.js';
import { Model } from '../../model.js';
import { CHALLENGE, discover } from '../challenge.js';
import { contentOf } from '../content.js';
import { command, type Parsed } from '../flags.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print } from '../terminal.js';
import { counted } from '../../counted.js';

const FLAGS = {
  'Run:': { io: shared.io(), threads: shared.threads() },
  'Output:': { json: shared.json(), progress: shared.progress() },
};

const AFTER = `
Examples:
  $ hackface-native inspect test_set.npy
  $ hackface-native inspect test_pairs.csv --json
  $ hackface-native inspect lda.safetensors`;

export function inspectCommand(): Command {
  const about = 'Say what a .npy, .csv or model file is and whether its rows are sound.';
  return command('inspect', about, FLAGS, AFTER)
    .argument(
      '[file]',
      'a .npy matrix, a .csv table or a .safetensors model; - is a table (default: test_set.npy in . or ./data)',
    )
    .action(run);
}

async function run(named: string | undefined, flags: Parsed<typeof FLAGS>): Promise<void> {
  const file = named ?? discover(CHALLENGE.test.embeddings, 'inspect');
  const kind = contentOf(file);
  const { report, lines } = await { csv: table, model, npy: matrix }[kind](file, flags);
  print(flags.json ? [JSON.stringify({ file, kind, ...report })] : lines);
}

async function table(file: string) {
  const report = await inspectTable(file);
  return { report, lines: describeTable(file, report) };
}

async function model(file: string) {
  const model = await Model.load(file);
  const { inputDim, mappedDim, scorer, card, warnings } = model;
  const report = { inputDim, mappedDim, scorer, card, warnings };
  return { report, lines: describeModel(file, model) };
}

async function matrix(file: string, { json, progress, io, threads }: Parsed<typeof FLAGS>) {
  const report = await withProgress('inspect', { json, progress, quiet: false }, (onProgress) =>
    inspectEmbeddings(file, { io, threads, onProgress }),
  );
  return { report, lines: describe(file, report) };
}

function describe(file: string, report: EmbeddingsReport): string[] {
  const { rows, dim, dtype, nonFiniteRows, firstNonFinite, zeroRows, norms } = report;
  const lines = [`${file}: ${counted(rows, 'row')} × ${counted(dim, 'column')} of ${dtype}`];
  if (norms) {
    const [min, median, max] = [norms.min, norms.median, norms.max].map((n) => n.toPrecision(5));
    lines.push(`norms: ${min} smallest, ${median} median, ${max} largest`);
  }
  lines.push(`rows of zeros: ${zeroRows}`);
  const where = firstNonFinite
    ? `, the first at row ${firstNonFinite.row}, column ${firstNonFinite.column}`
    : '';
  lines.push(`rows with NaN or infinity: ${nonFiniteRows}${where}`);
  return lines;
}

function describeModel(file: string, model: Model): string[] {
  const { inputDim, mappedDim, scorer, card, warnings } = model;
  const lines = [`${file}: ${counted(inputDim, 'column')} → ${mappedDim}, then ${scorer}`];
  for (const [name, value] of Object.entries(card)) lines.push(`  ${name}: ${value}`);
  for (const warning of warnings) lines.push(`warning: ${warning}`);
  return lines;
}

/** Characters of a name on a line. */
const NAME = 40;
const shortened = (name: string) => (name.length > NAME ? `${name.slice(0, NAME)}…` : name);

function describeTable(file: string, report: TableReport): string[] {
  const separator = otherSeparator(report.columns);
  const { columns } = report;
  const names = listTexts(columns.map(shortened));
  const lines = [`${file}: ${counted(report.rows, 'row')}; columns ${names}`];
  if (separator !== undefined) {
    lines.push(
      `warning: the columns are separated by ${separator}, where every command reads commas`,
    );
  }
  if (columns.every((name) => name.trim() !== '' && Number.isFinite(Number(name)))) {
    lines.push(
      columns.length > 3
        ? `warning: every name is a number, as in a matrix without a header line: save a matrix as .npy`
        : 'warning: every name is a number: if the file has no header line, add one',
    );
  }
  return lines;
}
