/** Four processes of a cluster compute at once; each sends its answer to the first. */
import cluster from 'node:cluster';
import { scorePairs } from 'hackface-native';
import { digest, matrix, pairs, report } from './work.js';

const answer = async () =>
  digest(await scorePairs(matrix(200, 64), pairs(5000, 200), { threads: 2 }));

if (cluster.isPrimary) {
  const answers = Array.from({ length: 4 }, () => {
    const worker = cluster.fork();
    return new Promise<string>((heard, failed) => {
      worker.once('message', heard);
      worker.once('exit', (code) => failed(new Error(`a worker ended with ${code}`)));
    });
  });
  report({ own: await answer(), theirs: await Promise.all(answers) });
} else {
  const text = await answer();
  process.send?.(text, () => process.disconnect());
}
