/** `synth`: a challenge with known answers. */
import type { Command } from 'commander';
import { defaults } from '../../defaults.js';
import { synth } from '../../synth.js';
import { choice, command, type Parsed, toggle, value } from '../flags.js';
import { wholeNumber } from '../parsers.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';

const count = (flags: string, about: string, least: number) =>
  value(flags, about, wholeNumber(least, 2 ** 31 - 1));

const FLAGS = {
  'World:': {
    replica: choice('--replica <name>', 'shift between train and test', ['r2', 'r1', 'none']).shows(
      () => defaults().synth.replica,
    ),
    set: count(
      '--set <n>',
      'fitted parameters: 0, 1 or 6 for r2 and none; 0, 1 or 3 for r1',
      0,
    ).shows(() => defaults().synth.set),
    train: count('--train <rows>', 'rows of the train set', 4).shows(() => defaults().synth.train),
    test: count('--test <rows>', 'rows of the test set', 4).shows(() => defaults().synth.test),
    pairs: count('--pairs <n>', 'test pairs', 2).shows(() => defaults().synth.pairs),
    dim: count('--dim <d>', 'columns', 1).shows(() => defaults().synth.dim),
    seed: count('--seed <n>', 'seed; equal requests give equal bytes everywhere', 0).shows(
      () => defaults().synth.seed,
    ),
    full: toggle(
      '--full',
      'the train set at its true size: 454714 rows of 10575 people, 931 MB',
    ).conflicts('train'),
  },
  'Run:': { threads: shared.threads(), force: shared.force() },
  'Output:': shared.messages(),
};

const AFTER = `
Examples:
  $ hackface-native synth data && hackface-native score
  $ hackface-native synth small --train 400 --test 300 --pairs 400 --dim 32
  $ hackface-native synth world --replica r1 --seed 7`;

export function synthCommand(): Command {
  const about = 'Write a synthetic challenge: train and test sets, labels, pairs, and the answers.';
  return command('synth', about, FLAGS, AFTER)
    .argument('<directory>', 'where the files go')
    .action(run);
}

async function run(directory: string, flags: Parsed<typeof FLAGS>): Promise<void> {
  const { json, quiet, progress, ...world } = flags;
  const files = await withProgress('synth', flags, (onProgress) =>
    synth({ directory, ...world, onProgress }),
  );
  if (json) print([JSON.stringify(files)]);
  else if (!quiet) say(Object.values(files));
}
