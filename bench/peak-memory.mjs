// The largest resident set of a command, as the system counts it.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** MiB, and how it was found; `undefined` where this system offers no way. */
export async function peakMemory(command, args) {
  const timed = spawnSync('/usr/bin/time', ['-f', 'peak %M', command, ...args], {
    encoding: 'utf8',
  });
  const peak = timed.status === 0 && /peak (\d+)\s*$/.exec(timed.stderr);
  if (peak) return { mib: Number(peak[1]) / 1024, method: 'GNU time' };
  if (process.platform === 'linux') return pollPeak(command, args);
  return undefined;
}

/** VmHWM only grows, so the last reading before the end misses at most the last millisecond. */
async function pollPeak(command, args) {
  const child = spawn(command, args, { stdio: 'ignore' });
  let kib = 0;
  const look = () => {
    try {
      const found = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      if (found) kib = Number(found[1]);
    } catch {
      // It has ended.
    }
  };
  const timer = setInterval(look, 1);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}`);
  return { mib: kib / 1024, method: 'VmHWM, read each millisecond' };
}
