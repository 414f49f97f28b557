/** Packages that read what few people have: whoever needs one installs it. Nothing else loads code at run time. */
import { refused } from './failure.js';

/** The packages, and what each is for. */
const PURPOSES = { hyparquet: 'Parquet', h5wasm: 'HDF5' } as const;

/**
 * Loads a package. `Package` is the part of it that is used.
 *
 * Errors: `EFORMAT` if it is not installed beside this one, with the line that installs it.
 */
export async function optionalPackage<Package>(
  file: string,
  name: keyof typeof PURPOSES,
): Promise<Package> {
  try {
    return (await import(name)) as Package;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const absent = code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
    throw refused(file, {
      found: `a file of ${PURPOSES[name]}, and the package ${name} ${absent ? 'not installed' : `not to be loaded (${message})`}`,
      expected: `${name}, which reads it`,
      hint: `Install it where hackface-native is: npm install ${name}, with --global if that was installed so`,
    });
  }
}

/** Does what a package does, and says in our words that it could not. */
export async function guarded<Result>(
  file: string,
  name: keyof typeof PURPOSES,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    // Its own errors have no class of ours; what was refused here is passed on.
    if ((cause as { class?: string }).class !== undefined) throw cause;
    throw refused(file, {
      found: `what ${name} does not read (${messageOf(cause)})`,
      expected: `a file as ${PURPOSES[name]} writes it`,
      hint: 'The file was damaged, or uses what is not supported: write it again',
    });
  }
}

/** One line of an error: of the many of libhdf5, what the first one says. */
function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const line = /in \w+\(\): (.*)/.exec(text)?.[1] ?? text.split('\n')[0] ?? '';
  return line.slice(0, 200);
}
