// The one error of this package.
import { printable } from './printable.js';

/** Who has to act; decides the exit code of the command line. */
export type ErrorClass =
  | 'usage' // the request is malformed
  | 'data' // readable but wrong
  | 'input' // missing, unreadable, not a regular file
  | 'create' // the output cannot be created
  | 'io' // the system failed, or memory ran out
  | 'aborted' // the caller asked to stop
  | 'internal'; // a defect of this library

/** Something to do with an option of the request. */
export interface OptionAdvice {
  /** An imperative clause that reads before "with option": `leave out all such rows`. */
  text: string;
  /** Name of the option. */
  option: string;
  /** The value to give it, if it is one and the same for everybody. */
  value?: string;
}

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
  /** The fault; reads after the word "found". */
  found: string;
  /** The right value; reads after the word "expected". */
  expected: string;
  /** Advice: an imperative sentence without its full stop. */
  hint?: string;
  /** Name of the option or argument at fault. */
  option?: string;
  /** Advice about an option of the request; the hint ends with it. */
  advice?: OptionAdvice | undefined;
  /** Underlying error. */
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
  /** The fault; reads after the word "found". */
  readonly found: string;
  /** The right value; reads after the word "expected". */
  readonly expected: string;
  /** Advice: an imperative sentence without its full stop. */
  declare readonly hint?: string;
  /** The option of the request that is at fault, or that the hint names. */
  declare readonly option?: string;
  readonly #details: ErrorDetails;

  constructor(code: string, errorClass: ErrorClass, details: ErrorDetails) {
    const { advice, cause } = details;
    const hint = advice
      ? hintBy(details.hint, advice, `with option ${optionIn(advice)}`)
      : details.hint;
    super(describe(details, hint), cause === undefined ? undefined : { cause });
    this.#details = details;
    this.code = code;
    this.class = errorClass;
    this.found = details.found;
    this.expected = details.expected;
    const { file, row, line, column, offset, option = advice?.option } = details;
    const given = { file, row, line, column, offset, hint, option };
    for (const [key, value] of Object.entries(given)) {
      if (value !== undefined) Object.assign(this, { [key]: value });
    }
  }

  /** The same failure with the file named, if none is named yet. */
  withFile(file: string): HackfaceError {
    return this.file === undefined ? this.with({ file }) : this;
  }

  /** @internal The same failure, told in other words. */
  with(changed: Partial<ErrorDetails>): HackfaceError {
    return new HackfaceError(this.code, this.class, { ...this.#details, ...changed });
  }

  /**
   * @internal The same failure for a caller whose options have other names, such as the flags of a
   * command: `spell` gives the name, or `undefined` for an option the caller does not have.
   */
  respelled(spell: (advice: OptionAdvice) => string | undefined): HackfaceError {
    const { advice, hint, option: _, ...details } = this.#details;
    if (this.option === undefined) return this;
    const name = advice && spell(advice);
    const told = advice && name !== undefined ? hintBy(hint, advice, `with ${name}`) : hint;
    return new HackfaceError(this.code, this.class, told ? { ...details, hint: told } : details);
  }

  /** Plain data for `--json` and logs. */
  toJSON(): Record<string, unknown> {
    const { code, class: errorClass, message, file, row, line, column, offset } = this;
    const { found, expected, hint, option } = this;
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
      option,
    };
  }
}

/** The hint with the advice behind it; `how` names the option. */
function hintBy(hint: string | undefined, { text }: OptionAdvice, how: string): string {
  return hint
    ? `${hint}, or ${text} ${how}`
    : `${text.charAt(0).toUpperCase()}${text.slice(1)} ${how}`;
}

/** An option and its value as they are written in an object. */
function optionIn({ option, value }: OptionAdvice): string {
  if (value === undefined) return option;
  return `${option}: ${/^(true|false)$/.test(value) ? value : `'${value}'`}`;
}

function describe(details: ErrorDetails, hint: string | undefined): string {
  const { found, expected } = details;
  const place = placeOf(details);
  const text = `found ${found}, expected ${expected}`;
  return printable(`${place === '' ? '' : `${place}: `}${text}${hint ? `. ${hint}` : ''}`);
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
