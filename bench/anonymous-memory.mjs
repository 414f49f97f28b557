// Wall time of a command and the most memory of its own that it held: mapped files do not count.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Seconds, MiB of anonymous memory (Linux; else `undefined`), and what it printed. */
export async function runWatched(command, args) {
  const begin = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let [kib, output] = [0, ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const look = () => {
    try {
      const found = /RssAnon:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      if (found) kib = Math.max(kib, Number(found[1]));
    } catch {
      // It has ended, or this is not Linux.
    }
  };
  const timer = setInterval(look, 5);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(`${command} ${args[1]} ended with ${code}`);
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, mib: kib > 0 ? kib / 1024 : undefined, output };
}
