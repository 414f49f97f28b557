import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Binding from './binding.js';
import { HackfaceError } from './errors.js';
import { version } from './version.js';

/** The exports of the addon; described in `binding.d.ts`, which the build generates. */
export type NativeBinding = typeof Binding;

/** A file that was tried as the addon, and why it was not the one. */
export interface LoadAttempt {
  /** Path or package. */
  candidate: string;
  /** The loader's own words, or that it does not exist. */
  outcome: string;
}

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
  throw loadError();
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
  const triples = platformTriples();
  for (const triple of triples) {
    yield join(import.meta.dirname, '..', `hackface-native.${triple}.node`);
  }
  for (const triple of triples) yield `hackface-native-${triple}`;
}

/** Names of this platform's addons; on Linux the other C library comes second, as a second try. */
function platformTriples(): string[] {
  const { platform, arch } = process;
  if (platform === 'linux') return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
  if (platform === 'win32') return [`win32-${arch}-msvc`];
  return [`${platform}-${arch}`];
}

function tryCandidate(candidate: string): NativeBinding | undefined {
  try {
    if (candidate.endsWith('.node')) {
      if (!existsSync(candidate)) {
        report.attempts.push({ candidate, outcome: 'does not exist' });
        return undefined;
      }
      const target = { exports: {} as NativeBinding };
      process.dlopen(target, candidate);
      return target.exports;
    }
    return createRequire(join(import.meta.dirname, 'native.js'))(candidate) as NativeBinding;
  } catch (error) {
    const outcome = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    report.attempts.push({ candidate, outcome });
    return undefined;
  }
}

function loadError(): HackfaceError {
  const tried = report.attempts.map((a) => `${a.candidate}: ${a.outcome}`).join('; ');
  const [triple] = platformTriples();
  return new HackfaceError('ELOAD', 'internal', {
    found: `no native addon that loads on ${process.platform} ${process.arch}, Node ${process.version} (${tried})`,
    expected: `the addon of hackface-native ${version}`,
    hint:
      `Run npm install hackface-native-${triple}@${version}, or set ` +
      'NAPI_RS_NATIVE_LIBRARY_PATH to an addon that you built',
  });
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

/** The addon's error, which carries its parts as JSON in its message. */
export function fromNative(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof HackfaceError) return error;
  if (!error.message.startsWith('{"')) {
    // Node-API's own words: an argument of the wrong type.
    return new HackfaceError('EARGUMENT', 'usage', {
      found: error.message,
      expected: 'arguments of the declared types',
      cause: error,
    });
  }
  const { code, class: errorClass, ...details } = JSON.parse(error.message);
  return new HackfaceError(code, errorClass, details);
}
