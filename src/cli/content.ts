/** The kind of a file: matrix, table or model. */
import { extname } from 'node:path';
import { namedIn } from '../formats/open.js';
import { closeInput, fillSync, inputName, openInput } from '../files/input.js';

/** The kinds of file that `inspect` reads. */
export type Content = 'npy' | 'csv' | 'model';

const BY_ENDING: Record<string, Content> = {
  '.npy': 'npy',
  '.csv': 'csv',
};

/** Bytes that tell text, the header of a `.npy` file and that of a model apart. */
const HEAD = 4096;

/** The kind of a file by its ending, or else by its first bytes; `-` is a table. */
export function contentOf(path: string): Content {
  if (inputName(path) === '<stdin>') return 'csv';
  // A member of a file is a matrix.
  if (namedIn(path).member !== undefined) return 'npy';
  return BY_ENDING[extname(path).toLowerCase()] ?? byStart(path);
}

function byStart(path: string): Content {
  const file = openInput(path);
  try {
    const head = Buffer.alloc(HEAD);
    const start = head.subarray(0, fillSync(file, head, 0, 0));
    // A model begins with the length of its header, 8 bytes, and the brace of JSON.
    if (start[7] === 0 && start[8] === 0x7b) return isModel(start) ? 'model' : 'npy';
    if (extname(path).toLowerCase() === '.safetensors') return 'model';
    // The reader of matrices describes a file that is neither.
    const text = start.every(
      (byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d,
    );
    return text && start[0] !== NPY_MARK && start.length > 0 ? 'csv' : 'npy';
  } finally {
    closeInput(file);
  }
}

/** True for a header that tells of a model, rather than of a matrix among tensors. */
function isModel(start: Buffer): boolean {
  return start.includes('"hackface-model"') || start.includes('"card.');
}

/** `\x93NUMPY` begins with a byte that begins no text. */
const NPY_MARK = 0x93;
