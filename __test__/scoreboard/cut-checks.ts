/** T01–T07: the matrix of each job is cut short at random moments, under the command line and under the library. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { hackface } from '../support/command.js';
import { randomNumbers } from '../support/random.js';
import { needsPosix } from '../support/system.js';
import { type Bench, parseLine } from './bench.js';
import { isFull, type Check } from './check.js';
import { contentOf, type Inputs, inputsIn, type Job, JOBS } from './jobs.js';
import { child } from './process-checks.js';

/** Refusals that are waited for, by the command line and by the library in each way of reading. */
const REFUSALS = isFull ? 50 : 3;
const CUT = ['EINPUTCHANGED', 'ENPYLENGTH', 'ENPYHEADER', 'EIO'];
/** Large enough that a job takes a while, small enough to be copied a hundred times. */
const LARGE = { people: 300, each: 10, dim: 128 };

let made: Promise<Inputs> | undefined;

function inputsOf(bench: Bench): Promise<Inputs> {
  made ??= inputsIn(bench.newFolder(), LARGE);
  return made;
}

interface Cuts {
  refused: number;
  seen: Record<string, number>;
  wrong: string[];
}

async function cutUnderLibrary(bench: Bench, job: Job): Promise<void> {
  const { rows, labels, model } = await inputsOf(bench);
  for (const io of ['mmap', 'read']) {
    const args = [job.name, rows, labels, model, bench.newFolder(), io, `${REFUSALS}`];
    const [cuts] = await child<Cuts>('cut', args, { limitMs: 600_000 });
    assert.deepEqual(cuts?.wrong, [], `${job.name}, ${io}`);
    assert.equal(cuts?.refused, REFUSALS, `${job.name}, ${io}: ${JSON.stringify(cuts?.seen)}`);
  }
}

async function cutUnderCommand(bench: Bench, job: Job): Promise<void> {
  const inputs = await inputsOf(bench);
  const right = bench.newFolder();
  const { code, ms, stderr } = await hackface([...job.words(inputs, right), '-q']);
  assert.equal(code, 0, stderr);
  const random = randomNumbers(7);
  const { size } = statSync(inputs.rows);
  let refused = 0;
  for (let moment = 0; refused < REFUSALS; moment += 1) {
    assert.ok(moment < 20 * REFUSALS, `${job.name}: ${refused} refusals of ${moment}`);
    const rows = join(bench.newFolder(), 'rows.npy');
    copyFileSync(inputs.rows, rows);
    const out = bench.newFolder();
    const io = moment % 2 === 0 ? 'mmap' : 'read';
    const wait = random() * ms * 0.9;
    const run = await hackface([...job.words({ ...inputs, rows }, out), '-q', '--io', io], {
      limitMs: 120_000,
      watch: (process) => {
        const timer = setTimeout(() => truncateSync(rows, Math.floor(random() * size)), wait);
        process.once('exit', () => clearTimeout(timer));
      },
    });
    if (run.code === 0) {
      assert.deepEqual(contentOf(out), contentOf(right), `${job.name}, moment ${moment}`);
      continue;
    }
    refused += 1;
    const error = parseLine(run.stderr);
    assert.ok(CUT.includes(error?.code ?? ''), `${job.name}: exit ${run.code}, ${run.stderr}`);
    assert.deepEqual(readdirSync(out), [], `${job.name}, moment ${moment}: left behind`);
  }
  assert.ok(existsSync(inputs.rows) && readFileSync(inputs.rows).length === size);
}

/** A job of each kind; `pairwise` reads as `identify` does. */
export const cutChecks: Check[] = JOBS.filter(({ name }) => name !== 'pairwise').map((job, i) => ({
  id: `T0${i + 1}`,
  title: `${job.name}: its matrix cut short at random moments`,
  skip: needsPosix,
  long: job.name !== 'score',
  run: async (bench) => {
    await cutUnderLibrary(bench, job);
    await cutUnderCommand(bench, job);
  },
}));
