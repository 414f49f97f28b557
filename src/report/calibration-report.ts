/** The report of a calibration or a fusion: one HTML page. */
import type { CalibrationJudgement } from '../binding.js';
import type { CalibrationResult } from '../decision/calibrate.js';
import type { Decision } from '../decision/decision.js';
import { bayesErrorChart } from './bayes-error-chart.js';
import { CALIBRATION, definitions } from './definitions.js';
import { readTarget } from './documents.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, minus, percent, rate, value } from './number-text.js';
import { page } from './page.js';
import { PAGE_RULES, type PageOptions, writePage } from './page-file.js';
import {
  belowText,
  card,
  figure,
  figureOf,
  pairsList,
  ranged,
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
  const { decision, genuine, impostors, identities, judgement } = result;
  const { title = decision.parts.join(' + '), command } = options;
  const people = identities === null ? '' : ` of ${count(identities)} people`;
  const lead = `Calibration: ${count(genuine)} genuine and ${count(impostors)} impostor pairs${people}.`;
  return page(
    { title, lead },
    warningList(result),
    judgement && headlines(judgement),
    judgement && pictures(result, judgement),
    rule(result),
    thresholds(decision),
    qualityTrials(result),
    parts(result),
    section('data', 'Data and model', pairsList(cardOf(decision.card))),
    reproduce(command, 'Make this decision again'),
    definitions(CALIBRATION),
  );
}

const CARD_NAMES: Readonly<Record<string, string>> = {
  data_sha256: 'SHA-256 of the data',
  data_shape: 'rows x columns',
  genuine: 'genuine pairs',
  impostors: 'impostor pairs',
  made_by: 'made by',
};

/** The card of a decision in words; how it was judged stands above, with fewer digits. */
function cardOf(card: Readonly<Record<string, string>>): [string, string][] {
  const shown = Object.entries(card).filter(([key]) => !key.startsWith('judged.'));
  return shown.map(([key, text]) => [CARD_NAMES[key] ?? key, text]);
}

function headlines({ cllr, minCllr, loss, ece, folds }: CalibrationJudgement): Markup {
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
  const unsure = same !== null && different !== null && same !== different;
  const [upto, beyond] = orientation === 'distance' ? ['at most', 'above'] : ['at least', 'below'];
  const at = (side: string, cutoff: number | null) =>
    cutoff === null ? 'never' : `${orientation} ${side} ${value(cutoff)}`;
  return section(
    'rule',
    'Rule',
    pairsList([
      ['same person', at(upto as string, same)],
      ['different people', at(beyond as string, different)],
      ...(unsure ? [['uncertain', 'between the two'] as const] : []),
      ['prior', value(prior)],
      ['map', map],
    ]),
  );
}

/** Bits with four decimals. */
const bits = (number: number) => minus(number.toFixed(4));

/** The forms in which quality was tried, and whether the decision has them. */
function qualityTrials({ quality }: CalibrationResult): Markup | null {
  if (quality.length === 0) return null;
  const forms = { added: 'added to the score', slope: 'added, and as slope of the score' };
  const rows = quality.map((trial): Part[] => [
    forms[trial.form],
    ranged(trial.gain, trial.gainInterval, bits),
    trial.used ? 'used' : 'left out',
  ]);
  return section(
    'quality',
    'Quality',
    markup`<p>What quality changes in Cllr on people held out: below 0 it helps, and it is used where the whole interval is.${belowText(quality.map(({ gainInterval }) => gainInterval))}</p>
`,
    table('Quality', ['quality', '#change of Cllr', 'outcome'], rows),
  );
}

function thresholds({ thresholds: all, orientation }: Decision): Markup | null {
  if (all.length === 0) return null;
  const side = orientation === 'distance' ? 'at most' : 'at least';
  const columns = ['#FAR asked', '#threshold', '#TAR', '#FAR reached'];
  const rows = all.map((at): Part[] => [
    rate(at.far),
    value(at.threshold),
    ranged(at.tar, at.tarInterval, percent),
    ranged(at.achievedFar, at.achievedFarInterval, rate),
  ]);
  return section(
    'thresholds',
    'Thresholds',
    markup`<p>A pair is accepted when its ${orientation} is ${side} the threshold.${belowText(all.map(({ tarInterval }) => tarInterval))}</p>
`,
    table('Thresholds', columns, rows),
  );
}

function parts({ fused, decision: { orientation } }: CalibrationResult): Markup | null {
  if (fused.length === 0) return null;
  const columns = ['part', '#weight', '#Cllr alone', '#adds'];
  const rows = fused.map((part): Part[] => [
    part.name,
    ranged(part.weight, part.weightInterval, value),
    figure(part.alone, bits),
    ranged(part.adds, part.addsInterval, bits),
  ]);
  return section(
    'parts',
    'Parts',
    markup`<p>A weight is that of the ${orientation} in the sum. A part adds the Cllr of the others less that of all, on people held out: above 0 it helps.${belowText(fused.map(({ addsInterval }) => addsInterval))}</p>
`,
    table('Parts', columns, rows),
  );
}
