/** Numbers as text for figures and tables. */

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A share as a percentage such as `96.84 %`, with enough decimals to tell it from 0 and 100. */
export function percent(share: number): string {
  const off = Math.min(share, 1 - share) * 100;
  const decimals = off === 0 || off >= 1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(off)));
  return `${(share * 100).toFixed(Math.max(2, decimals))} %`;
}

/** An area or another figure in [0, 1] with five decimals. */
export function decimal(value: number): string {
  return value.toFixed(5);
}

/** A difference of figures with five decimals and its sign. */
export function signed(difference: number): string {
  const sign = difference > 0 ? '+' : difference < 0 ? '−' : '';
  return sign + decimal(Math.abs(difference));
}

/** A value on the scale of the input, with five significant digits. */
export function value(number: number): string {
  if (number === 0) return '0';
  const size = Math.abs(number);
  if (size >= 1e-4 && size < 1e6) return minus(Number(number.toPrecision(5)));
  const exponent = Math.floor(Math.log10(size));
  return `${minus(Number((number / 10 ** exponent).toPrecision(5)))} × ${powerOfTen(exponent)}`;
}

/** A false accept rate: `10⁻³`, `2 × 10⁻⁴`, `0.05`. */
export function rate(share: number): string {
  if (share === 0) return '0';
  if (share > 0.01) return String(Number(share.toPrecision(3)));
  let exponent = Math.floor(Math.log10(share));
  let factor = Number((share / 10 ** exponent).toPrecision(3));
  if (factor === 10) {
    exponent += 1;
    factor = 1;
  }
  return factor === 1 ? powerOfTen(exponent) : `${factor} × ${powerOfTen(exponent)}`;
}

export function powerOfTen(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]);
  return `10${exponent < 0 ? '⁻' : ''}${digits.join('')}`;
}

/** A number of people. */
export function people(number: number): string {
  return `${count(number)} ${number === 1 ? 'person' : 'people'}`;
}

/** A count such as `499 500`, with narrow no-break spaces between thousands. */
export function count(number: number): string {
  return number.toLocaleString('en-US').replaceAll(',', '\u202f');
}

/** How many times as large, such as `× 1.25`; without decimals from 100 on. */
export function times(ratio: number): string {
  return `× ${ratio < 100 ? ratio.toFixed(2) : count(Math.round(ratio))}`;
}

/** A number, or one as text, with the sign that is as wide as a digit. */
export function minus(number: number | string): string {
  return String(number).replace('-', '−');
}
