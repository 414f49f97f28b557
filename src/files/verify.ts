/** Reading back of written files. */
import { open } from 'node:fs/promises';
import { HackfaceError } from '../errors.js';
import { outputError } from './atomic.js';

/** Reads a file back and rejects one that does not hold exactly these bytes (`EIO`). */
export async function requireContent(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      let offset = 0;
      for (const chunk of chunks) {
        const back = Buffer.allocUnsafe(chunk.length);
        const { bytesRead } = await handle.read(back, 0, back.length, offset);
        if (bytesRead !== chunk.length || !back.equals(chunk)) throw differs(path, offset);
        offset += chunk.length;
      }
      const { size } = await handle.stat();
      if (size !== offset) throw differs(path, Math.min(size, offset));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof HackfaceError ? error : outputError(path, error);
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
