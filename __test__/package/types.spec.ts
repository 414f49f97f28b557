/** The types, in projects that know neither Node nor a browser. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { runNode } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';

const USES = `
import { type Embeddings, fit, type JobOptions, openEmbeddings, scorePairs } from 'hackface-native';
export async function use(options: JobOptions): Promise<Float64Array> {
  const rows: Embeddings = await openEmbeddings('a.npy');
  await fit({ embeddings: rows, pipeline: 'center' });
  return scorePairs(rows, { index1: Uint32Array.of(0), index2: Uint32Array.of(1) }, options);
}
`;
const SIGNALS = `
import type { JobOptions } from 'hackface-native';
export const options: JobOptions = { signal: new AbortController().signal };
`;

test('both contracts compile with the library of the language alone, and with signals of the web', async () => {
  const folder = temporaryFolder();
  const home = join(folder, 'node_modules', 'hackface-native');
  mkdirSync(join(home, 'dist'), { recursive: true });
  for (const file of ['package.json', 'index.d.ts', 'dist/index.d.cts']) {
    cpSync(file, join(home, file));
  }
  for (const ending of ['mts', 'cts']) {
    put(folder, `uses.${ending}`, USES);
    put(folder, `signals.${ending}`, SIGNALS);
  }
  const tsc = resolve('node_modules', 'typescript', 'bin', 'tsc');
  const strict = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
  };
  for (const [lib, include] of [
    [['es2022'], ['uses.*']],
    [
      ['es2022', 'dom'],
      ['uses.*', 'signals.*'],
    ],
  ]) {
    const compilerOptions = { ...strict, module: 'nodenext', target: 'es2022', lib, types: [] };
    put(folder, 'tsconfig.json', JSON.stringify({ compilerOptions, include }));
    const run = await runNode([tsc, '-p', folder], { limitMs: 120_000 });
    assert.equal(run.code, 0, run.stdout + run.stderr);
  }
});
