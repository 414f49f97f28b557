/** Files that are written whole or not at all. */
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  // Node loads it when it is first used: while the addon works.
  promises,
  readlinkSync,
  realpathSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { types } from 'node:util';
import { flag, optional, type Rules } from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { absolutePath, errorCode, fileKind } from './system.js';

/** How to write a file. */
export interface WriteOptions {
  /** Replaces a file that is already there; default false. */
  force?: boolean | undefined;
}

/** Validation rules for {@link WriteOptions}. */
export const WRITE_RULES: Rules<WriteOptions> = { force: optional(flag) };

/** The target of a path once links are followed. */
interface Target {
  /** The path as given, for errors. */
  file: string;
  /** Directory of the file itself, free of links. */
  directory: string;
  /** The file itself. */
  path: string;
  /** State of the target. */
  existing: Stats | undefined;
}

const LINK_LIMIT = 40;

const liveTemporaryFiles = new Set<string>();

/** How {@link writeFileAtomic} writes. */
export interface AtomicOptions extends WriteOptions {
  /** Reads the written file, at the path it is given, before it gets the target's name. */
  check?: ((written: string) => Promise<void>) | undefined;
}

/**
 * Writes a file whole or not at all: a reader, a crash or a full disk never leave a part of it
 * at `path`.
 *
 * The chunks go to a new file in the same directory, which is synced to the disk, checked and then
 * renamed. A symbolic link stays and its target is replaced. A new file gets the mode that the
 * umask gives, a replaced one keeps its mode. Without `force` an existing file is rejected
 * (`EEXISTS`), even if it appears during the writing.
 *
 * Errors: `EEXISTS` and `ECREATE` (class `create`) if the file cannot be created; `EIO`
 * (class `io`) if writing fails; errors of the chunks and of the check. After any error `path` is
 * unchanged and the temporary file is removed.
 */
export async function writeFileAtomic(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { force, check }: AtomicOptions = {},
): Promise<void> {
  await writeBeside(path, { force }, async (temporary) => {
    await temporary.fill(chunks);
    await check?.(temporary.path);
  });
}

/** {@link writeFileAtomic} of what `write` writes to the temporary file; gives what that gives. */
export async function writeBeside<T>(
  path: string,
  options: WriteOptions,
  write: (temporary: TemporaryFile) => Promise<T>,
): Promise<T> {
  const temporary = temporaryBeside(path, options);
  try {
    const written = await write(temporary);
    await temporary.place();
    return written;
  } catch (error) {
    throw temporary.blame(error);
  } finally {
    temporary.discard();
  }
}

let temporaryCount = 0;

/** A name that no other process, thread or call makes. */
function temporaryName(directory: string): string {
  temporaryCount += 1;
  const moment = process.hrtime.bigint().toString(36);
  return join(directory, `.hackface-${process.pid}-${moment}-${temporaryCount}.tmp`);
}

/**
 * Rejects a path that {@link writeFileAtomic} would reject, without writing: to be called before a
 * long computation.
 */
export function checkTarget(path: string, options: WriteOptions = {}): void {
  findTarget(path, options.force ?? false);
}

/**
 * The target of a path once links are followed, whether or not the file exists: equal for two paths
 * of one file. The absolute path if one of its directories does not exist.
 */
export function targetOf(path: string): string {
  try {
    return followLinks(path).path;
  } catch {
    return absolutePath(path);
  }
}

/** A file that is written beside its target. */
export interface TemporaryFile {
  /** Where to write, and sync at the end; it exists, and must not be created again. */
  path: string;
  /** Writes chunks to it and syncs it. */
  fill: (chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) => Promise<void>;
  /** Gives it the target's name. */
  place: () => Promise<void>;
  /** Converts an error about it into one about the target. */
  blame: (error: unknown) => unknown;
  /** Removes it unless it was placed. Never throws. */
  discard: () => void;
}

/**
 * Creates a temporary file in the directory of the target. It is removed when the process exits;
 * whoever writes to it opens it without creating it, so a late opening brings nothing back. Nobody
 * may read it who may not read the target. Rejects a target that {@link writeFileAtomic} would reject.
 */
export function temporaryBeside(file: string, options: WriteOptions = {}): TemporaryFile {
  const force = options.force ?? false;
  const target = findTarget(file, force);
  const path = temporaryName(target.directory);
  try {
    // Blocking: one that threads create could appear after an exit removed it.
    closeSync(openSync(path, 'wx', target.existing === undefined ? 0o666 : 0o600));
  } catch (error) {
    throw outputError(file, error);
  }
  remember(path);
  return {
    path,
    fill: (chunks) => fillFile(path, file, chunks),
    blame(error) {
      if (!(error instanceof HackfaceError) || error.file !== path) return error;
      const { class: errorClass, found } = error;
      const failed = errorClass === 'io' || errorClass === 'input';
      return failed ? writeFailure(file, found, error) : error.with({ file });
    },
    async place() {
      await putInPlace(path, target, force);
      forget(path);
      await syncDirectory(target);
    },
    discard() {
      if (!liveTemporaryFiles.has(path)) return;
      remove(path);
      forget(path);
    },
  };
}

function remember(path: string): void {
  if (liveTemporaryFiles.size === 0) process.on('exit', removeTemporaryFiles);
  liveTemporaryFiles.add(path);
}

function forget(path: string): void {
  liveTemporaryFiles.delete(path);
  if (liveTemporaryFiles.size === 0) process.off('exit', removeTemporaryFiles);
}

/** Removes the temporary files of running writes, as the process exits. Never throws. */
export function removeTemporaryFiles(): void {
  for (const path of [...liveTemporaryFiles]) {
    remove(path);
    forget(path);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Already renamed, or its directory is gone.
  }
}

/** The error for a failure to create or write `file`. */
export function outputError(file: string, cause: unknown): HackfaceError {
  const code = errorCode(cause);
  const reason = CREATE_FAILURES[code];
  if (reason !== undefined) {
    const hint =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'Make the directory, or choose another path'
        : 'Choose another path, or change its permissions';
    return cannotCreate(file, reason, hint, cause);
  }
  return writeFailure(file, WRITE_FAILURES[code] ?? `that writing failed (${code})`, cause);
}

function writeFailure(file: string, found: string, cause: unknown): HackfaceError {
  return new HackfaceError('EIO', 'io', {
    file,
    found,
    expected: 'to write the whole file',
    hint: 'Free some space or choose another disk, then run again',
    cause,
  });
}

const CREATE_FAILURES: Record<string, string> = {
  EACCES: 'no permission to create it',
  EPERM: 'no permission to create it',
  EROFS: 'a read-only file system',
  ENOENT: 'no such directory',
  ENOTDIR: 'a part of its path that is not a directory',
  EEXIST: 'a file of that name',
  EISDIR: 'a directory',
  ELOOP: 'a loop of symbolic links',
  ENAMETOOLONG: 'a name that is too long',
};

const WRITE_FAILURES: Record<string, string> = {
  ENOSPC: 'a full disk',
  EDQUOT: 'a disk quota used up',
  EFBIG: 'a file larger than the system allows',
  EIO: 'a failing disk',
};

// A file system without hard links: whether the target has appeared is then looked up instead of
// decided by the system.
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

function findTarget(file: string, force: boolean): Target {
  try {
    const target = followLinks(file);
    if (target.existing !== undefined) requireReplaceable(target.existing, file, force);
    return target;
  } catch (error) {
    throw error instanceof HackfaceError ? error : outputError(file, error);
  }
}

function followLinks(file: string): Target {
  let path = file;
  for (let links = 0; links <= LINK_LIMIT; links += 1) {
    const directory = realpathSync(dirname(path));
    path = join(directory, basename(path));
    const existing = lstatSync(path, { throwIfNoEntry: false });
    if (!existing?.isSymbolicLink()) return { file, directory, path, existing };
    const to = readlinkSync(path);
    path = isAbsolute(to) ? to : join(directory, to);
  }
  throw cannotCreate(file, 'a loop of symbolic links', 'Choose another path');
}

function requireReplaceable(existing: Stats, file: string, force: boolean): void {
  if (existing.isCharacterDevice()) {
    // Of class io: tests use /dev/full as a failing disk.
    throw new HackfaceError('EIO', 'io', {
      file,
      found: 'a character device, which cannot hold a file',
      expected: 'a path for a regular file',
      hint: 'Choose another path',
    });
  }
  if (!existing.isFile()) {
    throw cannotCreate(file, fileKind(existing), 'Choose another path');
  }
  if (!force) throw alreadyThere(file);
}

/** Writes chunks to a file that exists, and syncs it; errors tell of `target`. */
async function fillFile(
  path: string,
  target: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const failed = (error: unknown) => {
    throw outputError(target, error);
  };
  const handle = await promises.open(path, constants.O_WRONLY).catch(failed);
  try {
    for await (const chunk of chunks) await writeAll(handle, chunk).catch(failed);
    await handle.sync();
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw isSystemError(error) ? outputError(target, error) : error;
  }
  await handle.close().catch(failed);
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written);
    written += bytesWritten;
  }
}

async function putInPlace(temporary: string, target: Target, force: boolean): Promise<void> {
  const { file, path, existing } = target;
  try {
    if (existing !== undefined) await promises.chmod(temporary, existing.mode & 0o777);
    if (force) {
      await promises.rename(temporary, path);
      return;
    }
    if (await linked(temporary, path)) {
      await promises.unlink(temporary);
      return;
    }
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(file);
    await promises.rename(temporary, path);
  } catch (error) {
    throw error instanceof HackfaceError ? error : errorInPlace(file, error);
  }
}

/** Gives the file its name unless the name is taken; `false` if the file system cannot do that. */
async function linked(temporary: string, path: string): Promise<boolean> {
  try {
    await promises.link(temporary, path);
    return true;
  } catch (error) {
    if (NO_HARD_LINKS.has(errorCode(error))) return false;
    throw error;
  }
}

function errorInPlace(file: string, error: unknown): HackfaceError {
  return errorCode(error) === 'EEXIST' ? alreadyThere(file) : outputError(file, error);
}

/** Makes the new name survive a power failure, if the system can. */
async function syncDirectory(target: Target): Promise<void> {
  if (process.platform === 'win32') return;
  let handle: FileHandle | undefined;
  try {
    handle = await promises.open(target.directory, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    // A directory that may be written but not read, or a file system without this call.
    if (['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(error))) return;
    throw outputError(target.file, error);
  } finally {
    await handle?.close();
  }
}

function isSystemError(error: unknown): boolean {
  return types.isNativeError(error) && 'syscall' in error;
}

function alreadyThere(file: string): HackfaceError {
  return new HackfaceError('EEXISTS', 'create', {
    file,
    found: 'a file that is already there',
    expected: 'a new path',
    hint: 'Choose another path',
    advice: { text: 'replace the file', option: 'force', value: 'true' },
  });
}

function cannotCreate(file: string, found: string, hint: string, cause?: unknown): HackfaceError {
  return new HackfaceError('ECREATE', 'create', {
    file,
    found,
    expected: 'a path where a file can be created',
    hint,
    cause,
  });
}
