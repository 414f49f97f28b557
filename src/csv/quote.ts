/** Texts as cells of CSV. */
import { flag, optional, type Rules } from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { quoteText } from '../printable.js';

/** How texts are written as cells. */
export interface CellOptions {
  /** True if a text may start with = + - @, tab or carriage return; default false. */
  allowFormulas?: boolean | undefined;
}

/** Validation rules for {@link CellOptions}. */
export const CELL_RULES: Rules<CellOptions> = { allowFormulas: optional(flag) };

/** Writes a cell as CSV: quoted if it holds a quote, a comma or a line end. */
export function quoteCell(text: string): string {
  if (!/[",\r\n]/.test(text)) return text;
  return `"${text.replaceAll('"', '""')}"`;
}

/** True for a text that a spreadsheet may run instead of showing it. */
export function startsLikeFormula(text: string): boolean {
  return text !== '' && '=+-@\t\r'.includes(text[0] as string);
}

/** Refuses a text that a spreadsheet may run (`ECSVVALUE`), unless such are allowed. */
export function refuseFormulas(
  texts: Iterable<string>,
  place: { file: string; line?: number; column: string },
  { allowFormulas = false }: CellOptions,
): void {
  if (allowFormulas) return;
  for (const text of texts) {
    if (!startsLikeFormula(text)) continue;
    throw new HackfaceError('ECSVVALUE', 'data', {
      ...place,
      found: quoteText(text),
      expected:
        'a text that does not start with = + - @, tab or carriage return, which spreadsheets run',
      hint: 'Rename it',
      advice: { text: 'accept it', option: 'allowFormulas', value: 'true' },
    });
  }
}

/** {@link refuseFormulas} for classes: a whole number is one, such as the class -1 of rows that take no part. */
export function refuseFormulaClasses(
  classes: Iterable<string>,
  place: { file: string; column: string },
  options: CellOptions,
): void {
  const texts = [...classes].filter((text) => !/^-?\d+$/.test(text));
  refuseFormulas(texts, place, options);
}
