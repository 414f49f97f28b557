import { Argument, Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.js';
import { print } from '../terminal.js';

/** `completion`: a script that a shell reads to complete commands, options, values and files. */
export function completionCommand(): Command {
  const command = new Command('completion')
    .description('Print the script that completes commands and options in a shell.')
    .addArgument(new Argument('<shell>', 'whose script').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ eval "$(hackface-native completion bash)"           # in ~/.bashrc
  $ eval "$(hackface-native completion zsh)"            # in ~/.zshrc, behind compinit
  $ hackface-native completion fish | source            # in ~/.config/fish/config.fish`,
    );
  return command.action((shell: Shell) => {
    print(completionScript(command.parent as Command, shell));
  });
}
