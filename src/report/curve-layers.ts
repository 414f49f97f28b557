/** Curves of steps as layers of a chart. */
import { type Chart, type Layer, place } from './chart.js';
import { type Point, thin } from './thin-points.js';

/** A curve of steps: `y[i]` from `x[i]` up to `x[i + 1]`. */
export interface Steps {
  x: readonly number[];
  y: readonly number[];
  /** A band around `y`, point by point. */
  low?: readonly number[] | null | undefined;
  high?: readonly number[] | null | undefined;
  /** The x from which the band is drawn; from the first by default. */
  bandFrom?: number | undefined;
}

/** False accepts that make a rate stable. */
const STABLE = 30;

/** The least false accept rate that so many impostor pairs resolve; below it a band says nothing. */
export function stableFrom(impostors: number): number {
  return STABLE / Math.max(1, impostors);
}

/** The band and the line of a curve of steps, thinned to points that a screen can tell apart. */
export function stepLayers(
  axes: Pick<Chart, 'x' | 'y'>,
  steps: Steps,
  colour: string,
  mustStay: ReadonlySet<number> = new Set(),
): Layer[] {
  const { x, low, high, bandFrom = Number.NEGATIVE_INFINITY } = steps;
  const points = steps.y.map((y, i): Point => [x[i] as number, y]);
  const kept = thin(
    points.map((point) => place(axes, point)),
    mustStay,
  );
  const staircase = (y: readonly number[], from = Number.NEGATIVE_INFINITY) =>
    stairs(
      kept.filter((i) => (x[i] as number) >= from).map((i) => [x[i] as number, y[i] as number]),
    );
  const layers: Layer[] = [];
  if (low && high) {
    const points = [...staircase(high, bandFrom), ...staircase(low, bandFrom).reverse()];
    if (points.length > 0) layers.push({ kind: 'area', points, colour });
  }
  layers.push({ kind: 'line', points: staircase(steps.y), colour });
  return layers;
}

/** The corners of a staircase: level to the next x, then up or down. */
export function stairs(points: readonly Point[]): Point[] {
  const all: Point[] = [];
  for (const point of points) {
    const last = all.at(-1);
    if (last && last[0] !== point[0] && last[1] !== point[1]) all.push([point[0], last[1]]);
    all.push(point);
  }
  return all;
}
