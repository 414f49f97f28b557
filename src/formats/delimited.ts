/** Tables of numbers in text: CSV, TSV, semicolons, spaces. */
import { refused } from './failure.js';
import type { FoundMatrix } from './matrix.js';
import type { Source } from './source.js';
import { TextRows } from './text-rows.js';
import { meaningOf, type Wanted } from './wanted.js';

type Separator = ',' | '\t' | ' ' | ';';

/** How a table is laid out. */
interface Layout {
  separator: Separator;
  /** Line of the first row, counted from 0. */
  first: number;
  /** The run of columns that holds the numbers, and how many columns there are. */
  from: number;
  to: number;
  columns: number;
  names: number | undefined;
  labels: number | undefined;
  told: string;
}

/** Columns of row numbers, which programs write in front. */
const INDEX = new Set(['', 'index', 'unnamed: 0', 'unnamed:0', 'row']);

/** True for lines of text with at least two numbers each. */
export function isDelimited(head: Buffer): boolean {
  // As it is read below: the bytes of letters may be spaces in another encoding.
  const text = head.toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that no text has
  if (/[\x00-\x08\x0e-\x1f]/.test(text)) return false;
  return layoutOf(head) !== undefined || listsIn(text) !== undefined;
}

/** The title of a column whose cells are lists of numbers as Python prints them. */
function listsIn(head: string): string | undefined {
  const [titles = '', first = ''] = head.replace(/^\ufeff/, '').split(/\r?\n/, 2);
  const at = first.search(/(^|[,;\t])"?\[ *[-\d]/);
  if (at < 0 || titles.includes('[')) return undefined;
  const separator = separatorOf(titles);
  const title = titles.split(separator)[first.slice(0, at + 1).split(separator).length - 1];
  return title ?? 'its last column';
}

/** Reads the rows of a table. */
export function findInDelimited(source: Source, wanted: Wanted): FoundMatrix {
  const head = source.head.toString('utf8');
  const lists = listsIn(head);
  if (lists !== undefined) {
    throw refused(source.file, {
      line: 2,
      found: `a list of numbers in one cell, of ${lists}`,
      expected: 'a column for each number',
      hint: `Write it with numpy.save(FILE, numpy.stack(frame['${lists}'])), or with to_parquet`,
    });
  }
  const layout = layoutOf(source.head, wanted) ?? (layoutOf(source.head) as Layout);
  requireVectors(source, layout);
  const text = source.all();
  const rows = new TextRows(source.file, text, layout.separator);
  const [names, labels]: [string[], string[]] = [[], []];
  let line = 0;
  for (let start = 0; start < text.length; line += 1) {
    const found = text.indexOf(10, start);
    const next = found < 0 ? text.length : found;
    const end = next > start && text[next - 1] === 13 ? next - 1 : next;
    if (line >= layout.first && !isSkipped(text, start, end)) {
      const [from, to] = spanOf(text, start, end, layout, (column, field) => {
        if (column === layout.names) names.push(field);
        if (column === layout.labels) labels.push(field);
      });
      rows.add(from, to);
    }
    start = next + 1;
  }
  const found = rows.finish(`${layout.told}, ${rows.rows} rows`);
  return {
    ...found,
    names: layout.names === undefined ? undefined : () => names,
    labels: layout.labels === undefined ? undefined : () => labels,
  };
}

/** Empty lines, and comments as numpy.savetxt writes them. */
function isSkipped(text: Buffer, start: number, end: number): boolean {
  return start === end || text[start] === 0x23;
}

/** Where the numbers of a line lie; tells the fields in front and behind. */
function spanOf(
  text: Buffer,
  start: number,
  end: number,
  { separator, from, to, columns }: Layout,
  tell: (column: number, field: string) => void,
): [number, number] {
  const byte = separator.charCodeAt(0);
  let at = start;
  for (let column = 0; column < from; column += 1) {
    const rest = text.subarray(at, end);
    const close = rest[0] === 0x22 ? rest.indexOf(0x22, 1) : 0;
    const stop = rest.indexOf(byte, Math.max(close, 0));
    const next = stop < 0 ? end : at + stop;
    tell(column, unquoted(text.toString('utf8', at, next)));
    at = Math.min(next + 1, end);
    if (separator === ' ') while (at < end && text[at] === byte) at += 1;
  }
  let last = end;
  for (let column = columns - 1; column >= to; column -= 1) {
    const stop = text.subarray(at, last).lastIndexOf(byte);
    if (stop < 0) break;
    tell(column, unquoted(text.toString('utf8', at + stop + 1, last)));
    last = at + stop;
  }
  return [at, last];
}

function unquoted(field: string): string {
  const text = field.trim();
  return /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** The layout that the first lines show; `undefined` if they are no table of numbers. */
function layoutOf(head: Buffer, wanted: Wanted = {}): Layout | undefined {
  const lines = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
  // The last line of the head may be cut.
  if (lines.length > 1 && head.length >= 4096) lines.pop();
  const kept = lines.flatMap((line, place) => (line === '' || line.startsWith('#') ? [] : [place]));
  const [one = 0, two] = kept;
  const text = lines[one] ?? '';
  const separator = separatorOf(text);
  const first = fieldsOf(text, separator);
  const second = two === undefined ? undefined : fieldsOf(lines[two] ?? '', separator);
  // word2vec begins with the numbers of rows and columns.
  const counted = first.length === 2 && second !== undefined && second.length > 2;
  const header =
    !counted &&
    second !== undefined &&
    first.some((field, i) => !isNumber(field) && isNumber(second[i]));
  const data = (header || counted ? second : first) as string[];
  const titles = header ? first : [];
  const meaning = titles.map((title) =>
    INDEX.has(title.toLowerCase()) ? 'index' : meaningOf(title, wanted),
  );
  const isValue = (field: string, i: number) =>
    isNumber(field) && !['index', 'names', 'labels'].includes(meaning[i] ?? '');
  const from = data.findIndex(isValue);
  let to = from;
  while (to < data.length && isValue(data[to] as string, to)) to += 1;
  if (from < 0 || to - from < 2) return undefined;
  const column = (wanted: string) => {
    const found = meaning.indexOf(wanted as never);
    return found < 0 ? undefined : found;
  };
  const textual = data.findIndex((field) => !isNumber(field));
  const labels = column('labels');
  const names =
    column('names') ??
    (wanted.names === undefined && textual >= 0 && textual !== labels ? textual : undefined);
  const kinds = { ',': 'commas', '\t': 'tabs', ' ': 'spaces', ';': 'semicolons' };
  const told = `text, numbers between ${kinds[separator]}${header ? `, columns ${titles[from]} … ${titles[to - 1]}` : ''}`;
  const start = header || counted ? (two as number) : one;
  return { separator, first: start, from, to, columns: data.length, names, labels, told };
}

/** Refuses a table of pairs, and columns of numbers that are not side by side. */
function requireVectors(source: Source, { separator, to, columns }: Layout): void {
  const head = source.head.toString('utf8').split(/\r?\n/)[0] ?? '';
  const titles = fieldsOf(head, separator);
  if (titles.includes('index1') && titles.includes('index2')) {
    throw refused(source.file, {
      found: 'a list of pairs',
      expected: 'a matrix: a row of numbers for each item',
      hint: 'Name the list with option pairs, and the matrix here',
    });
  }
  if (columns - to > 8) {
    throw refused(source.file, {
      found: `columns of numbers on both sides of column ${titles[to] ?? to}`,
      expected: 'them side by side',
      hint: 'Move the columns of texts to the front',
    });
  }
}

function separatorOf(line: string): Separator {
  return ([...'\t,;'] as Separator[]).find((one) => line.includes(one)) ?? ' ';
}

function fieldsOf(line: string, separator: Separator): string[] {
  const fields = separator === ' ' ? line.trim().split(/ +/) : line.split(separator);
  return fields.map(unquoted);
}

function isNumber(field: string | undefined): boolean {
  return (
    field !== undefined &&
    /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$|^[+-]?(nan|inf|infinity)$/i.test(field)
  );
}
