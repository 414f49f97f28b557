/** Compares what the cases came to with the record, or with another run. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readNpy } from '../support/npy.js';
import { type Run, SECTIONS, type Section } from './run.js';

/** Where the record is, from the root of the project. */
export const RECORD = '__test__/unmoved/record.json';
/** Its sections; words for people are compared between checkouts only. */
export const RECORDED = SECTIONS.filter((section) => section !== 'text');

/** The accepted results of every case. */
export interface Recorded {
  /** The instruction set that `fitted` and `fittedReports` were recorded with. */
  cpu: string;
  /** By section and case: a refusal as it is, and one digest of all other results. */
  sections: Partial<Record<Section, Record<string, string>>>;
}

/** The list in a folder of kept results. */
export const LIST = 'unmoved.json';
/** Differences that are shown of a result, and characters of each. */
const [SHOWN, WIDTH] = [4, 150];

/** The record of a run. */
export function recordOf({ cpu, results }: Run): Recorded {
  const sections: Recorded['sections'] = {};
  for (const section of RECORDED) {
    const lines: Record<string, string> = {};
    for (const [key, form] of [...results].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [, name, place] = key.match(`^${section}/([^/]+/[^/]+)/(.*)$`) ?? [];
      if (name === undefined) continue;
      const what = place === '(refusal)' ? form.toString('utf8') : digestOf(form);
      lines[name] = `${lines[name] ?? ''}${place} ${what}\n`;
    }
    sections[section] = Object.fromEntries(
      Object.entries(lines).map(([name, all]) => [name, entryOf(all)]),
    );
  }
  return { cpu, sections };
}

/** A refusal, which comes first, and a digest of the other lines. */
function entryOf(lines: string): string {
  const [, refusal, others] = /^(?:\(refusal\) ([^\n]*)\n)?(.*)$/s.exec(lines) ?? [];
  return [refusal, others && digestOf(others)].filter(Boolean).join(' ');
}

/** Long enough to tell any two forms apart. */
function digestOf(form: string | Buffer): string {
  return createHash('sha256').update(form).digest('hex').slice(0, 24);
}

/** Why a section says nothing about a run on another machine; undefined where it does. */
export function notComparable(section: string, before: string, now: string): string | undefined {
  if (before === now || !section.startsWith('fitted')) return undefined;
  return `${before} before, ${now} now, and what is learned has digits of its own on each`;
}

/** Cases of a section that are not as recorded: a text for each, which begins with its name. */
export function movedFrom(record: Recorded, run: Run, section: Section): string[] {
  const [before = {}, now = {}] = [record.sections[section], recordOf(run).sections[section]];
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} was ${before[name] ?? 'absent'}, is ${now[name] ?? 'absent'}`);
}

/** Results of a section that differ between two runs, with some of the differences. */
export function differencesOf(before: Run, now: Run, section: Section): string[] {
  const keys = [...new Set([...before.results.keys(), ...now.results.keys()])].sort();
  return keys.flatMap((key) => {
    const [old, fresh] = [before.results.get(key), now.results.get(key)];
    if (!key.startsWith(`${section}/`) || (old && fresh?.equals(old))) return [];
    const name = key.slice(section.length + 1);
    if (!old || !fresh) return [`${name} is ${old ? 'gone' : 'new'}`];
    return [[name, ...differences(linesOf(key, old), linesOf(key, fresh))].join('\n    ')];
  });
}

/** Lines of a text; header and numbers of a matrix. */
function linesOf(key: string, form: Buffer): string[] {
  if (!key.endsWith('.npy')) return form.toString('utf8').split('\n');
  const header = form.toString('latin1', 10, 10 + form.readUInt16LE(8)).trim();
  const numbers = [...readNpy(form).values];
  return [header, ...numbers.map((one) => (Object.is(one, -0) ? '-0' : `${one}`))];
}

function differences(old: string[], fresh: string[]): string[] {
  let [start, end] = [0, 0];
  const shorter = Math.min(old.length, fresh.length);
  while (start < shorter && old[start] === fresh[start]) start += 1;
  while (end < shorter - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const gone = old.slice(start, old.length - end);
  const come = fresh.slice(start, fresh.length - end);
  const longer = gone.length > come.length ? gone : come;
  const changed = [...longer.keys()].filter((i) => gone[i] !== come[i]);
  const shown = changed.slice(0, SHOWN).flatMap((i) => {
    const [a = '', b = ''] = [gone[i], come[i]];
    let at = 0;
    while (at < a.length && a[at] === b[at]) at += 1;
    const from = at > WIDTH / 2 ? at - 40 : 0;
    return [`- ${a.slice(from, from + WIDTH)}`, `+ ${b.slice(from, from + WIDTH)}`];
  });
  const counts = `${changed.length} of ${old.length} lines, now ${fresh.length}`;
  return [`${counts}, from line ${start + 1}:`, ...shown];
}

/** Writes every result into a folder. */
export function keepRun(folder: string, { cpu, results }: Run): void {
  // Files of an earlier run do not belong to this one.
  for (const section of SECTIONS)
    rmSync(join(folder, section), { recursive: true, force: true, maxRetries: 10 });
  for (const [key, form] of results) {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), form);
  }
  writeFileSync(join(folder, LIST), `${JSON.stringify({ cpu, results: [...results.keys()] })}\n`);
}

/** Reads them again. */
export function readRun(folder: string): Run {
  const { cpu, results } = JSON.parse(readFileSync(join(folder, LIST), 'utf8'));
  const read = (key: string): [string, Buffer] => [key, readFileSync(join(folder, key))];
  return { cpu, results: new Map(results.map(read)), surprises: [] };
}
