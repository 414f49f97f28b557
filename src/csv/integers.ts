/** What {@link parseCount} answers for text that is not a count. */
export const NOT_A_COUNT = -1;

/**
 * The number written as `0|[1-9][0-9]*` in a range of bytes, {@link NOT_A_COUNT} for any other
 * text, `Infinity` for more than ten digits.
 *
 * JavaScript's own conversion takes an empty cell for 0 and accepts ` 7`, `1e3` and `0x10`; this
 * accepts one spelling of each number, so that a number written back gives the same bytes.
 */
export function parseCount(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return NOT_A_COUNT;
  let value = (bytes[start] as number) - 48;
  if (value < 0 || value > 9) return NOT_A_COUNT;
  if (value === 0) return end - start === 1 ? 0 : NOT_A_COUNT;
  for (let position = start + 1; position < end; position += 1) {
    const digit = (bytes[position] as number) - 48;
    if (digit < 0 || digit > 9) return NOT_A_COUNT;
    value = value * 10 + digit;
  }
  return end - start > 10 ? Infinity : value;
}

/** A column of 32-bit numbers that grows. */
export class Uint32Column {
  /** Number of values. */
  length = 0;
  /** Largest value so far; -1 in an empty column. */
  largest = -1;
  /** Whether each value is larger than the one before it, so that none occurs twice. */
  ascending = true;
  private values = new Uint32Array(1 << 12);

  /** Appends a value. */
  push(value: number): void {
    if (this.length === this.values.length) this.reserve(1);
    this.values[this.length] = value;
    this.length += 1;
    // In an ascending column the last value is the largest.
    if (value <= this.largest) this.ascending = false;
    else this.largest = value;
  }

  /** Appends `count` values: those of `cells` from `start` on, each `step` behind the last. */
  pushEach(cells: Uint32Array, start: number, step: number, count: number): void {
    this.reserve(count);
    const { values } = this;
    let { length, largest, ascending } = this;
    let cell = start;
    for (const end = length + count; length < end; length += 1) {
      const value = cells[cell] as number;
      values[length] = value;
      if (value <= largest) ascending = false;
      else largest = value;
      cell += step;
    }
    this.length = length;
    this.largest = largest;
    this.ascending = ascending;
  }

  /** The values, in an array of exactly their number. */
  toArray(): Uint32Array {
    return this.values.slice(0, this.length);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.values.length) return;
    const grown = new Uint32Array(Math.max(2 * this.values.length, this.length + count));
    grown.set(this.values);
    this.values = grown;
  }
}
