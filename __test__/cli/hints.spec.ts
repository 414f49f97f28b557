/** Advice about failures, in words that can be typed. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { synth } from 'hackface-native';
import { parseLine } from '../scoreboard/bench.js';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';

const root = temporaryFolder();
const EVALUATE = 'evaluate --scores submission.csv -t solution.csv';

before(async () => {
  await synth({ directory: root, train: 40, test: 40, pairs: 60, dim: 4 });
  put(
    root,
    'holes.npy',
    float32Npy([
      [1, Number.NaN, 0, 1],
      [2, 1, 0, 1],
      [0, 1, 1, 1],
      [1, 0, 3, 2],
      [3, 2, 1, 0],
      [1, 1, 2, 5],
    ]),
  );
  const run = await hackface(['score', '-q'], { cwd: root });
  assert.equal(run.code, 0, run.stderr);
});

async function failure(line: string) {
  const run = await hackface([...line.split(' '), '--json'], { cwd: root });
  const { error } = JSON.parse(run.stderr.trim().split('\n').at(-1) ?? '');
  return { code: run.code, name: error.code, hint: error.hint, message: error.message };
}

test('a learned metric, or its file, is pointed to fit and --model', async () => {
  for (const line of [
    'score -f -m',
    'identify -g test_set.npy -o h.csv -m',
    'evaluate -e test_set.npy -p test_pairs.csv -t solution.csv -m',
  ]) {
    const preset = await failure(`${line} lda`);
    assert.deepEqual([preset.code, preset.name], [2, 'EMETRIC'], line);
    assert.match(preset.message, /hackface-native fit -m lda writes a model, which --model FILE/);
    assert.doesNotMatch(preset.message, /Did you mean/);
    const file = await failure(`${line} lda.safetensors`);
    assert.equal(file.hint, 'Name a model with --model lda.safetensors');
  }
  const slip = await failure('score -f -m cosin');
  assert.match(slip.hint, /Did you mean 'cosine'/);
});

test('a hint names an option of the command, or none', async () => {
  const hints = {
    'evaluate --scores solution.csv -t solution.csv':
      'Rename the column that holds it to "Predicted", or name it with --score-column',
    'evaluate --scores submission.csv -t submission.csv':
      'Rename the column that holds it to "same", or name it with --truth-column',
    'score -f -p solution.csv': 'Rename the column that holds it to "index1"',
    [`${EVALUATE} --plot x.svg`]: 'Rename it',
    [`${EVALUATE} --plot reliability.svg`]:
      'If scores are log-likelihood ratios, evaluate them with --ratios',
    'covariance -e holes.npy': 'Drop the row, or leave out all such rows with --skip-invalid',
    'score -f -m mahalanobis --reference holes.npy': 'Drop the row',
    'grade -t solution.csv --public 0.0001 submission.csv':
      'Choose a share that leaves genuine and impostor pairs in both parts with --public',
  };
  for (const [line, hint] of Object.entries(hints)) {
    assert.equal((await failure(line)).hint, hint, line);
  }
});

test('the name of a plot is read by words', async () => {
  const { message } = await failure(`${EVALUATE} --plot Zroc.svg`);
  assert.match(
    message,
    /reliability, .*quality or zoo as a word of its own, such as cosine-det\.svg/,
  );
});

test('grade fails where nothing is graded, and says which way', async () => {
  const grade = (...files: string[]) =>
    hackface(['grade', '-t', 'solution.csv', '-q', ...files], { cwd: root });
  const unread = await grade('none.csv', 'nothing.csv');
  assert.deepEqual([unread.code, parseLine(unread.stderr)?.code], [66, 'EINPUT']);
  assert.match(unread.stdout, /0 graded, 2 refused/);
  const wrong = await grade('none.csv', 'solution.csv');
  assert.deepEqual([wrong.code, parseLine(wrong.stderr)?.code], [65, 'ESUBMISSION']);
  const some = await grade('none.csv', 'submission.csv');
  assert.deepEqual([some.code, some.stderr], [0, '']);
  const { stdout } = await hackface(['grade', '--help']);
  assert.match(stdout, /Exit codes: 0 at least one is graded, 65 .*, 66 none can be read/);
});
