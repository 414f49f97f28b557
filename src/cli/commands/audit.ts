/** `audit`: faults of a data set. */
import type { Command } from 'commander';
import {
  type AuditEstimate,
  type AuditReport,
  type AuditRequest,
  audit,
  auditPart,
  type DuplicateRows,
  estimateAudit,
  type RowPlace,
} from '../../audit.js';
import { writeDuplicates } from '../../csv/duplicates.js';
import { writeSuspects } from '../../csv/suspects.js';
import { defaults } from '../../defaults.js';
import { openEmbeddingsSync } from '../../embeddings.js';
import { isStandardOutput } from '../../files/stdout.js';
import { writeAuditReport } from '../../report/index.js';
import { shiftText } from '../../report/shift-text.js';
import { trustText } from '../../report/trust-text.js';
import { CHALLENGE, challengeFiles, sayChosen } from '../challenge.js';
import { usageError } from '../failure.js';
import { figure } from '../figures.js';
import { command, input, inputs, output, page, type Parsed, toggle, value } from '../flags.js';
import { isRate, number, wholeNumber } from '../parsers.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import { ofShard, SCHEDULED, scheduled } from '../scheduler.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { typedCommand } from '../typed.js';
import { sayWarnings } from '../warnings.js';
import { counted } from '../../counted.js';

const FLAGS = {
  'Input:': {
    embeddings: input(
      '-e, --embeddings <file>',
      '.npy matrix (default: train_set.npy in . or ./data, with its labels)',
    ),
    labels: input('-l, --labels <file>', 'CSV of [index,]class for its rows'),
    names: input('--names <file>', 'names of its rows (default: those in the matrix file)'),
    train: input('--train <file>', '.npy matrix, with --test: what do they share?').conflicts(
      'embeddings',
    ),
    trainLabels: input('--train-labels <file>', 'its labels').conflicts('labels'),
    trainNames: input('--train-names <file>', 'names of its rows').conflicts('names'),
    test: input('--test <file>', 'the other .npy matrix'),
    testLabels: input('--test-labels <file>', 'its labels'),
    testNames: input('--test-names <file>', 'names of its rows'),
    io: shared.io(),
  },
  'Look for:': {
    near: value(
      '--near <similarity>',
      'cosine similarity from which rows are near-identical',
      number('a number above 0, at most 1', isRate),
    ).shows(() => defaults().audit.near),
    nearRows: value(
      '--near-rows <n>',
      'rows that are compared with all others for near-identical ones, evenly spread (default: all)',
      wholeNumber(0, 2 ** 32 - 1),
    ),
    estimate: toggle('--estimate', 'print how long the audit takes and stop'),
  },
  'In parts:': {
    shard: value(
      '--shard <i/n>',
      'search shard i of n, from 0, for near-identical rows into --output, and tell nothing else; auto/n by SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX',
      SCHEDULED,
    ).conflicts(['parts', 'estimate', 'duplicates', 'report']),
    parts: inputs(
      '--parts <files...>',
      'near-identical rows of all shards, in the place of a search',
    ).conflicts(['estimate']),
  },
  'Output:': {
    output: output(
      '-o, --output <file>',
      'CSV of suspects to write; - is standard output; of a shard what it finds (default: near-i-of-n.part)',
      { pipes: true },
    ),
    duplicates: output('--duplicates <file>', 'CSV of rows that are alike to write'),
    allowFormulas: shared.allowFormulas('classes'),
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
  $ hackface-native audit -e test_set.npy --near 0.9999 --duplicates copies.csv
  $ hackface-native audit -e test_set.npy --estimate
  $ for i in 0 1 2 3; do hackface-native audit -e x.npy -l y.csv --shard $i/4 -o near-$i.part; done
  $ hackface-native audit -e x.npy -l y.csv --parts near-*.part`;

export function auditCommand(): Command {
  const about = 'Find wrong labels, copies, unusable rows, and what train and test share.';
  return command('audit', about, FLAGS, AFTER).action(run);
}

async function run(flags: AuditFlags, command: Command): Promise<void> {
  const sets = chosenSets(flags, command);
  if (flags.shard !== undefined) return searchShard(flags, flags.shard, sets);
  const { output, report: page, force } = flags;
  if (output !== undefined && sets.labels === undefined && sets.test?.labels === undefined) {
    throw usageError(
      '--output without labels',
      'labels: suspects are rows that look unlike their class',
      'Add --labels FILE',
    );
  }
  const { embeddings, labels, test } = sets;
  const files = test === undefined ? { embeddings, labels } : {};
  checkTargets(command, files);
  sayChosen(command, files);
  const { near, nearRows, limit, io, threads } = flags;
  const request = { ...sets, near, nearRows, limit, io, threads };
  if (flags.estimate === true) {
    const estimate = await estimateAudit(request);
    if (flags.json) print([JSON.stringify(estimate)]);
    else if (!flags.quiet) print([describeEstimate(estimate)]);
    return;
  }
  const { parts } = flags;
  if (!flags.quiet && parts === undefined) await warnOfCost(request);
  const report = await withProgress('audit', flags, (onProgress) =>
    audit({ ...request, parts, onProgress }),
  );
  if (!flags.json) sayWarnings(report.warnings, command, flags);
  const written = { force, allowFormulas: flags.allowFormulas };
  const suspects = report.suspects?.entries ?? [];
  if (output !== undefined) await writeSuspects(output, suspects, written);
  const pairs = [report.conflicting, report.shared?.rows, report.repeated].flatMap(
    (list) => list?.entries ?? [],
  );
  if (flags.duplicates !== undefined) await writeDuplicates(flags.duplicates, pairs, written);
  if (page !== undefined) {
    const { embeddings, test } = sets;
    const title = test ? `Audit of ${embeddings} and ${test.embeddings}` : `Audit of ${embeddings}`;
    await writeAuditReport(report, page, { force, title, command: typedCommand() });
  }
  const tell = output !== undefined && isStandardOutput(output) ? say : print;
  if (flags.json) tell([JSON.stringify(report)]);
  else if (!flags.quiet) tell(describe(report, flags.top, nearRows));
  if (output !== undefined && !flags.json && !flags.quiet) {
    say([`→ ${output}  ${suspects.length} suspects`]);
  }
  if (flags.duplicates !== undefined && !flags.json && !flags.quiet) {
    const { conflicting, repeated, shared } = report;
    const all = conflicting.total + repeated.total + (shared?.rows.total ?? 0);
    const more = all > pairs.length ? ` of ${all}: raise --limit for more` : '';
    say([`→ ${flags.duplicates}  ${pairs.length} pairs${more}`]);
  }
}

/** Searches a shard for near-identical rows. */
async function searchShard(
  flags: AuditFlags,
  told: NonNullable<AuditFlags['shard']>,
  sets: ChosenSets,
): Promise<void> {
  const { json, quiet, force, near, nearRows, limit, io, threads } = flags;
  const shard = scheduled(told, process.env);
  const output = flags.output ?? ofShard('near.part', shard);
  if (isStandardOutput(output)) throw usageError('--shard with --output -', 'a file');
  const request = { ...sets, near, nearRows, limit, io, threads, shard, output, force };
  const part = await withProgress('audit', flags, (onProgress) =>
    auditPart({ ...request, onProgress }),
  );
  const { compared, comparisons, reused, seconds } = part;
  if (json) print([JSON.stringify({ output, ...part })]);
  else if (!quiet) {
    const done = reused
      ? 'there already, nothing done'
      : `${comparisons.shard} of ${comparisons.of} comparisons, ${seconds.toFixed(2)} s`;
    say([`rows ${compared.from}:${compared.to} of ${compared.of}: ${done}`, `→ ${output}`]);
  }
}

/** Time from which a user is told before an audit starts, and the rows below which it never takes as long. */
const LONG_SECONDS = 60;
const FEW_ROWS = 50_000;

/** Says how long an audit takes, if that is long. */
async function warnOfCost(request: AuditRequest & ChosenSets): Promise<void> {
  const matrices = [request, request.test].flatMap((set) =>
    set === undefined ? [] : openEmbeddingsSync(set.embeddings, { io: request.io }),
  );
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  for (const matrix of matrices) matrix.close();
  if (rows < FEW_ROWS) return;
  const estimate = await estimateAudit(request);
  if (estimate.seconds < LONG_SECONDS) return;
  const cure = '--near-rows compares fewer rows with all others';
  say([`audit: ${describeEstimate(estimate)}; ${cure}`]);
}

function describeEstimate({ rows, comparisons, seconds }: AuditEstimate): string {
  return `${rows} rows, ${comparisons.toPrecision(2)} comparisons: about ${duration(seconds)}`;
}

function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 6000) return `${Math.ceil(seconds / 60)} minutes`;
  return `${Math.ceil(seconds / 3600)} hours`;
}

interface ChosenSets {
  embeddings: string;
  labels?: string | undefined;
  names?: string | undefined;
  test?: { embeddings: string; labels?: string | undefined; names?: string | undefined };
}

function chosenSets(flags: AuditFlags, command: Command): ChosenSets {
  const { embeddings, labels, names, train, trainLabels, test, testLabels } = flags;
  if (train === undefined && test === undefined) {
    return embeddings === undefined
      ? { ...challengeFiles(flags, CHALLENGE.train, command), names }
      : { embeddings, labels, names };
  }
  if (train === undefined || test === undefined) {
    const given = train === undefined ? '--test' : '--train';
    throw usageError(`${given} alone`, '--train and --test', 'Name both, or use --embeddings');
  }
  return {
    embeddings: train,
    labels: trainLabels,
    names: flags.trainNames,
    test: { embeddings: test, labels: testLabels, names: flags.testNames },
  };
}

function describe(report: AuditReport, top: number, compared?: number): string[] {
  const lines = report.sets.map(({ set, rows, classes }) => {
    const people = classes === null ? 'no labels' : `${classes} classes`;
    return `${set === null ? '' : `${set}: `}${counted(rows, 'row')} × ${counted(report.dim, 'column')}, ${people}`;
  });
  if (report.shift)
    lines.push('shift from train to test:', ...shiftText(report.shift).map((line) => `  ${line}`));
  if (report.trust) {
    const [share, ...how] = trustText(report.trust, report.suspects?.total ?? 0);
    lines.push(share, ...how.map((line) => `  ${line}`));
  }
  const all = report.sets.reduce((sum, { rows }) => sum + rows, 0);
  if (compared !== undefined) {
    lines.push(`near-identical rows: looked for beside ${report.nearRows} of ${all} rows`);
  }
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

function placeText({ set, row, name, class: label }: RowPlace): string {
  const number = name === undefined ? `row ${row}` : `${name}, row ${row}`;
  const where = set === null ? number : `${set} ${number}`;
  return label === null ? where : `${where} (${label})`;
}

function pairText({ first, second, similarity, identical }: DuplicateRows): string {
  const how = identical ? 'identical' : similarity.toFixed(6);
  return `${placeText(first)} and ${placeText(second)}: ${how}`;
}
