/** Runs the cases and collects what they came to. */
import { createHash } from 'node:crypto';
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
import { type Finished, runNode } from '../support/command.js';
import { type Case, typedArguments } from './case.js';
import { type Form, formOfFile, formOfJson, formOfText, namesIn, withoutPlaces } from './form.js';
import { writeInputs } from './inputs.js';

/**
 * Sorts of results: figures that are the same on every machine, and pictures of them; figures and
 * pictures that have the digits of a kind of processor; words for people.
 */
export const SECTIONS = ['everywhere', 'reports', 'fitted', 'fittedReports', 'text'] as const;
export type Section = (typeof SECTIONS)[number];

/** One result of a case. */
export interface Result {
  section: Section;
  /** Of the form; a refusal stands for itself. */
  digest: string;
  form: Form;
}

/** What all cases came to. */
export interface Run {
  /** The instruction set that ran. */
  cpu: string;
  /** By name, such as `score/cosine/scores.csv`. */
  results: Map<string, Result>;
  /** Cases that failed and should not have, or the other way round. */
  surprises: string[];
}

/** Runs at a time; other tests want processors too. */
const AT_ONCE = Math.max(2, Math.floor(availableParallelism() / 2));

/** Runs the cases with a built checkout; `project` is the one that has the cases. */
export async function runCases(
  project: string,
  checkout: string,
  cases: readonly Case[],
): Promise<Run> {
  const dist = join(resolve(checkout), 'dist');
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'hackface-unmoved-'));
  const run: Run = { cpu: '', results: new Map(), surprises: [] };
  try {
    writeInputs(folder);
    run.cpu = await instructionSet(dist);
    for (const stage of [0, 1, 2]) {
      const waiting = cases.filter((one) => (one.stage ?? 2) === stage);
      const work = async () => {
        for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
          const program =
            one.script === undefined
              ? [join(dist, 'cli.cjs')]
              : [resolve(project, one.script), dist];
          await runCase(program, folder, one, run);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  run.results = new Map([...run.results].sort(([a], [b]) => (a < b ? -1 : 1)));
  return run;
}

/** Digest of a form, long enough to tell any two apart. */
export function digestOf(form: Form): string {
  return createHash('sha256').update(form).digest('hex').slice(0, 24);
}

async function instructionSet(dist: string): Promise<string> {
  const { code, stdout, stderr } = await runNode([join(dist, 'cli.cjs'), 'doctor', '--json']);
  if (code !== 0) throw new Error(`doctor of ${dist}: ${stdout}${stderr}`);
  return JSON.parse(stdout).cpu;
}

async function runCase(program: string[], folder: string, one: Case, run: Run): Promise<void> {
  const { name, args, cwd, env, input, there = [] } = one;
  const outputs = join(folder, 'out', name);
  if (args.some((text) => text.startsWith('@'))) mkdirSync(outputs, { recursive: true });
  for (const file of there) writeFileSync(join(outputs, file), 'old\n');
  const finished = await runNode([...program, ...typedArguments(one)], {
    cwd: join(folder, cwd ?? ''),
    // One thread each, since several cases run at a time; a case that wants more says so.
    env: { HACKFACE_THREADS: '1', ...env },
    limitMs: 120_000,
    ...(input === undefined ? {} : { input: readFileSync(join(folder, input)) }),
  });
  const { code, stdout, stderr, late } = finished;
  if (late) throw new Error(`${name} took more than two minutes`);
  if ((code !== 0) !== (one.fails === true)) {
    run.surprises.push(`${name} ended with ${code}: ${(stderr || stdout).slice(0, 300).trim()}`);
  }
  const figures = one.fitted ? 'fitted' : 'everywhere';
  const reports = one.fitted ? 'fittedReports' : 'reports';
  const keep = (section: Section, place: string, form: Form) => {
    if (form.length === 0) return;
    run.results.set(`${name}/${place}`, { section, digest: digestOf(form), form });
  };
  for (const file of filesBelow(outputs)) {
    const bytes = readFileSync(join(outputs, file));
    const section = /\.(html?|svg)$/.test(file) ? reports : figures;
    keep(section, file, formOfFile(file, bytes, folder));
  }
  for (const [section, place, form] of printed(one, finished, folder)) {
    keep(section === 'figures' ? figures : section, place, form);
  }
  const refusal = refusalOf(finished, folder);
  if (refusal !== undefined) {
    run.results.set(`${name}/(refusal)`, { section: figures, digest: refusal, form: refusal });
  }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .map((path) => path.replaceAll('\\', '/'));
  } catch {
    return [];
  }
}

type Printed = [section: 'figures' | 'text', place: string, form: Form];

/** Results and words of the two streams. */
function printed(one: Case, { stdout, stderr }: Finished, folder: string): Printed[] {
  const found: Printed[] = [];
  const json = one.args.includes('--json') || one.script !== undefined;
  const piped = one.args.some((text, i) => text === '-' && one.args[i - 1] === '-o');
  const take = (place: string, text: string, isData: boolean) => {
    if (isData) found.push(['figures', place, text]);
    else if (json && text.startsWith('{"error"'))
      found.push(['text', place, formOfJson(text, folder).words]);
    else if (json && text.startsWith('{')) {
      if (one.name.startsWith('doctor/')) found.push(['figures', place, namesIn(text)]);
      else {
        const { figures, words } = formOfJson(text, folder);
        found.push(['figures', place, figures], ['text', `${place} words`, words]);
      }
    } else found.push(['text', place, formOfText(text, folder)]);
  };
  take('(stdout)', stdout, piped);
  take('(stderr)', stderr, false);
  return found;
}

/** Exit code, code and place of a failure, in plain sight. */
function refusalOf({ code, stderr }: Finished, folder: string): string | undefined {
  if (code === 0) return undefined;
  const line = stderr.split('\n').find((text) => text.startsWith('{"error"'));
  if (line === undefined) return `${code} ${/error\[(\w+)\]/.exec(stderr)?.[1] ?? '?'}`;
  const { error } = JSON.parse(line);
  const place = ['file', 'row', 'line', 'column', 'offset'].filter((key) => key in error);
  const found = [code, error.code, error.class, ...place.map((key) => `${key}=${error[key]}`)];
  return withoutPlaces(found.join(' '), folder);
}
