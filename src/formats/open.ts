/** The one door of matrices that are no plain `.npy` file. */
import { existsSync } from 'node:fs';
import { HackfaceError } from '../errors.js';
import { CONVERTED } from './converted.js';
import { findInDelimited, isDelimited } from './delimited.js';
import { refused } from './failure.js';
import { findInJson, isJson } from './json.js';
import { findInKaldi, findInKaldiList, isKaldi, isKaldiList } from './kaldi.js';
import { findInMatlab, isMatlab } from './matlab.js';
import type { Follower, FoundMatrix } from './matrix.js';
import { isNpy } from './npy-header.js';
import { findInNpz, isNpz } from './npz.js';
import { isPickle } from './pickle.js';
import { findInPickle } from './pickled.js';
import { findInSafetensors, isSafetensors } from './safetensors.js';
import { findInShards, shardsOf } from './shards.js';
import { Source } from './source.js';
import { findInTorch, isTorch } from './torch.js';
import { findInVecs, isVecs, rawNumbers } from './vecs.js';
import { type Wanted, type WantedKey, wantedIn } from './wanted.js';

/** A format: recognised by the first bytes of a file, never by its name alone. */
interface Format {
  name: string;
  /** The keys that may stand behind the path. */
  takes: readonly WantedKey[];
  recognises: (head: Buffer, size: number) => boolean;
  find: (source: Source, wanted: Wanted) => FoundMatrix;
}

const FIELDS: readonly WantedKey[] = ['member', 'names', 'labels'];
const COLUMNS: readonly WantedKey[] = ['names', 'labels'];

/** Every format that is opened wherever a `.npy` file is, in the order in which they are tried. */
export const FORMATS: readonly Format[] = [
  { name: 'file of torch.save', takes: FIELDS, recognises: isTorch, find: findInTorch },
  { name: 'Python pickle', takes: FIELDS, recognises: isPickle, find: findInPickle },
  { name: 'npz', takes: FIELDS, recognises: isNpz, find: findInNpz },
  { name: 'MATLAB', takes: FIELDS, recognises: isMatlab, find: findInMatlab },
  { name: 'safetensors', takes: ['member'], recognises: isSafetensors, find: findInSafetensors },
  { name: 'Kaldi archive', takes: [], recognises: isKaldi, find: findInKaldi },
  { name: 'Kaldi list', takes: [], recognises: isKaldiList, find: findInKaldiList },
  { name: 'JSON', takes: FIELDS, recognises: isJson, find: findInJson },
  { name: 'table of numbers', takes: COLUMNS, recognises: isDelimited, find: findInDelimited },
  { name: 'fvecs, bvecs, ivecs', takes: [], recognises: isVecs, find: findInVecs },
];

/** A path, and what of its file is meant, as it is written behind the path. */
export interface Named {
  path: string;
  member?: string;
}

/** Splits `FILE:MEMBER`, if FILE exists and the whole is no file. */
export function namedIn(text: string): Named {
  if (existsSync(text)) return { path: text };
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    const path = text.slice(0, colon);
    if (existsSync(path)) return { path, member: text.slice(colon + 1) };
  }
  return { path: text };
}

/** True for a `.npy` file, which holds no names of rows, and for what cannot be opened. */
export function isPlain(text: string): boolean {
  try {
    const { path, member } = namedIn(text);
    if (member !== undefined || shardsOf(path) !== undefined) return false;
    const source = Source.open(path);
    source?.close();
    return source === undefined || isNpy(source.head);
  } catch (error) {
    // Whoever opens it refuses it.
    if (error instanceof HackfaceError) return true;
    throw error;
  }
}

/** A matrix that was found, and the file to be asked afterwards whether it is still the same. */
export interface Found extends FoundMatrix {
  file: string;
  /** To be called once the addon has opened the file, too. */
  requireSame: () => void;
  close: () => void;
}

/**
 * Finds the matrix that a text names: a file, a file and what of it is meant (`FILE:MEMBER`,
 * `FILE:dim=512` for raw float32, `FILE:names=COLUMN`), a folder of `.npy` files, or a pattern such as
 * `part-*.npy`.
 *
 * `undefined` for a `.npy` file and for what no format recognises, which the core opens or refuses.
 * Errors: `EINPUT`, `EFORMAT`, `EINPUTCHANGED`, `EIO`.
 */
export function findMatrix(text: string): Found | undefined {
  const { path, member } = namedIn(text);
  const shards = shardsOf(path);
  if (shards !== undefined) {
    const found = findInShards(path, shards);
    return { ...found, file: path, requireSame: () => undefined, close: () => undefined };
  }
  const source = Source.open(path);
  if (source === undefined) return undefined;
  try {
    const found = findIn(source, member);
    if (found === undefined) source.close();
    return found && foundIn(source, path, found);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** {@link findMatrix}, also in what {@link CONVERTED} lists. */
export async function findToConvert(
  text: string,
  follower: Follower = {},
): Promise<Found | undefined> {
  const { path, member } = namedIn(text);
  const source = shardsOf(path) === undefined ? Source.open(path) : undefined;
  const format = source && CONVERTED.find((one) => one.recognises(source.head));
  if (source === undefined || format === undefined) {
    source?.close();
    return findMatrix(text);
  }
  try {
    const wanted = requireTaken(source, member, format);
    const found = await format.find(source, wanted, follower);
    return foundIn(source, path, told(source, wanted, found));
  } catch (error) {
    source.close();
    throw error;
  }
}

function foundIn(source: Source, file: string, found: FoundMatrix): Found {
  return { ...found, file, requireSame: () => source.requireSame(), close: () => source.close() };
}

function findIn(source: Source, member: string | undefined): FoundMatrix | undefined {
  const { file, head, size } = source;
  const converted = CONVERTED.find((one) => one.recognises(head));
  if (converted !== undefined && !isNpy(head)) {
    throw refused(file, {
      found: converted.name,
      expected: 'a matrix of numbers',
      hint: `Convert it once: hackface-native convert ${file} -o embeddings.npy`,
    });
  }
  const format = isNpy(head) ? undefined : FORMATS.find((one) => one.recognises(head, size));
  const { dim } = wantedIn(member ?? '');
  if (dim !== undefined && !format?.takes.includes('member')) return rawNumbers(source, dim);
  const wanted = requireTaken(source, member, format);
  return format && told(source, wanted, format.find(source, wanted));
}

/** The keys that were asked for, all of which the format must know. */
function requireTaken(
  { file }: Source,
  member: string | undefined,
  format: Pick<Format, 'name' | 'takes'> | undefined,
): Wanted {
  if (member === undefined) return {};
  const wanted = wantedIn(member);
  const { name = 'a file of one matrix', takes = [] } = format ?? {};
  const odd = (Object.keys(wanted) as WantedKey[]).find((key) => !takes.includes(key));
  if (odd === undefined) return wanted;
  const keys = takes.map((key) => (key === 'member' ? 'MEMBER' : `${key}=…`)).join(', ');
  throw refused(file, {
    found: `${odd === 'member' ? 'a member' : `${odd}=…`} of ${name}`,
    expected: keys === '' ? 'the file alone' : `${keys} behind its path`,
    hint: `Leave out ":${member}"${takes.length > 0 ? '' : ', or write :dim=D for raw float32'}`,
  });
}

/** Requires names and classes that were asked for to be there. */
function told({ file }: Source, wanted: Wanted, found: FoundMatrix): FoundMatrix {
  for (const key of ['names', 'labels'] as const) {
    if (wanted[key] === undefined || found[key] !== undefined) continue;
    throw refused(file, {
      found: `no texts or whole numbers for each row in ${wanted[key]}`,
      expected: `the ${key === 'names' ? 'names' : 'classes'} of the rows there`,
      hint: `Leave out ${key}=${wanted[key]}, or name another`,
    });
  }
  return found;
}
