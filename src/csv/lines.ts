/**
 * The line on which each row of a table starts.
 *
 * Rows follow each other line by line except behind a quoted line end, so only the exceptions
 * are kept.
 */
export class LineMap {
  readonly #rows: number[] = [];
  readonly #lines: number[] = [];
  #next = -1;

  /** @internal Notes the line of the next row, and that of `count` rows one line each; all come in order. */
  note(row: number, line: number, count: number): void {
    if (line !== this.#next) {
      this.#rows.push(row);
      this.#lines.push(line);
    }
    this.#next = line + count;
  }

  /** The line, counted from 1, of a row counted from 0. */
  lineOf(row: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle] as number) <= row) low = middle;
      else high = middle;
    }
    return (this.#lines[low] ?? 0) + row - (this.#rows[low] ?? 0);
  }
}
