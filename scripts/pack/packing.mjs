// What would be published, packed; and projects of a stranger who installs it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stagePlatform, stageRoot } from '../packages.mjs';
import { npmCommand, root } from '../run.mjs';
import { manifest, ownTarget, targets } from '../targets.mjs';
import { call, Skip } from './steps.mjs';

/** The platform of this machine. */
export const own = ownTarget();

/** Everything that a check makes is in it. */
export const folder = mkdtempSync(join(tmpdir(), 'hackface-pack-'));

export function discardFolder() {
  rmSync(folder, { recursive: true, force: true });
}

/** Ends the process if there is nothing to pack. */
export function requireBuilt() {
  if (own && existsSync(join(root, own.addon)) && existsSync(join(root, 'dist', 'index.cjs')))
    return;
  console.error('the package is not built: run npm run build');
  discardFolder();
  process.exit(1);
}

/** Runs npm as a user without Rust and without a cache of this package. */
export function npm(args, cwd, registry) {
  const env = npmEnvironment(registry);
  const all = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const [program, ...script] = npmCommand('npm');
  return call(program, [...script, ...all], { cwd, env });
}

export function npmEnvironment(registry) {
  return {
    ...strangersEnvironment(),
    npm_config_cache: join(folder, 'cache'),
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'error',
    ...(registry ? { npm_config_registry: registry } : {}),
  };
}

/** The environment without what npm set for us and without cargo and rustc. */
export function strangersEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_|^NAPI_|^HACKFACE_|^(CARGO|RUSTUP)_HOME$|^NODE_OPTIONS$|^INIT_CWD$/i.test(name),
  );
  const hasRust = (place) =>
    ['cargo', 'rustc', 'cargo.exe'].some((name) => existsSync(join(place, name)));
  const places = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)];
  return {
    ...Object.fromEntries(kept),
    PATH: places.filter((place) => !hasRust(place)).join(delimiter),
  };
}

async function pack(from) {
  const { stdout } = await npm(['pack', '--json', '--pack-destination', folder, from], folder);
  const [report] = [JSON.parse(stdout)].flat();
  const published = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  return { manifest: published, file: join(folder, report.filename), ...report };
}

/** Every package that is published: ours, this platform's, and stand-ins for the other platforms. */
export async function packAll() {
  const staged = join(folder, 'staged');
  const main = await pack(stageRoot(staged));
  const standIn = join(folder, 'stand-in.node');
  writeFileSync(standIn, 'for another platform');
  const platforms = await Promise.all(
    targets.map((t) => pack(stagePlatform(staged, t, t === own ? join(root, t.addon) : standIn))),
  );
  const dependencies = Object.keys(manifest.dependencies);
  const others = await Promise.all(
    dependencies.map((name) => pack(join(root, 'node_modules', name))),
  );
  return { main, platform: platforms[targets.indexOf(own)], ours: [main, ...platforms], others };
}

/** An empty project with our package in it, from the registry given, and `more` packages. */
export async function project(name, registry, more = []) {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{ "name": "consumer", "private": true }\n');
  await npm(['install', `${manifest.name}@${manifest.version}`, ...more], place, registry);
  return place;
}

/** The registry of packages that are not ours. */
export async function upstreamRegistry({ offline }) {
  if (offline) throw new Skip('--offline');
  const { stdout } = await npm(['config', 'get', 'registry'], root);
  const url = stdout.trim().replace(/\/$/, '');
  try {
    const { ok, status } = await fetch(`${url}/commander`, { method: 'HEAD' });
    assert.ok(ok, `status ${status}`);
  } catch (error) {
    throw new Skip(`${url} does not answer: ${error.message}`);
  }
  return { value: url };
}
