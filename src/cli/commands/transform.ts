/** `transform`: rows mapped for software that knows only plain measures. */
import type { Command } from 'commander';
import { openEmbeddingsSync } from '../../embeddings.js';
import { ENGINES, type EngineRecipe } from '../../engines.js';
import { Model } from '../../model.js';
import { CHALLENGE, namedOr, sayChosen } from '../challenge.js';
import { choice, command, input, output, type Parsed, toggle } from '../flags.js';
import { checkTargets } from '../paths.js';
import { bytesOfRow, withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { counted } from '../../counted.js';

const FLAGS = {
  'Input:': {
    model: input('--model <file>', 'a model that `hackface-native fit` wrote').needed(),
    embeddings: input(
      '-e, --embeddings <file>',
      '.npy matrix (default: test_set.npy in . or ./data)',
    ),
    io: shared.io(),
  },
  'Output:': {
    output: output(
      '-o, --output <file>',
      'matrix to write, .npy, or .csv of id,embedding',
    ).needed(),
    for: choice('--for <engine>', 'the engine that searches the rows; says how to ask it', ENGINES),
    augment: toggle(
      '--augment',
      'fill rows up to one length by a further column, so that L2 orders as the inner product',
    ),
    side: choice('--side <which>', 'rows that are searched, or rows that are searched with', [
      'stored',
      'query',
    ]).shows(() => 'stored'),
    dtype: choice('--dtype <type>', 'element type', ['float32', 'float64']).shows(() => 'float32'),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads() },
};

const AFTER = `
Examples:
  $ hackface-native transform --model lda.safetensors -e test_set.npy -o mapped.npy
  $ hackface-native transform --model plda.safetensors -e probes.npy --side query -o queries.npy
  $ hackface-native transform --model lda.safetensors --for pgvector -o rows.csv`;

export function transformCommand(): Command {
  const about =
    'Map embeddings so that cosine, L2 or inner product on the result is the distance of the model.';
  return command('transform', about, FLAGS, AFTER).action(run);
}

async function run(flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const names = { embeddings: CHALLENGE.test.embeddings };
  const files = namedOr(flags, 'embeddings', names, command);
  checkTargets(command, files);
  sayChosen(command, files);
  const { output, json, quiet, io, ...options } = flags;
  const model = await Model.load(flags.model);
  const embeddings = openEmbeddingsSync(files.embeddings, { io });
  try {
    const done = await withProgress(
      'transform',
      flags,
      (onProgress) => model.transform(embeddings, output, { ...options, onProgress }),
      bytesOfRow(embeddings),
    );
    const { rows, dim, metric } = done;
    if (json) print([JSON.stringify({ output, ...done })]);
    else if (!quiet) {
      const sided = metric === 'inner-product' && model.scorer !== 'dot';
      const how = sided ? `${metric} of a query row and a stored row, of no others` : metric;
      say([
        `${counted(rows, 'row')} of ${counted(dim, 'column')}, to be measured by ${how} → ${output}`,
        ...(done.recipe ? told(done.recipe) : []),
      ]);
    }
  } finally {
    embeddings.close();
  }
}

/** A recipe, a line for each of its parts. */
function told(recipe: EngineRecipe): string[] {
  const { engine, measure, exact, index, nearest, query, returns, distance } = recipe;
  return [
    `${engine}: ${measure}, ${nearest} first`,
    `  exact: ${exact}`,
    `  index: ${index}`,
    `  search with: rows of ${query}`,
    `  value: ${returns}`,
    `  distance of the model: ${distance}`,
  ];
}
