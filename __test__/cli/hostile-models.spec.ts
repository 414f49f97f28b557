/** Model files with right checksums and wrong contents, given to every command that takes one. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { type Tensor, writeModelFile } from '../support/model-file.js';
import { float32Npy } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';

const random = randomNumbers(9);
const rows = Array.from({ length: 24 }, () => Array.from({ length: 4 }, random));

function tensor(shape: number[], values: number[] = []): Tensor {
  return { shape, data: Float64Array.from(values) };
}

/** A model of four columns. */
function model(entries: Record<string, string>, tensors: Record<string, Tensor>): Buffer {
  const always = { format: 'hackface-model', format_version: '1.0', input_dim: '4' };
  return writeModelFile({ metadata: { ...always, scorer: 'cosine', ...entries }, tensors });
}

const center = { 'stage0.center': tensor([4], [0, 0, 0, 0]) };

/** A stage to no columns and one from none, whose matrix has this many rows. */
function throughNothing(width: number): Buffer {
  return model(
    { mapped_dim: String(width), stages: 'affine,affine' },
    {
      ...center,
      'stage0.matrix': tensor([0, 4]),
      'stage1.center': tensor([0]),
      'stage1.matrix': tensor([width, 0]),
    },
  );
}

const MODELS: [string, Buffer][] = [
  ['a width of 2³⁶ from nothing', throughNothing(2 ** 36)],
  ['a width of 3 from nothing', throughNothing(3)],
  [
    'a stage of 400,000 blanks',
    model({ mapped_dim: '4', stages: `affine,${' '.repeat(400_000)}x` }, center),
  ],
  [
    'a stage of 200,000 line ends',
    model({ mapped_dim: '4', stages: `affine,${'\n '.repeat(200_000)}x` }, center),
  ],
  ['another width', model({ mapped_dim: '5', stages: 'affine' }, center)],
  [
    'ψ beyond its square',
    model(
      { mapped_dim: '4', stages: 'affine', scorer: 'htplda', nu: '2', residual_dim: '3' },
      { ...center, 'scorer.psi': tensor([1], [1e308]) },
    ),
  ],
];

const COMMANDS = [
  'inspect MODEL',
  'score -e x.npy -p pairs.csv --model MODEL -o scores.csv',
  'evaluate -e x.npy -l people.csv --all-pairs --model MODEL',
  'identify -g x.npy --model MODEL -o hits.csv',
  'transform -e x.npy --model MODEL -o mapped.npy',
];

for (const [what, bytes] of MODELS) {
  test(`${what}: refused at once by every command`, async () => {
    const folder = temporaryFolder();
    put(folder, 'x.npy', float32Npy(rows));
    put(folder, 'pairs.csv', 'index1,index2\n0,1\n2,3\n');
    put(folder, 'people.csv', `class\n${rows.map((_, i) => `${i % 6}\n`).join('')}`);
    const file = put(folder, 'm.safetensors', bytes);
    const before = readdirSync(folder).sort();
    for (const command of COMMANDS) {
      const args = command.split(' ').map((word) => {
        if (word === 'MODEL') return file;
        return /\.(npy|csv)$/.test(word) ? join(folder, word) : word;
      });
      const run = await hackface([...args, '--json'], { limitMs: 30_000 });
      const { error } = JSON.parse(run.stderr.trim().split('\n').at(-1) ?? '');
      assert.equal(run.code, 65, `${command}: ${run.stderr.slice(0, 500)}`);
      assert.equal(error.code, 'EMODEL', command);
      assert.ok(error.message.length < 2500, `${command}: ${error.message.length} characters`);
    }
    assert.deepEqual(readdirSync(folder).sort(), before, 'nothing is left');
  });
}
