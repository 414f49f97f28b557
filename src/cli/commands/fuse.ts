/** `fuse`: several scores weighed into one decision. */
import type { Command } from 'commander';
import { fuse } from '../../decision/calibrate.js';
import { defaults } from '../../defaults.js';
import * as calibration from '../calibration-flags.js';
import { command, Flag, input, inputs, type Parsed, value } from '../flags.js';
import { atLeastZero, number } from '../parsers.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';

const FLAGS = {
  'Parts:': {
    scores: inputs('--scores <files...>', 'CSV files of Id and scores of the same pairs'),
    ...calibration.scoreColumns(),
    embeddings: input('-e, --embeddings <file>', '.npy matrix to measure the pairs in').conflicts(
      'scores',
    ),
    metrics: new Flag<string[] | undefined>(
      '-m, --metrics <expressions...>',
      'metrics to weigh',
    ).conflicts('scores'),
    normalize: calibration.normalize(),
    models: inputs('--models <files...>', 'models to weigh').conflicts('scores'),
    io: shared.io(),
  },
  'What is right:': calibration.truth(),
  'Calibration:': {
    ridge: value(
      '--ridge <weight>',
      'weight of the squared coefficients of scaled scores',
      number('a number from 0', atLeastZero),
    ).shows(() => defaults().calibration.ridge),
    ...calibration.calibration(),
  },
  'Output:': { ...calibration.outputs(), force: shared.force(), ...shared.messages() },
  'Run:': { threads: shared.threads() },
};

const AFTER = `
Examples:
  $ hackface-native fuse -e x.npy -p pairs.csv -t truth.csv --metrics cosine euclidean --models plda.safetensors
  $ hackface-native fuse --scores a.csv b.csv -t truth.csv -p pairs.csv`;

export function fuseCommand(): Command {
  const about = 'Weigh metrics, models or files of scores into one decision file.';
  return command('fuse', about, FLAGS, AFTER).action(run);
}

async function run(flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const { output, report, force, json, quiet, listFormat, namePattern, ...request } = flags;
  checkTargets(command);
  const pairsOptions = { listFormat, namePattern };
  const result = await withProgress('fuse', flags, (onProgress) =>
    fuse({ ...request, pairsOptions, onProgress }),
  );
  await calibration.deliver(result, { output, report, force, json, quiet }, command);
}
