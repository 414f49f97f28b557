// Compares the age of built files with that of their sources.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const SOURCES = [
  'crates',
  'src',
  'Cargo.toml',
  'Cargo.lock',
  'package.json',
  'tsconfig.json',
  'scripts/build.mjs',
];

/** True when the addon and the command line are there and newer than every source. */
export function isBuilt() {
  const addon = readdirSync(root).find((name) => /^hackface-native\..*\.node$/.test(name));
  const cli = join(root, 'dist', 'cli.cjs');
  if (!addon || !existsSync(cli)) return false;
  const built = Math.min(statSync(join(root, addon)).mtimeMs, statSync(cli).mtimeMs);
  return newest(SOURCES.map((path) => join(root, path))) <= built;
}

function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const stat = statSync(path);
    // Written by the build itself.
    if (path.endsWith('binding.d.ts')) continue;
    const time = stat.isDirectory()
      ? newest(readdirSync(path).map((name) => join(path, name)))
      : stat.mtimeMs;
    latest = Math.max(latest, time);
  }
  return latest;
}
