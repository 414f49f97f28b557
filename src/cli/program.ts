/** The program: its commands, its help, and the checks that every command makes first. */
import { Command } from 'commander';
import { FROM_FLAGS } from '../arguments.js';
import { version } from '../version.js';
import { scoreCommand } from './commands/score.js';
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

Exit codes: 0 done, 1 a gate is not met, 2 usage, 3 a gate cannot be told, 65 bad data,
66 input missing or unreadable, 70 our bug, 73 output cannot be created, 74 input/output failed,
130 and 143 stopped by a signal.`;

/** The commands, in the order of the help. `score` is there at once; of the others a run loads the one that it names. */
const COMMANDS = {
  score: async () => scoreCommand,
  evaluate: async () => (await import('./commands/evaluate.js')).evaluateCommand,
  grade: async () => (await import('./commands/grade.js')).gradeCommand,
  calibrate: async () => (await import('./commands/calibrate.js')).calibrateCommand,
  fuse: async () => (await import('./commands/fuse.js')).fuseCommand,
  decision: async () => (await import('./commands/decision.js')).decisionCommand,
  identify: async () => (await import('./commands/identify.js')).identifyCommand,
  gallery: async () => (await import('./commands/gallery.js')).galleryCommand,
  check: async () => (await import('./commands/check.js')).checkCommand,
  fit: async () => (await import('./commands/fit.js')).fitCommand,
  stats: async () => (await import('./commands/stats.js')).statsCommand,
  merge: async () => (await import('./commands/merge.js')).mergeCommand,
  compare: async () => (await import('./commands/compare.js')).compareCommand,
  plan: async () => (await import('./commands/plan.js')).planCommand,
  transform: async () => (await import('./commands/transform.js')).transformCommand,
  pairwise: async () => (await import('./commands/pairwise.js')).pairwiseCommand,
  covariance: async () => (await import('./commands/covariance.js')).covarianceCommand,
  convert: async () => (await import('./commands/convert.js')).convertCommand,
  metrics: async () => (await import('./commands/metrics.js')).metricsCommand,
  inspect: async () => (await import('./commands/inspect.js')).inspectCommand,
  audit: async () => (await import('./commands/audit.js')).auditCommand,
  synth: async () => (await import('./commands/synth.js')).synthCommand,
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand,
  completion: async () => (await import('./commands/completion.js')).completionCommand,
};

type Load = () => Promise<() => Command>;

/** The commands that a first argument needs: the one that it names, none to say the version, else all. */
function wanted(first = ''): Load[] {
  if (/^(-V|--version)$/.test(first)) return [];
  const named = new Map<string, Load>(Object.entries(COMMANDS)).get(first);
  // The script that completes names them all.
  return named && first !== 'completion' ? [named] : Object.values(COMMANDS);
}

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

/** Builds the command line, as far as a first argument needs it; nothing runs until it gets arguments. */
export async function buildProgram(first?: string): Promise<Command> {
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
  for (const make of await Promise.all(wanted(first).map((load) => load()))) {
    program.addCommand(make().copyInheritedSettings(program));
  }
  return program;
}
