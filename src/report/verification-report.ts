/** The report of an evaluation: one HTML page. */
import type { AuditReport } from '../audit.js';
import type { Evaluation } from '../evaluation/result.js';
import { optional, type Rules, text as anyText } from '../arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { auditSections } from './audit-report.js';
import { bayesErrorChart } from './bayes-error-chart.js';
import type { Chart } from './chart.js';
import { CHART_TEXTS } from './chart-texts.js';
import { definitions } from './definitions.js';
import { detChart } from './det-chart.js';
import { discardChart } from './discard-chart.js';
import { drawn, readTarget, requireDocument, texts } from './documents.js';
import { histogramChart } from './histogram-chart.js';
import { type Markup, markup } from './markup.js';
import { count } from './number-text.js';
import { page } from './page.js';
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
  groupTable,
  headlines,
  thresholdTable,
  worstPairs,
} from './verification-sections.js';
import { zooChart } from './zoo-chart.js';

/** How to write a report, and what it says beside the figures. */
export interface ReportOptions extends WriteOptions {
  /** Default: the subject of the evaluation. */
  title?: string | undefined;
  /** The command that reproduces the figures. */
  command?: string | undefined;
  /** Facts of the data and the model, by name. */
  card?: Record<string, string> | undefined;
  /** Faults of the data set, shown beside the figures. */
  audit?: AuditReport | undefined;
}

const REPORT_RULES: Rules<ReportOptions> = {
  ...WRITE_RULES,
  title: optional(anyText),
  command: optional(anyText),
  card: optional(texts),
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
  const { text } = drawn('evaluation', () => reportPage(evaluation, settled));
  await writeFileAtomic(path, [Buffer.from(text)], settled);
}

export function reportPage(evaluation: Evaluation, options: ReportOptions = {}): Markup {
  const { title = subjectName(evaluation), command, card = {} } = options;
  const { genuine, impostors, identities } = evaluation;
  const people = identities === null ? '' : ` of ${count(identities)} identities`;
  const lead = `Verification: ${count(genuine)} genuine and ${count(impostors)} impostor pairs${people}.`;
  const pictures = charts(evaluation);
  const [roc, , histogram] = pictures as [Chart, Chart, Chart];
  return page(
    { title, lead, script: { text: SLIDER_SCRIPT, hash: SLIDER_HASH } },
    warningList(evaluation),
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
    groupTable(evaluation),
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
