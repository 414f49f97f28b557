/** The DET chart. */
import type { Evaluation } from '../evaluation/result.js';
import { type Axis, detFloor, logAxis, probitAxis } from './axis.js';
import { type Chart, colourOf, type Layer } from './chart.js';
import { stableFrom, type Steps, stepLayers } from './curve-layers.js';
import { percent } from './number-text.js';
import { subjectNames } from './subject-name.js';

/** Scale of the axes of a DET chart. */
export type DetScale = 'probit' | 'log';

/**
 * DET curves: false rejects over false accepts, both on normal deviates, or both logarithmic.
 *
 * Neither scale has a place for a rate of 0. It is drawn at half of one pair, the least that the pairs
 * resolve, and an arrow shows that the curve continues. Source: Martin et al. 1997.
 */
export function detChart(evaluations: readonly Evaluation[], scale: DetScale = 'probit'): Chart {
  const make = (title: string, least: number) => axisOf(scale, title, least, evaluations);
  const axes = {
    x: make('false accept rate', Math.min(...evaluations.map(({ impostors }) => half(impostors)))),
    y: make('false reject rate', Math.min(...evaluations.map(({ genuine }) => half(genuine)))),
  };
  const names = subjectNames(evaluations);
  const [from, to] = [Math.max(axes.x.low, axes.y.low), Math.min(axes.x.high, axes.y.high)];
  return {
    id: scale === 'log' ? 'det-log' : 'det',
    title: scale === 'log' ? 'DET curve, logarithmic' : 'DET curve',
    description: `False reject rate over false accept rate. ${evaluations.map((e, i) => `${names[i]}: ${describe(e)}`).join('; ')}.`,
    ...axes,
    layers: [
      { kind: 'line', points: diagonal(from, to), colour: '', dash: true },
      ...evaluations.flatMap((evaluation, i) => curveLayers(evaluation, axes, colourOf(i))),
    ],
    legend:
      evaluations.length > 1
        ? evaluations.map(({ eer }, i) => ({
            name: `${names[i]}${eer.value === null ? '' : `, EER ${percent(eer.value)}`}`,
            colour: colourOf(i),
          }))
        : [],
  };
}

const half = (pairs: number) => 1 / (2 * Math.max(1, pairs));

function axisOf(
  scale: DetScale,
  title: string,
  least: number,
  evaluations: readonly Evaluation[],
): Axis {
  if (scale === 'log') {
    return logAxis(title, Math.max(1e-9, 10 ** Math.floor(Math.log10(least))), 1);
  }
  // Beyond one half only if a curve would lie outside otherwise.
  const worst = Math.max(least, ...evaluations.map(({ eer }) => eer.value ?? 0));
  return probitAxis(title, Math.min(0.1, detFloor(least)), worst > 0.35 ? 0.95 : 0.5);
}

/** The diagonal: a straight line, as both axes have the same scale. */
function diagonal(from: number, to: number): [number, number][] {
  return [
    [from, from],
    [to, to],
  ];
}

function curveLayers(evaluation: Evaluation, axes: { x: Axis; y: Axis }, colour: string): Layer[] {
  const { genuine, impostors, curve, eer } = evaluation;
  const leastX = Math.max(half(impostors), axes.x.low);
  const leastY = Math.max(half(genuine), axes.y.low);
  const first = Math.max(
    0,
    curve.far.findLastIndex((far) => far < leastX),
  );
  const full = curve.tar.findIndex((tar) => 1 - tar < leastY);
  const last = full < 0 ? curve.tar.length - 1 : Math.max(first, full);
  const cut = <T>(column: readonly T[]) => column.slice(first, last + 1);
  const rejects = (column: readonly number[]) =>
    cut(column).map((tar) => Math.max(1 - tar, leastY));
  const steps: Steps = {
    x: cut(curve.far).map((far) => Math.max(far, leastX)),
    y: rejects(curve.tar),
    low: curve.tarHigh && rejects(curve.tarHigh),
    high: curve.tarLow && rejects(curve.tarLow),
    bandFrom: stableFrom(impostors),
  };
  const layers = stepLayers(axes, steps, colour);
  const [startX, startY] = [steps.x[0], steps.y[0]];
  if (startX !== undefined && startY !== undefined && (curve.far[first] as number) < leastX) {
    const title = 'no fewer false accepts can be told from so few pairs';
    if (startY < axes.y.high) {
      layers.push({ kind: 'arrow', at: [startX, startY], toward: 'left', colour, title });
    }
  }
  if (full >= 0) {
    const at = [steps.x.at(-1) as number, leastY] as const;
    const title = 'no fewer false rejects can be told from so few pairs';
    if (at[0] < axes.x.high) layers.push({ kind: 'arrow', at, toward: 'down', colour, title });
  }
  const least = Math.max(axes.x.low, axes.y.low);
  if (eer.value !== null && eer.value >= least && eer.value < axes.x.high) {
    const title = `EER ${percent(eer.value)}`;
    layers.push({ kind: 'mark', at: [eer.value, eer.value], colour, title });
  }
  return layers;
}

function describe({ eer, genuine, impostors }: Evaluation): string {
  const error = eer.value === null ? 'EER undefined' : `EER ${percent(eer.value)}`;
  return `${error}, ${genuine} genuine and ${impostors} impostor pairs`;
}
