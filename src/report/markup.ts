/** Templates of HTML and SVG that escape what is put in. */
import { HackfaceError } from '../errors.js';
import { printable } from '../printable.js';

/** Markup, made by {@link markup}. */
export class Markup {
  /** @internal */
  constructor(readonly text: string) {}
}

/** A part of a template: text is escaped, numbers are written with two decimals. */
export type Part = string | number | Markup | readonly Part[] | null | undefined | false;

/**
 * Makes markup of SVG or HTML from a template. Parts are escaped, both in an element and in a quoted
 * attribute; `null`, `undefined` and `false` become nothing. A number that is not finite is a bug of
 * the caller and rejected.
 */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let all = texts[0] as string;
  for (const [i, part] of parts.entries()) all += written(part) + texts[i + 1];
  return new Markup(all);
}

/**
 * Escapes characters that mean something in markup, makes the text {@link printable}, and replaces what
 * else XML forbids.
 */
export function escapeText(text: string): string {
  return printable(text)
    .replaceAll(/\p{Surrogate}|[\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Letters that are written from right to left, and what lies between two of them. */
const FROM_RIGHT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]+(?:[\s'’"״׳-]+[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]+)*/gu;

/**
 * A text of HTML in which a name that is written from right to left stands by itself. Otherwise it takes numbers and
 * names behind it along, and a list such as `name (17), name (18)` is shown in another order.
 */
export function isolated(text: string): Markup {
  const parts: Part[] = [];
  let from = 0;
  for (const { 0: name, index } of text.matchAll(FROM_RIGHT)) {
    parts.push(text.slice(from, index), markup`<bdi>${name}</bdi>`);
    from = index + name.length;
  }
  return markup`${[...parts, text.slice(from)]}`;
}

function written(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return pixels(part);
  return part.map(written).join('');
}

/** A length or a coordinate: hundredths are finer than any screen. */
export function pixels(value: number): string {
  if (!Number.isFinite(value)) {
    throw new HackfaceError('EINTERNAL', 'internal', {
      found: `${value} as a coordinate of a figure`,
      expected: 'a finite number',
      hint: 'This is a bug in hackface-native: please report it with this message',
    });
  }
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}
