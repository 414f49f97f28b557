/** Reading back of written files. */
import { HackfaceError } from '../errors.js';
import { closeInput, fill, openInput } from './input.js';

/**
 * Reads a file back and rejects one that does not hold exactly these bytes (`EIO`); `name` is what
 * errors call it.
 */
export async function requireContent(
  path: string,
  chunks: Iterable<Uint8Array>,
  name: string = path,
): Promise<void> {
  const input = openInput(path);
  try {
    let offset = 0;
    for (const chunk of chunks) {
      const back = Buffer.allocUnsafe(chunk.length);
      const read = await fill(input, back, 0, offset);
      if (read !== chunk.length || !back.equals(chunk)) throw differs(name, offset);
      offset += chunk.length;
    }
    if ((await fill(input, Buffer.alloc(1), 0, offset)) > 0) throw differs(name, offset);
  } finally {
    closeInput(input);
  }
}

function differs(file: string, offset: number): HackfaceError {
  return new HackfaceError('EIO', 'io', {
    file,
    offset,
    found: 'other bytes than were written, within the next piece',
    expected: 'the file to hold what was written to it',
    hint: 'Look for another program that writes there, and at the disk',
  });
}
