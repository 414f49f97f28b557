// Works for a long time and looks at what the process holds: `npm run soak`.
//   --cycles N     cycles of opening, computing and closing, 10,000 by default
//   --minutes N    minutes of mixed load: scores, searches, changes, evaluations, fits, aborts; 30 by default
// Each answer is compared with the first. It fails if resident memory grows by 1 MB or more for each 1,000 cycles, or
// for each minute of load, if a descriptor or a thread stays, or if an answer differs. Needs Linux.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from './run.mjs';
import { compileTests, prepare } from './specs.mjs';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '30' },
  },
});
/** V8 doubles its room for young objects as it goes on, up to tens of megabytes: here it stays small. */
const STEADY = ['--expose-gc', '--max-semi-space-size=1'];
/**
 * The allocator of glibc keeps what threads free, in an area for each and of sizes that it learns: tens of megabytes come
 * and go. One area, and large pieces that return to the system at once, leave what was not freed.
 */
const env = { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' };
/** KiB by which resident memory may grow; less than the second in all is how a process settles, in a short run. */
const [MOST_KIB, SETTLES_KIB] = [1024, 4096];

await prepare({ withRust: false });
await compileTests();
const children = join(root, 'build', 'test', 'scoreboard', 'children');
const { slope } = await import(pathToFileURL(join(children, 'watch.js')).href);
const outcomes = [
  await soak('cycles', values.cycles, 1000, '1,000 cycles'),
  await soak('mixed', `${60 * Number(values.minutes)}`, 60, 'minute'),
];
process.exitCode = outcomes.every(Boolean) ? 0 : 1;

/** Runs a child to its end; true if it kept what it holds. */
async function soak(name, amount, unit, words) {
  if (Number(amount) === 0) return true;
  const folder = mkdtempSync(join(tmpdir(), 'hackface-soak-'));
  const args = [...STEADY, '--enable-source-maps', join(children, `${name}.js`), folder, amount];
  const stdio = ['ignore', 'pipe', 'inherit'];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio });
  const samples = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const held = JSON.parse(line);
    samples.push(held);
    const { at, residentKiB, heapKiB, descriptors, threads, answers } = held;
    const count = answers === undefined ? '' : `, ${answers} answers`;
    const numbers = `${residentKiB} KiB, heap ${heapKiB.toFixed(0)} KiB`;
    console.log(
      `${name} ${at.toFixed(0)}: ${numbers}, ${descriptors} files, ${threads} threads${count}`,
    );
  }
  const code = child.exitCode ?? (await new Promise((ended) => child.once('exit', ended)));
  rmSync(folder, { recursive: true, force: true });
  // The first fifth is when caches and heaps get their size.
  const later = samples.slice(Math.max(1, Math.floor(samples.length / 5)));
  const [growth, heap] = ['residentKiB', 'heapKiB'].map((of) => unit * slope(later, of));
  const kept = (of) => later.at(-1)?.[of] === later[0]?.[of];
  const rise = (growth / unit) * ((later.at(-1)?.at ?? 0) - (later[0]?.at ?? 0));
  const stays = growth < MOST_KIB || rise < SETTLES_KIB;
  const held = code === 0 && stays && kept('descriptors') && kept('threads');
  console.log(
    `${name}: ${held ? 'held' : 'MISSED'}: ${growth.toFixed(0)} KiB of memory and ${heap.toFixed(0)} KiB of heap more for each ${words}, exit ${code}`,
  );
  return held;
}
