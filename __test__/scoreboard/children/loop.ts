/**
 * Scores one open file again and again while somebody changes it, then a file that nobody touches.
 *   loop.js FILE IO never|before|after GOOD-FILE
 * The third argument says when a handler of SIGBUS is installed: before or after the opening.
 */
import { type Io, openEmbeddings, scorePairs } from 'hackface-native';
import { digest, pairs, report } from './work.js';

const [file = '', io = 'mmap', handler, good = ''] = process.argv.slice(2);
const DURATION_MS = 900;
const OPTIONS = { metric: 'canberra', threads: 2 };

if (handler === 'before') process.on('SIGBUS', () => undefined);
const embeddings = await openEmbeddings(file, { io: io as Io });
if (handler === 'after') process.on('SIGBUS', () => undefined);
const list = pairs(60_000, embeddings.rows);

const until = Date.now() + DURATION_MS;
while (Date.now() < until) {
  try {
    report({ result: digest(await scorePairs(embeddings, list, OPTIONS)) });
  } catch (error) {
    report({ error: (error as { code?: string }).code ?? String(error) });
    await new Promise((later) => setTimeout(later, 20));
  }
}
report({
  good: digest(await scorePairs(good, { index1: Uint32Array.of(0), index2: Uint32Array.of(1) })),
});
process.exit(0);
