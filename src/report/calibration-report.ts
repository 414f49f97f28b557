/** The report of a calibration or a fusion: one HTML page. */
import type { CalibrationJudgement, DecisionThreshold, FusedPart } from '../binding.js';
import type { CalibrationResult } from '../decision/calibrate.js';
import type { Interval } from '../evaluation/result.js';
import { bayesErrorChart } from './bayes-error-chart.js';
import { readTarget } from './documents.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, percent, rate, value } from './number-text.js';
import { page } from './page.js';
import { PAGE_RULES, type PageOptions, writePage } from './page-file.js';
import {
  card,
  figure,
  figureOf,
  intervalText,
  pairsList,
  reproduce,
  section,
  table,
  warningList,
} from './page-parts.js';
import { CHART_TEXTS } from './chart-texts.js';
import { reliabilityChart } from './reliability-chart.js';
import { tippettChart } from './tippett-chart.js';

/** How to write the report of a calibration. */
export type CalibrationPageOptions = PageOptions;

/**
 * Writes a calibration as a self-contained HTML page: how ratios fare on people held out, with reliability,
 * Tippett plot and Bayes error rates; the rule, and what each part of a fusion does. Errors: those of writing
 * a file.
 */
export async function writeCalibrationReport(
  result: CalibrationResult,
  path: string,
  options: CalibrationPageOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, PAGE_RULES);
  await writePage('result', () => calibrationPage(result, settled), path, settled);
}

function calibrationPage(result: CalibrationResult, options: CalibrationPageOptions): Markup {
  const { decision, genuine, impostors, identities, judgement, fused } = result;
  const { title = decision.parts.join(' + '), command } = options;
  const people = identities === null ? '' : ` of ${count(identities)} people`;
  const lead = `Calibration: ${count(genuine)} genuine and ${count(impostors)} impostor pairs${people}.`;
  return page(
    { title, lead },
    warningList(result),
    judgement && headlines(judgement),
    judgement && pictures(result, judgement),
    rule(result),
    decision.thresholds.length > 0 && thresholds(decision.thresholds),
    fused.length > 0 && parts(fused),
    section('data', 'Data and model', pairsList(Object.entries(decision.card))),
    reproduce(command, 'Make this decision again'),
  );
}

function headlines({ cllr, minCllr, loss, ece, folds }: CalibrationJudgement): Markup {
  const bits = (number: number) => number.toFixed(4);
  const none = { undefinedBecause: {} };
  const of = (name: string, figure: typeof cllr, note: string) =>
    card(none, name, figure, bits, '', note);
  return section(
    'headline',
    'On people held out',
    markup`<div class="cards">${[
      of('Cllr', cllr, `bits a pair; ${folds} folds of people`),
      of('least Cllr', minCllr, 'after the best monotone recalibration'),
      of('calibration loss', loss, 'the price of the map'),
      of('ECE', { value: ece, interval: null }, 'mean distance of predicted and observed'),
    ]}</div>
`,
  );
}

function pictures(
  { decision, genuine, impostors }: CalibrationResult,
  { cllr, minCllr, reliability, curve, bayesErrors }: CalibrationJudgement,
): Markup {
  const shown = {
    subject: { metric: decision.parts.join(' + ') },
    orientation: 'similarity' as const,
    genuine,
    impostors,
    curve,
    calibration: {
      cllr: cllr.value as number,
      minCllr: minCllr.value as number,
      reliability,
      bayesErrors,
    },
  };
  const charts = [reliabilityChart([shown]), tippettChart([shown]), bayesErrorChart([shown])];
  return section(
    'figures',
    'Curves',
    markup`<div class="figures">
${charts.map((chart) => figureOf([chart, CHART_TEXTS[chart.id] as string]))}</div>
`,
  );
}

function rule({ decision }: CalibrationResult): Markup {
  const { same, different, prior, orientation, map } = decision;
  const [upto, beyond] = orientation === 'distance' ? ['at most', 'above'] : ['at least', 'below'];
  const at = (side: string, cutoff: number | null) =>
    cutoff === null ? 'never' : `${orientation} ${side} ${value(cutoff)}`;
  return section(
    'rule',
    'Rule',
    pairsList([
      ['same person', at(upto as string, same)],
      ['different people', at(beyond as string, different)],
      ['prior', value(prior)],
      ['map', map],
    ]),
  );
}

const range = (interval: Interval | null, write: (value: number) => string): Part =>
  interval && intervalText(interval, write);

function thresholds(all: readonly DecisionThreshold[]): Markup {
  const columns = ['#FAR', '#threshold', '#reached', '#interval', '#TAR', '#interval'];
  const rows = all.map((at): Part[] => [
    rate(at.far),
    value(at.threshold),
    rate(at.achievedFar),
    range(at.achievedFarInterval, rate),
    percent(at.tar),
    range(at.tarInterval, percent),
  ]);
  return section('thresholds', 'Thresholds', table('Thresholds', columns, rows));
}

function parts(fused: readonly FusedPart[]): Markup {
  const bits = (number: number) => number.toFixed(4);
  const columns = ['part', '#weight', '#interval', '#Cllr alone', '#adds', '#interval'];
  const rows = fused.map((part): Part[] => [
    part.name,
    value(part.weight),
    range(part.weightInterval, value),
    figure(part.alone, bits),
    figure(part.adds, bits),
    range(part.addsInterval, bits),
  ]);
  return section('parts', 'Parts', table('Parts', columns, rows));
}
