/** Plots of an evaluation, or of several in one picture. */
import { oneOf, optional, type Rules } from '../arguments.js';
import type { HackfaceError } from '../errors.js';
import type { Evaluation } from '../evaluation/result.js';
import { WRITE_RULES, type WriteOptions } from '../files/atomic.js';
import type { Chart } from './chart.js';
import { detChart } from './det-chart.js';
import { drawn, readTarget, requireDocuments } from './documents.js';
import { histogramChart } from './histogram-chart.js';
import { reliabilityChart } from './reliability-chart.js';
import { rocChart } from './roc-chart.js';
import { nameWords, refusal, requireSvg, unknownKind, writeChart, svgOf } from './svg-file.js';

/** Kind of a plot. */
export type PlotKind = 'roc' | 'det' | 'det-log' | 'hist' | 'reliability';

/** How to write a plot. */
export interface PlotOptions extends WriteOptions {
  /** Default: taken from the name of the file, such as `det.svg` or `cosine-det.svg`. */
  kind?: PlotKind | undefined;
}

const CHARTS: Record<PlotKind, (evaluations: readonly Evaluation[]) => Chart> = {
  roc: rocChart,
  det: detChart,
  'det-log': (evaluations) => detChart(evaluations, 'log'),
  hist: (evaluations) => histogramChart(onlyOne(evaluations, 'a histogram')),
  reliability: (evaluations) => reliabilityChart(calibrated(evaluations)),
};

const PLOT_RULES: Rules<PlotOptions> = {
  ...WRITE_RULES,
  kind: optional(oneOf(...Object.keys(CHARTS))),
};

/**
 * Writes one figure as an SVG file, of one evaluation or of several in one picture.
 *
 * The file is self-contained, follows the light or dark preference of the viewer and has the same
 * bytes for the same evaluation. Errors: `EOPTION` if the name gives no kind or the evaluation
 * lacks the figure; those of writing a file.
 */
export async function writePlot(
  evaluation: Evaluation | readonly Evaluation[],
  path: string,
  options: PlotOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, PLOT_RULES);
  const evaluations = requireDocuments('hackface-evaluation/1', evaluation, 'evaluation');
  if (evaluations.length === 0) throw refusal('no evaluation', 'at least one, to draw');
  requireSvg(path);
  const kind = settled.kind ?? plotKind(path);
  const svg = drawn('evaluation', () => svgOf(CHARTS[kind](evaluations)));
  await writeChart(svg, path, settled);
}

/**
 * Rejects a plot by its name, or by its kind for a number of evaluations (`EOPTION`): to be called
 * before a long computation.
 */
export function checkPlot(
  path: string,
  { evaluations, calibrated }: { evaluations: number; calibrated: boolean },
): void {
  requireSvg(path);
  const kind = plotKind(path);
  if (kind === 'hist') requireOne(evaluations, 'a histogram');
  if (kind === 'reliability' && !calibrated) throw uncalibrated();
}

/** The kind of a plot by the words of its file's name. Errors: `EOPTION`. */
export function plotKind(path: string): PlotKind {
  const words = nameWords(path);
  const has = (...names: string[]) => names.some((name) => words.includes(name));
  if (has('roc')) return 'roc';
  if (has('det')) return has('log') ? 'det-log' : 'det';
  if (has('hist', 'histogram')) return 'hist';
  if (has('reliability')) return 'reliability';
  throw unknownKind(
    path,
    'a name with roc, det, hist or reliability as a word of its own, such as cosine-det.svg',
  );
}

function onlyOne(evaluations: readonly Evaluation[], what: string): Evaluation {
  requireOne(evaluations.length, what);
  return evaluations[0] as Evaluation;
}

function requireOne(count: number, what: string): void {
  if (count === 1) return;
  throw refusal(
    `${count} evaluations for ${what}`,
    'one: values of two metrics have no scale in common',
    { hint: 'Draw one plot for each' },
  );
}

function calibrated(evaluations: readonly Evaluation[]): readonly Evaluation[] {
  if (evaluations.every(({ calibration }) => calibration !== null)) return evaluations;
  throw uncalibrated();
}

function uncalibrated(): HackfaceError {
  return refusal(
    'an evaluation without calibration',
    'figures of calibration, which a reliability diagram shows',
    {
      advice: {
        text: 'if scores are log-likelihood ratios, evaluate them',
        option: 'ratios',
        value: 'true',
      },
    },
  );
}
