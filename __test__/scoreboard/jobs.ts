/** The jobs of the command line that read a matrix, as the checks of faults run them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fit } from 'hackface-native';
import { hackface } from '../support/command.js';
import { put } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { crowd } from '../support/people.js';

/** Files that every job can read. */
export interface Inputs {
  folder: string;
  rows: string;
  labels: string;
  pairs: string;
  model: string;
}

/** A job by its words: inputs first, then the folder that it writes to. */
export interface Job {
  name: string;
  words: (inputs: Inputs, out: string) => string[];
}

const labelled = ({ rows, labels }: Inputs) => ['-e', rows, '-l', labels];

/** One of each kind of work, and of each way of writing. */
export const JOBS: readonly Job[] = [
  {
    name: 'score',
    words: ({ rows, pairs }, out) => [
      'score',
      '-e',
      rows,
      '-p',
      pairs,
      '-m',
      'sqeuclidean',
      '-o',
      join(out, 'scores.csv'),
    ],
  },
  {
    name: 'fit',
    words: (inputs, out) => [
      'fit',
      ...labelled(inputs),
      '--pipeline',
      'lda',
      '-o',
      join(out, 'model.safetensors'),
    ],
  },
  {
    name: 'evaluate --all-pairs',
    words: (inputs, out) => [
      'evaluate',
      ...labelled(inputs),
      '--all-pairs',
      '--plot',
      join(out, 'roc.svg'),
    ],
  },
  {
    name: 'identify',
    words: ({ rows }, out) => [
      'identify',
      '-g',
      rows,
      '-m',
      'sqeuclidean',
      '-k',
      '3',
      '-o',
      join(out, 'hits.csv'),
    ],
  },
  {
    name: 'audit',
    words: (inputs, out) => ['audit', ...labelled(inputs), '-o', join(out, 'suspects.csv')],
  },
  {
    name: 'covariance',
    words: (inputs, out) => [
      'covariance',
      ...labelled(inputs),
      '--of',
      'within',
      '-o',
      join(out, 'covariance.npy'),
    ],
  },
  {
    name: 'transform',
    words: ({ rows, model }, out) => [
      'transform',
      '--model',
      model,
      '-e',
      rows,
      '-o',
      join(out, 'mapped.npy'),
    ],
  },
  {
    name: 'pairwise',
    words: ({ rows }, out) => ['pairwise', '-e', rows, '-o', join(out, 'distances.npy')],
  },
];

/** Inputs of so many people, in a folder. */
export async function inputsIn(
  folder: string,
  size: { people: number; each: number; dim: number },
): Promise<Inputs> {
  const { rows, labels, matrix } = crowd(size);
  const { model } = await fit({ embeddings: matrix, labels, pipeline: 'center, pca(4), cosine' });
  const pairs = rows.map((_, row) => `${row},${(row * 7 + 1) % rows.length}\n`);
  return {
    folder,
    rows: put(folder, 'rows.npy', float32Npy(rows)),
    labels: put(folder, 'labels.csv', `class\n${[...labels].join('\n')}\n`),
    pairs: put(folder, 'pairs.csv', `index1,index2\n${pairs.join('')}`),
    model: put(folder, 'model.safetensors', model.toBytes()),
  };
}

/** Runs a job, which replaces what is there. */
export function runJob(
  job: Job,
  inputs: Inputs,
  out: string,
  options: { env?: Record<string, string>; args?: string[] } = {},
) {
  const { env = {}, args = [] } = options;
  const words = job.words(inputs, out);
  return hackface([...words, '--force', '-q', '--threads', '2', ...args], { env });
}

/** The names and bytes of all that a folder holds. */
export function contentOf(folder: string): Map<string, string> {
  const names = readdirSync(folder).sort();
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}
