/**
 * Two copies of the package in one process, each with an addon of its own, call by call; then both have a file
 * mapped when it is cut short.
 *   versions.js FIRST SECOND FILE CUT
 */
import { createRequire } from 'node:module';
import { truncateSync } from 'node:fs';
import { digest, matrix, pairs, report } from './work.js';

type Library = typeof import('hackface-native');

const [first = '', second = '', file = '', cut = ''] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const libraries = [first, second].map((folder) => require(folder) as Library);
const answers = new Set<string>();
for (let round = 0; round < 20; round += 1) {
  const calls = libraries.flatMap(({ scorePairs }) => [
    scorePairs(matrix(200, 32), pairs(2000, 200), { threads: 2 }),
    scorePairs(file, pairs(2000, 300), { threads: 2 }),
  ]);
  answers.add((await Promise.all(calls)).map(digest).join(' '));
}
const open = await Promise.all(libraries.map(({ openEmbeddings }) => openEmbeddings(cut)));
truncateSync(cut, 1000);
const errors: string[] = [];
for (const [index, { scorePairs }] of libraries.entries()) {
  const embeddings = open[index] as Awaited<ReturnType<Library['openEmbeddings']>>;
  await scorePairs(embeddings as never, pairs(2000, 300)).catch((error: { code: string }) => {
    errors.push(error.code);
  });
}
const versions = libraries.map(({ version }) => version);
report({ answers: [...answers], errors, versions });
