/** Results of a run in a folder: to be looked at, and to be compared with without running again. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Result, Run } from './run.js';

/** The list of results in such a folder. */
export const LIST = 'unmoved.json';
/** The folder of results in it. */
const RESULTS = 'results';

interface Listed extends Omit<Result, 'form'> {
  isText: boolean;
}

/** Writes every result into a folder. */
export function keepRun(folder: string, { cpu, results, surprises }: Run): void {
  // What an earlier run left there is none of this one's.
  rmSync(join(folder, RESULTS), { recursive: true, force: true });
  const listed: Record<string, Listed> = {};
  for (const [name, { section, digest, form }] of results) {
    listed[name] = { section, digest, isText: typeof form === 'string' };
    const path = placeOf(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, form);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, LIST),
    `${JSON.stringify({ cpu, surprises, results: listed }, null, 2)}\n`,
  );
}

/** Reads them again. */
export function readRun(folder: string): Run {
  const { cpu, surprises, results } = JSON.parse(readFileSync(join(folder, LIST), 'utf8'));
  const read = Object.entries(results as Record<string, Listed>).map(
    ([name, { section, digest, isText }]): [string, Result] => {
      const bytes = readFileSync(placeOf(folder, name));
      return [name, { section, digest, form: isText ? bytes.toString('utf8') : bytes }];
    },
  );
  return { cpu, surprises, results: new Map(read) };
}

function placeOf(folder: string, name: string): string {
  return join(folder, RESULTS, ...name.split('/'));
}
