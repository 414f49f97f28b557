/** `synth`, `inspect`, `metrics` and `doctor`. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { buildInfo, fit, metrics } from 'hackface-native';
import { ownTarget } from '#scripts/targets.mjs';
import { parseJson, parseLine } from '../scoreboard/bench.js';
import { hackface, runNode } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';

const root = temporaryFolder();
const SMALL = ['--train', '60', '--test', '40', '--pairs', '30', '--dim', '8'];
const FILES = [
  'solution.csv',
  'test_pairs.csv',
  'test_set.npy',
  'train_labels.csv',
  'train_set.npy',
];

test('synth writes the files of a challenge, and score its submission', async () => {
  const folder = join(root, 'new', 'data');
  const run = await hackface(['synth', folder, ...SMALL, '--json']);
  assert.equal(run.code, 0, run.stderr);
  const files = Object.values(JSON.parse(run.stdout) as Record<string, string>);
  assert.deepEqual(files.map((path) => basename(path)).sort(), FILES);
  assert.deepEqual(readdirSync(folder).sort(), FILES);
  const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    [lines('train_labels.csv')[0], lines('train_labels.csv').length],
    ['index,class', 61],
  );
  assert.deepEqual(
    [lines('test_pairs.csv')[0], lines('test_pairs.csv').length],
    ['index1,index2,Id', 31],
  );
  assert.deepEqual([lines('solution.csv')[0], lines('solution.csv').length], ['Id,same', 31]);
  assert.ok(
    lines('solution.csv')
      .slice(1)
      .every((line, id) => new RegExp(`^${id},[01]$`).test(line)),
  );
  const scored = await hackface(['score'], { cwd: join(root, 'new') });
  assert.equal(scored.code, 0, scored.stderr);
  const submission = readFileSync(join(root, 'new', 'submission.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  assert.deepEqual([submission[0], submission.length], ['Predicted,Id', 31]);
});

test('synth gives the same bytes for the same request, others for another seed', async () => {
  const made = async (name: string, args: string[]) => {
    const folder = join(root, name);
    const run = await hackface(['synth', folder, ...SMALL, '-q', ...args]);
    assert.deepEqual([run.code, run.stdout, run.stderr], [0, '', '']);
    return FILES.map((file) => readFileSync(join(folder, file), 'latin1'));
  };
  const first = await made('a', ['--threads', '1']);
  assert.deepEqual(await made('b', ['--threads', '3']), first);
  assert.deepEqual(await made('a', ['--force']), first);
  const other = await made('c', ['--seed', '1']);
  for (const [at, content] of other.entries()) {
    if (FILES[at]?.endsWith('.npy')) assert.notEqual(content, first[at]);
  }
  for (const replica of ['r1', 'none'])
    assert.notDeepEqual(await made(replica, ['--replica', replica]), first);
});

test('synth replaces with --force only, and a refusal touches nothing', async () => {
  const folder = join(root, 'kept');
  mkdirSync(folder);
  put(folder, 'solution.csv', 'mine');
  const run = await hackface(['synth', folder, ...SMALL]);
  assert.equal(run.code, 73);
  assert.equal(parseLine(run.stderr)?.code, 'EEXISTS');
  assert.deepEqual(readdirSync(folder), ['solution.csv']);
  assert.equal(readFileSync(join(folder, 'solution.csv'), 'utf8'), 'mine');
  const wrong = await hackface(['synth', join(root, 'refused'), ...SMALL, '--set', '9']);
  assert.equal(wrong.code, 2, wrong.stderr);
  const inFile = await hackface(['synth', join(folder, 'solution.csv'), ...SMALL]);
  assert.equal(inFile.code, 73, inFile.stderr);
});

test('synth files are readable by whoever the umask lets read', async () => {
  const folder = join(root, 'a');
  const modes = FILES.map((file) => statSync(join(folder, file)).mode & 0o777);
  assert.deepEqual([...new Set(modes)], [0o666 & ~process.umask()]);
});

test('inspect says what a matrix is', async () => {
  const file = put(
    root,
    'x.npy',
    float32Npy([
      [3, 4],
      [0, 0],
      [Number.NaN, 1],
    ]),
  );
  const text = await hackface(['inspect', file]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /3 rows × 2 columns of float32/);
  assert.match(text.stdout, /rows of zeros: 1/);
  assert.match(text.stdout, /NaN or infinity: 1, the first at row 2, column 0/);
  const json = await hackface(['inspect', file, '--json', '--io', 'read']);
  assert.deepEqual(JSON.parse(json.stdout), {
    file,
    kind: 'npy',
    rows: 3,
    dim: 2,
    dtype: 'float32',
    nonFiniteRows: 1,
    firstNonFinite: { row: 2, column: 0 },
    zeroRows: 1,
    norms: { min: 0, median: 2.5, max: 5 },
  });
});

test('inspect opens the matrices of other formats', async () => {
  const file = put(root, 'raw.bin', Buffer.from(new Float32Array(8).fill(1).buffer));
  const run = await hackface(['inspect', `${file}:dim=4`]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /: 2 rows × 4 columns/);
});

test('inspect says what a table is', async () => {
  const file = put(root, 't.csv', 'a,"b, c"\n1,2\n3,4\n');
  const text = await hackface(['inspect', file]);
  assert.match(text.stdout, /2 rows; columns a, b, c\n/);
  const json = await hackface(['inspect', file, '--json']);
  const { rows, columns, kind } = JSON.parse(json.stdout);
  assert.deepEqual({ rows, columns, kind }, { rows: 2, columns: ['a', 'b, c'], kind: 'csv' });
  const piped = await hackface(['inspect', '-'], { input: 'x\n1\n' });
  assert.match(piped.stdout, /1 row; columns x/);
});

test('inspect goes by content where the ending says nothing', async () => {
  const kindOf = async (name: string, content: Uint8Array | string) => {
    const run = await hackface(['inspect', put(root, name, content), '--json']);
    return run.code === 0 ? JSON.parse(run.stdout).kind : parseJson(run.stderr)?.message;
  };
  assert.equal(await kindOf('matrix.bin', float32Npy([[1, 2]])), 'npy');
  assert.equal(await kindOf('table.txt', 'a,é\n1,2\n'), 'csv');
  assert.match(await kindOf('table.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0])), /a gzip archive/);
  assert.match(await kindOf('nothing', ''), /0 bytes/);
  const { model } = await fit({
    embeddings: put(root, 'rows.npy', float32Npy([0, 1, 2, 3].map((i) => [i, i * i]))),
    pipeline: 'center, pca(1), cosine',
  });
  assert.equal(await kindOf('model.bin', model.toBytes()), 'model');
});

test('inspect and check name semicolons', async () => {
  const file = put(root, 'semicolons.csv', 'Predicted;Id\n1;2\n');
  const looked = await hackface(['inspect', file]);
  assert.match(looked.stdout, /^warning: the columns are separated by semicolons/m);
  const checked = await hackface([
    'check',
    file,
    '--sample',
    put(root, 's.csv', 'Predicted,Id\n1,2\n'),
  ]);
  assert.equal(checked.code, 65);
  assert.match(checked.stdout, /^error: .*:1: the columns are separated by semicolons\. Separate/m);
  assert.match(checked.stderr, /found 1 thing/);
});

test('inspect refuses as score does', async () => {
  const bad = put(root, 'bad.npy', '\u001f\u008b\u0008');
  const run = await hackface(['inspect', bad]);
  assert.equal(run.code, 65);
  assert.equal(parseLine(run.stderr)?.code, 'ENPYHEADER');
  const missing = await hackface(['inspect', join(root, 'missing.csv'), '--json']);
  assert.equal(missing.code, 66);
  assert.equal(parseJson(missing.stderr)?.code, 'EINPUT');
});

test('metrics lists every metric and function', async () => {
  const text = await hackface(['metrics']);
  assert.equal(text.code, 0);
  for (const { name } of metrics()) assert.match(text.stdout, new RegExp(`^${name}\\b`, 'm'));
  for (const name of ['minmax', 'zscore', 'abs'])
    assert.match(text.stdout, new RegExp(`  ${name}\\(`));
  const json = await hackface(['metrics', '--json']);
  const { metrics: listed, functions } = JSON.parse(json.stdout);
  assert.deepEqual(listed, metrics());
  assert.ok(functions.length >= 3);
});

test('doctor says what it runs on', async () => {
  const text = await hackface(['doctor']);
  assert.equal(text.code, 0, text.stderr);
  const { version, cpu, cpus } = buildInfo();
  assert.ok(text.stdout.includes(`hackface-native ${version}, Node ${process.version}`));
  assert.match(text.stdout, new RegExp(`instruction set: ${cpu}\\b`));
  const env = { HACKFACE_THREADS: '3', NAPI_RS_NATIVE_LIBRARY_PATH: '' };
  const json = await hackface(['doctor', '--json'], { env });
  const { addon, libc, ...report } = JSON.parse(json.stdout);
  assert.deepEqual(report, {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    package: ownTarget()?.package ?? null,
    cpu,
    cpus,
    threads: 3,
    environment: env,
    tried: [],
  });
  assert.match(addon, /\.node$/);
  assert.match(String(libc), process.platform === 'linux' ? /^(glibc \d+\.\d+|musl)$/ : /^null$/);
});

test('doctor says what was tried before the addon that loads', async () => {
  const garbage = put(root, 'garbage.node', 'not a library');
  for (const path of [garbage, join(root, 'none.node')]) {
    const run = await hackface(['doctor'], { env: { NAPI_RS_NATIVE_LIBRARY_PATH: path } });
    assert.equal(run.code, 0, run.stderr);
    assert.ok(run.stdout.includes(`tried ${path}: `), run.stdout);
  }
});

/** The files of `dist/` that the command line of a package has, and the folders above. */
const isPublished = (path: string) => /\.cjs$|^dist$|[\\/]cli$/.test(path);

test('without any addon every command says so, and doctor what was tried', async () => {
  const alone = join(root, 'alone');
  cpSync('dist', join(alone, 'dist'), { recursive: true, filter: isPublished });
  const cli = join(alone, 'dist', 'cli.cjs');
  const garbage = put(root, 'garbage.node', 'not a library');
  const env = { NAPI_RS_NATIVE_LIBRARY_PATH: garbage };
  const doctor = await runNode([cli, 'doctor'], { env, cwd: alone });
  assert.equal(doctor.code, 70, doctor.stderr);
  assert.match(doctor.stdout, /addon: not loaded/);
  assert.ok(doctor.stdout.includes(`tried ${garbage}: `));
  assert.equal(parseLine(doctor.stderr)?.code, 'ELOAD', doctor.stderr);
  assert.match(doctor.stderr, /npm install hackface-native-/);
  const json = await runNode([cli, 'doctor', '--json'], { env, cwd: alone });
  const { addon, cpu, cpus, threads, environment, tried, failure } = JSON.parse(json.stdout);
  assert.deepEqual([addon, cpu, cpus, threads], [null, null, [], null]);
  assert.equal(environment.NAPI_RS_NATIVE_LIBRARY_PATH, garbage);
  assert.equal(tried[0].candidate, garbage);
  assert.deepEqual([failure.code, failure.class], ['ELOAD', 'internal']);
  assert.match(failure.hint, /npm install hackface-native-/);
  const metrics = await runNode([cli, 'metrics'], { env, cwd: alone });
  assert.equal(metrics.code, 70);
  assert.equal(parseLine(metrics.stderr)?.code, 'ELOAD');
  const help = await runNode([cli, '--help'], { env, cwd: alone });
  assert.equal(help.code, 0);
});
