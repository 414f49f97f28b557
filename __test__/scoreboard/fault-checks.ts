/** F03, F06–F09: inputs that change, outputs that cannot be written, readers and users that leave. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { CLI, hackface, runProgram } from '../support/command.js';
import { put } from '../support/folder.js';
import { randomNpy } from '../support/npy.js';
import { needsPosix, onLinux } from '../support/system.js';
import { type Bench, parseLine } from './bench.js';
import type { Check } from './check.js';
import { child } from './process-checks.js';

interface Lap {
  result?: string;
  error?: string;
  good?: string;
}

/** Disturbs a process after its first result and gives what it saw from then on. */
async function disturbed(
  bench: Bench,
  io: string,
  handler: string,
  disturb: (file: string) => void,
): Promise<{ first: string; results: Set<string>; errors: Set<string> }> {
  const file = bench.put('big.npy', randomNpy(3000, 256));
  let pending = true;
  const watch = (process: ChildProcess) => {
    process.stdout?.once('data', () => {
      setTimeout(() => {
        pending = false;
        disturb(file);
      }, 15);
    });
  };
  const laps = await child<Lap>('loop', [file, io, handler, bench.goodNpy], {
    watch,
    limitMs: 15_000,
  });
  assert.equal(pending, false);
  assert.ok(laps.at(-1)?.good, 'no right result from another file afterwards');
  const first = laps[0]?.result ?? assert.fail(`the first lap: ${JSON.stringify(laps[0])}`);
  return {
    first,
    results: new Set(laps.flatMap(({ result }) => result ?? [])),
    errors: new Set(laps.flatMap(({ error }) => error ?? [])),
  };
}

const SAID = ['EINPUTCHANGED', 'EIO', 'ENPYLENGTH'];

async function truncated(bench: Bench, io: string, handler: string, bytes: number): Promise<void> {
  const { results, first, errors } = await disturbed(bench, io, handler, (file) => {
    truncateSync(file, bytes);
  });
  assert.deepEqual(results, new Set([first]), `${io} ${handler}: a result of a truncated file`);
  assert.ok(errors.size > 0, `${io} ${handler}: no error`);
  for (const error of errors) assert.ok(SAID.includes(error), error);
}

async function rewritten(bench: Bench, io: string): Promise<void> {
  const { results, first, errors } = await disturbed(bench, io, 'never', (file) => {
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.alloc(statSync(file).size - 128, 0x3f), 0, undefined, 128);
    closeSync(descriptor);
  });
  assert.deepEqual(results, new Set([first]), `${io}: a result of a mixture`);
  for (const error of errors) assert.ok(SAID.includes(error), error);
}

async function replaced(bench: Bench, io: string): Promise<void> {
  const { results, first, errors } = await disturbed(bench, io, 'never', (file) => {
    const other = put(bench.newFolder(), 'other.npy', randomNpy(3000, 256, 2));
    renameSync(other, file);
  });
  assert.deepEqual(results, new Set([first]));
  assert.deepEqual(errors, new Set(), `${io}: the old file is still whole`);
}

async function changingInputs(bench: Bench): Promise<void> {
  const half = 1_000_000;
  const runs = [
    () => truncated(bench, 'mmap', 'never', half),
    () => truncated(bench, 'mmap', 'before', half),
    () => truncated(bench, 'mmap', 'after', 0),
    () => truncated(bench, 'read', 'never', half),
    () => rewritten(bench, 'mmap'),
    () => rewritten(bench, 'read'),
    () => replaced(bench, 'mmap'),
    () => replaced(bench, 'read'),
  ];
  // Two at a time: they mostly wait.
  while (runs.length > 0) await Promise.all(runs.splice(0, 2).map((run) => run()));
}

/** Runs the right job with this output; `code` 0 means that it is to be done. */
async function writing(
  bench: Bench,
  output: string,
  args: string[],
  code: string | 0,
  exit: number,
  uid?: number,
): Promise<void> {
  const run = await bench.score(
    ['-e', bench.goodNpy, '-p', bench.goodCsv, '-o', output, '-q', ...args],
    {
      ...(uid === undefined ? {} : { uid }),
    },
  );
  assert.equal(run.code, exit, `${output}: ${run.stderr}`);
  if (code !== 0) assert.equal(parseLine(run.stderr)?.code, code, run.stderr);
  else assert.equal(run.stderr, '');
}

/** A user without the rights of root, where the tests run as root. */
const NOBODY = process.getuid?.() === 0 ? 65_534 : undefined;

async function otherUserWorks(bench: Bench): Promise<boolean> {
  if (NOBODY === undefined) return true;
  chmodSync(bench.folder, 0o755);
  const run = await hackface(['--version'], { uid: NOBODY }).catch(() => undefined);
  if (run?.code === 0) return true;
  console.error('skipped: what another user may not do (this checkout is closed to others)');
  return false;
}

async function targets(bench: Bench): Promise<void> {
  const folder = bench.newFolder();
  const real = put(folder, 'real.csv', 'old');
  const link = join(folder, 'link.csv');
  symlinkSync('real.csv', link);
  chmodSync(real, 0o600);
  await writing(bench, link, ['--force'], 0, 0);
  assert.ok(lstatSync(link).isSymbolicLink(), 'the link was replaced');
  assert.equal(readFileSync(real, 'utf8'), bench.goodOutput);
  assert.equal(statSync(real).mode & 0o777, 0o600, 'the mode changed');

  const dangling = join(folder, 'dangling.csv');
  symlinkSync('new.csv', dangling);
  await writing(bench, dangling, [], 0, 0);
  assert.equal(readFileSync(join(folder, 'new.csv'), 'utf8'), bench.goodOutput);

  const directory = bench.newFolder();
  await writing(bench, directory, ['--force'], 'ECREATE', 73);
  await writing(bench, join(directory, 'none', 'out.csv'), [], 'ECREATE', 73);
  await writing(bench, real, [], 'EEXISTS', 73);
  assert.equal(readFileSync(real, 'utf8'), bench.goodOutput);

  if (onLinux) await fullDevice(bench);
  if (await otherUserWorks(bench)) {
    const closed = bench.newFolder();
    chmodSync(closed, 0o555);
    await writing(bench, join(closed, 'out.csv'), [], 'ECREATE', 73, NOBODY);
    assert.deepEqual(readdirSync(closed), []);
  }
  assert.deepEqual(readdirSync(folder).sort(), ['dangling.csv', 'link.csv', 'new.csv', 'real.csv']);
}

async function fullDevice(bench: Bench): Promise<void> {
  await writing(bench, '/dev/full', ['--force'], 'EIO', 74);
  const full = openSync('/dev/full', 'w');
  const run = await bench.score(['-e', bench.goodNpy, '-p', bench.goodCsv, '-o', '-', '-q'], {
    stdout: full,
  });
  closeSync(full);
  assert.equal(run.code, 74, run.stderr);
}

/** A pairs file that takes a while. */
function manyPairs(bench: Bench, count: number, rows: number): string {
  const lines = Array.from({ length: count }, (_, i) => `${i % rows},${(i * 7 + 1) % rows}`);
  return bench.put('many.csv', `index1,index2\n${lines.join('\n')}\n`);
}

async function readersThatLeave(bench: Bench): Promise<void> {
  const many = manyPairs(bench, 100_000, 6);
  const commands = [
    `score -e ${bench.goodNpy} -p ${many} -m sqeuclidean -o - -q`,
    'metrics',
    'metrics --json',
    '--help',
    'score --help',
    '--version',
  ];
  for (const command of commands) {
    for (const reader of ['head -1', 'true']) {
      const line = `(sleep 0.1; "${process.execPath}" "${CLI}" ${command}; echo "exit $?" >&2) | ${reader}`;
      const run = await runProgram('bash', ['-c', line]);
      assert.match(
        run.stderr,
        /^exit (0|141)\n$/,
        `${command} | ${reader}: ${run.stderr.slice(0, 500)}`,
      );
    }
  }
}

/** Stops a command when `when` says so; it must leave within a second and leave nothing behind. */
async function stopped(
  args: string[],
  folder: string,
  signal: 'SIGINT' | 'SIGTERM',
  when: () => boolean,
): Promise<void> {
  let sent = 0;
  const run = await hackface(args, {
    limitMs: 20_000,
    watch(process) {
      const look = setInterval(() => {
        if (!when()) return;
        clearInterval(look);
        sent = performance.now();
        process.kill(signal);
      }, 2);
      process.once('exit', () => clearInterval(look));
    },
  });
  assert.ok(sent > 0, `it ended before it was stopped: ${run.stderr}`);
  assert.equal(run.code, signal === 'SIGINT' ? 130 : 143, run.stderr);
  const ms = performance.now() - sent;
  assert.ok(ms < 1000, `${signal}: ${ms.toFixed(0)} ms`);
  assert.deepEqual(readdirSync(folder), [], `${signal}: left behind`);
}

async function signals(bench: Bench): Promise<void> {
  const npy = bench.put('big.npy', randomNpy(400, 4096));
  const many = manyPairs(bench, 400_000, 400);
  const later = (ms: number) => {
    const start = performance.now();
    return () => performance.now() - start > ms;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const folder = bench.newFolder();
    const score = ['score', '-e', npy, '-p', many, '-o', join(folder, 'out.csv'), '-q', '--metric'];
    // While it measures: with one thread this metric takes seconds.
    const slow = ['minkowski(p=3.3)', '--threads', '1'];
    await stopped([...score, ...slow], folder, signal, later(600));
    // While it writes: this one takes none.
    await stopped([...score, 'dot'], folder, signal, () => readdirSync(folder).length > 0);
    const made = bench.newFolder();
    await stopped(
      ['synth', made, '--full', '-q'],
      made,
      signal,
      () => readdirSync(made).length > 0,
    );
  }
}

async function badInputs(bench: Bench): Promise<void> {
  const folder = bench.newFolder();
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const inputs: [string, string, RegExp][] = [
    ['a FIFO', fifo, /FIFO|pipe/i],
    ['a device', '/dev/zero', /device/],
    ['a directory', folder, /directory/i],
    ['missing', join(folder, 'none'), /no such file/i],
    ['under a file', join(bench.goodNpy, 'x'), /no such file|not a directory/i],
  ];
  await bench.refusesEach(
    inputs.flatMap(([what, path, says]) => [
      { what: `embeddings: ${what}`, embeddings: path, code: 'EINPUT', says: [says] },
      { what: `pairs: ${what}`, pairs: path, code: 'EINPUT', says: [says] },
    ]),
  );
  if (!(await otherUserWorks(bench))) return;
  const hidden = put(bench.newFolder(), 'hidden', 'x');
  chmodSync(hidden, 0);
  const uid = NOBODY === undefined ? {} : { uid: NOBODY };
  const says = [/permission/i];
  await bench.refusesEach([
    { what: 'embeddings: unreadable', embeddings: hidden, code: 'EINPUT', says, ...uid },
    { what: 'pairs: unreadable', pairs: hidden, code: 'EINPUT', says, ...uid },
  ]);
}

export const faultChecks: Check[] = [
  {
    id: 'F03',
    title: 'input truncated, rewritten, replaced during the run',
    skip: needsPosix,
    run: changingInputs,
  },
  {
    id: 'F06',
    title: 'links, directories, full devices, modes of the output',
    skip: needsPosix,
    run: targets,
  },
  {
    id: 'F07',
    title: 'a reader that leaves ends it quietly',
    skip: needsPosix,
    run: readersThatLeave,
  },
  {
    id: 'F08',
    title: 'SIGINT and SIGTERM: 130 and 143 in 1 s, nothing left',
    skip: needsPosix,
    run: signals,
  },
  {
    id: 'F09',
    title: 'FIFO, device, directory, missing, unreadable: 66',
    skip: needsPosix,
    run: badInputs,
  },
];
