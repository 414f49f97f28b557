/** `evaluate` and `grade`, from outside. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  auroc,
  type Evaluation,
  type Grades,
  readSubmission,
  readTruth,
  synth,
} from 'hackface-native';
import { parseLine } from '../scoreboard/bench.js';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';

const root = temporaryFolder();
const at = (name: string) => join(root, name);
const random = randomNumbers(23);

before(async () => {
  await synth({ directory: root, test: 300, pairs: 600, train: 60, dim: 16 });
  for (const metric of ['cosine', 'sqeuclidean']) {
    const args = ['-e', at('test_set.npy'), '-p', at('test_pairs.csv'), '-m', metric, '-q'];
    const run = await hackface(['score', ...args, '-o', at(`${metric}.csv`)]);
    assert.equal(run.code, 0, run.stderr);
  }
});

const TRUTH = () => ['--truth', at('solution.csv')];
const PAIRS = () => ['--pairs', at('test_pairs.csv')];

async function judged(...args: string[]): Promise<Evaluation> {
  const run = await hackface(['evaluate', ...args, '--json']);
  assert.equal(run.code, 0, run.stderr);
  return JSON.parse(run.stdout);
}

test('scores joined by id in any order, and a metric, are judged alike', async () => {
  const { distances } = await readSubmission(at('cosine.csv'));
  const truth = await readTruth(at('solution.csv'));
  const area = await auroc(distances, truth.same, { orientation: 'distance' });
  const found = await judged('--scores', at('cosine.csv'), ...TRUTH(), ...PAIRS());
  assert.equal(found.schema, 'hackface-evaluation/1');
  assert.equal(found.auroc.value, area);
  assert.match(found.auroc.interval?.method as string, /^identity influence/);
  const [header, ...rows] = readFileSync(at('cosine.csv'), 'utf8').trimEnd().split('\n');
  const shuffled = put(root, 'shuffled.csv', `${[header, ...rows.reverse()].join('\n')}\n`);
  const again = await judged('--scores', shuffled, ...TRUTH(), ...PAIRS());
  assert.deepEqual({ ...again, subject: 0 }, { ...found, subject: 0 });
  const measured = await judged('-e', at('test_set.npy'), ...PAIRS(), ...TRUTH());
  assert.equal(measured.auroc.value, area);
  assert.deepEqual(measured.subject, { embeddings: at('test_set.npy'), metric: 'cosine' });
  const flipped = put(
    root,
    'similar.csv',
    `Id,score\n${[...truth.ids].map((id, i) => `${id},${-(distances[i] as number)}\n`).join('')}`,
  );
  const similar = await judged(
    ...['--scores', flipped, '--score-column', 'score', '--orientation', 'similarity', ...TRUTH()],
  );
  assert.equal(similar.auroc.value, area);
});

test('the text has a table, bars and warnings', async () => {
  const files = [at('cosine.csv'), at('sqeuclidean.csv')];
  const args = ['--scores', ...files, ...TRUTH(), '--at-far', '0.1,0.01', '--folds', '5'];
  const run = await hackface(['evaluate', ...args]);
  assert.equal(run.code, 0, run.stderr);
  for (const line of [
    /AUROC +0\.\d{5} +0\.\d+ … 0\.\d+ \(95 %, DeLong, pairs taken as independent\)/,
    /FAR +threshold +reached/,
    /folds .* ± .*, mean ± standard error of 5/,
    /genuine +[▁▂▃▄▅▆▇█ ]+/,
    /first less second/,
  ]) {
    assert.match(run.stdout, line);
  }
  assert.match(run.stderr, /^warning: .*pairs as independent/m);
  const both = await hackface(['evaluate', ...args, '--json']);
  const { evaluations, comparison } = JSON.parse(both.stdout);
  assert.equal(evaluations.length, 2);
  const [a, b] = evaluations;
  assert.ok(Math.abs(comparison.auroc.value - (a.auroc.value - b.auroc.value)) < 1e-15);
});

test('labels give truth and identities; groups and shared people are seen', async () => {
  const rows = Array.from({ length: 40 }, (_, row) => row);
  const labels = put(root, 'labels.csv', `class\n${rows.map((r) => `p${r >> 2}\n`).join('')}`);
  const trained = put(root, 'trained.csv', 'class\np1\nq\n');
  const groups = put(
    root,
    'groups.csv',
    `index,group\n${rows.map((r) => `${r},${r < 20 ? 'a' : 'b'}\n`).join('')}`,
  );
  let [pairs, scores] = ['index1,index2\n', 'Id,Predicted\n'];
  let id = 0;
  for (const a of rows) {
    for (const b of rows.slice(a + 1)) {
      pairs += `${a},${b}\n`;
      scores += `${id},${random() + (a >> 2 === b >> 2 ? 0 : 0.5)}\n`;
      id += 1;
    }
  }
  const found = await judged(
    ...['--scores', put(root, 's.csv', scores), '--pairs', put(root, 'p.csv', pairs)],
    ...['--labels', labels, '--train-labels', trained, '--groups', groups, '--at-far', '0.1'],
  );
  assert.deepEqual([found.genuine, found.impostors, found.identities], [60, 720, 10]);
  const codes = found.warnings.map(({ code }) => code);
  assert.deepEqual(codes, [
    'shared-identities',
    'closed-loops',
    'few-people',
    'concentrated',
    'small-groups',
  ]);
  assert.deepEqual(
    found.groups.map(({ group, genuine, impostors }) => [group, genuine, impostors]),
    [
      ['a', 30, 160],
      ['b', 30, 160],
      ['(across groups)', 0, 400],
    ],
  );
});

test('a model judged on its own training rows is told apart', async () => {
  const model = at('own.safetensors');
  const train = ['-e', at('train_set.npy'), '-l', at('train_labels.csv')];
  const fitted = await hackface([
    'fit',
    ...train,
    '--pipeline',
    'center, cosine',
    '-o',
    model,
    '-q',
  ]);
  assert.equal(fitted.code, 0, fitted.stderr);
  const rows = Array.from({ length: 30 }, (_, row) => `${row},${row + 1}\n`).join('');
  const pairs = put(root, 'own-pairs.csv', `index1,index2\n${rows}`);
  const same = Array.from({ length: 30 }, (_, id) => `${id},${id % 2}\n`).join('');
  const truth = put(root, 'own-truth.csv', `Id,same\n${same}`);
  const rest = ['-p', pairs, '--truth', truth, '--model', model];
  const codes = async (file: string) =>
    (await judged('-e', at(file), ...rest)).warnings.map(({ code }) => code);
  assert.ok((await codes('train_set.npy')).includes('trained-on-these-rows'));
  assert.ok(!(await codes('test_set.npy')).includes('trained-on-these-rows'));
});

test('folds from a file are those that are judged', async () => {
  const { ids } = await readTruth(at('solution.csv'));
  const lines = (count: number) => [...ids].map((id, i) => `${id},f${i % count}\n`).join('');
  const file = put(root, 'folds.csv', `Id,fold\n${lines(4)}`);
  const scores = ['--scores', at('cosine.csv'), ...TRUTH()];
  const found = await judged(...scores, '--folds', file);
  assert.equal(found.folds?.accuracies.length, 4);
  const drawn = await judged(...scores, '--folds', '4');
  assert.notDeepEqual(drawn.folds, found.folds);
  const { mean, standardError, accuracies } = drawn.folds as NonNullable<Evaluation['folds']>;
  const squares = accuracies.reduce((sum, a) => sum + (a - mean) ** 2, 0);
  assert.ok(Math.abs(standardError - Math.sqrt(squares / 3 / 4)) < 1e-15);
  const part = put(root, 'part-folds.csv', 'Id,fold\n0,a\n');
  const run = await hackface(['evaluate', ...scores, '--folds', part]);
  assert.deepEqual([run.code, parseLine(run.stderr)?.code], [65, 'EDIMENSION']);
});

test('a wrong request or file is refused in one line', async () => {
  const solution = put(root, 'part.csv', 'Id,same\n0,1\n1,0\n');
  const usage: string[][] = [
    ['--scores', at('cosine.csv')],
    ['--scores', at('cosine.csv'), ...TRUTH(), '--at-far', '0'],
    ['--scores', at('cosine.csv'), ...TRUTH(), '--prior', '1,2'],
    ['--scores', at('cosine.csv'), ...TRUTH(), '--bootstrap', '100'],
  ];
  for (const args of usage) {
    const run = await hackface(['evaluate', ...args]);
    assert.equal(run.code, 2, `${args}: ${run.stdout}${run.stderr}`);
    assert.ok(parseLine(run.stderr), run.stderr);
  }
  for (const args of [[...TRUTH()], ['-e', at('test_set.npy'), ...TRUTH()]]) {
    const run = await hackface(['evaluate', ...args]);
    assert.equal(run.code, 66, `${args}: ${run.stderr}`);
    assert.match(run.stderr, /no test_set\.npy or test_pairs\.csv in \.|no test_pairs\.csv in \./);
  }
  const data: [string[], string][] = [
    [['--scores', at('cosine.csv'), '--truth', solution], 'EDIMENSION'],
    [['--scores', at('solution.csv'), ...TRUTH()], 'ECSVHEADER'],
    [['--scores', at('cosine.csv'), '--truth', put(root, 't.csv', 'Id,same\n0,2\n')], 'ECSVVALUE'],
    [
      [...['--scores', at('cosine.csv')], ...TRUTH(), '--groups', put(root, 'g.csv', 'group\na\n')],
      'ECSVHEADER',
    ],
  ];
  for (const [args, code] of data) {
    const run = await hackface(['evaluate', ...args]);
    assert.deepEqual([run.code, parseLine(run.stderr)?.code], [65, code], run.stderr);
  }
});

test('what would have no effect is refused', async () => {
  const scores = ['evaluate', '--scores', at('cosine.csv'), ...TRUTH()];
  const rows = ['evaluate', '-e', at('test_set.npy'), ...PAIRS(), ...TRUTH()];
  const every = ['evaluate', '-e', at('test_set.npy'), '-l', at('train_labels.csv'), '--all-pairs'];
  const covariance = ['covariance', '-e', at('test_set.npy'), '-o', at('c.npy')];
  const idle: [string[], RegExp][] = [
    [[...scores, '-m', 'dot'], /'-m, --metric <expression>' cannot be used with option '--scores/],
    [[...scores, '--model', 'm'], /'--model <file>' cannot be used with option '--scores/],
    [[...scores, '--gallery', 'g.npy'], /--gallery without --all-pairs/],
    [[...scores, '--precision', 'single'], /--precision without --all-pairs/],
    [[...scores, '--memory', '1'], /--memory without --all-pairs/],
    [[...scores, '--checkpoint', 'c'], /--checkpoint without --all-pairs/],
    [[...rows, '--ignore-class', 'a'], /--ignore-class without --all-pairs/],
    [[...rows, '--score-column', 'a'], /'--score-column <name>' cannot be used/],
    [[...every, '--train-labels', 'a'], /cannot be used with option '--train-labels/],
    [
      [...covariance, '--denominator', 'rows-classes'],
      /rows-classes without labels.*--labels FILE/,
    ],
    [
      ['synth', at('full'), '--full', '--train', '10'],
      /'--full' cannot be used with option '--train/,
    ],
  ];
  for (const [args, says] of idle) {
    const run = await hackface(args);
    assert.deepEqual([run.code, run.stdout], [2, ''], `${args}: ${run.stderr}`);
    assert.match(run.stderr, says);
  }
});

test('twenty submissions are ranked, three broken ones say what is wrong', async () => {
  const ids = Array.from({ length: 400 }, (_, i) => `p${i}`);
  const same = ids.map((_, i) => (i % 2 === 0 ? 1 : 0));
  const truth = put(
    root,
    'truth.csv',
    `Id,same\n${ids.map((id, i) => `${id},${same[i]}\n`).join('')}`,
  );
  // The k-th is right about a pair unless a coin of weight k says otherwise.
  const submission = (k: number, order = ids) => {
    const rows = order.map((id) => {
      const apart = 1 - (same[ids.indexOf(id)] as number);
      return `${id},${apart + (random() - 0.5) * (0.9 + 0.6 * k)}`;
    });
    return ['Id,Predicted', ...rows];
  };
  const files = Array.from({ length: 17 }, (_, k) => {
    const order = k % 2 === 0 ? ids : ids.toReversed();
    return put(
      root,
      `team${String(k).padStart(2, '0')}.csv`,
      `${submission(k, order).join('\n')}\n`,
    );
  });
  const lines = submission(1);
  const broken = {
    short: lines.slice(0, -3),
    twice: [...lines.slice(0, -1), lines[1] as string],
    nan: lines.map((line, i) => (i === 7 ? 'p6,NaN' : line)),
  };
  const wrong = Object.entries(broken).map(([name, text]) =>
    put(root, `${name}.csv`, `${text.join('\n')}\n`),
  );
  const args = ['grade', '--truth', truth, ...files, ...wrong, '--public', '0.25', '--seed', '7'];
  const run = await hackface([...args, '--json']);
  assert.equal(run.code, 0, run.stderr);
  const grades: Grades = JSON.parse(run.stdout);
  assert.deepEqual(grades.split, { public: 100, private: 300, ignored: 0, by: 'seed' });
  assert.equal(grades.board.length, 17);
  assert.deepEqual(grades.board[0]?.file, files[0]);
  const values = grades.board.map((line) => line.private.value as number);
  assert.deepEqual(
    values,
    values.toSorted((a, b) => b - a),
  );
  for (const line of grades.board) assert.equal(line.change, line.public.rank - line.private.rank);
  // The scores of the parts are those of the parts.
  const shown = new Set((await partOf(truth)).map(String));
  const first = grades.board.find((line) => line.file === files[4]);
  const read = await readSubmission(files[4] as string);
  const own = [...read.ids].map((id, i) => ({
    id: String(id),
    score: read.distances[i] as number,
  }));
  for (const part of ['public', 'private'] as const) {
    const chosen = own.filter(({ id }) => shown.has(id) === (part === 'public'));
    const area = await auroc(
      Float64Array.from(chosen, ({ score }) => score),
      Uint8Array.from(chosen, ({ id }) => same[ids.indexOf(id)] as number),
      { orientation: 'distance' },
    );
    assert.equal(first?.[part].value, area);
  }
  const [short, twice, nan] = grades.refused;
  assert.deepEqual(
    [short?.code, twice?.code, nan?.code],
    ['EDIMENSION', 'EDUPLICATE', 'ENOTFINITE'],
  );
  assert.match(
    short?.problem as string,
    /short\.csv: found 397 rows; .*3 missing: "p397", "p398", "p399"/,
  );
  assert.match(twice?.problem as string, /twice\.csv:401:Id: found "p0" again/);
  assert.match(nan?.problem as string, /nan\.csv:8:Predicted: found "NaN"/);
  const text = await hackface(args);
  assert.match(text.stdout, /^100 public and 300 private pairs \(by seed\)\n/);
  assert.match(text.stdout, /17 graded, 3 refused\n$/);
  assert.equal(text.stderr.match(/^refused: /gm)?.length, 3);
});

test('a column Usage decides the parts', async () => {
  const usage = ['Public', 'Private', 'Ignored'];
  const rows = Array.from({ length: 90 }, (_, i) => `${i},${i % 2},${usage[i % 3]}\n`);
  const truth = put(root, 'usage.csv', `Id,same,Usage\n${rows.join('')}`);
  const scores = rows.map((_, i) => `${i},${random() - (i % 2)}\n`).join('');
  const file = put(root, 'one.csv', `Id,Predicted\n${scores}`);
  const run = await hackface(['grade', '--truth', truth, file, '--json']);
  const grades: Grades = JSON.parse(run.stdout);
  assert.deepEqual(grades.split, { public: 30, private: 30, ignored: 30, by: 'Usage' });
});

/** Ids that a seed of 7 makes public: those whose hash comes first. */
async function partOf(truth: string): Promise<string[]> {
  const { createHash } = await import('node:crypto');
  const { ids } = await readTruth(truth);
  const hash = (id: unknown) => createHash('sha256').update(`7:${id}`).digest('hex');
  const sorted = [...ids].map(String).sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
  return sorted.slice(0, 100);
}
