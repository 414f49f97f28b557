import { type Command, InvalidArgumentError, Option } from 'commander';
import { inputOption } from './paths.js';

/** Every option that several commands share, once: spelling, help and parser. */
export const shared = {
  threads: () =>
    new Option(
      '--threads <n>',
      'threads, 1 to 1024 (default: HACKFACE_THREADS, or what this process may use)',
    ).argParser(wholeNumber(1, 1024)),
  cpu: () =>
    new Option('--cpu <set>', 'instruction set; changes no result')
      .choices(['auto', 'scalar', 'avx2', 'avx512', 'neon'])
      .default('auto'),
  io: () =>
    new Option('--io <how>', 'map .npy files, or read them; changes no result')
      .choices(['mmap', 'read'])
      .default('mmap'),
  labels: () => inputOption('-l, --labels <file>', 'CSV of [index,]class; - is standard input'),
  ignoreClass: () =>
    new Option('--ignore-class <name>', 'leave out the rows of this class, as if unlabelled'),
  subset: () => inputOption('--subset <file>', 'CSV with a column index: only these rows are used'),
  maxPerClass: () =>
    new Option('--max-per-class <n>', 'leave out rows of a class beyond this many').argParser(
      wholeNumber(1, 2 ** 31),
    ),
  skipInvalid: () =>
    new Option('--skip-invalid', 'leave out rows with NaN or infinity, and count them'),
  force: () => new Option('-f, --force', 'replace files that are already there'),
  json: () => new Option('--json', 'one JSON object instead of text'),
  quiet: () => new Option('-q, --quiet', 'no messages but errors'),
  noProgress: () => new Option('--no-progress', 'no progress line'),
};

/** A parser of whole numbers within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  };
}

/** A parser of numbers with commas between them, each of which `fits`. */
export function numberList(
  expected: string,
  fits: (value: number) => boolean,
): (text: string) => number[] {
  return (text) => {
    const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (values.every((value) => Number.isFinite(value) && fits(value))) return values;
    throw new InvalidArgumentError(`expected ${expected}, with commas between them.`);
  };
}

/** A parser of one number that `fits`. */
export function oneNumber(
  expected: string,
  fits: (value: number) => boolean,
): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && fits(value)) return value;
    throw new InvalidArgumentError(`expected ${expected}.`);
  };
}

/** Adds options under a heading of the help. */
export function addOptions(command: Command, heading: string, options: Option[]): Command {
  for (const option of options) command.addOption(option.helpGroup(heading));
  return command;
}
