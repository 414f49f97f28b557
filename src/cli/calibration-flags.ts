/** Flags that `calibrate` and `fuse` share, and how they tell what they found. */
import type { Command } from 'commander';
import { defaults } from '../defaults.js';
import type { CalibrationResult } from '../decision/calibrate.js';
import type { Decision } from '../decision/decision.js';
import { writeCalibrationReport } from '../report/index.js';
import { figure, indented, percent, range, rate, row, table, within } from './figures.js';
import { choice, input, output, page, text, value } from './flags.js';
import { isRate, isShare, number, numbers, positive, wholeNumber } from './parsers.js';
import * as shared from './shared-flags.js';
import { print, say } from './terminal.js';
import { typedCommand } from './typed.js';
import { sayWarnings } from './warnings.js';
import { counted } from '../counted.js';

/** Files that tell the people of each pair. */
export const truth = () => ({
  truth: input('-t, --truth <file>', 'CSV of Id,same; - is standard input'),
  truthColumn: text('--truth-column <name>', 'its column of 0 and 1').shows(() => 'same'),
  pairs: input(
    '-p, --pairs <file>',
    'CSV of index1,index2[,Id], or trials: who shares a pair with whom',
  ),
  ...shared.lists(),
  labels: input('-l, --labels <file>', 'CSV of [index,]class: who is in each row'),
});

/** How scores are understood. */
export const scoreColumns = () => ({
  scoreColumn: text('--score-column <name>', 'their column of scores').shows(() => 'Predicted'),
  orientation: choice('--orientation <what>', 'which way scores point; distances are negated', [
    'distance',
    'similarity',
  ]).shows(() => 'distance'),
});

export const normalize = () =>
  choice('--normalize <how>', 'divide each row by its norm before a metric', ['none', 'l2']);

const COST = number('a number above 0', positive);

/** How to calibrate, and for what. */
export const calibration = () => ({
  map: choice('--map <form>', 'from score to log-likelihood ratio', [
    'affine',
    'isotonic',
    'beta',
  ]).shows(() => defaults().calibration.map),
  prior: value(
    '--prior <share>',
    'probability of one person before a score is known',
    number('a number between 0 and 1', isShare),
  ).shows(() => defaults().calibration.prior),
  costMiss: value('--cost-miss <cost>', 'cost of rejecting a genuine pair', COST).shows(
    () => defaults().evaluation.costMiss,
  ),
  costFalseAccept: value('--cost-false-accept <cost>', 'cost of accepting an impostor', COST).shows(
    () => defaults().evaluation.costFalseAccept,
  ),
  atFar: value(
    '--at-far <rates>',
    'false accept rates to choose thresholds for',
    numbers('numbers above 0 and at most 1', isRate),
  ).shows(() => defaults().evaluation.atFar),
  folds: value('--folds <k>', 'folds of people to judge on', wholeNumber(3, 100)).shows(
    () => defaults().calibration.folds,
  ),
  level: shared.level(),
  seed: shared.seed('deals people into folds'),
});

/** Files to write. */
export const outputs = () => ({
  output: output('-o, --output <file>', 'decision file to write').or('decision.safetensors'),
  report: page('--report <file>', 'HTML page of figures and pictures'),
});

/** Writes the decision and tells what was found. */
export async function deliver(
  result: CalibrationResult,
  flags: {
    output: string;
    report: string | undefined;
    force: boolean | undefined;
    json: boolean | undefined;
    quiet: boolean | undefined;
  },
  command: Command,
): Promise<void> {
  const { output, report, force, json, quiet } = flags;
  await result.decision.save(output, { force });
  if (report !== undefined) {
    await writeCalibrationReport(result, report, { force, command: typedCommand() });
  }
  if (json) print([JSON.stringify({ ...result, output })]);
  else if (!quiet) say(describeCalibration(result, output));
  if (!json) sayWarnings(result.warnings, command, { quiet });
}

/** The findings, as lines. */
function describeCalibration(result: CalibrationResult, file: string): string[] {
  const { decision, genuine, impostors, identities, judgement, fused } = result;
  const people = identities === null ? '' : ` of ${counted(identities, 'person')}`;
  const lines = [
    `${decision.parts.join(', ')}: ${genuine} genuine and ${impostors} impostor pairs${people}`,
    ...(fused.length > 0 ? indented(fusedTable(result)) : []),
  ];
  if (judgement) {
    const { cllr, minCllr, loss, ece, folds } = judgement;
    lines.push(
      row('Cllr', rate(cllr.value), within(cllr.interval), `people held out in ${folds} folds`),
      row('minimum', rate(minCllr.value), within(minCllr.interval)),
      row('loss', rate(loss.value), within(loss.interval)),
      row('ECE', rate(ece)),
      ...indented(reliabilityTable(judgement)),
    );
  }
  for (const { form, gain, gainInterval, used } of result.quality) {
    const ends = `${figure(gainInterval.low, 3)} … ${figure(gainInterval.high, 3)}`;
    lines.push(row('quality', form, `Cllr ${figure(gain, 3)}`, ends, used ? 'used' : 'not used'));
  }
  return [...lines, ...describeRule(decision), `→ ${file}`];
}

/** A decision in words, as lines. */
export function describeRule(decision: Decision): string[] {
  const { same, different, prior, orientation, thresholds, level } = decision;
  const [upto, beyond] = orientation === 'distance' ? ['≤', '>'] : ['≥', '<'];
  const lines = [
    row('same', same === null ? 'never' : `${upto} ${figure(same)}`, `prior ${prior}`),
    row('different', different === null ? 'never' : `${beyond} ${figure(different)}`),
  ];
  if (thresholds.length === 0) return lines;
  const heading = ['FAR', 'threshold', 'reached', percent(level), 'TAR', percent(level)];
  const cells = thresholds.map((at) => [
    String(at.far),
    figure(at.threshold),
    rate(at.achievedFar),
    range(at.achievedFarInterval),
    rate(at.tar),
    range(at.tarInterval),
  ]);
  return [...lines, ...indented(table([heading, ...cells]))];
}

function reliabilityTable({ reliability }: NonNullable<CalibrationResult['judgement']>): string[] {
  const cells = reliability.map(({ predicted, observed, interval, pairs }) => [
    rate(predicted),
    rate(observed),
    range(interval),
    String(pairs),
  ]);
  return table([['predicted', 'observed', 'interval', 'pairs'], ...cells]);
}

function fusedTable({ fused }: CalibrationResult): string[] {
  const heading = [
    'part',
    'weight',
    'interval',
    'Cllr alone',
    'all less alone',
    'interval',
    'adds',
    'interval',
  ];
  const ends = (interval: { low: number; high: number } | null) =>
    interval === null ? '–' : `${figure(interval.low, 3)} … ${figure(interval.high, 3)}`;
  const cells = fused.map((part) => [
    part.name,
    figure(part.weight, 4),
    ends(part.weightInterval),
    figure(part.alone, 4),
    figure(part.gain, 3),
    ends(part.gainInterval),
    figure(part.adds, 3),
    ends(part.addsInterval),
  ]);
  return table([heading, ...cells]);
}
