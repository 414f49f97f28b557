/** Parts that pages are made of: sections, tables, figures. */
import type { Figure, Interval } from '../evaluation/result.js';
import { type Chart, drawChart } from './chart.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, percent, rate, value } from './number-text.js';

/** A document that gives reasons for its undefined figures, by the path of the key. */
interface Explained {
  undefinedBecause: Readonly<Record<string, string>>;
}

/**
 * A table; on a phone each row becomes a list of its cells, each with its heading. A heading that starts
 * with `#` is that of a column of numbers.
 */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Part[])[],
): Markup {
  const kind = (i: number) => columns[i]?.startsWith('#') && markup` class="n"`;
  const named = (i: number) => markup` data-of="${columns[i]?.replace('#', '') ?? ''}"`;
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<thead><tr>${columns.map((heading, i) => markup`<th scope="col"${kind(i)}>${heading.replace('#', '')}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) => markup`
<tr>${cells.map((cell, i) => markup`<td${kind(i)}${named(i)}>${cell}</td>`)}</tr>`,
  )}
</tbody></table></div>
`;
}

/** Acceptance at a rate that was asked for. */
export interface PointAtRate {
  asked: number;
  threshold: number | null;
  share: number | null;
  shareInterval: Interval | null;
  reached: number | null;
  reachedInterval: Interval | null;
  count: number | null;
  resolution: string;
}

/** The section of thresholds: a table of acceptance at each rate asked for. */
export function thresholdSection(
  text: string,
  names: { rate: string; share: string; count: string },
  points: readonly PointAtRate[],
): Markup | null {
  if (points.length === 0) return null;
  const columns = [
    `#${names.rate} asked`,
    '#threshold',
    `#${names.share}`,
    '#interval',
    `#${names.rate} reached`,
    '#interval',
    `#${names.count}`,
    'resolution',
  ];
  const rows = points.map((p): Part[] => [
    rate(p.asked),
    figure(p.threshold, value),
    figure(p.share, percent),
    p.shareInterval && intervalText(p.shareInterval, percent),
    figure(p.reached, rate),
    p.reachedInterval && intervalText(p.reachedInterval, rate),
    figure(p.count, count),
    markup`<span class="${p.resolution}">${p.resolution}</span>`,
  ]);
  return section(
    'thresholds',
    'Thresholds',
    markup`<p>${text}</p>
`,
    table('Thresholds', columns, rows),
  );
}

export function pairsList(pairs: readonly (readonly [Part, Part])[]): Markup {
  return markup`<dl class="facts">${pairs.map(
    ([term, text]) => markup`
<div><dt>${term}</dt><dd>${text}</dd></div>`,
  )}
</dl>
`;
}

export function section(id: string, heading: string, ...content: Part[]): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${heading}</h2>
${content}</section>
`;
}

export function reproduce(command: string | undefined, heading: string): Markup | null {
  if (command === undefined) return null;
  return section(
    'reproduce',
    heading,
    markup`<pre><code>${command}</code></pre>
`,
  );
}

/** Stands for an undefined figure. */
export const MISSING = markup`<span class="missing">undefined</span>`;

/** A figure as text, or {@link MISSING}. */
export function figure(value: number | null, write: (value: number) => string): Part {
  return value === null ? MISSING : write(value);
}

/** An interval such as `96.10 – 97.40 %`, in the format of its figure; the unit occurs once. */
export function intervalText(interval: Interval, write: (value: number) => string): string {
  const [low, high] = [write(interval.low), write(interval.high)];
  return `${high.endsWith(' %') ? low.replace(/ %$/, '') : low} – ${high}`;
}

/** A figure with its interval below it. */
export function ranged(
  value: number | null,
  interval: Interval | null,
  write: (value: number) => string,
): Part {
  if (value === null || interval === null) return figure(value, write);
  return markup`<span>${write(value)}<span class="of">${intervalText(interval, write)}</span></span>`;
}

/** A figure with its interval, or the reason why it has none. `path` is the path of its key. */
export function card(
  { undefinedBecause }: Explained,
  name: string,
  { value, interval }: Figure,
  write: (value: number) => string,
  path: string,
  note: string,
): Markup {
  const because = undefinedBecause[path] ?? undefinedBecause[`${path}.value`];
  const noInterval = undefinedBecause[`${path}.interval`] ?? undefinedBecause[`${path}Interval`];
  const range =
    interval === null
      ? value !== null && noInterval && markup`<p class="note">no interval: ${noInterval}</p>`
      : markup`<p class="range">${intervalText(interval, write)}</p><p class="note">${levelText(interval)}</p>`;
  const why = value === null && because;
  return markup`<div class="card"><h3>${name}</h3><p class="big">${figure(value, write)}</p>${range}${why && markup`<p class="note">${why}</p>`}${note && markup`<p class="note">${note}</p>`}</div>
`;
}

const levelText = ({ level, method }: Interval) =>
  `${Number((level * 100).toPrecision(4))} % interval: ${method}`;

export function figureOf([chart, caption]: [Chart, string]): Markup {
  return markup`<figure><figcaption>${chart.title}<span>${caption}</span></figcaption>
${drawChart(chart)}</figure>
`;
}

/** Warnings, which come first. */
export function warningList({
  warnings,
}: {
  warnings: readonly { code: string; text: string }[];
}): Markup | null {
  if (warnings.length === 0) return null;
  return markup`<section id="warnings" aria-labelledby="warnings-h"><h2 id="warnings-h">Before you trust a figure</h2>
<ul>${warnings.map(({ code, text }) => markup`<li>${text} <code>${code}</code></li>`)}</ul></section>
`;
}
