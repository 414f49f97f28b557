/** P09, R04–R06: more than one of a thing in a process, and what a process holds as it goes on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { platformManifest } from '#scripts/packages.mjs';
import { ownTarget } from '#scripts/targets.mjs';
import { CLI, runProgram } from '../support/command.js';
import { randomNpy } from '../support/npy.js';
import { needsLinux } from '../support/system.js';
import type { Bench } from './bench.js';
import { isFull, type Check } from './check.js';
import { type Held, slope } from './children/watch.js';
import { child } from './process-checks.js';

/** The package as it is installed, in a folder of its own, under a version of the same length. */
export function installed(bench: Bench, version: string): string {
  const modules = join(bench.newFolder(), 'node_modules');
  const folder = join(modules, 'hackface-native');
  mkdirSync(folder, { recursive: true });
  cpSync('package.json', join(folder, 'package.json'));
  cpSync('dist', join(folder, 'dist'), { recursive: true });
  cpSync('node_modules/commander', join(modules, 'commander'), { recursive: true });
  const own = ownTarget();
  const beside = join(modules, own?.package ?? '');
  mkdirSync(beside);
  writeFileSync(join(beside, 'package.json'), JSON.stringify(platformManifest(own)));
  const addon = readFileSync(own?.addon ?? '');
  const mark = '<hackface-native addon ';
  addon.write(version, addon.indexOf(mark) + mark.length);
  writeFileSync(join(beside, own?.addon ?? ''), addon);
  const { version: built } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const name of readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.cjs'))) {
    const path = join(folder, 'dist', name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(built, version));
  }
  return folder;
}

interface Versions {
  answers: string[];
  errors: string[];
  versions: string[];
}

/** Two versions in one process, and four processes of a cluster. */
async function together(bench: Bench): Promise<void> {
  const file = bench.put('rows.npy', randomNpy(300, 16));
  const cut = bench.put('cut.npy', randomNpy(300, 512));
  const copies = ['0.1.8', '0.1.9'].map((version) => installed(bench, version));
  const [seen] = await child<Versions>('versions', [...copies, file, cut], {
    env: { NAPI_RS_NATIVE_LIBRARY_PATH: '' },
  });
  assert.deepEqual(seen?.versions, ['0.1.8', '0.1.9']);
  assert.equal(seen?.answers.length, 1);
  const [first = '', , third = ''] = seen?.answers[0]?.split(' ') ?? [];
  assert.equal(first, third, 'the copies differ');
  assert.deepEqual(seen?.errors, ['EINPUTCHANGED', 'EINPUTCHANGED']);
  const [all] = await child<{ own: string; theirs: string[] }>('cluster', []);
  assert.deepEqual(all?.theirs, [all?.own, all?.own, all?.own, all?.own]);
}

/**
 * Options of Node for a process whose memory is watched. V8 doubles its room for young objects as a process goes on, by
 * tens of megabytes in all: it stays small here, so that what grows is something that was left behind.
 */
const STEADY = ['--expose-gc', '--max-semi-space-size=1'];

/** KiB that the resident memory may grow for each 1,000 cycles. */
const GROWTH_KIB = 1024;

/** Cycles of every kind of handle: nothing is left behind. */
async function cycles(bench: Bench): Promise<void> {
  const count = isFull ? 10_000 : 120;
  const samples = await child<Held>('cycles', [bench.newFolder(), `${count}`], {
    node: STEADY,
    limitMs: 900_000,
  });
  // The first fifth is when caches and heaps get their size.
  const later = samples.slice(Math.floor(samples.length / 5));
  const [before, after] = [later[0] as Held, later.at(-1) as Held];
  assert.equal(after.descriptors, before.descriptors, 'descriptors');
  assert.equal(after.threads, before.threads, 'threads');
  const growth = 1000 * slope(later, 'residentKiB');
  console.log(`R04: ${count} cycles, ${growth.toFixed(0)} KiB more for each 1,000`);
  // In a short run a heap that grows once weighs more.
  if (isFull) assert.ok(growth < GROWTH_KIB, `${growth} KiB for each 1,000 cycles`);
  else assert.ok(after.residentKiB - before.residentKiB < 32 * 1024, JSON.stringify(samples));
}

/** Handles that are dropped are collected before they fill the memory; closed ones are gone at once. */
async function handles(): Promise<void> {
  const [closed] = await child<{ grownKiB: number }>('handles', ['close']);
  assert.ok((closed?.grownKiB ?? 1e9) < 32 * 1024, `closed: ${closed?.grownKiB} KiB`);
  const [dropped] = await child<{ grownKiB: number; allKiB: number }>('handles', ['drop']);
  const { grownKiB = 1e9, allKiB = 1 } = dropped ?? {};
  assert.ok(grownKiB < allKiB / 2, `dropped: ${grownKiB} of ${allKiB} KiB`);
}

/** Threads are those that the process may run on, or those that are asked for. */
async function threads(): Promise<void> {
  const diagnosis = await runProgram('taskset', [
    '-c',
    '0',
    process.execPath,
    CLI,
    'doctor',
    '--json',
  ]);
  assert.equal(diagnosis.code, 0, diagnosis.stderr);
  assert.equal(JSON.parse(diagnosis.stdout).threads, 1);
  for (const asked of [1, 3]) {
    const [seen] = await child<{ most: number }>('threads', [`${asked}`]);
    assert.equal(seen?.most, asked);
  }
}

const needsTaskset =
  needsLinux || (spawnSync('taskset', ['-V']).status !== 0 && 'needs taskset of util-linux');

export const lifeChecks: Check[] = [
  {
    id: 'P09',
    title: 'two versions in one process, four processes of a cluster: all answer',
    skip: needsLinux,
    without: 'Electron',
    run: together,
  },
  {
    id: 'R04',
    title: 'cycles of opening, computing and closing leave nothing behind',
    skip: needsLinux,
    run: cycles,
  },
  {
    id: 'R05',
    title: '1,000 handles: memory returns when they are dropped, at once when they are closed',
    skip: needsLinux,
    run: handles,
  },
  {
    id: 'R06',
    title: 'threads within what the process may run on; 3 where 3 are asked for',
    skip: needsTaskset,
    without: 'a quota of processor time on a machine of many cores',
    run: threads,
  },
];
