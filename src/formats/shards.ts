/** Several `.npy` files as one matrix: a pattern, or a folder of shards or of vectors. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { refused } from './failure.js';
import { type FoundMatrix, heldNumbers, sizesOf } from './matrix.js';
import { isMatrix, isNumeric, LONGEST_NPY_HEADER, type NpyArray, npyArray } from './npy-header.js';
import { MOST_HELD, Source } from './source.js';

/** The `.npy` files that a pattern or a folder stands for; `undefined` for the path of a file. */
export function shardsOf(path: string): string[] | undefined {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const pattern = basename(path);
  const isPattern = !isFolder && pattern.includes('*') && !existsSync(path);
  if (!isFolder && !isPattern) return undefined;
  const folder = isFolder ? path : dirname(path);
  const matches = isFolder ? (name: string) => name.endsWith('.npy') : matcher(pattern);
  const names = existsSync(folder) ? readdirSync(folder).filter(matches) : [];
  // Refused as a file is that is not there, or as a folder.
  if (names.length === 0) return undefined;
  // part-2 before part-10, as whoever numbered them meant.
  const inOrder = new Intl.Collator('en', { numeric: true });
  names.sort((a, b) => inOrder.compare(a, b) || (a < b ? -1 : 1));
  return names.map((name) => join(folder, name));
}

/** `*` stands for any characters, and everything else for itself. */
function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  return (name) => {
    if (!name.startsWith(first) || name.length < first.length + last.length) return false;
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.endsWith(last) && at <= name.length - last.length;
  };
}

/** One of the files: what it holds, and how many bytes of numbers. */
interface Shard {
  file: string;
  array: NpyArray;
  rows: number;
  dim: number;
  bytes: number;
}

/** Reads the files one after another; vectors are named by their files. */
export function findInShards(path: string, files: readonly string[]): FoundMatrix {
  const first = look(files[0] as string);
  const shards = files.map((file, place) => (place === 0 ? first : look(file)));
  for (const shard of shards) requireAlike(first, shard);
  const total = shards.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > MOST_HELD) {
    throw refused(path, {
      found: `${total} bytes in ${files.length} files`,
      expected: `at most ${MOST_HELD}, as they are read into memory`,
      hint: 'Join them once and for all with numpy.save',
    });
  }
  const all = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const shard of shards) {
    const source = opened(shard.file);
    try {
      source.bytes(shard.array.offset, shard.bytes, 'its data').copy(all, at);
      source.requireSame();
    } finally {
      source.close();
    }
    at += shard.bytes;
  }
  const rows = shards.reduce((sum, shard) => sum + shard.rows, 0);
  const vectors = first.array.shape.length === 1;
  const range = `${basename(first.file)} … ${basename(files.at(-1) as string)}`;
  const told = `${files.length} ${vectors ? 'vectors' : 'files'} as one: ${range}`;
  const numbers = { descr: first.array.descr, fortran: false, rows, dim: first.dim };
  const found = heldNumbers(all, numbers, told);
  const names = () => files.map((file) => basename(file).replace(/\.npy$/, ''));
  return vectors ? { ...found, names } : found;
}

function opened(file: string): Source {
  return Source.open(file) as Source;
}

function look(file: string): Shard {
  const source = opened(file);
  try {
    const array = npyArray(
      source.bytes(0, Math.min(source.size, LONGEST_NPY_HEADER), 'its header'),
    );
    const isVector = array?.shape.length === 1 && isNumeric(array.descr);
    if (array === undefined || !(isVector || isMatrix(array))) {
      throw refused(file, {
        found: array === undefined ? 'no .npy file' : `an array of ${array.shape.length} axes`,
        expected: 'a matrix or a vector of numbers, as numpy.save writes it',
        hint: 'Keep other files out of the folder or the pattern',
      });
    }
    const [rows, dim] = isVector ? [1, array.shape[0] ?? 0] : (sizesOf(array.shape) ?? [0, 0]);
    if (array.fortran && rows > 1 && dim > 1) {
      throw refused(file, {
        found: 'a matrix stored column after column',
        expected: 'rows, to be one matrix with other files',
        hint: 'Save it with numpy.save(FILE, numpy.ascontiguousarray(MATRIX))',
      });
    }
    const bytes = rows * dim * Number(array.descr.at(-1));
    if (source.size !== array.offset + bytes) {
      throw refused(file, {
        found: `${source.size - array.offset} bytes of data`,
        expected: `exactly ${bytes} for ${rows} × ${dim} of ${array.descr}`,
        hint: 'The file was cut short or is two in one: copy or write it again',
      });
    }
    return { file, array, rows, dim, bytes };
  } finally {
    source.close();
  }
}

function requireAlike(first: Shard, other: Shard): void {
  const kind = ({ array, dim }: Shard) =>
    `${array.shape.length === 1 ? 'a vector' : 'rows'} of ${dim} ${array.descr} values`;
  if (kind(first) === kind(other)) return;
  throw refused(other.file, {
    found: kind(other),
    expected: `${kind(first)}, as in ${basename(first.file)}`,
    hint: 'Save all of them alike',
  });
}
