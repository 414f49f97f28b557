import { Command, Option } from 'commander';
import { openEmbeddingsSync } from '../../embeddings.js';
import { Model, type Transformed } from '../../model.js';
import { addOptions, shared } from '../options.js';
import { checkTargets, inputOption, outputOption } from '../paths.js';
import { bytesOfRow, progressLine } from '../progress.js';
import { print, say } from '../terminal.js';

/** What was typed. */
interface TransformFlags {
  model: string;
  embeddings: string;
  side: 'stored' | 'query';
  dtype: 'float32' | 'float64';
  io: 'mmap' | 'read';
  output: string;
  force?: boolean;
  threads?: number;
  json?: boolean;
  quiet?: boolean;
  progress: boolean;
}

/** `transform`: rows mapped for software that knows only plain measures. */
export function transformCommand(): Command {
  const command = new Command('transform')
    .description(
      'Map embeddings so that cosine, L2 or inner product on the result orders pairs as the model does.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ hackface-native transform --model lda.safetensors -e test_set.npy -o mapped.npy
  $ hackface-native transform --model plda.safetensors -e probes.npy --side query -o queries.npy`,
    );
  addOptions(command, 'Input:', [
    inputOption('--model <file>', 'a model that `hackface-native fit` wrote').makeOptionMandatory(),
    inputOption('-e, --embeddings <file>', '.npy matrix').makeOptionMandatory(),
    shared.io(),
  ]);
  addOptions(command, 'Output:', [
    outputOption('-o, --output <file>', '.npy matrix to write').makeOptionMandatory(),
    new Option('--side <which>', 'rows that are searched, or rows that are searched with')
      .choices(['stored', 'query'])
      .default('stored'),
    new Option('--dtype <type>', 'element type').choices(['float32', 'float64']).default('float32'),
    shared.force(),
    shared.json(),
    shared.quiet(),
    shared.noProgress(),
  ]);
  addOptions(command, 'Run:', [shared.threads()]);
  return command.action(run);
}

async function run(flags: TransformFlags, command: Command): Promise<void> {
  checkTargets(command);
  const model = await Model.load(flags.model);
  const embeddings = openEmbeddingsSync(flags.embeddings, { io: flags.io });
  const wanted = flags.progress && !flags.quiet && !flags.json;
  const progress = progressLine('transform', wanted, bytesOfRow(embeddings));
  let done: Transformed;
  try {
    const { side, dtype, force, threads } = flags;
    const options = { side, dtype, force, threads, onProgress: progress.show };
    done = await model.transform(embeddings, flags.output, options);
  } finally {
    progress.clear();
    embeddings.close();
  }
  if (flags.json) print(`${JSON.stringify({ output: flags.output, ...done })}\n`);
  else if (!flags.quiet) {
    say(
      `${done.rows} rows of ${done.dim} columns, to be measured by ${done.metric} → ${flags.output}\n`,
    );
  }
}
