import { text } from './arguments.js';
import { callNative } from './native.js';

/** A metric of the list. */
export interface MetricInfo {
  /** Name in expressions. */
  name: string;
  /** Other spellings that are accepted. */
  aliases: string[];
  /** Formula over rows x and y. */
  formula: string;
  /** Values it can take; smaller is always more alike. */
  range: string;
  /** When it has no value, or empty. */
  undefined: string;
  /** Parameters with their defaults. */
  parameters: { name: string; default: string; about: string }[];
  /** Where the definition comes from. */
  source: string;
}

/** A function of metric expressions. */
export interface FunctionInfo {
  /** Name in expressions. */
  name: string;
  /** What it does. */
  about: string;
}

/** Every metric, in the order of the documentation. */
export function metrics(): MetricInfo[] {
  return callNative((native) => native.metrics());
}

/** Every function that metric expressions may call. */
export function metricFunctions(): FunctionInfo[] {
  return callNative((native) => native.functions());
}

/** Refuses (`EMETRIC`) what is not a metric or a combination of metrics; names place and cure. */
export function checkMetric(expression: string): void {
  text(expression, 'expression');
  callNative((native) => native.checkMetric(expression));
}
