/** Thinning of curves for drawing. */

/** A point of a curve: in data or in pixels. */
export type Point = readonly [x: number, y: number];

/** Two points nearer than this in both directions cannot be told apart. */
const NEAR = 0.6;

/**
 * Selects the points of a curve to draw: the first, the last, those in `mustStay`, and each other that
 * lies visibly apart from the one selected before. `points` are in units of the view box. Cost: O(n).
 */
export function thin(points: readonly Point[], mustStay: ReadonlySet<number>): number[] {
  const kept: number[] = [];
  let last: Point | undefined;
  for (const [i, point] of points.entries()) {
    const far =
      last === undefined ||
      Math.abs(point[0] - last[0]) >= NEAR ||
      Math.abs(point[1] - last[1]) >= NEAR;
    if (!far && i !== points.length - 1 && !mustStay.has(i)) continue;
    kept.push(i);
    last = point;
  }
  return kept;
}
