/** What readers understand without being told, and say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateScores, openEmbeddings, readLabels, readTruth, score } from 'hackface-native';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';

const folder = temporaryFolder();
const table = (name: string, ...lines: string[]) => put(folder, name, `${lines.join('\n')}\n`);

test('the unnamed index of pandas matches labels to rows after a shuffle', async () => {
  const read = async (name: string, ...lines: string[]) => {
    const { classes, names, understood } = await readLabels(table(name, ...lines));
    return { of: [...classes].map((number) => names[number]), said: understood?.[0]?.code };
  };
  for (const names of ['x', '5']) {
    const [a, b] = [`${names}1`, `${names}2`];
    const shuffled = await read('shuffled.csv', ',class', `2,${b}`, `0,${a}`, `1,${a}`);
    assert.deepEqual(shuffled, { of: [a, a, b], said: 'unnamed-index' });
    const inOrder = await read('in-order.csv', ',class', `0,${b}`, `1,${a}`);
    assert.deepEqual(inOrder, { of: [b, a], said: undefined });
    for (const column of [
      ['0', '0'],
      ['1', '2'],
      ['1', 'x'],
      ['1', ''],
      ['1', '-1'],
    ]) {
      const lines = column.map((cell, row) => `${cell},${row === 0 ? b : a}`);
      const kept = await read('other.csv', ',class', ...lines);
      assert.deepEqual(kept, { of: [b, a], said: undefined }, column.join());
    }
    const named = await read('named.csv', 'n,class', `1,${b}`, `0,${a}`);
    assert.deepEqual(named, { of: [b, a], said: undefined });
  }
  const labels = table('four.csv', ',class', '3,b', '0,a', '1,a', '2,b');
  const pairs = table('pairs4.csv', 'index1,index2', '0,1', '0,2', '1,3', '2,3');
  const scores = table('scores4.csv', 'Predicted,Id', '1,0', '2,1', '3,2', '4,3');
  const { evaluations } = await evaluateScores({ scores: [scores], pairs, labels });
  const said = evaluations[0]?.warnings.find(({ code }) => code === 'unnamed-index');
  assert.match(said?.text ?? '', /four\.csv has no name .* matched by it/);
});

test('usual words for the truth are read, and said', async () => {
  const words = [
    ['1', '0'],
    ['1.0', '0.0'],
    ['1', '-1'],
    ['+1', '-1'],
    ['True', 'False'],
    ['TRUE', 'FALSE'],
    ['target', 'nontarget'],
    ['same', 'different'],
    ['genuine', 'impostor'],
    ['Yes', 'No'],
  ];
  for (const [one, zero] of words) {
    const path = table('truth.csv', 'Id,same', `a,${zero}`, `b,${one}`, `c,${zero}`, `d,${one}`);
    const { same, understood } = await readTruth(path);
    assert.deepEqual([...same], [0, 1, 0, 1], `${one} ${zero}`);
    assert.equal(understood === undefined, one === '1' && zero === '0', `${one} ${zero}`);
  }
  for (const mixed of [
    ['1', 'False'],
    ['0', '-1'],
    ['True', 'different'],
    ['2', '1'],
    ['', '1'],
  ]) {
    const path = table('mixed.csv', 'Id,same', ...mixed.map((word, row) => `${row},${word}`));
    await assert.rejects(readTruth(path), { code: 'ECSVVALUE' }, mixed.join());
  }
  const truth = table('true.csv', 'Id,same', 'a,True', 'b,False', 'c,True', 'd,False');
  const scores = table('scores.csv', 'Predicted,Id', '1,a', '2,b', '3,c', '4,d');
  const { evaluations } = await evaluateScores({ scores: [scores], truth });
  const said = evaluations[0]?.warnings.find(({ code }) => code === 'truth-spelling');
  assert.match(said?.text ?? '', /true in column same of .* is read as same, false as different/);
});

test('a separator is named, a missing matrix is told as a missing table, a transpose is guessed', async () => {
  for (const [name, line] of [
    ['semicolons', 'Id;same'],
    ['tabs', 'Id\tsame'],
    ['spaces', 'Id same'],
  ] as const) {
    const path = table('separated.csv', line, line);
    await assert.rejects(readTruth(path), { hint: new RegExp(`separated by ${name}`) });
  }
  const bare = table('bare.csv', '0,1', '1,2');
  await assert.rejects(readLabels(bare), { hint: /^Add a header line .*option header: false$/ });
  const words = { code: 'EINPUT', found: 'no such file', expected: 'a readable file' };
  await assert.rejects(openEmbeddings(`${folder}/none.npy`), words);
  await assert.rejects(readLabels(`${folder}/none.csv`), words);
  const embeddings = put(
    folder,
    'wide.npy',
    float32Npy([
      [1, 2, 3, 4, 5],
      [5, 4, 3, 2, 1],
    ]),
  );
  const pairs = table('pairs.csv', 'index1,index2', '0,4');
  await assert.rejects(score({ embeddings, pairs, output: `${folder}/out.csv` }), {
    code: 'EINDEX',
    hint: /2 rows of 5 columns: if it is transposed/,
  });
});
