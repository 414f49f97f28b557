/** The files of the challenge where they are not named, and the two columns of a submission. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { SubmissionOptions } from '../csv/submission.js';
import { HackfaceError } from '../errors.js';
import { usageError } from './failure.js';
import { say } from './terminal.js';

/** With `/`, which every system reads, so that all print the same. */
const PLACES = ['', 'data/'];

/** The files that each kind of work takes where they are not named, by the field of the request. */
export const CHALLENGE = {
  test: { embeddings: 'test_set.npy', pairs: 'test_pairs.csv' },
  train: { embeddings: 'train_set.npy', labels: 'train_labels.csv' },
  learn: { train: 'train_set.npy', labels: 'train_labels.csv' },
  search: { gallery: 'train_set.npy', probes: 'test_set.npy' },
  truth: 'solution.csv',
} as const;

/** Finds a file of the challenge where people unpack it. */
export function discover(name: string, option: string): string {
  const found = find(name);
  if (found !== undefined) return found;
  throw notFound(`no ${name} in . or ./data`, 'the file there', `Name it with ${option} FILE`);
}

/** The path of a file of the challenge, if it is where people unpack it. */
export function find(name: string): string | undefined {
  return PLACES.map((place) => `${place}${name}`).find((path) => existsSync(path));
}

/**
 * Finds the files `names` that `flags` leaves out, by the field of the request. If none
 * is named, all come from one folder, so that the rows of one challenge never meet the pairs of another.
 */
export function challengeFiles<Field extends string>(
  flags: Readonly<Partial<Record<string, unknown>>>,
  names: Readonly<Record<Field, string>>,
  command: Command,
): Record<Field, string> {
  const fields = Object.keys(names) as Field[];
  const isNamed = (field: Field) => flags[field] !== undefined;
  if (fields.every(isNamed)) return pick(fields, (field) => String(flags[field]));
  return fields.some(isNamed)
    ? pick(fields, (field) =>
        String(flags[field] ?? discover(names[field], flagOf(command, field))),
      )
    : fromOneFolder(fields, names, command);
}

/** Says which files a command chose, if it was not told all of them. */
export function sayChosen(command: Command, files: Partial<Record<string, unknown>>): void {
  const { json, quiet, ...named } = command.opts<Record<string, unknown>>();
  const chosen = Object.entries(files).filter(([, path]) => path !== undefined);
  if (json || quiet || chosen.every(([field, path]) => named[field] === path)) return;
  say([`using ${chosen.map(([, path]) => path).join(' and ')}`]);
}

/** The file that `flags` names in `field`, or where it names none {@link challengeFiles}. */
export function namedOr<Field extends string, Needed extends Field>(
  flags: Readonly<Partial<Record<string, unknown>>>,
  field: Needed,
  names: Readonly<Record<Field, string>>,
  command: Command,
): Record<Needed, string> & Partial<Record<Field, string>> {
  const named = flags[field];
  if (named === undefined) return challengeFiles(flags, names, command);
  return { [field]: named } as Record<Needed, string> & Partial<Record<Field, string>>;
}

function fromOneFolder<Field extends string>(
  fields: readonly Field[],
  names: Readonly<Record<Field, string>>,
  command: Command,
): Record<Field, string> {
  const lacks: string[] = [];
  for (const place of PLACES) {
    const missing = fields
      .map((field) => names[field])
      .filter((name) => !existsSync(`${place}${name}`));
    if (missing.length === 0) return pick(fields, (field) => `${place}${names[field]}`);
    lacks.push(`no ${missing.join(' or ')} in ${place === '' ? '.' : './data'}`);
  }
  const one = fields.length === 1;
  throw notFound(
    lacks.join(', '),
    `${fields.map((field) => names[field]).join(' and ')} in ${one ? '' : 'one folder, '}. or ./data`,
    `Name ${one ? 'it' : 'them'} with ${fields.map((field) => `${flagOf(command, field)} FILE`).join(' and ')}`,
  );
}

function pick<Field extends string>(
  fields: readonly Field[],
  path: (field: Field) => string,
): Record<Field, string> {
  return Object.fromEntries(fields.map((field) => [field, path(field)])) as Record<Field, string>;
}

function flagOf(command: Command, field: string): string {
  return command.options.find((one) => one.attributeName() === field)?.long ?? field;
}

function notFound(found: string, expected: string, hint: string): HackfaceError {
  return new HackfaceError('EINPUT', 'input', {
    found,
    expected,
    hint: `${hint}, or make a challenge with hackface-native synth data`,
  });
}

/** Parses the names of the two columns in their order, such as `Id,Predicted`. */
export function parseColumns(text: string): Pick<SubmissionOptions, 'columns' | 'idFirst'> {
  const names = text.split(',').map((name) => name.trim());
  const [first = '', second = ''] = names;
  const isId = (name: string) => /id$/i.test(name);
  if (names.length !== 2 || first === '' || second === '' || isId(first) === isId(second)) {
    throw usageError(
      `--columns ${text}`,
      'two names, of which one ends in "id" and holds the ids',
      'Write for example --columns Id,Predicted',
    );
  }
  return isId(first)
    ? { columns: { id: first, distance: second }, idFirst: true }
    : { columns: { id: second, distance: first }, idFirst: false };
}
