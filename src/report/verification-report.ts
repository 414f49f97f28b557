/** The report of an evaluation: one HTML page. */
import type { AuditReport } from '../audit.js';
import type { Evaluation } from '../evaluation/result.js';
import { optional, type Rules, text as anyText } from '../arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { auditSections } from './audit-report.js';
import { bayesErrorChart } from './bayes-error-chart.js';
import type { Chart } from './chart.js';
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
import { SLIDER_SCRIPT, thresholdSlider } from './threshold-slider.js';
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
  const slider = thresholdSlider(evaluation, {
    roc: rocChart([evaluation]),
    histogram: histogramChart(evaluation),
  });
  return page(
    { title, lead, script: SLIDER_SCRIPT },
    warningList(evaluation),
    headlines(evaluation),
    slider,
    section(
      'figures',
      'Curves',
      markup`<div class="figures">
${charts(evaluation).map(figureOf)}</div>
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

/** The pictures that the evaluation has figures for, each with a sentence that says how to read it. */
function charts(evaluation: Evaluation): [Chart, string][] {
  const { calibration, menagerie, quality } = evaluation;
  const all: [Chart, string][] = [
    [
      rocChart([evaluation]),
      'The higher the curve, the more genuine pairs are accepted at a false accept rate; dots are the rates asked for.',
    ],
    [
      detChart([evaluation]),
      'The lower the curve, the fewer errors of both kinds; the dot on the diagonal is the EER.',
    ],
    [
      histogramChart(evaluation),
      'The less the two hills overlap, the better a threshold tells them apart.',
    ],
  ];
  if (calibration) {
    all.push(
      [
        reliabilityChart([evaluation]),
        'A dot on the diagonal is a probability that holds; the larger the dot, the more pairs.',
      ],
      [
        tippettChart([evaluation]),
        'The further apart the curves, the more ratios say; what lies on the wrong side of 0 misleads.',
      ],
      [
        bayesErrorChart([evaluation]),
        'Below 1 the ratios help at that prior; the gap to the lower curve is the price of bad calibration.',
      ],
    );
  }
  if (quality && quality.discards.length > 0)
    all.push([
      discardChart(evaluation),
      'The faster a curve falls, the better quality foretells false rejects; a level one says that it does not.',
    ]);
  if (quality)
    all.push([
      qualityChart(evaluation),
      'Medians and middle halves of the scores; where the two come near, quality is too low to decide.',
    ]);
  if (menagerie)
    all.push([
      zooChart(evaluation),
      'A dot is a person; in the corners beyond the dashed quartiles are those who fare alike in both.',
    ]);
  return all;
}
