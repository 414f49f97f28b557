// The npm package simsimd, installed apart from the project's own dependencies when first needed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const VERSION = '6.5.5';

/** The package with its compiled code, or `undefined` after saying what is skipped and why. */
export function loadSimsimd(folder) {
  const home = join(folder, 'node_modules', 'simsimd');
  if (!existsSync(home)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--no-save', '--ignore-scripts'];
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const args = ['install', ...quiet, '--prefix', folder, `simsimd@${VERSION}`];
    spawnSync(npm, args, { cwd: folder, stdio: 'inherit' });
  }
  try {
    const require = createRequire(join(folder, 'package.json'));
    const simsimd = require('simsimd');
    // Without a prebuilt file for this platform it falls back to JavaScript, which is no peer.
    const compiled = Object.keys(require.cache).some((path) => path.endsWith('simsimd.node'));
    if (!compiled) throw new Error('it has no compiled code for this platform');
    return simsimd;
  } catch (error) {
    console.error(`SKIPPED: the loop over simsimd@${VERSION}: ${error.message}`);
    console.error(`         npm install --ignore-scripts --prefix ${folder} simsimd@${VERSION}`);
    return undefined;
  }
}
