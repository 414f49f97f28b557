/** The report of several systems on the same pairs: one HTML page. */
import { optional, type Rules } from '../arguments.js';
import type {
  AdjustedDifference,
  Comparison,
  Difference,
  SystemsComparison,
} from '../evaluation/compare.js';
import type { Evaluation, Interval } from '../evaluation/result.js';
import { bayesErrorChart } from './bayes-error-chart.js';
import { CHART_TEXTS } from './chart-texts.js';
import { definitions } from './definitions.js';
import { detChart } from './det-chart.js';
import { groupSections } from './group-sections.js';
import { having, readTarget, requireDocuments } from './documents.js';
import { isolated, type Markup, markup, type Part } from './markup.js';
import { count, decimal, percent, rate, signed } from './number-text.js';
import { page } from './page.js';
import { PAGE_RULES, type PageOptions, writePage } from './page-file.js';
import {
  belowText,
  figureOf,
  intervalText,
  levelText,
  ranged,
  reproduce,
  section,
  table,
  warningList,
} from './page-parts.js';
import { ofSeveral } from './remarks.js';
import { reliabilityChart } from './reliability-chart.js';
import { rocChart } from './roc-chart.js';
import { subjectNames } from './subject-name.js';
import { tippettChart } from './tippett-chart.js';

/** How to write the report of several systems. */
export interface SystemsReportOptions extends PageOptions {
  /** Differences of two systems, as {@link compareScores} returns them. */
  comparison?: Comparison | undefined;
  /** Differences from one of several systems, as {@link compareSystems} returns them. */
  systems?: SystemsComparison | undefined;
}

const RULES: Rules<SystemsReportOptions> = {
  ...PAGE_RULES,
  comparison: optional(
    having<Comparison>('the comparison of two systems', 'auroc', 'eer', 'tarAtFar', 'warnings'),
  ),
  systems: optional(
    having<SystemsComparison>('the comparison of several systems', 'against', 'warnings'),
  ),
};

/**
 * Writes evaluations of several systems on the same pairs as one self-contained HTML page: a table, differences with their
 * intervals and pictures of all. It loads nothing. Errors: those of writing a file.
 */
export async function writeSystemsReport(
  evaluations: readonly Evaluation[],
  path: string,
  options: SystemsReportOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, RULES);
  const all = requireDocuments('hackface-evaluation/1', evaluations, 'evaluations');
  await writePage('evaluations', () => systemsPage(all, settled), path, settled);
}

function systemsPage(evaluations: readonly Evaluation[], options: SystemsReportOptions): Markup {
  const names = subjectNames(evaluations);
  const few = names.length <= 3 && names.join(', ');
  const { title = few || 'Comparison of systems', command, comparison, systems } = options;
  const [first] = evaluations;
  const pairs = first
    ? `${count(first.genuine)} genuine and ${count(first.impostors)} impostor pairs`
    : 'no pairs';
  const compared = [comparison, systems].flatMap((of) => of?.warnings ?? []);
  const warnings = [...ofSeveral(names, evaluations), ...compared];
  const texts = new Map(warnings.map((warning) => [warning.text, warning]));
  return page(
    { title, lead: `${count(evaluations.length)} systems, each on ${pairs}.` },
    warningList({ warnings: [...texts.values()] }),
    figures(evaluations, names),
    differences(names, options),
    curves(evaluations),
    ...evaluations.flatMap((of, at) => groupSections(of, { name: names[at] as string, at })),
    reproduce(command, 'Make these figures again'),
    definitions(),
  );
}

/** Headline figures, a system a row. */
function figures(evaluations: readonly Evaluation[], names: readonly string[]): Markup {
  const rates = evaluations[0]?.tarAtFar.map(({ far }) => `#TAR at FAR ${rate(far)}`) ?? [];
  const columns = ['system', '#AUROC', '#EER', ...rates, '#best accuracy'];
  const rows = evaluations.map(({ auroc, eer, tarAtFar, accuracy }, at): Part[] => [
    names[at],
    ranged(auroc.value, auroc.interval, decimal),
    ranged(eer.value, eer.interval, percent),
    ...tarAtFar.map(({ tar, tarInterval }) => ranged(tar, tarInterval, percent)),
    percent(accuracy.best),
  ]);
  const intervals = evaluations.flatMap(({ auroc, eer }) => [auroc.interval, eer.interval]);
  return section(
    'systems',
    'Systems',
    markup`<p>All are judged on the same pairs.${belowText(intervals)}</p>
`,
    table('Systems', columns, rows),
  );
}

const chance = (p: number | null) => (p === null ? null : p < 1e-4 ? '< 0.0001' : p.toFixed(4));
const range = (interval: Interval) => intervalText(interval, signed);

/** Differences of two systems, or of all from one. */
function differences(
  names: readonly string[],
  { comparison, systems }: SystemsReportOptions,
): Markup | null {
  if (systems) return fromOne(names, systems);
  if (!comparison) return null;
  const { auroc, eer, tarAtFar } = comparison;
  const line = (figure: string, { value, interval, p }: Difference): Part[] => [
    figure,
    signed(value),
    range(interval),
    chance(p),
  ];
  const rows = [
    line('AUROC', auroc),
    line('EER', eer),
    ...tarAtFar.map((at) => line(`TAR at FAR ${rate(at.far)}`, at)),
  ];
  return section(
    'differences',
    'Differences',
    markup`<p>${isolated(`${names[0]} less ${names[1]}`)}: ${auroc.interval.method}.</p>
`,
    table(
      'Differences',
      ['figure', '#difference', `#${levelText(auroc.interval.level)} interval`, '#p'],
      rows,
    ),
  );
}

function fromOne(
  names: readonly string[],
  { reference, chosen, comparisons, against }: SystemsComparison,
): Markup | null {
  const rows = against.flatMap(({ system, auroc, eer, tarAtFar }) => {
    const line = (figure: string, of: AdjustedDifference): Part[] => [
      names[system],
      figure,
      signed(of.value),
      range(of.interval),
      chance(of.p),
      range(of.adjustedInterval),
      chance(of.adjustedP),
    ];
    const tars = tarAtFar.map(({ far, difference }) => line(`TAR at FAR ${rate(far)}`, difference));
    return [line('AUROC', auroc), line('EER', eer), ...tars];
  });
  const why = chosen ? ', which has the largest AUROC' : '';
  const [first] = against;
  if (first === undefined) return null;
  const { method } = first.auroc.adjustedInterval;
  const all = `all ${comparisons}`;
  const level = levelText(first.auroc.interval.level);
  const columns = [
    'system',
    'figure',
    '#difference',
    `#${level} interval`,
    '#p',
    `#${level} interval, ${all}`,
    `#p, ${all}`,
  ];
  return section(
    'differences',
    'Differences',
    markup`<p>${isolated(`Less ${names[reference]}`)}${why}. An interval and a p are of one comparison; the last two columns allow for ${all} together: ${method}.</p>
`,
    table('Differences', columns, rows),
  );
}

/** All systems in each picture. */
function curves(evaluations: readonly Evaluation[]): Markup {
  const calibrated = evaluations.every(({ calibration }) => calibration !== null);
  const charts = [
    rocChart(evaluations),
    detChart(evaluations),
    ...(calibrated
      ? [reliabilityChart(evaluations), tippettChart(evaluations), bayesErrorChart(evaluations)]
      : []),
  ];
  return section(
    'figures',
    'Curves',
    markup`<div class="figures">
${charts.map((chart) => figureOf([chart, CHART_TEXTS[chart.id] as string]))}</div>
`,
  );
}
