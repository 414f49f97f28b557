/** `fit`, `transform`, `score --model` and `inspect` of a model, from the command line. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { explainPipeline, fit, presets } from 'hackface-native';
import { parseLine } from '../scoreboard/bench.js';
import { hackface } from '../support/command.js';
import { testData } from '../support/data.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy, readNpy } from '../support/npy.js';
import { crowd } from '../support/people.js';

const folder = temporaryFolder();
const { rows, labels, matrix } = crowd({ people: 20, each: 6, dim: 8, singletons: 2, seed: 2 });
const n = rows.length;
const embeddings = put(folder, 'x.npy', float32Npy(rows));
const lines = [...labels].map((label, row) => `${row},p${label}\n`).toReversed();
const classes = put(folder, 'l.csv', `index,class\n${lines.join('')}`);
const data = ['-e', embeddings, '-l', classes];
let count = 0;
const output = () => {
  count += 1;
  return join(folder, `m${count}.safetensors`);
};

test('a model file like that of the library, and a card on standard error', async () => {
  const path = output();
  const run = await hackface(['fit', ...data, '-m', 'lda', '-o', path, '--holdout', '0.25']);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.stdout, '');
  const { model, heldOut } = await fit({
    embeddings: matrix,
    labels,
    pipeline: 'lda',
    holdout: 0.25,
  });
  assert.ok(readFileSync(path).equals(Buffer.from(model.toBytes())));
  assert.ok(heldOut);
  const { genuine, impostors, identities, difference } = heldOut;
  const says = [
    'center, pca\\(auto\\), lda, cosine',
    `rows \\d+, classes 20 \\(\\d with one row\\), 2 passes`,
    'lda: shrinkage 0\\.\\d+',
    'lda: condition \\d',
    `held out: ${identities} people, ${genuine} genuine and ${impostors} impostor pairs; judged: a model of the other 15`,
    'written: a model of all 20 people',
    `model +${heldOut.model.auroc.toFixed(6)}`,
    `cosine +${heldOut.cosine.auroc.toFixed(6)}`,
    `AUROC against cosine: .${Math.abs(difference.value).toFixed(6)}, 95 % interval`,
    `→ ${path}`,
  ];
  for (const pattern of says) assert.match(run.stderr, new RegExp(pattern));
});

test('--no-refit writes the judged model, says so, and wants people to judge', async () => {
  const path = output();
  const args = ['fit', ...data, '-m', 'lda', '-o', path, '--holdout', '0.25', '--no-refit'];
  const run = await hackface(args);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /classes 15 .*1 pass/);
  assert.match(run.stderr, /written: the judged model/);
  const request = { embeddings: matrix, labels, pipeline: 'lda', holdout: 0.25, refit: false };
  const { model } = await fit(request);
  assert.ok(readFileSync(path).equals(Buffer.from(model.toBytes())));
  const idle = await hackface(['fit', ...data, '-o', output(), '--no-refit']);
  assert.equal(idle.code, 2);
  assert.match(idle.stderr, /--no-refit without --holdout/);
});

test('few people that nothing judges are warned about, also with -q; a hold-out is silent', async () => {
  const bare = await hackface(['fit', ...data, '-m', 'wccn', '-o', output(), '-q']);
  assert.match(bare.stderr, /^warning: a model of 20 people .* with --holdout,/);
  const judged = await hackface(['fit', ...data, '-o', output(), '-q', '--holdout', '0.3']);
  assert.equal(judged.stderr, '');
});

test('rows are chosen by flags as by the library', async () => {
  const wild = rows.map((row, i) => (i === 9 ? row.map(() => Number.NaN) : row));
  const wildFile = put(folder, 'wild.npy', float32Npy(wild));
  const kept = [...rows.keys()].filter((row) => row % 5 !== 0);
  const subset = put(folder, 'rows.csv', `index\n${kept.map((row) => `${row}\n`).join('')}`);
  const path = output();
  const run = await hackface([
    ...['fit', '-e', wildFile, '-l', classes, '-m', 'wccn', '-o', path, '--json'],
    ...['--ignore-class', 'p7', '--subset', subset, '--max-per-class', '3', '--skip-invalid'],
  ]);
  assert.equal(run.code, 0, run.stderr);
  const { model, ...wanted } = await fit({
    embeddings: wildFile,
    labels,
    pipeline: 'wccn',
    ignoreClass: '7',
    subset: Uint32Array.from(kept),
    maxPerClass: 3,
    skipInvalid: true,
  });
  assert.ok(readFileSync(path).equals(Buffer.from(model.toBytes())));
  const report = JSON.parse(run.stdout);
  assert.deepEqual(
    { ...report, seconds: 0 },
    { output: path, card: model.card, ...wanted, seconds: 0 },
  );
  const refused = await hackface(['fit', '-e', wildFile, '-l', classes, '-o', output()]);
  assert.equal(refused.code, 65);
  assert.equal(parseLine(refused.stderr)?.code, 'ENOTFINITE');
  assert.match(refused.stderr, /wild\.npy:9:0: found NaN/);
});

test('--explain prints every pipeline in full, and what it prints means the same', async () => {
  for (const { name, pipeline } of presets()) {
    const run = await hackface(['fit', '--model', name, '--explain']);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout, `${explainPipeline(pipeline)}\n`);
    assert.equal(explainPipeline(run.stdout.trim()), run.stdout.trim());
  }
  const text = 'center,pca( 4 ,whiten),cosine';
  const { stdout } = await hackface(['fit', '--pipeline', text, '--explain', '--center', 'x.npy']);
  assert.equal(stdout, 'center(given), pca(4, whiten), cosine\n');
  const json = await hackface(['fit', '--model', 'lda', '--explain', '--json']);
  assert.deepEqual(JSON.parse(json.stdout), {
    pipeline: 'center(train), pca(auto, ratio=2), lda(auto, shrinkage=auto), cosine',
  });
  const slip = await hackface(['fit', '--pipeline', 'center, wcnn, cosine', '--explain']);
  assert.equal(slip.code, 2);
  assert.match(slip.stderr, /wccn/);
});

test('--center takes a mean from a file, and refuses a pipeline that has no use for it', async () => {
  const path = output();
  const run = await hackface(['fit', ...data, '-m', 'wccn', '-o', path, '--center', embeddings]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /^center\(given\), pca\(auto\), wccn, cosine\n/);
  const wrong = ['--pipeline', 'wccn, cosine', '-o', output(), '--center', embeddings];
  const refused = await hackface(['fit', ...data, ...wrong]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /no step center/);
});

test('--target adapts, in words; --no-target opens nothing', async () => {
  const adapts = ['fit', ...data, '--pipeline', 'path(0.5, adapt=excess, tau=1)', '-o', output()];
  const run = await hackface([...adapts, '--target', embeddings]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /directions/);
  assert.match(run.stderr, /transductive: it uses the mean and covariance of the rows of --target/);
  const without = await hackface([...adapts, '-f']);
  assert.equal(without.code, 2, without.stderr);
  assert.match(without.stderr, /without rows of a target/);
  assert.match(without.stderr, /--target/);
  const nothing = join(folder, 'no-such-file.npy');
  for (const order of [
    ['--target', nothing, '--no-target'],
    ['--no-target', '--target', nothing],
  ]) {
    const plain = await hackface(['fit', ...data, '-m', 'wccn', '-o', output(), ...order]);
    assert.equal(plain.code, 0, plain.stderr);
    const refused = await hackface([...adapts, ...order, '-f']);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /without rows of a target/);
  }
  const center = ['-m', 'wccn', '-o', output(), '--no-target', '--center', embeddings];
  assert.equal((await hackface(['fit', ...data, ...center])).code, 2);
});

test('score takes the model, transform maps by it, inspect shows its card', async () => {
  const path = output();
  await hackface(['fit', ...data, '-m', 'plda', '-o', path, '-q']);
  const pairs = put(folder, 'p.csv', 'index1,index2\n0,1\n2,3\n4,5\n');
  const scored = await hackface([
    'score',
    '-e',
    embeddings,
    '-p',
    pairs,
    '--model',
    path,
    '-o',
    '-',
  ]);
  assert.equal(scored.code, 0, scored.stderr);
  const { model } = await fit({ embeddings: matrix, labels, pipeline: 'plda' });
  const index1 = Uint32Array.of(0, 2, 4);
  const index2 = Uint32Array.of(1, 3, 5);
  const wanted = model.scorePairsSync(matrix, { index1, index2 });
  const found = scored.stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]));
  assert.deepEqual(found, [...wanted]);
  const rowsFile = join(folder, 'mapped.npy');
  const args = ['transform', '--model', path, '-e', embeddings, '-o', rowsFile];
  const run = await hackface([...args, '--side', 'query', '--dtype', 'float64', '--json']);
  assert.equal(run.code, 0, run.stderr);
  const { rows: mapped, dim, metric } = JSON.parse(run.stdout);
  assert.deepEqual([mapped, metric], [n, 'inner-product']);
  assert.deepEqual(readNpy(readFileSync(rowsFile)).shape, [n, dim]);
  const again = await hackface(args);
  assert.equal(again.code, 73, again.stderr);
  const card = await hackface(['inspect', path]);
  assert.equal(card.code, 0, card.stderr);
  assert.match(card.stdout, /data_sha256/);
  assert.match(card.stdout, /plda/);
});

test('a refusal leaves no model', async () => {
  const path = output();
  const wrong: [string[], number, string][] = [
    [['-l', classes], 66, 'EINPUT'],
    [['-e', embeddings, '-m', 'nothing'], 2, 'EMETRIC'],
    [[...data, '-m', 'lda', '--pipeline', 'cosine'], 2, 'EUSAGE'],
    [[...data, '--holdout', '1'], 2, 'EUSAGE'],
    [[...data, '--max-per-class', '0'], 2, 'EUSAGE'],
    [[...data, '--ignore-class', 'nobody'], 2, 'EOPTION'],
    [['-e', embeddings, '-m', 'lda'], 2, 'EOPTION'],
    [['-e', embeddings, '-l', join(folder, 'gone')], 66, 'EINPUT'],
    [['-e', join(folder, 'gone'), '-l', classes], 66, 'EINPUT'],
  ];
  const before = readdirSync(folder);
  for (const [args, code, name] of wrong) {
    const run = await hackface(['fit', ...args, '-o', path]);
    assert.equal(run.code, code, `${args}: ${run.stderr}`);
    assert.equal(parseLine(run.stderr)?.code, name, run.stderr);
  }
  assert.deepEqual(readdirSync(folder), before);
  const there = put(folder, 'kept.safetensors', 'mine');
  const run = await hackface(['fit', ...data, '-o', there]);
  assert.equal(run.code, 73);
  assert.equal(readFileSync(there, 'utf8'), 'mine');
});

test('a verdict needs twenty people held out; fewer get their figures and a caution', async () => {
  const many = crowd({ people: 60, each: 6, dim: 8, singletons: 0, seed: 3 });
  const text = [...many.labels].map((label) => `p${label}\n`).join('');
  const files = [
    ...['-e', put(folder, 'many.npy', float32Npy(many.rows))],
    ...['-l', put(folder, 'many.csv', `class\n${text}`)],
  ];
  const verdict = /beats cosine|does not help|no difference can be told/;
  for (const [share, people] of [
    ['0.3', 18],
    ['0.4', 24],
  ] as const) {
    const args = ['-m', 'wccn', '--holdout', share, '-o', output()];
    const { stderr } = await hackface(['fit', ...files, ...args]);
    assert.match(stderr, new RegExp(`held out: ${people} people`));
    assert.match(stderr, /AUROC against cosine: .*, 95 % interval/);
    const caution = `${people} people are too few to say which is better: hold out at least 20`;
    assert.equal(stderr.includes(caution), people < 20, stderr);
    assert.equal(verdict.test(stderr), people >= 20, stderr);
  }
});

test('cosine is advised only where the interval of the difference excludes 0', async () => {
  const many = crowd({ people: 70, each: 4, dim: 8, singletons: 0, seed: 6 });
  const text = [...many.labels].map((label) => `p${label}\n`).join('');
  const files = [
    ...['-e', put(folder, 'same.npy', float32Npy(many.rows))],
    ...['-l', put(folder, 'same.csv', `class\n${text}`)],
  ];
  const verdicts = new Set<string>();
  for (const model of ['wccn', 'pca', 'lda', 'plda']) {
    for (const seed of ['0', '1', '2']) {
      const args = ['-m', model, '--holdout', '0.4', '--seed', seed, '-o', output()];
      const { stderr } = await hackface(['fit', ...files, ...args]);
      const [, low = '', high = ''] = /95 % interval (\S+) to (\S+)/.exec(stderr) ?? [];
      const [from, to] = [low, high].map((end) => Number(end.replace('−', '-')));
      assert.ok(from !== undefined && to !== undefined && from <= to, stderr);
      const excluded = from > 0 || to < 0;
      const told = /no difference can be told with 28 people \([−+]0\.\d{4} … [−+]0\.\d{4}\)/;
      assert.equal(told.test(stderr), !excluded, stderr);
      assert.equal(/use cosine/.test(stderr), to < 0, stderr);
      verdicts.add(excluded ? (to < 0 ? 'worse' : 'better') : 'open');
    }
  }
  assert.ok(verdicts.has('open') && verdicts.size > 1, [...verdicts].join());
});

const { path: FACES, skip } = testData('lfw7_openface');

test('of three people held out it claims nothing', { skip }, async () => {
  const faces = ['-e', join(FACES, 'embeddings.npy'), '-l', join(FACES, 'labels.csv')];
  for (const seed of ['0', '1', '2']) {
    const args = ['-m', 'plda', '--holdout', '0.4', '--seed', seed, '-o', output()];
    const run = await hackface(['fit', ...faces, ...args]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /3 people are too few to say which is better/);
    assert.doesNotMatch(run.stderr, /beats cosine|no difference|use cosine/);
  }
});

test('fit --metric, the former name of --model, still works and says so', async () => {
  const [now, before, quiet, json, both] = await Promise.all([
    hackface(['fit', '--model', 'lda', '--explain']),
    hackface(['fit', '--metric', 'lda', '--explain']),
    hackface(['fit', '--metric', 'lda', '--explain', '-q']),
    hackface(['fit', '--metric', 'lda', '--explain', '--json']),
    hackface(['fit', '--metric', 'lda', '--model', 'lda', '--explain']),
  ]);
  assert.deepEqual([now.code, now.stderr], [0, '']);
  assert.deepEqual([before.code, before.stdout], [0, now.stdout]);
  assert.equal(before.stderr, 'note: fit --metric is now fit --model\n');
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, now.stdout, '']);
  assert.deepEqual([json.code, json.stderr], [0, '']);
  assert.equal(both.code, 2, both.stderr);
  const help = await hackface(['fit', '--help']);
  assert.match(help.stdout, /-m, --model <name>/);
  assert.doesNotMatch(help.stdout, /--metric/);
});
