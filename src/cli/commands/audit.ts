/** `audit`: faults of a data set. */
import type { Command } from 'commander';
import { type AuditReport, audit, type DuplicateRows, type RowPlace } from '../../audit.js';
import { writeSuspects } from '../../csv/suspects.js';
import { defaults } from '../../defaults.js';
import { isStandardOutput } from '../../files/stdout.js';
import { writeAuditReport } from '../../report/index.js';
import { usageError } from '../failure.js';
import { figure } from '../figures.js';
import { command, input, output, page, type Parsed, value } from '../flags.js';
import { isRate, number, wholeNumber } from '../parsers.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { typedCommand } from '../typed.js';

const FLAGS = {
  'Input:': {
    embeddings: input('-e, --embeddings <file>', '.npy matrix'),
    labels: input('-l, --labels <file>', 'CSV of [index,]class for its rows'),
    train: input('--train <file>', '.npy matrix, with --test: what do they share?').conflicts(
      'embeddings',
    ),
    trainLabels: input('--train-labels <file>', 'its labels').conflicts('labels'),
    test: input('--test <file>', 'the other .npy matrix'),
    testLabels: input('--test-labels <file>', 'its labels'),
    io: shared.io(),
  },
  'Look for:': {
    near: value(
      '--near <similarity>',
      'cosine similarity from which rows are near-identical',
      number('a number above 0, at most 1', isRate),
    ).shows(() => defaults().audit.near),
  },
  'Output:': {
    output: output('-o, --output <file>', 'CSV of suspects to write; - is standard output', {
      pipes: true,
    }),
    report: page('--report <file>', 'HTML page to write'),
    top: value('--top <n>', 'lines of each list on the terminal', wholeNumber(1, 1_000_000)).or(10),
    limit: value(
      '--limit <n>',
      'entries of each list at most; the rest is counted',
      wholeNumber(1, 10_000_000),
    ).shows(() => defaults().audit.limit),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads() },
};

type AuditFlags = Parsed<typeof FLAGS>;

const AFTER = `
Examples:
  $ hackface-native audit -e train_set.npy -l train_labels.csv
  $ hackface-native audit -e train_set.npy -l train_labels.csv -o suspects.csv --report audit.html
  $ hackface-native audit --train train_set.npy --train-labels train_labels.csv --test test_set.npy --test-labels test_labels.csv
  $ hackface-native audit -e test_set.npy --near 0.9999 --json`;

export function auditCommand(): Command {
  const about = 'Find wrong labels, copies, unusable rows, and what train and test share.';
  return command('audit', about, FLAGS, AFTER).action(run);
}

async function run(flags: AuditFlags, command: Command): Promise<void> {
  const sets = chosenSets(flags);
  const { output, report: page, force } = flags;
  if (output !== undefined && sets.labels === undefined && sets.test?.labels === undefined) {
    throw usageError(
      '--output without labels',
      'labels: suspects are rows that look unlike their class',
      'Add --labels FILE',
    );
  }
  checkTargets(command);
  const { near, limit, io, threads } = flags;
  const report = await withProgress('audit', flags, (onProgress) =>
    audit({ ...sets, near, limit, io, threads, onProgress }),
  );
  const suspects = report.suspects?.entries ?? [];
  if (output !== undefined) await writeSuspects(output, suspects, { force });
  if (page !== undefined) {
    const { embeddings, test } = sets;
    const title = test ? `Audit of ${embeddings} and ${test.embeddings}` : `Audit of ${embeddings}`;
    await writeAuditReport(report, page, { force, title, command: typedCommand() });
  }
  const tell = output !== undefined && isStandardOutput(output) ? say : print;
  if (flags.json) tell([JSON.stringify(report)]);
  else if (!flags.quiet) tell(describe(report, flags.top));
  if (output !== undefined && !flags.json && !flags.quiet) {
    say([`→ ${output}  ${suspects.length} suspects`]);
  }
}

interface ChosenSets {
  embeddings: string;
  labels?: string | undefined;
  test?: { embeddings: string; labels?: string | undefined };
}

function chosenSets(flags: AuditFlags): ChosenSets {
  const { embeddings, labels, train, trainLabels, test, testLabels } = flags;
  if (train === undefined && test === undefined) {
    if (embeddings === undefined) {
      throw usageError('no matrix', '--embeddings, or --train and --test', 'Name a .npy file');
    }
    return { embeddings, labels };
  }
  if (train === undefined || test === undefined) {
    const given = train === undefined ? '--test' : '--train';
    throw usageError(`${given} alone`, '--train and --test', 'Name both, or use --embeddings');
  }
  return {
    embeddings: train,
    labels: trainLabels,
    test: { embeddings: test, labels: testLabels },
  };
}

function describe(report: AuditReport, top: number): string[] {
  const lines = report.sets.map(({ set, rows, classes }) => {
    const people = classes === null ? 'no labels' : `${classes} classes`;
    return `${set === null ? '' : `${set}: `}${rows} rows × ${report.dim} columns, ${people}`;
  });
  for (const { name, total, entries } of findings(report)) {
    lines.push(`${name}: ${total}`);
    lines.push(...entries.slice(0, top).map((entry) => `  ${entry}`));
    const shown = Math.min(entries.length, top);
    if (entries.length > 0 && total > shown) lines.push(`  … and ${total - shown} more`);
  }
  return lines;
}

interface Finding {
  name: string;
  total: number;
  entries: string[];
}

/** Every list, the gravest first. */
function findings(report: AuditReport): Finding[] {
  const { suspects, lookAlikes, singletons, shared, normOutliers } = report;
  const list = <T>(
    name: string,
    found: { entries: T[]; total: number } | null,
    text: (entry: T) => string,
  ) => (found === null ? [] : [{ name, total: found.total, entries: found.entries.map(text) }]);
  return [
    ...list('look mislabelled', suspects, (s) => {
      const cosines = `${s.own.toFixed(3)} own, ${s.other.toFixed(3)} ${s.otherClass}`;
      return `${placeText(s)}: ${cosines}; most like ${placeText(s.nearest)}`;
    }),
    ...list('alike under two labels', report.conflicting, pairText),
    ...list('classes in train and test', shared?.classes ?? null, (name) => name),
    ...list('alike in train and test', shared?.rows ?? null, pairText),
    ...list('labels that look like one person', lookAlikes, (pair) => {
      return `${pair.class1} and ${pair.class2}: resemblance ${pair.resemblance.toFixed(3)}`;
    }),
    ...list('repeated rows', report.repeated, pairText),
    ...list('rows with NaN or infinity', report.nonFinite, placeText),
    ...list('rows of zeros', report.zero, placeText),
    ...list('constant rows', report.constant, placeText),
    ...list('odd norms', normOutliers, (o) => {
      return `${placeText(o)}: ${figure(o.norm, 5)}, ${o.deviation.toFixed(1)} deviations`;
    }),
    ...list('classes of one row', singletons, (name) => name),
  ];
}

function placeText({ set, row, class: label }: RowPlace): string {
  const where = set === null ? `row ${row}` : `${set} row ${row}`;
  return label === null ? where : `${where} (${label})`;
}

function pairText({ first, second, similarity, identical }: DuplicateRows): string {
  const how = identical ? 'identical' : similarity.toFixed(6);
  return `${placeText(first)} and ${placeText(second)}: ${how}`;
}
