/** Line numbers of the rows of a table. */

/**
 * The line on which each row of a table starts.
 *
 * Each row is on the next line except after a quoted line end, so only the exceptions are stored.
 */
export class LineMap {
  readonly #rows: number[] = [];
  readonly #lines: number[] = [];
  #next = -1;

  /** @internal Adds `count` rows of one line each, the first on `line`; rows come in order. */
  note(row: number, line: number, count: number): void {
    if (line !== this.#next) {
      this.#rows.push(row);
      this.#lines.push(line);
    }
    this.#next = line + count;
  }

  /** @internal The lines of the rows from `first` on, which is row 0 there. */
  from(first: number): LineMap {
    const rest = new LineMap();
    rest.#rows.push(0);
    rest.#lines.push(this.lineOf(first));
    for (const [at, row] of this.#rows.entries()) {
      if (row <= first) continue;
      rest.#rows.push(row - first);
      rest.#lines.push(this.#lines[at] as number);
    }
    return rest;
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
