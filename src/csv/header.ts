/** Columns of a CSV file, found by name in its header or by place. */
import { type ErrorDetails, HackfaceError } from '../errors.js';
import type { Field } from '../lists/formats.js';
import { nearestName } from '../nearest.js';
import { quoteText } from '../printable.js';
import { listTexts } from './errors.js';

/** A column that a reader looks for. */
export interface WantedColumn {
  /** Its name in the header, compared exactly. */
  name: string;
  /** True if a file without it is rejected. */
  required: boolean;
  /** Other names that a header may have for it, of which it has one. */
  aliases?: readonly string[] | undefined;
  /** The cell of a line that it is, in lists without a header line. */
  field?: Field;
  /** True if a name that differs by case or spaces is that of another column. */
  exact?: boolean;
}

/** Names of a column of names of rows, in lower case: of files, pictures and utterances. */
export const ROW_NAMES: readonly string[] = 'name path file filename image utt utterance'.split(
  ' ',
);

/** Names of a column of classes. */
export const CLASS_NAMES: readonly string[] =
  'label person person_id pid identity identity_id speaker speaker_id spk subject subject_id'.split(
    ' ',
  );

/** Names of a column of cameras. */
export const CAMERA_NAMES: readonly string[] = 'camid cam camera_id cam_id cameraid'.split(' ');

/** Position of an optional column that the file does not have. */
export const ABSENT = -1;

/**
 * Finds the wanted columns in a header line; {@link ABSENT} for optional ones that it lacks.
 *
 * Other columns and any order are accepted. Rejected are a required column that is missing, a wanted
 * one that occurs twice, and an optional one whose name differs only by case or spaces, since the
 * reader would silently ignore it.
 */
export function findColumns(
  file: string,
  line: number,
  header: readonly string[],
  wanted: readonly WantedColumn[],
): Int32Array {
  const positions = new Int32Array(wanted.length).fill(ABSENT);
  for (const [slot, { aliases = [], required, exact, ...column }] of wanted.entries()) {
    const known = header.includes(column.name) ? [] : aliasesIn(header, aliases);
    if (known.length > 1) throw severalNames(file, line, column.name, known);
    const [name = column.name] = known;
    const position = header.indexOf(name);
    if (position >= 0) {
      if (header.includes(name, position + 1)) throw twice(file, line, header, name);
    } else if (required || (!exact && looselyIncluded(header, name))) {
      throw missing(file, line, header, { name, wanted });
    }
    positions[slot] = position;
  }
  return positions;
}

/** Finds the wanted columns by their order, in a file without a header line. */
export function placeColumns(
  file: string,
  line: number,
  width: number,
  wanted: readonly WantedColumn[],
): Int32Array {
  const required = wanted.filter((column) => column.required).length;
  if (width !== wanted.length && width !== required) {
    const names = wanted.map(({ name, required }) => (required ? name : `[${name}]`));
    throw badHeader(file, line, {
      found: width === 1 ? '1 column' : `${width} columns`,
      expected: `${names.join(',')} in this order, as the file has no header line`,
      hint: 'Remove the other columns, or add a header line',
    });
  }
  const positions = new Int32Array(wanted.length).fill(ABSENT);
  let position = 0;
  for (const [slot, column] of wanted.entries()) {
    if (width < wanted.length && !column.required) continue;
    positions[slot] = position;
    position += 1;
  }
  return positions;
}

function badHeader(
  file: string,
  line: number,
  details: Pick<ErrorDetails, 'column' | 'found' | 'expected' | 'hint' | 'advice'>,
): HackfaceError {
  return new HackfaceError('ECSVHEADER', 'data', { file, line, ...details });
}

/** The names among `aliases` that a header has, in any case. */
function aliasesIn(header: readonly string[], aliases: readonly string[]): string[] {
  return [...new Set(header.filter((cell) => aliases.includes(cell.trim().toLowerCase())))];
}

function severalNames(
  file: string,
  line: number,
  name: string,
  known: readonly string[],
): HackfaceError {
  return badHeader(file, line, {
    column: name,
    found: `the columns ${listTexts(known.map(quoteText))}, each of which may be ${quoteText(name)}`,
    expected: 'one of them',
    hint: `Rename the one that is meant to ${quoteText(name)}`,
  });
}

function twice(file: string, line: number, header: readonly string[], name: string): HackfaceError {
  const first = header.indexOf(name) + 1;
  const second = header.indexOf(name, first) + 1;
  return badHeader(file, line, {
    column: name,
    found: `the column ${quoteText(name)} twice, as number ${first} and ${second}`,
    expected: 'it once',
    hint: 'Rename or remove one of the two',
  });
}

function missing(
  file: string,
  line: number,
  header: readonly string[],
  { name, wanted }: { name: string; wanted: readonly WantedColumn[] },
): HackfaceError {
  const others = header.filter((cell) => !wanted.some((column) => column.name === cell));
  return badHeader(file, line, {
    column: name,
    found: `the columns ${listTexts(header.map(quoteText))}`,
    expected: `a column ${quoteText(name)}`,
    ...missingHint(header, name, others, wanted),
  });
}

function missingHint(
  header: readonly string[],
  name: string,
  others: readonly string[],
  wanted: readonly WantedColumn[],
): Pick<ErrorDetails, 'hint' | 'advice'> {
  if (others.length === header.length && header.some((cell) => /^\d+$/.test(cell))) {
    const text = 'if the file has no header line, say so';
    const all = header.length === wanted.length;
    const names = wanted.filter(({ required }) => all || required).map((column) => column.name);
    const hint = `Add a header line that names the columns: ${names.join(',')}`;
    return { hint, advice: { text, option: 'header', value: 'false' } };
  }
  const separator = otherSeparator(header);
  if (separator !== undefined) {
    return { hint: `The columns are separated by ${separator}: separate them by commas` };
  }
  const nearest = nearestName(others, name);
  const rename = `Rename the column that holds it to ${quoteText(name)}`;
  return {
    hint: nearest === undefined ? rename : `The nearest is ${quoteText(nearest)}. ${rename}`,
    advice: { text: 'name it', option: 'columns' },
  };
}

/** The separator of a header without commas, if it has another. */
export function otherSeparator(
  header: readonly string[],
): 'semicolons' | 'tabs' | 'pipes' | 'spaces' | undefined {
  if (header.length !== 1) return undefined;
  const [only = ''] = header;
  if (only.includes(';')) return 'semicolons';
  if (only.includes('\t')) return 'tabs';
  if (only.includes('|')) return 'pipes';
  return only.trim().includes(' ') ? 'spaces' : undefined;
}

function looselyIncluded(header: readonly string[], name: string): boolean {
  return header.some((cell) => loose(cell) === loose(name));
}

function loose(name: string): string {
  return name.trim().toLowerCase();
}
