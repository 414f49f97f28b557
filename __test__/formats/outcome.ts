/** Opens and converts a file that may be hostile, and says what it did to us. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { convert, HackfaceError, openEmbeddingsSync } from 'hackface-native';

/** Most time and memory that a small file may cost. */
const [MOST_MS, MOST_BYTES] = [2000, 64 << 20];

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
    try {
      await work();
    } catch (error) {
      if (!(error instanceof HackfaceError) || error.class === 'internal') {
        faults.push(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
      } else refusal = `${error.code}: ${error.message}`;
    }
    refusals.push(refusal);
    // A machine that does other things makes the clock run on, and other threads of ours the processor.
    const took = Math.min(performance.now() - started, busyMs() - idle);
    const grown = process.memoryUsage.rss() - memory;
    if (took > MOST_MS) faults.push(`${what} took ${Math.round(took)} ms`);
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
