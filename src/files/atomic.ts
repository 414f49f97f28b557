/** Files that are written whole or not at all. */
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  rmSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { chmod, type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { types } from 'node:util';
import { flag, optional, type Rules } from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { errorCode, fileKind } from './system.js';

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

/**
 * Writes a file whole or not at all: a reader, a crash or a full disk never leave a part of it
 * at `path`.
 *
 * The chunks go to a new file in the same directory, which is synced to the disk and then
 * renamed. A symbolic link stays and its target is replaced. A new file gets the mode that the
 * umask gives, a replaced one keeps its mode. Without `force` an existing file is rejected
 * (`EEXISTS`), even if it appears during the writing.
 *
 * Errors: `EEXISTS` and `ECREATE` (class `create`) if the file cannot be created; `EIO`
 * (class `io`) if writing fails; errors of the chunks. After any error `path` is unchanged and the
 * temporary file is removed.
 */
export async function writeFileAtomic(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: WriteOptions = {},
): Promise<void> {
  const force = options.force ?? false;
  const target = findTarget(path, force);
  const temporary = temporaryName(target.directory);
  liveTemporaryFiles.add(temporary);
  try {
    await writeTemporary(temporary, target, chunks);
    await putInPlace(temporary, target, force);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    liveTemporaryFiles.delete(temporary);
  }
  await syncDirectory(target);
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
    return resolve(path);
  }
}

/** A file that the addon writes beside its target. */
export interface TemporaryFile {
  /** Where to write, and sync at the end. */
  path: string;
  /** Gives it the target's name. */
  place: () => Promise<void>;
  /** Converts an error about it into one about the target. */
  blame: (error: unknown) => unknown;
  /** Removes it unless it was placed. */
  discard: () => void;
}

/**
 * Creates a temporary file in the directory of the target for the addon to write to; signals remove
 * it. Rejects a target that {@link writeFileAtomic} would reject.
 */
export function temporaryBeside(file: string, options: WriteOptions = {}): TemporaryFile {
  const force = options.force ?? false;
  const target = findTarget(file, force);
  const path = temporaryName(target.directory);
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    throw outputError(file, error);
  }
  liveTemporaryFiles.add(path);
  return {
    path,
    blame(error) {
      if (!(error instanceof HackfaceError) || error.file !== path) return error;
      const { code, class: errorClass, found } = error;
      if (errorClass === 'io' || errorClass === 'input') return writeFailure(file, found, error);
      return new HackfaceError(code, errorClass, { ...error, file });
    },
    async place() {
      if (target.existing !== undefined) await chmod(path, target.existing.mode & 0o777);
      await putInPlace(path, target, force);
      liveTemporaryFiles.delete(path);
      await syncDirectory(target);
    },
    discard() {
      if (liveTemporaryFiles.delete(path)) rmSync(path, { force: true });
    },
  };
}

/** Removes the temporary files of running writes; for a signal handler. Never throws. */
export function removeTemporaryFiles(): void {
  for (const path of liveTemporaryFiles) {
    try {
      unlinkSync(path);
    } catch {
      // Not created yet, or already renamed.
    }
  }
  liveTemporaryFiles.clear();
}

/** The error for a failure to create or write `file`. */
export function outputError(file: string, cause: unknown): HackfaceError {
  const code = errorCode(cause);
  const reason = CREATE_FAILURES[code];
  if (reason !== undefined) {
    return cannotCreate(file, reason, 'Choose another path, or change its permissions', cause);
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

async function writeTemporary(
  temporary: string,
  target: Target,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { file, existing } = target;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const mode = existing === undefined ? 0o666 : 0o600;
  const handle = await open(temporary, flags, mode).catch((error: unknown) => {
    throw outputError(file, error);
  });
  try {
    for await (const chunk of chunks) {
      await writeAll(handle, chunk).catch((error: unknown) => {
        throw outputError(file, error);
      });
    }
    if (existing !== undefined) await handle.chmod(existing.mode & 0o777);
    await handle.sync();
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw isSystemError(error) ? outputError(file, error) : error;
  }
  await handle.close().catch((error: unknown) => {
    throw outputError(file, error);
  });
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written);
    written += bytesWritten;
  }
}

async function putInPlace(temporary: string, target: Target, force: boolean): Promise<void> {
  const { file, path } = target;
  try {
    if (force) {
      await rename(temporary, path);
      return;
    }
    if (await linked(temporary, path)) {
      await unlink(temporary);
      return;
    }
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(file);
    await rename(temporary, path);
  } catch (error) {
    throw error instanceof HackfaceError ? error : errorInPlace(file, error);
  }
}

/** Gives the file its name unless the name is taken; `false` if the file system cannot do that. */
async function linked(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
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
    handle = await open(target.directory, constants.O_RDONLY);
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
