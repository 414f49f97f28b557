/** Rows of numbers in a text, parsed by the addon, many at a time. */
import { callNative } from '../native.js';
import { quoteText } from '../printable.js';
import { refused } from './failure.js';
import { type FoundMatrix, heldNumbers } from './matrix.js';
import { MOST_HELD } from './source.js';

/** Rows, and bytes of text, that one call of the addon parses. */
const [MOST_ROWS, MOST_BYTES] = [4096, 4 << 20];

/** Collects rows by where they lie in the text; all have as many numbers as the first. */
export class TextRows {
  rows = 0;
  #dim = 0;
  #starts: number[] = [];
  #ends: number[] = [];
  readonly #parts: (Float32Array | Float64Array)[] = [];

  constructor(
    private readonly file: string,
    private readonly text: Buffer,
    private readonly separator: ',' | '\t' | ' ' | ';',
  ) {}

  /** Adds the row between two places. */
  add(start: number, end: number): void {
    if (this.rows === 0) {
      const row = this.text.subarray(start, end);
      this.#dim = callNative((native) => native.countDecimals(row, this.#byte));
      if (this.#dim === 0) throw this.#fault(start, end, 'a row without numbers', 'at least one');
    }
    this.rows += 1;
    this.#starts.push(start);
    this.#ends.push(end);
    const parsed = this.#starts[0] as number;
    if (this.#starts.length === MOST_ROWS || end - parsed > MOST_BYTES) this.#flush();
  }

  /** The matrix; single precision if every number is one exactly, which changes none. */
  finish(told: string): FoundMatrix {
    this.#flush();
    const single = this.#parts.every((part) => part instanceof Float32Array);
    const width = single ? 4 : 8;
    const count = this.rows * this.#dim;
    if (count * width > MOST_HELD) {
      throw refused(this.file, {
        found: `${count} numbers`,
        expected: `at most ${MOST_HELD} bytes of them, as they are read into memory`,
        hint: 'Split the file',
      });
    }
    const all = single ? new Float32Array(count) : new Float64Array(count);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
    const descr = `${little ? '<' : '>'}f${width}`;
    const numbers = { descr, fortran: false, rows: this.rows, dim: this.#dim };
    return heldNumbers(new Uint8Array(all.buffer), numbers, told);
  }

  get #byte(): number {
    return this.separator.charCodeAt(0);
  }

  #flush(): void {
    if (this.#starts.length === 0) return;
    const [starts, ends] = [Uint32Array.from(this.#starts), Uint32Array.from(this.#ends)];
    const { singles, doubles, fault } = callNative((native) =>
      native.readDecimals(this.text, starts, ends, this.#byte, this.#dim),
    );
    if (fault) {
      const row = this.rows - this.#starts.length + fault.row;
      const few = fault.field < this.#dim && fault.start >= (ends[fault.row] as number);
      const many = fault.field >= this.#dim;
      const found = few
        ? `row ${row} of ${fault.field} numbers`
        : many
          ? `row ${row} of more than ${this.#dim} numbers`
          : `${quoteText(this.text.toString('utf8', fault.start, Math.min(fault.end, fault.start + 99)))} in row ${row}, field ${fault.field}`;
      const expected = few || many ? `${this.#dim}, as in row 0` : 'a number';
      throw this.#fault(fault.start, fault.end, found, expected);
    }
    this.#parts.push((singles ?? doubles) as Float32Array | Float64Array);
    this.#starts = [];
    this.#ends = [];
  }

  #fault(start: number, _end: number, found: string, expected: string) {
    let line = 1;
    for (
      let at = this.text.indexOf(10);
      at >= 0 && at < start;
      at = this.text.indexOf(10, at + 1)
    ) {
      line += 1;
    }
    return refused(this.file, { line, found, expected, hint: 'Correct the line' });
  }
}
