/** The plot of error over discard. */
import type { Evaluation } from '../evaluation/result.js';
import { linearAxis } from './axis.js';
import { type Chart, colourOf, type Layer } from './chart.js';
import { stepLayers } from './curve-layers.js';
import { count, percent, rate } from './number-text.js';

/** Genuine pairs that must be left to draw a rate of them, and a tenth of all. */
const LEAST_LEFT = 30;

type Discards = NonNullable<Evaluation['quality']>['discards'][number];

/**
 * Error over discard: the false reject rate of the genuine pairs that are left when those of least quality are
 * discarded, at thresholds chosen on all pairs. Source: Grother & Tabassi 2007.
 */
export function discardChart({ quality, genuine }: Evaluation): Chart {
  const all = quality?.discards ?? [];
  const shown = all.map((of) =>
    of.kept.findLastIndex((pairs) => pairs >= Math.max(LEAST_LEFT, genuine / 10)),
  );
  const last = all.map((of, i) => of.discarded[shown[i] as number] ?? 0);
  // Where few are left an interval would fill the plot; it is cut at the frame.
  const highest = Math.max(
    0,
    ...all.flatMap(({ frr, high }, i) => [
      1.1 * (high[0] ?? 0),
      ...frr.slice(0, (shown[i] as number) + 1),
    ]),
  );
  const axes = {
    x: linearAxis('genuine pairs discarded (%)', 0, Math.max(0.1, ...last), hundredfold),
    // A rate has no place above 1, but that its line is not cut in half.
    y: linearAxis(
      'false reject rate (%)',
      0,
      highest > 0 ? Math.min(1.02, highest * 1.05) : 0.01,
      hundredfold,
    ),
  };
  return {
    id: 'edc',
    title: 'Error over discard',
    description: `False reject rate over the share of ${count(genuine)} genuine pairs discarded, least quality first. ${all.map(describe).join('; ')}.`,
    ...axes,
    layers: all.flatMap((of, i) => curve(of, (shown[i] as number) + 1, axes, colourOf(i))),
    legend: all.map(({ far }, i) => ({
      name: `threshold at FAR ${rate(far)}`,
      colour: colourOf(i),
    })),
  };
}

const hundredfold = (share: number) => String(Number((share * 100).toPrecision(6)));

function curve(
  of: Discards,
  points: number,
  axes: Pick<Chart, 'x' | 'y'>,
  colour: string,
): Layer[] {
  const cut = (column: readonly number[]) => column.slice(0, points);
  const [x, y] = [cut(of.discarded), cut(of.frr)];
  const steps = { x, y, low: cut(of.low), high: cut(of.high) };
  const first: Layer[] =
    y[0] === undefined
      ? []
      : [{ kind: 'mark', at: [0, y[0]], colour, title: `FRR ${percent(y[0])} of all` }];
  return [...stepLayers(axes, steps, colour), ...first];
}

function describe({ far, discarded, frr }: Discards): string {
  const at = (share: number) => frr[discarded.findLastIndex((reached) => reached <= share)];
  const text = [0, 0.1, 0.2].map((share) => `${percent(at(share) ?? 0)} at ${share * 100} %`);
  return `FAR ${rate(far)}: ${text.join(', ')}`;
}
