import { CommanderError } from 'commander';
import { removeTemporaryFiles } from './files/atomic.js';
import { describeFailure, usageError } from './cli/failure.js';
import { buildProgram } from './cli/program.js';
import { say } from './cli/terminal.js';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Nothing half-written stays behind; work in the addon is told to stop as the process ends. */
function leaveCleanlyOnSignals(): void {
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      removeTemporaryFiles();
      process.exit(exitCode);
    });
  }
}

async function main(argv: string[]): Promise<void> {
  const program = buildProgram();
  try {
    if (argv.length <= 2) program.help();
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const failure = error instanceof CommanderError ? spellUsage(error) : error;
    const { text, exitCode } = describeFailure(failure, argv.includes('--json'));
    say(text);
    process.exitCode = exitCode;
  }
}

/** Commander's words in the shape of every other error. */
function spellUsage(error: CommanderError) {
  const [found = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/^\((.*)\)$/, '$1');
  const ofOption = /^option '(?<option>.*)' argument '(?<value>.*)' is invalid\. (?<rest>.*)\.$/s;
  const ofCommand =
    /^command-argument value '(?<value>.*)' is invalid for argument '(?<option>.*)'\. (?<rest>.*)\.$/s;
  const {
    option = '',
    value = '',
    rest: says = '',
  } = (ofOption.exec(found) ?? ofCommand.exec(found))?.groups ?? {};
  const [, verb = '', expected = ''] = /^(expected|Allowed choices are) (.*)$/s.exec(says) ?? [];
  if (expected !== '') {
    const choices = verb === 'expected' ? expected : `one of ${expected}`;
    return usageError(`'${value}' for ${option}`, choices, 'Run it with --help');
  }
  return usageError(found, 'a command as --help shows it', suggestion || 'Run it with --help');
}

leaveCleanlyOnSignals();
void main(process.argv);
