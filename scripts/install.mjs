// Installs the development dependencies if the lock file is newer than what is installed.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root } from './run.mjs';

/** Makes `node_modules` agree with `package-lock.json`; no package may run a script of its own. */
export function ensureInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}
