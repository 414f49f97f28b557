/** The Tippett plot. */
import type { Evaluation } from '../evaluation/result.js';
import { linearAxis } from './axis.js';
import type { Priced } from './bayes-error-chart.js';
import { type Chart, colourOf, type Layer } from './chart.js';
import { stepLayers } from './curve-layers.js';
import { count, minus, percent } from './number-text.js';
import { subjectNames } from './subject-name.js';

/** Shares beyond which the tails of a curve are cut. */
const TAIL = 0.005;

/** The part of an evaluation that the plot shows. */
export type Ratios = Priced & Pick<Evaluation, 'orientation' | 'genuine' | 'impostors' | 'curve'>;

/**
 * Tippett plots: the share of genuine and of impostor pairs whose log-likelihood ratio is at least x. The
 * evaluations are of ratios.
 */
export function tippettChart(evaluations: readonly Ratios[]): Chart {
  const names = subjectNames(evaluations);
  const ends = evaluations.map(endsOf);
  const [low, high] = [
    Math.min(-1, ...ends.map(([from]) => from)),
    Math.max(1, ...ends.map(([, to]) => to)),
  ];
  const room = (high - low) / 25;
  const axes = {
    x: linearAxis('log-likelihood ratio', low - room, high + room, minus),
    y: linearAxis('share of pairs with at least this ratio', 0, 1.02),
  };
  const several = evaluations.length > 1;
  return {
    id: 'tippett',
    title: 'Tippett plot',
    description: `Share of genuine and of impostor pairs with at least a log-likelihood ratio. ${evaluations.map((e, i) => `${names[i]}: ${misleading(e).join(', ')}`).join('; ')}.`,
    ...axes,
    layers: [
      { kind: 'upright', x: 0, label: '0' },
      ...evaluations.flatMap((evaluation, i) =>
        curves(evaluation, axes, several ? [colourOf(i), colourOf(i)] : ['c0', 'c1']),
      ),
    ],
    legend: several
      ? names.map((name, i) => ({ name, colour: colourOf(i) }))
      : [
          { name: 'genuine pairs', colour: 'c0' },
          { name: 'impostor pairs', colour: 'c1' },
        ],
  };
}

/** The ratio of each point of the curve, from the largest. */
function ratiosOf({ curve, orientation }: Ratios): number[] {
  return curve.threshold.map((t) => (orientation === 'distance' ? -t : t));
}

/** Ratios between which all but the tails of both curves lie. */
function endsOf(evaluation: Ratios): [number, number] {
  const { far, tar } = evaluation.curve;
  const ratios = ratiosOf(evaluation);
  const least = ratios[far.findLastIndex((share) => share <= 1 - TAIL)] ?? 0;
  return [least, ratios[tar.findIndex((share) => share >= TAIL)] ?? 0];
}

function curves(
  evaluation: Ratios,
  axes: Pick<Chart, 'x' | 'y'>,
  [own, other]: [string, string],
): Layer[] {
  const { curve } = evaluation;
  const x = ratiosOf(evaluation);
  const [rejected, accepted] = misleading(evaluation);
  const { falseAccepts, falseRejects } = atEvenOdds(evaluation);
  const marks: Layer[] = [
    { kind: 'mark', at: [0, 1 - falseRejects / evaluation.genuine], colour: own, title: rejected },
    { kind: 'mark', at: [0, falseAccepts / evaluation.impostors], colour: other, title: accepted },
  ];
  return [
    ...stepLayers(axes, { x, y: curve.far }, other),
    ...stepLayers(axes, { x, y: curve.tar }, own),
    ...marks,
  ];
}

/** Pairs whose ratio speaks for the wrong side. */
function atEvenOdds({ calibration }: Ratios): { falseAccepts: number; falseRejects: number } {
  const { logOdds = [], falseAccepts = [], falseRejects = [] } = calibration?.bayesErrors ?? {};
  const even = logOdds.indexOf(0);
  return { falseAccepts: falseAccepts[even] ?? 0, falseRejects: falseRejects[even] ?? 0 };
}

function misleading(evaluation: Ratios): [string, string] {
  const { falseAccepts, falseRejects } = atEvenOdds(evaluation);
  const share = (of: number, all: number) => `${percent(of / all)} (${count(of)})`;
  return [
    `${share(falseRejects, evaluation.genuine)} of genuine pairs have a ratio below 0`,
    `${share(falseAccepts, evaluation.impostors)} of impostor pairs have one of at least 0`,
  ];
}
