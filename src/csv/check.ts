/** Checks a submission and lists everything that is wrong with it. */
import { bytes, group, optional, filePath, readOptions, type Rules } from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { quoteText } from '../printable.js';
import { inputName } from '../files/input.js';
import { parseDecimal } from './decimal.js';
import { type Finding, Findings } from './findings.js';
import { otherSeparator } from './header.js';
import { copyIds, type Ids, RowsByText } from './ids.js';
import { type Collector, readTable, type RowSource } from './read.js';
import { RecordScanner } from './scan.js';
import { COLUMN_RULES, type SubmissionColumns } from './scores.js';

export type { Finding } from './findings.js';

/** Options of a check. */
export interface CheckOptions {
  /** Ids that it must hold, each once. Without them only repetitions are found. */
  ids?: Ids | undefined;
  /** A file with the header and ids required, such as `sample_submission.csv`. */
  sample?: string | undefined;
  /** Names of the columns; default those of the sample, else `Predicted` and `Id`. */
  columns?: SubmissionColumns | undefined;
  /** Most bytes accepted; default 100 MiB. */
  mostBytes?: number | undefined;
}

const CHECK_RULES: Rules<CheckOptions> = {
  ids: optional(copyIds),
  sample: optional(filePath),
  columns: optional(group(COLUMN_RULES)),
  mostBytes: optional(bytes),
};

/** Result of {@link checkSubmission}. */
export interface SubmissionReport {
  /** The file. */
  file: string;
  /** True if a scorer accepts the file; warnings may remain. */
  ok: boolean;
  /** Rows after the header. */
  rows: number;
  /** Names in the header. */
  columns: string[];
  /** Bytes of the file. */
  bytes: number;
  /** Number of rows required; null if it is not known. */
  wanted: number | null;
  /** All findings, errors first, then by line. */
  findings: Finding[];
}

const MOST_BYTES = 100 * 2 ** 20;

/**
 * Reads a submission as a scorer would and lists everything that is wrong with it: header, columns,
 * number of rows, missing, repeated and unknown ids, cells that are no finite numbers, constant
 * values, encoding, size. Rows and columns may be in any order, and line ends and quotes of any kind.
 *
 * Damage that hides the rest of the file (an open quote, bytes that are no text) is the last finding.
 * Errors: `EINPUT`, `EIO`, `EINPUTCHANGED`, and those of
 * {@link readPairs} for the sample. Cost: one pass over the file, about 100 bytes a row.
 */
export async function checkSubmission(
  path: string,
  options: CheckOptions = {},
): Promise<SubmissionReport> {
  filePath(path, 'path');
  const { sample: sampleFile, columns, ids, mostBytes } = readOptions(options, CHECK_RULES);
  const sample = sampleFile === undefined ? undefined : await readSample(sampleFile);
  const names = { ...sample?.columns, ...columns };
  const wanted = ids ?? sample?.ids;
  const check = new SubmissionCheck(names.distance ?? 'Predicted', names.id ?? 'Id', wanted);
  try {
    await readTable(path, check);
  } catch (error) {
    if (!(error instanceof HackfaceError) || error.code !== 'ECSVFORMAT') throw error;
    check.stoppedBy(error);
  }
  return check.report(inputName(path), mostBytes ?? MOST_BYTES);
}

async function readSample(path: string) {
  const check = new SubmissionCheck('', '', undefined);
  await readTable(path, check);
  const { names } = check;
  const id = names.find((name) => /id$/i.test(name));
  const distance = names.find((name) => name !== id);
  if (id === undefined || distance === undefined) {
    throw new HackfaceError('ECSVHEADER', 'data', {
      file: inputName(path),
      line: 1,
      found: `the columns ${names.map(quoteText).join(', ')}`,
      expected: 'two, of which the name of one ends in "id"',
      hint: 'Name the sample submission of the competition',
    });
  }
  return { columns: { id, distance }, ids: check.column(names.indexOf(id)) };
}

/** Reads rows of any content and collects their faults. */
class SubmissionCheck implements Collector<void>, RowSource {
  readonly table: RowSource = this;
  readonly scanner = new RecordScanner('<submission>');
  names: string[] = [];
  private readonly found = new Findings();
  private readonly lines = new RowsByText();
  private readonly cells: string[][] = [];
  private rows = 0;
  private width = 0;
  private idAt = -1;
  private distanceAt = -1;
  private constant: number | undefined;
  private varies = false;
  private finite = 0;
  private stopped = false;

  constructor(
    private readonly distance: string,
    private readonly id: string,
    private readonly wanted: Ids | undefined,
  ) {}

  next(): boolean {
    const { scanner } = this;
    if (!scanner.next()) return false;
    if (this.width === 0) {
      this.takeHeader();
      if (!scanner.next()) return false;
    }
    this.rows += 1;
    return true;
  }

  numbers(): number {
    return 0;
  }

  requireRows(): void {
    if (this.rows > 0) return;
    const what = this.width === 0 ? 'the file is empty' : 'there is a header and no row';
    this.found.error('EEMPTY', undefined, what, 'Check that the file was written completely');
  }

  takeRow(): void {
    const { scanner, found } = this;
    const { line } = scanner;
    if (scanner.fields !== this.width) {
      const [has, wants] = [scanner.fields, this.width];
      const hint =
        has > wants
          ? 'Write decimals with a point, and quote cells that contain a comma'
          : 'Add the missing cells';
      found.error(
        'ECSVFORMAT',
        line,
        `fields other than ${wants}, as in the header`,
        hint,
        `${has}`,
      );
      return;
    }
    if (this.idAt >= 0) this.takeId(scanner.text(this.idAt), line);
    if (this.distanceAt >= 0) this.takeDistance(scanner.text(this.distanceAt), line);
    if (this.distance === '') this.cells.push(this.names.map((_, at) => scanner.text(at)));
  }

  finish(): void {
    // The report says everything, as the reading may also end early.
  }

  /** The cells of a column; kept for a sample only. */
  column(at: number): string[] {
    return this.cells.map((row) => row[at] as string);
  }

  /** Notes damage that hides the rest of the file. */
  stoppedBy({ line, found, expected, hint }: HackfaceError): void {
    this.stopped = true;
    const what = `${found}, expected ${expected}; the rest of the file was not looked at`;
    this.found.error('ECSVFORMAT', line, what, hint ?? 'Write the file again');
  }

  /** The result, after the last row or the damage. */
  report(file: string, mostBytes: number): SubmissionReport {
    const { found, rows, wanted, names } = this;
    const bytes = this.scanner.fed;
    if (!this.stopped) this.compareIds();
    if (rows > 1 && this.finite === rows && !this.varies) {
      const what = `every value is ${this.constant}, so nothing is told apart and the score is 0.5`;
      found.warn('ECONSTANT', undefined, what, 'Check what the distances were made from');
    }
    if (bytes > mostBytes) {
      const what = `the file has ${bytes} bytes, more than ${mostBytes}`;
      found.error('ESIZE', undefined, what, 'Hand in a .zip of it, or write fewer digits');
    }
    return {
      file,
      ok: !found.hasErrors,
      rows,
      columns: names,
      bytes,
      wanted: wanted?.length ?? null,
      findings: found.list(),
    };
  }

  private takeHeader(): void {
    const { scanner, found, distance, id } = this;
    this.width = scanner.fields;
    this.names = Array.from({ length: scanner.fields }, (_, field) => scanner.text(field));
    if (scanner.marked) {
      const what =
        'a byte order mark before the header, which some readers take into its first name';
      found.warn('ECSVFORMAT', 1, what, 'Save the file as UTF-8 without it');
    }
    if (distance === '') return;
    const { names } = this;
    if (names.every((name) => name === '' || Number.isFinite(Number(name)))) {
      const hint = `Write ${distance},${id} into the first line`;
      found.error('ECSVHEADER', 1, 'there is no header, the first line holds numbers', hint);
      // Assume the usual order, so that not every row is wrong as well.
      [this.distanceAt, this.idAt] = [0, 1];
      return;
    }
    const separator = otherSeparator(names);
    if (separator !== undefined) {
      const what = `the columns are separated by ${separator}`;
      found.error(
        'ECSVHEADER',
        1,
        what,
        'Separate them by commas, and write decimals with a point',
      );
      return;
    }
    this.distanceAt = this.find(distance);
    this.idAt = this.find(id);
    for (const name of names) {
      if (name === distance || name === id) continue;
      const hint = /^(|index|Unnamed: 0)$/.test(name)
        ? 'With pandas, write it with to_csv(..., index=False)'
        : `Keep ${distance} and ${id} only`;
      found.error('ECSVHEADER', 1, 'a column that is not wanted', hint, quoteText(name));
    }
  }

  private find(name: string): number {
    const { names, found } = this;
    const at = names.indexOf(name);
    if (at < 0) {
      const hint = `The columns are ${names.map(quoteText).join(', ')}; names are compared exactly`;
      found.error('ECSVHEADER', 1, 'a column is missing', hint, quoteText(name));
    } else if (names.includes(name, at + 1)) {
      found.error('ECSVHEADER', 1, 'a column is there twice', 'Remove one', quoteText(name));
    }
    return at;
  }

  private takeId(text: string, line: number): void {
    const { found, lines } = this;
    if (text === '') {
      found.error('ECSVVALUE', line, 'an empty id', 'Give each row the id of its pair');
    } else if (lines.add(text, line) !== line) {
      found.error(
        'EDUPLICATE',
        line,
        'an id once more',
        'Keep one row for each id',
        quoteText(text),
      );
    }
  }

  private takeDistance(text: string, line: number): void {
    const { found } = this;
    const value = parseDecimal(text);
    if (Number.isFinite(value)) {
      this.finite += 1;
      this.constant ??= value;
      if (value !== this.constant) this.varies = true;
    } else if (text === '') {
      found.error('ECSVVALUE', line, 'an empty value', 'Give each pair a number');
    } else if (!Number.isNaN(value) || /^[+-]?(nan|inf|infinity|null|none)$/i.test(text)) {
      const hint = 'Look at the two rows of that pair: one may be all zeros or hold NaN';
      found.error('ENOTFINITE', line, 'a value that is not finite', hint, quoteText(text));
    } else {
      const hint = 'Write a decimal with a point, such as 0.25 or 1e-7, without spaces';
      found.error('ECSVVALUE', line, 'a value that is no number', hint, quoteText(text));
    }
  }

  private compareIds(): void {
    const { found, wanted, lines } = this;
    if (wanted === undefined || this.idAt < 0) return;
    if (this.rows !== wanted.length) {
      const what = `there are ${this.rows} rows where ${wanted.length} are wanted`;
      found.error('EDIMENSION', undefined, what, 'Give each pair one row');
    }
    const known = new RowsByText();
    for (let row = 0; row < wanted.length; row += 1) {
      const text = String(wanted[row]);
      known.add(text, row);
      if (lines.get(text) !== undefined) continue;
      const hint = 'Use the pairs file that the submission was made from';
      found.error('EDIMENSION', undefined, 'an id is missing', hint, quoteText(text));
    }
    for (const [text, line] of lines.entries()) {
      if (known.get(text) !== undefined) continue;
      const whole = text.replace(/\.0+$/, '');
      const hint =
        whole !== text && known.get(whole) !== undefined
          ? 'Write ids as whole numbers: pandas turns a column with gaps into floats'
          : 'Use the ids of the pairs file, spelled as there';
      found.error('EDIMENSION', line, 'an id that is not asked for', hint, quoteText(text));
    }
  }
}
