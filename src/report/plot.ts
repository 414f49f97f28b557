import { basename } from 'node:path';
import { list, oneOf, optional, type Rule, type Rules, wrongArgument } from '../arguments.js';
import { type ErrorDetails, HackfaceError } from '../errors.js';
import type { Evaluation } from '../evaluation/result.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { readTarget, requireDocuments } from './arguments.js';
import { type Chart, drawChart } from './chart.js';
import { detChart } from './det.js';
import { histogramChart } from './histogram.js';
import { reliabilityChart } from './reliability.js';
import { rocChart } from './roc.js';
import { type StepPlot, stepChart } from './steps.js';

/** What a plot shows. */
export type PlotKind = 'roc' | 'det' | 'det-log' | 'hist' | 'reliability';

/** How to write a plot. */
export interface PlotOptions extends WriteOptions {
  /** Default: by the name of the file, such as `det.svg` or `cosine-det.svg`. */
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
 * Writes one figure as an SVG file: curves of one evaluation, or of several in one picture.
 *
 * The file needs nothing beside it, follows the reader's light or dark preference, and has the same
 * bytes for the same evaluation. Errors: `EOPTION` where the name says no kind or the evaluation
 * has no such figure; those of writing a file.
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
  await writeChart(CHARTS[settled.kind ?? plotKind(path)](evaluations), path, settled);
}

/**
 * Refuses a plot whose name, or whose kind for so many evaluations, will not do; before the work
 * that it would show. Errors: `EOPTION`.
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

/** Writes CMC or DIR curves as an SVG file, as {@link writePlot} does. */
export async function writeStepPlot(
  plot: StepPlot,
  path: string,
  options: WriteOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, WRITE_RULES);
  const { kind, curves } = Object(plot) as Partial<StepPlot>;
  oneOf('cmc', 'dir')(kind, 'plot.kind');
  list(requireCurve)(curves, 'plot.curves');
  if (plot.curves.length === 0) throw refusal('no curve', 'at least one, to draw');
  requireSvg(path);
  await writeChart(stepChart(plot), path, settled);
}

const requireCurve: Rule = (curve, name) => {
  const { x, y } = Object(curve) as { x?: unknown; y?: unknown };
  if (Array.isArray(x) && Array.isArray(y)) return curve;
  throw wrongArgument(name, curve, 'an object with name, x and y');
};

/** The kind that a file's name tells: a word of it between hyphens, dots or underscores. */
export function plotKind(path: string): PlotKind {
  const words = basename(path)
    .toLowerCase()
    .split(/[-_.\s]/);
  const has = (...names: string[]) => names.some((name) => words.includes(name));
  if (has('roc')) return 'roc';
  if (has('det')) return has('log') ? 'det-log' : 'det';
  if (has('hist', 'histogram')) return 'hist';
  if (has('reliability')) return 'reliability';
  throw refusal(
    `the name ${basename(path)}`,
    'a name with roc, det, hist or reliability as a word of its own, such as cosine-det.svg',
    { hint: 'Rename it', advice: { text: 'choose the kind of plot', option: 'kind' } },
  );
}

async function writeChart(chart: Chart, path: string, options: WriteOptions): Promise<void> {
  const { text } = drawChart(chart, { standalone: true });
  await writeFileAtomic(path, [Buffer.from(text)], options);
}

/** Refuses a name that does not end in `.svg`. Errors: `EOPTION`. */
export function requireSvg(path: string): void {
  if (path.toLowerCase().endsWith('.svg')) return;
  throw refusal(`the name ${basename(path)}`, 'a name that ends in .svg');
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

/** An option that will not do. */
export function refusal(
  found: string,
  expected: string,
  cure: Pick<ErrorDetails, 'hint' | 'advice'> = {},
): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', { found, expected, ...cure });
}
