/** The report of an evaluation: one HTML page. */
import type { AuditReport } from '../audit.js';
import type { Evaluation } from '../evaluation/result.js';
import { optional, type Rules } from '../arguments.js';
import { auditSections } from './audit-report.js';
import { bayesErrorChart } from './bayes-error-chart.js';
import type { Chart } from './chart.js';
import { CHART_TEXTS } from './chart-texts.js';
import { definitions } from './definitions.js';
import { detChart } from './det-chart.js';
import { discardChart } from './discard-chart.js';
import { readTarget, requireDocument } from './documents.js';
import { gateSection } from './gate-section.js';
import { groupSections } from './group-sections.js';
import { histogramChart } from './histogram-chart.js';
import { type Markup, markup } from './markup.js';
import { count } from './number-text.js';
import { page } from './page.js';
import { CARD_PAGE_RULES, type CardPageOptions, writePage } from './page-file.js';
import { figureOf, reproduce, section, warningList } from './page-parts.js';
import { qualityChart } from './quality-chart.js';
import { reliabilityChart } from './reliability-chart.js';
import { rocChart } from './roc-chart.js';
import { subjectName } from './subject-name.js';
import { SLIDER_HASH, SLIDER_SCRIPT, thresholdSlider } from './threshold-slider.js';
import { tippettChart } from './tippett-chart.js';
import { undefinedList } from './undefined-figures.js';
import {
  cardOfData,
  furtherFigures,
  givenThresholds,
  headlines,
  thresholdTable,
  worstPairs,
} from './verification-sections.js';
import { zooChart } from './zoo-chart.js';

/** How to write the report of an evaluation. */
export interface ReportOptions extends CardPageOptions {
  /** Faults of the data set, shown beside the figures. */
  audit?: AuditReport | undefined;
}

const REPORT_RULES: Rules<ReportOptions> = {
  ...CARD_PAGE_RULES,
  audit: optional((report, name) => {
    requireDocument('hackface-audit/1', report, name);
    return report;
  }),
};

/**
 * Writes a report: one self-contained HTML file for phone, desktop and paper. It loads nothing and
 * has the same bytes for the same evaluation. Errors: those of writing a file.
 */
export async function writeReport(
  evaluation: Evaluation,
  path: string,
  options: ReportOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, REPORT_RULES);
  requireDocument('hackface-evaluation/1', evaluation, 'evaluation');
  await writePage('evaluation', () => reportPage(evaluation, settled), path, settled);
}

export function reportPage(evaluation: Evaluation, options: ReportOptions = {}): Markup {
  const { title = subjectName(evaluation), command, card = {}, gates } = options;
  const { genuine, impostors, identities } = evaluation;
  const people = identities === null ? '' : ` of ${count(identities)} identities`;
  const lead = `Verification: ${count(genuine)} genuine and ${count(impostors)} impostor pairs${people}.`;
  const pictures = charts(evaluation);
  const [roc, , histogram] = pictures as [Chart, Chart, Chart];
  return page(
    { title, lead, script: { text: SLIDER_SCRIPT, hash: SLIDER_HASH } },
    warningList(evaluation),
    gateSection(gates),
    headlines(evaluation),
    thresholdSlider(evaluation, { roc, histogram }),
    section(
      'figures',
      'Curves',
      markup`<div class="figures">
${pictures.map((chart) => figureOf([chart, CHART_TEXTS[chart.id] as string]))}</div>
`,
    ),
    thresholdTable(evaluation),
    givenThresholds(evaluation),
    ...groupSections(evaluation),
    worstPairs(evaluation),
    ...(options.audit ? auditSections(options.audit) : []),
    furtherFigures(evaluation),
    undefinedList(evaluation),
    cardOfData(evaluation, card),
    reproduce(command, 'Make these figures again'),
    definitions(),
  );
}

/** The pictures that the evaluation has figures for. */
function charts(evaluation: Evaluation): Chart[] {
  const { calibration, menagerie, quality } = evaluation;
  const one = [evaluation];
  return [
    rocChart(one),
    detChart(one),
    histogramChart(evaluation),
    ...(calibration ? [reliabilityChart(one), tippettChart(one), bayesErrorChart(one)] : []),
    ...(quality && quality.discards.length > 0 ? [discardChart(evaluation)] : []),
    ...(quality ? [qualityChart(evaluation)] : []),
    ...(menagerie ? [zooChart(evaluation)] : []),
  ];
}
