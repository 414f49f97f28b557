/** The error for an addon that cannot be loaded, with the most likely cause and cure. */
import { HackfaceError } from './errors.js';
import type { Libc } from './elf.js';

/** A file that was tried as the addon, and why it failed. */
export interface LoadAttempt {
  /** Path or package. */
  candidate: string;
  /** Message of the loader, or that the file does not exist. */
  outcome: string;
}

/** Where loading failed. */
export interface LoadPlace {
  /** Version of this package. */
  version: string;
  /** Version of Node, with its v. */
  node: string;
  platform: string;
  arch: string;
  /** C library of this Node; only Linux has a choice. */
  libc: Libc | undefined;
  /** Version of glibc that runs, where it is glibc. */
  glibc: string | undefined;
  /** Value of NAPI_RS_NATIVE_LIBRARY_PATH. */
  named: string | undefined;
}

/** Platforms with an addon; a test compares them with `napi.targets` of package.json. */
export const SUPPORTED = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
];

/** Names of the addons that may run here, the likeliest first; both of Linux, as detection may fail. */
export function platformNames(platform: string, arch: string, libc: Libc | undefined): string[] {
  if (platform === 'linux') {
    const kinds = libc === 'musl' ? ['musl', 'gnu'] : ['gnu', 'musl'];
    return kinds.map((kind) => `linux-${arch}-${kind}`);
  }
  return [platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`];
}

/** `ELOAD` with the platform, every attempt and its failure, and what to do. */
export function loadFailure(place: LoadPlace, attempts: readonly LoadAttempt[]): HackfaceError {
  const tried = attempts.map(({ candidate, outcome }) => `${candidate}: ${outcome}`).join('; ');
  return new HackfaceError('ELOAD', 'internal', {
    found: `no addon that loads on ${describe(place)}; tried ${tried}`,
    expected: `the addon of hackface-native ${place.version} for this platform`,
    hint: `${advice(place, attempts)}. An addon that you built yourself can be named in NAPI_RS_NATIVE_LIBRARY_PATH`,
  });
}

/** `linux x64 with glibc 2.36, Node v22.1.0`. */
function describe({ platform, arch, libc, glibc, node }: LoadPlace): string {
  const library = glibc ? `glibc ${glibc}` : libc;
  return `${platform} ${arch}${library ? ` with ${library}` : ''}, Node ${node}`;
}

/** Advice, from the most telling attempt. */
function advice(place: LoadPlace, attempts: readonly LoadAttempt[]): string {
  const { version, platform, arch, libc, named } = place;
  const [name = ''] = platformNames(platform, arch, libc);
  const install = `npm install hackface-native-${name}@${version}`;
  if (!SUPPORTED.includes(name)) {
    return `No addon is made for ${platform} ${arch}; there is one for ${SUPPORTED.join(', ')}. Build it from the sources with npm run build`;
  }
  for (const [pattern, say] of CAUSES) {
    const attempt = attempts.find(({ outcome }) => pattern.test(outcome));
    if (attempt === undefined) continue;
    const fromUser = attempt.candidate === named;
    const unset = `Correct NAPI_RS_NATIVE_LIBRARY_PATH, or unset it and run ${install}`;
    const again = fromUser ? unset : `Run ${install}`;
    return say({ place, attempt, again, match: pattern.exec(attempt.outcome)?.[1] ?? '' });
  }
  return (
    `Run ${install}. It is an optional dependency: --omit=optional, or a lock file or node_modules ` +
    'made on another platform, leave it out'
  );
}

interface Cause {
  place: LoadPlace;
  attempt: LoadAttempt;
  /** How to install the right file. */
  again: string;
  /** The first group of the pattern. */
  match: string;
}

/** Messages of loaders on Linux, macOS and Windows, the most telling first, and what to do. */
const CAUSES: readonly (readonly [RegExp, (cause: Cause) => string])[] = [
  [
    /native addons? (?:are|is) disabled|Cannot load native addon because loading addons is disabled/i,
    () => 'Run Node without --no-addons, and with --allow-addons where it runs with --permission',
  ],
  [
    /^is version (\S+), not/,
    ({ match, place, again }) =>
      `The addon is of version ${match} and the package of version ${place.version}; both must be the same. ${again}, or remove node_modules and install again`,
  ],
  [
    /version `(GLIBC_[\d.]+)' not found/,
    ({ match, place }) =>
      `The addon needs ${match.replace('_', ' ')} and this system has ${place.glibc ?? 'an older one'}: use a newer system, or build the addon on this one with npm run build`,
  ],
  [
    /libc\.musl-|ld-musl-/,
    ({ place, again }) =>
      `That addon is for musl and this Node is linked with ${place.libc ?? 'another C library'}: node_modules were installed on or for another system. ${again}`,
  ],
  [
    /ld-linux-|libc\.so\.6|_chk: symbol not found|libgcc_s\.so\.1/,
    ({ place, again }) =>
      place.libc === 'musl'
        ? `That addon is for glibc and this Node is linked with musl: node_modules were installed on or for another system. ${again}`
        : `A library of the system that the addon needs is missing. Install it (libgcc on Debian: apt-get install libgcc-s1)`,
  ],
  [
    /invalid ELF header|file too short|ELF load command|not a mach-o|no suitable image|incompatible architecture|slice is not valid|wrong ELF class|not a valid Win32 application|Exec format error|cannot open shared object file: Is a directory|Truncated/i,
    ({ attempt, again }) =>
      `${attempt.candidate} is damaged or made for another platform: remove it. ${again}`,
  ],
  [
    /^is not the addon/,
    ({ attempt, again }) => `${attempt.candidate} is another library: remove it. ${again}`,
  ],
  [
    /The specified module could not be found/,
    () => 'A DLL that the addon needs is missing: repair the installation of Node and of Windows',
  ],
  [
    /failed to map segment|Operation not permitted|Permission denied|code signature|library load disallowed/i,
    ({ attempt }) =>
      `The system does not allow ${attempt.candidate} to run: look at its permissions, at noexec of its file system, at a limit of addresses (ulimit -v), and at what guards the machine`,
  ],
];
