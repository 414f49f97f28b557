/** `identify`: the nearest rows of a gallery for each probe, and how often they are right. */
import type { Command } from 'commander';
import { defaults } from '../../defaults.js';
import type { Identification } from '../../evaluation/identification.js';
import { isStandardOutput } from '../../files/stdout.js';
import type { GateReport } from '../../gates/judge.js';
import type { HitsFormat } from '../../hits.js';
import { type IdentifySummary, identify } from '../../identify.js';
import {
  checkIdentificationPlot,
  writeIdentificationPlot,
  writeIdentificationReport,
} from '../../report/index.js';
import { mayBeNamed } from '../../row-names.js';
import { reportCard } from '../card.js';
import { CHALLENGE, challengeFiles, namedOr, sayChosen } from '../challenge.js';
import { usageError } from '../failure.js';
import * as gating from '../gate-flags.js';
import {
  choice,
  command,
  input,
  inputs,
  output,
  outputs,
  page,
  type Parsed,
  text,
  value,
} from '../flags.js';
import { describeIdentification } from '../identification.js';
import { isRate, meaning, mebibytes, numbers, wholeNumber } from '../parsers.js';
import { checkPaths, checkTargets, pathsOf } from '../paths.js';
import { withProgress } from '../progress.js';
import { ofShard, SCHEDULED, scheduled } from '../scheduler.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { typedCommand } from '../typed.js';
import { sayWarnings } from '../warnings.js';
import { counted } from '../../counted.js';

const FLAGS = {
  'Input:': {
    gallery: input(
      '-g, --gallery <file>',
      '.npy matrix to search (default: train_set.npy in . or ./data, for the rows of test_set.npy)',
    ),
    galleryLabels: input('--gallery-labels <file>', 'CSV of [index,]class of the gallery'),
    probes: input(
      '--probes <file>',
      '.npy matrix to search with (default: each row of the gallery among the others)',
    ),
    probeLabels: input(
      '--probe-labels <file>',
      'CSV of [index,]class of the probes; adds the measures',
    ),
    galleryNames: input('--gallery-names <file>', 'names of the rows of the gallery, one a line'),
    probeNames: input('--probe-names <file>', 'names of the probes, one a line'),
    galleryTemplates: input(
      '--gallery-templates <file>',
      'CSV of template,row[,media][,class], a list of IJB or Kaldi, or tracks of MARS: search for templates',
    ),
    probeTemplates: input('--probe-templates <file>', 'the same of the probes'),
    ...shared.pooling(),
    excludeSelf: value(
      '--self <how>',
      'whether probe i may find gallery row i',
      meaning({ include: false, exclude: true }),
    ).shows(() => 'exclude without --probes'),
    io: shared.io(),
  },
  'Candidates:': {
    protocol: choice(
      '--protocol <name>',
      'rules of a protocol, and person and camera by its names',
      ['market1501', 'veri', 'mars', 'ijb-1n'],
    ),
    cameras: input(
      '--cameras <file>',
      'CSV of [index,]camera, without --probes: no row finds its own person in its own camera',
    ),
    galleryCameras: input('--gallery-cameras <file>', 'the same of the gallery, with --probes'),
    probeCameras: input('--probe-cameras <file>', 'CSV of [index,]camera of the probes'),
    ignoreClass: text('--ignore-class <name>', 'rows of this class take no part').shows(
      () => '-1 with cameras',
    ),
    shots: value(
      '--shots <n>',
      'judge galleries of n rows of each person and camera, drawn at random',
      wholeNumber(1, 2 ** 32 - 1),
    ),
    draws: value('--draws <n>', 'galleries that are drawn', wholeNumber(1, 10_000)).shows(
      () => defaults().identification.draws,
    ),
    seed: shared.seed('random seed for the draws'),
  },
  'Metric:': {
    metric: shared.metric('the metric'),
    model: input('--model <file>', 'a model that fit wrote, instead of a metric').conflicts([
      'metric',
      'center',
      'normalize',
      'reference',
    ]),
    center: input(
      '--center <what>',
      'subtract none, the mean of the gallery, or the mean of FILE.npy',
      ['none', 'mean'],
    ),
    normalize: choice('--normalize <how>', 'divide each row by its norm', ['none', 'l2']),
    reference: input(
      '--reference <file>',
      '.npy that seuclidean and mahalanobis take their variances from (default: the gallery)',
    ),
    fuse: choice(
      '--fuse <how>',
      'rows of a person as one: the nearest, the mean distance, or the mean row',
      ['none', 'min', 'mean', 'template'],
    ).shows(() => 'none'),
  },
  'Normalisation:': shared.norm(),
  'Measures:': {
    ranks: value(
      '--ranks <list>',
      'closed-set rates at these ranks',
      numbers('whole numbers from 1', (rank) => Number.isInteger(rank) && rank >= 1),
    ).shows(() => [1, 5, 10, 20]),
    fpirs: value(
      '--at-fpir <rates>',
      'open-set rates at these false positive rates',
      numbers('numbers above 0 and at most 1', isRate),
    ).shows(() => defaults().identification.fpirs),
    rank: value(
      '--within-rank <n>',
      'rank that the open set wants a mate in',
      wholeNumber(1, 2 ** 31),
    ).shows(() => defaults().identification.rank),
    convention: choice('--convention <name>', 'how thresholds are chosen', [
      'at-most',
      'insightface',
    ]).shows(() => defaults().identification.convention),
    averagePrecision: choice(
      '--average-precision <how>',
      'the mean of the precisions at the mates, or trapezoids between them',
      ['at-hits', 'trapezoid'],
    ).shows(() => defaults().identification.averagePrecision),
    level: shared.level(),
  },
  'Gates:': gating.gates(),
  'Output:': {
    output: output(
      '-o, --output <file>',
      'hits to write; - is standard output (default: hits.csv, of a shard hits-i-of-n.part, or none where labels judge the search)',
      { pipes: true },
    ),
    top: value('-k, --top <n>', 'hits for each probe', wholeNumber(1, 2 ** 31)).shows(
      () => defaults().identification.top,
    ),
    shard: value(
      '--shard <i/n>',
      'search shard i of n of the gallery, from 0, and write hits for --parts; auto/n by SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX',
      SCHEDULED,
    ).conflicts(['parts', 'format']),
    parts: inputs('--parts <files...>', 'hits of all shards, in the place of a search'),
    format: choice('--format <name>', 'format of the hits', ['csv', 'npy', 'jsonl']).shows(
      () => 'by the ending of the name',
    ),
    allowFormulas: shared.allowFormulas('classes'),
    report: page('--report <file>', 'HTML page of figures, pictures and how to make them again'),
    plot: outputs('--plot <files...>', 'SVG pictures; the name says which: cmc, dir'),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': {
    memory: value('--memory <MiB>', 'memory for rows made ready', mebibytes(1, 1_000_000)).shows(
      () => '64, from 16,385 probes on 1024',
    ),
    threads: shared.threads(),
    cpu: shared.cpu(),
  },
};

type IdentifyFlags = Parsed<typeof FLAGS>;
type Searched = IdentifyFlags & { gallery: string };

const AFTER = `
Examples:
  $ hackface-native identify -g train_set.npy --probes test_set.npy --top 5 -o hits.csv
  $ hackface-native identify -g gallery.npy --gallery-labels gallery.csv --probes probes.npy --probe-labels probes.csv --report identification.html
  $ hackface-native identify -g train_set.npy --gallery-labels train_labels.csv --self exclude --fuse min
  $ hackface-native identify -g gallery.npy --gallery-names gallery.txt --probes query.npy --probe-names query.txt --protocol market1501
  $ hackface-native identify -g gallery.npy --probes probes.npy --norm as-norm --cohort train_set.npy
  $ hackface-native identify -g train_set.npy --gallery-labels train_labels.csv --probes test_set.npy --model plda.safetensors -o hits.jsonl
  $ for i in 0 1 2 3; do hackface-native identify -g x.npy --probes p.npy --shard $i/4 -o hits-$i.part; done
  $ hackface-native identify -g x.npy --probes p.npy --parts hits-*.part -o hits.csv`;

export function identifyCommand(): Command {
  const about = 'Find each probe in a gallery: nearest rows, CMC, mAP, open-set rates.';
  return command('identify', about, FLAGS, AFTER).action(run);
}

async function run(given: IdentifyFlags, command: Command): Promise<void> {
  gating.requireGates(given);
  const files = chosenSets(given, command);
  const flags = { ...given, ...neededBy(given), ...files };
  const { report, plot = [] } = flags;
  const inParts = (flags.shard ?? flags.parts) !== undefined;
  const judges = isLabelled(flags) && !inParts;
  const shard = flags.shard === undefined ? undefined : scheduled(flags.shard, process.env);
  const byDefault = shard === undefined ? 'hits.csv' : ofShard('hits.part', shard);
  const output = flags.output ?? (judges ? undefined : byDefault);
  for (const file of plot) checkIdentificationPlot(file);
  if (!judges && (report !== undefined || plot.length > 0)) {
    throw usageError('a report or a plot without labels', '--gallery-labels and --probe-labels');
  }
  if (!judges && gating.hasGates(flags)) {
    throw usageError('a gate without labels', '--gallery-labels and --probe-labels');
  }
  // The file of a shard that is there is looked at before it is refused.
  if (flags.shard === undefined) checkTargets(command, { ...files, output });
  else checkPaths(pathsOf(command, { ...files, output }));
  sayChosen(command, files);
  const format = flags.format ?? formatOf(output);
  const summary = await withProgress('identify', flags, (onProgress) =>
    identify({ ...flags, output, format, shard, onProgress }),
  );
  const { identification } = summary;
  const answers = identification ? await gating.judgeGates(identification, flags) : undefined;
  if (identification) await draw(identification, flags, answers);
  deliver(summary, flags, command, answers);
}

/** Ranks and rates that the gates need. */
function neededBy(flags: IdentifyFlags): Partial<IdentifyFlags> {
  if (!gating.hasGates(flags)) return {};
  const { ranks = [1, 5, 10, 20], fpirs = defaults().identification.fpirs } = flags;
  return gating.gateOptions(flags, { ranks, fpirs });
}

/** True if labels of all rows are told, by files, templates or names, so that the search is judged. */
function isLabelled(flags: Searched): boolean {
  const { probes, probeLabels, galleryLabels, galleryNames, probeNames, protocol } = flags;
  const { galleryTemplates, probeTemplates } = flags;
  if (probes === undefined && (galleryLabels ?? galleryTemplates) !== undefined) return true;
  if ((probeLabels ?? probeTemplates) !== undefined) return true;
  const byNames = protocol !== undefined && protocol !== 'ijb-1n';
  return (
    byNames &&
    mayBeNamed(flags.gallery, galleryNames) &&
    (probes === undefined || mayBeNamed(probes, probeNames))
  );
}

/** The gallery, and where nothing else is named the probes of the challenge. */
function chosenSets(flags: IdentifyFlags, command: Command) {
  const { probes, probeLabels, galleryLabels, galleryNames, galleryTemplates } = flags;
  const bare = [probes, probeLabels, galleryLabels, galleryNames, galleryTemplates].every(
    (file) => file === undefined,
  );
  if (bare && flags.gallery === undefined) {
    return challengeFiles(flags, CHALLENGE.search, command);
  }
  return namedOr(flags, 'gallery', { gallery: CHALLENGE.search.gallery }, command);
}

function formatOf(output: string | undefined): HitsFormat {
  if (output?.endsWith('.npy')) return 'npy';
  return output?.endsWith('.jsonl') ? 'jsonl' : 'csv';
}

async function draw(
  identification: Identification,
  flags: Searched,
  gates: GateReport | undefined,
): Promise<void> {
  const { report, plot = [], force } = flags;
  for (const file of plot) await writeIdentificationPlot(identification, file, { force });
  if (report !== undefined) {
    const { gallery, probes, io, threads } = flags;
    const card = await reportCard({ matrices: { gallery, probes }, io, threads });
    const command = typedCommand();
    await writeIdentificationReport(identification, report, { force, command, card, gates });
  }
}

/** Prints figures and messages, on standard error where hits take standard output. */
function deliver(
  summary: IdentifySummary,
  flags: IdentifyFlags,
  command: Command,
  gates: GateReport | undefined,
): void {
  const { json, quiet } = flags;
  const { identification, output, probes, top, gallery, seconds } = summary;
  const out = output !== null && isStandardOutput(output) ? say : print;
  if (gates) say(gating.annotations(gates, flags));
  if (json) {
    out([JSON.stringify({ ...summary, ...(gates && { gates }) })]);
    return;
  }
  if (identification) out(describeIdentification(identification));
  if (gates) out(['', ...gating.describeGates(gates)]);
  sayWarnings(identification?.warnings ?? [], command, { quiet });
  if (quiet) return;
  const people = gallery.people === null ? '' : ` of ${counted(gallery.people, 'person')}`;
  const { shard } = summary;
  if (shard) {
    const found = `${counted(top, 'hit')} for each of ${counted(probes, 'probe')}, ${seconds.toFixed(3)} s`;
    const done = shard.reused ? 'there already, nothing done' : found;
    say([`rows ${shard.from}:${shard.to} of ${gallery.rows}: ${done}`, `→ ${output}`]);
    return;
  }
  const size = `${counted(probes, 'probe')} in ${counted(gallery.rows, 'row')}${people} in ${seconds.toFixed(3)} s`;
  say([output === null ? size : `${size}: ${counted(top, 'hit')} each → ${output}`]);
}
