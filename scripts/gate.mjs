// Judges built addons before they are published: npm versions cannot be taken back, and a package
// that is published while one of its platforms is missing or wrong is broken there for good.
//   node scripts/gate.mjs FOLDER [--only NAME] [--tag vX.Y.Z]
// FOLDER holds one file for each target, at any depth. Exits with 1 and every reason.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { compareVersions, describeBinary } from './binary.mjs';
import { root } from './run.mjs';
import { manifest, targets } from './targets.mjs';

/** Most bytes of an addon. */
export const MOST_BYTES = 6_500_000;
/** Newest glibc that an addon may need: RHEL 8, Debian 10, Node's own floor. */
export const NEWEST_GLIBC = '2.28';

const FORMATS = { linux: 'elf', darwin: 'macho', win32: 'pe' };

/** Libraries that every system of its kind has. `vcruntime140.dll` is not among them. */
const PRESENT = {
  glibc: /^(lib(c|m|gcc_s|pthread|dl|rt)\.so\.\d+|ld-linux-[\w-]+\.so\.\d)$/,
  musl: /^(libc\.so|libc\.musl-\w+\.so\.1|libgcc_s\.so\.1)$/,
  macho: /^(\/usr\/lib\/|\/System\/Library\/)/,
  pe: /^(kernel32|ntdll|advapi32|bcryptprimitives|bcrypt|ws2_32|userenv|api-ms-win-core-[\w-]+|node)\.(dll|exe)$/i,
};

/**
 * Every reason not to publish what is in a folder; none if it is right.
 * @returns {{file: string, reasons: string[], facts?: object}[]}
 */
export function judge(folder, { wanted = targets, version = manifest.version } = {}) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.node'))
    .map((name) => join(folder, name));
  const verdicts = wanted.map((target) => {
    const own = files.filter((path) => basename(path) === target.addon);
    if (own.length === 1) return { file: target.addon, ...judgeAddon(own[0], target, version) };
    const reason =
      own.length === 0
        ? `missing: nothing for ${target.triple}`
        : `there ${own.length} times: ${own.join(', ')}`;
    return { file: target.addon, reasons: [reason] };
  });
  for (const path of files) {
    const name = basename(path);
    if (targets.some(({ addon }) => addon === name)) continue;
    verdicts.push({ file: name, reasons: ['no target of package.json has this name'] });
  }
  return verdicts;
}

/** Every reason against one addon. */
export function judgeAddon(path, target, version = manifest.version) {
  const reasons = [];
  const size = statSync(path).size;
  if (size > MOST_BYTES) reasons.push(`${size} bytes, more than ${MOST_BYTES}`);
  const bytes = readFileSync(path);
  let facts;
  try {
    facts = { size, ...describeBinary(bytes) };
  } catch (error) {
    return { reasons: [...reasons, `not a library: ${error.message}`] };
  }
  const { format, machine, needed } = facts;
  if (format !== FORMATS[target.os]) {
    reasons.push(`${format}, where ${target.os} needs ${FORMATS[target.os]}`);
  } else {
    if (machine !== target.cpu) reasons.push(`made for ${machine}, named for ${target.cpu}`);
    reasons.push(
      ...(format === 'elf' ? linuxReasons(facts, target) : foreignLibraries(needed, format)),
    );
  }
  reasons.push(...contentReasons(bytes, version));
  return { reasons, facts };
}

function linuxReasons({ needed, glibc }, { libc }) {
  const linked = libcOf(needed);
  if (linked !== libc) return [`linked with ${linked}, named for ${libc}`];
  const reasons = foreignLibraries(needed, libc);
  if (libc === 'musl' && glibc) reasons.push(`symbols of glibc ${glibc} in an addon for musl`);
  if (libc === 'glibc' && glibc && compareVersions(glibc, NEWEST_GLIBC) > 0) {
    reasons.push(
      `needs glibc ${glibc}, and ${NEWEST_GLIBC} is the newest allowed: build with scripts/build.mjs --target`,
    );
  }
  return reasons;
}

function libcOf(needed) {
  if (needed.includes('libc.so.6')) return 'glibc';
  return needed.some((name) => name === 'libc.so' || name.startsWith('libc.musl-'))
    ? 'musl'
    : 'no C library';
}

function foreignLibraries(needed, kind) {
  return needed
    .filter((name) => !PRESENT[kind].test(name))
    .map((name) => `needs ${name}, which not every system has`);
}

/** The entry point of Node-API, and the mark that `crates/node/src/info.rs` leaves. */
function contentReasons(bytes, version) {
  const reasons = [];
  if (!bytes.includes('napi_register_module_v1\0')) reasons.push('no entry point of Node-API');
  const mark = '<hackface-native addon ';
  const at = bytes.indexOf(mark);
  const start = at + mark.length;
  const found = at < 0 ? undefined : bytes.toString('latin1', start, bytes.indexOf('>', start));
  if (found === undefined) reasons.push('no mark of its version: not the addon of this package');
  else if (found !== version) reasons.push(`version ${found}, where package.json says ${version}`);
  return reasons;
}

/** Places that state the version, and disagree with package.json. */
export function versionReasons({ tag } = {}) {
  const read = (path) => readFileSync(join(root, path), 'utf8');
  const stated = {
    'Cargo.toml': /^version = "(.+)"$/m.exec(read('Cargo.toml'))?.[1],
    'src/version.ts': /version = '(.+)'/.exec(read('src/version.ts'))?.[1],
    'package-lock.json': JSON.parse(read('package-lock.json')).version,
    ...(tag ? { 'the tag': tag.replace(/^v/, '') } : {}),
  };
  return Object.entries(stated)
    .filter(([, version]) => version !== manifest.version)
    .map(([place, version]) => `${place} says ${version}, package.json ${manifest.version}`);
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, tag: { type: 'string' } },
  });
  const wanted = targets.filter(({ name }) => !values.only || name === values.only);
  const [folder] = positionals;
  if (!folder || wanted.length === 0) {
    console.error(`usage: node scripts/gate.mjs FOLDER [--tag vX.Y.Z] [--only ${targets[0].name}]`);
    process.exit(2);
  }
  const verdicts = [
    ...judge(folder, { wanted }),
    { file: 'versions', reasons: versionReasons(values) },
  ];
  for (const { file, facts, reasons } of verdicts) {
    const { size, format, machine, glibc } = facts ?? {};
    const told = facts
      ? ` (${size} bytes, ${format}, ${machine}${glibc ? `, glibc ${glibc}` : ''})`
      : '';
    console.log(`${reasons.length === 0 ? 'ok     ' : 'REFUSED'} ${file}${told}`);
    for (const reason of reasons) console.log(`          ${reason}`);
  }
  process.exitCode = verdicts.some(({ reasons }) => reasons.length > 0) ? 1 : 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
