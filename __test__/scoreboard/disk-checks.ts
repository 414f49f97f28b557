/** F01, F02, F04, F05: a disk that is full or fails, calls that are interrupted or do a part, the end at any moment. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Disturbance, countedCalls, disturbing, needsFaultyCalls } from '../support/calls.js';
import { hackface } from '../support/command.js';
import { put } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';
import { needsPosix } from '../support/system.js';
import { type Bench, EXITS, identity, parseLine } from './bench.js';
import { isFull, type Check } from './check.js';
import { contentOf, type Inputs, inputsIn, type Job, JOBS, runJob } from './jobs.js';

const SMALL = { people: 12, each: 5, dim: 8 };

/** Moments at which each writing command is ended. */
const MOMENTS = isFull ? 50 : Number(process.env.HACKFACE_MOMENTS ?? 6);

/** In the quick form, one job that TypeScript writes and one that the core writes. */
const chosen = isFull ? JOBS : JOBS.filter(({ name }) => ['score', 'transform'].includes(name));

let made: Promise<Inputs> | undefined;

function inputsOf(bench: Bench): Promise<Inputs> {
  made ??= inputsIn(bench.newFolder(), SMALL);
  return made;
}

/** Everything that a job writes beside its output where nothing fails. */
async function rightOutput(bench: Bench, job: Job): Promise<{ name: string; bytes: string }> {
  const out = bench.newFolder();
  const run = await runJob(job, await inputsOf(bench), out);
  assert.equal(run.code, 0, `${job.name}: ${run.stderr}`);
  const [[name, bytes] = ['', '']] = contentOf(out);
  return { name, bytes };
}

/**
 * Lets the first call of a kind fail, then the second alone, and so on, until a run has none left to fail. Each
 * run ends with an error of one line, and leaves the old file and nothing beside it.
 */
async function failingAtEach(
  bench: Bench,
  job: Job,
  fails: Pick<Required<Disturbance>['fails'], 'call' | 'error' | 'calls'>,
): Promise<number> {
  const right = await rightOutput(bench, job);
  for (let from = 1; ; from += 1) {
    const what = `${job.name}, ${fails.error} at ${fails.call} ${from}`;
    const folder = bench.newFolder();
    const old = put(folder, right.name, 'old');
    const before = identity(old);
    const count = join(bench.newFolder(), 'count');
    const env = disturbing(bench.folder, { folder, fails: { ...fails, from }, count });
    const run = await runJob(job, await inputsOf(bench), folder, { env });
    if (countedCalls(count) < from) {
      assert.equal(run.code, 0, `${what}: ${run.stderr}`);
      assert.equal(readFileSync(old, 'latin1'), right.bytes, what);
      return from - 1;
    }
    assert.ok([EXITS.create, EXITS.io].includes(run.code), `${what}: ${run.code} ${run.stderr}`);
    assert.ok(['EIO', 'ECREATE'].includes(parseLine(run.stderr)?.code ?? ''), run.stderr);
    assert.deepEqual([...contentOf(folder).keys()], [right.name], `${what}: left behind`);
    // Once the file has its new name only the sync of its folder can fail; it is whole by then.
    if (identity(old) === before) continue;
    assert.equal(readFileSync(old, 'latin1'), right.bytes, `${what}: neither old nor new`);
    assert.equal(fails.call, 'sync', `${what}: replaced`);
  }
}

async function fullDisk(bench: Bench): Promise<void> {
  for (const job of chosen) {
    const writes = await failingAtEach(bench, job, { call: 'write', error: 'ENOSPC' });
    assert.ok(writes > 0, `${job.name} wrote nothing`);
    if (!isFull) continue;
    // One write alone, as where another process frees some room at once.
    await failingAtEach(bench, job, { call: 'write', error: 'EDQUOT', calls: 1 });
    await failingAtEach(bench, job, { call: 'write', error: 'EIO' });
    await failingAtEach(bench, job, { call: 'name', error: 'EIO' });
  }
  const syncs = await failingAtEach(bench, JOBS[0] as Job, { call: 'sync', error: 'EIO' });
  assert.ok(syncs > 0, 'nothing is synced');
}

/** One byte at a time, and an interruption before each second call: the same bytes. */
async function littleAtATime(bench: Bench): Promise<void> {
  const inputs = await inputsOf(bench);
  for (const job of chosen) {
    const right = await rightOutput(bench, job);
    for (const io of ['read', 'mmap']) {
      for (const disturbance of isFull
        ? [{ most: 1 }, { most: 1, interrupts: true }, { most: 1000 }, { interrupts: true }]
        : [{ most: 1, interrupts: true }]) {
        const what = `${job.name}, ${io}, ${JSON.stringify(disturbance)}`;
        const out = bench.newFolder();
        const env = disturbing(bench.folder, { folder: bench.folder, ...disturbance });
        const run = await runJob(job, inputs, out, { env, args: ['--io', io] });
        assert.equal(run.code, 0, `${what}: ${run.stderr}`);
        assert.equal(readFileSync(join(out, right.name), 'latin1'), right.bytes, what);
      }
    }
  }
}

/** The read behind one: each of the first forty, and then an eighth more; in the quick form twice as many. */
const later = (read: number) => (isFull ? read + (read < 40 ? 1 : read >> 3) : 2 * read);

/** Reads of inputs fail, from the first, a later, an even later one on: the error names the file. */
async function failingReads(bench: Bench): Promise<void> {
  const inputs = await inputsOf(bench);
  for (const job of chosen) {
    let failed = 0;
    for (let from = 1; ; from = later(from)) {
      const what = `${job.name}, EIO at read ${from}`;
      const out = bench.newFolder();
      const count = join(bench.newFolder(), 'count');
      const fails = { call: 'read', error: 'EIO', from } as const;
      const env = disturbing(bench.folder, { folder: inputs.folder, fails, count });
      const run = await runJob(job, inputs, out, { env, args: ['--io', 'read'] });
      if (countedCalls(count) < from) break;
      failed += 1;
      assert.equal(run.code, EXITS.io, `${what}: ${run.stderr}`);
      const error = parseLine(run.stderr);
      assert.equal(error?.code, 'EIO', run.stderr);
      assert.match(error?.message ?? '', /(rows\.npy|\.csv|model\.safetensors)/, what);
      assert.deepEqual([...contentOf(out)], [], `${what}: left behind`);
    }
    assert.ok(failed > 1, `${job.name} read ${failed} times`);
  }
}

/** Ended by the system at random moments: the target is the whole old file or the whole new one. */
async function killed(bench: Bench): Promise<void> {
  const inputs = await inputsOf(bench);
  const random = randomNumbers(5);
  for (const job of chosen) {
    const right = await rightOutput(bench, job);
    const out = bench.newFolder();
    const words = [...job.words(inputs, out), '--force', '-q'];
    const { ms } = await hackface(words);
    const ends = { old: 0, new: 0 };
    for (let moment = 0; moment < MOMENTS; moment += 1) {
      const old = put(out, right.name, 'old');
      // The second half of a run: in the first, Node starts.
      const wait = ms * (0.4 + 0.6 * random());
      await hackface(words, {
        watch: (child) => setTimeout(() => child.kill('SIGKILL'), wait),
      });
      const bytes = readFileSync(old, 'latin1');
      assert.ok(bytes === 'old' || bytes === right.bytes, `${job.name}: neither old nor new`);
      ends[bytes === 'old' ? 'old' : 'new'] += 1;
    }
    if (MOMENTS >= 50) assert.ok(ends.old > 0 && ends.new > 0, `${JSON.stringify(ends)}: one end`);
  }
}

export const diskChecks: Check[] = [
  {
    id: 'F01',
    title: 'no room, or a failing disk, at each write in turn: 73 or 74, the old file as it was',
    skip: needsFaultyCalls,
    run: fullDisk,
  },
  {
    id: 'F02',
    title: 'reads and writes of a byte, and interrupted ones: the same bytes',
    skip: needsFaultyCalls,
    run: littleAtATime,
  },
  {
    id: 'F04',
    title: 'a failing disk at each read in turn: 74 with the file',
    skip: needsFaultyCalls,
    run: failingReads,
  },
  {
    id: 'F05',
    title: 'ended by SIGKILL while it writes: the whole old file or the whole new one',
    skip: needsPosix,
    run: killed,
  },
];
