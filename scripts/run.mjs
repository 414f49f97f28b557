// Runs a command in the project's root and stops with its exit code if it fails.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs `command`; its output goes where ours goes, unless `options` say otherwise. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) {
    console.error(`cannot run ${command}: ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
  return result;
}

/** Where each tool of the development dependencies is, as a script that Node runs on any system. */
const TOOLS = {
  biome: '@biomejs/biome/bin/biome',
  'dts-bundle-generator': 'dts-bundle-generator/dist/bin/dts-bundle-generator.js',
  napi: '@napi-rs/cli/dist/cli.js',
  tsc: 'typescript/bin/tsc',
  typedoc: 'typedoc/bin/typedoc',
};

/** Runs a tool of the development dependencies. */
export function tool(name, args, options) {
  run(process.execPath, [join(root, 'node_modules', TOOLS[name]), ...args], options);
}

/** Runs npm. */
export function npm(args, options) {
  const [program, ...script] = npmCommand('npm');
  run(program, [...script, ...args], options);
}

/**
 * The command of `npm` or `npx`: as a script that Node runs, since on Windows the programs of these
 * names are batch files, which Node starts from a shell alone.
 */
export function npmCommand(name) {
  const here = dirname(process.execPath);
  const places = [
    ...(process.env.npm_execpath ? [dirname(process.env.npm_execpath)] : []),
    join(here, 'node_modules', 'npm', 'bin'),
    join(here, '..', 'lib', 'node_modules', 'npm', 'bin'),
  ];
  const script = places.map((place) => join(place, `${name}-cli.js`)).find(existsSync);
  return script ? [process.execPath, script] : [name];
}
