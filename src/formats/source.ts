/** A file whose parts are read where they lie. */
import { constants } from 'node:buffer';
import { statSync } from 'node:fs';
import { HackfaceError } from '../errors.js';
import {
  closeInput,
  fillSync,
  type InputFile,
  openInput,
  requireUnchanged,
} from '../files/input.js';
import { cutShort, refused } from './failure.js';

/** First bytes by which a format is recognised. */
const HEAD_BYTES = 4096;

/** Most bytes that are held at once: as many as a buffer of this Node, and 32 bits, can count. */
export const MOST_HELD = Math.min(constants.MAX_LENGTH, 2 ** 32 - 1);

/** An open file of a known length, read at given places. */
export class Source {
  readonly size: number;
  /** The first bytes of the file: all of them where there are few. */
  readonly head: Buffer;
  readonly #input: InputFile;

  private constructor(input: InputFile, size: number) {
    this.#input = input;
    this.size = size;
    this.head = this.bytes(0, Math.min(size, HEAD_BYTES), 'its first bytes');
  }

  /** Opens a file; `undefined` for standard input, which has no places. */
  static open(path: string): Source | undefined {
    const input = openInput(path);
    if (input.size === undefined) return undefined;
    try {
      return new Source(input, input.size);
    } catch (error) {
      closeInput(input);
      throw error;
    }
  }

  get file(): string {
    return this.#input.name;
  }

  /** Reads a part of the file; `what` names it where the file ends before. */
  bytes(offset: number, length: number, what: string): Buffer {
    const end = offset + length;
    if (!Number.isSafeInteger(end) || end > this.size || offset < 0 || length < 0) {
      throw cutShort(this.file, what, this.size);
    }
    if (length > MOST_HELD) throw this.tooLarge(length, what);
    const buffer = Buffer.allocUnsafeSlow(length);
    const filled = fillSync(this.#input, buffer, 0, offset, true);
    if (filled < length) throw cutShort(this.file, what, offset + filled);
    return buffer;
  }

  /** The whole file. */
  all(): Buffer {
    return this.size === this.head.length ? this.head : this.bytes(0, this.size, 'its data');
  }

  /** `EFORMAT`: more bytes than can be held. */
  tooLarge(length: number, what: string): HackfaceError {
    return refused(this.file, {
      found: `${length} bytes of ${what}`,
      expected: `at most ${MOST_HELD}, as they are read into memory`,
      hint: 'Save the matrix with numpy.save, which is mapped',
    });
  }

  /** Refuses a file that changed while it was read, or that the path no longer leads to. */
  requireSame(): void {
    requireUnchanged(this.#input);
    const { opened, name: file } = this.#input;
    const now = statSync(file, { throwIfNoEntry: false });
    if (now?.ino === opened?.ino && now?.size === opened?.size) return;
    throw new HackfaceError('EINPUTCHANGED', 'data', {
      file,
      found: 'another file in its place while it was read',
      expected: 'a file that nobody writes to',
      hint: 'Run again when the file is complete',
    });
  }

  close(): void {
    closeInput(this.#input);
  }
}
