/** The ROC chart. */
import type { Evaluation, OperatingPoint } from '../evaluation/result.js';
import { linearAxis, logAxis } from './axis.js';
import { type Chart, colourOf, type Layer } from './chart.js';
import { stableFrom, type Steps, stepLayers } from './curve-layers.js';
import { decimal, percent, rate } from './number-text.js';
import { subjectNames } from './subject-name.js';

/** Possible lower ends of the TAR axis; the highest below all curves is used. */
const TAR_FLOORS = [0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];

/** ROC curves: TAR over FAR on a logarithmic axis, from the least FAR that the pairs resolve. */
export function rocChart(evaluations: readonly Evaluation[]): Chart {
  const low = Math.min(...evaluations.map(leastFar));
  const curves = evaluations.map((evaluation) => fromFar(evaluation, low));
  const leastTar = Math.min(...curves.map(leastDrawn));
  const floor = TAR_FLOORS.findLast((tar) => tar <= leastTar) ?? 0;
  const axes = {
    x: logAxis('false accept rate (FAR)', low, 1),
    y: linearAxis('true accept rate (TAR)', floor, 1 + (1 - floor) / 50),
  };
  const names = subjectNames(evaluations);
  const several = evaluations.length > 1;
  const asked = new Set(evaluations.flatMap((e) => e.tarAtFar.map(({ far }) => far)));
  return {
    id: 'roc',
    title: 'ROC curve',
    description: `True accept rate over false accept rate. ${evaluations.map((e, i) => `${names[i]}: ${describe(e)}`).join('; ')}.`,
    ...axes,
    layers: [
      ...[...asked].filter((far) => far >= low).map(askedLine),
      ...evaluations.flatMap((evaluation, i) => {
        const curve = curves[i] as Steps;
        const colour = colourOf(i);
        return [
          ...stepLayers(axes, curve, colour, mustStay(evaluation, curve)),
          ...evaluation.tarAtFar.flatMap((point) => operatingPoint(point, low, colour)),
        ];
      }),
    ],
    legend: several
      ? evaluations.map(({ auroc }, i) => ({
          name: `${names[i]}${auroc.value === null ? '' : `, AUROC ${decimal(auroc.value)}`}`,
          colour: colourOf(i),
        }))
      : [],
  };
}

/** The lowest point of a curve and its band. */
function leastDrawn({ x, y, low, bandFrom = 0 }: Steps): number {
  const first = x.findIndex((far) => far >= bandFrom);
  return Math.min(y[0] ?? 0, low?.[first] ?? 1);
}

/** The decade of one false accept, or of the least rate asked for that the pairs resolve. */
function leastFar({ impostors, tarAtFar }: Evaluation): number {
  const resolved = tarAtFar.filter(({ resolution }) => resolution !== 'unresolved');
  const least = Math.min(0.01, 1 / Math.max(1, impostors), ...resolved.map(({ far }) => far));
  return Math.max(1e-9, 10 ** Math.floor(Math.log10(least) + 1e-9));
}

/** The curve from the lower end of the axis on, with the last value below it. */
function fromFar({ curve, impostors }: Evaluation, low: number): Steps {
  const first = Math.max(
    0,
    curve.far.findLastIndex((far) => far <= low),
  );
  const cut = <T>(column: readonly T[]) => column.slice(first);
  return {
    x: cut(curve.far).map((far) => Math.max(far, low)),
    y: cut(curve.tar),
    low: curve.tarLow && cut(curve.tarLow),
    high: curve.tarHigh && cut(curve.tarHigh),
    bandFrom: stableFrom(impostors),
  };
}

/** Points of the curve at the rates asked for, which thinning must keep. */
function mustStay({ tarAtFar }: Evaluation, { x }: Steps): Set<number> {
  return new Set(tarAtFar.map(({ far }) => x.findLastIndex((reached) => reached <= far)));
}

function askedLine(far: number): Layer {
  return { kind: 'upright', x: far, label: rate(far) };
}

function operatingPoint(point: OperatingPoint, low: number, colour: string): Layer[] {
  const { far, tar, tarInterval, resolution } = point;
  if (tar === null || far < low) return [];
  const title = `TAR ${percent(tar)} at FAR ${rate(far)}${resolution === 'resolved' ? '' : `, ${resolution}`}`;
  const layers: Layer[] = [];
  // That of a rate which the pairs do not resolve would fill the plot from top to bottom.
  if (tarInterval && resolution === 'resolved') {
    const { low, high } = tarInterval;
    layers.push({ kind: 'whisker', at: [far, tar], low, high, colour });
  }
  layers.push({ kind: 'mark', at: [far, tar], colour, title, hollow: resolution !== 'resolved' });
  return layers;
}

function describe({ auroc, genuine, impostors, tarAtFar }: Evaluation): string {
  const area = auroc.value === null ? 'AUROC undefined' : `AUROC ${decimal(auroc.value)}`;
  const points = tarAtFar.map(({ far, tar }) => {
    return `TAR ${tar === null ? 'undefined' : percent(tar)} at FAR ${rate(far)}`;
  });
  return [area, `${genuine} genuine and ${impostors} impostor pairs`, ...points].join(', ');
}
