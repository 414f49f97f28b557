/** Errors of CSV files. */
import { HackfaceError } from '../errors.js';
import { quoteText } from '../printable.js';

const LISTED = 12;

/** Writes a list for a message: at most twelve entries, then the number of others. */
export function listTexts(texts: readonly string[], total = texts.length): string {
  const shown = texts.slice(0, LISTED);
  const more = total - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function badFormat(
  file: string,
  line: number,
  found: string,
  expected: string,
  hint: string,
  offset?: number,
): HackfaceError {
  const place = offset === undefined ? { file, line } : { file, line, offset };
  return new HackfaceError('ECSVFORMAT', 'data', { ...place, found, expected, hint });
}

export function blankLine(file: string, line: number): HackfaceError {
  const expected = 'blank lines only at the end of the file';
  const hint = 'Remove the line, or write an empty cell as ""';
  return badFormat(file, line, 'a blank line between lines with data', expected, hint);
}

export function openQuote(file: string, line: number): HackfaceError {
  const expected = 'a closing quote before the end of the file';
  const hint = 'Close the quote, or write a quote inside a quoted cell as ""';
  return badFormat(file, line, 'a quote that opens here and is never closed', expected, hint);
}

/** A quote in the middle of a field that did not start with one. */
export function strayQuote(file: string, line: number): HackfaceError {
  const expected = 'cells with quotes to be quoted as a whole';
  const hint = 'Write the cell as "…" with each inner quote doubled';
  return badFormat(
    file,
    line,
    'a quote inside a cell that does not start with one',
    expected,
    hint,
  );
}

/** Text between a closing quote and the next comma or line end. */
export function textAfterQuote(file: string, line: number, byte: number): HackfaceError {
  const what = byte < 0x80 ? quoteText(String.fromCharCode(byte)) : 'text';
  const expected = 'a comma or the end of the line there';
  const hint = 'Write a quote inside a quoted cell as ""';
  return badFormat(file, line, `${what} behind a closing quote`, expected, hint);
}

export function recordTooLong(
  file: string,
  line: number,
  limit: number,
  quoteOpenedOn: number,
): HackfaceError {
  const quote = quoteOpenedOn === 0 ? '' : `, in a quote opened on line ${quoteOpenedOn}`;
  const found = `a record of more than ${limit} bytes${quote}`;
  const expected = `at most ${limit} bytes from one line end to the next`;
  const hint = 'Check that this is a CSV file with line ends and closed quotes';
  return badFormat(file, line, found, expected, hint);
}

export function tooManyColumns(file: string, line: number, limit: number): HackfaceError {
  const hint = 'Keep only the columns that are needed';
  return badFormat(file, line, `more than ${limit} columns`, `at most ${limit}`, hint);
}

export function wrongFieldCount(
  file: string,
  line: number,
  fields: number,
  width: number,
): HackfaceError {
  const found = fields === 1 ? '1 field' : `${fields} fields`;
  const hint =
    fields < width
      ? 'Add the missing cells'
      : 'Quote cells that contain a comma, and end no line with one';
  return badFormat(file, line, found, `${width}, as on the first line`, hint);
}

/** Bytes that are no UTF-8 text; `position` is the place of the first in `bytes`. */
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
  const hint = npy ? 'Check the order of the file names' : 'Save the file as CSV in UTF-8';
  return badFormat(file, line, found, 'UTF-8 text', hint, offset);
}

/** First bytes of archives that users pass as tables; a spreadsheet starts as a zip archive does. */
const ARCHIVES = [
  { start: '\x1f\x8b', what: 'a gzip archive', hint: 'Unpack it first: gunzip FILE.gz' },
  {
    start: 'PK\x03\x04',
    what: 'a zip archive, perhaps .xlsx',
    hint: 'Unpack it first, or save the spreadsheet as CSV',
  },
];

export function archive(file: string, bytes: Buffer): HackfaceError | undefined {
  const found = ARCHIVES.find(({ start }) => bytes.toString('latin1', 0, start.length) === start);
  if (found === undefined) return undefined;
  return badFormat(file, 1, found.what, 'UTF-8 text', found.hint, 0);
}

function isUtf16Mark(bytes: Uint8Array, position: number): boolean {
  const [first, second] = [bytes[position], bytes[position + 1]];
  return first === 0 || (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

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

export function indexTooLarge(
  file: string,
  line: number,
  column: string,
  text: string,
  rows: number,
  hint = countedFromOne(Number(text), rows),
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

/** The advice where numbers fit the columns of a matrix and not its rows. */
export function transposedHint(rows: number, dim: number): string {
  return `The matrix has ${rows} rows of ${dim} columns: if it is transposed, save its transpose`;
}

/** The advice for a row number beyond the last: by one, it was counted from 1. */
function countedFromOne(row: number, rows: number): string {
  return row === rows
    ? 'Rows are counted from 0: subtract 1 from each if this file counts from 1, or check that it belongs to that matrix'
    : 'Rows are counted from 0; check that this file belongs to that matrix';
}

/** The advice for a cell that should be a row number. */
export function rowNumberHint(text: string): string {
  if (/^\s*\d+\s*$/.test(text))
    return /\s/.test(text) ? 'Remove the spaces around it' : 'Write it without leading zeros';
  if (/^\d+\.0*$/.test(text)) return `Write it without a point: ${text.split('.')[0]}`;
  return 'Correct the cell';
}

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

export function noRows(file: string, empty: boolean): HackfaceError {
  return new HackfaceError('EEMPTY', 'data', {
    file,
    found: empty ? 'an empty file, no rows' : 'a header line and no rows',
    expected: 'at least one row',
    hint: 'Check that the file was written completely',
  });
}
