/** Parts that pages are made of: sections, tables, figures. */
import type { Figure, Interval } from '../evaluation/result.js';
import { type Chart, drawChart } from './chart.js';
import { isolated, type Markup, markup, type Part } from './markup.js';
import { count, minus, percent, rate, value } from './number-text.js';

/** A document that gives reasons for its undefined figures, by the path of the key. */
interface Explained {
  undefinedBecause: Readonly<Record<string, string>>;
}

/**
 * A table; on a phone each row becomes a list of its cells, each with its heading. A heading that starts
 * with `#` is that of a column of numbers. The caption is read to those who do not see it, and is the only one on the page.
 */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Part[])[],
): Markup {
  const kind = (i: number) => columns[i]?.startsWith('#') && markup` class="n"`;
  const named = (i: number) => markup` data-of="${columns[i]?.replace('#', '') ?? ''}"`;
  return markup`<div class="scroll" role="region" aria-label="${caption}, table" tabindex="0"><table>
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
    `#${names.rate} reached`,
    `#${names.count}`,
    'resolution',
  ];
  const rows = points.map((p): Part[] => [
    rate(p.asked),
    figure(p.threshold, value),
    ranged(p.share, p.shareInterval, percent),
    ranged(p.reached, p.reachedInterval, rate),
    figure(p.count, count),
    markup`<span class="${p.resolution}">${p.resolution}</span>`,
  ]);
  return section(
    'thresholds',
    'Thresholds',
    markup`<p>${text}${belowText(points.map((p) => p.shareInterval ?? p.reachedInterval))}</p>
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

/**
 * An interval such as `96.10 – 97.40 %`, in the format of its figure; the unit occurs once. A dash beside a sign would
 * be taken for one, so there it is `−3 to 2`.
 */
export function intervalText(interval: Interval, write: (value: number) => string): string {
  const [low, high] = [minus(write(interval.low)), minus(write(interval.high))];
  if (/^[−+]/.test(low) || /^[−+]/.test(high)) return `${low} to ${high}`;
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

/** Says which intervals stand below the figures of a table, as the last sentence of a paragraph; nothing without any. */
export function belowText(intervals: readonly (Interval | null)[]): string {
  const level = intervals.find((interval) => interval !== null)?.level;
  return level === undefined ? '' : ` Below a figure is its ${levelText(level)} interval.`;
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
      : markup`<p class="range">${intervalText(interval, write)}</p><p class="note">${methodText(interval)}</p>`;
  const why = value === null && because;
  return markup`<div class="card"><h3>${name}</h3><p class="big">${figure(value, write)}</p>${range}${why && markup`<p class="note">${why}</p>`}${note && markup`<p class="note">${note}</p>`}</div>
`;
}

/** A level such as `95 %`, which no line break tears apart. */
export const levelText = (level: number) => `${Number((level * 100).toPrecision(4))}\u00a0%`;
const methodText = ({ level, method }: Interval) => `${levelText(level)} interval: ${method}`;

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
<ul>${warnings.map(({ code, text }) => markup`<li>${isolated(text)} <code>${code}</code></li>`)}</ul></section>
`;
}
