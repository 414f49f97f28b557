/** The slider that reads rates and costs at any threshold of the curve; without script it is absent. */
import type { Evaluation } from '../evaluation/result.js';
import { FRAME, place, type Chart } from './chart.js';
import { type Markup, markup, type Part, pixels } from './markup.js';
import { count, percent, rate, value } from './number-text.js';
import type { Point } from './thin-points.js';

/**
 * Shows the section and follows the slider. All texts and places are in the page, a stop each: `data-stops` has
 * one for each `output`, then where the marks stand in the two charts. Has no `<` and no `&`, so that the
 * page stays well-formed XML.
 */
export const SLIDER_SCRIPT = `{
const section = document.getElementById('slider');
const input = section.querySelector('input');
const outputs = [...section.querySelectorAll('output')];
const stops = section.dataset.stops.split(';').map((stop) => stop.split('|'));
const marks = ['roc', 'histogram'].map((id) => {
  const chart = document.getElementById(id);
  const mark = document.createElementNS(chart.namespaceURI, 'path');
  mark.setAttribute('class', 'cursor');
  chart.lastElementChild.append(mark);
  return mark;
});
const show = () => {
  const stop = stops[input.value];
  outputs.forEach((output, i) => { output.textContent = stop[i]; });
  marks.forEach((mark, i) => mark.setAttribute('d', stop[outputs.length + i]));
  input.setAttribute('aria-valuetext', 'threshold ' + stop[0]);
};
input.addEventListener('input', show);
section.hidden = false;
show();
}`;

/** SHA-256 of the script in base64, by which the page allows it; the tests compute it. */
export const SLIDER_HASH = 'EU0CPDDRvE6WfcX25JnVE/01D7EPShZYrvojynVLxcs=';

/** The slider, at first where the strictest rate that the pairs resolve is reached. */
export function thresholdSlider(
  evaluation: Evaluation,
  { roc, histogram }: { roc: Chart; histogram: Chart },
): Markup {
  const { curve, detectionCost, genuine, impostors } = evaluation;
  const stops = curve.threshold.map((threshold, i) => {
    const figures = figuresAt(evaluation, i);
    const texts = [
      value(threshold),
      rate(figures.far),
      count(figures.falseAccepts),
      percent(figures.tar),
      count(figures.accepted),
      percent(figures.frr),
      count(figures.falseRejects),
      ...figures.costs.map((cost) => cost.toFixed(4)),
    ];
    const marks = [ring(roc, [figures.far, figures.tar]), upright(histogram, threshold)];
    return [...texts, ...marks].join('|');
  });
  const output = (name?: string) =>
    markup`<output for="slider-at"${name && markup` class="${name}"`}></output>`;
  const shown = (name: string, note: Part) =>
    markup`<div class="card"><h3>${name}</h3><p>${output('big')}</p><p class="note">${note}</p></div>`;
  const cards = [
    shown('Threshold', evaluation.orientation),
    shown('FAR', markup`${output()} of ${count(impostors)} impostor pairs accepted`),
    shown('TAR', markup`${output()} of ${count(genuine)} genuine pairs accepted`),
    shown('FRR', markup`${output()} of ${count(genuine)} genuine pairs rejected`),
    ...detectionCost.map(({ prior, costMiss, costFalseAccept }) =>
      shown(
        `Detection cost, prior ${value(prior)}`,
        `cost of a miss ${value(costMiss)}, of a false accept ${value(costFalseAccept)}; 1 is no better than not looking`,
      ),
    ),
  ];
  return markup`<section id="slider" aria-labelledby="slider-h" hidden="" data-stops="${stops.join(';')}"><h2 id="slider-h">Any threshold</h2>
<p><label for="slider-at">Slide from the strictest threshold to the loosest, or press the arrow keys; a ring in the ROC curve and a line in the histogram follow.</label></p>
<input id="slider-at" type="range" min="0" max="${stops.length - 1}" value="${firstStop(evaluation)}"/>
<div class="cards">${cards}</div></section>
`;
}

/** Rates, counts and costs of a point of the curve, as the library has them. */
export function figuresAt({ curve, genuine, impostors, detectionCost }: Evaluation, point: number) {
  const [far, tar] = [curve.far[point] as number, curve.tar[point] as number];
  const accepted = Math.round(tar * genuine);
  const falseRejects = genuine - accepted;
  const frr = falseRejects / genuine;
  const costs = detectionCost.map(({ prior, costMiss, costFalseAccept }) => {
    const [miss, accept] = [costMiss * prior, costFalseAccept * (1 - prior)];
    return (miss * frr + accept * far) / Math.min(miss, accept);
  });
  const falseAccepts = Math.round(far * impostors);
  return { far, tar, frr, accepted, falseAccepts, falseRejects, costs };
}

function firstStop({ curve, tarAtFar }: Evaluation): number {
  const asked = tarAtFar.filter(({ resolution }) => resolution === 'resolved');
  const least = Math.min(0.1, ...asked.map(({ far }) => far));
  return Math.max(
    0,
    curve.far.findLastIndex((far) => far <= least),
  );
}

/** A ring around a point, or nothing outside of the plot. */
function ring(chart: Chart, point: Point): string {
  const [x, y] = place(chart, point);
  if (!isInside([x, y])) return '';
  return `M${pixels(x - 7)} ${pixels(y)}a7 7 0 1 1 0 .01z`;
}

function upright(chart: Chart, at: number): string {
  const [x] = place(chart, [at, chart.y.low]);
  return isInside([x, FRAME.top])
    ? `M${pixels(x)} ${FRAME.top}V${FRAME.height - FRAME.bottom}`
    : '';
}

function isInside([x, y]: Point): boolean {
  const { width, height, left, right, top, bottom } = FRAME;
  return x >= left - 1 && x <= width - right + 1 && y >= top - 1 && y <= height - bottom + 1;
}
