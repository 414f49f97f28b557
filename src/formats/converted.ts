/** Formats that `convert` reads and no other command opens: they need a package of others, or begin as a matrix does. */
import { findInHdf5, isHdf5 } from './hdf5.js';
import type { Follower, FoundMatrix } from './matrix.js';
import { findInParquet, isParquet } from './parquet.js';
import { findInObjects, isObjects } from './pickled.js';
import type { Source } from './source.js';
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
  {
    name: 'a .npy file of Python objects',
    recognises: isObjects,
    takes: FIELDS,
    find: findInObjects,
  },
  { name: 'a Parquet file', recognises: isParquet, takes: FIELDS, find: findInParquet },
  { name: 'an HDF5 file', recognises: isHdf5, takes: FIELDS, find: findInHdf5 },
];
