/** Charts: what they hold and how they are drawn as SVG. */
import type { Axis, Tick } from './axis.js';
import { Markup, markup, pixels } from './markup.js';
import type { Point } from './thin-points.js';

/** A chart before it is drawn. */
export interface Chart {
  /** Distinct within a page; letters, digits and hyphens. */
  id: string;
  title: string;
  /** Description for screen readers. */
  description: string;
  x: Axis;
  y: Axis;
  /** Layers from back to front. */
  layers: readonly Layer[];
  /** Entries of the legend; none for a single curve. */
  legend: readonly LegendEntry[];
}

export interface LegendEntry {
  name: string;
  /** Class of its colour: `c0` to `c5`. */
  colour: string;
  /** A filled patch or a dot rather than a line. */
  sign?: 'patch' | 'dot';
}

/** A layer in data coordinates, clipped to the plot unless it is a mark. */
export type Layer =
  | { kind: 'line'; points: readonly Point[]; colour: string; dash?: boolean }
  | { kind: 'dots'; points: readonly Point[]; colour: string }
  | { kind: 'area'; points: readonly Point[]; colour: string }
  | { kind: 'mark'; at: Point; colour: string; title: string; hollow?: boolean; radius?: number }
  | { kind: 'arrow'; at: Point; toward: 'left' | 'down'; colour: string; title: string }
  | { kind: 'whisker'; at: Point; low: number; high: number; colour: string }
  | { kind: 'upright'; x: number; label: string; colour?: string };

/** Size of a chart without its legend and title, in units of its view box. */
export const FRAME = { width: 480, height: 340, left: 64, right: 14, top: 22, bottom: 46 };
const TITLE_HEIGHT = 26;
const LEGEND_LINE = 20;
const LEGEND_CHARACTERS = 54;

/** Place of a point, in units of the view box. */
export function place(chart: Pick<Chart, 'x' | 'y'>, [x, y]: Point): Point {
  const { width, height, left, right, top, bottom } = FRAME;
  return [
    left + chart.x.place(x) * (width - left - right),
    height - bottom - chart.y.place(y) * (height - top - bottom),
  ];
}

/** Draws a chart as an `svg` element; `standalone` adds the title and the style for a file. */
export function drawChart(chart: Chart, { standalone = false } = {}): Markup {
  const { id, title, description, legend } = chart;
  const head = standalone ? TITLE_HEIGHT : 0;
  const places = legendPlaces(legend);
  const legendHeight = Math.max(0, ...places.map(([, y]) => y - FRAME.height + 12));
  const height = FRAME.height + head + legendHeight;
  const namespace = standalone ? markup` xmlns="http://www.w3.org/2000/svg"` : null;
  return markup`<svg${namespace} class="chart" id="${id}" viewBox="0 0 ${FRAME.width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}</title>
<desc id="${id}-desc">${description}</desc>
${
  standalone &&
  markup`<style>${CHART_STYLE}</style>
<rect class="paper" width="100%" height="100%"/>
<text class="heading" x="${FRAME.left}" y="22">${title}</text>
`
}<clipPath id="${id}-clip">${plotRectangle()}</clipPath>
<g${head > 0 && markup` transform="translate(0 ${head})"`}>
${plotRectangle('plot')}
${drawAxes(chart)}
${plotRectangle('frame')}
<g clip-path="url(#${id}-clip)">
${chart.layers.map((layer) => (isMark(layer) ? null : drawLayer(chart, layer)))}</g>
${chart.layers.map((layer) => (isMark(layer) ? drawLayer(chart, layer) : null))}${legend.map((entry, i) => drawLegend(entry, places[i] as Point))}</g>
</svg>
`;
}

const isMark = ({ kind }: Layer) => kind === 'mark' || kind === 'arrow' || kind === 'upright';

function plotRectangle(name?: string): Markup {
  const { width, height, left, right, top, bottom } = FRAME;
  return markup`<rect${name && markup` class="${name}"`} x="${left}" y="${top}" width="${width - left - right}" height="${height - top - bottom}"/>`;
}

function drawAxes(chart: Chart): Markup {
  const { width, height, left, right, top, bottom } = FRAME;
  const [plotRight, plotBottom] = [width - right, height - bottom];
  const labelled = clearLabels(chart);
  const upright = chart.x.ticks.map((tick) => {
    const [x] = place(chart, [tick.value, chart.y.low]);
    const label = labelled.has(tick) && tick.label;
    return markup`<path class="grid" d="M${x} ${top}V${plotBottom}"/>${label && markup`<text class="tick" x="${x}" y="${plotBottom + 17}" text-anchor="middle">${label}</text>`}
`;
  });
  const level = chart.y.ticks.map((tick) => {
    const [, y] = place(chart, [chart.x.low, tick.value]);
    const label = labelled.has(tick) && tick.label;
    // In the corner the labels of both axes meet.
    const below = y > plotBottom - 4 ? 1 : 4;
    return markup`<path class="grid" d="M${left} ${y}H${plotRight}"/>${label && markup`<text class="tick" x="${left - 7}" y="${y + below}" text-anchor="end">${label}</text>`}
`;
  });
  const middle = (top + plotBottom) / 2;
  return markup`${upright}${level}<text class="axis" x="${(left + plotRight) / 2}" y="${height - 9}" text-anchor="middle">${chart.x.title}</text>
<text class="axis" transform="translate(12 ${middle}) rotate(-90)" text-anchor="middle">${chart.y.title}</text>`;
}

/** Ticks whose labels do not overlap those before them. */
function clearLabels(chart: Chart): Set<Tick> {
  const clear = new Set<Tick>();
  let free = Number.NEGATIVE_INFINITY;
  for (const tick of chart.x.ticks) {
    const [x] = place(chart, [tick.value, chart.y.low]);
    const half = textWidth(tick.label) / 2;
    if (x - half < free) continue;
    clear.add(tick);
    free = x + half + 5;
  }
  let above = Number.POSITIVE_INFINITY;
  for (const tick of chart.y.ticks) {
    const [, y] = place(chart, [chart.x.low, tick.value]);
    if (y > above) continue;
    clear.add(tick);
    above = y - 14;
  }
  return clear;
}

/** Approximate width of a text, in units of the view box. */
function textWidth(text: string): number {
  return [...text].length * 7;
}

function drawLayer(chart: Chart, layer: Layer): Markup {
  switch (layer.kind) {
    case 'line':
      return markup`<path class="line ${layer.colour}${layer.dash ? ' dash' : ''}" d="${path(chart, layer.points)}"/>
`;
    case 'area':
      return markup`<path class="area ${layer.colour}" d="${path(chart, layer.points)}Z"/>
`;
    case 'dots':
      return markup`<path class="dots ${layer.colour}" d="${layer.points.map((point) => markup`M${place(chart, point).map(pixels).join(' ')}h0`)}"/>
`;
    case 'whisker': {
      const [x, low] = place(chart, [layer.at[0], layer.low]);
      const [, high] = place(chart, [layer.at[0], layer.high]);
      return markup`<path class="whisker ${layer.colour}" d="M${x} ${low}V${high}M${x - 4} ${low}h8M${x - 4} ${high}h8"/>
`;
    }
    case 'mark': {
      const [x, y] = place(chart, layer.at);
      return markup`<circle class="mark ${layer.colour}${layer.hollow ? ' hollow' : ''}" cx="${x}" cy="${y}" r="${layer.radius ?? 4}"><title>${layer.title}</title></circle>
`;
    }
    case 'arrow': {
      const [x, y] = place(chart, layer.at);
      const shape = layer.toward === 'left' ? 'l9 -5v10z' : 'l-5 -9h10z';
      return markup`<path class="arrow ${layer.colour}" d="M${x} ${y}${shape}"><title>${layer.title}</title></path>
`;
    }
    case 'upright': {
      const [x] = place(chart, [layer.x, chart.y.low]);
      const { top, height, bottom } = FRAME;
      const anchor = x > FRAME.width - 60 ? 'end' : 'middle';
      return markup`<path class="asked${layer.colour && ` line ${layer.colour}`}" d="M${x} ${top}V${height - bottom}"/><text class="tick" x="${x}" y="${top - 6}" text-anchor="${anchor}">${layer.label}</text>
`;
    }
  }
}

function path(chart: Chart, points: readonly Point[]): Markup {
  const places = points.map((point) => place(chart, point).map(pixels).join(' '));
  return markup`${places.length > 0 && `M${places.join('L')}`}`;
}

/** Places of the entries of a legend: side by side while there is room. */
function legendPlaces(legend: readonly LegendEntry[]): Point[] {
  const places: Point[] = [];
  let [x, line] = [FRAME.left, 0];
  for (const { name } of legend) {
    const width = 30 + textWidth(shorten(name, LEGEND_CHARACTERS)) + 16;
    if (x > FRAME.left && x + width > FRAME.width) [x, line] = [FRAME.left, line + 1];
    places.push([x, FRAME.height + 8 + line * LEGEND_LINE]);
    x += width;
  }
  return places;
}

function drawLegend({ name, colour, sign: kind }: LegendEntry, [x, y]: Point): Markup {
  const short = shorten(name, LEGEND_CHARACTERS);
  const sign =
    kind === 'patch'
      ? markup`<rect class="area ${colour}" x="${x}" y="${y - 6}" width="22" height="12"/><path class="line ${colour}" d="M${x} ${y - 6}h22"/>`
      : kind === 'dot'
        ? markup`<path class="dots ${colour}" d="M${x + 11} ${y}h0"/>`
        : markup`<path class="line ${colour}" d="M${x} ${y}h22"/>`;
  return markup`${sign}<text class="name" x="${x + 30}" y="${y + 4}">${short}${short !== name && markup`<title>${name}</title>`}</text>
`;
}

/** Shortens a text in the middle to at most `most` characters. */
export function shorten(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - half).join('')}…${characters.slice(-half).join('')}`;
}

/** Colours that are distinct for every kind of colour vision and stand out from the background. */
const LIGHT = ['#0067a5', '#c2410c', '#00795a', '#9b3f86', '#7a6400', '#4b5563'];
const DARK = ['#5bb4f0', '#ff9d5c', '#3fcf9f', '#e79bd4', '#e3c94b', '#b6bfca'];
/** Dashes, so that colour is not the only sign of a curve. */
const DASHES = ['', '', '7 3', '2 3', '9 3 2 3', '4 4'];

const colours = (list: readonly string[]) => list.map((c, i) => `--c${i}:${c}`).join(';');

/** The style of charts, for a page or for a file of its own. */
export const CHART_STYLE = new Markup(`
.chart{${colours(LIGHT)};--paper:#fff;--plot:#fff;--ink:#1b2430;--soft:#566273;--grid:#e3e7ec;--edge:#aeb7c2;font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
@media (prefers-color-scheme:dark){.chart{${colours(DARK)};--paper:#12171e;--plot:#12171e;--ink:#e8edf3;--soft:#a3aebb;--grid:#29323d;--edge:#5a6674}}
@media print{.chart{${colours(LIGHT)};--paper:#fff;--plot:#fff;--ink:#1b2430;--soft:#566273;--grid:#e3e7ec;--edge:#aeb7c2}}
.chart .paper{fill:var(--paper)}
.chart .plot{fill:var(--plot)}
.chart .frame{fill:none;stroke:var(--edge)}
.chart text{fill:var(--ink)}
.chart .heading{font-size:15px;font-weight:600}
.chart .tick{fill:var(--soft);font-size:12px}
.chart .axis,.chart .name{font-size:13px}
@media screen and (max-width:560px){.chart .tick{font-size:14px}.chart .axis{font-size:15px}}
.chart .grid{stroke:var(--grid);fill:none}
.chart .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
.chart .line.dash{stroke:var(--edge);stroke-width:1.25;stroke-dasharray:5 4}
.chart .line.thin{stroke-width:1}
.chart .dots{fill:none;stroke:var(--c);stroke-width:5;stroke-linecap:round}
.chart .dots.c5{stroke-opacity:.4}
.chart .cursor{fill:none;stroke:var(--ink);stroke-width:2}
.chart .area{fill:var(--c);fill-opacity:.2}
.chart .whisker{fill:none;stroke:var(--c);stroke-width:1.5}
.chart .mark{fill:var(--c);stroke:var(--plot);stroke-width:1.5}
.chart .mark.hollow{fill:var(--plot);stroke:var(--c)}
.chart .arrow{fill:var(--c)}
.chart .asked{fill:none;stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
.chart .asked.line{stroke:var(--c)}
${DASHES.map((dash, i) => `.chart .c${i}{--c:var(--c${i})${dash && `;stroke-dasharray:${dash}`}}`).join('\n')}
.chart .mark,.chart .arrow,.chart .area,.chart .whisker,.chart .dots{stroke-dasharray:none}
`);

export function colourOf(i: number): string {
  return `c${i % LIGHT.length}`;
}
