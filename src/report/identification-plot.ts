/** Plots of identification: CMC and DIR curves. */
import type { Identification } from '../evaluation/identification.js';
import { look, list, oneOf, optional, type Rule, type Rules, wrongArgument } from '../arguments.js';
import { WRITE_RULES, type WriteOptions } from '../files/atomic.js';
import { drawn, readTarget, requireDocuments } from './documents.js';
import { type StepPlot, stepChart } from './step-chart.js';
import { subjectNames } from './subject-name.js';
import { nameWords, refusal, requireSvg, unknownKind, writeChart, svgOf } from './svg-file.js';

/** Kind of a plot of an identification. */
export type IdentificationPlotKind = StepPlot['kind'];

/** How to write a plot of an identification. */
export interface IdentificationPlotOptions extends WriteOptions {
  /** Default: taken from the name of the file, such as `cmc.svg` or `cosine-dir.svg`. */
  kind?: IdentificationPlotKind | undefined;
}

const PLOT_RULES: Rules<IdentificationPlotOptions> = {
  ...WRITE_RULES,
  kind: optional(oneOf('cmc', 'dir')),
};

/**
 * Writes a CMC or a DIR curve as an SVG file, of one identification or of several in one picture.
 *
 * The CMC curve of one identification also shows the expected rates where ties make them differ from
 * the pessimistic ones. Marks show the ranks and rates asked for. Errors: `EOPTION` if the name
 * gives no kind or the probes leave the curve undefined; those of writing a file.
 */
export async function writeIdentificationPlot(
  identification: Identification | readonly Identification[],
  path: string,
  options: IdentificationPlotOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, PLOT_RULES);
  const all = requireDocuments('hackface-identification/1', identification, 'identification');
  const kind = settled.kind ?? plotKind(path);
  if (all.length === 0) throw refusal('no curve', 'at least one, to draw');
  requireSvg(path);
  const plot = () => (kind === 'cmc' ? cmcPlot(all) : dirPlot(all));
  const svg = drawn('identification', () => svgOf(stepChart(plot())));
  await writeChart(svg, path, settled);
}

/** Writes CMC or DIR curves as an SVG file, as {@link writePlot} does. */
export async function writeStepPlot(
  plot: StepPlot,
  path: string,
  options: WriteOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, WRITE_RULES);
  const { kind, curves } = look(plot, 'kind', 'curves');
  oneOf('cmc', 'dir')(kind, 'plot.kind');
  list(requireCurve)(curves, 'plot.curves');
  if (plot.curves.length === 0) throw refusal('no curve', 'at least one, to draw');
  requireSvg(path);
  const svg = drawn('plot', () => svgOf(stepChart(plot)));
  await writeChart(svg, path, settled);
}

const requireCurve: Rule = (curve, name) => {
  const { x, y } = look(curve, 'x', 'y');
  if (Array.isArray(x) && Array.isArray(y)) return curve;
  throw wrongArgument(name, curve, 'an object with name, x and y');
};

/** Rejects a plot by its name (`EOPTION`): to be called before a long computation. */
export function checkIdentificationPlot(path: string): void {
  requireSvg(path);
  plotKind(path);
}

/** CMC curves over the rank. Errors: `EOPTION` without mated probes. */
export function cmcPlot(all: readonly Identification[]): StepPlot {
  const closed = all.map(({ closedSet }) => defined(closedSet, 'a CMC curve: no probe has a mate'));
  const names = subjectNames(all);
  const curves = closed.map(({ cmc }, i) => ({
    name: names[i] as string,
    x: cmc.rank,
    y: cmc.rate,
  }));
  const [only, ...others] = closed;
  if (only && others.length === 0 && only.cmc.rate.some((r, i) => r !== only.cmc.expected[i])) {
    const { rank, rate, expected } = only.cmc;
    curves.splice(
      0,
      1,
      { name: 'ties against the mate', x: rank, y: rate },
      { name: 'ties in random order', x: rank, y: expected },
    );
  }
  const marks = closed.flatMap(({ rankRates }) => rankRates.map(({ rank }) => rank));
  return { kind: 'cmc', curves, marks: [...new Set(marks)] };
}

/** DIR curves over FPIR. Errors: `EOPTION` without probes of both kinds. */
export function dirPlot(all: readonly Identification[]): StepPlot {
  const missing = 'a DIR curve: it takes probes with and without a mate';
  const open = all.map(({ openSet }) => defined(openSet, missing));
  const names = subjectNames(all);
  const curves = open.map(({ curve }, i) => ({
    name: names[i] as string,
    x: curve.fpir,
    y: curve.tpir,
  }));
  // The other convention reaches other points of the curve.
  const marks = open.flatMap(({ convention, tpirAtFpir }) =>
    convention === 'at-most'
      ? tpirAtFpir.filter(({ tpir }) => tpir !== null).map(({ fpir }) => fpir)
      : [],
  );
  return { kind: 'dir', curves, marks: [...new Set(marks)] };
}

function plotKind(path: string): IdentificationPlotKind {
  const words = nameWords(path);
  if (words.includes('cmc')) return 'cmc';
  if (words.includes('dir')) return 'dir';
  throw unknownKind(path, 'a name with cmc or dir as a word of its own, such as plda-cmc.svg');
}

function defined<T>(set: T | null, what: string): T {
  if (set !== null) return set;
  throw refusal(`nothing for ${what}`, 'probes for which it is defined', {
    hint: 'The key undefinedBecause of the result says what is missing',
  });
}
