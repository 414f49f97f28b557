/** What differs between two runs, with a few lines of each difference. */
import { readNpy } from '../support/npy.js';
import type { Form } from './form.js';
import type { Result, Run, Section } from './run.js';

/** Lines of a difference that are shown. */
const SHOWN = 6;
/** Characters of a line that are shown. */
const WIDTH = 150;

/** A result that is not the same. */
export interface Difference {
  name: string;
  section: Section;
  lines: string[];
}

/** Every result of these sections that only one of two runs has, or that differs. */
export function differencesOf(before: Run, after: Run, sections: readonly Section[]): Difference[] {
  const names = [...new Set([...before.results.keys(), ...after.results.keys()])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before.results.get(name), after.results.get(name)];
    const section = (now ?? old)?.section as Section;
    if (!sections.includes(section) || old?.digest === now?.digest) return [];
    return [{ name, section, lines: linesOf(old, now) }];
  });
}

function linesOf(old: Result | undefined, now: Result | undefined): string[] {
  if (old === undefined) return ['is new'];
  if (now === undefined) return ['is gone'];
  if (Buffer.isBuffer(old.form) && Buffer.isBuffer(now.form)) return ofMatrices(old.form, now.form);
  return ofTexts(String(old.form).split('\n'), String(now.form).split('\n'));
}

function ofTexts(old: string[], now: string[]): string[] {
  let [start, end] = [0, 0];
  const shorter = Math.min(old.length, now.length);
  while (start < shorter && old[start] === now[start]) start += 1;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  if (old.length !== now.length) {
    const [gone, come] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
    return [
      `${old.length} lines became ${now.length}; from line ${start + 1}:`,
      ...few(gone.map((line) => `- ${cut(line, 0)}`)),
      ...few(come.map((line) => `+ ${cut(line, 0)}`)),
    ];
  }
  const places = old.flatMap((line, i) => (line === now[i] ? [] : [i]));
  const shown = places.slice(0, SHOWN / 2).flatMap((i) => {
    const [a, b] = [old[i] as string, now[i] as string];
    let at = 0;
    while (a[at] === b[at]) at += 1;
    return [`line ${i + 1}:`, `- ${cut(a, at)}`, `+ ${cut(b, at)}`];
  });
  return [`${places.length} of ${old.length} lines differ`, ...shown];
}

function few(list: string[]): string[] {
  const more = list.length - SHOWN;
  return more > 0 ? [...list.slice(0, SHOWN), `  … and ${more} more`] : list;
}

/** The part of a line about a place. */
function cut(line: string, at: number): string {
  const from = at > WIDTH / 2 ? at - 40 : 0;
  const end = from + WIDTH;
  return `${from > 0 ? '…' : ''}${line.slice(from, end)}${line.length > end ? '…' : ''}`;
}

function ofMatrices(old: Buffer, now: Buffer): string[] {
  const [before, after] = [readNpy(old), readNpy(now)];
  if (String(before.shape) !== String(after.shape)) {
    return [`shape ${before.shape.join(' × ')} became ${after.shape.join(' × ')}`];
  }
  const places = [...before.values.keys()].filter(
    (i) => !Object.is(before.values[i], after.values[i]),
  );
  const apart = places.map((i) =>
    Math.abs((before.values[i] as number) - (after.values[i] as number)),
  );
  const shown = places
    .slice(0, SHOWN / 2)
    .map((i) => `element ${i}: ${before.values[i]} became ${after.values[i]}`);
  if (places.length === 0)
    return ['the same numbers, written otherwise', headerOf(old), headerOf(now)];
  const furthest = apart.reduce((most, value) => Math.max(most, value), 0);
  return [`${places.length} of ${before.values.length} differ, by ${furthest} at most`, ...shown];
}

function headerOf(bytes: Form): string {
  return `  ${bytes
    .toString('latin1')
    .slice(10, 10 + WIDTH)
    .trim()}`;
}
