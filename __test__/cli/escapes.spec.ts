/** Texts of files and names never act on a terminal, on a browser or on a log. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fit, HackfaceError, Model } from 'hackface-native';
import { printable, quoteText } from '#dist/printable.js';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { readModelFile, writeModelFile } from '../support/model-file.js';
import { float32Npy } from '../support/npy.js';
import { needsPosix } from '../support/system.js';

/** What a terminal or a browser obeys: colours, a bell, lines, C1, order of writing, separators. */
const EVIL = '\u001b[2J\u0007\r\u009b31m\u202e\u2066\u2028\u200b\nFORGED';
/** Everything raw that a text may bring; LF ends lines of ours. */
const RAW = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** A short one for file names, which have a limit. */
const name = (ending: string) => `e${EVIL}${ending}`;

const folder = join(temporaryFolder(), name(''));
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
const rows = Array.from({ length: 12 }, (_, row) => {
  const person = row % 3;
  return [Math.cos(person), Math.sin(person), (row % 5) / 9, ((row * 7) % 11) / 13];
});

before(async () => {
  mkdirSync(folder);
  const write = (ending: string, content: string | Uint8Array) =>
    put(folder, name(ending), content);
  const table = (ending: string, ...lines: string[]) => write(ending, `${lines.join('\n')}\n`);
  const people = [0, 1, 2].map((person) => cell(`person ${person}${EVIL}`));
  const ids = rows.map((_, row) => cell(`pair ${row}${EVIL}`));
  const each = (line: (row: number) => string) => rows.map((_, row) => line(row));
  write('x.npy', float32Npy(rows));
  write('bad.npy', 'no matrix');
  table('labels.csv', `class,${cell(EVIL)}`, ...each((row) => `${people[row % 3]},1`));
  table('alone.csv', 'class', ...each((row) => (row === 0 ? ids[0] : people[0]) as string));
  table('pairs.csv', 'index1,index2,Id', ...each((i) => `${i},${(i * 5 + 1) % 12},${ids[i]}`));
  const same = (i: number) => Number(i % 3 === ((i * 5 + 1) % 12) % 3);
  table('truth.csv', 'Id,same', ...each((i) => `${ids[i]},${same(i)}`));
  table('scores.csv', 'Predicted,Id', ...each((i) => `0.${i},${ids[i]}`));
  table('groups.csv', 'Id,group', ...each((i) => `${ids[i]},${cell(`g${i % 2}${EVIL}`)}`));
  table('half.csv', 'Predicted,Id', `0.5,${ids[0]}`, `0.5,${cell(EVIL)}`);
  table('odd.csv', `a,${cell(EVIL)},${cell(EVIL)}`, '1,2,3');
  table('cell.csv', 'index1,index2', `0,${cell(EVIL)}`);
  const subset = table('subset.csv', 'index', cell(EVIL));
  assert.ok(existsSync(subset));

  const { model } = await fit({ embeddings: join(folder, name('x.npy')), pipeline: 'center' });
  const parts = readModelFile(model.toBytes());
  write('m.st', model.toBytes());
  const card = { ...parts.metadata, [`note${EVIL}`]: EVIL, fitted: EVIL, written_by: EVIL };
  write('card.safetensors', writeModelFile({ ...parts, metadata: card }));
  for (const key of ['stages', 'scorer', 'pipeline', 'input_dim', 'format_version', 'format']) {
    const metadata = { ...parts.metadata, [key]: `${parts.metadata[key]},${EVIL}` };
    write(`${key}.safetensors`, writeModelFile({ ...parts, metadata }));
  }
  const tensors = { ...parts.tensors, [EVIL]: { shape: [1], data: Float64Array.of(1) } };
  write('tensor.safetensors', writeModelFile({ ...parts, tensors }));
});

/** Nothing raw, and no line of ours that a text has begun. */
function requireTame(text: string, where: string): void {
  for (const line of text.split('\n')) {
    assert.doesNotMatch(line, RAW, `${where}: ${JSON.stringify(line)}`);
    assert.ok(!line.startsWith('FORGED'), `${where}: a forged line`);
  }
}

/** Command lines that bring every text of {@link folder} to a terminal; `@` stands for {@link name}. */
const LINES = [
  'score -e @x.npy -p @pairs.csv -o @out.csv',
  'score -e @x.npy -p @pairs.csv --model @card.safetensors -o @out2.csv -f',
  'score -e @bad.npy -p @pairs.csv -o @none.csv',
  'score -e @x.npy -p @cell.csv -o @none.csv',
  'score -e @x.npy -p @odd.csv -o @none.csv',
  'score -e @absent.npy -p @pairs.csv -o @none.csv',
  'score -e @x.npy -p @pairs.csv -m @ -o @none.csv',
  'score -e @x.npy -p @pairs.csv --columns @ -o @none.csv',
  'score -e @x.npy -p @pairs.csv --@',
  'score @',
  '@',
  'check @scores.csv -p @pairs.csv',
  'check @half.csv -p @pairs.csv',
  'check @odd.csv -p @pairs.csv',
  'check @half.csv --sample @scores.csv',
  'fit -e @x.npy -l @labels.csv -m wccn -o @fitted.safetensors',
  'fit -e @x.npy -l @alone.csv -m wccn -o @alone.safetensors',
  'fit -e @x.npy --pipeline @ -o @none.safetensors',
  'fit -e @x.npy -l @labels.csv --subset @subset.csv -o @none.safetensors',
  'fit -e @x.npy -l @labels.csv --ignore-class @ -o @ignored.safetensors',
  'transform --model @card.safetensors -e @x.npy -o @mapped.npy',
  'transform --model @stages.safetensors -e @x.npy -o @none.npy',
  'covariance -e @x.npy -l @labels.csv -o @covariance.npy --mean @mean.npy',
  'evaluate --scores @scores.csv -t @truth.csv -p @pairs.csv -l @labels.csv --groups @groups.csv --at-far 0.5 --report @one.html --plot @-roc.svg @-det.svg @-hist.svg',
  'evaluate --scores @scores.csv @out.csv -t @truth.csv --plot @-roc.2.svg',
  'evaluate --scores @half.csv -t @truth.csv',
  'evaluate --scores @scores.csv -t @odd.csv',
  'evaluate -e @x.npy -p @pairs.csv -t @truth.csv --model @card.safetensors --report @two.html',
  'evaluate -e @x.npy -l @labels.csv --all-pairs --report @three.html --checkpoint @state',
  'evaluate --scores @scores.csv -t @truth.csv --groups @odd.csv',
  'evaluate --scores @scores.csv -t @truth.csv --plot @plot.svg',
  'identify -g @x.npy --gallery-labels @labels.csv -o @hits.csv --report @four.html --plot @-cmc.svg',
  'identify -g @x.npy --gallery-labels @odd.csv -o @hits2.csv',
  'identify -g @x.npy --model @card.safetensors -o @hits3.csv',
  'audit -e @x.npy -l @labels.csv -o @suspects.csv --report @five.html',
  'audit -e @x.npy -l @alone.csv --report @six.html',
  'audit --train @x.npy --train-labels @labels.csv --test @x.npy --test-labels @labels.csv --report @seven.html',
  'grade @scores.csv @half.csv -t @truth.csv --seed 1',
  'grade @half.csv -t @truth.csv --seed 1',
  ...['x.npy', 'bad.npy', 'odd.csv', 'labels.csv', 'm.st', 'absent.csv'].map(
    (file) => `inspect @${file}`,
  ),
  ...[
    'card',
    'tensor',
    'stages',
    'scorer',
    'pipeline',
    'input_dim',
    'format_version',
    'format',
  ].map((file) => `inspect @${file}.safetensors`),
  'synth @world --train 8 --test 8 --pairs 4 --dim 3',
  'completion @',
  'doctor',
];

/** Runs a line of {@link LINES}, with files replaced so that each gets to its end. */
async function runTamely(line: string): Promise<void> {
  const args = line.split(' ').map((word) => word.replace(/^(-*)@(.*)$/s, `$1${name('$2')}`));
  const again = /^(score|fit|evaluate|identify|audit|transform|cov|synth).*--json$/.test(line);
  const run = await hackface([...args, ...(again ? ['-f'] : [])], { cwd: folder });
  requireTame(run.stdout, `${line}, stdout`);
  requireTame(run.stderr, `${line}, stderr`);
  assert.doesNotMatch(run.stderr, /EINTERNAL/, line);
}

test('no text of a file or a name acts on a terminal', { skip: needsPosix }, async () => {
  const left = LINES.flatMap((line) => [line, `${line} --json`]);
  const some = async () => {
    for (let line = left.shift(); line !== undefined; line = left.shift()) await runTamely(line);
  };
  await Promise.all([some(), some()]);
  for (const rate of ['roc', 'det', 'hist', 'cmc']) {
    assert.ok(existsSync(join(folder, name(`-${rate}.svg`))), rate);
  }
  const broken = { NAPI_RS_NATIVE_LIBRARY_PATH: name('.node'), HACKFACE_THREADS: EVIL };
  for (const more of [[], ['--json']]) {
    const run = await hackface(['doctor', ...more], { cwd: folder, env: broken });
    requireTame(run.stdout + run.stderr, 'doctor');
  }
});

test('no text of a file or a name acts on a browser', { skip: needsPosix }, () => {
  const pages = readdirSync(folder).filter((file) => /\.(html|svg)$/.test(file));
  assert.ok(pages.length >= 10, `${pages.length} pages`);
  for (const page of pages) requireTame(readFileSync(join(folder, page), 'utf8'), page);
});

test('the messages of the library are lines', async () => {
  const path = join(folder, name('absent.npy'));
  const refused = (error: unknown) => {
    assert.ok(error instanceof HackfaceError);
    requireTame(error.message, 'message');
    assert.doesNotMatch(error.message, /\n/);
    assert.equal(error.file, path, 'the field keeps the name as it is');
    return true;
  };
  await assert.rejects(fit({ embeddings: path, pipeline: 'center' }), refused);
  await assert.rejects(Model.load(path), refused);
});

test('what is printable stays, what is not is escaped as in JSON', () => {
  const plain = 'Zoë Müller – 漢字 ✓ 👍 a\\b "c" ’';
  assert.equal(printable(plain), plain);
  assert.equal(
    printable(EVIL),
    String.raw`\u001b[2J\u0007\r\u009b31m\u202e\u2066\u2028\u200b\nFORGED`,
  );
  assert.equal(printable('\u{e0041}\t\u0000\u007f'), String.raw`\udb40\udc41\t\u0000\u007f`);
  for (const text of [EVIL, '\u{e0041}\b\f', plain]) {
    assert.equal(JSON.parse(printable(JSON.stringify(text))), text);
  }
  assert.equal(quoteText('a"\u001b\\'), String.raw`"a\"\u001b\\"`);
  assert.equal(quoteText('x'.repeat(41)), `"${'x'.repeat(40)}…"`);
  const started = performance.now();
  printable(`${' '.repeat(2_000_000)}x${'\n'.repeat(200_000)}`);
  assert.ok(performance.now() - started < 2000);
});
