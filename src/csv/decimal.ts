/** Numbers in cells: parsing counts and decimals, and writing the shortest decimal. */

/**
 * Writes the shortest decimal that reads back as the same number of the same width, in every locale
 * with a point: `437.70093` for a 32-bit number whose 64-bit spelling is `437.700927734375`.
 */
export function shortestDecimal(value: number, width: 32 | 64): string {
  if (width === 64) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return String(value);
  // A normal 32-bit number holds any decimal of six digits.
  const fewest = Math.abs(value) < SMALLEST_NORMAL ? 1 : 6;
  for (let digits = fewest; digits <= 8; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * Parses a text written as `[+-]digits[.digits][e[+-]digits]`, with digits on at least one side of
 * the point. Returns `NaN` for any other text, and an infinity for a number beyond 64 bits.
 */
export function parseDecimal(text: string): number {
  const value = Number(text);
  // Number also accepts space at either end, an empty text, 0x, 0o, 0b and Infinity. Three
  // characters tell all of these apart, several times faster than another pass over the text.
  if (!isNumeric(text.charCodeAt(0)) || !isNumeric(text.charCodeAt(text.length - 1))) {
    return Number.NaN;
  }
  const second = text.charCodeAt(1) | LOWER_CASE;
  if (second === X || second === O || second === B) return Number.NaN;
  return value;
}

/** Result of {@link parseCount} for text that is not a count. */
export const NOT_A_COUNT = -1;

/**
 * Parses a range of bytes written as `0|[1-9][0-9]*`. Returns {@link NOT_A_COUNT} for any other
 * text, and `Infinity` for more than ten digits.
 *
 * `Number` reads an empty cell as 0 and accepts ` 7`, `1e3` and `0x10`. This accepts one spelling of
 * each number, so that a number written back gives the same bytes.
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

const SMALLEST_NORMAL = 2 ** -126;
const LOWER_CASE = 0x20;
const X = 0x78;
const O = 0x6f;
const B = 0x62;

/** True if a character is one of `+ - . 0 … 9`. */
function isNumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46 || code === 45 || code === 43;
}
