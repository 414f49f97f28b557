/** The program: its commands, its help, and the checks that every command makes first. */
import { Command } from 'commander';
import { FROM_FLAGS } from '../arguments.js';
import { version } from '../version.js';
import { convertCommand } from './commands/convert.js';
import { covarianceCommand } from './commands/covariance.js';
import { auditCommand } from './commands/audit.js';
import { calibrateCommand } from './commands/calibrate.js';
import { checkCommand } from './commands/check.js';
import { compareCommand } from './commands/compare.js';
import { completionCommand } from './commands/completion.js';
import { decisionCommand } from './commands/decision.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { fitCommand } from './commands/fit.js';
import { fuseCommand } from './commands/fuse.js';
import { identifyCommand } from './commands/identify.js';
import { gradeCommand } from './commands/grade.js';
import { inspectCommand } from './commands/inspect.js';
import { metricsCommand } from './commands/metrics.js';
import { pairwiseCommand } from './commands/pairwise.js';
import { scoreCommand } from './commands/score.js';
import { synthCommand } from './commands/synth.js';
import { transformCommand } from './commands/transform.js';
import { usageError } from './failure.js';
import { listen } from '../formats/told.js';
import { describeOption } from './flags.js';
import { checkPaths, pathsOf } from './paths.js';
import { print, say } from './terminal.js';

const EXAMPLES = `
Examples:
  $ hackface-native score                        # test_set.npy and test_pairs.csv, here or in ./data
  $ hackface-native score -e x.npy -p pairs.csv --metric "0.5*minmax(cosine) + 0.5*minmax(canberra)" -o out.csv
  $ hackface-native synth data && hackface-native score
  $ hackface-native fit -e train_set.npy -l train_labels.csv && hackface-native score --model model.safetensors
  $ hackface-native compare -e train_set.npy -l train_labels.csv
  $ hackface-native fit --model wccn -e train_set.npy -l train_labels.csv --holdout 0.1
  $ hackface-native evaluate --scores submission.csv --truth solution.csv --pairs test_pairs.csv
  $ hackface-native identify -g train_set.npy --probes test_set.npy --top 5 -o hits.csv
  $ hackface-native inspect test_set.npy
  $ hackface-native audit -e train_set.npy -l train_labels.csv

Exit codes: 0 done, 2 usage, 65 bad data, 66 input missing or unreadable, 70 our bug,
73 output cannot be created, 74 input/output failed, 130 and 143 stopped by a signal.`;

const COMMANDS = [
  scoreCommand,
  evaluateCommand,
  gradeCommand,
  calibrateCommand,
  fuseCommand,
  decisionCommand,
  identifyCommand,
  checkCommand,
  fitCommand,
  compareCommand,
  transformCommand,
  pairwiseCommand,
  covarianceCommand,
  convertCommand,
  metricsCommand,
  inspectCommand,
  auditCommand,
  synthCommand,
  doctorCommand,
  completionCommand,
];

function furtherHint({ options, registeredArguments }: Command, first: string): string {
  // A long option with one dash is read as a short one and its value.
  const meant = options.find(({ long }) => long && process.argv.includes(long.slice(1)));
  if (meant) return `Write two dashes: ${meant.long}`;
  if (registeredArguments.length === 0 && /\.(npy|csv|safetensors)$/i.test(first)) {
    return 'Name a file with its option, such as --embeddings FILE; --help lists them';
  }
  return 'Quote a value that contains spaces, or run it with --help';
}

function refuseFurtherArguments(command: Command): void {
  const { args, registeredArguments } = command;
  const [first, ...more] = args.slice(registeredArguments.length);
  if (first === undefined || registeredArguments.at(-1)?.variadic) return;
  const also = more.length > 0 ? ` and ${more.length} more behind it` : '';
  throw usageError(
    `the argument '${first}'${also}`,
    `${command.name()} with ${registeredArguments.length === 0 ? 'options only' : 'one argument'}`,
    furtherHint(command, first),
  );
}

/** Says once for each file how it was understood, unless that is not wanted. */
function tellOnce(command: Command): void {
  const { quiet, json } = command.opts<{ quiet?: boolean; json?: boolean }>();
  const told = new Set<string>();
  listen((text) => {
    if (!quiet && !json && !told.has(text)) say([text]);
    told.add(text);
  });
}

/** Builds the command line; nothing runs until it gets arguments. */
export function buildProgram(): Command {
  const program = new Command('hackface-native')
    .description('Distances and evaluation for fixed embeddings: .npy in, scores out.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    // The commands below copy it when they are added, so it comes first.
    .exitOverride()
    // Help and version are quiet too when the reader of a pipe has gone.
    .configureOutput({
      writeOut: (text) => print(text.replace(/\n$/, '').split('\n')),
      writeErr: () => undefined,
    })
    .configureHelp({ optionDescription: describeOption })
    .showSuggestionAfterError()
    // `refuseFurtherArguments` refuses them by name.
    .allowExcessArguments()
    .hook('preAction', (_, command) => {
      refuseFurtherArguments(command);
      checkPaths(pathsOf(command));
      tellOnce(command);
      Object.assign(command.opts(), { [FROM_FLAGS]: true });
    })
    .addHelpText('after', EXAMPLES);
  for (const make of COMMANDS) {
    program.addCommand(make().copyInheritedSettings(program));
  }
  return program;
}
