/** Numbers in another element type. */
import { numbersOf } from './arrays.js';

/** Element types to write. */
export const FLOATS = ['float16', 'float32', 'float64'] as const;
export type FloatType = (typeof FLOATS)[number];

/** Bytes of an element. */
export const WIDTHS: Readonly<Record<FloatType, number>> = { float16: 2, float32: 4, float64: 8 };

/** Numbers of the new type, little-endian. */
export interface Retyped {
  bytes: Buffer;
  /** How many of them are not exactly what they were. */
  rounded: number;
  /** Place of the first number beyond the new type's range. */
  beyond: number | undefined;
}

/**
 * Converts numbers of type `descr`, rounded to the nearest, of two to the even one.
 *
 * `undefined` if one of them is an integer beyond 2^53.
 */
export function retyped(data: Buffer, descr: string, type: FloatType): Retyped | undefined {
  const numbers = numbersOf({ descr, shape: [], fortran: false, data });
  if (numbers === undefined) return undefined;
  const width = WIDTHS[type];
  const bytes = Buffer.allocUnsafe(numbers.length * width);
  let rounded = 0;
  let beyond: number | undefined;
  for (let i = 0; i < numbers.length; i += 1) {
    const value = numbers[i] as number;
    const near =
      type === 'float64' ? value : type === 'float32' ? Math.fround(value) : nearHalf(value);
    if (near !== value && !Number.isNaN(value)) {
      rounded += 1;
      if (!Number.isFinite(near)) beyond ??= i;
    }
    if (type === 'float16') bytes.writeUInt16LE(bitsOfHalf(near), i * width);
    else if (type === 'float32') bytes.writeFloatLE(near, i * width);
    else bytes.writeDoubleLE(near, i * width);
  }
  return { bytes, rounded, beyond };
}

/** The spacing of IEEE 754 halves around a magnitude. */
function spacing(magnitude: number): number {
  if (magnitude < 2 ** -14) return 2 ** -24;
  const exponent = Math.floor(Math.log2(magnitude));
  // The logarithm may round up to the next whole number.
  return 2 ** ((2 ** exponent > magnitude ? exponent - 1 : exponent) - 10);
}

/** The IEEE 754 half nearest to a number. */
function nearHalf(value: number): number {
  const magnitude = Math.abs(value);
  // Halfway between the largest half and the next power of two, and above.
  if (!(magnitude < 65520))
    return Number.isNaN(value) ? value : Math.sign(value) * Number.POSITIVE_INFINITY;
  const step = spacing(magnitude);
  const steps = magnitude / step;
  const whole = Math.floor(steps);
  const rest = steps - whole;
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 === 1);
  const near = (up ? whole + 1 : whole) * step;
  return value < 0 || Object.is(value, -0) ? -near : near;
}

/** The 16 bits of a number that is a half. */
function bitsOfHalf(half: number): number {
  if (Number.isNaN(half)) return 0x7e00;
  const sign = half < 0 || Object.is(half, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(half);
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  const step = spacing(magnitude);
  const exponent = step === 2 ** -24 && magnitude < 2 ** -14 ? 0 : Math.log2(step) + 25;
  return sign | (exponent << 10) | ((magnitude / step) & 0x3ff);
}
