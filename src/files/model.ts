/** Reading of model files. */
import { HackfaceError } from '../errors.js';
import { closeInput, fill, type InputFile, openInput, requireUnchanged } from './input.js';

/** Bytes of the length of the header. */
const LENGTH = 8;
/** Longest header of a model, in bytes. */
const MAX_HEADER = 2 ** 20;
/** Longest model file: a matrix or three. */
const MAX_BYTES = 2 ** 31;
/** Bytes that show what a file is that is no model: pickles and archives seem to have a huge header. */
const HEAD = 512;

/**
 * Reads the bytes of a model file, or only its first if they show that it is none. `lengthOf` gives
 * the length of the file by its header, and throws if that is wrong: nothing behind such a header is
 * read, and no memory is taken for it.
 */
export async function readModelBytes(
  path: string,
  lengthOf: (head: Uint8Array, length: number | undefined) => number,
): Promise<Uint8Array> {
  const input = openInput(path);
  try {
    const length = await read(input, LENGTH, Buffer.alloc(0));
    const header = length.length === LENGTH ? Number(length.readBigUInt64LE(0)) : 0;
    if (header > MAX_HEADER) return await read(input, HEAD, length);
    const head = await read(input, LENGTH + header, length);
    const size = lengthOf(head, input.size);
    if (size > MAX_BYTES) throw tooLong(input.name, size);
    // Of standard input, a byte more shows that there is more than there should be.
    const bytes = await read(input, input.size ?? size + 1, head);
    requireUnchanged(input);
    return bytes;
  } finally {
    closeInput(input);
  }
}

/** The first `size` bytes, of which `start` was read before; fewer at the end of the input. */
async function read(input: InputFile, size: number, start: Buffer): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  start.copy(bytes);
  const got = await fill(input, bytes, start.length, start.length);
  return bytes.subarray(0, start.length + got);
}

function tooLong(file: string, size: number): HackfaceError {
  return new HackfaceError('EMODEL', 'data', {
    file,
    found: `${size} bytes`,
    expected: `a model file of at most ${MAX_BYTES}`,
  });
}
