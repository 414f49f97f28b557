import type { AuditReport } from '../audit.js';
import type { Evaluation } from '../evaluation/result.js';
import { optional, type Rules, text as anyText } from '../arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { readTarget, requireDocument, texts } from './arguments.js';
import { auditSections } from './audit.js';
import { type Chart, drawChart } from './chart.js';
import { definitions } from './definitions.js';
import { detChart } from './det.js';
import { histogramChart } from './histogram.js';
import { type Markup, markup } from './markup.js';
import { count } from './numbers.js';
import { page } from './page.js';
import { reliabilityChart } from './reliability.js';
import { rocChart } from './roc.js';
import {
  cardOfData,
  furtherFigures,
  groupTable,
  headlines,
  thresholdTable,
  undefinedList,
  warningList,
  worstPairs,
} from './sections.js';
import { subjectName } from './subject.js';
import { reproduce, section } from './tables.js';

/** What a report says beside the figures. */
export interface ReportOptions extends WriteOptions {
  /** Default: what was judged. */
  title?: string | undefined;
  /** The command that makes the figures again. */
  command?: string | undefined;
  /** Facts of the data and the model, by name. */
  card?: Record<string, string> | undefined;
  /** Faults of the data set, to be shown beside the figures. */
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
 * Writes a report: one HTML file that needs nothing beside it and loads nothing, for a phone, a desk
 * or paper. It has the same bytes for the same evaluation. Errors: those of writing a file.
 */
export async function writeReport(
  evaluation: Evaluation,
  path: string,
  options: ReportOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, REPORT_RULES);
  requireDocument('hackface-evaluation/1', evaluation, 'evaluation');
  const { text } = reportPage(evaluation, settled);
  await writeFileAtomic(path, [Buffer.from(text)], settled);
}

/** The page of {@link writeReport}. */
export function reportPage(evaluation: Evaluation, options: ReportOptions = {}): Markup {
  const { title = subjectName(evaluation), command, card = {} } = options;
  const { genuine, impostors, identities } = evaluation;
  const people = identities === null ? '' : ` of ${count(identities)} identities`;
  const lead = `Verification: ${count(genuine)} genuine and ${count(impostors)} impostor pairs${people}.`;
  return page(
    title,
    lead,
    warningList(evaluation),
    headlines(evaluation),
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

function charts(evaluation: Evaluation): [Chart, string][] {
  const all: [Chart, string][] = [
    [rocChart([evaluation]), 'TAR over FAR; the dots are the rates asked for'],
    [detChart([evaluation]), 'false rejects over false accepts, probit axes'],
    [histogramChart(evaluation), 'share of each kind of pair in each bin'],
  ];
  if (evaluation.calibration) {
    all.push([reliabilityChart([evaluation]), 'share genuine over predicted probability']);
  }
  return all;
}

/** A chart with its caption. */
export function figureOf([chart, caption]: [Chart, string]): Markup {
  return markup`<figure><figcaption>${chart.title}<span>${caption}</span></figcaption>
${drawChart(chart)}</figure>
`;
}
