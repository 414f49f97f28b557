/** The reliability diagram. */
import { linearAxis } from './axis.js';
import type { Priced } from './bayes-error-chart.js';
import { type Chart, colourOf, type Layer } from './chart.js';
import { count, percent } from './number-text.js';
import { subjectNames } from './subject-name.js';
import type { Point } from './thin-points.js';

/**
 * Reliability diagrams: the share of genuine pairs over the predicted probability. Calibrated
 * probabilities lie on the diagonal. The area of a dot is proportional to its number of pairs.
 */
export function reliabilityChart(evaluations: readonly Priced[]): Chart {
  const names = subjectNames(evaluations);
  return {
    id: 'reliability',
    title: 'Reliability diagram',
    description: `Share of genuine pairs over predicted probability. ${evaluations.map((e, i) => `${names[i]}: ${describe(e)}`).join('; ')}.`,
    x: linearAxis('predicted probability', 0, 1),
    y: linearAxis('share genuine', 0, 1),
    layers: [
      {
        kind: 'line',
        points: [
          [0, 0],
          [1, 1],
        ],
        colour: '',
        dash: true,
      },
      ...evaluations.flatMap((evaluation, i) => bins(evaluation, colourOf(i))),
    ],
    legend: evaluations.length > 1 ? names.map((name, i) => ({ name, colour: colourOf(i) })) : [],
  };
}

function bins({ calibration }: Priced, colour: string): Layer[] {
  const filled = (calibration?.reliability ?? []).filter(({ pairs }) => pairs > 0);
  const most = Math.max(...filled.map(({ pairs }) => pairs), 1);
  const points = filled.map(({ predicted, observed }): Point => [predicted, observed]);
  return [
    { kind: 'line', points, colour },
    ...filled.map(({ predicted, observed, pairs }): Layer => {
      const title = `predicted ${percent(predicted)}, genuine ${percent(observed)} of ${count(pairs)} pairs`;
      const radius = 2.5 + 5 * Math.sqrt(pairs / most);
      return { kind: 'mark', at: [predicted, observed], colour, title, radius };
    }),
  ];
}

function describe({ calibration }: Priced): string {
  return calibration === null
    ? 'not calibrated'
    : `Cllr ${calibration.cllr.toFixed(4)}, at best ${calibration.minCllr.toFixed(4)}`;
}
