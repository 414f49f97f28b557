/** Reading of model files. */
import { HackfaceError } from '../errors.js';
import { closeInput, fill, openInput, requireUnchanged } from './input.js';

/** Bytes that show whether a file may be a model: the length of its header and its start. */
const HEAD = 512;
/** Longest header of a model, in bytes. */
const MAX_HEADER = 2 ** 20;
/** Longest model file: a matrix or three. */
const MAX_BYTES = 2 ** 31;
/** Read at a time where the size is not known. */
const PIECE = 2 ** 20;

/**
 * Reads the bytes of a model file, or only its first if they show that it is none: pickles, archives
 * and hostile files seem to have a huge header and need not be read to the end.
 */
export async function readModelBytes(path: string): Promise<Uint8Array> {
  const input = openInput(path);
  try {
    if (input.size !== undefined && input.size > MAX_BYTES) throw tooLong(input.name, input.size);
    const head = Buffer.alloc(HEAD);
    let size = await fill(input, head, 0, 0);
    const pieces = [head.subarray(0, size)];
    if (size === HEAD && head.readBigUInt64LE(0) > MAX_HEADER) return head;
    while (size > 0) {
      const piece = Buffer.alloc(input.size === undefined ? PIECE : input.size - size + 1);
      const got = await fill(input, piece, 0, size);
      pieces.push(piece.subarray(0, got));
      size += got;
      if (size > MAX_BYTES) throw tooLong(input.name, size);
      if (got < piece.length) break;
    }
    requireUnchanged(input);
    return Buffer.concat(pieces);
  } finally {
    closeInput(input);
  }
}

function tooLong(file: string, size: number): HackfaceError {
  return new HackfaceError('EMODEL', 'data', {
    file,
    found: `${size} bytes`,
    expected: `a model file of at most ${MAX_BYTES}`,
  });
}
