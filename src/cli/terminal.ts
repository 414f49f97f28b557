/** Standard output for results, standard error for messages: lines, whose texts cannot act on a terminal. */
import { fstatSync, writeSync } from 'node:fs';
import { outputError } from '../files/atomic.js';
import { errorCode } from '../files/system.js';
import { printable } from '../printable.js';

/**
 * Writes the lines of a result to standard output, all of it before it returns. Quiet when the reader
 * has gone, as for `… | head`. Errors: `EIO` (class `io`), such as for a full disk.
 */
export function print(lines: readonly string[]): void {
  const failure = writeAll(1, textOf(lines));
  if (failure !== undefined && errorCode(failure) !== 'EPIPE') {
    throw outputError('<stdout>', failure);
  }
}

/** Writes the lines of a message to standard error; a failure to do so is ignored. */
export function say(lines: readonly string[]): void {
  writeAll(2, textOf(lines));
}

/** Writes over the last line of a terminal on standard error, and stays in it. */
export function overwrite(line: string): void {
  writeAll(2, `\r\u001b[K${printable(line)}`);
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** Returns whether standard error is a terminal that can show a progress line. */
export function isLive(): boolean {
  // A character device is a terminal or /dev/null. Asking node:tty instead loads Node's streams, which
  // costs a short run 2 ms.
  return !process.env.CI && process.env.TERM !== 'dumb' && fstatSync(2).isCharacterDevice();
}

/** Writes to the descriptor itself, as opening Node's streams costs a short run too much. */
function writeAll(descriptor: number, text: string): unknown {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'EAGAIN' && code !== 'EINTR') return error;
      // A full non-blocking pipe: let its reader run.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
  return undefined;
}
