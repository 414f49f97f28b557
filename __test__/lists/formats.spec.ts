/** Every way of writing a list: recognised, forced, read, and refused where it may be two. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadNames } from '#dist/csv/names.js';
import { parsePairs, type PairsOptions } from '#dist/csv/pairs.js';
import { LIST_FORMATS } from '#dist/lists/formats.js';
import { Names } from '#dist/lists/names.js';
import { bytesOf, parseLabels, refuses, refusesLater } from '../csv/support.js';
import { put, temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();

function namesOf(...texts: string[]): Names {
  const names = new Names('names.txt');
  for (const text of texts) names.add(bytesOf(text), 0, Buffer.byteLength(text));
  return names;
}

const LETTERS = namesOf('a', 'b', 'ç.wav', 'a/a_0001.jpg', 'b/b_0012.jpg');

/** A list of pairs, its format, and the rows, the truth and the folds in it. */
const PAIRS: [format: string, text: string, first: number[], second: number[], same?: number[]][] =
  [
    ['csv', 'index1,index2\n0,1\n2,3\n', [0, 2], [1, 3]],
    ['csv', 'Id,name1,same,name2\nx,a,1,b\ny,b,0,ç.wav\n', [0, 1], [1, 2], [1, 0]],
    ['csv', 'index1,index2,same\n0,1,True\n2,3,False\n', [0, 2], [1, 3], [1, 0]],
    ['tsv', 'index1\tindex2\n0\t1\n2\t3\n', [0, 2], [1, 3]],
    ['columns', ' index1  index2 \n 0 1\n 2   3\n', [0, 2], [1, 3]],
    ['pairs', '0 1\n2 3\n', [0, 2], [1, 3]],
    ['pairs', 'a b\nb ç.wav', [0, 1], [1, 2]],
    ['trials', 'a b target\r\na ç.wav nontarget\r\n', [0, 0], [1, 2], [1, 0]],
    ['trials', 'a,b,1\na,ç.wav,0\n', [0, 0], [1, 2], [1, 0]],
    ['trials', 'a\tb\tTrue\na\tç.wav\tFalse\n', [0, 0], [1, 2], [1, 0]],
    ['trials', '3 2 1\n4 1 -1\n', [3, 4], [2, 1], [1, 0]],
    ['trials', 'a b same\na a different\n', [0, 0], [1, 0], [1, 0]],
    ['trials-label-first', '1 a b\n0 a ç.wav\n', [0, 0], [1, 2], [1, 0]],
    ['trials-label-first', '1 3 2\n0 4 1\n', [3, 4], [2, 1], [1, 0]],
    ['lfw-pairs', '1\t1\na\t1\t1\na\t1\tb\t12\n', [3, 3], [3, 4], [1, 0]],
    ['lfw-pairs', '1\na 1 1\na 1 b 12\n', [3, 3], [3, 4], [1, 0]],
  ];

test('pairs in every format', () => {
  for (const [format, text, first, second, same] of PAIRS) {
    for (const listFormat of [undefined, format]) {
      const options = { names: LETTERS, truth: true, listFormat };
      const pairs = parsePairs(bytesOf(text), options);
      assert.deepEqual([...pairs.index1], first, text);
      assert.deepEqual([...pairs.index2], second, text);
      assert.deepEqual(pairs.same && [...pairs.same], same, text);
      const said = pairs.understood?.find(({ code }) => code === 'list-format')?.text;
      const { about } = LIST_FORMATS.find(({ name }) => name === format) as { about: string };
      assert.equal(said, format === 'csv' ? undefined : `<bytes>: ${about}`, text);
    }
  }
  const tested = new Set(PAIRS.map(([format]) => format));
  const known = LIST_FORMATS.filter(({ kinds }) => kinds.includes('pairs')).map(({ name }) => name);
  assert.deepEqual([...tested].sort(), known.sort());
});

test('without names the lists tell row numbers', () => {
  for (const [, text, first, second] of PAIRS.filter(([, text]) => !/[a-z]\W|[a-z]\t/.test(text))) {
    const { index1, index2, names } = parsePairs(bytesOf(text));
    assert.deepEqual([[...index1], [...index2], names], [first, second, undefined]);
  }
  refuses(() => parsePairs(bytesOf('a b target\nb b nontarget\n')), {
    code: 'ECSVVALUE',
    line: 1,
    column: 'first',
    hint: 'name the rows with option names',
  });
});

test('a name that is a number is a name where no header calls it a row', () => {
  const names = namesOf('7', '1', '0');
  const of = (text: string) => {
    const { index1, index2 } = parsePairs(bytesOf(text), { names });
    return [...index1, ...index2];
  };
  assert.deepEqual(of('7 1 target\n1 0 nontarget\n'), [0, 1, 1, 2]);
  assert.deepEqual(of('index1,index2\n2,1\n1,0\n'), [2, 1, 1, 0]);
  assert.deepEqual(of('name1,name2\n7,1\n1,0\n'), [0, 1, 1, 2]);
  // The first cell is no name, so the list holds row numbers.
  assert.deepEqual(of('2 1 target\n1 0 nontarget\n'), [2, 1, 1, 0]);
});

test('folds of LFW, and the names of its pictures', () => {
  const names = namesOf('a/a_0001.jpg', 'a/a_0002.jpg', 'b/b_0001.jpg');
  const text = '2\t1\na\t1\t2\na\t1\tb\t1\na\t2\t1\nb\t1\ta\t2\n';
  const pairs = parsePairs(bytesOf(text), { names });
  assert.deepEqual([...pairs.index1], [0, 0, 1, 2]);
  assert.deepEqual([...pairs.index2], [1, 2, 0, 1]);
  assert.deepEqual([...(pairs.folds ?? [])], [0, 0, 1, 1]);
  const flat = namesOf('a1', 'a2', 'b1');
  const other = parsePairs(bytesOf(text), { names: flat, namePattern: '{name}{number}' });
  assert.deepEqual([...other.index2], [1, 2, 0, 1]);
  refuses(() => parsePairs(bytesOf('2 2\na 1 2\na 1 b 1\n'), { names }), {
    code: 'ECSVVALUE',
    found: '2 pairs',
    expected: '2 · 2 · 2',
  });
});

test('a list that may be two is refused with what to add', () => {
  const cases: [text: string, options: PairsOptions, one: string, other: string][] = [
    ['1 0 1\n0 1 0\n', {}, 'trials ', 'trials-label-first '],
    ['1,0,0\n0,1,1\n', {}, 'trials ', 'trials-label-first '],
  ];
  for (const [text, options, ...found] of cases) {
    for (const part of found) {
      const refusal = { code: 'ECSVFORMAT', found: part, hint: 'option listFormat' };
      refuses(() => parsePairs(bytesOf(text), options), refusal);
    }
    const [last, first] = ['trials', 'trials-label-first'].map((listFormat) =>
      parsePairs(bytesOf(text), { ...options, listFormat }),
    );
    assert.deepEqual([...(last?.index1 ?? [])], [1, 0]);
    assert.deepEqual([...(first?.index2 ?? [])], text.includes(',') ? [0, 1] : [1, 0]);
  }
});

test('the whole file is held to what its first lines are', () => {
  const many = 'a b target\n'.repeat(200);
  const cases: [text: string, code: string, column?: string][] = [
    [`${many}a b\n`, 'ECSVFORMAT'],
    [`${many}a b target c\n`, 'ECSVFORMAT'],
    [`${many}a b maybe\n`, 'ECSVVALUE', 'same'],
    [`${many}a b 0\n`, 'ECSVVALUE', 'same'],
    [`${many}a x target\n`, 'ECSVVALUE', 'second'],
    [`${many}a,b,1\n`, 'ECSVFORMAT'],
    [`${many}\na b target\n`, 'ECSVFORMAT'],
  ];
  for (const [text, code, column] of cases) {
    const line = 201;
    refuses(() => parsePairs(bytesOf(text), { names: LETTERS, truth: true }), {
      code,
      line,
      ...(column && { column }),
    });
  }
});

test('an unknown name is told with the nearest', () => {
  const names = namesOf('id1/x/0001.wav', 'id1/x/0002.wav', 'id2/y/0001.wav');
  for (const [given, nearest] of [
    ['id1/x/0001', 'id1/x/0001.wav'],
    ['id2/Y/0001.wav', 'id2/y/0001.wav'],
  ]) {
    refuses(() => parsePairs(bytesOf(`1 id1/x/0001.wav ${given}\n`), { names }), {
      code: 'ECSVVALUE',
      line: 1,
      column: 'second',
      found: given as string,
      expected: 'a name of names.txt',
      hint: `The nearest is "${nearest}"`,
    });
  }
});

test('labels in every format', () => {
  const names = namesOf('u1', 'u2', 'u3');
  const cases: [text: string, said: string | undefined][] = [
    ['index,class\n2,s\n0,t\n1,s\n', undefined],
    ['name,class\nu3,s\nu1,t\nu2,s\n', undefined],
    ['class\tname\ns\tu3\nt\tu1\ns\tu2\n', 'tab-separated, a header line names the columns'],
    ['row,class\n2,s\n0,t\n1,s\n', 'the column row of'],
    ['id,class\n2,s\n0,t\n1,s\n', 'the column id of'],
    ['u3 s\nu1 t\nu2 s\n', 'a row and its class'],
    ['s u3 u2\nt u1\n', 'a class and its rows'],
  ];
  for (const [text, said] of cases) {
    const { classes, names: people, understood } = parseLabels(bytesOf(text), { names });
    assert.deepEqual(
      [...classes].map((number) => people[number]),
      ['t', 's', 's'],
      text,
    );
    assert.equal(
      understood?.some((one) => one.text.includes(said ?? '')) ?? false,
      said !== undefined,
    );
  }
  const refusals: [text: string, code: string, line?: number][] = [
    ['u3 s\nu1 t\nu1 s\n', 'EDUPLICATE', 3],
    ['s u3 u2\nt u3\n', 'EDUPLICATE', 2],
    ['s u3 u2\n', 'EDIMENSION'],
    ['u3 s\nu1 t\nu4 s\n', 'ECSVVALUE', 3],
    ['s u3 u2\nt\n', 'ECSVVALUE', 2],
  ];
  for (const [text, code, line] of refusals) {
    // The second line does not fit, so it is told what the list is.
    const listFormat = text.endsWith('t\n') ? 'spk2utt' : undefined;
    const refusal = { code, ...(line !== undefined && { line }) };
    refuses(() => parseLabels(bytesOf(text), { names, listFormat }), refusal);
  }
});

test('names that are wanted and not given are asked for', () => {
  const hint = 'ame the rows with option names';
  const pairs = ['a b target\n', '1\t1\na\t1\t1\na\t1\tb\t1\n', 'name1,name2\na,b\n'];
  for (const text of pairs) refuses(() => parsePairs(bytesOf(text)), { code: 'ECSVVALUE', hint });
  for (const text of ['u s\n', 's u v\n', 'u\ts\nv\ts\n']) {
    refuses(() => parseLabels(bytesOf(text)), {
      code: text === 's u v\n' ? 'ECSVVALUE' : 'ECSVFORMAT',
      hint,
    });
  }
});

test('names: one a line, or a column', async () => {
  const read = (name: string, text: string, rows?: number) =>
    loadNames(put(folder, name, text), rows);
  for (const text of ['a b\nç,d\ne\n', 'other,name\n1,a b\n2,"ç,d"\n3,e\n']) {
    const names = await read('names', text, 3);
    assert.deepEqual(
      [0, 1, 2].map((row) => names.name(row)),
      ['a b', 'ç,d', 'e'],
    );
    assert.deepEqual(
      ['e', 'a b', 'x'].map((name) => names.rowOf(name)),
      [2, 0, -1],
    );
  }
  await refusesLater(() => read('twice', 'a\nb\na\n'), { code: 'EDUPLICATE', line: 3 });
  await refusesLater(() => read('short', 'a\nb\n', 3), { code: 'EDIMENSION', found: '2 names' });
  await refusesLater(() => read('gap', 'a\n\nb\n'), { code: 'ECSVFORMAT', line: 2 });
});

test('names are found as a map finds them', () => {
  const names = new Names('names');
  const map = new Map<string, number>();
  for (let i = 0; i < 5000; i += 1) {
    const text = `${(i * 7919) % 3001}${'é'.repeat(i % 3)}`;
    const bytes = bytesOf(`x${text}y`);
    const row = names.add(bytes, 1, bytes.length - 1);
    if (!map.has(text)) map.set(text, map.size);
    assert.equal(row, map.get(text));
  }
  assert.equal(names.count, map.size);
  for (const [text, row] of map) {
    assert.equal(names.rowOf(text), row);
    assert.equal(names.name(row), text);
    assert.equal(names.rowOf(`${text}!`), -1);
  }
});

test('lists in small pieces are what they are whole', async () => {
  const { parseTable } = await import('#dist/csv/read.js');
  const { PairCollector } = await import('#dist/csv/pairs.js');
  for (const [, text, first] of PAIRS) {
    for (const size of [1, 3, 7]) {
      const pairs = parseTable(bytesOf(text), new PairCollector('list', { names: LETTERS }), size);
      assert.deepEqual([...pairs.index1], first, `${text} ${size}`);
    }
  }
});

test('hostile lists are refused at once', () => {
  const cases: [what: string, text: string | Buffer, code: string][] = [
    ['a line of 2 MiB', `a b target\n${'x'.repeat(2 << 20)} b target\n`, 'ECSVFORMAT'],
    ['a line of 2 MiB first', `${'x'.repeat(2 << 20)} b target\n`, 'ECSVFORMAT'],
    ['a million columns', `a b target\n${'x '.repeat(500_000)}\n`, 'ECSVFORMAT'],
    ['a million columns first', `${'x '.repeat(500_000)}\na b target\n`, 'ECSVHEADER'],
    ['NUL', 'a b target\na \0 target\n', 'ECSVFORMAT'],
    ['NUL first', '\0a b target\n', 'ECSVFORMAT'],
    ['no UTF-8', Buffer.from([97, 32, 0xff, 32, 49, 10]), 'ECSVFORMAT'],
    [
      'no UTF-8 later',
      Buffer.concat([bytesOf('a b 1\na b 0\n'), Buffer.from([0xc3, 10])]),
      'ECSVFORMAT',
    ],
    ['other separators', 'a b target\na,b,1\n', 'ECSVHEADER'],
    ['nothing', '', 'EEMPTY'],
    ['nothing but spaces', '  \t \n \n', 'ECSVHEADER'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'ECSVFORMAT'],
    ['a lying header of LFW', '999999999\t999999999\na\t1\t1\n', 'ECSVVALUE'],
    ['a pattern', '1\t1\n$&\t1\t1\n$&\t1\tb\t12\n', 'ECSVVALUE'],
  ];
  for (const [what, text, code] of cases) {
    const bytes = typeof text === 'string' ? bytesOf(text) : text;
    const started = performance.now();
    for (const listFormat of [undefined, 'trials']) {
      const read = () => parsePairs(bytes, { names: LETTERS, truth: true, listFormat });
      if (listFormat === undefined) refuses(read, { code });
      else assert.throws(read, { name: 'HackfaceError' }, what);
    }
    assert.ok(performance.now() - started < 2000, what);
  }
});
