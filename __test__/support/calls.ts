/** Calls of the system that fail as those of a bad disk do, in processes that a test starts. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { onLinux } from './system.js';

const SOURCE = resolve('__test__/support/faulty-calls.c');

/** A disturbance of the calls on files below a folder. */
export interface Disturbance {
  folder: string;
  /** Which calls fail, with which error, from the first, second, … one on. */
  fails?: {
    call: 'read' | 'write' | 'sync' | 'name';
    error: 'ENOSPC' | 'EIO' | 'EDQUOT';
    from: number;
    /** So many fail, then they succeed again; all by default. */
    calls?: number;
  };
  /** Most bytes that a read or a write does. */
  most?: number;
  /** Every other read and write is interrupted. */
  interrupts?: boolean;
  /** File that is given the number of calls of the kind that fails. */
  count?: string;
}

let compiled: string | undefined;

/** Reason for `skip`: libraries that stand before the C library are of Linux, and need a compiler. */
export const needsFaultyCalls =
  (!onLinux && `needs Linux, this is ${process.platform}`) ||
  (spawnSync('cc', ['--version']).status !== 0 && 'needs a C compiler, cc');

/** The variables under which a process meets the disturbance; compiles what is loaded, into `folder`, once. */
export function disturbing(folder: string, disturbance: Disturbance): Record<string, string> {
  if (compiled === undefined || !existsSync(compiled)) {
    compiled = join(folder, 'faulty-calls.so');
    const args = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', compiled, SOURCE];
    const { status, stderr } = spawnSync('cc', [...args, '-ldl'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`cc: ${stderr}`);
  }
  const { fails, most = 0, interrupts = false, count } = disturbance;
  return {
    LD_PRELOAD: compiled,
    FAULT_FOLDER: disturbance.folder,
    FAULT_MOST: `${most}`,
    FAULT_INTERRUPTS: interrupts ? '1' : '0',
    ...(fails && {
      FAULT_CALL: fails.call,
      FAULT_ERRNO: `${constants.errno[fails.error]}`,
      FAULT_FROM: `${fails.from}`,
      FAULT_CALLS: `${fails.calls ?? 0}`,
    }),
    ...(count && { FAULT_COUNT: count }),
  };
}

/** How many calls could have failed in a process that has ended. */
export function countedCalls(count: string): number {
  return Number(readFileSync(count, 'utf8'));
}
