/** `merge`: statistics of parts to those of all rows. */
import type { Command } from 'commander';
import { mergeStats } from '../../stats.js';
import { command, input, inputs, output, type Parsed } from '../flags.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { sayWarnings } from '../warnings.js';

const { skipInvalid: _, ...TRAINING } = shared.trainingRows();

const FLAGS = {
  'Forget:': {
    without: input(
      '--without <file>',
      'CSV with a column class: people to subtract, whose rows are read again',
    ),
    embeddings: inputs('-e, --embeddings <files...>', 'the rows that the statistics are of'),
    ...TRAINING,
    io: shared.io(),
  },
  'Output:': {
    output: output('-o, --output <file>', 'statistics to write').or('all.safetensors'),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads() },
};

const AFTER = `
Refuses parts that overlap, leave rows out, or are of other data, labels, pipelines or rounds.

Examples:
  $ hackface-native merge part-*.safetensors -o all.safetensors
  $ hackface-native merge all.safetensors --without people.csv -e x.npy -l y.csv -o fewer.safetensors`;

export function mergeCommand(): Command {
  const about = 'Merge the statistics of parts into those of all rows.';
  return command('merge', about, FLAGS, AFTER)
    .argument('<parts...>', 'statistics, in any order')
    .action(run);
}

async function run(parts: string[], flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const { output, force, json, quiet, ...request } = flags;
  checkTargets(command);
  const { stats, warnings, seconds } = await withProgress('merge', flags, (onProgress) =>
    mergeStats({ ...request, parts, onProgress }),
  );
  await stats.save(output, { force });
  const { rows, dim, kind } = stats;
  if (json) {
    print([JSON.stringify({ output, parts: parts.length, rows, dim, kind, warnings, seconds })]);
  } else if (!quiet) {
    const of = parts.length === 1 ? '1 part' : `${parts.length} parts`;
    say([`${of} of ${rows} x ${dim}: ${kind}, ${seconds.toFixed(2)} s`, `→ ${output}`]);
  }
  if (!json) sayWarnings(warnings, command, { quiet });
}
