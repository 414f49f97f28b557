/** Runs the cases and collects what they came to. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Finished, runProgram } from '../support/command.js';
import type { Case } from './cases.js';
import { formOfFile, formOfJson, formOfText, namesIn, withoutPlaces } from './form.js';
import { writeInputs } from './inputs.js';

/**
 * Sorts of results: figures that are the same on every machine, and pictures of them; figures and
 * pictures that have the digits of a kind of processor; words for people.
 */
export const SECTIONS = ['everywhere', 'reports', 'fitted', 'fittedReports', 'text'] as const;
export type Section = (typeof SECTIONS)[number];

const OF_FITTED = { everywhere: 'fitted', reports: 'fittedReports' } as const;
type Sort = 'everywhere' | 'reports' | 'text';
type Keep = (sort: Sort, place: string, form: string | Buffer) => void;

/** Results of all cases. */
export interface Run {
  /** The instruction set that ran. */
  cpu: string;
  /** By section, case and place: `everywhere/score/cosine/scores.csv`, or `(stdout)` at its end. */
  results: Map<string, Buffer>;
  /** Cases that failed and should not have, or the other way round. */
  surprises: string[];
}

/** Runs at a time; other tests want processors too. */
const AT_ONCE = Math.max(2, Math.floor(availableParallelism() / 2));

/** Runs the cases with a built checkout, on a Node; `project` is the checkout that has the cases. */
export async function runCases(
  project: string,
  checkout: string,
  cases: Case[],
  node = process.execPath,
): Promise<Run> {
  const dist = join(resolve(checkout), 'dist');
  const cli = join(dist, 'cli.cjs');
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'hackface-unmoved-'));
  const { stdout } = await runProgram(node, [cli, 'doctor', '--json']);
  const run: Run = { cpu: JSON.parse(stdout).cpu, results: new Map(), surprises: [] };
  const ends = new Map<string, Promise<void>>();
  const waiting = [...cases];
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const { name, script, reads } = one;
      const program = script === undefined ? [node, cli] : [node, resolve(project, script), dist];
      // The case it reads stands above, so it is already running.
      const ready = Promise.all(reads.map((read) => ends.get(read)));
      const end = ready.then(() => runCase(program, folder, one, run));
      ends.set(name, end);
      await end;
    }
  };
  try {
    writeInputs(folder);
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
  return run;
}

async function runCase(program: string[], folder: string, one: Case, run: Run): Promise<void> {
  const { name, args, cwd, env, stdin, there, fails } = one;
  const outputs = join(folder, 'out', name);
  mkdirSync(outputs, { recursive: true });
  for (const file of there) writeFileSync(join(outputs, file), 'old\n');
  const [node = '', ...words] = program;
  const finished = await runProgram(node, [...words, ...args], {
    cwd: join(folder, cwd),
    // One thread each, since several cases run at a time; a case that wants more says so.
    env: { HACKFACE_THREADS: '1', SOURCE_DATE_EPOCH: '0', ...env },
    limitMs: 120_000,
    ...(stdin === undefined ? {} : { input: readFileSync(join(folder, stdin)) }),
  });
  const { code, stdout, stderr, late } = finished;
  if (late) throw new Error(`${name} took more than two minutes`);
  if ((code !== 0) !== fails) {
    run.surprises.push(`${name} ended with ${code}: ${(stderr || stdout).slice(0, 300).trim()}`);
  }
  const keep = (sort: Sort, place: string, form: string | Buffer) => {
    const section = one.fitted && sort !== 'text' ? OF_FITTED[sort] : sort;
    if (form.length > 0) run.results.set(`${section}/${name}/${place}`, Buffer.from(form));
  };
  for (const entry of readdirSync(outputs, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const place = path.slice(outputs.length + 1).replaceAll('\\', '/');
    const sort = /\.(html?|svg)$/.test(place) ? 'reports' : 'everywhere';
    keep(sort, place, formOfFile(place, readFileSync(path), folder));
  }
  if (args[args.indexOf('-o') + 1] === '-') keep('everywhere', '(stdout)', stdout);
  else keepPrinted(one, '(stdout)', stdout, folder, keep);
  keepPrinted(one, '(stderr)', stderr, folder, keep);
  if (code !== 0) keep('everywhere', '(refusal)', refusalOf(finished, folder));
}

function keepPrinted(one: Case, place: string, text: string, folder: string, keep: Keep): void {
  const isJson = one.args.includes('--json') || one.script !== undefined;
  if (!isJson || !text.startsWith('{')) {
    keep('text', place, formOfText(text, folder));
    return;
  }
  const { figures, words } = formOfJson(text, folder);
  if (text.startsWith('{"error"')) keep('text', place, words);
  // Only names: the values are those of the machine.
  else if (one.name.startsWith('doctor/')) keep('everywhere', place, namesIn(text));
  else {
    keep('everywhere', place, figures);
    keep('text', `${place} words`, words);
  }
}

/** Exit code, code and place of a failure, in plain sight. */
function refusalOf({ code, stderr }: Finished, folder: string): string {
  const line = stderr.split('\n').find((text) => text.startsWith('{"error"'));
  if (line === undefined) return `${code} ${/error\[(\w+)\]/.exec(stderr)?.[1] ?? '?'}`;
  const { error } = JSON.parse(line);
  const place = ['file', 'row', 'line', 'column', 'offset'].filter((key) => key in error);
  const found = [code, error.code, error.class, ...place.map((key) => `${key}=${error[key]}`)];
  return withoutPlaces(found.join(' '), folder);
}
