/** What every result was when somebody last said that they are right. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Run } from './run.js';

/** Where it is, from the root of the project. */
export const RECORD = '__test__/unmoved/record.json';

/** Sections that it has; words for people are compared between checkouts only. */
export const RECORDED = ['everywhere', 'reports', 'fitted', 'fittedReports'] as const;
export type Recorded = (typeof RECORDED)[number];

/** Digests by name of the result. */
type Digests = Record<string, string>;

/** The content of the file. */
export interface Digested extends Record<Recorded, Digests> {
  /** The instruction set that `fitted` and `fittedReports` were recorded with. */
  cpu: string;
}

/** The record of a run. */
export function digested(run: Run): Digested {
  const of = (section: Recorded): Digests =>
    Object.fromEntries(
      [...run.results]
        .filter(([, result]) => result.section === section)
        .map(([name, { digest }]) => [name, digest]),
    );
  const [everywhere, reports] = [of('everywhere'), of('reports')];
  return {
    cpu: run.cpu,
    everywhere,
    reports,
    fitted: of('fitted'),
    fittedReports: of('fittedReports'),
  };
}

/** Reads the record. */
export function readRecord(path: string): Digested {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Writes the record. */
export function writeRecord(path: string, run: Run): void {
  writeFileSync(path, `${JSON.stringify(digested(run), null, 2)}\n`);
}

/** A line for each result of a section that is not as recorded, of those that `counts` says yes to. */
export function movedFrom(
  record: Digested,
  now: Digested,
  section: Recorded,
  counts: (name: string) => boolean = () => true,
): string[] {
  const [before, after] = [record[section], now[section]];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(counts).sort();
  return names.flatMap((name) => {
    if (before[name] === after[name]) return [];
    const how = before[name] === undefined ? 'is new' : after[name] === undefined ? 'is gone' : '';
    const isRefusal = name.endsWith('/(refusal)');
    return [`${name} ${how || (isRefusal ? `was ${before[name]}, is ${after[name]}` : 'differs')}`];
  });
}

/** Why a section of the record says nothing about a run; undefined where it does. */
export function notComparable(
  record: Digested,
  cpu: string,
  section: Recorded,
): string | undefined {
  if (record.cpu === cpu || section === 'everywhere' || section === 'reports') return undefined;
  return `recorded with ${record.cpu}, this machine runs ${cpu}, and what is learned has digits of its own on each`;
}
