/** Formats that `convert` reads and no other command opens: they need a package of others, or begin as a matrix does. */
import type { Follower, FoundMatrix } from './matrix.js';
import { findInObjects, isObjects } from './pickled.js';
import { isHdf5, isParquet } from './signatures.js';
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

/** Every such format. Nothing of a file is executed. Readers that are long are loaded for a file of theirs. */
export const CONVERTED: readonly Converted[] = [
  {
    name: 'a .npy file of Python objects',
    recognises: isObjects,
    takes: FIELDS,
    find: findInObjects,
  },
  {
    name: 'a Parquet file',
    recognises: isParquet,
    takes: FIELDS,
    find: async (...given) => (await import('./parquet.js')).findInParquet(...given),
  },
  {
    name: 'an HDF5 file',
    recognises: isHdf5,
    takes: FIELDS,
    find: async (...given) => (await import('./hdf5.js')).findInHdf5(...given),
  },
];
