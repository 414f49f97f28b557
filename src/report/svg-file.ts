/** Charts as SVG files: their names and how they are written. */
import { basename } from 'node:path';
import { type ErrorDetails, HackfaceError } from '../errors.js';
import { type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { type Chart, drawChart } from './chart.js';
import type { Markup } from './markup.js';

/** Draws a chart as a file of its own. */
export function svgOf(chart: Chart): Markup {
  return drawChart(chart, { standalone: true });
}

/** Writes a chart that {@link svgOf} drew. Errors: those of writing a file. */
export async function writeChart(svg: Markup, path: string, options: WriteOptions): Promise<void> {
  await writeFileAtomic(path, [Buffer.from(svg.text)], options);
}

/** Rejects a name that does not end in `.svg` (`EOPTION`). */
export function requireSvg(path: string): void {
  if (path.toLowerCase().endsWith('.svg')) return;
  throw refusal(`the name ${basename(path)}`, 'a name that ends in .svg');
}

/** The words of a file's name, between hyphens, dots, underscores and spaces. */
export function nameWords(path: string): string[] {
  return basename(path)
    .toLowerCase()
    .split(/[-_.\s]/);
}

/** `EOPTION` for a file whose name has no word for the kind of its plot. */
export function unknownKind(path: string, expected: string): HackfaceError {
  const advice = { text: 'choose the kind of plot', option: 'kind' };
  return refusal(`the name ${basename(path)}`, expected, { hint: 'Rename it', advice });
}

/** `EOPTION`: an option or an argument that cannot be drawn. */
export function refusal(
  found: string,
  expected: string,
  cure: Pick<ErrorDetails, 'hint' | 'advice'> = {},
): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', { found, expected, ...cure });
}
