/**
 * The shortest decimal that reads back as the same number of the same width, with a point
 * whatever the locale: `437.70093` for a 32-bit number whose 64-bit spelling is
 * `437.700927734375`.
 */
export function shortestDecimal(value: number, width: 32 | 64): string {
  if (width === 64) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return String(value);
  // Up to six digits are told apart by every 32-bit number but the subnormal ones.
  const fewest = Math.abs(value) < SMALLEST_NORMAL ? 1 : 6;
  for (let digits = fewest; digits <= 8; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * The number written in a text as `[+-]digits[.digits][e[+-]digits]`, with digits on at least one
 * side of the point; `NaN` for any other text, an infinity for a number beyond 64 bits.
 */
export function parseDecimal(text: string): number {
  const value = Number(text);
  // Beyond decimals, Number accepts space at either end, nothing at all, 0x, 0o, 0b and Infinity.
  // Looking at three characters tells all of these, which is several times cheaper than reading
  // the text once more.
  if (!isNumeric(text.charCodeAt(0)) || !isNumeric(text.charCodeAt(text.length - 1))) {
    return Number.NaN;
  }
  const second = text.charCodeAt(1) | LOWER_CASE;
  if (second === X || second === O || second === B) return Number.NaN;
  return value;
}

const SMALLEST_NORMAL = 2 ** -126;
const LOWER_CASE = 0x20;
const X = 0x78;
const O = 0x6f;
const B = 0x62;

/** Whether a character is one of `+ - . 0 … 9`. */
function isNumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46 || code === 45 || code === 43;
}
