import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Finished, hackface, type RunOptions } from '../support/command.js';
import { put } from '../support/folder.js';
import { Host, type PlainError } from '../support/host.js';
import { float32Npy } from '../support/npy.js';
import { onLinux } from '../support/system.js';

/** A rule that every refusal must meet. */
export type Rule = 'U1' | 'U2' | 'U3' | 'U4' | 'U5';

/** A refusal that is to happen: one wrong input, the rest right. */
export interface Refusal {
  /** The fault, for the report. */
  what: string;
  /** `.npy` file; a right one if absent. */
  embeddings?: string;
  /** CSV file; a right one if absent. */
  pairs?: string;
  /** Further arguments of the command line, and what they are to the library. */
  args?: string[];
  request?: Record<string, unknown>;
  /** The code of the error. */
  code: string;
  /** Expected text of its message. */
  says?: RegExp[];
  /** Where it must point. */
  place?: Partial<Pick<PlainError, 'row' | 'line' | 'column' | 'offset'>>;
  /** User to run the command as; leaves the library out, which cannot change its user. */
  uid?: number;
  /** Longest time; 2 s by default. */
  withinMs?: number;
}

/** Exit codes by class of error, as the documentation promises them. */
export const EXITS: Record<string, number> = {
  usage: 2,
  data: 65,
  input: 66,
  internal: 70,
  create: 73,
  io: 74,
};

const LIMIT_MS = 2000;
const LIMIT_KIB = 64 * 1024;
const ONE_LINE = /^error\[([A-Z]+)\] (?:.*: )?found .+, expected .+\n$/;
const TRACES = /^\s+at |panicked|RUST_BACKTRACE|\.rs:\d+|node:internal/m;

/** Everything the checks share: right files, a folder, one long-lived process. */
export class Bench {
  readonly host = new Host();
  /** A right matrix: 6 × 3 small whole numbers. */
  readonly goodNpy: string;
  /** Right pairs for it. */
  readonly goodCsv: string;
  /** Output of the right job. */
  readonly goodOutput: string;
  /** Breaches of the rules so far. */
  readonly breaches: { rule: Rule; text: string }[] = [];
  /** Refusals looked at so far. */
  refusals = 0;

  private readonly preload: string;
  private readonly rows = [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 10],
    [-1, 0, 2],
    [3, -3, 3],
    [0, 1, 0],
  ];
  private readonly index1 = Uint32Array.of(0, 1, 2, 3, 5);
  private readonly index2 = Uint32Array.of(1, 2, 4, 4, 0);
  private basePeakKiB: Promise<number> | undefined;
  private folders = 0;

  constructor(readonly folder: string) {
    this.goodNpy = put(folder, 'good.npy', float32Npy(this.rows));
    const lines = Array.from(this.index1, (i, at) => `${i},${this.index2[at]},${at}`);
    this.goodCsv = put(folder, 'good.csv', `index1,index2,Id\n${lines.join('\n')}\n`);
    const distances = this.goodDistances();
    this.goodOutput = `Predicted,Id\n${distances.map((d, at) => `${d},${at}\n`).join('')}`;
    this.preload = put(
      folder,
      'peak.cjs',
      `process.on('exit', () => {
        const fs = require('fs');
        const peak = ${onLinux}
          ? /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'latin1'))[1]
          : process.resourceUsage().maxRSS;
        fs.writeFileSync(process.env.PEAK_FILE, String(peak));
      });\n`,
    );
  }

  /** A new, empty folder. */
  newFolder(): string {
    this.folders += 1;
    const path = join(this.folder, `f${this.folders}`);
    mkdirSync(path);
    return path;
  }

  /** Writes an input. */
  put(name: string, content: string | Uint8Array): string {
    return put(this.newFolder(), name, content);
  }

  /** `score` by a model, or with the metric whose right answers are whole numbers. */
  score(args: string[], options?: RunOptions): Promise<Finished> {
    const measure = args.includes('--model') ? [] : ['--metric', 'sqeuclidean'];
    return hackface(['score', ...measure, '--threads', '2', ...args], options);
  }

  /** The job is done, by the command line and by the library, and writes exactly this. */
  async writes(
    job: {
      embeddings?: string;
      pairs?: string;
      args?: string[];
      request?: object;
      env?: Record<string, string>;
    },
    expected: string,
  ): Promise<void> {
    const folder = this.newFolder();
    const { embeddings = this.goodNpy, pairs = this.goodCsv, args = [], request = {} } = job;
    const [one, two] = [join(folder, 'one.csv'), join(folder, 'two.csv')];
    const run = await this.score(['-e', embeddings, '-p', pairs, '-o', one, ...args], {
      ...(job.env ? { env: job.env } : {}),
    });
    assert.equal(run.code, 0, run.stderr);
    assert.equal(readFileSync(one, 'utf8'), expected);
    const answer = await this.host.call('score', {
      embeddings,
      pairs,
      output: two,
      ...measureOf(request),
      ...request,
    });
    assert.equal(answer.error, undefined, answer.error?.message);
    assert.equal(readFileSync(two, 'utf8'), expected);
  }

  /** The job is refused, by all the rules. */
  async refuses(refusal: Refusal): Promise<void> {
    this.refusals += 1;
    const found: { rule: Rule; text: string }[] = [];
    const breach = (rule: Rule, text: string) => {
      found.push({ rule, text: `${refusal.what}: ${text}` });
    };
    const byCommand = Promise.all([
      this.refusedByCommand(refusal, false, breach),
      this.refusedByCommand(refusal, true, breach),
    ]);
    if (refusal.uid === undefined) await this.refusedByLibrary(refusal, breach);
    await byCommand;
    this.breaches.push(...found);
    assert.ok(found.length === 0, found.map(({ rule, text }) => `${rule} ${text}`).join('\n'));
  }

  /** Every one of them is refused; all are tried, the report names each that is not. */
  async refusesEach(refusals: readonly Refusal[]): Promise<void> {
    const misses: string[] = [];
    for (const refusal of refusals) {
      await this.refuses(refusal).catch((error: Error) => misses.push(error.message));
    }
    assert.ok(misses.length === 0, misses.join('\n'));
  }

  /** The long-lived process still gives the right bytes. */
  async goodCallStillWorks(): Promise<string | undefined> {
    const answer = await this.host.call(
      'scorePairs',
      this.goodNpy,
      { index1: this.index1, index2: this.index2 },
      { metric: 'sqeuclidean' },
    );
    if (answer.error) return answer.error.message;
    const right = Float64Array.from(this.goodDistances());
    const got = answer.value as Float64Array;
    const bytes = Buffer.from(got.buffer, got.byteOffset, got.byteLength);
    return bytes.equals(Buffer.from(right.buffer)) ? undefined : `other bytes: ${got}`;
  }

  private goodDistances(): number[] {
    return Array.from(this.index1, (i, at) => {
      const [x, y] = [this.rows[i] as number[], this.rows[this.index2[at] as number] as number[]];
      return x.reduce((sum, value, column) => sum + (value - (y[column] as number)) ** 2, 0);
    });
  }

  /** As text into an empty folder, or as JSON over a file that is there. */
  private async refusedByCommand(
    refusal: Refusal,
    json: boolean,
    breach: (rule: Rule, text: string) => void,
  ): Promise<void> {
    const { embeddings = this.goodNpy, pairs = this.goodCsv, args = [], uid } = refusal;
    const basePeak = await this.basePeak();
    const folder = this.newFolder();
    const output = join(folder, 'out.csv');
    if (json) put(folder, 'out.csv', 'kept');
    const before = json ? identity(output) : '';
    const peakFile = join(this.newFolder(), 'peak');
    const line = ['-e', embeddings, '-p', pairs, '-o', output, ...args];
    const run = await this.score(json ? [...line, '--json', '--force'] : line, {
      env: { PEAK_FILE: peakFile },
      ...(uid === undefined ? { node: ['--require', this.preload] } : { uid }),
    });
    const error = json ? parseJson(run.stderr) : parseLine(run.stderr);
    if (error === undefined) {
      const form = json ? 'not one object' : 'not one line';
      breach('U2', `${form}: exit ${run.code}, ${run.stderr.slice(0, 400)}`);
      if (run.code === 0) breach('U1', 'exit 0');
      return;
    }
    if (TRACES.test(run.stderr)) breach('U2', `a trace: ${run.stderr.slice(0, 400)}`);
    if (run.stdout !== '') breach('U2', `text on standard output: ${run.stdout.slice(0, 200)}`);
    if (json && EXITS[error.class ?? ''] !== run.code) {
      breach('U1', `exit ${run.code} for class ${error.class}`);
    }
    if (!Object.values(EXITS).includes(run.code)) breach('U1', `exit ${run.code}`);
    if (error.code !== refusal.code) breach('U2', `code ${error.code}: ${error.message}`);
    for (const pattern of refusal.says ?? []) {
      if (!pattern.test(error.message)) breach('U2', `does not say ${pattern}: ${error.message}`);
    }
    const left = readdirSync(folder);
    if (left.length !== (json ? 1 : 0)) breach('U3', `left behind: ${left}`);
    if (json && identity(output) !== before) breach('U3', 'the target was touched');
    if (run.ms > LIMIT_MS) breach('U5', `${run.ms.toFixed(0)} ms`);
    if (uid === undefined) {
      const grown = Number(readFileSync(peakFile, 'utf8')) - basePeak;
      if (grown > LIMIT_KIB) breach('U5', `${grown} KiB more than a job that is done`);
    }
  }

  private async refusedByLibrary(
    refusal: Refusal,
    breach: (rule: Rule, text: string) => void,
  ): Promise<void> {
    const { embeddings = this.goodNpy, pairs = this.goodCsv, request = {} } = refusal;
    const folder = this.newFolder();
    const output = join(folder, 'out.csv');
    const job = { embeddings, pairs, output, ...measureOf(request), ...request };
    try {
      const { error, ms, grownKiB, strays } = await this.host.call('score', job);
      if (error === undefined) return breach('U4', 'the promise is fulfilled');
      if (!error.isHackfaceError) breach('U4', `${error.name}: ${error.message}`);
      if (error.code !== refusal.code) breach('U4', `code ${error.code}: ${error.message}`);
      const wrongFile = refusal.embeddings ?? refusal.pairs;
      if (wrongFile !== undefined && error.file !== wrongFile) breach('U4', `file ${error.file}`);
      for (const [name, value] of Object.entries(refusal.place ?? {})) {
        const given = error[name as keyof PlainError];
        if (given !== value) breach('U4', `${name} ${given}, not ${value}`);
      }
      if (strays.length > 0) breach('U4', strays.join('; '));
      if (ms > (refusal.withinMs ?? LIMIT_MS)) breach('U5', `${ms.toFixed(0)} ms in the library`);
      if (grownKiB > LIMIT_KIB) breach('U5', `${grownKiB} KiB in the library`);
      const after = await this.goodCallStillWorks();
      if (after !== undefined) breach('U4', `then a right call: ${after}`);
    } catch (error) {
      breach('U4', (error as Error).message);
    }
    if (readdirSync(folder).length > 0) breach('U3', `left behind: ${readdirSync(folder)}`);
  }

  private basePeak(): Promise<number> {
    this.basePeakKiB ??= this.measureBasePeak();
    return this.basePeakKiB;
  }

  private async measureBasePeak(): Promise<number> {
    const peakFile = join(this.newFolder(), 'peak');
    const output = join(this.newFolder(), 'out.csv');
    const run = await this.score(['-e', this.goodNpy, '-p', this.goodCsv, '-o', output], {
      env: { PEAK_FILE: peakFile },
      node: ['--require', this.preload],
    });
    assert.equal(run.code, 0, run.stderr);
    return Number(readFileSync(peakFile, 'utf8'));
  }
}

/** An error line of the command line in its parts. */
export function parseLine(stderr: string): PlainError | undefined {
  const code = ONE_LINE.exec(stderr)?.[1];
  if (code === undefined || stderr.trimEnd().includes('\n')) return undefined;
  const message = stderr.trimEnd().slice(`error[${code}] `.length);
  return { isHackfaceError: true, name: 'HackfaceError', code, message };
}

/** The error object that `--json` prints. */
export function parseJson(stderr: string): PlainError | undefined {
  if (stderr.trimEnd().includes('\n')) return undefined;
  try {
    return (JSON.parse(stderr) as { error: PlainError }).error;
  } catch {
    return undefined;
  }
}

/** Facts that must not change about an untouched file. */
export function identity(path: string): string {
  const { ino, mtimeMs, mode } = statSync(path);
  return `${ino} ${mtimeMs} ${mode} ${readFileSync(path, 'latin1')}`;
}

/** As on the command line: the metric whose right answers are whole numbers, unless a model is asked for. */
function measureOf(request: object): { metric?: string } {
  return 'model' in request ? {} : { metric: 'sqeuclidean' };
}
