/**
 * Validation rules for arguments.
 *
 * A public function applies the rules of its arguments and hands the {@link Checked} result to an
 * internal function. Internal functions call each other, never a public function, so each argument
 * is validated and copied once.
 */
import { types } from 'node:util';
import { HackfaceError } from './errors.js';
import { quoteText } from './printable.js';

declare const checked: unique symbol;

/** Options that passed their rules. Only this module makes them. */
export type Checked<Options> = Options & { readonly [checked]: true };

/** Validates an argument; returns it, or a copy if the caller could mutate it. */
export type Rule = (value: unknown, name: string) => unknown;

/** A rule for each option. An option without a rule does not compile. */
export type Rules<Options> = { readonly [Name in keyof Options]-?: Rule };

/**
 * Validates options and copies them, so later writes to `given` have no effect. `undefined` means
 * absent. Errors: `EARGUMENT` for a value of another type than declared, `null` included; those of
 * the rules.
 */
export function readOptions<Options>(
  given: Options,
  rules: Rules<NoInfer<Options>>,
  name = 'options',
): Checked<Options> {
  return group(rules, '')(given, name) as Checked<Options>;
}

/** Marks options that this package composed itself, from constants or from checked values. */
export function asChecked<Options>(options: Options): Checked<Options> {
  return options as Checked<Options>;
}

/** Rule for a nested object of options. */
export function group<Options>(rules: Rules<Options>, path?: string): Rule {
  return (given, name) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw wrongArgument(name, given, 'an object');
    }
    const of = given as Partial<Record<keyof Options, unknown>>;
    const read: Partial<Record<keyof Options, unknown>> = {};
    for (const [key, rule] of Object.entries(rules) as [keyof Options & string, Rule][]) {
      const value = rule(of[key], `${path ?? `${name}.`}${key}`);
      if (value !== undefined) read[key] = value;
    }
    return read;
  };
}

/** Rule for an option that may be absent. */
export function optional(rule: Rule): Rule {
  return (value, name) => (value === undefined ? undefined : rule(value, name));
}

/** Rule for a string. The core validates strings that name one of its choices. */
export const text = kind<string>('string', 'a text');
/** Rule for the path of a file. */
export const filePath = kind<string>('string', 'the path of a file');
/** Rule for a boolean. */
export const flag = kind<boolean>('boolean', 'true or false');
/** Rule for a function. */
export const callback = kind<() => unknown>('function', 'a function');

/** Rule for a number. The core validates its range. */
export const number = kind<number>('number', 'a number');

/** Rule for a whole number. The default range is that of the addon, which cuts numbers to 32 bits. */
export function wholeNumber(
  least = 0,
  most = 2 ** 32 - 1,
  refusal = wrongOption,
): (value: unknown, name: string) => number {
  return (value, name) => {
    const expected = `a whole number from ${least} to ${most}`;
    if (typeof value !== 'number') throw wrongArgument(name, value, expected);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw refusal(name, value, expected);
  };
}

/** Rule for a number of bytes. */
export const bytes = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** Rule for one of several strings. */
export function oneOf(...texts: readonly string[]): Rule {
  return (value, name) => {
    if (texts.includes(text(value, name))) return value;
    throw wrongOption(name, value, `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`);
  };
}

/** Rule for an array whose entries follow `rule`; returns a copy. */
export function list(rule: Rule): Rule {
  return (value, name) => {
    if (!Array.isArray(value)) throw wrongArgument(name, value, 'an array');
    return value.map((entry, place) => rule(entry, `${name}[${place}]`));
  };
}

type TypedArray = Float32Array | Float64Array | Uint32Array | Uint8Array;
type TypedArrayType<T> = { new (array: ArrayLike<number>): T; readonly name: string };

// So that a failed check narrows to the other types of a union.
type OverAnyBuffer<T> = T extends Float32Array
  ? Float32Array
  : T extends Float64Array
    ? Float64Array
    : T extends Uint32Array
      ? Uint32Array
      : Uint8Array;

const IS_ARRAY_OF: Record<string, (value: unknown) => boolean> = {
  Float32Array: types.isFloat32Array,
  Float64Array: types.isFloat64Array,
  Uint32Array: types.isUint32Array,
  Uint8Array: types.isUint8Array,
};

/**
 * True if a value is a typed array of this type. `instanceof` fails for arrays of another realm,
 * which test runners and `node:vm` hand out.
 */
export function isArrayOf<T extends TypedArray>(
  type: TypedArrayType<T>,
  value: unknown,
): value is OverAnyBuffer<T> {
  return IS_ARRAY_OF[type.name]?.(value) ?? false;
}

/**
 * Requires a typed array that can be copied at once: its memory is not shared with other threads,
 * not resizable and not transferred away.
 */
export function requireOwnMemory<T extends TypedArray>(
  array: unknown,
  name: string,
  type: TypedArrayType<T>,
): T {
  const refuse = (found: string) =>
    new HackfaceError('EARGUMENT', 'usage', {
      option: name,
      found: `${name}: ${found}`,
      expected: `a ${type.name} over memory of its own`,
      hint: `Pass a copy: ${type.name}.from(…)`,
    });
  if (!IS_ARRAY_OF[type.name]?.(array)) throw refuse(describeValue(array));
  const own = array as T;
  const buffer: ArrayBufferLike & { resizable?: boolean } = own.buffer;
  if (types.isSharedArrayBuffer(buffer)) throw refuse('a view of a SharedArrayBuffer');
  if (buffer.resizable) throw refuse('a view of a resizable ArrayBuffer');
  if (isDetached(buffer)) throw refuse('an array whose memory was transferred away');
  return own;
}

/** Rule for such an array, read in place before the call returns. */
export function borrowed<T extends TypedArray>(
  type: TypedArrayType<T>,
): (value: unknown, name: string) => T {
  return (value, name) => requireOwnMemory(value, name, type);
}

/** Rule for such an array; returns a copy. */
export function copyOf<T extends TypedArray>(
  type: TypedArrayType<T>,
): (value: unknown, name: string) => T {
  return (value, name) => new type(requireOwnMemory(value, name, type));
}

/** Rule for bytes, which the call reads before it returns. */
export function requireBytes(value: unknown, name: string): Uint8Array {
  if (isArrayOf(Uint8Array, value)) return value;
  throw wrongArgument(name, value, 'a Uint8Array');
}

/** Node 20 has no property for it, but refuses a new view. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** `EARGUMENT`: an argument of the wrong type. */
export function wrongArgument(
  name: string,
  value: unknown,
  expected: string,
  hint?: string,
): HackfaceError {
  const details = { ...faultOf(name, value), expected };
  return new HackfaceError(
    'EARGUMENT',
    'usage',
    hint === undefined ? details : { ...details, hint },
  );
}

/** `EOPTION`: an option of the right type, out of range. */
export function wrongOption(name: string, value: unknown, expected: string): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', { ...faultOf(name, value), expected });
}

/** The value of an option and the option's name, without the place in a list. */
function faultOf(name: string, value: unknown): { found: string; option: string } {
  const option = name.replace(/\[\d+\]$/, '');
  return { found: `${name}: ${describeValue(value)}`, option };
}

/** Describes a value in an error message. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return `an object of type ${value.constructor?.name ?? 'none'}`;
  if (typeof value === 'string') return quoteText(value);
  return String(value);
}

function kind<T>(type: string, expected: string): (value: unknown, name: string) => T {
  return (value, name) => {
    if (typeof value === type) return value as T;
    throw wrongArgument(name, value, expected);
  };
}
