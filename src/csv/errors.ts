import { HackfaceError } from '../errors.js';

const QUOTED_CHARACTERS = 40;
const LISTED = 12;

/** A cell as it reads in a message: quoted, escaped, at most 40 characters. */
export function quoteText(text: string): string {
  const characters = [...text.slice(0, 2 * QUOTED_CHARACTERS + 2)];
  const shown = characters.slice(0, QUOTED_CHARACTERS).join('');
  const cut = shown.length < text.length ? '…' : '';
  return `"${escapeText(shown)}${cut}"`;
}

/** A list as it reads in a message: at most twelve entries, then how many more. */
export function listTexts(texts: readonly string[], total = texts.length): string {
  const shown = texts.slice(0, LISTED);
  const more = total - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

// What JSON leaves as it is but a terminal or a log would act on.
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escapeText(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(UNPRINTABLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function badFormat(
  file: string,
  line: number,
  details: { found: string; expected: string; hint: string; offset?: number },
): HackfaceError {
  return new HackfaceError('ECSVFORMAT', 'data', { file, line, ...details });
}

/** A blank line before the end of the data. */
export function blankLine(file: string, line: number): HackfaceError {
  return badFormat(file, line, {
    found: 'a blank line between lines with data',
    expected: 'blank lines only at the end of the file',
    hint: 'Remove the line, or write an empty cell as ""',
  });
}

/** A quote opened and never closed. */
export function openQuote(file: string, line: number): HackfaceError {
  return badFormat(file, line, {
    found: 'a quote that opens here and is never closed',
    expected: 'a closing quote before the end of the file',
    hint: 'Close the quote, or write a quote inside a quoted cell as ""',
  });
}

/** A quote in the middle of a field that did not start with one. */
export function strayQuote(file: string, line: number): HackfaceError {
  return badFormat(file, line, {
    found: 'a quote inside a cell that does not start with one',
    expected: 'cells with quotes to be quoted as a whole',
    hint: 'Write the cell as "…" with each inner quote doubled',
  });
}

/** Something other than a comma or a line end behind a closing quote. */
export function textAfterQuote(file: string, line: number, byte: number): HackfaceError {
  const what = byte < 0x80 ? quoteText(String.fromCharCode(byte)) : 'text';
  return badFormat(file, line, {
    found: `${what} behind a closing quote`,
    expected: 'a comma or the end of the line there',
    hint: 'Write a quote inside a quoted cell as ""',
  });
}

/** A record longer than the limit. */
export function recordTooLong(
  file: string,
  line: number,
  limit: number,
  quoteOpenedOn: number,
): HackfaceError {
  const quote = quoteOpenedOn === 0 ? '' : `, in a quote opened on line ${quoteOpenedOn}`;
  return badFormat(file, line, {
    found: `a record of more than ${limit} bytes${quote}`,
    expected: `at most ${limit} bytes from one line end to the next`,
    hint: 'Check that this is a CSV file with line ends and closed quotes',
  });
}

/** A record with more fields than the limit. */
export function tooManyColumns(file: string, line: number, limit: number): HackfaceError {
  return badFormat(file, line, {
    found: `more than ${limit} columns`,
    expected: `at most ${limit}`,
    hint: 'Keep only the columns that are needed',
  });
}

/** A record whose number of fields differs from that of the first line. */
export function wrongFieldCount(
  file: string,
  line: number,
  fields: number,
  width: number,
): HackfaceError {
  return badFormat(file, line, {
    found: fields === 1 ? '1 field' : `${fields} fields`,
    expected: `${width}, as on the first line`,
    hint: fields < width ? 'Add the missing cells' : 'Quote cells that contain a comma',
  });
}

/** Bytes that are no UTF-8 text; `position` is that of the first within `bytes`. */
export function notText(
  file: string,
  line: number,
  offset: number,
  bytes: Uint8Array,
  position: number,
): HackfaceError {
  const byte = bytes[position] as number;
  const hex = `0x${byte.toString(16).padStart(2, '0')}`;
  const utf16 = offset === 0 ? isUtf16Mark(bytes, position) : byte === 0 && offset === 1;
  let found = byte === 0 ? `a NUL byte at byte ${offset}` : `${hex} at byte ${offset}`;
  if (utf16) found += ', as in UTF-16 text';
  const npy = offset === 0 && byte === 0x93;
  if (npy) found += ', as in a .npy file';
  return badFormat(file, line, {
    found,
    expected: 'UTF-8 text',
    hint: npy ? 'Check the order of the file names' : 'Save the file as CSV in UTF-8',
    offset,
  });
}

/** How archives begin that are handed in as tables; the first bytes of a spreadsheet are those of a zip. */
const ARCHIVES = [
  { start: '\x1f\x8b', what: 'a gzip archive', hint: 'Unpack it first: gunzip FILE.gz' },
  {
    start: 'PK\x03\x04',
    what: 'a zip archive, perhaps .xlsx',
    hint: 'Unpack it first, or save the spreadsheet as CSV',
  },
];

/** The error for a file that begins as an archive does. */
export function archive(file: string, bytes: Buffer): HackfaceError | undefined {
  const found = ARCHIVES.find(({ start }) => bytes.toString('latin1', 0, start.length) === start);
  if (found === undefined) return undefined;
  const { what, hint } = found;
  return badFormat(file, 1, { found: what, expected: 'UTF-8 text', hint, offset: 0 });
}

function isUtf16Mark(bytes: Uint8Array, position: number): boolean {
  const [first, second] = [bytes[position], bytes[position + 1]];
  return first === 0 || (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** A cell that cannot be read as what its column holds. */
export function badValue(
  file: string,
  line: number,
  column: string,
  text: string,
  expected: string,
  hint: string,
): HackfaceError {
  const found = text === '' ? 'an empty cell' : quoteText(text);
  return new HackfaceError('ECSVVALUE', 'data', { file, line, column, found, expected, hint });
}

/** A row number beyond the last row of the matrix. */
export function indexTooLarge(
  file: string,
  line: number,
  column: string,
  text: string,
  rows: number,
  hint = 'Rows are counted from 0; check that this file belongs to that matrix',
): HackfaceError {
  return new HackfaceError('EINDEX', 'data', {
    file,
    line,
    column,
    found: quoteText(text).slice(1, -1),
    expected: `a row number below ${rows}`,
    hint,
  });
}

/** A value for the second time in a column that must not repeat. */
export function duplicate(
  file: string,
  line: number,
  column: string,
  text: string,
  firstLine: number,
): HackfaceError {
  return new HackfaceError('EDUPLICATE', 'data', {
    file,
    line,
    column,
    found: `${quoteText(text)} again, first seen on line ${firstLine}`,
    expected: 'each value once',
    hint: 'Remove one of the two lines',
  });
}

/** A file without a single row. */
export function noRows(file: string, empty: boolean): HackfaceError {
  return new HackfaceError('EEMPTY', 'data', {
    file,
    found: empty ? 'an empty file, no rows' : 'a header line and no rows',
    expected: 'at least one row',
    hint: 'Check that the file was written completely',
  });
}
