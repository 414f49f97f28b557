/** System errors and kinds of files. */
import type { Stats } from 'node:fs';
import { resolve } from 'node:path';
import { types } from 'node:util';
import { HackfaceError } from '../errors.js';

/** The code of a system error, such as `ENOENT`. */
export function errorCode(error: unknown): string {
  const code = types.isNativeError(error) && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
}

/** The absolute path. Errors: `EINPUT` where the working directory was deleted. */
export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch (cause) {
    throw new HackfaceError('EINPUT', 'input', {
      file: path,
      found: 'a working directory that was deleted',
      expected: 'one that is there, since the path is relative',
      hint: 'Change to another directory, or give an absolute path',
      cause,
    });
  }
}

/** Kind of a file, with its article. */
export function fileKind(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  if (stats.isCharacterDevice()) return 'a character device';
  if (stats.isBlockDevice()) return 'a block device';
  return 'a regular file';
}
