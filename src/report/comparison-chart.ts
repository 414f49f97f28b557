/** The chart of a comparison: differences to cosine with their intervals. */
import type { ComparedPipeline, PipelineComparison } from '../compare.js';
import { type Axis, linearAxis } from './axis.js';
import { type Chart, colourOf, type Layer } from './chart.js';
import { signed } from './number-text.js';

/** A candidate that was judged, and its number in the list, from 1. */
interface Judged {
  number: number;
  pipeline: string;
  value: number;
  low: number;
  high: number;
}

/** AUROC of each candidate less that of cosine; the chosen one is filled. */
export function comparisonChart({ candidates, chosen }: PipelineComparison): Chart {
  const all = candidates.flatMap(judged);
  const low = Math.min(0, ...all.map((one) => one.low));
  const high = Math.max(0, ...all.map((one) => one.high));
  const room = Math.max((high - low) / 20, 1e-6);
  const axes = {
    x: numberAxis(candidates.length),
    y: linearAxis('AUROC less that of cosine', low - room, high + room),
  };
  const zero: Layer = {
    kind: 'line',
    points: [
      [axes.x.low, 0],
      [axes.x.high, 0],
    ],
    colour: colourOf(1),
    dash: true,
  };
  const name = (one: Judged) => `${one.number} ${one.pipeline}`;
  return {
    id: 'comparison',
    title: 'Candidates against cosine',
    description: `AUROC less that of cosine. ${all.map((one) => `${name(one)}: ${signed(one.value)}`).join('; ')}.`,
    ...axes,
    layers: [zero, ...all.flatMap((one) => layersOf(one, one.number === chosen + 1))],
    legend: all.map((one) => ({
      name: one.number === chosen + 1 ? `${name(one)}, chosen` : name(one),
      colour: colourOf(0),
      sign: 'dot',
    })),
  };
}

function judged({ pipeline, aboveCosine }: ComparedPipeline, place: number): Judged[] {
  if (aboveCosine === null) return [];
  const { value, interval } = aboveCosine;
  return [{ number: place + 1, pipeline, value, low: interval.low, high: interval.high }];
}

function layersOf({ number, pipeline, value, low, high }: Judged, chosen: boolean): Layer[] {
  const at = [number, value] as const;
  const colour = colourOf(0);
  const title = `${pipeline}: ${signed(value)}`;
  return [
    { kind: 'whisker', at, low, high, colour },
    { kind: 'mark', at, colour, title, hollow: !chosen },
  ];
}

/** One place for each candidate. */
function numberAxis(count: number): Axis {
  const axis = linearAxis('candidate', 0, count + 1);
  const ticks = Array.from({ length: count }, (_, i) => ({ value: i + 1, label: String(i + 1) }));
  return { ...axis, ticks };
}
