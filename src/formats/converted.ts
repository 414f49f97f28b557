/** Formats that `convert` reads and no other command opens: they can hold anything, or need a package of others. */
import { refused } from './failure.js';
import { findInHdf5, isHdf5 } from './hdf5.js';
import type { Follower, FoundMatrix } from './matrix.js';
import { isNpy, LONGEST_NPY_HEADER, npyArray } from './npy-header.js';
import { findInParquet, isParquet } from './parquet.js';
import { isArray, isPickle, unpickle } from './pickle.js';
import type { Source } from './source.js';
import { findInTorch, isTorch } from './torch.js';
import { matrixIn } from './values.js';
import type { Wanted, WantedKey } from './wanted.js';

/** A format, recognised by the first bytes of a file. */
interface Converted {
  name: string;
  recognises: (head: Buffer) => boolean;
  /** The keys that may be asked for. */
  takes: readonly WantedKey[];
  find: (source: Source, wanted: Wanted, follower: Follower) => FoundMatrix | Promise<FoundMatrix>;
}

const FIELDS: readonly WantedKey[] = ['member', 'names', 'labels'];

/** Every such format. Nothing of a file is executed. */
export const CONVERTED: readonly Converted[] = [
  { name: 'a file of torch.save', recognises: isTorch, takes: FIELDS, find: findInTorch },
  { name: 'a Python pickle', recognises: isPickle, takes: FIELDS, find: findInPickle },
  {
    name: 'a .npy file of Python objects',
    recognises: isObjects,
    takes: FIELDS,
    find: findInObjects,
  },
  { name: 'a Parquet file', recognises: isParquet, takes: FIELDS, find: findInParquet },
  { name: 'an HDF5 file', recognises: isHdf5, takes: FIELDS, find: findInHdf5 },
];

function findInPickle(source: Source, wanted: Wanted): FoundMatrix {
  const value = unpickle(source.file, source.all());
  return matrixIn(source, value, 'a pickle', wanted);
}

function isObjects(head: Buffer): boolean {
  return isNpy(head) && /O\d*$/.test(npyArray(head)?.descr ?? '');
}

function findInObjects(source: Source, wanted: Wanted): FoundMatrix {
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
  const inside = isOne ? (objects[0] as never) : objects;
  return matrixIn(source, inside, 'objects of NumPy', wanted);
}
