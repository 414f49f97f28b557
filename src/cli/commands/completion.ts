/** `completion`: a script that a shell reads to complete commands, options, values and files. */
import type { Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.js';
import { command, wordArgument } from '../flags.js';
import { print } from '../terminal.js';

const AFTER = `
Examples:
  $ eval "$(hackface-native completion bash)"           # in ~/.bashrc
  $ eval "$(hackface-native completion zsh)"            # in ~/.zshrc, behind compinit
  $ hackface-native completion fish | source            # in ~/.config/fish/config.fish`;

export function completionCommand(): Command {
  const about = 'Print the script that completes commands and options in a shell.';
  return command('completion', about, {}, AFTER)
    .addArgument(wordArgument('<shell>', 'whose script', SHELLS))
    .action((shell: Shell, _: unknown, { parent }: Command) => {
      print(
        completionScript(parent as Command, shell)
          .trimEnd()
          .split('\n'),
      );
    });
}
