/** The one door of matrices that are no plain `.npy` file. */
import { existsSync } from 'node:fs';
import { CONVERTED } from './converted.js';
import { findInDelimited, isDelimited } from './delimited.js';
import { refused } from './failure.js';
import { findInJson, isJson } from './json.js';
import { findInKaldi, findInKaldiList, isKaldi, isKaldiList } from './kaldi.js';
import type { FoundMatrix } from './matrix.js';
import { isNpy } from './npy-header.js';
import { findInNpz, isNpz } from './npz.js';
import { findInSafetensors, isSafetensors } from './safetensors.js';
import { findInShards, shardsOf } from './shards.js';
import { Source } from './source.js';
import { findInVecs, isVecs, rawNumbers } from './vecs.js';

/** A format: recognised by the first bytes of a file, never by its name alone. */
interface Format {
  name: string;
  /** True if `:MEMBER` behind the path names one of its matrices. */
  members?: true;
  recognises: (head: Buffer, size: number) => boolean;
  find: (source: Source, member: string | undefined) => FoundMatrix;
}

/** Every format that is opened wherever a `.npy` file is, in the order in which they are tried. */
export const FORMATS: readonly Format[] = [
  { name: 'npz', members: true, recognises: isNpz, find: findInNpz },
  { name: 'safetensors', members: true, recognises: isSafetensors, find: findInSafetensors },
  { name: 'Kaldi archive', recognises: isKaldi, find: findInKaldi },
  { name: 'Kaldi list', recognises: isKaldiList, find: findInKaldiList },
  { name: 'JSON', recognises: isJson, find: findInJson },
  { name: 'table of numbers', recognises: isDelimited, find: findInDelimited },
  { name: 'fvecs, bvecs, ivecs', recognises: isVecs, find: findInVecs },
];

/** A path, and what of its file is meant. */
export interface Named {
  path: string;
  member?: string;
}

/** Splits `FILE:MEMBER`, if FILE exists and the whole is no file. */
export function namedIn(text: string): Named {
  const colon = text.lastIndexOf(':');
  if (colon <= 0 || existsSync(text) || !existsSync(text.slice(0, colon))) return { path: text };
  return { path: text.slice(0, colon), member: text.slice(colon + 1) };
}

/** A matrix that was found, and the file to be asked afterwards whether it is still the same. */
export interface Found extends FoundMatrix {
  file: string;
  /** To be called once the addon has opened the file, too. */
  requireSame: () => void;
  close: () => void;
}

/**
 * Finds the matrix that a text names: a file, `FILE:MEMBER`, `FILE:dim=D` for raw float32, a folder of
 * `.npy` files, or a pattern such as `part-*.npy`.
 *
 * With `convert` also what {@link CONVERTED} lists. `undefined` for a `.npy` file and for what no format recognises, which the core opens or refuses.
 * Errors: `EINPUT`, `EFORMAT`, `EINPUTCHANGED`, `EIO`.
 */
export function findMatrix(text: string, convert = false): Found | undefined {
  const { path, member } = namedIn(text);
  const shards = shardsOf(path);
  if (shards !== undefined) {
    const found = findInShards(path, shards);
    return { ...found, file: path, requireSame: () => undefined, close: () => undefined };
  }
  const source = Source.open(path);
  if (source === undefined) return undefined;
  try {
    const found = findIn(source, member, convert);
    if (found === undefined) {
      source.close();
      return undefined;
    }
    const [requireSame, close] = [() => source.requireSame(), () => source.close()];
    return { ...found, file: path, requireSame, close };
  } catch (error) {
    source.close();
    throw error;
  }
}

function findIn(
  source: Source,
  member: string | undefined,
  convert: boolean,
): FoundMatrix | undefined {
  const dim = /^dim=([1-9]\d{0,6})$/.exec(member ?? '')?.[1];
  const { head, size } = source;
  const converted = CONVERTED.find((one) => one.recognises(head));
  if (converted !== undefined && (convert || !isNpy(head))) {
    if (convert) return converted.find(source);
    throw refused(source.file, {
      found: converted.name,
      expected: 'a matrix of numbers',
      hint: `Convert it once, which executes nothing of it: hackface-native convert ${source.file} -o embeddings.npy`,
    });
  }
  const format = isNpy(head) ? undefined : FORMATS.find((one) => one.recognises(head, size));
  if (dim !== undefined && !format?.members) return rawNumbers(source, Number(dim));
  if (member !== undefined && !format?.members) {
    throw refused(source.file, {
      found: `${format?.name ?? 'a file'} without members`,
      expected: 'a .npz or a safetensors file, to have a member of it',
      hint: `Leave out ":${member}", or write :dim=D for raw float32`,
    });
  }
  return format?.find(source, member);
}
