/** The entry of the command line: arguments in, one exit code out. */
import { stat } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { describeFailure, EXIT_CODES, usageError } from './cli/failure.js';
import { withFlags } from './cli/flags.js';
import { buildProgram } from './cli/program.js';
import { askToStop, SIGNALS } from './cli/stopping.js';
import { say } from './cli/terminal.js';

/** The exit code of the signal that asked work to stop. */
let stopped: number | undefined;

/**
 * Ends the process on a signal, which removes files that are half written. Work that has a state to
 * save is asked to stop first; the addon stops other work as the process ends.
 */
function leaveCleanlyOnSignals(): void {
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (askToStop()) {
        stopped = exitCode;
        return;
      }
      process.exit(exitCode);
    });
  }
}

/**
 * Starts the threads that Node reads files with. Node starts them at the first use, and ends the process without a word
 * if there is no memory for them: better now than when inputs are held and a result is to be written.
 */
function startFileThreads(): void {
  stat('.', () => undefined);
}

/**
 * Ends the process where it would end by itself, when all is written and nothing is awaited: Node then takes no time to
 * put its heap away piece by piece.
 */
function leaveAtOnce(): void {
  process.once('beforeExit', () => process.exit());
}

async function main(argv: string[]): Promise<void> {
  startFileThreads();
  const program = await buildProgram(argv[2]);
  try {
    if (argv.length <= 2) program.help();
    await program.parseAsync(withoutIdleHelp(argv, program));
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const command = program.commands.find((one) => one.name() === argv[2]);
    const failure = error instanceof CommanderError ? spellUsage(error) : withFlags(error, command);
    const { text, exitCode } = describeFailure(failure, argv.includes('--json'));
    say([text]);
    process.exitCode = exitCode === EXIT_CODES.aborted ? (stopped ?? exitCode) : exitCode;
  }
}

/** Drops `help` before a name that is no command, so that it fails as the name alone does. */
function withoutIdleHelp(argv: string[], program: Command): string[] {
  const [node = '', script = '', first, ...rest] = argv;
  const [name] = rest;
  const idle = first === 'help' && name !== undefined;
  const known = program.commands.some((command) => command.name() === name);
  return idle && !known ? [node, script, ...rest] : argv;
}

/**
 * A failure that commander found. It tells the kind by a code, the option by its text alone: what is
 * wrong on the first line, a suggestion in parentheses on the second.
 */
function spellUsage({ message }: CommanderError) {
  // What was typed may have lines of its own.
  const at = message.endsWith(')') ? message.lastIndexOf('\n(') : -1;
  const found = message.slice(0, at < 0 ? undefined : at).replace(/^error: /, '');
  const missing = /^required option '(.*)' not specified$/.exec(found)?.[1];
  if (missing) {
    const [long] = missing.split(' ').filter((word) => word.startsWith('--'));
    return usageError(`no ${long}`, missing, `Add ${long}; --help says what it is`);
  }
  const hint = at < 0 ? 'Run it with --help' : message.slice(at + 2, -1);
  return usageError(found, 'a command as --help shows it', hint);
}

leaveCleanlyOnSignals();
leaveAtOnce();
void main(process.argv);
