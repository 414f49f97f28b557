/** Reads a file that may be hostile, and says what it did to us. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  convert,
  HackfaceError,
  openEmbeddingsSync,
  readLabelsSync,
  readNames,
  readPairsSync,
  readSubmissionSync,
  readTemplateList,
  readTruthSync,
} from 'hackface-native';

/** Something that is done with a file; `output` is a file that it may write. */
type Attempt = (input: string, output: string) => Promise<unknown> | unknown;

/** The attempts on a matrix. */
const OF_MATRICES: Record<string, Attempt> = {
  opening: (input) => openEmbeddingsSync(input).close(),
  converting: (input, output) => convert({ input, output, force: true }),
};

/** A file beside a list with the names of rows. */
export const NAMES = 'rows.txt';

/** The attempts on a list: every reader tries it, as the content of a list tells its format. */
export const OF_LISTS: Record<string, Attempt> = {
  pairs: (input) => readPairsSync(input),
  'pairs by names': async (input) => {
    const names = await readNames(join(dirname(input), NAMES));
    return readPairsSync(input, { names, truth: true });
  },
  labels: (input) => readLabelsSync(input),
  truth: (input) => readTruthSync(input),
  scores: (input) => readSubmissionSync(input),
  names: (input) => readNames(input),
  templates: (input) => readTemplateList(input),
};

/** Most processor time and memory that a small file may cost. */
const [MOST_MS, MOST_BYTES] = [2000, 64 << 20];
/** Most time by the clock, less that in which the machine does other things: a reader that waits for ever spends it. */
const MOST_CLOCK_MS = 20_000;

/** The outcome of a file: refusals in our words, and whatever is wrong beyond that. */
export interface Outcome {
  /** Message of the refusal of each attempt, in their order; `undefined` where it was read. */
  refusals: (string | undefined)[];
  /** The outcomes that must never happen: an error of no class of ours, too slow, too much memory, another file written. */
  faults: string[];
}

function busyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Time in which threads of the process were ready to run and did not, where the system tells. */
function queuedMs(): number {
  const tasks = '/proc/self/task';
  if (!existsSync(tasks)) return 0;
  const each = readdirSync(tasks).map((task) => {
    const file = join(tasks, task, 'schedstat');
    // A thread may end between the two.
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6 : 0;
  });
  return each.reduce((sum, ms) => sum + ms, 0);
}

/** Tries a file in a folder of its own kind: `input` is written there, and nothing else may appear. */
export async function outcomeOf(
  input: string,
  bytes: Uint8Array,
  attempts = OF_MATRICES,
): Promise<Outcome> {
  const folder = dirname(input);
  writeFileSync(input, bytes);
  const output = join(folder, 'out.npy');
  const listed = () => readdirSync(folder).filter((name) => name !== 'out.npy');
  const before = listed();
  const faults: string[] = [];
  const refusals: (string | undefined)[] = [];
  const attempt = async (what: string, work: () => Promise<unknown> | unknown) => {
    const [started, idle] = [performance.now(), busyMs()];
    const memory = process.memoryUsage.rss();
    let refusal: string | undefined;
    let timer: NodeJS.Timeout | undefined;
    const queued = queuedMs();
    const ownMs = () => performance.now() - started - (queuedMs() - queued);
    const late = new Promise<void>((resolve) => {
      const look = () => {
        const left = MOST_CLOCK_MS - ownMs();
        if (left <= 0) resolve();
        else timer = setTimeout(look, left);
      };
      look();
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
    const [clock, worked] = [ownMs(), busyMs() - idle];
    const grown = process.memoryUsage.rss() - memory;
    if (worked > MOST_MS) faults.push(`${what} worked ${Math.round(worked)} ms`);
    if (clock >= MOST_CLOCK_MS) faults.push(`${what} took ${Math.round(clock)} ms`);
    if (grown > MOST_BYTES) faults.push(`${what} took ${grown} bytes`);
  };
  for (const [what, work] of Object.entries(attempts)) {
    await attempt(what, () => work(input, output));
  }
  const isNew = (name: string) => !before.includes(name);
  for (const name of listed().filter(isNew)) faults.push(`it wrote ${name}`);
  if (refusals.at(-1) !== undefined && existsSync(output))
    faults.push('it left a part of an output');
  rmSync(output, { force: true });
  return { refusals, faults };
}
