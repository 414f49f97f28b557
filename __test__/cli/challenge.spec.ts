// The files of a challenge that commands take where none are named.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { before, test } from 'node:test';
import { synth } from 'hackface-native';
import { hackface } from '../support/command.js';
import { temporaryFolder } from '../support/folder.js';

const root = temporaryFolder();
const data = `${root}/data`;

before(async () => {
  await synth({ directory: data, train: 200, test: 60, pairs: 80, dim: 8 });
});

const run = (line: string, cwd = root) => hackface(line.split(' '), { cwd });

/** A command without files, the same with each file named, and what it says of them. */
const LINES: [bare: string, named: string, using: string][] = [
  [
    'score -o s.csv -f',
    '-e data/test_set.npy -p data/test_pairs.csv',
    'test_set.npy and data/test_pairs.csv',
  ],
  [
    'fit -o m -f',
    '-e data/train_set.npy -l data/train_labels.csv',
    'train_set.npy and data/train_labels.csv',
  ],
  [
    'covariance --of within -o s.npy -f',
    '-e data/train_set.npy -l data/train_labels.csv',
    'train_set.npy and data/train_labels.csv',
  ],
  ['transform --model m -o t.npy -f', '-e data/test_set.npy', 'test_set.npy'],
  [
    'identify -o h.csv -f',
    '-g data/train_set.npy --probes data/test_set.npy',
    'train_set.npy and data/test_set.npy',
  ],
  [
    'audit',
    '-e data/train_set.npy -l data/train_labels.csv',
    'train_set.npy and data/train_labels.csv',
  ],
  ['grade s.csv', '-t data/solution.csv', 'solution.csv'],
  ['evaluate --scores s.csv', '-t data/solution.csv', 'solution.csv'],
  [
    'evaluate',
    '-e data/test_set.npy -p data/test_pairs.csv -t data/solution.csv',
    'test_set.npy and data/test_pairs.csv and data/solution.csv',
  ],
  [
    'evaluate --all-pairs',
    '-e data/train_set.npy -l data/train_labels.csv',
    'train_set.npy and data/train_labels.csv',
  ],
];

test('each command finds the files of the challenge, and says which', async () => {
  for (const [bare, named, using] of LINES) {
    const out = / -o (\S+)/.exec(bare)?.[1];
    const results = [];
    for (const line of [bare, `${bare} ${named}`]) {
      const { code, stdout, stderr } = await run(line);
      assert.equal(code, 0, `${line}: ${stderr}`);
      assert.equal(stderr.startsWith(`using data/${using}\n`), line === bare, `${line}: ${stderr}`);
      results.push([stdout, out && readFileSync(`${root}/${out}`)]);
    }
    // A model's card holds its date.
    if (!bare.startsWith('fit')) assert.deepEqual(results[0], results[1], bare);
    const quiet = await run(`${bare}${bare.startsWith('audit') ? '' : ' -q'} --json`);
    assert.doesNotMatch(quiet.stderr, /using/, bare);
  }
});

test('inspect without a file describes the test set', async () => {
  const [bare, named] = [await run('inspect'), await run('inspect data/test_set.npy')];
  assert.deepEqual([bare.code, bare.stdout], [0, named.stdout]);
  assert.match(bare.stdout, /^data\/test_set\.npy: 60 rows/);
});

test('a command that finds none says which files, where, and what names them', async () => {
  const empty = `${root}/empty`;
  mkdirSync(empty);
  const needed = LINES.filter(([line]) => !line.includes('--scores'));
  for (const [bare, , using] of needed) {
    const { code, stderr } = await run(bare, empty);
    assert.equal(code, 66, `${bare}: ${stderr}`);
    const [first = ''] = using.split(' ');
    assert.ok(stderr.includes(`no ${first}`) && stderr.includes('in ./data'), stderr);
    assert.match(
      stderr,
      /Name (it|them) with --\w+ FILE.* or make a challenge with hackface-native synth/,
    );
  }
  const inspected = await run('inspect', empty);
  assert.equal(inspected.code, 66);
  assert.match(inspected.stderr, /no test_set\.npy in \. or \.\/data.*Name it with inspect FILE/);
  // Two folders with a half each are no challenge.
  await synth({ directory: empty, train: 20, test: 20, pairs: 10, dim: 4 });
  rmSync(`${empty}/test_pairs.csv`);
  await synth({ directory: `${empty}/data`, train: 20, test: 20, pairs: 10, dim: 4 });
  rmSync(`${empty}/data/test_set.npy`);
  const { stderr } = await run('score', empty);
  assert.match(stderr, /no test_pairs\.csv in \., no test_set\.npy in \.\/data, .*in one folder/);
});
