/** The paths that a command was given, and which of them cannot all be meant. */
import { extname } from 'node:path';
import type { Command } from 'commander';
import { checkTarget, targetOf } from '../files/atomic.js';
import { inputName } from '../files/input.js';
import { isStandardOutput } from '../files/stdout.js';
import { namedIn } from '../formats/open.js';
import { usageError } from './failure.js';
import { type FileUse, Flag } from './flags.js';

/** A path that a command was given, and what it does with the file. */
export interface GivenPath extends FileUse {
  /** The option or the argument, as one types it. */
  name: string;
  path: string;
}

/** Every path that a command was given or has by default; `chosen` are values it chose itself. */
export function pathsOf(command: Command, chosen: Record<string, unknown> = {}): GivenPath[] {
  const values: Record<string, unknown> = { ...command.opts(), ...chosen };
  const options = command.options.flatMap((option) => {
    if (!(option instanceof Flag) || option.file === undefined) return [];
    const { file } = option;
    return textsOf(values[option.attributeName()])
      .filter((path) => !file.words?.includes(path))
      .map((path): GivenPath => ({ ...file, name: option.long ?? option.flags, path }));
  });
  const paths = command.registeredArguments.flatMap((argument, place) => {
    if (argument.argChoices !== undefined) return [];
    const name = `<${argument.name()}>`;
    const given = textsOf(command.processedArgs[place]);
    return given.map((path): GivenPath => ({ use: 'read', name, path }));
  });
  return [...options, ...paths];
}

/** The texts among one value, or the values of a list. */
function textsOf(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === 'string');
}

/**
 * Refuses, before anything is read, paths that cannot all be meant: an empty one, standard input for
 * two inputs, `-` for a file, and an output that is also an input or another output, which it would
 * destroy even without `--force`.
 */
export function checkPaths(paths: readonly GivenPath[]): void {
  for (const { name, path } of paths) {
    if (path === '') throw usageError(`${name} ""`, 'the path of a file', `Name one with ${name}`);
  }
  const piped = paths.filter(({ path, use }) => use === 'read' && inputName(path) === '<stdin>');
  if (piped.length > 1) {
    const names = piped.map(({ name }) => name).join(' and ');
    throw usageError(`standard input for ${names}`, 'it for one of them', 'Name a file');
  }
  const seen = new Map<string, GivenPath>();
  // Inputs first, so that the output is the one to be called wrong.
  const order = [...paths].sort((a, b) => Number(a.use !== 'read') - Number(b.use !== 'read'));
  for (const given of order) {
    if (given.use !== 'read') checkOutput(given, seen);
    const path = given.use === 'read' ? namedIn(given.path).path : given.path;
    seen.set(targetOf(path), given);
  }
}

function checkOutput(given: GivenPath, seen: Map<string, GivenPath>): void {
  const { name, path, pipes, endings } = given;
  if (isStandardOutput(path)) {
    if (pipes) return;
    throw usageError(
      `${name} ${path}`,
      'the path of a file: it is not written to standard output',
      'Name a file',
    );
  }
  if (endings && !endings.includes(extname(path).toLowerCase())) {
    throw usageError(
      `${name} ${path}`,
      `a name that ends in ${endings.join(' or ')}`,
      'Name a page; a browser prints it to other formats',
    );
  }
  const other = seen.get(targetOf(path));
  if (other === undefined) return;
  throw usageError(
    other.name === name ? `${path} twice for ${name}` : `${path} for ${other.name} and ${name}`,
    other.use === 'read' ? 'an output that is none of the inputs' : 'a file for each output',
    `Choose another path for ${name}`,
  );
}

/**
 * Refuses, before any work is done, outputs that cannot be created and paths that
 * {@link checkPaths} refuses. `chosen` as for {@link pathsOf}.
 */
export function checkTargets(command: Command, chosen: Record<string, unknown> = {}): void {
  const paths = pathsOf(command, chosen);
  checkPaths(paths);
  const { force } = command.opts<{ force?: boolean }>();
  for (const { path, use } of paths) {
    if (use === 'write' && !isStandardOutput(path)) checkTarget(path, { force });
  }
}
