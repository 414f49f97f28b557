import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { types } from 'node:util';
import type * as Binding from './binding.js';
import { HackfaceError } from './errors.js';
import { glibcVersion, headOf, leastLength, ownLibc } from './elf.js';
import { type LoadAttempt, loadFailure, platformNames } from './load-failure.js';
import { version } from './version.js';

/** The exports of the addon; described in `binding.d.ts`, which the build generates. */
export type NativeBinding = typeof Binding;

/** What loading the addon came to. */
export interface LoadReport {
  /** The file that was loaded, if any. */
  file?: string;
  /** Every candidate before it, in the order tried. */
  attempts: LoadAttempt[];
}

let loaded: NativeBinding | undefined;
const report: LoadReport = { attempts: [] };

/** The addon, loaded when first asked for. Throws `ELOAD` with every candidate and its failure. */
export function binding(): NativeBinding {
  loaded ??= load();
  return loaded;
}

/** What loading the addon came to so far. */
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

/** Undefined for a library that loads but is another one. */
function versionOf(exports: NativeBinding): string | undefined {
  if (typeof exports.buildInfo !== 'function') return undefined;
  try {
    return exports.buildInfo().version;
  } catch (error) {
    throw fromNative(error);
  }
}

/** Where the addon may be: named by the user, beside this package, in a package of its own. */
function* candidates(): Generator<string> {
  const named = process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (named) yield named;
  const names = platformNames(process.platform, process.arch, ownLibc());
  for (const name of names) {
    yield join(import.meta.dirname, '..', `hackface-native.${name}.node`);
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
    const require = createRequire(join(import.meta.dirname, 'native.js'));
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
  // The loader of Linux maps a file before it knows its length, and dies of one that was cut short.
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

/** Calls the addon; what it throws becomes a {@link HackfaceError}. */
export function callNative<T>(call: (native: NativeBinding) => T): T {
  const native = binding();
  try {
    return call(native);
  } catch (error) {
    throw fromNative(error);
  }
}

/** The error of the addon, which carries its parts as `fault`. */
export function fromNative(error: unknown): unknown {
  if (!types.isNativeError(error) || error instanceof HackfaceError) return error;
  const { fault } = error as { fault?: Binding.NativeFault };
  if (fault === undefined) {
    // Node-API's own words: an argument of the wrong type.
    return new HackfaceError('EARGUMENT', 'usage', {
      found: error.message,
      expected: 'arguments of the declared types',
      cause: error,
    });
  }
  const { code, class: errorClass, ...details } = fault;
  return new HackfaceError(code, errorClass, details);
}
