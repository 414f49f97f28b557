import { Command, Option } from 'commander';
import { isStandardOutput } from '../../files/stdout.js';
import { type ScoreSummary, score } from '../../score.js';
import { discoverChallenge, parseColumns } from '../challenge.js';
import { addOptions, shared } from '../options.js';
import { checkTargets, inputOption, pipedOutputOption } from '../paths.js';
import { progressLine } from '../progress.js';
import { print, say } from '../terminal.js';

/** What was typed. */
interface ScoreFlags {
  embeddings?: string;
  pairs?: string;
  header: boolean;
  allowFormulaLikeIds?: boolean;
  io: 'mmap' | 'read';
  metric?: string;
  model?: string;
  center?: string;
  normalize?: 'none' | 'l2';
  reference?: string;
  undefined?: 'refuse' | 'max';
  output: string;
  columns: string;
  force?: boolean;
  dryRun?: boolean;
  threads?: number;
  cpu: 'auto' | 'scalar' | 'avx2' | 'avx512' | 'neon';
  json?: boolean;
  quiet?: boolean;
  progress: boolean;
}

/** `score`: a distance for each pair of a list, as a submission file. */
export function scoreCommand(): Command {
  const command = new Command('score')
    .description('Write a distance for each pair of a list (smaller is more alike).')
    .addHelpText(
      'after',
      `
Examples:
  $ hackface-native score -e test_set.npy -p test_pairs.csv -o submission.csv
  $ hackface-native score --metric "cosine*yule*braycurtis*abs(rogerstanimoto)"
  $ hackface-native score --model wccn.safetensors
  $ hackface-native score --center mean --normalize l2 --metric sqeuclidean
  $ hackface-native score --metric "minkowski(p=3)" --columns Id,Predicted -o - | head`,
    );
  addOptions(command, 'Input:', [
    inputOption('-e, --embeddings <file>', '.npy matrix (default: test_set.npy in . or ./data)'),
    inputOption(
      '-p, --pairs <file>',
      'CSV of index1,index2[,Id]; - is standard input (default: test_pairs.csv in . or ./data)',
    ),
    new Option('--no-header', 'the pairs file has no header line'),
    new Option('--allow-formula-like-ids', 'accept ids that start with = + - @'),
    shared.io(),
  ]);
  addOptions(command, 'Metric:', [
    new Option(
      '-m, --metric <expression>',
      'a metric or a combination; `hackface-native metrics` lists them (default: cosine)',
    ),
    inputOption(
      '--model <file>',
      'a model that `hackface-native fit` wrote, instead of a metric',
    ).conflicts(['metric', 'center', 'normalize', 'reference', 'undefined']),
    inputOption('--center <what>', 'subtract none, the mean of all rows, or the mean of FILE.npy', [
      'none',
      'mean',
    ]),
    new Option('--normalize <how>', 'divide each row by its norm').choices(['none', 'l2']),
    inputOption(
      '--reference <file>',
      '.npy that seuclidean and mahalanobis take their variances from (default: the embeddings)',
    ),
    new Option(
      '--undefined <policy>',
      'where a metric has no value: refuse, or give the pair the largest',
    ).choices(['refuse', 'max']),
  ]);
  addOptions(command, 'Output:', [
    pipedOutputOption('-o, --output <file>', 'submission to write; - is standard output').default(
      'submission.csv',
    ),
    new Option(
      '--columns <names>',
      'names and order of the two columns; the one that ends in "id" holds the ids',
    ).default('Predicted,Id'),
    shared.force(),
    shared.json(),
    shared.quiet(),
    shared.noProgress(),
  ]);
  addOptions(command, 'Run:', [
    shared.threads(),
    shared.cpu(),
    new Option('-n, --dry-run', 'check the inputs, score and write nothing'),
  ]);
  return command.action(run);
}

async function run(flags: ScoreFlags, command: Command): Promise<void> {
  const { embeddings, pairs } = discoverChallenge(flags);
  checkTargets(command, { embeddings, pairs });
  const told = !flags.quiet && !flags.json;
  if (told && (!flags.embeddings || !flags.pairs)) say(`using ${embeddings} and ${pairs}\n`);
  const progress = progressLine('score', flags.progress && told);
  let summary: ScoreSummary;
  try {
    summary = await score({
      embeddings,
      pairs,
      output: flags.output,
      metric: flags.metric,
      model: flags.model,
      center: flags.center,
      normalize: flags.normalize,
      reference: flags.reference,
      onUndefined: flags.undefined,
      io: flags.io,
      cpu: flags.cpu,
      threads: flags.threads,
      dryRun: flags.dryRun,
      onProgress: progress.show,
      pairsOptions: { header: flags.header, allowFormulaLikeIds: flags.allowFormulaLikeIds },
      submission: { ...parseColumns(flags.columns), force: flags.force },
    });
  } finally {
    progress.clear();
  }
  if (flags.json) {
    const out = isStandardOutput(flags.output) ? say : print;
    out(`${JSON.stringify(summary)}\n`);
  } else if (!flags.quiet) {
    say(describe(summary));
  }
}

function describe(summary: ScoreSummary): string {
  const { pairs, rows, dim, metric, seconds, output, distances, warnings } = summary;
  const size = `${pairs} pairs of ${rows} × ${dim}`;
  if (!distances) return `would score ${size} by ${metric}; nothing written\n`;
  const range = `${figure(distances.min)} … ${figure(distances.max)}`;
  const lines = [`${size} by ${metric}: ${range} in ${seconds.toFixed(3)} s → ${output}`];
  return `${[...lines, ...warnings.map((text) => `warning: ${text}`)].join('\n')}\n`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(5)));
}
