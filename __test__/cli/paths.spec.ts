/** Paths that cannot all be meant: refused before anything is read or written. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { buildProgram } from '#dist/cli/program.js';
import { identity, parseLine } from '../scoreboard/bench.js';
import { type Finished, hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { needsPosix } from '../support/system.js';

const root = temporaryFolder();
const matrix = put(
  root,
  'test_set.npy',
  float32Npy([
    [1, 2],
    [2, 1],
    [3, 1],
  ]),
);
const pairs = put(root, 'test_pairs.csv', 'index1,index2,Id\n0,1,0\n1,2,1\n');
const labels = put(root, 'labels.csv', 'index,class\n0,a\n1,a\n2,b\n');
put(root, 'scores.csv', 'Predicted,Id\n0.1,0\n0.9,1\n');
put(root, 'truth.csv', 'Id,same\n0,1\n1,0\n');
mkdirSync(`${root}/folder`);

const run = (line: string): Promise<Finished> =>
  hackface(
    line.split(' ').map((word) => (word === '""' ? '' : word)),
    { cwd: root },
  );

async function refused(line: string, says: RegExp): Promise<void> {
  const before = [readdirSync(root), ...[matrix, pairs, labels].map(identity)];
  const { code, stdout, stderr } = await run(line);
  assert.deepEqual([code, stdout], [2, ''], `${line}: ${stderr}`);
  assert.equal(parseLine(stderr)?.code, 'EUSAGE', line);
  assert.match(stderr, says, line);
  assert.deepEqual([readdirSync(root), ...[matrix, pairs, labels].map(identity)], before);
}

const JUDGE = 'evaluate --scores scores.csv -t truth.csv';

test('every option that names a file says what becomes of it', async () => {
  for (const command of (await buildProgram()).commands) {
    for (const option of command.options) {
      const named = /<files?(\.\.\.)?>/.test(option.flags);
      if (named) assert.ok('file' in option, `${command.name()} ${option.flags}`);
    }
  }
});

test('/dev/stdout is standard output, also for what goes beside it', {
  skip: needsPosix,
}, async () => {
  for (const line of ['score -o', 'identify -g test_set.npy -o']) {
    const { code, stdout, stderr } = await run(`${line} /dev/stdout --json`);
    assert.equal(code, 0, stderr);
    assert.ok(!stdout.includes('{'), stdout);
    assert.equal(JSON.parse(stderr).pairs > 0, true);
  }
});

test('two outputs are two files, --force or not', async () => {
  const twice = /for --output and --\w+, expected a file for each output/;
  await refused('covariance -e test_set.npy -o z.npy --mean z.npy -f', twice);
  await refused('covariance -e test_set.npy -o z.npy --mean folder/../z.npy', twice);
  await refused('audit -e test_set.npy -l labels.csv -o z.html --report ./z.html -f', twice);
  await refused('identify -g test_set.npy -o z.html --report z.html -f', twice);
  await refused(`${JUDGE} --report z.html --plot z.html -f`, /z\.html for --report and --plot/);
  await refused(`${JUDGE} --plot roc.svg ./roc.svg -f`, /roc\.svg twice for --plot/);
});

test('an output is none of the inputs, --force or not', async () => {
  const both = /for --\w+ and --output, expected an output that is none of the inputs/;
  await refused('score -e test_set.npy -p test_pairs.csv -o test_pairs.csv -f', both);
  await refused('score -o test_pairs.csv -f', both);
  await refused('score --center scores.csv -o scores.csv -f', both);
  await refused('covariance -e test_set.npy -o folder/../test_set.npy -f', both);
  await refused('transform --model m -e test_set.npy -o test_set.npy -f', both);
  await refused('fit -e test_set.npy -l labels.csv -o labels.csv -f', both);
  await refused('identify -g test_set.npy --probes test_set.npy -o test_set.npy -f', both);
  await refused(
    'evaluate -e test_set.npy -l labels.csv --all-pairs --checkpoint labels.csv',
    /for --labels and --checkpoint/,
  );
  // A word of the option is no file.
  const word = await run('score --center mean -o mean -q');
  assert.equal(word.code, 0, word.stderr);
});

test('a link does not hide that two paths are one file', { skip: needsPosix }, async () => {
  symlinkSync('test_pairs.csv', `${root}/link.csv`);
  symlinkSync('nothing.npy', `${root}/hanging.npy`);
  await refused('score -o link.csv -f', /link\.csv for --pairs and --output/);
  await refused('covariance -e test_set.npy -o nothing.npy --mean hanging.npy', /for each output/);
});

test('all outputs are looked at before the work: a refusal leaves no part of the result', async () => {
  const kept = put(root, 'kept.svg', 'mine');
  const before = readdirSync(root);
  for (const line of [
    'covariance -e test_set.npy --mean new.npy -o kept.svg',
    'identify -g test_set.npy --gallery-labels labels.csv -o new.csv --plot kept.svg',
    `${JUDGE} --plot roc.svg nowhere/roc.svg`,
  ]) {
    const { code, stderr } = await run(line);
    assert.notEqual(code, 0, line);
    assert.match(stderr, /^error\[E/, line);
  }
  assert.deepEqual(readdirSync(root), before);
  assert.equal(readFileSync(kept, 'utf8'), 'mine');
});

test('- is refused where nothing is written to standard output', async () => {
  const says = /(-|stdout), expected the path of a file: it is not written to standard output/;
  await refused('transform --model m -e test_set.npy -o -', says);
  await refused('fit -e test_set.npy -l labels.csv -o -', says);
  await refused('covariance -e test_set.npy -o -', says);
  await refused('covariance -e test_set.npy --mean /dev/stdout', says);
  await refused(`${JUDGE} --report -`, says);
  await refused('audit -e test_set.npy --report -', says);
});

test('an empty path is refused by the name of its option', async () => {
  await refused('score -e ""', /found --embeddings ""/);
  await refused('evaluate --scores scores.csv "" -t truth.csv', /found --scores ""/);
  await refused('inspect ""', /found <file> ""/);
});

test('a page is named as one', async () => {
  const says = /z\.pdf, expected a name that ends in \.html or \.htm/;
  await refused(`${JUDGE} --report z.pdf`, says);
  await refused('audit -e test_set.npy --report z.pdf', says);
  await refused('identify -g test_set.npy --gallery-labels labels.csv --report z.pdf', says);
  const page = await run(`${JUDGE} --report Page.HTM`);
  assert.equal(page.code, 0, page.stderr);
});

test('standard input is there for one input only', async () => {
  await refused('fit -e test_set.npy -l - --subset -', /standard input for --labels and --subset/);
  await refused('check - --pairs -', /standard input for --pairs and <submission>/);
});
