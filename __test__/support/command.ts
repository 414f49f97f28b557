import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';

/** The command line as it ships. */
export const CLI = resolve('dist/cli.cjs');

/** Longer limits of time, this many times, where a processor is emulated. */
const PATIENCE = Number(process.env.HACKFACE_PATIENCE ?? 1);

/** Result of a process. */
export interface Finished {
  /** Exit code; 128 + number of the signal that ended it. */
  code: number;
  stdout: string;
  stderr: string;
  /** Time from start to end. */
  ms: number;
  /** True if it was stopped for taking too long. */
  late: boolean;
}

/** How to run it. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string | Uint8Array;
  /** Options of Node itself. */
  node?: string[];
  /** Descriptor of standard output, instead of collecting it. */
  stdout?: number;
  /** User to run as; only root may ask. */
  uid?: number;
  limitMs?: number;
  /** Called with the running process. */
  watch?: (child: ChildProcess) => void;
}

/** Runs the command line. */
export function hackface(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runNode([CLI, ...args], options);
}

/** Runs a script with Node. */
export function runNode(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runProgram(process.execPath, [...(options.node ?? []), ...args], options);
}

/** Runs a program to its end, or stops it after `limitMs`. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { cwd, env, input, stdout = 'pipe', uid, limitMs = 30_000, watch } = options;
  const started = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['pipe', stdout, 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  });
  return new Promise((done, failed) => {
    let [out, err, late] = ['', '', false];
    const limit = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limitMs * PATIENCE);
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    child.on('error', failed);
    child.on('close', (status, signal) => {
      clearTimeout(limit);
      const code = signal === null ? (status ?? -1) : 128 + constants.signals[signal];
      done({ code, stdout: out, stderr: err, ms: performance.now() - started, late });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    watch?.(child);
  });
}
