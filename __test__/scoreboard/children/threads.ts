/** Runs a job with a number of threads and reports how many of its threads there were at most. */
import { readdirSync, readFileSync } from 'node:fs';
import { longJob, report } from './work.js';

const threads = Number(process.argv[2]);
const controller = new AbortController();
const job = longJob({ threads, signal: controller.signal });
let most = 0;
// Until as many as asked have started, and then some looks more.
for (let [look, more] = [0, 0]; look < 1000 && more < 10; look += 1) {
  await new Promise((later) => setTimeout(later, 10));
  const names = readdirSync('/proc/self/task').map((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'latin1');
    } catch {
      return '';
    }
  });
  most = Math.max(most, names.filter((name) => /^hackface-\d/.test(name)).length);
  if (most >= threads) more += 1;
}
controller.abort();
await job.catch(() => undefined);
report({ most });
