/** Standard output as a target. */
import { write } from 'node:fs';
import { outputError } from './atomic.js';
import { errorCode } from './system.js';

/** True if a path stands for standard output: `-` or `/dev/stdout`. */
export function isStandardOutput(path: string): boolean {
  return path === '-' || path === '/dev/stdout';
}

/**
 * Writes chunks to standard output. Returns `false` if the reader closed it, as `… | head` does.
 * Errors: `EIO` (class `io`).
 */
export async function writeStandardOutput(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<boolean> {
  for await (const chunk of chunks) {
    let written = 0;
    while (written < chunk.length) {
      try {
        written += await writeOnce(chunk, written);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'EPIPE') return false;
        if (code !== 'EAGAIN' && code !== 'EINTR') throw outputError('<stdout>', error);
        // A non-blocking pipe that is full.
        await new Promise((resume) => setTimeout(resume, 2));
      }
    }
  }
  return true;
}

function writeOnce(chunk: Uint8Array, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(1, chunk, offset, chunk.length - offset, null, (error, written) => {
      if (error) reject(error);
      else resolve(written);
    });
  });
}
