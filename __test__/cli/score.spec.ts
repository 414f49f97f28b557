/** `score`: what is typed, what is said, what is written. */
import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseJson, parseLine } from '../scoreboard/bench.js';
import { type Finished, hackface, type RunOptions } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { needsLinux } from '../support/system.js';

const root = temporaryFolder();
const npy = float32Npy([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 10],
]);
const csv = 'index1,index2,Id\n0,1,a\n1,2,b\n';
const RIGHT = 'Predicted,Id\n27,a\n34,b\n';
let folders = 0;

/** A new folder with these files. */
function place(files: Record<string, string | Uint8Array> = {}): string {
  folders += 1;
  const folder = join(root, `f${folders}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    if (name.includes('/'))
      mkdirSync(join(folder, name.split('/')[0] as string), { recursive: true });
    put(folder, name, content);
  }
  return folder;
}

const both = () => place({ 'x.npy': npy, 'p.csv': csv });

function score(cwd: string, args: string[], options: RunOptions = {}): Promise<Finished> {
  return hackface(['score', '-m', 'sqeuclidean', ...args], { cwd, ...options });
}

const INPUTS = ['-e', 'x.npy', '-p', 'p.csv'];

test('files are found in . and in ./data, and named', async () => {
  for (const at of ['', 'data/']) {
    const folder = place({ [`${at}test_set.npy`]: npy, [`${at}test_pairs.csv`]: csv });
    const run = await score(folder, []);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, new RegExp(`using ${at}test_set.npy and ${at}test_pairs.csv\n`));
    assert.equal(readFileSync(join(folder, 'submission.csv'), 'utf8'), RIGHT);
    assert.equal(run.stdout, '');
  }
});

test('. comes before ./data, and a named file before both', async () => {
  const folder = place({
    'test_set.npy': npy,
    'test_pairs.csv': csv,
    'data/test_pairs.csv': 'index1,index2,Id\n0,0,z\n',
  });
  await score(folder, ['-o', 'here.csv']);
  assert.equal(readFileSync(join(folder, 'here.csv'), 'utf8'), RIGHT);
  await score(folder, ['-p', 'data/test_pairs.csv', '-o', 'there.csv']);
  assert.equal(readFileSync(join(folder, 'there.csv'), 'utf8'), 'Predicted,Id\n0,z\n');
});

test('nothing to be found is an input error that says where it looked', async () => {
  const run = await score(place(), []);
  assert.equal(run.code, 66);
  assert.equal(parseLine(run.stderr)?.code, 'EINPUT');
  assert.match(
    run.stderr,
    /no test_set\.npy or test_pairs\.csv in \., .* in \.\/data.*--embeddings/,
  );
});

test('a matrix of one folder is not paired by the list of another', async () => {
  const apart = { 'test_set.npy': npy, 'data/test_pairs.csv': csv };
  const run = await score(place(apart), []);
  assert.equal(run.code, 66);
  assert.match(run.stderr, /no test_pairs\.csv in \., no test_set\.npy in \.\/data/);
  const whole = await score(place({ ...apart, 'data/test_set.npy': npy }), []);
  assert.equal(whole.code, 0, whole.stderr);
  assert.match(whole.stderr, /^using data\/test_set\.npy and data\/test_pairs\.csv\n/);
});

test('--json prints one object with what was done, and nothing else', async () => {
  const folder = both();
  const run = await score(folder, [...INPUTS, '-o', 'out.csv', '--json']);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.stderr, '');
  const { seconds, ...summary } = JSON.parse(run.stdout);
  assert.equal(typeof seconds, 'number');
  assert.deepEqual(summary, {
    pairs: 2,
    rows: 3,
    dim: 3,
    dtype: 'float32',
    io: 'mmap',
    metric: 'sqeuclidean',
    orientation: 'distance',
    warnings: [],
    output: join(folder, 'out.csv'),
    distances: { min: 27, mean: 30.5, max: 34 },
  });
});

test('-q says nothing, and without it one line on standard error', async () => {
  const folder = both();
  const quiet = await score(folder, [...INPUTS, '-o', 'a.csv', '-q']);
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, '', '']);
  const told = await score(folder, [...INPUTS, '-o', 'b.csv']);
  assert.equal(told.stdout, '');
  assert.match(told.stderr, /^2 pairs of 3 × 3 by sqeuclidean: 27 … 34 in .* s → .*b\.csv\n$/);
});

test('no progress line and no colours where no person looks', async () => {
  const run = await score(both(), [...INPUTS, '-o', 'out.csv']);
  assert.ok(!(run.stderr + run.stdout).includes('\u001b'));
});

test('--dry-run checks and writes nothing', async () => {
  const folder = both();
  const run = await score(folder, [...INPUTS, '-o', 'out.csv', '--dry-run']);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /would score 2 pairs of 3 × 3.*nothing written/);
  assert.deepEqual(readdirSync(folder).sort(), ['p.csv', 'x.npy']);
  writeFileSync(join(folder, 'p.csv'), 'index1,index2\n0,3\n');
  const wrong = await score(folder, [...INPUTS, '-o', 'out.csv', '-n']);
  assert.equal(wrong.code, 65);
});

test('an existing file is replaced with --force only', async () => {
  const folder = both();
  put(folder, 'out.csv', 'mine');
  const run = await score(folder, [...INPUTS, '-o', 'out.csv']);
  assert.equal(run.code, 73);
  assert.equal(parseLine(run.stderr)?.code, 'EEXISTS');
  assert.match(run.stderr, /--force/);
  assert.equal(readFileSync(join(folder, 'out.csv'), 'utf8'), 'mine');
  const forced = await score(folder, [...INPUTS, '-o', 'out.csv', '--force']);
  assert.equal(forced.code, 0, forced.stderr);
  assert.equal(readFileSync(join(folder, 'out.csv'), 'utf8'), RIGHT);
  assert.deepEqual(readdirSync(folder).sort(), ['out.csv', 'p.csv', 'x.npy']);
});

test('--columns swaps and renames', async () => {
  const folder = both();
  const heads = { 'Id,Predicted': 'a,27', 'distance,pair_id': '27,a', 'ID, Score': 'a,27' };
  for (const [columns, row] of Object.entries(heads)) {
    const run = await score(folder, [...INPUTS, '-o', '-', '-q', '--columns', columns]);
    const [header, first] = run.stdout.split('\n');
    assert.deepEqual([header, first], [columns.replace(' ', ''), row], run.stderr);
  }
  for (const columns of ['Id', 'a,b', 'Id,PairId', 'Id,x,y', ',Id', '']) {
    const run = await score(folder, [...INPUTS, '-o', '-', '-q', '--columns', columns]);
    assert.equal(run.code, 2, columns);
    assert.match(run.stderr, /--columns Id,Predicted/);
  }
});

test('- is standard input and standard output', async () => {
  const folder = both();
  const args = ['-e', 'x.npy', '-p', '-', '-o', '-'];
  const run = await score(folder, args, { input: csv });
  assert.deepEqual([run.code, run.stdout], [0, RIGHT], run.stderr);
  const json = await score(folder, [...args, '--json'], { input: csv });
  assert.equal(json.stdout, RIGHT);
  assert.equal(JSON.parse(json.stderr).output, '-');
  const wrong = await score(folder, args, { input: 'index1,index2\n0,9\n' });
  assert.equal(wrong.code, 65);
  assert.match(wrong.stderr, /<stdin>:2:index2: found 9/);
  assert.deepEqual(readdirSync(folder).sort(), ['p.csv', 'x.npy']);
});

test('metric options reach the metric', async () => {
  const folder = both();
  const first = async (args: string[]) => {
    const run = await hackface(['score', ...INPUTS, '-o', '-', '-q', ...args], { cwd: folder });
    assert.equal(run.code, 0, run.stderr);
    return Number(run.stdout.split('\n')[1]?.split(',')[0]);
  };
  assert.equal(await first(['-m', 'cityblock']), 9);
  assert.equal(await first(['-m', 'minkowski(p=1)']), 9);
  assert.equal(await first(['-m', '2*cityblock + 1']), 19);
  assert.equal(await first(['-m', 'sqeuclidean', '--center', 'mean']), 27);
  assert.ok(Math.abs((await first(['-m', 'sqeuclidean', '--normalize', 'l2'])) - 0.0507) < 1e-3);
  assert.equal(await first(['-m', 'sqeuclidean', '--center', 'x.npy', '--io', 'read']), 27);
});

test('a constant column is warned of', async () => {
  const folder = place({ 'x.npy': npy, 'p.csv': 'index1,index2\n0,1\n0,1\n' });
  const run = await score(folder, [...INPUTS, '-o', 'out.csv']);
  assert.equal(run.code, 0);
  assert.match(run.stderr, /warning: every distance is 27/);
});

test('--json makes errors objects too', async () => {
  const folder = both();
  const run = await score(folder, ['-e', 'none.npy', '-p', 'p.csv', '--json']);
  assert.equal(run.code, 66);
  assert.equal(run.stdout, '');
  const error = parseJson(run.stderr);
  assert.equal(error?.code, 'EINPUT');
  assert.equal(error?.file, 'none.npy');
  const usage = await score(folder, ['--metrc', 'x', '--json']);
  assert.equal(parseJson(usage.stderr)?.code, 'EUSAGE');
});

test('a full disk behind standard output is an error of the system', {
  skip: needsLinux,
}, async () => {
  const full = openSync('/dev/full', 'w');
  const run = await score(both(), [...INPUTS, '-o', '-', '-q'], { stdout: full });
  closeSync(full);
  assert.equal(run.code, 74);
  assert.equal(parseLine(run.stderr)?.code, 'EIO');
});
