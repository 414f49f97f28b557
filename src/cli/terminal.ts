import { fstatSync, writeSync } from 'node:fs';

/** Writes a result to standard output. Quiet when the reader has gone, as for `… | head`. */
export function print(text: string): void {
  writeAll(1, text);
}

/** Writes a message to standard error. */
export function say(text: string): void {
  writeAll(2, text);
}

/** Whether standard error shows a person something that may move. */
export function isLive(): boolean {
  // A character device is a terminal or /dev/null, where nobody minds; asking node:tty instead
  // loads Node's streams, which costs a short run 2 ms.
  return !process.env.CI && process.env.TERM !== 'dumb' && fstatSync(2).isCharacterDevice();
}

/** Straight to the descriptor: opening Node's streams costs more than a short run has. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EAGAIN' || code === 'EINTR') {
        // A full non-blocking pipe: let its reader run.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      } else {
        // EPIPE, or nobody to tell.
        return;
      }
    }
  }
}
