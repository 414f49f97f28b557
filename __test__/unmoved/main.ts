/** The command behind `scripts/unmoved.mjs`. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Case, casesFor } from './case.js';
import { CASES } from './cases.js';
import { differencesOf } from './differences.js';
import { keepRun, LIST, readRun } from './kept.js';
import {
  digested,
  movedFrom,
  notComparable,
  RECORD,
  RECORDED,
  readRecord,
  writeRecord,
} from './record.js';
import { type Run, runCases, SECTIONS, type Section } from './run.js';

const USAGE = `Whether every result of the command line is what it was.

  node scripts/unmoved.mjs                   this checkout against the record
  node scripts/unmoved.mjs --against FOLDER  this checkout against another, built one, with what differs

  --root FOLDER     the checkout that is run, instead of this one
  --against FOLDER  another built checkout, or what --keep left, instead of the record
  --keep FOLDER     leave every result of the run there
  --only LIST       cases whose names begin so, such as evaluate,score/cosine, and what they read
  --sections LIST   of ${SECTIONS.join(',')}; all by default
  --write           make the run the record
`;

const OPTIONS = {
  root: { type: 'string' },
  against: { type: 'string' },
  keep: { type: 'string' },
  only: { type: 'string' },
  sections: { type: 'string' },
  write: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs it and gives the exit code. `project` is the checkout that the script belongs to. */
export async function main(project: string, args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (process.env.NAPI_RS_NATIVE_LIBRARY_PATH) {
    throw new Error(
      'NAPI_RS_NATIVE_LIBRARY_PATH would give all checkouts the same addon: unset it',
    );
  }
  const sections = sectionsOf(values.sections);
  if (values.write && values.only !== undefined) throw new Error('--write is of all cases');
  const cases = values.only === undefined ? CASES : casesFor(values.only.split(','), CASES);
  const now = await freshRun(project, values.root ?? project, cases);
  for (const line of now.surprises) console.log(`! ${line}`);
  if (values.keep !== undefined) keepRun(values.keep, now);
  const record = join(project, RECORD);
  if (values.write) {
    writeRecord(record, now);
    console.log(`→ ${RECORD}`);
    return now.surprises.length === 0 ? 0 : 1;
  }
  if (values.against === undefined) return againstRecord(record, now, cases, sections);
  const { against } = values;
  const before = existsSync(join(against, LIST))
    ? readRun(against)
    : await freshRun(project, against, cases);
  return againstRun(before, now, cases, sections);
}

function sectionsOf(list: string | undefined): readonly Section[] {
  if (list === undefined) return SECTIONS;
  const unknown = list.split(',').find((name) => !(SECTIONS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new Error(`no section ${unknown}; there are ${SECTIONS.join(', ')}`);
  return list.split(',') as Section[];
}

/** Whether a result is of one of the cases. */
function isOf(cases: readonly Case[]): (name: string) => boolean {
  const names = new Set(cases.map(({ name }) => name));
  return (name) => names.has(name.split('/').slice(0, 2).join('/'));
}

async function freshRun(project: string, checkout: string, cases: readonly Case[]): Promise<Run> {
  const cli = join(resolve(checkout), 'dist', 'cli.cjs');
  if (!existsSync(cli)) throw new Error(`${cli} is not there: build that checkout first`);
  await warnIfOld(checkout);
  const started = performance.now();
  const run = await runCases(project, checkout, cases);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${checkout}: ${cases.length} cases, ${run.results.size} results, ${run.cpu}, ${seconds} s`,
  );
  return run;
}

/** A build that is older than its sources shows what the sources were. */
async function warnIfOld(checkout: string): Promise<void> {
  const script = resolve(checkout, 'scripts', 'stale.mjs');
  if (!existsSync(script)) return;
  const { isBuilt } = await import(pathToFileURL(script).href);
  if (!isBuilt()) console.log(`! ${checkout}: the build is older than its sources`);
}

function againstRecord(
  path: string,
  now: Run,
  cases: readonly Case[],
  sections: readonly Section[],
): number {
  const [record, found] = [readRecord(path), digested(now)];
  let moved = 0;
  for (const section of RECORDED.filter((name) => sections.includes(name))) {
    const reason = notComparable(record, now.cpu, section);
    if (reason !== undefined) {
      console.log(`${section}: NOT COMPARED, ${reason}`);
      continue;
    }
    const lines = movedFrom(record, found, section, isOf(cases));
    moved += lines.length;
    console.log(`${section}: ${lines.length} of ${Object.keys(found[section]).length} differ`);
    for (const line of lines) console.log(`  ${line}`);
  }
  return moved + now.surprises.length === 0 ? 0 : 1;
}

function againstRun(
  before: Run,
  now: Run,
  cases: readonly Case[],
  sections: readonly Section[],
): number {
  if (before.cpu !== now.cpu)
    console.log(`! ${before.cpu} before, ${now.cpu} now: fits may differ`);
  const ran = isOf(cases);
  const differences = differencesOf(before, now, sections).filter(({ name }) => ran(name));
  for (const section of sections) {
    const own = differences.filter((one) => one.section === section);
    const all = [...now.results.values()].filter((one) => one.section === section).length;
    console.log(`\n${section}: ${own.length} of ${all} differ`);
    for (const { name, lines } of own) {
      console.log(`  ${name}`);
      for (const line of lines) console.log(`    ${line}`);
    }
  }
  return differences.length === 0 ? 0 : 1;
}
