// The platforms that are built for: `napi.targets` of package.json, spelled in every way needed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/** The manifest of the package. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const CPUS = { x86_64: 'x64', aarch64: 'arm64' };
const SYSTEMS = { linux: 'linux', darwin: 'darwin', windows: 'win32' };
const LIBRARIES = { gnu: 'glibc', musl: 'musl' };

/** One target for each Rust triple. */
export const targets = manifest.napi.targets.map(describe);

/** The target of this machine; the C library only matters on Linux. */
export function ownTarget(libc = process.report.getReport().header.glibcVersionRuntime) {
  const { platform, arch } = process;
  const wanted = libc ? 'glibc' : 'musl';
  return targets.find(
    (t) => t.os === platform && t.cpu === arch && (t.libc === undefined || t.libc === wanted),
  );
}

function describe(triple) {
  const [machine, , system, abi] = triple.split('-');
  const [os, cpu] = [SYSTEMS[system], CPUS[machine]];
  if (!os || !cpu)
    throw new Error(`package.json names ${triple}, which scripts/targets.mjs does not know`);
  const name = [os, cpu, abi].filter(Boolean).join('-');
  return {
    triple,
    name,
    os,
    cpu,
    libc: os === 'linux' ? LIBRARIES[abi] : undefined,
    addon: `${manifest.napi.binaryName}.${name}.node`,
    package: `${manifest.napi.packageName}-${name}`,
  };
}
