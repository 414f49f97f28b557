/** `convert`: a matrix of any format that is read, as one `.npy` file. */
import type { Command } from 'commander';
import { convert } from '../../convert.js';
import { FLOATS } from '../../formats/retype.js';
import { choice, command, output, type Parsed } from '../flags.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';

const FLAGS = {
  'Output:': {
    output: output('-o, --output <file>', '.npy matrix to write').needed(),
    dtype: choice('--dtype <type>', 'element type to write; default that of the input', FLOATS),
    names: output('--names <file>', 'text file to write: the name of each row, one a line'),
    labels: output('--labels <file>', 'CSV file to write: the class of each row'),
    allowFormulas: shared.allowFormulas('classes'),
    force: shared.force(),
    ...shared.messages(),
  },
};

const AFTER = `
Examples:
  $ hackface-native convert encodings.pickle -o embeddings.npy --labels labels.csv
  $ hackface-native convert vectors.jsonl -o embeddings.npy --names names.txt
  $ hackface-native convert "part-*.npy" -o embeddings.npy
  $ hackface-native convert vectors.f32:dim=512 -o embeddings.npy
  $ hackface-native convert faces.parquet:embedding,names=path -o embeddings.npy --names names.txt`;

export function convertCommand(): Command {
  const about =
    'Write a matrix of another format as .npy: archives, tables, JSON, Kaldi, MATLAB, Parquet, HDF5, pickles (nothing is executed).';
  return command('convert', about, FLAGS, AFTER)
    .argument('<input>', 'a file, FILE:MEMBER, a folder of .npy files or a pattern in quotes')
    .action(run);
}

async function run(input: string, flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  checkTargets(command);
  const { json, quiet, progress: _, ...request } = flags;
  const done = await withProgress('convert', flags, (onProgress) =>
    convert({ ...request, input, onProgress }),
  );
  if (json) print([JSON.stringify(done)]);
  else if (!quiet) {
    const { rows, dim, dtype, rounded, understoodAs, named, labelled } = done;
    const also = [named && !flags.names && '--names', labelled && !flags.labels && '--labels'];
    const more = also.filter(Boolean).join(' and ');
    say([
      `${input}: ${understoodAs}`,
      `${rows} rows of ${dim} columns of ${dtype} → ${flags.output}`,
      ...(rounded > 0 ? [`${rounded} of ${rows * dim} values were rounded to ${dtype}`] : []),
      ...(more ? [`the file also has what ${more} would write`] : []),
    ]);
  }
}
