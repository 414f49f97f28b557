/** The addon: finding and loading it, calling it, and its errors. */
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type * as Binding from './binding.js';
import { HackfaceError } from './errors.js';
import { glibcVersion, headOf, leastLength, ownLibc } from './elf.js';
import { type LoadAttempt, loadFailure, platformNames } from './load-failure.js';
import { version } from './version.js';

/** The exports of the addon. The build generates their types, `binding.d.ts`. */
export type NativeBinding = typeof Binding;

/** Result of loading the addon. */
export interface LoadReport {
  /** The file that was loaded. */
  file?: string;
  /** Every candidate that failed, in the order tried. */
  attempts: LoadAttempt[];
}

/** The folder of this file; `import.meta.dirname` is not there in every test runner. */
const HERE = dirname(fileURLToPath(import.meta.url));

let loaded: NativeBinding | undefined;
const report: LoadReport = { attempts: [] };

/** Returns the addon and loads it at the first call. Errors: `ELOAD` with every candidate and its failure. */
export function binding(): NativeBinding {
  loaded ??= load();
  return loaded;
}

/** Result of loading the addon so far. */
export function loadReport(): LoadReport {
  return report;
}

function load(): NativeBinding {
  report.attempts = [];
  for (const candidate of candidates()) {
    const exports = tryCandidate(candidate);
    if (exports === undefined) continue;
    const found = versionOf(exports);
    if (found === version) {
      report.file = candidate;
      return exports;
    }
    const outcome =
      found === undefined
        ? 'is not the addon of hackface-native'
        : `is version ${found}, not ${version}`;
    report.attempts.push({ candidate, outcome });
  }
  throw failure();
}

/** Version of the addon; undefined if the library is another one. */
function versionOf(exports: NativeBinding): string | undefined {
  if (typeof exports.buildInfo !== 'function') return undefined;
  try {
    return exports.buildInfo().version;
  } catch (error) {
    throw fromNative(error);
  }
}

/** Places of the addon: named by the user, beside this package, in a package of its own. */
function* candidates(): Generator<string> {
  const named = process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (named) yield named;
  const names = platformNames(process.platform, process.arch, ownLibc());
  for (const name of names) {
    yield join(HERE, '..', `hackface-native.${name}.node`);
  }
  for (const name of names) yield `hackface-native-${name}`;
}

function tryCandidate(candidate: string): NativeBinding | undefined {
  try {
    if (candidate.endsWith('.node')) {
      if (existsSync(candidate)) return open(candidate);
      report.attempts.push({ candidate, outcome: 'does not exist' });
      return undefined;
    }
    const require = createRequire(join(HERE, 'native.js'));
    const file = require.resolve(candidate);
    return file.endsWith('.node') ? open(file) : (require(file) as NativeBinding);
  } catch (error) {
    const outcome =
      (types.isNativeError(error) ? error.message : String(error)).split('\n')[0] ?? '';
    report.attempts.push({ candidate, outcome });
    return undefined;
  }
}

function open(file: string): NativeBinding {
  // The loader of Linux maps a file without checking its length and crashes if it was cut short.
  const [bytes, least] = [statSync(file).size, leastLength(headOf(file))];
  if (bytes < least) throw new Error(`${file}: file too short: ${bytes} bytes of ${least} or more`);
  const target = { exports: {} as NativeBinding };
  process.dlopen(target, file);
  return target.exports;
}

function failure(): HackfaceError {
  const { platform, arch, version: node } = process;
  const libc = ownLibc();
  const place = { version, node, platform, arch, libc, glibc: glibcVersion() };
  const named = process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
  return loadFailure({ ...place, named }, report.attempts);
}

/** Calls the addon. Its errors become {@link HackfaceError}s. */
export function callNative<T>(call: (native: NativeBinding) => T): T {
  const native = binding();
  try {
    return call(native);
  } catch (error) {
    throw fromNative(error);
  }
}

/** Converts an error of the addon, whose parts are in `fault`. */
export function fromNative(error: unknown): unknown {
  if (!types.isNativeError(error) || error instanceof HackfaceError) return error;
  const { fault } = error as { fault?: Binding.NativeFault };
  if (fault === undefined) {
    // Node-API rejected the type of an argument.
    return new HackfaceError('EARGUMENT', 'usage', {
      found: error.message,
      expected: 'arguments of the declared types',
      cause: error,
    });
  }
  return faultError(fault);
}

/** The error of a fault that the addon tells. */
export function faultError({
  code,
  class: errorClass,
  ...details
}: Binding.NativeFault): HackfaceError {
  return new HackfaceError(code, errorClass, details);
}

/** Removes undefined values from an object: the addon takes optional fields as absent only. */
export function defined<T extends object>(
  options: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  const kept: Record<string, unknown> = {};
  // Without a pair for each: a search is half a millisecond, and whoever collects garbage stops the next.
  for (const name of Object.keys(options)) {
    const value = options[name as keyof T];
    if (value !== undefined) kept[name] = value;
  }
  return kept as ReturnType<typeof defined<T>>;
}
