/** Qualities of rows and of pairs, as files tell them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { evaluateScores } from 'hackface-native';
import { readQuality } from '#dist/evaluation/quality.js';
import { put, temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();
const write = (name: string, lines: readonly string[]) => {
  put(folder, name, `${lines.join('\n')}\n`);
  return join(folder, name);
};
const pairs = { index1: Uint32Array.of(0, 1, 2), index2: Uint32Array.of(1, 2, 0) };
const ids = ['a', 'b', 'c'];
const rated = { ids, pairs };

test('the quality of a pair is the lower of its rows, in any order of the file or in its own', async () => {
  const right = Float64Array.of(0.25, 0.25, 3);
  const told = write('told.csv', ['quality,index', '3,2', '0.25,1', '7e0,0']);
  assert.deepEqual(await readQuality(told, rated), right);
  const ordered = write('ordered.csv', ['quality', '7', '0.25', '3']);
  assert.deepEqual(await readQuality(ordered, rated), right);
});

test('a column after the colon; a file with a colon in its name is that file', async () => {
  const lines = ['index,sharp,quality', '0,1,4', '1,2,5', '2,3,6'];
  const file = write('columns.csv', lines);
  assert.deepEqual(await readQuality(`${file}:sharp`, rated), Float64Array.of(1, 2, 1));
  assert.deepEqual(await readQuality(file, rated), Float64Array.of(4, 5, 4));
  if (process.platform === 'win32') return;
  const odd = write('odd:sharp', lines);
  assert.deepEqual(await readQuality(odd, rated), Float64Array.of(4, 5, 4));
});

test('pairs may have qualities of their own, where rows are not known', async () => {
  const file = write('pairs.csv', ['Id,quality', 'c,-1', 'a,2', 'b,0']);
  const right = Float64Array.of(2, 0, -1);
  assert.deepEqual(await readQuality(file, { ids, pairs: undefined }), right);
  assert.deepEqual(await readQuality(file, rated), right);
  const rows = write('rows.csv', ['index,quality', '0,1']);
  await assert.rejects(readQuality(rows, { ids, pairs: undefined }), { code: 'EUSAGE' });
});

test('a missing quality and one that is no number are refused with their place', async () => {
  const missing = write('missing.csv', ['index,quality', '0,1', '1,1']);
  await assert.rejects(readQuality(missing, rated), { code: 'EDIMENSION', found: /row 2/ });
  const text = write('text.csv', ['index,quality', '0,1', '1,good', '2,1']);
  await assert.rejects(readQuality(text, rated), { code: 'ECSVVALUE', found: '"good"' });
  await assert.rejects(readQuality(`${text}:sharp`, rated), { code: 'ECSVHEADER' });
  const twice = write('twice.csv', ['index,quality', '0,1', '0,1']);
  await assert.rejects(readQuality(twice, rated), { code: 'EDUPLICATE' });
});

test('scores of pairs are judged over the quality that a file tells', async () => {
  const truth = write('truth.csv', ['Id,same', 'a,1', 'b,0', 'c,1', 'd,0']);
  const scores = write('scores.csv', ['Id,Predicted', 'a,0.1', 'b,0.9', 'c,0.95', 'd,0.7']);
  const quality = write('quality.csv', ['Id,blur', 'a,2', 'b,2', 'c,1', 'd,3']);
  const { evaluations } = await evaluateScores({
    scores: [scores],
    truth,
    quality: `${quality}:blur`,
    atFar: [0.5],
  });
  const [discards] = evaluations[0]?.quality?.discards ?? [];
  assert.deepEqual(discards?.discarded, [0, 0.5]);
  assert.deepEqual(discards?.frr, [0.5, 0]);
});
