/** Plots of an evaluation, or of several in one picture. */
import { oneOf, optional, type Rules } from '../arguments.js';
import type { HackfaceError } from '../errors.js';
import type { Evaluation } from '../evaluation/result.js';
import { WRITE_RULES, type WriteOptions } from '../files/atomic.js';
import type { Chart } from './chart.js';
import { bayesErrorChart } from './bayes-error-chart.js';
import { detChart } from './det-chart.js';
import { discardChart } from './discard-chart.js';
import { drawn, readTarget, requireDocuments } from './documents.js';
import { histogramChart } from './histogram-chart.js';
import { qualityChart } from './quality-chart.js';
import { reliabilityChart } from './reliability-chart.js';
import { rocChart } from './roc-chart.js';
import { nameWords, refusal, requireSvg, unknownKind, writeChart, svgOf } from './svg-file.js';
import { tippettChart } from './tippett-chart.js';
import { zooChart } from './zoo-chart.js';

/** Kind of a plot. */
export type PlotKind =
  | 'roc'
  | 'det'
  | 'det-log'
  | 'hist'
  | 'reliability'
  | 'tippett'
  | 'nber'
  | 'edc'
  | 'quality'
  | 'zoo';

/** Part of an evaluation that a plot shows and not every evaluation has. */
type Part = 'calibration' | 'quality' | 'menagerie';

interface Plot {
  draw: (evaluations: readonly Evaluation[]) => Chart;
  needs?: Part;
  /** True where values of two metrics have no scale in common. */
  single?: true;
}

const one =
  (draw: (evaluation: Evaluation) => Chart): Plot['draw'] =>
  ([evaluation]) =>
    draw(evaluation as Evaluation);

const PLOTS: Record<PlotKind, Plot> = {
  roc: { draw: rocChart },
  det: { draw: (evaluations) => detChart(evaluations) },
  'det-log': { draw: (evaluations) => detChart(evaluations, 'log') },
  hist: { draw: one(histogramChart), single: true },
  reliability: { draw: reliabilityChart, needs: 'calibration' },
  tippett: { draw: tippettChart, needs: 'calibration' },
  nber: { draw: bayesErrorChart, needs: 'calibration' },
  edc: { draw: one(discardChart), needs: 'quality', single: true },
  quality: { draw: one(qualityChart), needs: 'quality', single: true },
  zoo: { draw: one(zooChart), needs: 'menagerie', single: true },
};

/** Words of a file's name that tell the kind of its plot. */
export const PLOT_WORDS: readonly string[] = Object.keys(PLOTS).filter(
  (kind) => kind !== 'det-log',
);

/** How to write a plot. */
export interface PlotOptions extends WriteOptions {
  /** Default: taken from the name of the file, such as `det.svg` or `cosine-det.svg`. */
  kind?: PlotKind | undefined;
}

const PLOT_RULES: Rules<PlotOptions> = {
  ...WRITE_RULES,
  kind: optional(oneOf(...Object.keys(PLOTS))),
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
  const { draw, needs, single } = PLOTS[kind];
  if (single) requireOne(evaluations.length, kind);
  const lacking = needs && evaluations.find((evaluation) => (evaluation[needs] ?? null) === null);
  if (needs && lacking) throw lacks(needs, lacking.undefinedBecause?.[needs]);
  const svg = drawn('evaluation', () => svgOf(draw(evaluations)));
  await writeChart(svg, path, settled);
}

/**
 * Rejects a plot by its name, or by its kind for a number of evaluations (`EOPTION`): to be called
 * before a long computation.
 */
export function checkPlot(
  path: string,
  about: { evaluations: number; calibrated: boolean; quality?: boolean },
): void {
  requireSvg(path);
  const kind = plotKind(path);
  const { needs, single } = PLOTS[kind];
  if (single) requireOne(about.evaluations, kind);
  if (needs === 'calibration' && !about.calibrated) throw lacks(needs);
  if (needs === 'quality' && about.quality === false) throw lacks(needs);
}

/** The kind of a plot by the words of its file's name. Errors: `EOPTION`. */
export function plotKind(path: string): PlotKind {
  const words = nameWords(path).map((word) => (word === 'histogram' ? 'hist' : word));
  const kind = PLOT_WORDS.find((word) => words.includes(word)) as PlotKind | undefined;
  if (kind !== undefined) return kind === 'det' && words.includes('log') ? 'det-log' : kind;
  const all = `${PLOT_WORDS.slice(0, -1).join(', ')} or ${PLOT_WORDS.at(-1)}`;
  throw unknownKind(path, `a name with ${all} as a word of its own, such as cosine-det.svg`);
}

function requireOne(count: number, kind: PlotKind): void {
  if (count === 1) return;
  throw refusal(
    `${count} evaluations for ${kind === 'hist' ? 'a histogram' : `the plot ${kind}`}`,
    'one: values of two metrics have no scale in common',
    { hint: 'Draw one plot for each' },
  );
}

/** The failure of an evaluation without what a plot shows. */
function lacks(part: Part, because?: string): HackfaceError {
  if (part === 'calibration') {
    return refusal(
      'an evaluation without calibration',
      'figures of calibration, which this plot shows',
      {
        advice: {
          text: 'if scores are log-likelihood ratios, evaluate them',
          option: 'ratios',
          value: 'true',
        },
      },
    );
  }
  if (part === 'quality') {
    return refusal('an evaluation without quality', 'figures over quality, which this plot shows', {
      advice: { text: 'name a file of qualities', option: 'quality' },
    });
  }
  return refusal(
    `an evaluation without a menagerie${because === undefined ? '' : `: ${because}`}`,
    'mean scores of people, which this plot shows',
  );
}
