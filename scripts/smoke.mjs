// Installs a version that was just published, as anyone would, and uses it: VERSION=v1.2.3 node smoke.mjs
// Needs nothing of this repository.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TRIES = 10;
const version = (process.env.VERSION ?? '').replace(/^v/, '');
if (!version) throw new Error('VERSION is not set');

const cwd = mkdtempSync(join(tmpdir(), 'hackface-smoke-'));
writeFileSync(join(cwd, 'package.json'), '{ "private": true }\n');
const shell = process.platform === 'win32';
const run = (program, args) => execFileSync(program, args, { cwd, shell, encoding: 'utf8' });

function install() {
  const args = ['install', `hackface-native@${version}`, '--ignore-scripts', '--prefer-online'];
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return run('npm', args);
    } catch (error) {
      // A registry takes a while to show a new version everywhere.
      if (left === 0) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15_000);
    }
  }
}

install();
// Behind --, or npx takes --version and -q for its own.
const npx = (...args) => run('npx', ['--no', '--', 'hackface-native', ...args]);
const printed = npx('--version').trim();
if (printed !== version) throw new Error(`version ${printed}, expected ${version}`);
npx('synth', 'data', '--test', '300', '--pairs', '400', '--train', '400', '--dim', '32', '-q');
npx('score', '-q');
const rows = readFileSync(join(cwd, 'submission.csv'), 'utf8').trimEnd().split('\n').length;
if (rows !== 401) throw new Error(`${rows} rows, expected 401`);
npx('check');
console.log(npx('doctor'));
rmSync(cwd, { recursive: true, force: true });
