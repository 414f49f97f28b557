/** R01, R03: files and jobs that are larger than the memory that there is. */
import assert from 'node:assert/strict';
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, type Finished, hackface, runProgram } from '../support/command.js';
import { put } from '../support/folder.js';
import { dictionary, float32Npy, npyFile } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';
import { needsLinux } from '../support/system.js';
import { type Bench, parseLine } from './bench.js';
import type { Check } from './check.js';

/** KiB that a process of 512 MB may write to; files that are mapped do not count. */
const MEMORY = { flag: '-d', kib: 524_288 };
/** KiB of addresses beside those that Node takes to do next to nothing. */
const SPARE_ADDRESSES = 300_000;
/** So many probes make `identify` hold the gallery, where fewer go through it. */
const MANY = 16_385;
const SUM = ['-m', 'sqeuclidean'];

/** A matrix of zeros that takes no room on the disk. */
function zeros(folder: string, name: string, rows: number): string {
  const header = npyFile({ header: dictionary('<f4', `(${rows}, 512)`) });
  const path = put(folder, name, header);
  truncateSync(path, header.length + rows * 512 * 4);
  return path;
}

/** Runs the command line under `ulimit`. */
function limited({ flag, kib }: typeof MEMORY, args: string[], limitMs?: number) {
  const shell = `ulimit -c 0; ulimit ${flag} ${kib}; exec "$@"`;
  const program = ['-c', shell, 'sh', process.execPath, CLI, ...args, '--threads', '2'];
  return runProgram('sh', program, limitMs === undefined ? {} : { limitMs });
}

let fewest: Promise<number> | undefined;

/** KiB of addresses that a small job takes: the least of some runs, as heaps of V8's threads come and go. */
function fewestAddresses(bench: Bench): Promise<number> {
  fewest ??= (async () => {
    const peaks = [];
    for (let run = 0; run < 4; run += 1) peaks.push(await peakAddresses(bench));
    return Math.min(...peaks);
  })();
  return fewest;
}

async function peakAddresses(bench: Bench): Promise<number> {
  const folder = bench.newFolder();
  const preload = put(
    folder,
    'peak.cjs',
    `process.on('exit', () => {
      const fs = require('fs');
      const peak = /VmPeak:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'latin1'))[1];
      fs.writeFileSync(${JSON.stringify(join(folder, 'peak'))}, peak);
    });\n`,
  );
  const args = ['identify', '-g', bench.goodNpy, ...SUM, '-o', join(folder, 'hits.csv')];
  const run = await hackface([...args, '--threads', '2'], { node: ['--require', preload] });
  assert.equal(run.code, 0, run.stderr);
  return Number(readFileSync(join(folder, 'peak'), 'utf8'));
}

/** One line that says what is missing, not a signal. */
function refusedForMemory(run: Finished, says: RegExp): void {
  assert.equal(run.code, 74, `exit ${run.code}: ${run.stderr.slice(0, 400)}`);
  const error = parseLine(run.stderr);
  assert.equal(error?.code, 'EMEMORY', run.stderr);
  assert.match(error?.message ?? '', says);
}

async function largeFiles(bench: Bench): Promise<void> {
  const folder = bench.newFolder();
  const large = zeros(folder, 'large.npy', 1_000_000);
  const probes = zeros(folder, 'probes.npy', 2);
  const pairs = put(folder, 'pairs.csv', 'index1,index2\n0,1\n5,999999\n');
  const [scores, hits] = [join(folder, 'scores.csv'), join(folder, 'hits.csv')];
  const scored = await limited(MEMORY, ['score', '-e', large, '-p', pairs, ...SUM, '-o', scores]);
  assert.equal(scored.code, 0, scored.stderr);
  assert.equal(readFileSync(scores, 'utf8'), 'Predicted,Id\n0,0\n0,1\n');
  const search = ['identify', '-g', large, '--probes', probes, ...SUM, '-k', '2', '-o', hits];
  const found = await limited(MEMORY, search);
  assert.equal(found.code, 0, found.stderr);
  const lines = ['0,1,0,0', '0,2,1,0', '1,1,0,0', '1,2,1,0'];
  assert.equal(readFileSync(hits, 'utf8'), `probe,rank,gallery,distance\n${lines.join('\n')}\n`);
}

async function largeJobs(bench: Bench): Promise<void> {
  const folder = bench.newFolder();
  const large = zeros(folder, 'large.npy', 1_000_000);
  const probes = zeros(folder, 'probes.npy', MANY);
  const search = ['identify', '-g', large, '--probes', probes, ...SUM, '-o', join(folder, 'h.csv')];
  const run = await limited(MEMORY, search, 10_000);
  // After so long it goes through the rows without holding them, as it may.
  if (!run.late) refusedForMemory(run, /\d{6,} bytes.*\d{7,}/);
}

/** `audit` holds rows as bytes: it ends, or says what it lacks. */
async function fewAddresses(bench: Bench): Promise<void> {
  const random = randomNumbers(5);
  const data = Float32Array.from({ length: 40_000 * 128 }, () => random() - 0.5);
  const header = dictionary('<f4', '(40000, 128)');
  const bytes = npyFile({ header, data: Buffer.from(data.buffer) });
  const rows = put(bench.newFolder(), 'rows.npy', bytes);
  await resultOrRefusal(bench, ['audit', '-e', rows], SPARE_ADDRESSES);
}

/**
 * Runs a command under ever fewer addresses, from so many KiB beside the fewest, until it has been refused three
 * times. It ends with a result first, then with what is missing.
 */
async function resultOrRefusal(bench: Bench, args: string[], spare: number): Promise<void> {
  const fewest = await fewestAddresses(bench);
  const ends: (number | null)[] = [];
  // Where a run is refused lies some 100 MB below what a run takes, or at it: heaps come and go.
  for (let less = 0; less < 40 && ends.filter((end) => end === 74).length < 3; less += 1) {
    const run = await limited({ flag: '-v', kib: fewest + spare - 20_000 * less }, args);
    ends.push(run.code);
    if (run.code !== 0) refusedForMemory(run, /\d{6,} bytes|no (2 threads|thread)|memory/);
  }
  assert.ok(ends[0] === 0 && ends.includes(74), `exits ${ends}`);
}

/** By `identify`, which would hold 132 MB of rows and 54 MB of probes. */
async function fewAddressesToSearch(bench: Bench): Promise<void> {
  const kib = (await fewestAddresses(bench)) + SPARE_ADDRESSES;
  const folder = bench.newFolder();
  const rows = zeros(folder, 'rows.npy', 250_000);
  const probes = zeros(folder, 'probes.npy', MANY);
  const hits = join(folder, 'hits.csv');
  const search = ['identify', '-g', rows, '--probes', probes, ...SUM, '-o', hits];
  const run = await limited({ flag: '-v', kib }, search, 10_000);
  // Rarely it is the stacks of threads that find no place.
  if (!run.late && run.code !== 0) refusedForMemory(run, /\d{6,} bytes|no (2 threads|thread)/);
}

/** `evaluate --all-pairs` ends with a result or with what is missing, however few addresses there are. */
async function allPairsOfFewAddresses(bench: Bench): Promise<void> {
  const folder = bench.newFolder();
  const random = randomNumbers(4);
  const rows = Array.from({ length: 1500 }, () => Array.from({ length: 16 }, random));
  const matrix = put(folder, 'x.npy', float32Npy(rows));
  const people = rows.map((_, row) => `${row % 300}\n`).join('');
  const labels = put(folder, 'people.csv', `class\n${people}`);
  await resultOrRefusal(bench, ['evaluate', '-e', matrix, '-l', labels, '--all-pairs'], 160_000);
}

// `ulimit` limits memory on Linux alone.
export const memoryChecks: Check[] = [
  {
    id: 'R01',
    title: 'a file of 2 GB with 512 MB of memory: scored and searched',
    skip: needsLinux,
    run: largeFiles,
  },
  {
    id: 'R01b',
    title: 'what 512 MB cannot hold is refused with both sizes',
    skip: needsLinux,
    run: largeJobs,
  },
  {
    id: 'R03',
    title: 'few addresses: an audit ends or is refused, never 134',
    skip: needsLinux,
    run: fewAddresses,
  },
  {
    id: 'R03b',
    title: 'too few addresses to hold a gallery: refused, never 134',
    skip: needsLinux,
    run: fewAddressesToSearch,
  },
  {
    id: 'R03c',
    title: 'all pairs under a dozen limits: a result or EMEMORY, never 134',
    skip: needsLinux,
    run: allPairsOfFewAddresses,
  },
];
