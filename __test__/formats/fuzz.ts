/** Changes a right file of a format again and again, and reads what comes out; `npm run fuzz` runs it. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomNumbers } from '../support/random.js';
import { OF_LISTS, outcomeOf } from './outcome.js';
import { reuseThreads } from './reused-thread.js';
import { BESIDE, LISTS, mutated, samples } from './samples.js';

/** Changed files of which changes start again, beside the right one: those that were read. */
const MOST_KEPT = 64;

/** The targets: matrices, by the names of their files, and `lists`, which begins with one of each kind. */
export async function targets(): Promise<string[]> {
  return [...Object.keys(await samples()), 'lists'];
}

/**
 * Tries files for so many seconds of processor time; the same seed tries the same ones. Files that are
 * read rather than refused are changed further. What must not happen is printed, and its file kept in `crashes`.
 */
export async function fuzz(
  target: string,
  { seconds, seed, crashes }: { seconds: number; seed: number; crashes: string },
): Promise<number> {
  const isList = target === 'lists';
  const right = (await samples())[target];
  if (!isList && right === undefined) throw new Error(`no target ${target}`);
  const kept = right === undefined ? Object.values(LISTS) : [right];
  const attempts = isList ? OF_LISTS : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'hackface-fuzz-'));
  const random = randomNumbers(seed);
  const spent = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const [started, messages] = [spent(), new Set<string>()];
  let [tries, faulty] = [0, 0];
  let own = reuseThreads();
  try {
    for (const [name, bytes] of Object.entries(BESIDE)) writeFileSync(join(folder, name), bytes);
    while (spent() - started < seconds) {
      const bytes = mutated(kept[Math.floor(random() * kept.length)] as Buffer, random);
      const file = join(folder, `changed-${target}`);
      const { refusals, faults } = await outcomeOf(file, bytes, attempts);
      tries += 1;
      for (const refusal of refusals) {
        if (refusal !== undefined) messages.add(refusal.replaceAll(/\d+/g, 'N').slice(0, 200));
      }
      const isRead = refusals.includes(undefined);
      if (isRead && kept.length < MOST_KEPT && bytes.length > 0) kept.push(bytes);
      if (faults.length === 0) continue;
      // Again in a thread of its own: what the files before left behind is none of this one's faults.
      await own();
      const again = await outcomeOf(file, bytes, attempts);
      own = reuseThreads();
      if (again.faults.length === 0) {
        console.log(`only behind other files: ${faults.join('; ')}`);
        continue;
      }
      faulty += 1;
      mkdirSync(crashes, { recursive: true });
      const name = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
      writeFileSync(join(crashes, `${name}-${target}`), bytes);
      console.log(`${name}-${target}: ${faults.join('; ')}`);
    }
  } finally {
    await own();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${target}: ${tries} files, ${messages.size} kinds of refusal, ${faulty} faults`);
  return faulty;
}
