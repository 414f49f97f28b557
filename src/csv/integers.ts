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
  private values = new Uint32Array(1 << 12);

  /** Appends a value. */
  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Uint32Array(2 * this.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length] = value;
    this.length += 1;
  }

  /** The values, in an array of exactly their number. */
  toArray(): Uint32Array {
    return this.values.slice(0, this.length);
  }
}
