/** Formats that `convert` reads and no other command opens: they can hold anything. */
import { refused } from './failure.js';
import type { FoundMatrix } from './matrix.js';
import { isNpy, LONGEST_NPY_HEADER, npyArray } from './npy-header.js';
import { isArray, isPickle, unpickle } from './pickle.js';
import type { Source } from './source.js';
import { findInTorch, isTorch } from './torch.js';
import { matrixIn } from './values.js';

/** A format, recognised by the first bytes of a file. */
interface Converted {
  name: string;
  recognises: (head: Buffer) => boolean;
  find: (source: Source) => FoundMatrix;
}

/** Every such format. Nothing of a file is executed. */
export const CONVERTED: readonly Converted[] = [
  { name: 'a file of torch.save', recognises: isTorch, find: findInTorch },
  { name: 'a Python pickle', recognises: isPickle, find: findInPickle },
  { name: 'a .npy file of Python objects', recognises: isObjects, find: findInObjects },
];

function findInPickle(source: Source): FoundMatrix {
  const value = unpickle(source.file, source.all());
  return matrixIn(source.file, value, source.size, 'a pickle');
}

function isObjects(head: Buffer): boolean {
  return isNpy(head) && /O\d*$/.test(npyArray(head)?.descr ?? '');
}

function findInObjects(source: Source): FoundMatrix {
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
  const isOne = array?.shape.length === 0;
  return matrixIn(
    source.file,
    isOne ? (objects[0] as never) : objects,
    source.size,
    'objects of NumPy',
  );
}
