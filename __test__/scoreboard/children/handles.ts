/**
 * Makes 1,000 matrices of 256 KiB and drops or closes them, one after the other; reports the most that was held.
 *   handles.js drop|close
 */
import { readFileSync } from 'node:fs';
import { openEmbeddingsSync } from 'hackface-native';
import { matrix, report } from './work.js';

const [end = 'drop'] = process.argv.slice(2);
const resident = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
const [rows, dim] = [1024, 64];
const numbers = matrix(rows, dim);
openEmbeddingsSync(numbers).close();

const before = resident();
let most = 0;
for (let handle = 0; handle < 1000; handle += 1) {
  const embeddings = openEmbeddingsSync(numbers);
  if (end === 'close') embeddings.close();
  // A program that waits now and then, as each does.
  if (handle % 20 === 0) await new Promise((turn) => setImmediate(turn));
  most = Math.max(most, resident());
}
report({ grownKiB: most - before, allKiB: (1000 * rows * dim * 4) / 1024 });
