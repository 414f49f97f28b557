/** The report of an identification: one HTML page. */
import type {
  ClosedSet,
  Identification,
  IdentificationPoint,
  OpenSet,
} from '../evaluation/identification.js';
import type { Figure } from '../evaluation/result.js';
import { readTarget, requireDocument } from './documents.js';
import type { Chart } from './chart.js';
import { definitions, IDENTIFICATION } from './definitions.js';
import { cmcPlot, dirPlot } from './identification-plot.js';
import { gateSection } from './gate-section.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, people, percent, rate, value } from './number-text.js';
import { page } from './page.js';
import { CARD_PAGE_RULES, type CardPageOptions, writePage } from './page-file.js';
import { stepChart } from './step-chart.js';
import { subjectName } from './subject-name.js';
import { undefinedList } from './undefined-figures.js';
import {
  belowText,
  card,
  figureOf,
  pairsList,
  ranged,
  reproduce,
  section,
  table,
  thresholdSection,
  warningList,
} from './page-parts.js';

/** How to write the report of an identification, and what it says beside the figures. */
export type IdentificationReportOptions = CardPageOptions;

/**
 * Writes the report of an identification: one self-contained HTML file. It loads nothing and has the
 * same bytes for the same identification. Errors: those of writing a file.
 */
export async function writeIdentificationReport(
  identification: Identification,
  path: string,
  options: IdentificationReportOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, CARD_PAGE_RULES);
  requireDocument('hackface-identification/1', identification, 'identification');
  await writePage(
    'identification',
    () => identificationPage(identification, settled),
    path,
    settled,
  );
}

function identificationPage(
  identification: Identification,
  options: IdentificationReportOptions,
): Markup {
  const { title = subjectName(identification), command, card = {}, gates } = options;
  const { probes, mated, nonMated, identities } = identification;
  const lead = `Identification: ${count(probes)} probes of ${people(identities)}, ${count(mated)} with a mate in the gallery and ${count(nonMated)} without.`;
  return page(
    { title, lead },
    warningList(identification),
    gateSection(gates),
    headlines(identification),
    curves(identification),
    identification.closedSet && rankTable(identification.closedSet),
    identification.openSet && thresholdTable(identification.openSet),
    identification.closedSet && retrievalTable(identification.closedSet),
    undefinedList(identification),
    cardOfData(identification, card),
    reproduce(command, 'Make these figures again'),
    definitions(IDENTIFICATION),
  );
}

function headlines(identification: Identification): Markup | null {
  const { closedSet, openSet } = identification;
  const cards: Markup[] = [];
  const add = (name: string, shown: Figure, path: string, note: string) =>
    cards.push(card(identification, name, shown, percent, path, note));
  const first = closedSet?.rankRates[0];
  if (closedSet && first) {
    const note =
      first.expected === first.rate ? '' : `${percent(first.expected)} with ties in random order`;
    const { rate: value, interval } = first;
    add(`Rank ${first.rank}`, { value, interval }, 'closedSet.rankRates.0', note);
  }
  if (closedSet) {
    add('mAP', closedSet.meanAveragePrecision, 'closedSet.meanAveragePrecision', '');
  }
  if (openSet) {
    for (const point of headlinePoints(openSet.tpirAtFpir)) {
      const shown = { value: point.tpir, interval: point.tpirInterval };
      const path = `openSet.tpirAtFpir.${openSet.tpirAtFpir.indexOf(point)}.tpir`;
      const threshold = point.threshold === null ? '' : `threshold ${value(point.threshold)}`;
      const unsure = point.resolution === 'resolved' ? '' : point.resolution;
      const note = [threshold, unsure].filter(Boolean).join(', ');
      add(`TPIR at FPIR ${rate(point.fpir)}`, shown, path, note);
    }
  }
  if (cards.length === 0) return null;
  return section(
    'headline',
    'Headline figures',
    markup`<div class="cards">${cards}</div>
`,
  );
}

/** The two strictest rates that the probes resolve, or the loosest asked for. */
function headlinePoints(points: readonly IdentificationPoint[]): IdentificationPoint[] {
  const byRate = [...points].sort((a, b) => b.fpir - a.fpir);
  const defined = byRate.filter(({ tpir }) => tpir !== null);
  return defined.length > 0 ? defined.slice(-2) : byRate.slice(0, 1);
}

function curves(identification: Identification): Markup | null {
  const charts: [Chart, string][] = [];
  if (identification.closedSet) {
    const caption =
      'The higher the curve, the more mated probes are found within a rank; dots are the ranks asked for.';
    charts.push([stepChart(cmcPlot([identification])), caption]);
  }
  if (identification.openSet) {
    const caption =
      'The higher the curve, the more mated probes are found at a false positive rate; dots are the rates asked for.';
    charts.push([stepChart(dirPlot([identification])), caption]);
  }
  if (charts.length === 0) return null;
  return section(
    'figures',
    'Curves',
    markup`<div class="figures">
${charts.map(figureOf)}</div>
`,
  );
}

function rankTable({ rankRates, medianRank }: ClosedSet): Markup {
  const columns = ['#rank', '#found', '#ties in random order'];
  const rows = rankRates.map((at): Part[] => [
    count(at.rank),
    ranged(at.rate, at.interval, percent),
    percent(at.expected),
  ]);
  return section(
    'ranks',
    'Ranks',
    markup`<p>Share of mated probes whose nearest mate is within the rank. The median rank is ${value(medianRank)}.${belowText(rankRates.map(({ interval }) => interval))}</p>
`,
    table('Ranks', columns, rows),
  );
}

function thresholdTable({ tpirAtFpir, rank, convention, leastFpir }: OpenSet): Markup | null {
  const side = convention === 'at-most' ? 'at most the threshold' : 'below the threshold';
  return thresholdSection(
    `A candidate passes when its distance is ${side}; a mate counts within rank ${count(rank)}. One non-mated probe is an FPIR of ${rate(leastFpir)}.`,
    { rate: 'FPIR', share: 'TPIR', count: 'false positives' },
    tpirAtFpir.map((point) => ({
      asked: point.fpir,
      threshold: point.threshold,
      share: point.tpir,
      shareInterval: point.tpirInterval,
      reached: point.achievedFpir,
      reachedInterval: point.achievedFpirInterval,
      count: point.falsePositives,
      resolution: point.resolution,
    })),
  );
}

function retrievalTable(closed: ClosedSet): Markup {
  const named: [string, Figure][] = [
    ['MRR', closed.meanReciprocalRank],
    [
      closed.averagePrecision === 'trapezoid' ? 'mAP by trapezoids' : 'mAP',
      closed.meanAveragePrecision,
    ],
    ['mINP', closed.meanInverseNegativePenalty],
    ['R-precision', closed.rPrecision],
    ['MAP@R', closed.mapAtR],
  ];
  const columns = ['figure', '#value'];
  const rows = named.map(([name, { value, interval }]): Part[] => [
    name,
    ranged(value, interval, percent),
  ]);
  return section(
    'retrieval',
    'All mates',
    markup`<p>Means over probes of how well all their mates are found.${belowText(named.map(([, { interval }]) => interval))}</p>
`,
    table('All mates', columns, rows),
  );
}

function cardOfData(identification: Identification, card: Record<string, string>): Markup {
  const { subject, probes, mated, nonMated, identities, closedSet, openSet } = identification;
  const given = Object.entries({ ...subject, ...card }).filter(([, text]) => text !== undefined);
  const { ignored } = identification;
  const left = ignored && `${count(ignored.probes)} probes, ${count(ignored.rows)} gallery rows`;
  return section(
    'data',
    'Data and model',
    pairsList([
      ...given.map(([name, text]) => [name, text] as const),
      ...(ignored && left ? [[`left out: ${ignored.class}`, left] as const] : []),
      ['searches', `${count(probes)} of ${people(identities)}`],
      ['mated', probesOf(mated, closedSet?.identities)],
      ['non-mated', probesOf(nonMated, openSet?.identities)],
    ]),
  );
}

const probesOf = (probes: number, identities: number | undefined) =>
  identities === undefined ? count(probes) : `${count(probes)} of ${people(identities)}`;
