import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { checkTarget, targetOf } from '../files/atomic.js';
import { inputName } from '../files/input.js';
import { isStandardOutput } from '../files/stdout.js';
import { usageError } from './failure.js';

/** What a command does with a file. */
interface FileUse {
  use: 'read' | 'write' | 'update';
  /** Whether `-` is standard output. */
  pipes?: boolean;
  /** Values of the option that name no file. */
  words?: readonly string[];
  /** How the name may end; absent, in any way. */
  endings?: readonly string[];
}

/** A path that a command was given, and what becomes of the file. */
export interface GivenPath extends FileUse {
  /** The option or the argument, as one types it. */
  name: string;
  path: string;
}

/** An option whose value is the path of a file, or several. */
class PathOption extends Option {
  constructor(
    flags: string,
    description: string,
    readonly file: FileUse,
  ) {
    super(flags, description);
  }
}

/** An option that names what is read; `words` are values that name no file. */
export function inputOption(flags: string, about: string, words: readonly string[] = []): Option {
  return new PathOption(flags, about, { use: 'read', words });
}

/** An option that names what is written. */
export function outputOption(flags: string, about: string): Option {
  return new PathOption(flags, about, { use: 'write' });
}

/** An option that names what is written, to standard output for `-`. */
export function pipedOutputOption(flags: string, about: string): Option {
  return new PathOption(flags, about, { use: 'write', pipes: true });
}

/** An option that names an HTML page to write. */
export function pageOption(flags: string, about: string): Option {
  return new PathOption(flags, about, { use: 'write', endings: ['.html', '.htm'] });
}

/** An option that names a file which is read where it is there, and replaced. */
export function stateOption(flags: string, about: string): Option {
  return new PathOption(flags, about, { use: 'update' });
}

/** Every path that a command was given or has by default; `chosen` are values it chose itself. */
export function pathsOf(command: Command, chosen: Record<string, unknown> = {}): GivenPath[] {
  const values: Record<string, unknown> = { ...command.opts(), ...chosen };
  const options = command.options.flatMap((option) => {
    if (!(option instanceof PathOption)) return [];
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
 * Refuses, before anything is read, paths that cannot all be meant: an empty one, standard input
 * for two inputs, `-` for a file, and an output that is another output or an input. What is written
 * last would destroy what is there, which not even `--force` asks for.
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
    seen.set(targetOf(given.path), given);
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
 * Refuses, before any work is done, outputs that cannot be created, and what {@link checkPaths}
 * refuses. `chosen` as for {@link pathsOf}.
 */
export function checkTargets(command: Command, chosen: Record<string, unknown> = {}): void {
  const paths = pathsOf(command, chosen);
  checkPaths(paths);
  const { force } = command.opts<{ force?: boolean }>();
  for (const { path, use } of paths) {
    if (use === 'write' && !isStandardOutput(path)) checkTarget(path, { force });
  }
}
