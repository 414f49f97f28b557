/** Refuses arguments of the wrong kind before anything is opened or started. */
import { HackfaceError } from './errors.js';

/** What may be given: gives it back, or a copy where it could be written to later, or refuses it. */
export type Rule = (value: unknown, name: string) => unknown;

/** A rule for each option: the compiler asks for one where an option is added. */
export type Rules<Options> = { readonly [Name in keyof Options]-?: Rule };

/**
 * The options that are there, as they are now: writing to the object afterwards changes nothing.
 * `undefined` is absent, everything else that is not as declared is refused, `null` too.
 */
export function readOptions<Options>(
  given: Options,
  rules: Rules<NoInfer<Options>>,
  name = 'options',
): Options {
  return group(rules, '')(given, name) as Options;
}

/** An object with options of its own. */
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

/** What may be left out. */
export function optional(rule: Rule): Rule {
  return (value, name) => (value === undefined ? undefined : rule(value, name));
}

/** A text; also one of a list that the core knows and says. */
export const text = kind<string>('string', 'a text');
/** The path of a file. */
export const filePath = kind<string>('string', 'the path of a file');
/** Yes or no. */
export const flag = kind<boolean>('boolean', 'true or false');
/** Something to call. */
export const callback = kind<() => unknown>('function', 'a function');

/** A number, whose range is for the core to say. */
export const number = kind<number>('number', 'a number');

/** A whole number; what the addon is told has 32 bits, and what has more would lose them silently. */
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

/** A number of bytes. */
export const bytes = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** One of the texts of a list. */
export function oneOf(...texts: readonly string[]): Rule {
  return (value, name) => {
    if (texts.includes(text(value, name))) return value;
    throw wrongOption(name, value, `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`);
  };
}

/** A list of its own, each entry as the rule says. */
export function list(rule: Rule): Rule {
  return (value, name) => {
    if (!Array.isArray(value)) throw wrongArgument(name, value, 'an array');
    return value.map((entry, place) => rule(entry, `${name}[${place}]`));
  };
}

type TypedArray = Float32Array | Float64Array | Uint32Array | Uint8Array;
type TypedArrayType<T> = { new (length: number): T; readonly name: string };

/**
 * An array that can be copied at one moment: of this type, its memory not shared with other threads,
 * not resizable, not transferred away.
 */
export function requireOwnMemory<T extends TypedArray>(
  array: unknown,
  name: string,
  type: TypedArrayType<T>,
): T {
  const refuse = (found: string) =>
    new HackfaceError('EARGUMENT', 'usage', {
      found: `${name}: ${found}`,
      expected: `a ${type.name} over memory of its own`,
      hint: `Pass a copy: ${type.name}.from(…)`,
    });
  if (!(array instanceof type)) throw refuse(describeValue(array));
  const buffer: ArrayBufferLike & { resizable?: boolean } = array.buffer;
  if (typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer) {
    throw refuse('a view of a SharedArrayBuffer');
  }
  if (buffer.resizable) throw refuse('a view of a resizable ArrayBuffer');
  if (isDetached(buffer)) throw refuse('an array whose memory was transferred away');
  return array;
}

/** A copy of such an array, made now. */
export function copyOf<T extends TypedArray>(
  type: TypedArrayType<T>,
): (value: unknown, name: string) => T {
  return (value, name) => requireOwnMemory(value, name, type).slice() as T;
}

/**
 * Bytes, which are read until the call returns. Those of another realm, such as the buffers of files
 * within some test runners, are no instances of our own type.
 */
export function requireBytes(value: unknown, name: string): Uint8Array {
  if (Object.prototype.toString.call(value) === '[object Uint8Array]') return value as Uint8Array;
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

/** An argument of the wrong kind. */
export function wrongArgument(
  name: string,
  value: unknown,
  expected: string,
  hint?: string,
): HackfaceError {
  const details = { found: `${name}: ${describeValue(value)}`, expected };
  return new HackfaceError(
    'EARGUMENT',
    'usage',
    hint === undefined ? details : { ...details, hint },
  );
}

/** An option of the right kind, outside its range. */
export function wrongOption(name: string, value: unknown, expected: string): HackfaceError {
  const found = `${name}: ${describeValue(value)}`;
  return new HackfaceError('EOPTION', 'usage', { found, expected });
}

/** A value in the words of an error. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return `an object of type ${value.constructor?.name ?? 'none'}`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return String(value);
}

function kind<T>(type: string, expected: string): (value: unknown, name: string) => T {
  return (value, name) => {
    if (typeof value === type) return value as T;
    throw wrongArgument(name, value, expected);
  };
}
