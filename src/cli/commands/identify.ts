import { Command, Option } from 'commander';
import type { Identification } from '../../evaluation/identification.js';
import { isStandardOutput } from '../../files/stdout.js';
import type { HitsFormat } from '../../hits.js';
import { type IdentifyRequest, type IdentifySummary, identify } from '../../identify.js';
import {
  checkIdentificationPlot,
  writeIdentificationPlot,
  writeIdentificationReport,
} from '../../report/index.js';
import { usageError } from '../failure.js';
import { describeIdentification } from '../identification.js';
import { addOptions, numberList, shared, wholeNumber } from '../options.js';
import {
  checkTargets,
  inputOption,
  outputOption,
  pageOption,
  pipedOutputOption,
} from '../paths.js';
import { progressLine } from '../progress.js';
import { print, say } from '../terminal.js';
import { typedCommand } from '../typed.js';

/** What was typed. */
interface IdentifyFlags {
  gallery: string;
  galleryLabels?: string;
  probes?: string;
  probeLabels?: string;
  top?: number;
  self?: 'include' | 'exclude';
  fuse?: 'none' | 'min' | 'mean' | 'template';
  metric?: string;
  model?: string;
  center?: string;
  normalize?: 'none' | 'l2';
  reference?: string;
  io: 'mmap' | 'read';
  ranks?: number[];
  atFpir?: number[];
  withinRank?: number;
  convention?: 'at-most' | 'insightface';
  output?: string;
  format?: HitsFormat;
  report?: string;
  plot?: string[];
  memory?: number;
  threads?: number;
  cpu: 'auto' | 'scalar' | 'avx2' | 'avx512' | 'neon';
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
  progress: boolean;
}

/** `identify`: the nearest rows of a gallery for each probe, and how often they are right. */
export function identifyCommand(): Command {
  const command = new Command('identify')
    .description('Find each probe in a gallery: nearest rows, CMC, mAP, open-set rates.')
    .addHelpText(
      'after',
      `
Examples:
  $ hackface-native identify -g train_set.npy --probes test_set.npy --top 5 -o hits.csv
  $ hackface-native identify -g gallery.npy --gallery-labels gallery.csv --probes probes.npy --probe-labels probes.csv --report identification.html
  $ hackface-native identify -g train_set.npy --gallery-labels train_labels.csv --self exclude --fuse min
  $ hackface-native identify -g train_set.npy --gallery-labels train_labels.csv --probes test_set.npy --model plda.safetensors -o hits.jsonl`,
    );
  addOptions(command, 'Input:', [
    inputOption('-g, --gallery <file>', '.npy matrix to search').makeOptionMandatory(),
    inputOption('--gallery-labels <file>', 'CSV of [index,]class of the gallery'),
    inputOption(
      '--probes <file>',
      '.npy matrix to search with (default: each row of the gallery among the others)',
    ),
    inputOption('--probe-labels <file>', 'CSV of [index,]class of the probes; adds the measures'),
    new Option(
      '--self <how>',
      'whether probe i may find gallery row i (default: exclude without --probes)',
    ).choices(['include', 'exclude']),
    shared.io(),
  ]);
  addOptions(command, 'Metric:', [
    new Option('-m, --metric <expression>', 'the metric (default: cosine)'),
    inputOption('--model <file>', 'a model that fit wrote, instead of a metric').conflicts([
      'metric',
      'center',
      'normalize',
      'reference',
    ]),
    inputOption(
      '--center <what>',
      'subtract none, the mean of the gallery, or the mean of FILE.npy',
      ['none', 'mean'],
    ),
    new Option('--normalize <how>', 'divide each row by its norm').choices(['none', 'l2']),
    inputOption(
      '--reference <file>',
      '.npy that seuclidean and mahalanobis take their variances from (default: the gallery)',
    ),
    new Option(
      '--fuse <how>',
      'rows of a person as one: the nearest, the mean distance, or the mean row (default: none)',
    ).choices(['none', 'min', 'mean', 'template']),
  ]);
  const aRate = (value: number) => value > 0 && value <= 1;
  const aRank = (value: number) => Number.isInteger(value) && value >= 1;
  addOptions(command, 'Measures:', [
    new Option('--ranks <list>', 'closed-set rates at these ranks (default: 1,5,10,20)').argParser(
      numberList('whole numbers from 1', aRank),
    ),
    new Option(
      '--at-fpir <rates>',
      'open-set rates at these false positive rates (default: 0.003,0.01,0.1)',
    ).argParser(numberList('numbers above 0 and at most 1', aRate)),
    new Option(
      '--within-rank <n>',
      'rank that the open set wants a mate in (default: 1)',
    ).argParser(wholeNumber(1, 2 ** 31)),
    new Option('--convention <name>', 'how thresholds are chosen (default: at-most)').choices([
      'at-most',
      'insightface',
    ]),
  ]);
  addOptions(command, 'Output:', [
    pipedOutputOption(
      '-o, --output <file>',
      'hits to write; - is standard output (default: hits.csv, or none where labels judge the search)',
    ),
    new Option('-k, --top <n>', 'hits for each probe (default: 10)').argParser(
      wholeNumber(1, 2 ** 31),
    ),
    new Option('--format <name>', 'of the hits (default: by the ending of the name)').choices([
      'csv',
      'npy',
      'jsonl',
    ]),
    pageOption('--report <file>', 'HTML page of figures, pictures and how to make them again'),
    outputOption('--plot <files...>', 'SVG pictures; the name says which: cmc, dir'),
    shared.force(),
    shared.json(),
    shared.quiet(),
    shared.noProgress(),
  ]);
  addOptions(command, 'Run:', [
    new Option(
      '--memory <MiB>',
      'memory for rows made ready (default: 64, from 16,385 probes on 1024)',
    ).argParser(wholeNumber(1, 1_000_000)),
    shared.threads(),
    shared.cpu(),
  ]);
  return command.action(run);
}

async function run(flags: IdentifyFlags, command: Command): Promise<void> {
  const { report, plot = [], json, quiet } = flags;
  const request = requestOf(flags);
  for (const file of plot) checkIdentificationPlot(file);
  const judges = flags.probeLabels !== undefined || (!flags.probes && flags.galleryLabels);
  if (!judges && (report !== undefined || plot.length > 0)) {
    throw usageError('a report or a plot without labels', '--gallery-labels and --probe-labels');
  }
  checkTargets(command, { output: request.output });
  const progress = progressLine('identify', flags.progress && !quiet && !json);
  let summary: IdentifySummary;
  try {
    summary = await identify({ ...request, onProgress: progress.show });
  } finally {
    progress.clear();
  }
  const { identification } = summary;
  if (identification) await draw(identification, flags);
  deliver(summary, flags);
}

function requestOf(flags: IdentifyFlags): IdentifyRequest {
  const { gallery, galleryLabels, probes, probeLabels, top, self, fuse, force } = flags;
  const { metric, model, center, normalize, reference, io, cpu, threads, memory } = flags;
  const { ranks, atFpir, withinRank, convention } = flags;
  const judges = probeLabels !== undefined || (probes === undefined && galleryLabels !== undefined);
  const output = flags.output ?? (judges ? undefined : 'hits.csv');
  return {
    gallery,
    galleryLabels,
    probes,
    probeLabels,
    top,
    fuse,
    excludeSelf: self === undefined ? undefined : self === 'exclude',
    metric,
    model,
    center,
    normalize,
    reference,
    io,
    cpu,
    threads,
    memory: memory === undefined ? undefined : memory * 2 ** 20,
    ranks,
    fpirs: atFpir,
    rank: withinRank,
    convention,
    output,
    format: flags.format ?? formatOf(output),
    force,
  };
}

function formatOf(output: string | undefined): HitsFormat {
  if (output?.endsWith('.npy')) return 'npy';
  return output?.endsWith('.jsonl') ? 'jsonl' : 'csv';
}

async function draw(identification: Identification, flags: IdentifyFlags): Promise<void> {
  const { report, plot = [], force } = flags;
  for (const file of plot) await writeIdentificationPlot(identification, file, { force });
  if (report !== undefined) {
    await writeIdentificationReport(identification, report, { force, command: typedCommand() });
  }
}

/** Where figures and messages go: away from hits on standard output. */
function deliver(summary: IdentifySummary, { json, quiet }: IdentifyFlags): void {
  const { identification, output, probes, top, gallery, seconds } = summary;
  const out = output !== null && isStandardOutput(output) ? say : print;
  if (json) {
    out(`${JSON.stringify(summary)}\n`);
    return;
  }
  if (identification) out(describeIdentification(identification));
  if (quiet) return;
  const people = gallery.people === null ? '' : ` of ${gallery.people} people`;
  const size = `${probes} probes in ${gallery.rows} rows${people} in ${seconds.toFixed(3)} s`;
  say(output === null ? `${size}\n` : `${size}: ${top} hits each → ${output}\n`);
  for (const { text } of identification?.warnings ?? []) say(`warning: ${text}\n`);
}
