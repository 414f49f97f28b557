/** The plot of scores over quality. */
import type { Evaluation } from '../evaluation/result.js';
import { linearAxis } from './axis.js';
import type { Chart, Layer } from './chart.js';
import { count, value } from './number-text.js';
import type { Point } from './thin-points.js';

type Bin = NonNullable<Evaluation['quality']>['bins'][number];

/** Scores over quality: medians of either kind of pairs, and areas that hold the middle half of each. */
export function qualityChart({ quality, orientation }: Evaluation): Chart {
  const bins = quality?.bins ?? [];
  const kinds = [
    { name: 'impostor', colour: 'c1', of: (bin: Bin) => bin.impostorScores, pairs: 'impostors' },
    { name: 'genuine', colour: 'c0', of: (bin: Bin) => bin.genuineScores, pairs: 'genuine' },
  ] as const;
  const scores = bins.flatMap((bin) => kinds.flatMap(({ of }) => of(bin) ?? []));
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const room = (high - low) / 20 || 0.5;
  const ends = [bins[0]?.mean ?? 0, bins.at(-1)?.mean ?? 1] as const;
  const side = (ends[1] - ends[0]) / 40 || 0.5;
  return {
    id: 'quality',
    title: 'Scores over quality',
    description: `Median ${orientation} of either kind of pairs over their quality, in ${bins.length} parts.`,
    x: linearAxis('quality of a pair', ends[0] - side, ends[1] + side, value),
    y: linearAxis(`${orientation} of a pair`, low - room, high + room, value),
    layers: kinds.flatMap(({ name, colour, of, pairs }) => {
      const filled = bins.filter((bin) => of(bin) !== null);
      const at = (i: number) =>
        filled.map((bin): Point => [bin.mean, (of(bin) as number[])[i] as number]);
      return [
        { kind: 'area', points: [...at(0), ...at(2).reverse()], colour },
        { kind: 'line', points: at(1), colour },
        ...filled.map((bin): Layer => {
          const median = (of(bin) as number[])[1] as number;
          const title = `median ${value(median)} of ${count(bin[pairs])} ${name} pairs of quality ${value(bin.low)} to ${value(bin.high)}`;
          return { kind: 'mark', at: [bin.mean, median], colour, title };
        }),
      ];
    }),
    legend: [
      { name: 'genuine pairs', colour: 'c0', sign: 'patch' },
      { name: 'impostor pairs', colour: 'c1', sign: 'patch' },
    ],
  };
}
