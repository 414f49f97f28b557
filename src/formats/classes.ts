/** Classes of rows in files that are no lists of text: arrays, lists of values, and what is beside a matrix. */
import { HackfaceError } from '../errors.js';
import { numbersOf } from './arrays.js';
import { refused } from './failure.js';
import { isJson } from './json.js';
import { isMatlab } from './matlab.js';
import { describeArray, isNpy, npyArray, textsOf } from './npy-header.js';
import { isNpz } from './npz.js';
import { findMatrix, namedIn } from './open.js';
import { isPickle, unpickle } from './pickle.js';
import { isObjects, objectsIn } from './pickled.js';
import { Source } from './source.js';

/** The class of each row, and how the file was understood. */
export interface FoundClasses {
  classes: readonly string[];
  file: string;
  told: string;
}

/** Most bytes of JSON that may be a list of classes. */
const MOST_JSON = 64 << 20;

/**
 * The classes in a file that its first bytes tell to be no text: an array of NumPy, a list of texts or whole
 * numbers in a pickle or in JSON, else those beside a matrix. `undefined` for text and standard input. Errors: `EFORMAT`.
 */
export function classesIn(text: string): FoundClasses | undefined {
  const { path, member } = namedIn(text);
  const source = Source.open(path);
  if (source === undefined) return undefined;
  try {
    const { file, head, size } = source;
    if (member !== undefined) return besideMatrix(text, file);
    const isList = (value: unknown) => textsIn(value) && { classes: textsIn(value) as string[] };
    if (isNpy(head)) {
      const told = 'an array of classes';
      return { classes: isObjects(head) ? objectTexts(source) : arrayTexts(source), file, told };
    }
    const list = isPickle(head)
      ? isList(unpickle(file, source.all()))
      : isJson(head) && size <= MOST_JSON && isList(jsonIn(source));
    if (list) return { ...list, file, told: 'a list of classes' };
    if (![isNpz, isMatlab, isJson, isPickle].some((is) => is(head))) return undefined;
    return besideMatrix(text, file);
  } finally {
    source.close();
  }
}

/** True for a file of arrays, which is no list of text; false for one that cannot be opened. */
export function holdsArrays(text: string): boolean {
  try {
    const source = Source.open(namedIn(text).path);
    source?.close();
    return source !== undefined && [isNpy, isNpz, isMatlab].some((is) => is(source.head));
  } catch (error) {
    // Whoever reads it refuses it.
    if (error instanceof HackfaceError) return false;
    throw error;
  }
}

/** The classes that a file holds beside its matrix. */
function besideMatrix(text: string, file: string): FoundClasses {
  const found = findMatrix(text);
  try {
    const classes = found?.labels?.();
    if (classes !== undefined) return { classes, file, told: 'the classes beside its matrix' };
  } finally {
    found?.close();
  }
  throw refused(file, {
    found: 'no classes of its rows',
    expected: 'an array of them, such as labels',
    hint: `Say where they are: ${text}${namedIn(text).member === undefined ? ':' : ','}labels=NAME`,
  });
}

function arrayTexts(source: Source): string[] {
  const bytes = source.all();
  const array = npyArray(bytes);
  const rows = array?.shape[0] ?? 0;
  const isOne = array?.shape.every((size, axis) => axis === 0 || size === 1);
  const flat = array && isOne && array.shape.length > 0 ? { ...array, shape: [rows] } : undefined;
  const numbers = () =>
    flat && numbersOf({ ...flat, data: bytes.subarray(flat.offset) })?.filter(Number.isSafeInteger);
  const texts = flat && (textsOf(bytes, flat) ?? Array.from(numbers() ?? [], String));
  if (texts?.length === rows && rows > 0) return texts;
  throw refused(source.file, {
    found: array === undefined ? 'a damaged header' : `an array ${describeArray(array)}`,
    expected: 'an array of one axis of texts or whole numbers, complete',
    hint: 'Save a class for each row: numpy.save(FILE, numpy.array(LABELS))',
  });
}

function objectTexts(source: Source): string[] {
  const texts = textsIn(objectsIn(source));
  if (texts !== undefined) return texts;
  throw refused(source.file, {
    found: 'other objects than texts',
    expected: 'a class for each row',
  });
}

function jsonIn(source: Source): unknown {
  try {
    return JSON.parse(source.all().toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A list of texts and whole numbers as texts; `undefined` for anything else. */
function textsIn(value: unknown): string[] | undefined {
  const isClass = (one: unknown) => typeof one === 'string' || Number.isSafeInteger(one);
  return Array.isArray(value) && value.length > 0 && value.every(isClass)
    ? value.map(String)
    : undefined;
}
