/** Rows by name: in what is learned from, in audits, in hits, and where the matrix file names them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  audit,
  covariance,
  evaluateEmbeddings,
  fit,
  HackfaceError,
  identify,
  readPairs,
  score,
  scorePairs,
  writeDuplicates,
  writeSuspects,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { crowd } from './support/people.js';

const folder = temporaryFolder();
const { rows, labels, matrix } = crowd({ people: 6, each: 5, dim: 4, seed: 2 });
const lines = (list: readonly string[]) => `${list.join('\n')}\n`;
const name = (row: number) => `p${labels[row]}/u${row}.wav`;
const embeddings = put(folder, 'x.npy', float32Npy(rows));
const names = put(folder, 'names.txt', lines(rows.map((_, row) => name(row))));
const utt2spk = put(
  folder,
  'utt2spk',
  lines(rows.map((_, row) => `${name(row)} s${labels[row]}`).toReversed()),
);

const refused = (code: string, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HackfaceError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, says);
  return true;
};

test('labels and a subset tell rows by name', async () => {
  const kept = [3, 4, 8, 9, 11, 12, 15, 17, 20, 21, 23, 24, 28];
  const subset = put(folder, 'subset.csv', lines(['name', ...kept.map(name)]));
  const named = { embeddings, labels: utt2spk, names, subset };
  const right = { embeddings: matrix, labels, subset: Uint32Array.from(kept) };
  const one = await covariance({ ...named, of: 'within' });
  const two = await covariance({ ...right, of: 'within' });
  assert.deepEqual(one.matrix, two.matrix);
  const pipeline = 'center, cosine';
  const models = [await fit({ ...named, pipeline }), await fit({ ...right, pipeline })];
  const [first, second] = models.map(({ model, rows }) => [model.card.data_sha256, rows]);
  assert.deepEqual(first, second);
  const far = put(folder, 'far.csv', lines(['name', 'p0/u99.wav']));
  const asked = covariance({ ...named, subset: far, of: 'within' });
  await assert.rejects(asked, refused('ECSVVALUE', /far.csv:2.*p0\/u99.*nearest/s));
});

test('audits and hits name rows', async () => {
  const wrong = utt2spkWith(7, 's9');
  const copied = put(folder, 'copied.npy', float32Npy([...rows.slice(0, -1), rows[0] as number[]]));
  const report = await audit({ embeddings: copied, labels: wrong, names });
  const [pair] = [...report.conflicting.entries, ...report.repeated.entries];
  assert.deepEqual([pair?.first.name, pair?.second.name], [name(0), name(rows.length - 1)]);
  const suspects = join(folder, 'suspects.csv');
  await writeSuspects(suspects, report.suspects?.entries ?? []);
  assert.match(readFileSync(suspects, 'utf8'), /,name,nearest_name\n|^row,.*score,nearest_row\n$/);
  const duplicates = join(folder, 'duplicates.csv');
  await writeDuplicates(duplicates, pair ? [pair] : []);
  assert.match(readFileSync(duplicates, 'utf8'), /^row1,name1,class1,row2,name2,class2,/);

  const output = join(folder, 'hits.csv');
  const search = { gallery: embeddings, galleryNames: names, top: 1, output };
  await identify(search);
  const [header, line = ''] = readFileSync(output, 'utf8').split('\n');
  assert.equal(header, 'probe,rank,gallery,distance,probe_name,gallery_name');
  const [probe, , row, , ...told] = line.split(',');
  assert.deepEqual(told, [name(Number(probe)), name(Number(row))]);
  await identify({ ...search, format: 'jsonl', force: true });
  const hit = JSON.parse(readFileSync(output, 'utf8').split('\n')[0] ?? '');
  assert.deepEqual([hit.name, hit.hits[0].name], told);
});

function utt2spkWith(row: number, person: string): string {
  const list = rows.map((_, at) => `${name(at)} ${at === row ? person : `s${labels[at]}`}`);
  return put(folder, 'wrong', lines(list));
}

test('names in the file of the matrix need no other file', async () => {
  const ark = put(
    folder,
    'x.ark',
    lines(rows.map((row, at) => `${name(at)}  [ ${row.map(String).join(' ')} ]`)),
  );
  const list = rows.slice(1).map((_, row) => `${name(row)} ${name(row + 1)}`);
  const pairs = put(folder, 'trials', lines(list));
  const output = join(folder, 'named.csv');
  await score({ embeddings: ark, pairs, output });
  const index1 = Uint32Array.from(list, (_, row) => row);
  const right = await scorePairs(matrix, { index1, index2: index1.map((row) => row + 1) });
  const [, ...written] = readFileSync(output, 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    written.map((line) => Number(line.split(',')[0])),
    [...right],
  );
  const { evaluations } = await evaluateEmbeddings({ embeddings: ark, pairs, labels: utt2spk });
  assert.match(evaluations[0]?.worst.falseAccepts[0]?.name1 ?? '', /^p\d\/u\d+\.wav$/);
  const learnt = await fit({
    embeddings: ark,
    labels: utt2spk,
    pipeline: 'center, lda(2), cosine',
  });
  assert.equal(learnt.classes, 6);
  const bare = score({ embeddings, pairs, output: join(folder, 'none.csv') });
  await assert.rejects(bare, refused('ECSVVALUE', /trials:1/));
  await assert.rejects(readPairs(pairs), refused('ECSVVALUE', /name the rows/));
});
