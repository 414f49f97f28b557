/**
 * Lists in text files: pairs, labels and scores. One row of {@link LIST_FORMATS} for each way of writing
 * them, which tells what its lines look like. The first lines choose the row; the readers hold the
 * whole file to it.
 */
import { HackfaceError } from '../errors.js';
import { TruthWords } from './words.js';

/** The separator of the cells of a line; `spaces` is any run of spaces and tabs, a `line` is one cell. */
export type Separator = 'comma' | 'tab' | 'spaces' | 'line';

/** A kind of list. */
export type ListKind = 'pairs' | 'labels' | 'templates' | 'scores' | 'names';

/** The meaning of a cell, in files without a header line. */
export type Field =
  | 'first'
  | 'second'
  | 'same'
  | 'score'
  | 'row'
  | 'class'
  | 'medium'
  | 'id'
  | 'claimed'
  | 'real';

/** A way of writing a list. */
export interface ListFormat {
  /** Its name, as option `listFormat` takes it. */
  name: string;
  /** Its lines, in words. */
  about: string;
  /** The lists that are written so. */
  kinds: readonly ListKind[];
  separators: readonly Separator[];
  /** The cells of a line; absent where a header line names them, or where lines differ. */
  fields?: readonly Field[];
  /** True if lines differ in their number of cells. */
  ragged?: boolean;
  /** True if the lines, split into cells, look like this; absent where `fields` alone tell. */
  fits?: (lines: readonly string[][]) => boolean;
  /** Where it is from. */
  source: string;
}

const ALL = ['comma', 'tab', 'spaces', 'line'] as const;
const CELLED = ['comma', 'tab', 'spaces'] as const;
const BLANKS = ['tab', 'spaces'] as const;
const EVERY = ['pairs', 'labels', 'templates', 'scores', 'names'] as const;

/** Every way of writing a list. The first three have a header line that names the columns. */
export const LIST_FORMATS: readonly ListFormat[] = [
  {
    name: 'csv',
    about: 'comma-separated, a header line names the columns',
    kinds: EVERY,
    separators: ['comma'],
    source: 'RFC 4180',
  },
  {
    name: 'tsv',
    about: 'tab-separated, a header line names the columns',
    kinds: EVERY,
    separators: ['tab'],
    source: 'text/tab-separated-values (IANA)',
  },
  {
    name: 'columns',
    about: 'columns between spaces, a header line names them',
    kinds: EVERY,
    separators: ['spaces'],
    source: 'pandas `to_string(index=False)`, R `write.table`',
  },
  {
    name: 'pairs',
    about: 'pairs',
    kinds: ['pairs'],
    separators: BLANKS,
    fields: ['first', 'second'],
    source: 'trial lists whose key is kept apart, as in NIST SRE',
  },
  {
    name: 'trials',
    about: 'trials, label last',
    kinds: ['pairs'],
    separators: CELLED,
    fields: ['first', 'second', 'same'],
    source: 'Kaldi `trials` (`a b target`), and `a,b,1`',
  },
  {
    name: 'trials-label-first',
    about: 'trials, label first',
    kinds: ['pairs'],
    separators: CELLED,
    fields: ['same', 'first', 'second'],
    source: 'VoxCeleb `veri_test2.txt`',
  },
  {
    name: 'lfw-pairs',
    about: 'pairs of LFW, in folds',
    kinds: ['pairs'],
    separators: BLANKS,
    ragged: true,
    fits: isLfw,
    source: 'LFW `pairs.txt`',
  },
  {
    name: 'utt2spk',
    about: 'a row and its class',
    kinds: ['labels', 'templates'],
    separators: BLANKS,
    fields: ['row', 'class'],
    source: 'Kaldi `utt2spk`',
  },
  {
    name: 'spk2utt',
    about: 'a class and its rows',
    kinds: ['labels', 'templates'],
    separators: BLANKS,
    ragged: true,
    fits: (lines) => lines.every((cells) => cells.length >= 2),
    source: 'Kaldi `spk2utt`',
  },
  {
    name: 'classes',
    about: 'a class a line, in the order of the rows',
    kinds: ['labels'],
    separators: ['line'],
    fields: ['class'],
    fits: areClasses,
    source: "lists of labels, as `'\\n'.join(labels)` writes them",
  },
  {
    name: 'media',
    about: 'a row, its template and its medium',
    kinds: ['templates'],
    separators: BLANKS,
    fields: ['row', 'class', 'medium'],
    source: 'IJB-B and IJB-C, `face_tid_mid.txt` of their scripts',
  },
  {
    name: 'scores',
    about: 'pairs and their scores',
    kinds: ['scores'],
    separators: CELLED,
    fields: ['first', 'second', 'score'],
    source: 'Kaldi `ivector-plda-scoring` and others (`a b score`)',
  },
  {
    name: 'four-column',
    about: 'claimed identity, real identity, probe, score',
    kinds: ['scores'],
    separators: BLANKS,
    fields: ['claimed', 'real', 'second', 'score'],
    source: 'bob.measure four-column',
  },
  {
    name: 'five-column',
    about: 'claimed identity, template, real identity, probe, score',
    kinds: ['scores'],
    separators: BLANKS,
    fields: ['claimed', 'first', 'real', 'second', 'score'],
    source: 'bob.measure five-column',
  },
  {
    name: 'names',
    about: 'a name a line',
    kinds: ['names'],
    separators: ['line'],
    fields: ['row'],
    source: 'lists of files, as `ls` and `find` write them',
  },
];

const HEADED = LIST_FORMATS.filter(({ fields, ragged }) => fields === undefined && !ragged);

/** The names of the ways of writing one kind of list, as option `listFormat` takes them. */
export function formatNames(kind: ListKind): string[] {
  return LIST_FORMATS.filter(({ kinds }) => kinds.includes(kind)).map(({ name }) => name);
}

/** The list that a reader wants. */
export interface WantedList {
  /** Named in errors. */
  file: string;
  kind: ListKind;
  /** Names of each column without which a header line is none; those behind the first in lower case. */
  columns: readonly (readonly string[])[];
  /** The name of the format, if somebody told it. */
  forced?: string | undefined;
  /** True for a text that names a row; absent where rows have no names. */
  isName?: ((text: string) => boolean) | undefined;
}

/** How a file is written. */
export interface Recognised {
  format: ListFormat;
  separator: Separator;
}

/** Lines that are looked at before the format is chosen. */
const LOOKED_AT = 100;

/**
 * Chooses the format of a list by its first lines. A file that fits none is CSV, whose reader says what is
 * wrong. Errors: `ECSVFORMAT` for a file that fits several.
 */
export function recognise(head: string, wanted: WantedList): Recognised {
  const lines = head.split(/\r\n|\n|\r/, LOOKED_AT).filter((line) => line.trim() !== '');
  const split = new Map(ALL.map((separator) => [separator, cellsOf(lines, separator)]));
  const cells = (separator: Separator) => split.get(separator) as string[][];
  if (wanted.forced !== undefined) return forced(wanted.forced, cells);
  for (const format of HEADED) {
    const [separator] = format.separators as readonly [Separator];
    const [header = []] = cells(separator);
    if (wanted.columns.every((names) => header.some((cell) => isCalled(cell, names))))
      return { format, separator };
  }
  const fitting = LIST_FORMATS.flatMap((format): Recognised[] => {
    if (HEADED.includes(format) || !format.kinds.includes(wanted.kind)) return [];
    const separator = format.separators.find((one) => fits(format, cells(one)));
    return separator === undefined ? [] : [{ format, separator }];
  });
  const [only, other] = wanted.isName ? byNames(fitting, cells, wanted.isName) : fitting;
  if (only && other) throw ambiguous(wanted, only.format, other.format);
  return only ?? { format: LIST_FORMATS[0] as ListFormat, separator: 'comma' };
}

function isCalled(cell: string, [name, ...others]: readonly string[]): boolean {
  return cell === name || others.includes(cell.trim().toLowerCase());
}

type Cells = (separator: Separator) => string[][];

/** The format that was told, with the separator that its lines have. */
function forced(name: string, cells: Cells): Recognised {
  const format = LIST_FORMATS.find((one) => one.name === name) as ListFormat;
  const separator = format.separators.find((one) => fits(format, cells(one)));
  const likely = format.separators.find((one) => (cells(one)[0]?.length ?? 0) > 1);
  return { format, separator: separator ?? likely ?? (format.separators[0] as Separator) };
}

function cellsOf(lines: readonly string[], separator: Separator): string[][] {
  if (separator === 'line') return lines.map((line) => [line]);
  if (separator === 'spaces') return lines.map((line) => line.trim().split(/[ \t]+/));
  return lines.map((line) => line.split(separator === 'comma' ? ',' : '\t'));
}

/** True if each line has the cells of the format, and those that must be words or numbers are. */
function fits({ fields, fits: test }: ListFormat, lines: readonly string[][]): boolean {
  if (lines.length === 0) return false;
  if (fields === undefined) return test?.(lines) ?? true;
  const words = new TruthWords();
  const [same, score] = [fields.indexOf('same'), fields.indexOf('score')];
  return (
    lines.every(
      (cells) =>
        cells.length === fields.length &&
        cells.every((cell) => cell !== '') &&
        (same < 0 || words.meaning(cells[same] as string) !== undefined) &&
        (score < 0 || isNumber(cells[score] as string)),
    ) &&
    (test?.(lines) ?? true)
  );
}

/** Of several formats, those in which known names stand where rows do, if that tells them apart. */
function byNames(
  fitting: readonly Recognised[],
  cells: Cells,
  isName: (text: string) => boolean,
): readonly Recognised[] {
  if (fitting.length < 2) return fitting;
  const named = fitting.filter(({ format, separator }) => {
    const row = (format.fields ?? ['class', 'row']).findIndex((field) =>
      ['first', 'row'].includes(field),
    );
    return cells(separator).some((line) => isName(line[row] ?? ''));
  });
  return named.length === 0 ? fitting : named;
}

function isNumber(cell: string): boolean {
  return (
    /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(cell.trim()) || /^[-+]?(nan|inf)/i.test(cell)
  );
}

/** A line of one or two numbers, then lines of a name and two numbers or of two names with one each. */
function isLfw([sizes = [], ...lines]: readonly string[][]): boolean {
  const isCount = (cell: string | undefined) => /^\d+$/.test(cell ?? '');
  return (
    sizes.length <= 2 &&
    sizes.every(isCount) &&
    lines.length > 0 &&
    lines.every(
      ({ length, 1: one, 2: two, 3: three }) =>
        isCount(one) && ((length === 3 && isCount(two)) || (length === 4 && isCount(three))),
    )
  );
}

/** Lines of one cell in any format, the first of which is there again, so that it names no column. */
function areClasses(lines: readonly string[][]): boolean {
  const [first = '', ...others] = lines.map(([cell = '']) => cell);
  const isOne = (cell: string) => !/[,;\t"]/.test(cell);
  const isWord = (cell: string) => !/\s/.test(cell.trim());
  return others.includes(first) && [first, ...others].every(isOne) && others.some(isWord);
}

function ambiguous(
  { file, kind, isName }: WantedList,
  one: ListFormat,
  other: ListFormat,
): HackfaceError {
  const byName = kind !== 'pairs' && kind !== 'scores' && isName === undefined;
  return new HackfaceError('ECSVFORMAT', 'data', {
    file,
    line: 1,
    found: `lines that may be ${one.name} (${one.about}) as well as ${other.name} (${other.about})`,
    expected: 'a list that is written in one way only',
    hint: 'Add a header line that names the columns',
    advice: byName
      ? { text: 'name the rows', option: 'names' }
      : { text: 'say which it is', option: 'listFormat' },
  });
}
