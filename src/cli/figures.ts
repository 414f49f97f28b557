/** Evaluations as text, and how figures and tables are written. */
import type {
  AdjustedDifference,
  Comparison,
  Difference,
  SystemsComparison,
} from '../evaluation/compare.js';
import type { Evaluation, Interval, OperatingPoint } from '../evaluation/result.js';
import { counted } from '../counted.js';
import { subjectNames } from '../report/subject-name.js';

/** An evaluation as a few lines. */
export function describeEvaluation(evaluation: Evaluation): string[] {
  const { subject, auroc, eer, accuracy, dPrime, detectionCost, folds, calibration } = evaluation;
  const accuracyOverFolds = folds
    ? [
        row(
          'folds',
          rate(folds.mean),
          `± ${rate(folds.standardError)}, mean ± standard error of ${folds.accuracies.length}`,
        ),
      ]
    : [];
  const lines = [
    `${Object.values(subject).filter(Boolean).join(', ')}: ${counts(evaluation)}`,
    ...accuracyOverFolds,
    row('AUROC', rate(auroc.value), within(auroc.interval)),
    ...evaluation.partialAuroc.map(({ far, value }) => row(`AUROC ≤ ${far}`, rate(value))),
    row('EER', rate(eer.value), within(eer.interval), `at ${figure(eer.threshold)}`),
    row('accuracy', rate(accuracy.best), `at ${figure(accuracy.threshold)}`),
    ...givenLines(evaluation),
  ];
  lines.push(row('d′', dPrime === null ? '–' : figure(dPrime)));
  for (const { prior, minimum, actual } of detectionCost) {
    lines.push(
      row(
        'minDCF',
        rate(minimum),
        `prior ${prior}`,
        actual === null ? '' : `actual ${rate(actual)}`,
      ),
    );
  }
  if (calibration) {
    lines.push(row('Cllr', rate(calibration.cllr), `minimum ${rate(calibration.minCllr)}`));
  }
  const { tarAtFar, groups } = evaluation;
  if (tarAtFar.length > 0) lines.push(...indented(operatingTable(tarAtFar)));
  if (groups.length > 0) lines.push(...indented(groupTables(evaluation)));
  lines.push(...histogramLines(evaluation));
  return lines;
}

/** Accuracy and rates at thresholds that were given, and those that come from elsewhere. */
function givenLines({ accuracyAt, transferred = [] }: Evaluation): string[] {
  return accuracyAt.flatMap(({ threshold, accuracy, far, farInterval, tar, tarInterval }) => {
    const from = transferred.filter((one) => one.threshold === threshold);
    const lines = from.map(({ promisedFar, holds }) => {
      if (promisedFar === null) return row('', '', 'where the decision says same');
      const answer = { true: 'within', false: 'outside of', null: 'without' }[String(holds)];
      return row('', '', `promised FAR ${promisedFar}: ${answer} the interval`);
    });
    return [
      row('accuracy', rate(accuracy), `at ${figure(threshold)}`),
      row('  FAR', rate(far), within(farInterval)),
      row('  TAR', rate(tar), within(tarInterval), `FRR ${rate(1 - tar)}`),
      ...lines,
    ];
  });
}

/** How the first metric differs from the second, as lines. */
export function describeComparison({ auroc, eer, tarAtFar }: Comparison): string[] {
  const line = (name: string, { value, interval, p }: Difference) => {
    return row(name, signed(value), apart(interval), p === null ? '' : `p ${chance(p)}`);
  };
  const tars = tarAtFar.map((difference) => line(`TAR@${difference.far}`, difference));
  const title = `first less second (${auroc.interval.method}):`;
  return [title, line('AUROC', auroc), line('EER', eer), ...tars];
}

/** The headline figures of several systems as one table. */
export function systemsTable(evaluations: readonly Evaluation[]): string[] {
  const [first] = evaluations;
  if (first === undefined) return [];
  const names = subjectNames(evaluations);
  const level = levelOf(evaluations.map(({ auroc }) => auroc.interval));
  const fars = first.tarAtFar.flatMap(({ far }) => [`TAR@${far}`, level]);
  const priors = first.detectionCost.map(({ prior }) => `minDCF ${prior}`);
  const heading = ['system', 'AUROC', level, 'EER', level, ...fars, 'accuracy', 'd′', ...priors];
  const cells = evaluations.map(({ auroc, eer, tarAtFar, accuracy, dPrime, detectionCost }, at) => [
    names[at] as string,
    rate(auroc.value),
    range(auroc.interval),
    rate(eer.value),
    range(eer.interval),
    ...tarAtFar.flatMap(({ tar, tarInterval }) => [rate(tar), range(tarInterval)]),
    rate(accuracy.best),
    figure(dPrime),
    ...detectionCost.map(({ minimum }) => rate(minimum)),
  ]);
  return [`each on ${counts(first)}`, ...indented(table([heading, ...cells]))];
}

/** Groups by each of several systems, as lines. */
export function describeGroups(evaluations: readonly Evaluation[]): string[] {
  const names = subjectNames(evaluations);
  return evaluations.flatMap((evaluation, at) => {
    if (evaluation.groups.length === 0) return [];
    return ['', `groups by ${names[at]}:`, ...indented(groupTables(evaluation))];
  });
}

/** How systems differ from one of them, as lines. */
export function describeSystems(
  { reference, chosen, comparisons, against }: SystemsComparison,
  evaluations: readonly Evaluation[],
): string[] {
  const names = subjectNames(evaluations);
  const why = chosen ? ', which has the largest AUROC' : '';
  const [first] = against;
  const method = first?.auroc.adjustedInterval.method ?? '';
  const level = levelOf([first?.auroc.interval ?? null]);
  const heading = ['', 'figure', 'difference', level, 'p', `all ${comparisons}: ${level}`, 'p'];
  const cells = against.flatMap(({ system, auroc, eer, tarAtFar }) => {
    const line = (name: string, of: AdjustedDifference, at = 1) => [
      at === 0 ? (names[system] as string) : '',
      name,
      signed(of.value),
      apart(of.interval),
      chance(of.p),
      apart(of.adjustedInterval),
      chance(of.adjustedP),
    ];
    const tars = tarAtFar.map(({ far, difference }) => line(`TAR@${far}`, difference));
    return [line('AUROC', auroc, 0), line('EER', eer), ...tars];
  });
  return [`less ${names[reference]}${why} (${method}):`, ...indented(table([heading, ...cells]))];
}

function apart({ low, high }: Interval): string {
  return `${signed(low)} to ${signed(high)}`;
}

function chance(p: number | null): string {
  if (p === null) return '–';
  return p < 1e-4 ? '< 0.0001' : p.toFixed(4);
}

/** Columns of text, each as wide as its widest cell; the first to the left. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((cells) => [...(cells[at] ?? '')].length)),
  );
  const padded = (cell: string, at: number) => {
    const space = ' '.repeat(Math.max(0, (widths[at] ?? 0) - [...cell].length));
    return at === 0 ? cell + space : space + cell;
  };
  return rows.map((cells) => cells.map(padded).join('  ').trimEnd());
}

/** A rate with as many digits as it needs. */
export function rate(value: number | null): string {
  if (value === null) return '–';
  return value !== 0 && value < 1e-3 ? value.toExponential(2) : value.toFixed(5);
}

/** `low … high`. */
export function range(interval: Interval | null): string {
  return interval === null ? '–' : `${rate(interval.low)} … ${rate(interval.high)}`;
}

function counts({ genuine, impostors, identities }: Evaluation): string {
  const pairs = `${genuine} genuine and ${impostors} impostor pairs`;
  return identities === null ? pairs : `${pairs} of ${counted(identities, 'person')}`;
}

/** A line: a name, its value, and what is said of it. */
export function row(name: string, value: string, ...rest: string[]): string {
  return `  ${name.padEnd(11)} ${value.padEnd(9)} ${rest.filter(Boolean).join(', ')}`.trimEnd();
}

/** An interval with its level and method. */
export function within(interval: Interval | null): string {
  if (interval === null) return '';
  return `${range(interval)} (${percent(interval.level)}, ${interval.method})`;
}

/** The heading of intervals: their level, which all share. */
export function levelOf(intervals: readonly (Interval | null)[]): string {
  const level = intervals.find((interval) => interval !== null)?.level ?? 0.95;
  return percent(level);
}

/** A share as a percentage, without digits that are not there. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(6))} %`;
}

function operatingTable(points: readonly OperatingPoint[]): string[] {
  const level = levelOf(points.flatMap((at) => [at.achievedFarInterval, at.tarInterval]));
  const heading = ['FAR', 'threshold', 'reached', level, 'TAR', level, 'false accepts', ''];
  const cells = points.map((at) => [
    String(at.far),
    figure(at.threshold),
    rate(at.achievedFar),
    range(at.achievedFarInterval),
    rate(at.tar),
    range(at.tarInterval),
    at.falseAccepts === null ? '–' : String(at.falseAccepts),
    at.resolution === 'resolved' ? '' : at.resolution,
  ]);
  return table([heading, ...cells]);
}

function groupTables({ groups, groupRatios, tarAtFar }: Evaluation): string[] {
  const level = levelOf(groups.map(({ aurocInterval }) => aurocInterval));
  const fars = tarAtFar.flatMap(({ far }) => [`FAR@${far}`, level, `TAR@${far}`, level]);
  const heading = ['group', 'people', 'genuine', 'impostors', 'AUROC', level, ...fars];
  const cells = groups.map(({ group, people, genuine, impostors, auroc, aurocInterval, at }) => [
    group,
    people === null ? '–' : String(people),
    String(genuine),
    String(impostors),
    rate(auroc),
    range(aurocInterval),
    ...at.flatMap((point) => [
      rate(point.groupFar),
      range(point.groupFarInterval),
      rate(point.groupTar),
      range(point.groupTarInterval),
    ]),
  ]);
  const own = groups.flatMap(({ group, at, own }) =>
    at.flatMap((point, place) => {
      const mine = own[place];
      if (mine === undefined && point.acrossFar === null) return [];
      return [
        [
          place === 0 ? group : '',
          String(point.far),
          figure(mine?.threshold ?? null),
          rate(mine?.achievedFar ?? null),
          rate(mine?.tar ?? null),
          range(mine?.tarInterval ?? null),
          rate(point.acrossFar),
          range(point.acrossFarInterval),
        ],
      ];
    }),
  );
  const ownHeading = [
    'group',
    'FAR',
    'own threshold',
    'reached',
    'TAR',
    level,
    'FAR across',
    level,
  ];
  const times = (value: number | null) => (value === null ? '–' : `×${value.toFixed(2)}`);
  const ratios = groupRatios.map((of) => [
    String(of.far),
    times(of.farRatio),
    range(of.farRatioInterval),
    times(of.frrRatio),
    range(of.frrRatioInterval),
    rate(of.fdr),
    range(of.fdrInterval),
    rate(of.garbe),
    range(of.garbeInterval),
  ]);
  const apart = ['groups at', 'FAR', level, 'FRR', level, 'FDR', level, 'GARBE', level];
  return [
    ...table([heading, ...cells]),
    ...(own.length > 0 ? table([ownHeading, ...own]) : []),
    ...(ratios.length > 0 ? table([apart, ...ratios]) : []),
  ];
}

const BARS = '▁▂▃▄▅▆▇█';

function histogramLines({ histogram }: Evaluation): string[] {
  const { edges, genuine, impostors } = histogram;
  const ends = `${figure(edges[0] ?? null)} … ${figure(edges.at(-1) ?? null)}`;
  return [
    row('genuine', sparkline(genuine)),
    row('impostors', sparkline(impostors)),
    row('scores', ends),
  ];
}

/** Counts as bars, two bins to a bar; an empty bin is a space. */
function sparkline(counts: readonly number[]): string {
  const bars = counts.flatMap((count, at) => (at % 2 === 0 ? [count + (counts[at + 1] ?? 0)] : []));
  const most = Math.max(...bars);
  const bar = (count: number) =>
    count === 0 ? ' ' : (BARS[Math.ceil((count / most) * BARS.length) - 1] as string);
  return bars.map(bar).join('');
}

/** Lines of a table below others. */
export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** A difference with its sign. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(6)}`;
}

/** A number with so many significant digits. */
export function figure(value: number | null, digits = 6): string {
  return value === null ? '–' : String(Number(value.toPrecision(digits)));
}
