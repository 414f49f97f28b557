import type { Evaluation } from '../evaluation/result.js';
import { type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { version } from '../version.js';
import { CHART_STYLE, type Chart, drawChart } from './chart.js';
import { definitions } from './definitions.js';
import { detChart } from './det.js';
import { histogramChart } from './histogram.js';
import { type Markup, markup } from './markup.js';
import { count } from './numbers.js';
import { PAGE_STYLE } from './page-style.js';
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
import { section } from './tables.js';

/** What a report says beside the figures. */
export interface ReportOptions extends WriteOptions {
  /** Default: what was judged. */
  title?: string | undefined;
  /** The command that makes the figures again. */
  command?: string | undefined;
  /** Facts of the data and the model, by name. */
  card?: Record<string, string> | undefined;
}

/**
 * Writes a report: one HTML file that needs nothing beside it and loads nothing, for a phone, a desk
 * or paper. It has the same bytes for the same evaluation. Errors: those of writing a file.
 */
export async function writeReport(
  evaluation: Evaluation,
  path: string,
  options: ReportOptions = {},
): Promise<void> {
  const { text } = reportPage(evaluation, options);
  await writeFileAtomic(path, [Buffer.from(text)], options);
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
    furtherFigures(evaluation),
    undefinedList(evaluation),
    cardOfData(evaluation, card),
    command !== undefined &&
      section(
        'reproduce',
        'Make these figures again',
        markup`<pre><code>${command}</code></pre>
`,
      ),
    definitions(),
  );
}

function charts(evaluation: Evaluation): [Chart, string][] {
  const all: [Chart, string][] = [
    [rocChart([evaluation]), 'TAR over FAR; the dots are the rates asked for'],
    [detChart([evaluation]), 'false rejects over false accepts, on normal deviates'],
    [histogramChart(evaluation), 'share of each kind of pair in each bin'],
  ];
  if (evaluation.calibration) {
    all.push([reliabilityChart([evaluation]), 'share genuine over predicted probability']);
  }
  return all;
}

function figureOf([chart, caption]: [Chart, string]): Markup {
  return markup`<figure><figcaption>${chart.title}<span>${caption}</span></figcaption>
${drawChart(chart)}</figure>
`;
}

/** A page of this package: head, style, heading, content. */
export function page(title: string, lead: string, ...content: (Markup | null | false)[]): Markup {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="hackface-native ${version}">
<title>${title}</title>
<style>${PAGE_STYLE}${CHART_STYLE}</style>
</head>
<body>
<main>
<header><h1>${title}</h1>
<p>${lead}</p></header>
${content}<footer>Made by hackface-native ${version}.</footer>
</main>
</body>
</html>
`;
}
