/** Axes of charts: linear, logarithmic, and by normal deviates. */
import { callNative } from '../native.js';
import { minus, powerOfTen } from './number-text.js';

/** An axis of a chart: maps values to places between its ends. */
export interface Axis {
  title: string;
  /** The values at the ends. */
  low: number;
  high: number;
  /** Place of a value, from 0 at `low` to 1 at `high`; beyond them outside, from −1 to 2 at most. */
  place: (value: number) => number;
  ticks: readonly Tick[];
}

/** A marked value of an axis; without a label it is only a line. */
export interface Tick {
  value: number;
  label: string;
}

export function linearAxis(
  title: string,
  low: number,
  high: number,
  label: (value: number) => string = minus,
): Axis {
  return axis(title, low, high, (v) => v, roundTicks(low, high, label));
}

/** A logarithmic axis; both ends are above 0. */
export function logAxis(title: string, low: number, high: number): Axis {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.ceil((last - first + 1) / 8);
  const ticks: Tick[] = [];
  for (let exponent = first; exponent <= last; exponent += 1) {
    const label = (last - exponent) % every === 0 ? powerOfTenOrOne(exponent) : '';
    ticks.push({ value: 10 ** exponent, label });
  }
  return axis(title, low, high, (v) => (v > 0 ? Math.log(v) : Number.NEGATIVE_INFINITY), ticks);
}

/** Φ⁻¹: the normal deviate of a share; infinite from 0 and 1 on. */
export function probit(share: number): number {
  if (share <= 0) return Number.NEGATIVE_INFINITY;
  if (share >= 1) return Number.POSITIVE_INFINITY;
  return callNative((native) => native.probit(share));
}

/** The ticks of NIST's DET plots, in percent. */
const DET_TICKS = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 40];

/** An axis of shares by their normal deviates. The DET curve of two normal distributions is straight on it. */
export function probitAxis(title: string, low: number, high: number): Axis {
  const inside = DET_TICKS.filter((p) => p / 100 >= low * 0.999 && p / 100 <= high * 1.001);
  const ticks = inside.map((p) => ({ value: p / 100, label: String(p) }));
  return axis(`${title} (%)`, low, high, probit, ticks);
}

/** The largest tick at or below `share`: the lower end of a DET axis. */
export function detFloor(share: number): number {
  const below = DET_TICKS.map((p) => p / 100).filter((p) => p <= share);
  return below.at(-1) ?? 1e-5;
}

function axis(
  title: string,
  low: number,
  high: number,
  scale: (value: number) => number,
  ticks: readonly Tick[],
): Axis {
  const [from, to] = [scale(low), scale(high)];
  const place = (value: number) => Math.max(-1, Math.min(2, (scale(value) - from) / (to - from)));
  return { title, low, high, place, ticks };
}

/** Four to eight multiples of 1, 2 or 5 times a power of ten. */
function roundTicks(low: number, high: number, label: (value: number) => string): Tick[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / 4));
  const step = power * ([5, 2].find((factor) => (high - low) / (power * factor) >= 4) ?? 1);
  const ticks: Tick[] = [];
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  for (let i = first; i <= last; i += 1) {
    const value = Number((i * step).toPrecision(12));
    ticks.push({ value, label: label(value) });
  }
  return ticks;
}

function powerOfTenOrOne(exponent: number): string {
  if (exponent === 0) return '1';
  return exponent >= -1 && exponent <= 3 ? String(10 ** exponent) : powerOfTen(exponent);
}
