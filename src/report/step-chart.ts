/** The CMC and DIR charts. */
import { type Axis, linearAxis, logAxis } from './axis.js';
import { type Chart, colourOf, type Layer } from './chart.js';
import { type Steps, stepLayers } from './curve-layers.js';
import { percent, rate } from './number-text.js';

/** Curves of an identification: CMC over the rank, or DIR over a false positive rate. */
export interface StepPlot {
  /** `cmc`: x is the rank from 1; `dir`: x is the false positive identification rate, logarithmic. */
  kind: 'cmc' | 'dir';
  curves: readonly {
    name: string;
    /** Ranks or rates, ascending; the curve has the value `y[i]` up to `x[i + 1]`. */
    x: readonly number[];
    /** Identification rates in [0, 1]. */
    y: readonly number[];
    low?: readonly number[] | null | undefined;
    high?: readonly number[] | null | undefined;
  }[];
  /** Ranks or rates to mark. */
  marks?: readonly number[] | undefined;
}

export function stepChart({ kind, curves, marks = [] }: StepPlot): Chart {
  const axes = { x: kind === 'cmc' ? rankAxis(curves) : rateAxis(curves), y: shareAxis(kind) };
  const inside = marks.filter((mark) => mark >= axes.x.low && mark <= axes.x.high);
  const label = kind === 'cmc' ? String : rate;
  const layers: Layer[] = inside.map((x) => ({ kind: 'upright', x, label: label(x) }));
  for (const [i, curve] of curves.entries()) {
    const { x, y } = curve;
    const colour = colourOf(i);
    const at = inside.map((mark) => x.findLastIndex((reached) => reached <= mark));
    const held = kind === 'cmc' ? extended(curve, axes.x.high) : fromLow(curve, axes.x.low);
    layers.push(...stepLayers(axes, held, colour, new Set(at)));
    for (const [place, mark] of inside.entries()) {
      const share = y[at[place] as number];
      if (share === undefined) continue;
      const title = `${percent(share)} at ${kind === 'cmc' ? 'rank' : 'FPIR'} ${label(mark)}`;
      layers.push({ kind: 'mark', at: [mark, share], colour, title });
    }
  }
  return {
    id: kind,
    title: kind === 'cmc' ? 'CMC curve' : 'DIR curve',
    description: `${axes.y.title} over ${axes.x.title}. ${curves.map(({ name, y }) => `${name}: ${percent(y[0] ?? 0)} at first, ${percent(y.at(-1) ?? 0)} at last`).join('; ')}.`,
    ...axes,
    layers,
    legend: curves.length > 1 ? curves.map(({ name }, i) => ({ name, colour: colourOf(i) })) : [],
  };
}

type Curves = StepPlot['curves'];
type Curve = Curves[number];

function rankAxis(curves: Curves): Axis {
  const last = Math.max(2, ...curves.map(({ x }) => x.at(-1) ?? 2));
  return last > 100 ? logAxis('rank', 1, last) : linearAxis('rank', 1, last);
}

function rateAxis(curves: Curves): Axis {
  const positive = curves.flatMap(({ x }) => x.find((rate) => rate > 0) ?? []);
  const least = Math.max(1e-9, Math.min(0.1, ...positive));
  const low = 10 ** Math.floor(Math.log10(least) + 1e-9);
  return logAxis('false positive identification rate (FPIR)', low, 1);
}

function shareAxis(kind: StepPlot['kind']): Axis {
  const title = kind === 'cmc' ? 'identified within rank' : 'detected and identified (DIR)';
  return linearAxis(title, 0, 1.02);
}

/** The curve with its last value continued to the end of the axis. */
function extended({ x, y, low, high }: Curve, end: number): Steps {
  const again = (column: readonly number[]) => [...column, ...column.slice(-1)];
  if (x.length === 0 || x.at(-1) === end) return { x, y, low, high };
  return { x: [...x, end], y: again(y), low: low && again(low), high: high && again(high) };
}

/** The curve from the lower end of the axis on, with the last value below it. */
function fromLow({ x, y, low, high }: Curve, start: number): Steps {
  const first = Math.max(
    0,
    x.findLastIndex((rate) => rate <= start),
  );
  const cut = (column: readonly number[]) => column.slice(first);
  return {
    x: cut(x).map((rate) => Math.max(rate, start)),
    y: cut(y),
    low: low && cut(low),
    high: high && cut(high),
  };
}
