/** Packages that read what few people have: whoever needs one installs it. Threads load them, and nothing else at run time. */
import type { HackfaceError } from '../errors.js';
import { refused } from './failure.js';

/** The packages, and what each is for. */
export const PURPOSES = { hyparquet: 'Parquet', h5wasm: 'HDF5' } as const;

export type OptionalPackage = keyof typeof PURPOSES;

/** An error of a package, or of loading it. */
export interface Failure {
  message: string;
  code?: string | undefined;
}

/** The error for a package that cannot be loaded. */
export function notLoaded(
  file: string,
  name: OptionalPackage,
  { code, message }: Failure,
): HackfaceError {
  const absent = code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
  return refused(file, {
    found: `a file of ${PURPOSES[name]}, and the package ${name} ${absent ? 'not installed' : `not to be loaded (${message})`}`,
    expected: `${name}, which reads it`,
    hint: `Install it where hackface-native is: npm install ${name}, with --global if that was installed so`,
  });
}

/** The error for what a package says it cannot read. */
export function notRead(file: string, name: OptionalPackage, message: string): HackfaceError {
  // Of the many lines of libhdf5, what the first one says.
  const line = /in \w+\(\): (.*)/.exec(message)?.[1] ?? message.split('\n')[0] ?? '';
  return refused(file, {
    found: `what ${name} does not read (${line.slice(0, 200)})`,
    expected: `a file as ${PURPOSES[name]} writes it`,
    hint: 'The file was damaged, or uses what is not supported: write it again',
  });
}
