import type { Interval } from '../evaluation/result.js';
import { type Markup, markup, type Part } from './markup.js';

/** A column of a table: its heading, and whether it holds numbers. */
export interface Column {
  heading: Part;
  numbers?: boolean;
}

/** A table that scrolls within itself where the page is too narrow. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
): Markup {
  const kind = (i: number) => columns[i]?.numbers && markup` class="n"`;
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<thead><tr>${columns.map(({ heading }, i) => markup`<th scope="col"${kind(i)}>${heading}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) => markup`
<tr>${cells.map((cell, i) => markup`<td${kind(i)}>${cell}</td>`)}</tr>`,
  )}
</tbody></table></div>
`;
}

/** Terms and what is said of them. */
export function pairsList(pairs: readonly (readonly [Part, Part])[]): Markup {
  return markup`<dl class="facts">${pairs.map(
    ([term, text]) => markup`
<div><dt>${term}</dt><dd>${text}</dd></div>`,
  )}
</dl>
`;
}

/** A section of the page, foldable on wish. */
export function section(id: string, heading: string, ...content: Part[]): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${heading}</h2>
${content}</section>
`;
}

/** The command that makes a page again. */
export function reproduce(command: string | undefined, heading: string): Markup | null {
  if (command === undefined) return null;
  return section(
    'reproduce',
    heading,
    markup`<pre><code>${command}</code></pre>
`,
  );
}

/** What stands for a figure that is undefined. */
export const MISSING = markup`<span class="missing">undefined</span>`;

/** A figure in words, or that it is undefined. */
export function figure(value: number | null, write: (value: number) => string): Part {
  return value === null ? MISSING : write(value);
}

/** `96.10 – 97.40 %`, in the words of the figure; the unit stands once. */
export function intervalText(interval: Interval, write: (value: number) => string): string {
  const [low, high] = [write(interval.low), write(interval.high)];
  return `${high.endsWith(' %') ? low.replace(/ %$/, '') : low} – ${high}`;
}
