/** The histogram of the values of pairs. */
import type { Evaluation } from '../evaluation/result.js';
import { linearAxis } from './axis.js';
import type { Chart, Layer } from './chart.js';
import { stairs } from './curve-layers.js';
import { value as valueText } from './number-text.js';
import type { Point } from './thin-points.js';

/**
 * The histogram of the values of genuine and impostor pairs. Bins show the share of each kind, so that
 * many impostors do not hide few genuine pairs. Shares are per width of the narrowest bin.
 */
export function histogramChart(evaluation: Evaluation): Chart {
  const { edges, genuine, impostors } = evaluation.histogram;
  const shares = [shareOfBins(edges, impostors), shareOfBins(edges, genuine)] as const;
  const highest = Math.max(...shares.flat(), 0);
  const axes = {
    x: linearAxis(`${evaluation.orientation} of a pair`, ...ends(edges), valueText),
    y: linearAxis('share of pairs (%)', 0, highest > 0 ? highest * 1.06 : 1),
  };
  const layers: Layer[] = shares.flatMap((share, i) =>
    outline(edges, share, i === 0 ? 'c1' : 'c0'),
  );
  const { threshold } = evaluation.eer;
  if (threshold !== null && threshold >= axes.x.low && threshold <= axes.x.high) {
    layers.push({ kind: 'upright', x: threshold, label: 'EER threshold' });
  }
  return {
    id: 'histogram',
    title: 'Genuine and impostor pairs',
    description: `Histogram of the ${evaluation.orientation} of ${evaluation.genuine} genuine and ${evaluation.impostors} impostor pairs in ${Math.max(0, edges.length - 1)} bins.`,
    ...axes,
    layers,
    legend: [
      { name: 'genuine pairs', colour: 'c0', sign: 'patch' },
      { name: 'impostor pairs', colour: 'c1', sign: 'patch' },
    ],
  };
}

function ends(edges: readonly number[]): [number, number] {
  const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 1];
  return high > low ? [low, high] : [low - 0.5, low + 0.5];
}

function shareOfBins(edges: readonly number[], counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const width = (i: number) => (edges[i + 1] as number) - (edges[i] as number);
  const narrowest = Math.min(...counts.map((_, i) => width(i)).filter((w) => w > 0));
  return counts.map((count, i) => {
    if (all === 0) return 0;
    const share = (100 * count) / all;
    return width(i) > 0 ? (share * narrowest) / width(i) : share;
  });
}

function outline(edges: readonly number[], shares: readonly number[], colour: string): Layer[] {
  const corners = shares.map((share, i): Point => [edges[i] as number, share]);
  if (corners.length === 0) return [];
  const [left, right] = [edges[0] as number, edges.at(-1) as number];
  const points = [[left, 0], ...stairs([...corners, [right, shares.at(-1) as number]]), [right, 0]];
  return [
    { kind: 'area', points: points as Point[], colour },
    { kind: 'line', points: points as Point[], colour },
  ];
}
