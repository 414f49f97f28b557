/**
 * The shortest decimal that reads back as the same number of the same width, with a point
 * whatever the locale: `437.70093` for a 32-bit number whose 64-bit spelling is
 * `437.700927734375`.
 */
export function shortestDecimal(value: number, width: 32 | 64): string {
  if (width === 64 || Number.isInteger(value)) return String(value);
  for (let digits = 6; digits <= 8; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** Whether a text reads as `[+-]digits[.digits][e[+-]digits]`, a digit before or behind the point. */
export function isDecimal(text: string): boolean {
  let position = skipSign(text, 0);
  const whole = skipDigits(text, position);
  let digits = whole - position;
  position = whole;
  if (text[position] === '.') {
    const fraction = skipDigits(text, position + 1);
    digits += fraction - position - 1;
    position = fraction;
  }
  if (digits === 0) return false;
  if (text[position] === 'e' || text[position] === 'E') {
    const exponent = skipSign(text, position + 1);
    position = skipDigits(text, exponent);
    if (position === exponent) return false;
  }
  return position === text.length;
}

function skipSign(text: string, position: number): number {
  return text[position] === '-' || text[position] === '+' ? position + 1 : position;
}

function skipDigits(text: string, from: number): number {
  let position = from;
  while (text.charCodeAt(position) >= 48 && text.charCodeAt(position) <= 57) position += 1;
  return position;
}
