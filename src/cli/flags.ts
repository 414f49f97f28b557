/**
 * Tables of flags. From one entry follow the option, its help and completion, the type of what is
 * parsed, the field of the request, and the flag that an error of the library is told by.
 */
import { Argument, Command, Help, Option } from 'commander';
import { HackfaceError } from '../errors.js';
import { usageError } from './failure.js';
import { oneOf, type Parser } from './parsers.js';

/** Use of the file that an option or an argument names. */
export interface FileUse {
  use: 'read' | 'write' | 'update';
  /** True if `-` is standard output. */
  pipes?: boolean;
  /** Values that name no file. */
  words?: readonly string[];
  /** How the name may end; absent, in any way. */
  endings?: readonly string[];
}

/** A default: a value, or how to look it up when help is asked for. */
type Shown = string | number | readonly number[];

/** An option whose parsed value is a `Value`, which includes `undefined` where it may be left out. */
export class Flag<Value> extends Option {
  /** Carries the type; has no value. */
  declare readonly parsed: Value;
  /** The file that the value names. */
  file?: FileUse;
  #field: string | undefined;
  #libraryDefault: (() => Shown) | undefined;

  /** Parses the value, and refuses one that `parser` cannot read. */
  parsedBy({ expected, choices, read }: Parser<unknown>): this {
    if (choices !== undefined) this.argChoices = [...choices];
    return this.argParser((text) => {
      const value = read(text);
      if (value !== undefined) return value;
      throw usageError(`'${text}' for ${this.flags}`, expected, 'Run it with --help');
    });
  }

  /** Says what becomes of the file that the value names. */
  naming(file: FileUse): this {
    this.file = file;
    return this;
  }

  /** Gives the value that is taken where the flag is left out. */
  or(value: Exclude<Value, undefined>): Flag<Exclude<Value, undefined>> {
    return this.default(value) as unknown as Flag<Exclude<Value, undefined>>;
  }

  /** Shows in the help the value that the library takes where the flag is left out. */
  shows(libraryDefault: () => Shown): this {
    this.#libraryDefault = libraryDefault;
    return this;
  }

  /** Refuses a command line without the flag. */
  needed(): Flag<Exclude<Value, undefined>> {
    return this.makeOptionMandatory() as unknown as Flag<Exclude<Value, undefined>>;
  }

  /** Stores the value under this name. */
  storedAs(field: string): this {
    this.#field = field;
    return this;
  }

  override attributeName(): string {
    return this.#field ?? super.attributeName();
  }

  /** The description with choices and default. */
  describe(): string {
    const notes: string[] = [];
    if (this.argChoices !== undefined) notes.push(`choices: ${this.argChoices.join(', ')}`);
    const shown = this.#shownDefault();
    if (shown !== undefined) notes.push(`default: ${shown}`);
    return notes.length === 0 ? this.description : `${this.description} (${notes.join('; ')})`;
  }

  #shownDefault(): Shown | undefined {
    if (this.defaultValue !== undefined) return this.defaultValue as Shown;
    try {
      return this.#libraryDefault?.();
    } catch (error) {
      // Help is there where the addon, which knows the default, cannot be loaded.
      if (error instanceof HackfaceError) return undefined;
      throw error;
    }
  }
}

/** A flag that is there or not. */
export function toggle(flags: string, about: string): Flag<boolean | undefined> {
  return new Flag(flags, about);
}

/** A flag that takes any text. */
export function text(flags: string, about: string): Flag<string | undefined> {
  return new Flag(flags, about);
}

/** A flag whose text is parsed. */
export function value<T>(flags: string, about: string, parser: Parser<T>): Flag<T | undefined> {
  return new Flag<T | undefined>(flags, about).parsedBy(parser);
}

/** A flag that takes one of a few words. */
export function choice<const Word extends string>(
  flags: string,
  about: string,
  words: readonly Word[],
): Flag<Word | undefined> {
  return value(flags, about, oneOf(words));
}

/** A flag that names a file to read; `words` are values that name no file. */
export function input(flags: string, about: string, words?: readonly string[]) {
  return text(flags, about).naming({ use: 'read', ...(words && { words }) });
}

/** A flag that names several files to read. */
export function inputs(flags: string, about: string): Flag<string[] | undefined> {
  return new Flag<string[] | undefined>(flags, about).naming({ use: 'read' });
}

/** A flag that names a file to write. */
export function output(flags: string, about: string, more: Partial<FileUse> = {}) {
  return text(flags, about).naming({ use: 'write', ...more });
}

/** A flag that names several files to write. */
export function outputs(flags: string, about: string): Flag<string[] | undefined> {
  return new Flag<string[] | undefined>(flags, about).naming({ use: 'write' });
}

/** A flag that names an HTML page to write. */
export function page(flags: string, about: string) {
  return output(flags, about, { endings: ['.html', '.htm'] });
}

/** An argument that is one of a few words. */
export function wordArgument(name: string, about: string, words: readonly string[]): Argument {
  const argument = new Argument(name, about);
  const { expected, read } = oneOf(words);
  argument.argChoices = [...words];
  return argument.argParser((text) => {
    const word = read(text);
    if (word !== undefined) return word;
    throw usageError(`'${text}' for ${argument.name()}`, expected, 'Run it with --help');
  });
}

/** The flags of a command, by the heading of the help and by the field of the request. */
export type FlagTable = Readonly<Record<string, Readonly<Record<string, Flag<unknown>>>>>;

type Flags<Group> = {
  [Field in keyof Group]: Group[Field] extends Flag<infer Value> ? Value : never;
};
type Joined<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** Values parsed by a table, one for each field. */
export type Parsed<Table extends FlagTable> = Flags<Joined<Table[keyof Table]>>;

/** A command with the flags of a table, and its examples below the help. */
export function command(
  name: string,
  about: string,
  table: FlagTable,
  after: string | (() => string),
): Command {
  const made = new Command(name)
    .description(about)
    .addHelpText('after', () => (typeof after === 'string' ? after : after()));
  for (const [heading, group] of Object.entries(table)) {
    for (const [field, flag] of Object.entries(group)) {
      made.addOption(flag.storedAs(field).helpGroup(heading));
    }
  }
  return made;
}

/** The failure with an option of the library called by the command's flag for it, if there is one. */
export function withFlags(error: unknown, command: Command | undefined): unknown {
  if (!(error instanceof HackfaceError)) return error;
  return error.respelled(({ option, value }) => {
    const flag = command?.options.find((one) => one.attributeName() === option);
    if (!flag?.long) return undefined;
    return flag.required && value !== undefined ? `${flag.long} ${value}` : flag.long;
  });
}

/** A remark, its options of the library called by the command's flags for them. */
export function inFlags(text: string, { options }: Command): string {
  const flag = (name: string) => options.find((one) => one.attributeName() === name)?.long;
  return text.replaceAll(/\boption (\w+)/g, (told, name: string) => flag(name) ?? told);
}

/** An option with choices and default, as in the help. */
export function describeOption(option: Option): string {
  return option instanceof Flag ? option.describe() : Help.prototype.optionDescription(option);
}
