/** Opens and converts a file that may be hostile, and says what it did to us. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { convert, HackfaceError, openEmbeddingsSync } from 'hackface-native';

/** Most processor time and memory that a small file may cost. */
const [MOST_MS, MOST_BYTES] = [2000, 64 << 20];
/** Most time by the clock: a machine that does other things makes it run on, and a reader that waits for ever, too. */
const MOST_CLOCK_MS = 20_000;

/** The outcome of a file: refusals in our words, and whatever is wrong beyond that. */
export interface Outcome {
  /** Messages of the refusals of opening and of converting; `undefined` where it was read. */
  refusals: (string | undefined)[];
  /** The outcomes that must never happen: an error of no class of ours, too slow, too much memory, another file written. */
  faults: string[];
}

function busyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Tries a file in a folder of its own kind: `input` is written there, and nothing else may appear. */
export async function outcomeOf(input: string, bytes: Uint8Array): Promise<Outcome> {
  const folder = dirname(input);
  writeFileSync(input, bytes);
  const output = join(folder, 'out.npy');
  const listed = () => readdirSync(folder).filter((name) => name !== 'out.npy');
  const before = listed();
  const faults: string[] = [];
  const refusals: (string | undefined)[] = [];
  const attempt = async (what: string, work: () => Promise<void> | void) => {
    const [started, idle] = [performance.now(), busyMs()];
    const memory = process.memoryUsage.rss();
    let refusal: string | undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, MOST_CLOCK_MS);
    });
    try {
      await Promise.race([work(), late]);
    } catch (error) {
      if (!(error instanceof HackfaceError) || error.class === 'internal') {
        faults.push(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
      } else refusal = `${error.code}: ${error.message}`;
    }
    clearTimeout(timer);
    refusals.push(refusal);
    const [clock, worked] = [performance.now() - started, busyMs() - idle];
    const grown = process.memoryUsage.rss() - memory;
    if (worked > MOST_MS) faults.push(`${what} worked ${Math.round(worked)} ms`);
    if (clock >= MOST_CLOCK_MS) faults.push(`${what} took ${Math.round(clock)} ms`);
    if (grown > MOST_BYTES) faults.push(`${what} took ${grown} bytes`);
  };
  await attempt('opening', () => openEmbeddingsSync(input).close());
  await attempt('converting', async () => {
    await convert({ input, output, force: true });
  });
  const isNew = (name: string) => !before.includes(name);
  for (const name of listed().filter(isNew)) faults.push(`it wrote ${name}`);
  if (refusals[1] !== undefined && existsSync(output)) faults.push('it left a part of an output');
  rmSync(output, { force: true });
  return { refusals, faults };
}
