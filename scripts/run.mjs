// Runs a command in the project's root and stops with its exit code if it fails.
import { spawnSync } from 'node:child_process';
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

/** Runs npm, by the script that started this one where npm did. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  if (script) run(process.execPath, [script, ...args], options);
  else run('npm', args, options);
}
