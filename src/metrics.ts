/** The metrics and functions of metric expressions. */
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
  /** Range of values; smaller is more alike. */
  range: string;
  /** Cases in which it is undefined, or empty. */
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
  /** Effect of the function. */
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

/** Rejects a text that is no metric or combination of metrics (`EMETRIC`), with place and hint. */
export function checkMetric(expression: string): void {
  text(expression, 'expression');
  callNative((native) => native.checkMetric(expression));
}
