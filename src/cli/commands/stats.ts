/** `stats`: the sums of a part of the rows, for a fit over parts. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { checkTarget } from '../../files/atomic.js';
import { stats } from '../../stats.js';
import { CHALLENGE, namedOr, sayChosen } from '../challenge.js';
import { command, inputs, input, output, type Parsed, text, value } from '../flags.js';
import type { Parser } from '../parsers.js';
import { checkTargets } from '../paths.js';
import { withProgress } from '../progress.js';
import { ofShard, SCHEDULED, scheduled } from '../scheduler.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { sayWarnings } from '../warnings.js';

const RANGE: Parser<[number, number]> = {
  expected: 'a first row and the one behind the last, as 0:4096',
  read(text) {
    const found = /^(\d+):(\d+)$/.exec(text);
    return found === null ? undefined : [Number(found[1]), Number(found[2])];
  },
};

/** Class sizes are counted before rows are read, so no row can be skipped. */
const { skipInvalid: _, ...TRAINING } = shared.trainingRows();

const FLAGS = {
  'Input:': {
    embeddings: inputs(
      '-e, --embeddings <files...>',
      '.npy matrix, or several whose rows follow one another (default: train_set.npy in . or ./data, with its labels)',
    ),
    ...TRAINING,
    without: input('--without <file>', 'CSV with a column class: people who do not take part'),
    io: shared.io(),
  },
  'Part:': {
    shard: value(
      '--shard <i/n>',
      'shard i of n, from 0; auto/n by SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX',
      SCHEDULED,
    ).conflicts('rows'),
    rows: value('--rows <a:b>', 'the blocks of 2048 rows that begin from row a, before b', RANGE),
    after: inputs('--after <files...>', 'merged statistics of the rounds before'),
  },
  'Model:': {
    model: text('-m, --model <name>', 'preset to gather for').conflicts('pipeline'),
    pipeline: text('--pipeline <steps>', 'steps and a scorer, written out'),
  },
  'Output:': {
    output: output(
      '-o, --output <file>',
      'statistics to write (default: stats.safetensors, of a shard stats-i-of-n.safetensors)',
      { use: 'update' },
    ),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads() },
};

const AFTER = `
Writes nothing where the file is there and holds these statistics; one that is damaged is replaced. Most presets, such as
plda, take a second round with --after; fit --stats says when.

Examples:
  $ for i in 0 1 2 3; do hackface-native stats -m whiten -e x.npy -l y.csv --shard $i/4 -o part-$i.safetensors; done
  $ hackface-native merge part-*.safetensors -o all.safetensors
  $ hackface-native fit --stats all.safetensors -o model.safetensors`;

export function statsCommand(): Command {
  const about = 'Sum a part of the rows, so that parts add up to one fit.';
  return command('stats', about, FLAGS, AFTER).action(run);
}

async function run(flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const { output: named, force, json, quiet, model, shard, ...request } = flags;
  const part = shard === undefined ? undefined : scheduled(shard, process.env);
  const output = named ?? ofShard('stats.safetensors', part);
  const files = flags.embeddings
    ? { embeddings: flags.embeddings }
    : namedOr(flags, 'embeddings', CHALLENGE.train, command);
  const pipeline = flags.pipeline ?? model ?? 'plda';
  // A file that is there is looked at before it is refused.
  const isThere = !force && existsSync(output);
  checkTargets(command, { ...files, output });
  if (!isThere) checkTarget(output, { force });
  sayChosen(command, files);
  const before = isThere ? output : undefined;
  const result = await withProgress('stats', flags, (onProgress) =>
    stats({ ...request, ...files, pipeline, shard: part, before, onProgress }),
  );
  const { rows, dim, from, to, kind } = result.stats;
  if (!result.reused) await result.stats.save(output, { force: force || isThere });
  const { reused, warnings, seconds } = result;
  if (json) {
    print([JSON.stringify({ output, rows, dim, from, to, kind, reused, warnings, seconds })]);
  } else if (!quiet) {
    const done = reused ? 'there already, nothing done' : `${kind}, ${seconds.toFixed(2)} s`;
    say([`rows ${from}:${to} of ${rows} x ${dim}: ${done}`, `→ ${output}`]);
  }
  if (!json) sayWarnings(warnings, command, { quiet });
}
