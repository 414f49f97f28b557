/** Input files and standard input: opening and reading. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  read,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { isAbsolute } from 'node:path';
import { HackfaceError } from '../errors.js';
import { errorCode, fileKind } from './system.js';

/** A regular file or standard input, open for reading from its start to its end. */
export interface InputFile {
  /** Name to show: the path, or `<stdin>`. */
  readonly name: string;
  readonly descriptor: number;
  /** Length in bytes; undefined for standard input. */
  readonly size: number | undefined;
  /** State at opening; undefined for standard input. */
  readonly opened: Stats | undefined;
}

/** Name to show for a path: `<stdin>` for `-` and `/dev/stdin`. */
export function inputName(path: string): string {
  return isStandardInput(path) ? '<stdin>' : path;
}

/**
 * Opens an input; `-` and `/dev/stdin` are standard input.
 *
 * Rejects with class `input` a path that is missing, unreadable, a directory, a FIFO, a socket or a
 * device. A FIFO is recognised before it is opened, as opening one waits for a writer.
 */
export function openInput(path: string): InputFile {
  if (isStandardInput(path)) {
    return { name: inputName(path), descriptor: 0, size: undefined, opened: undefined };
  }
  try {
    requireRegular(path, statSync(path));
    const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const opened = fstatSync(descriptor);
      requireRegular(path, opened);
      return { name: path, descriptor, size: opened.size, opened };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  } catch (error) {
    throw error instanceof HackfaceError ? error : cannotOpen(path, error);
  }
}

export function closeInput(input: InputFile): void {
  // What is still to come keeps no process alive.
  if (input.opened === undefined && waits) process.stdin.pause().unref?.();
  if (input.opened !== undefined) closeSync(input.descriptor);
}

/** Rejects an input that changed since it was opened (`EINPUTCHANGED`). */
export function requireUnchanged(input: InputFile): void {
  if (input.opened === undefined) return;
  const now = fstatSync(input.descriptor);
  const { size, mtimeMs, ctimeMs } = input.opened;
  if (now.size === size && now.mtimeMs === mtimeMs && now.ctimeMs === ctimeMs) return;
  throw new HackfaceError('EINPUTCHANGED', 'data', {
    file: input.name,
    found: `a change while it was read: ${size} bytes before, ${now.size} bytes after`,
    expected: 'a file that nobody writes to',
    hint: 'Run again when the file is complete',
  });
}

/**
 * Fills `buffer` from `start` on; fewer bytes than asked for mean the end of the input. The bytes are those that
 * come next, and `at` is where they begin; or, with `byPlace`, those that are there.
 */
export function fillSync(
  input: InputFile,
  buffer: Uint8Array,
  start: number,
  at: number,
  byPlace = false,
): number {
  let filled = start;
  while (filled < buffer.length) {
    try {
      const place = byPlace ? at + filled - start : null;
      const got = readSync(input.descriptor, buffer, filled, buffer.length - filled, place);
      if (got === 0) break;
      filled += got;
    } catch (error) {
      if (isEndOfFile(error)) break;
      if (!isRetryable(error)) throw cannotRead(input, at + filled - start, error);
      // A non-blocking terminal or pipe without bytes yet; what was interrupted goes on at once.
      if (errorCode(error) === 'EINTR') continue;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
  return filled - start;
}

/** {@link fillSync} without blocking the event loop. */
export async function fill(
  input: InputFile,
  buffer: Uint8Array,
  start: number,
  at: number,
): Promise<number> {
  let filled = start;
  while (filled < buffer.length) {
    try {
      const got = await readOnce(input, buffer, filled);
      if (got === 0) break;
      filled += got;
    } catch (error) {
      if (isEndOfFile(error)) break;
      if (!isRetryable(error)) throw cannotRead(input, at + filled - start, error);
      if (errorCode(error) === 'EINTR') continue;
      await new Promise((resume) => setTimeout(resume, 2));
    }
  }
  return filled - start;
}

/** The bytes of an input, piece by piece; each piece holds until the next is asked for. Errors: those of opening, `EIO`. */
export async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  const input = openInput(path);
  const buffer = Buffer.allocUnsafe(1 << 16);
  try {
    for (let at = 0; ; ) {
      const got = await fill(input, buffer, 0, at);
      if (got > 0) yield buffer.subarray(0, got);
      if (got < buffer.length) return;
      at += got;
    }
  } finally {
    closeInput(input);
  }
}

/** Reads what there is into `buffer` from `start` on, at least a byte; 0 at the end of the input. */
export async function readSome(
  input: InputFile,
  buffer: Uint8Array,
  start: number,
  at: number,
): Promise<number> {
  for (;;) {
    try {
      return await readOnce(input, buffer, start);
    } catch (error) {
      if (isEndOfFile(error)) return 0;
      if (!isRetryable(error)) throw cannotRead(input, at, error);
      if (errorCode(error) === 'EINTR') continue;
      await new Promise((resume) => setTimeout(resume, 2));
    }
  }
}

function readOnce(input: InputFile, buffer: Uint8Array, offset: number): Promise<number> {
  if (input.opened === undefined && mayWait()) return readStream(buffer, offset);
  return new Promise((resolve, reject) => {
    read(input.descriptor, buffer, offset, buffer.length - offset, null, (error, got) => {
      if (error) reject(error);
      else resolve(got);
    });
  });
}

let waits: boolean | undefined;

/** True if standard input is a pipe, a socket or a terminal, whose bytes may come late. */
function mayWait(): boolean {
  if (waits === undefined) {
    const kind = fstatSync(0);
    // Node loads its streams with node:tty, which takes 2 ms of each start.
    const isTerminal = () => process.getBuiltinModule('node:tty').isatty(0);
    waits = kind.isFIFO() || kind.isSocket() || isTerminal();
  }
  return waits;
}

/**
 * Reads from the stream of standard input. A read of the file system holds a thread that the end of the process
 * waits for, so that a signal would end nothing before the next bytes come.
 */
async function readStream(buffer: Uint8Array, offset: number): Promise<number> {
  const { stdin } = process;
  for (;;) {
    const bytes = stdin.read() as Buffer | null;
    if (bytes !== null) {
      const room = buffer.length - offset;
      buffer.set(bytes.subarray(0, room), offset);
      if (bytes.length > room) stdin.unshift(bytes.subarray(room));
      return Math.min(bytes.length, room);
    }
    if (stdin.readableEnded || stdin.destroyed) return 0;
    await more(stdin);
  }
}

/** Waits for bytes, for the end or for a failure. */
function more(stdin: typeof process.stdin): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => {
      stdin.off('readable', done).off('end', done).off('error', done);
      if (error) reject(error);
      else resolve();
    };
    stdin.on('readable', done).on('end', done).on('error', done);
  });
}

/** True if a path stands for standard input: `-` or `/dev/stdin`. */
export function isStandardInput(path: string): boolean {
  return path === '-' || path === '/dev/stdin';
}

function isRetryable(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EAGAIN' || code === 'EINTR';
}

// Windows reports the end of a pipe as an error.
function isEndOfFile(error: unknown): boolean {
  return errorCode(error) === 'EOF';
}

function requireRegular(file: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new HackfaceError('EINPUT', 'input', {
    file,
    found: fileKind(stats),
    expected: 'a regular file',
    hint: 'Name a file, or pass - and pipe the data to standard input',
  });
}

function cannotOpen(file: string, cause: unknown): HackfaceError {
  const code = errorCode(cause);
  const reasons: Record<string, string> = {
    ENOENT: 'no such file',
    ENOTDIR: 'no such file, as a part of its path is not a directory',
    EACCES: 'no permission to read it',
    EPERM: 'no permission to read it',
    ELOOP: 'a loop of symbolic links',
  };
  return new HackfaceError('EINPUT', 'input', {
    file,
    found: reasons[code] ?? `that it cannot be opened (${code})`,
    expected: 'a readable file',
    hint:
      code === 'ENOENT' || code === 'ENOTDIR'
        ? lookHere(file)
        : 'Check the path and its permissions',
    cause,
  });
}

/** Advice for a path without a file: where it was looked for. */
function lookHere(file: string): string {
  return isAbsolute(file)
    ? 'Check the path'
    : 'Check the path: it is looked for from the directory that this program runs in';
}

function cannotRead(input: InputFile, offset: number, cause: unknown): HackfaceError {
  const code = errorCode(cause);
  if (code === 'EISDIR') {
    return new HackfaceError('EINPUT', 'input', {
      file: input.name,
      found: 'a directory',
      expected: 'a regular file',
      hint: 'Name a file',
      cause,
    });
  }
  return new HackfaceError('EIO', 'io', {
    file: input.name,
    offset,
    found: `that reading failed (${code})`,
    expected: 'to read to the end of the file',
    hint: 'Check the disk or the network mount, then run again',
    cause,
  });
}
