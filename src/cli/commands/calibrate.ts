/** `calibrate`: scores of labelled pairs to a decision file. */
import type { Command } from 'commander';
import { calibrate } from '../../decision/calibrate.js';
import * as calibration from '../calibration-flags.js';
import { command, input, type Parsed } from '../flags.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';

const FLAGS = {
  'Scores:': {
    scores: input('--scores <file>', 'CSV of Id and scores, or a list `a b score`'),
    ...calibration.scoreColumns(),
    embeddings: input('-e, --embeddings <file>', '.npy matrix to measure the pairs in').conflicts(
      'scores',
    ),
    metric: shared.metric('the metric to calibrate').conflicts('scores'),
    normalize: calibration.normalize(),
    model: input('--model <file>', 'the model to calibrate').conflicts(['metric', 'scores']),
    quality: input(
      '--quality <what>',
      'weigh quality where that helps: norm, centroid, or a CSV by index or Id as FILE[:COLUMN]',
      ['norm', 'centroid'],
    ),
    io: shared.io(),
  },
  'What is right:': calibration.truth(),
  'Calibration:': calibration.calibration(),
  'Output:': { ...calibration.outputs(), force: shared.force(), ...shared.messages() },
  'Run:': { threads: shared.threads() },
};

const AFTER = `
Examples:
  $ hackface-native calibrate -e x.npy -p pairs.csv -t truth.csv -o decision.safetensors
  $ hackface-native calibrate --scores scores.csv -t truth.csv -p pairs.csv --map isotonic --prior 0.01
  $ hackface-native score -e y.npy -p more.csv --decision decision.safetensors -o decided.csv`;

export function calibrateCommand(): Command {
  const about = 'Make a decision file: what a distance means, and which distances decide.';
  return command('calibrate', about, FLAGS, AFTER).action(run);
}

async function run(flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const { output, report, force, json, quiet, listFormat, namePattern, ...request } = flags;
  checkTargets(command);
  const pairsOptions = { listFormat, namePattern };
  const result = await withProgress('calibrate', flags, (onProgress) =>
    calibrate({ ...request, pairsOptions, onProgress }),
  );
  await calibration.deliver(result, { output, report, force, json, quiet }, command);
}
