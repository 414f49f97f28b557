/** Who has to act; decides the exit code of the command line. */
export type ErrorClass =
  | 'usage' // the request is malformed
  | 'data' // readable but wrong
  | 'input' // missing, unreadable, not a regular file
  | 'create' // the output cannot be created
  | 'io' // the system failed, or memory ran out
  | 'aborted' // the caller asked to stop
  | 'internal'; // a defect of this library

/** Where and what; everything is optional but `found` and `expected`. */
export interface ErrorDetails {
  /** The file concerned. */
  file?: string;
  /** Row of a matrix, counted from 0. */
  row?: number;
  /** Line of a text file, counted from 1. */
  line?: number;
  /** Column: a number counted from 0 in a matrix, a name in a CSV file. */
  column?: number | string;
  /** Byte, counted from 0. */
  offset?: number;
  /** What was met; reads after the word "found". */
  found: string;
  /** What would have been right; reads after the word "expected". */
  expected: string;
  /** What to do: an imperative sentence without its full stop. */
  hint?: string;
  /** What caused it. */
  cause?: unknown;
}

/**
 * Every failure of this package. The message puts the place first, then what was found, what was
 * expected and what to do; `code` is stable between releases, the text is not.
 */
export class HackfaceError extends Error {
  override readonly name = 'HackfaceError';
  /** Stable name of the kind of failure, for example `ENOTFINITE`. */
  readonly code: string;
  /** Who has to act. */
  readonly class: ErrorClass;
  /** The file concerned. */
  declare readonly file?: string;
  /** Row of a matrix, counted from 0. */
  declare readonly row?: number;
  /** Line of a text file, counted from 1. */
  declare readonly line?: number;
  /** Column: a number counted from 0 in a matrix, a name in a CSV file. */
  declare readonly column?: number | string;
  /** Byte of the file, counted from 0. */
  declare readonly offset?: number;
  /** What was met; reads after the word "found". */
  readonly found: string;
  /** What would have been right; reads after the word "expected". */
  readonly expected: string;
  /** What to do: an imperative sentence without its full stop. */
  declare readonly hint?: string;

  constructor(code: string, errorClass: ErrorClass, details: ErrorDetails) {
    super(describe(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.class = errorClass;
    this.found = details.found;
    this.expected = details.expected;
    for (const key of ['file', 'row', 'line', 'column', 'offset', 'hint'] as const) {
      if (details[key] !== undefined) Object.assign(this, { [key]: details[key] });
    }
  }

  /** The same failure with the file named, if none is named yet. */
  withFile(file: string): HackfaceError {
    return this.file === undefined ? this.#with({ file }) : this;
  }

  /** @internal The same failure, found in other words. */
  withFound(found: string): HackfaceError {
    return this.#with({ found });
  }

  #with(changed: Partial<ErrorDetails>): HackfaceError {
    const { file, row, line, column, offset, found, expected, hint, cause } = this;
    const parts = { file, row, line, column, offset, found, expected, hint, cause, ...changed };
    const given = Object.entries(parts).filter(([, value]) => value !== undefined);
    return new HackfaceError(
      this.code,
      this.class,
      Object.fromEntries(given) as unknown as ErrorDetails,
    );
  }

  /** Plain data for `--json` and logs. */
  toJSON(): Record<string, unknown> {
    const { code, class: errorClass, message, file, row, line, column, offset } = this;
    const { found, expected, hint } = this;
    return {
      code,
      class: errorClass,
      message,
      file,
      row,
      line,
      column,
      offset,
      found,
      expected,
      hint,
    };
  }
}

function describe(details: ErrorDetails): string {
  const { found, expected, hint } = details;
  const place = placeOf(details);
  const text = `found ${found}, expected ${expected}`;
  return `${place === '' ? '' : `${place}: `}${text}${hint ? `. ${hint}` : ''}`;
}

/** `file:row:column` or `file@byte` as compilers write it; in words where there is no file. */
function placeOf({ file, row, line, column, offset }: ErrorDetails): string {
  const rowOrLine = line ?? row;
  const inWords = (what: string) => (file === undefined ? what : `${file}: ${what}`);
  if (rowOrLine === undefined) {
    if (column !== undefined) return inWords(`column ${column}`);
    if (offset !== undefined) return file === undefined ? `byte ${offset}` : `${file}@${offset}`;
    return file ?? '';
  }
  if (file === undefined) {
    const place = line === undefined ? `row ${row}` : `line ${line}`;
    return column === undefined ? place : `${place}, column ${column}`;
  }
  return `${file}:${rowOrLine}${column === undefined ? '' : `:${column}`}`;
}
