/** A point of a curve: in data or in pixels. */
export type Point = readonly [x: number, y: number];

/** Two points nearer than this in both directions cannot be told apart. */
const NEAR = 0.6;

/**
 * Which points of a curve to draw: first, last, those that must stay, and of the others only such
 * as lie visibly apart from the one kept before, so that no corner moves visibly. `points` are in
 * units of the view box. Cost: O(n).
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
