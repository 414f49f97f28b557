/** `pairwise`: all distances of two sets of rows, or of one among itself. */
import type { Command } from 'commander';
import { writePairwise } from '../../pairwise.js';
import { CHALLENGE, namedOr, sayChosen } from '../challenge.js';
import { choice, command, input, output, type Parsed, toggle } from '../flags.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';

const FLAGS = {
  'Input:': {
    embeddings: input(
      '-e, --embeddings <file>',
      '.npy matrix (default: test_set.npy in . or ./data)',
    ),
    against: input('--against <file>', 'other .npy matrix (default: the same rows)'),
    io: shared.io(),
  },
  'Metric:': {
    metric: shared.metric('the metric'),
    model: input('--model <file>', 'a model that fit wrote, instead of a metric').conflicts([
      'metric',
      'center',
      'normalize',
      'reference',
    ]),
    center: input(
      '--center <what>',
      'subtract none, the mean of the embeddings, or the mean of FILE.npy',
      ['none', 'mean'],
    ),
    normalize: choice('--normalize <how>', 'divide each row by its norm', ['none', 'l2']),
    reference: input(
      '--reference <file>',
      '.npy that seuclidean and mahalanobis take their variances from (default: the embeddings)',
    ),
  },
  'Normalisation:': shared.norm(),
  'Output:': {
    output: output('-o, --output <file>', '.npy matrix to write').needed(),
    condensed: toggle(
      '--condensed',
      "only the pairs i < j, in the order of SciPy's pdist",
    ).conflicts(['against']),
    dtype: choice('--dtype <type>', 'element type', ['float64', 'float32']).shows(() => 'float64'),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads(), cpu: shared.cpu() },
};

const AFTER = `
Examples:
  $ hackface-native pairwise -e test_set.npy -o distances.npy
  $ hackface-native pairwise -e probes.npy --against gallery.npy --model plda.safetensors --dtype float32 -o distances.npy
  $ hackface-native pairwise -e test_set.npy --metric euclidean --condensed -o pdist.npy`;

export function pairwiseCommand(): Command {
  const about = 'Write all distances of two sets of embeddings, or of one among itself, as .npy.';
  return command('pairwise', about, FLAGS, AFTER).action(run);
}

async function run(flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const names = { embeddings: CHALLENGE.test.embeddings };
  const files = namedOr(flags, 'embeddings', names, command);
  checkTargets(command, files);
  sayChosen(command, files);
  const { output, json, quiet, embeddings: _, ...options } = flags;
  const done = await withProgress('pairwise', flags, (onProgress) =>
    writePairwise(files.embeddings, output, { ...options, onProgress }),
  );
  if (json) {
    print([JSON.stringify(done)]);
  } else if (!quiet) {
    const { rows, columns, condensed, dtype, seconds } = done;
    const shape = condensed ? `the pairs i < j of ${rows} rows` : `${rows} × ${columns} distances`;
    say([`${shape} as ${dtype} in ${seconds.toFixed(3)} s → ${output}`]);
  }
}
