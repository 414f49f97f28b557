import { Command, Option } from 'commander';
import { type SynthFiles, synth } from '../../synth.js';
import { addOptions, shared, wholeNumber } from '../options.js';
import { progressLine } from '../progress.js';
import { print, say } from '../terminal.js';

interface SynthFlags {
  replica: 'r2' | 'r1' | 'none';
  set?: number;
  train?: number;
  test?: number;
  pairs?: number;
  dim?: number;
  seed?: number;
  full?: boolean;
  threads?: number;
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
  progress: boolean;
}

/** `synth`: a challenge with known answers. */
export function synthCommand(): Command {
  const command = new Command('synth')
    .description(
      'Write a synthetic challenge: train and test sets, labels, pairs, and the answers.',
    )
    .argument('<directory>', 'where the files go')
    .addHelpText(
      'after',
      `
Examples:
  $ hackface-native synth data && hackface-native score
  $ hackface-native synth small --train 400 --test 300 --pairs 400 --dim 32
  $ hackface-native synth world --replica r1 --seed 7`,
    );
  const count = (flags: string, about: string, least: number) =>
    new Option(flags, about).argParser(wholeNumber(least, 2 ** 31 - 1));
  addOptions(command, 'World:', [
    new Option('--replica <name>', 'shift between train and test')
      .choices(['r2', 'r1', 'none'])
      .default('r2'),
    count(
      '--set <n>',
      'fitted parameters: 0, 1 or 6 for r2 and none; 0, 1 or 3 for r1 (default: 0)',
      0,
    ),
    count('--train <rows>', 'rows of the train set (default: 30000)', 4),
    count('--test <rows>', 'rows of the test set (default: 11605)', 4),
    count('--pairs <n>', 'test pairs (default: 31444)', 2),
    count('--dim <d>', 'columns (default: 512)', 1),
    count('--seed <n>', 'seed; equal requests give equal bytes everywhere (default: 0)', 0),
    new Option(
      '--full',
      'the train set at its true size: 454714 rows of 10575 people, 931 MB',
    ).conflicts('train'),
  ]);
  addOptions(command, 'Run:', [shared.threads(), shared.force()]);
  addOptions(command, 'Output:', [shared.json(), shared.quiet(), shared.noProgress()]);
  return command.action(run);
}

async function run(directory: string, flags: SynthFlags): Promise<void> {
  const { json, quiet, progress: wanted, ...world } = flags;
  const progress = progressLine('synth', wanted && !quiet && !json);
  let files: SynthFiles;
  try {
    files = await synth({ directory, ...world, onProgress: progress.show });
  } finally {
    progress.clear();
  }
  if (json) print(`${JSON.stringify(files)}\n`);
  else if (!quiet) say(`${Object.values(files).join('\n')}\n`);
}
