/** Pickles of Python, and arrays of objects of NumPy, which are pickles behind a header. */
import { refused } from './failure.js';
import type { FoundMatrix } from './matrix.js';
import { isNpy, LONGEST_NPY_HEADER, npyArray } from './npy-header.js';
import { isArray, unpickle, type Value } from './pickle.js';
import type { Source } from './source.js';
import { matrixIn } from './values.js';
import type { Wanted } from './wanted.js';

/** Finds the matrix in the value of a pickle. */
export function findInPickle(source: Source, wanted: Wanted): FoundMatrix {
  const value = unpickle(source.file, source.all());
  return matrixIn(source, value, 'a pickle', wanted);
}

/** True for the first bytes of a `.npy` file of objects. */
export function isObjects(head: Buffer): boolean {
  return isNpy(head) && /O\d*$/.test(npyArray(head)?.descr ?? '');
}

/** Finds the matrix in an array of objects. */
export function findInObjects(source: Source, wanted: Wanted): FoundMatrix {
  return matrixIn(source, objectsIn(source), 'objects of NumPy', wanted);
}

/** The objects of an array as a list, or the one object of an array without axes. */
export function objectsIn(source: Source): Value {
  const head = source.bytes(0, Math.min(source.size, LONGEST_NPY_HEADER), 'its header');
  const array = npyArray(head);
  const offset = array?.offset ?? 0;
  const pickle = source.bytes(offset, source.size - offset, 'its objects');
  const value = unpickle(source.file, pickle);
  const objects = isArray(value) ? value.objects : undefined;
  if (objects === undefined) {
    throw refused(source.file, {
      found: 'no array of objects',
      expected: 'one, as numpy.save writes it',
    });
  }
  return array?.shape.length === 0 ? (objects[0] as Value) : objects;
}
