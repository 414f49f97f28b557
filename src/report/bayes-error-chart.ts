/** The plot of normalised Bayes error rates. */
import type { Calibration, Evaluation } from '../evaluation/result.js';
import { linearAxis } from './axis.js';
import { type Chart, colourOf, type Layer } from './chart.js';
import { minus } from './number-text.js';
import { subjectNames } from './subject-name.js';
import type { Point } from './thin-points.js';

/** Errors that make a rate stable. */
const STABLE = 30;

/** The part of an evaluation that the plot shows. */
export interface Priced extends Pick<Evaluation, 'subject'> {
  calibration: Pick<Calibration, 'cllr' | 'minCllr' | 'reliability' | 'bayesErrors'> | null;
}

/**
 * Bayes error rates over the logarithm of the prior odds, divided by those of a system that decides by the
 * prior alone: of decisions by the ratios as they are, and of the best threshold. Two dotted lines bound
 * the priors at which those decisions make 30 errors of each kind. The evaluations are of ratios.
 */
export function bayesErrorChart(evaluations: readonly Priced[]): Chart {
  const names = subjectNames(evaluations);
  const worst = Math.max(...evaluations.flatMap((e) => e.calibration?.bayesErrors.actual ?? []));
  const axes = {
    x: linearAxis('logarithm of the prior odds of a genuine pair', -8, 8, minus),
    y: linearAxis('normalised Bayes error rate', 0, Math.min(2, Math.max(1.1, worst * 1.05))),
  };
  const several = evaluations.length > 1;
  return {
    id: 'nber',
    title: 'Bayes error rates',
    description: `Error rate over the prior, in units of a system that decides by the prior alone. ${evaluations.map((e, i) => `${names[i]}: ${describe(e)}`).join('; ')}.`,
    ...axes,
    layers: [
      {
        kind: 'line',
        points: [
          [-8, 1],
          [8, 1],
        ],
        colour: '',
        dash: true,
      },
      ...(several ? [] : resolved(evaluations[0] as Priced)),
      ...evaluations.flatMap((evaluation, i) => curves(evaluation, several ? i : undefined)),
    ],
    legend: several
      ? names.map((name, i) => ({ name, colour: colourOf(i) }))
      : [
          { name: 'by the ratios', colour: 'c0' },
          { name: 'at the best thresholds', colour: 'c2' },
        ],
  };
}

function curves({ calibration }: Priced, place: number | undefined): Layer[] {
  const { logOdds = [], actual = [], minimum = [] } = calibration?.bayesErrors ?? {};
  const points = (of: readonly number[]) => logOdds.map((x, i): Point => [x, of[i] as number]);
  const several = place !== undefined;
  return [
    {
      kind: 'line',
      points: points(minimum),
      colour: several ? `${colourOf(place)} thin` : 'c2',
    },
    { kind: 'line', points: points(actual), colour: several ? colourOf(place) : 'c0' },
  ];
}

/** Lines at the last priors where decisions make errors enough of either kind. */
function resolved({ calibration }: Priced): Layer[] {
  const { logOdds = [], falseAccepts = [], falseRejects = [] } = calibration?.bayesErrors ?? {};
  const first = logOdds[falseAccepts.findIndex((n) => n >= STABLE)];
  const last = logOdds[falseRejects.findLastIndex((n) => n >= STABLE)];
  const apart = Math.abs((first ?? 99) - (last ?? -99));
  const line = (x: number | undefined, label: string): Layer[] =>
    x === undefined ? [] : [{ kind: 'upright', x, label }];
  // Labels that would touch are one.
  if (apart < 1.5) return [...line(first, `${STABLE} FA, FR`), ...line(last, '')];
  const crowded = apart < 5;
  return [
    ...line(first, `${STABLE} ${crowded ? 'FA' : 'false accepts'}`),
    ...line(last, `${STABLE} ${crowded ? 'FR' : 'false rejects'}`),
  ];
}

function describe({ calibration }: Priced): string {
  const { logOdds = [], actual = [], minimum = [] } = calibration?.bayesErrors ?? {};
  const even = logOdds.indexOf(0);
  return `${actual[even]?.toFixed(4)} at even odds, at best ${minimum[even]?.toFixed(4)}`;
}
