/** The report of a comparison of pipelines: one HTML page, and its plot. */
import type { ComparedPipeline, PipelineComparison } from '../compare.js';
import { WRITE_RULES, type WriteOptions } from '../files/atomic.js';
import { comparisonChart } from './comparison-chart.js';
import { drawn, readTarget, requireDocument } from './documents.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, decimal, percent, signed } from './number-text.js';
import { page } from './page.js';
import { PAGE_RULES, type PageOptions, writePage } from './page-file.js';
import { belowText, figureOf, ranged, reproduce, section, table } from './page-parts.js';
import { requireSvg, svgOf, writeChart } from './svg-file.js';

/** How to write the report of a comparison. */
export type ComparisonPageOptions = PageOptions;

const SCHEMA = 'hackface-comparison/1';

/** Writes a comparison as a self-contained HTML page. Errors: those of writing a file. */
export async function writeComparisonReport(
  comparison: PipelineComparison,
  path: string,
  options: ComparisonPageOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, PAGE_RULES);
  requireDocument(SCHEMA, comparison, 'comparison');
  await writePage('comparison', () => comparisonPage(comparison, settled), path, settled);
}

/**
 * Writes the differences of candidates to cosine, with their intervals, as an SVG file. Errors: `EOPTION`
 * for a name that does not end in `.svg`; those of writing a file.
 */
export async function writeComparisonPlot(
  comparison: PipelineComparison,
  path: string,
  options: WriteOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, WRITE_RULES);
  requireDocument(SCHEMA, comparison, 'comparison');
  requireSvg(path);
  const svg = drawn('comparison', () => svgOf(comparisonChart(comparison)));
  await writeChart(svg, path, settled);
}

function comparisonPage(
  comparison: PipelineComparison,
  { title = 'Comparison', command }: ComparisonPageOptions,
): Markup {
  const { identities, rows, folds, judgedRows, genuine, impostors } = comparison;
  const lead =
    `${count(rows)} rows of ${count(identities)} people in ${folds} folds; ${count(judgedRows)} rows, ` +
    `${count(genuine)} genuine and ${count(impostors)} impostor pairs judge.`;
  return page(
    { title, lead },
    section('choice', 'Choice', markup`<p>${comparison.reason}</p>\n`),
    section(
      'candidates',
      'Candidates',
      markup`<p>Judged on people that a model of theirs has not seen.${belowText(comparison.candidates.map((of) => of.aboveCosine?.interval ?? null))}</p>
`,
      candidateTable(comparison),
    ),
    section(
      'differences',
      'Differences',
      markup`<div class="figures">
${figureOf([comparisonChart(comparison), 'A candidate above the dashed line is better than cosine; one whose whole interval is, for sure. The filled dot is chosen.'])}</div>
`,
    ),
    reproduce(command, 'Compare again'),
  );
}

function candidateTable({ candidates, chosen }: PipelineComparison): Markup {
  const columns = [
    '#number',
    'pipeline',
    '#AUROC',
    '#EER',
    '#TAR at 10⁻³',
    '#AUROC less that of cosine',
    'remark',
  ];
  const rows = candidates.map((one, place): Part[] => [
    String(place + 1),
    one.pipeline,
    ...cells(one),
    one.failure ?? (place === chosen ? 'chosen' : ''),
  ]);
  return table('Candidates', columns, rows);
}

function cells({ figures, aboveCosine }: ComparedPipeline): Part[] {
  if (figures === null || aboveCosine === null) return ['', '', '', ''];
  return [
    decimal(figures.auroc),
    percent(figures.eer),
    figures.tar === null ? '' : percent(figures.tar),
    ranged(aboveCosine.value, aboveCosine.interval, signed),
  ];
}
