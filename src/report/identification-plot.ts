import { basename } from 'node:path';
import type { Identification } from '../evaluation/identification.js';
import { oneOf, optional, type Rules } from '../arguments.js';
import { WRITE_RULES, type WriteOptions } from '../files/atomic.js';
import { readTarget, requireDocuments } from './arguments.js';
import { refusal, requireSvg, writeStepPlot } from './plot.js';
import type { StepPlot } from './steps.js';
import { subjectNames } from './subject.js';

/** What a plot of searches shows. */
export type IdentificationPlotKind = StepPlot['kind'];

/** How to write a plot of searches. */
export interface IdentificationPlotOptions extends WriteOptions {
  /** Default: by the name of the file, such as `cmc.svg` or `cosine-dir.svg`. */
  kind?: IdentificationPlotKind | undefined;
}

const PLOT_RULES: Rules<IdentificationPlotOptions> = {
  ...WRITE_RULES,
  kind: optional(oneOf('cmc', 'dir')),
};

/**
 * Writes a CMC or a DIR curve as an SVG file, of one identification or of several in one picture.
 *
 * A CMC curve of one shows beside the pessimistic rates the expected ones where ties make them
 * differ. Ranks and rates asked for are marked. Errors: `EOPTION` where the name says no kind or
 * the probes leave the curve undefined; those of writing a file.
 */
export async function writeIdentificationPlot(
  identification: Identification | readonly Identification[],
  path: string,
  options: IdentificationPlotOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, PLOT_RULES);
  const all = requireDocuments('hackface-identification/1', identification, 'identification');
  const kind = settled.kind ?? plotKind(path);
  await writeStepPlot(kind === 'cmc' ? cmcPlot(all) : dirPlot(all), path, { force: settled.force });
}

/** Refuses a plot whose name will not do, before the work that it would show. Errors: `EOPTION`. */
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
  // By the other convention what is reached lies elsewhere on the curve.
  const marks = open.flatMap(({ convention, tpirAtFpir }) =>
    convention === 'at-most'
      ? tpirAtFpir.filter(({ tpir }) => tpir !== null).map(({ fpir }) => fpir)
      : [],
  );
  return { kind: 'dir', curves, marks: [...new Set(marks)] };
}

function plotKind(path: string): IdentificationPlotKind {
  const words = basename(path)
    .toLowerCase()
    .split(/[-_.\s]/);
  if (words.includes('cmc')) return 'cmc';
  if (words.includes('dir')) return 'dir';
  throw refusal(
    `the name ${basename(path)}`,
    'a name with cmc or dir as a word of its own, such as plda-cmc.svg',
    { hint: 'Rename it', advice: { text: 'choose the kind of plot', option: 'kind' } },
  );
}

function defined<T>(set: T | null, what: string): T {
  if (set !== null) return set;
  throw refusal(`nothing for ${what}`, 'probes for which it is defined', {
    hint: 'The key undefinedBecause of the result says what is missing',
  });
}
