/** `compare`, `fit` without a model, and `score --auto`, from the command line. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compare, Model, synth } from 'hackface-native';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { crowd } from '../support/people.js';

const folder = temporaryFolder();
const { rows, labels, matrix } = crowd({ people: 30, each: 5, dim: 6, seed: 4 });
const embeddings = put(folder, 'x.npy', float32Npy(rows));
const classes = put(folder, 'l.csv', `class\n${[...labels].map((l) => `p${l}\n`).join('')}`);
const data = ['-e', embeddings, '-l', classes];

test('a table, the reason, and JSON as the library gives it', async () => {
  const [report, plot] = [join(folder, 'c.html'), join(folder, 'c.svg')];
  const named = [
    '--candidates',
    'lda; center, length-norm, path(0.5)',
    '--folds',
    '3',
    '--seed',
    '2',
  ];
  const run = await hackface(['compare', ...data, ...named, '--report', report, '--plot', plot]);
  assert.equal(run.code, 0, run.stderr);
  const found = await compare({
    embeddings: matrix,
    labels,
    candidates: ['lda', 'center, length-norm, path(0.5)'],
    folds: 3,
    seed: 2,
  });
  assert.ok(run.stdout.includes(found.reason));
  for (const { pipeline, figures } of found.candidates) {
    assert.ok(run.stdout.includes(pipeline));
    assert.ok(run.stdout.includes(figures?.auroc.toFixed(6) ?? 'none'));
  }
  assert.match(run.stdout, /chosen/);
  assert.ok(existsSync(report) && existsSync(plot));
  const json = await hackface(['compare', ...data, ...named, '--json']);
  const told = JSON.parse(json.stdout);
  assert.deepEqual(told.candidates[1].figures, found.candidates[1]?.figures);
  assert.equal(typeof told.candidates[1].seconds, 'number');
  const wrong = await hackface(['compare', ...data, '--candidates', 'lda;;wccn']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /semicolons/);
});

test('fit without a model says why it took which, and --explain names the candidates', async () => {
  const output = join(folder, 'm.safetensors');
  const run = await hackface(['fit', ...data, '-o', output]);
  assert.equal(run.code, 0, run.stderr);
  const { card } = await Model.load(output);
  assert.ok(run.stderr.includes(card.choice ?? 'none'), run.stderr);
  const explained = await hackface(['fit', '--explain']);
  assert.match(explained.stdout, /^cosine\ncenter\(train\), cosine\n/);
  const holdout = await hackface(['fit', ...data, '-o', output, '-f', '--holdout', '0.3']);
  assert.match(holdout.stderr, /held out: 9 people/);
});

test('score --auto learns from the challenge and scores it; --no-target opens none', async () => {
  const world = join(folder, 'world');
  await synth({ directory: world, train: 400, test: 200, pairs: 100, dim: 8 });
  const auto = await hackface(['score', '--auto', '-o', 'a.csv', '--json'], { cwd: world });
  assert.equal(auto.code, 0, auto.stderr);
  const told = JSON.parse(auto.stdout);
  assert.equal(typeof told.reason, 'string');
  assert.ok(told.comparison.candidates.length > 1);
  const blind = await hackface(['score', '--auto', '--no-target', '-o', 'b.csv'], { cwd: world });
  assert.equal(blind.code, 0, blind.stderr);
  assert.match(
    blind.stderr,
    /using test_set.npy and test_pairs.csv and train_set.npy and train_labels.csv/,
  );
  assert.doesNotMatch(blind.stderr, /transductive|target/);
  const named = ['--train', 'train_set.npy', '--labels', 'train_labels.csv'];
  const other = ['--auto', '--no-target', ...named, '-o', 'c.csv'];
  assert.equal((await hackface(['score', ...other], { cwd: world })).code, 0);
  assert.ok(readFileSync(join(world, 'b.csv')).equals(readFileSync(join(world, 'c.csv'))));
  const both = ['--auto', '--metric', 'cosine', '-o', 'x.csv'];
  const clash = await hackface(['score', ...both], { cwd: world });
  assert.equal(clash.code, 2);
  const idle = await hackface(['score', '--no-target', '-o', 'd.csv'], { cwd: world });
  assert.equal(idle.code, 2);
  assert.match(idle.stderr, /--no-target without --auto/);
});
