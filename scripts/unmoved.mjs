// Whether every result of the command line is what it was: digests of all that it writes and prints,
// against the record or against another built checkout. --help lists the options.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';

ensureInstalled();
const { build } = await import('esbuild');
const script = join(root, 'build', 'unmoved', 'main.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['__test__/unmoved/main.ts'],
  outfile: script,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
});
const { main } = await import(pathToFileURL(script));
try {
  process.exitCode = await main(root, process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
