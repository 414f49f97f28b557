/**
 * Validation rules for arguments.
 *
 * A public function applies the rules of its arguments and hands the {@link Checked} result to an
 * internal function. Internal functions call each other, never a public function, so each argument
 * is validated and copied once.
 */
import { types } from 'node:util';
import { HackfaceError } from './errors.js';
import { nearestName } from './nearest.js';
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
 * absent. Errors: `EARGUMENT` for a value of another type than declared, `null` included; `EOPTION` for
 * an option that does not exist; those of the rules.
 */
export function readOptions<Options>(
  given: Options,
  rules: Rules<NoInfer<Options>>,
  name = 'options',
): Checked<Options> {
  return remembered(OPTION_READERS, rules, group)(given, name) as Checked<Options>;
}

/** {@link readOptions} for data, such as the result of another call, which may have more parts. */
export function readParts<Data>(
  given: Data,
  rules: Rules<NoInfer<Data>>,
  name: string,
): Checked<Data> {
  return remembered(PART_READERS, rules, parts)(given, name) as Checked<Data>;
}

/** Rules of public functions as they are read: made once, since a call may be a microsecond. */
const OPTION_READERS = new WeakMap<object, Rule>();
const PART_READERS = new WeakMap<object, Rule>();

function remembered<Parts>(
  readers: WeakMap<object, Rule>,
  rules: Rules<Parts>,
  make: (rules: Rules<Parts>, path: string) => Rule,
): Rule {
  let reader = readers.get(rules);
  if (reader === undefined) {
    reader = make(rules, '');
    readers.set(rules, reader);
  }
  return reader;
}

/** Marks options that this package composed itself, from constants or from checked values. */
export function asChecked<Options>(options: Options): Checked<Options> {
  return options as Checked<Options>;
}

/**
 * Key of options that the command line composed from its flags: the compiler has checked their names, and
 * the fields that are no options of the library are the command's own.
 */
export const FROM_FLAGS = Symbol('from flags');

/** Rule for a nested object of options. */
export function group<Options>(rules: Rules<Options>, path?: string): Rule {
  const read = parts(rules, path);
  const known = Object.keys(rules);
  return (given, name) => {
    const options = read(given, name);
    requireKnown(given as object, known, path ?? `${name}.`);
    return options;
  };
}

/** Rule for an object of data, which may have more parts than the rules name. */
export function parts<Data>(rules: Rules<Data>, path?: string): Rule {
  const each = (Object.entries(rules) as [keyof Data & string, Rule][]).map(
    ([key, rule]) => [key, rule, OPTIONAL.has(rule)] as const,
  );
  const named = (prefix: string) => ({ prefix, full: each.map(([key]) => `${prefix}${key}`) });
  // Kept, since calls mostly name an argument alike, and a call may be a microsecond.
  let last = named(path ?? '');
  return (given, name) => {
    if (!isObject(given)) throw wrongArgument(name, given, 'an object');
    const prefix = path ?? `${name}.`;
    if (prefix !== last.prefix) last = named(prefix);
    const { full } = last;
    const read: Partial<Record<keyof Data, unknown>> = {};
    for (const [place, [key, rule, isOptional]] of each.entries()) {
      const part = partOf(given, key, full[place] as string);
      // Most options are absent.
      if (part === undefined && isOptional) continue;
      const value = rule(part, full[place] as string);
      if (value !== undefined) read[key] = value;
    }
    return read;
  };
}

/** True for an object that is no array. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isArray(value);
}

/** True for an array; a proxy that was revoked throws at the question, and is none. */
export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** A copy of an object; `expected` says what it is to be. */
export function copyOfObject(value: unknown, name: string, expected: string): object {
  if (!isObject(value)) throw wrongArgument(name, value, expected);
  try {
    return { ...value };
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

/** The properties of a value that may be anything; none of a proxy that throws at a question. */
export function look<Name extends string>(
  value: unknown,
  ...names: Name[]
): Partial<Record<Name, unknown>> {
  try {
    const of = Object(value) as Record<Name, unknown>;
    return Object.fromEntries(names.map((name) => [name, of[name]])) as Record<Name, unknown>;
  } catch {
    return {};
  }
}

function partOf(given: object, key: string | symbol, name: string): unknown {
  try {
    return (given as Record<string | symbol, unknown>)[key];
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function unreadable(name: string, cause: unknown): HackfaceError {
  const found = `${name}: a property that cannot be read`;
  return new HackfaceError('EARGUMENT', 'usage', { found, expected: 'a value', cause });
}

/** Rejects an option that does not exist: it would silently have no effect. */
function requireKnown(given: object, known: readonly string[], path: string): void {
  if (partOf(given, FROM_FLAGS, path) === true) return;
  for (const key of keysOf(given, path)) {
    if (known.includes(key) || partOf(given, key, `${path}${key}`) === undefined) continue;
    const nearest = nearestName(known, key);
    throw new HackfaceError('EOPTION', 'usage', {
      found: `${path}${key}, which is no option`,
      expected: known.length > 0 ? `one of ${known.join(', ')}` : 'no option',
      ...(nearest === undefined
        ? { hint: 'Remove it' }
        : { advice: { text: 'name it as it is spelt,', option: nearest } }),
    });
  }
}

/** Rejects a part that is nearly one of those that are known: others may stand beside data, as in the result of a map. */
export function requireSpelt(given: object, known: readonly string[], name: string): void {
  for (const key of keysOf(given, name)) {
    if (known.includes(key) || nearestName(known, key) === undefined) continue;
    if (partOf(given, key, `${name}.${key}`) !== undefined)
      requireKnown({ [key]: true }, known, `${name}.`);
  }
}

function keysOf(given: object, path: string): string[] {
  try {
    return Object.keys(given);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Rules that accept what is absent, and make nothing of it. */
const OPTIONAL = new WeakSet<Rule>();

/** Rule for an option that may be absent. */
export function optional(rule: Rule): Rule {
  const own: Rule = (value, name) => (value === undefined ? undefined : rule(value, name));
  OPTIONAL.add(own);
  return own;
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

/** Rule for the level of an interval. */
export function confidence(value: unknown, name: string): number {
  const level = number(value, name);
  if (level > 0 && level < 1) return level;
  throw wrongOption(name, value, 'a number between 0 and 1');
}

/** Rule for a whole number. The default range is that of the addon, which cuts numbers to 32 bits. */
export function wholeNumber(
  least = 0,
  most = 2 ** 32 - 1,
  refusal = wrongOption,
): (value: unknown, name: string) => number {
  const expected = `a whole number from ${least} to ${most}`;
  return (value, name) => {
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
    if (!isArray(value)) throw wrongArgument(name, value, 'an array');
    return value.map((entry, place) => rule(entry, `${name}[${place}]`));
  };
}

type TypedArray = Float32Array | Float64Array | Uint32Array | Uint16Array | Uint8Array;
type TypedArrayType<T> = { new (array: ArrayLike<number>): T; readonly name: string };

// So that a failed check narrows to the other types of a union.
type OverAnyBuffer<T> = T extends Float32Array
  ? Float32Array
  : T extends Float64Array
    ? Float64Array
    : T extends Uint32Array
      ? Uint32Array
      : T extends Uint16Array
        ? Uint16Array
        : Uint8Array;

const IS_ARRAY_OF: Record<string, (value: unknown) => boolean> = {
  Float32Array: types.isFloat32Array,
  Float64Array: types.isFloat64Array,
  Uint32Array: types.isUint32Array,
  Uint16Array: types.isUint16Array,
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
  if (!IS_ARRAY_OF[type.name]?.(array)) throw notOwn(type.name, name, describeValue(array));
  return ownMemory(array as T, name, type.name);
}

/** A typed array of the type of this name, if it can be copied at once. */
export function ownMemory<T extends { readonly buffer: ArrayBufferLike }>(
  array: T,
  name: string,
  type: string,
): T {
  const buffer = bufferOf(array);
  if (types.isSharedArrayBuffer(buffer)) throw notOwn(type, name, 'a view of a SharedArrayBuffer');
  if (isResizable(buffer)) throw notOwn(type, name, 'a view of a resizable ArrayBuffer');
  if (isDetached(buffer)) throw notOwn(type, name, 'an array whose memory was transferred away');
  return array;
}

function notOwn(type: string, name: string, found: string): HackfaceError {
  return new HackfaceError('EARGUMENT', 'usage', {
    option: name,
    found: `${name}: ${found}`,
    expected: `a ${type} over memory of its own`,
    hint: `Pass a copy: ${type}.from(…)`,
  });
}

/** The properties of the language, which a subclass or a property of the object's own may hide. */
function intrinsic<Of, Value>(prototype: object | null, name: string | symbol): (of: Of) => Value {
  const get = prototype && Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return (of) => get?.call(of) as Value;
}
const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype);
const bufferOf = intrinsic<object, ArrayBufferLike>(TYPED_ARRAY, 'buffer');
const byteOffsetOf = intrinsic<object, number>(TYPED_ARRAY, 'byteOffset');
const byteLengthOf = intrinsic<object, number>(TYPED_ARRAY, 'byteLength');
const typeOf = intrinsic<unknown, string | undefined>(TYPED_ARRAY, Symbol.toStringTag);
const detachedOf = intrinsic<ArrayBufferLike, boolean>(ArrayBuffer.prototype, 'detached');
const isResizable = intrinsic<ArrayBufferLike, boolean>(ArrayBuffer.prototype, 'resizable');

/** Name of the type of a typed array of any realm; undefined for what is none. */
export function typedArrayType(value: unknown): string | undefined {
  return typeOf(value);
}

/** The bytes of a typed array, in place. */
export function bytesInPlace(array: object): Uint8Array {
  return new Uint8Array(bufferOf(array), byteOffsetOf(array), byteLengthOf(array));
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
  if (!isArrayOf(Uint8Array, value)) throw wrongArgument(name, value, 'a Uint8Array');
  if (!isDetached(bufferOf(value))) return value;
  const found = `${name}: an array whose memory was transferred away`;
  throw new HackfaceError('EARGUMENT', 'usage', { found, expected: 'a Uint8Array' });
}

/** Node 20 has no property for it, but refuses a new view. */
function isDetached(buffer: ArrayBufferLike): boolean {
  if ('detached' in ArrayBuffer.prototype) return detachedOf(buffer);
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
  if (typeof value === 'object') return `an object of type ${typeName(value)}`;
  if (typeof value === 'string') return quoteText(value);
  return String(value);
}

function typeName(value: object): string {
  try {
    const name: unknown = value.constructor?.name;
    return typeof name === 'string' && name !== '' ? name : 'none';
  } catch {
    // A proxy may throw at every question.
    return 'unknown';
  }
}

function kind<T>(type: string, expected: string): (value: unknown, name: string) => T {
  return (value, name) => {
    if (typeof value === type) return value as T;
    throw wrongArgument(name, value, expected);
  };
}
