/** Files as people have them: read as they are meant, or refused with what to do. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { convert, evaluateEmbeddings, HackfaceError, identify, readLabels } from 'hackface-native';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { dictionary, npyFile } from '../support/npy.js';
import { npyOf, randomRows } from './bytes.js';
import { matlabFile } from './matlab-bytes.js';
import { parquetFile } from './parquet-bytes.js';
import { requireConverted, requireRefused } from './rows.js';
import { bytesOf, objectsOf, pickleOf } from './samples.js';
import { zipFile } from './zip-bytes.js';

const root = temporaryFolder();
const rows = randomRows(4, 3);
const people = ['Anna B', 'Anna B', 'Bo', 'Bo'];
const files = ['a/1.jpg', 'a/2.jpg', 'b/1.jpg', 'b/2.jpg'];

async function requireMessage(input: string, says: RegExp): Promise<void> {
  await assert.rejects(convert({ input, output: join(root, 'no.npy') }), (error) => {
    assert.ok(error instanceof HackfaceError, String(error));
    assert.match(error.message, says);
    return true;
  });
}

/** Instructions of pickles that push a text, a list of doubles, a list of values. */
const text = (letters: string) =>
  bytesOf(`X${String.fromCharCode(letters.length)}\0\0\0${letters}`);
const list = (values: readonly Buffer[]) => Buffer.concat([bytesOf(']('), ...values, bytesOf('e')]);
const double = (value: number) => {
  const bytes = Buffer.alloc(9, 'G');
  bytes.writeDoubleBE(value, 1);
  return bytes;
};
const vectors = rows.map((row) => list(row.map(double)));
const record = (fields: Record<string, Buffer>) =>
  Buffer.concat([
    bytesOf('}('),
    ...Object.entries(fields).flatMap(([key, value]) => [text(key), value]),
    bytesOf('u'),
  ]);

test('pickles of face_recognition, deepface and scripts', async () => {
  const encodings = record({ encodings: list(vectors), names: list(people.map(text)) });
  await requireConverted(put(root, 'e.pickle', pickleOf(encodings)), rows, { labels: people });
  const representations = list(
    vectors.map((embedding, i) => record({ identity: text(files[i] ?? ''), embedding })),
  );
  await requireConverted(put(root, 'd.pkl', pickleOf(representations)), rows, { names: files });
  for (const tuple of [
    [list(people.map(text)), list(vectors)],
    [list(vectors), list(people.map(text))],
  ]) {
    const bytes = Buffer.concat([...tuple, bytesOf('\x86')]);
    await requireConverted(put(root, 't.pkl', pickleOf(bytes)), rows, { labels: people });
  }
  // Protocol 0, the default of Python 2: lines of text.
  const array = (row: readonly number[]) => {
    const bytes = Buffer.from(Float32Array.from(row).buffer);
    const quoted = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
    return `cnumpy.core.multiarray\n_reconstruct\np1\n(cnumpy\nndarray\np2\n(I0\ntp3\nS'b'\np4\ntp5\nRp6\n(I1\n(I3\ntp7\ncnumpy\ndtype\np8\n(S'f4'\np9\nI0\nI1\ntp10\nRp11\n(I3\nS'<'\np12\nNNNI-1\nI-1\nI0\ntp13\nbI00\nS'${quoted}'\np14\ntp15\nb`;
  };
  const old = `(dp0\n${rows.map((row, i) => `S'${files[i]}'\n${array(row)}s`).join('')}.`;
  await requireConverted(put(root, 'old.pkl', old), rows, { names: files });
  await requireMessage(
    put(root, 'frame.pkl', pickleOf('cpandas.core.frame\nDataFrame\n)\x81')),
    /"pandas\.core\.frame\.DataFrame" in a pickle.*to_parquet or to_csv/,
  );
});

test('one command from a pickle, and from labels as people have them, to figures', async () => {
  const truth = ['Anna B', 'Anna B', 'Bo', 'Bo'];
  const encodings = record({ encodings: list(vectors), names: list(truth.map(text)) });
  const faces = put(root, 'encodings.pickle', pickleOf(encodings));
  const own = await identify({ gallery: faces, galleryLabels: faces, metric: 'euclidean' });
  assert.equal(own.gallery.people, 2);
  const byName = record(Object.fromEntries(files.map((name, i) => [name, vectors[i] as Buffer])));
  const embeddings = put(root, 'byname.pkl', pickleOf(byName));
  const trials = [
    [0, 1],
    [2, 3],
    [0, 2],
    [1, 3],
  ].map(([a = 0, b = 0], i) => `${files[a]} ${files[b]} ${i < 2 ? 1 : 0}\n`);
  const { evaluations } = await evaluateEmbeddings({
    embeddings,
    pairs: put(root, 'trials.txt', trials.join('')),
  });
  assert.equal(evaluations[0]?.genuine, 2);
  const unicode = Buffer.alloc(4 * 24);
  for (const [i, name] of truth.entries()) {
    for (const [at, letter] of [...name].entries())
      unicode.writeUInt32LE(letter.charCodeAt(0), 24 * i + 4 * at);
  }
  const array = (descr: string, shape: string, data: Buffer) =>
    npyFile({ header: dictionary(descr, shape), data });
  const archive = zipFile([
    { name: 'x.npy', data: npyOf(rows) },
    { name: 'labels.npy', data: array('<U6', '(4,)', unicode) },
  ]);
  const told: Record<string, Buffer | string> = {
    'names.txt': 'Anna\nAnna\nBo\nBo\n',
    'numbers.txt': '7\n7\n9\n9\n',
    'labels.npy': array('<i8', '(4,)', Buffer.from(BigInt64Array.of(4n, 4n, 9n, 9n).buffer)),
    'column.npy': array('<f8', '(4, 1)', Buffer.from(Float64Array.of(4, 4, 9, 9).buffer)),
    'text.npy': array('<U6', '(4,)', unicode),
    'objects.npy': objectsOf(list(truth.map(text))),
    'labels.json': JSON.stringify(truth),
    'labels.pkl': pickleOf(list(truth.map(text))),
    'archive.npz': archive,
    'records.json': JSON.stringify(rows.map((embedding, i) => ({ person: truth[i], embedding }))),
  };
  const gallery = put(root, 'gallery.npy', npyOf(rows));
  // Beside files, names are those of people.
  const both = rows.map((embedding, i) => ({ name: truth[i], file: files[i], embedding }));
  await requireConverted(put(root, 'b.json', JSON.stringify(both)), rows, {
    names: files,
    labels: truth,
  });
  const pickled = rows.map((_, i) =>
    record({
      name: text(truth[i] ?? ''),
      file: text(files[i] ?? ''),
      embedding: vectors[i] as Buffer,
    }),
  );
  await requireConverted(put(root, 'b.pkl', pickleOf(list(pickled))), rows, {
    names: files,
    labels: truth,
  });
  const table = `name,a,b,c\n${rows.map((row, i) => `${truth[i]},${row.join(',')}\n`).join('')}`;
  const galleryLabels = `${put(root, 'table.csv', table)}:labels=name`;
  const { identification } = await identify({ gallery, galleryLabels, metric: 'euclidean' });
  assert.deepEqual(identification?.closedSet, own.identification?.closedSet);
  for (const [name, content] of Object.entries(told)) {
    const galleryLabels = put(root, name, content);
    const { identification } = await identify({ gallery, galleryLabels, metric: 'euclidean' });
    assert.deepEqual(identification?.closedSet, own.identification?.closedSet, name);
  }
  for (const [name, content, says] of [
    [
      'halves.npy',
      array('<f8', '(4,)', Buffer.from(Float64Array.of(1, 1, 2.5, 2).buffer)),
      /4 of <f8/,
    ],
    [
      'five.npy',
      array('|u1', '(5,)', Buffer.from([1, 1, 2, 2, 2])),
      /5 labels, expected one for each of 4/,
    ],
    ['none.npz', zipFile([{ name: 'x.npy', data: npyOf(rows) }]), /no classes of its rows/],
    ['header.txt', 'colour\nAnna\nAnna\nBo\nBo\n', /the columns "colour"/],
  ] as const) {
    const galleryLabels = put(root, name, content);
    await assert.rejects(identify({ gallery, galleryLabels }), says, name);
  }
});

test('JSON: lists beside other things, and vectors by person', async () => {
  const model = { name: 'arcface', input: { size: 112 } };
  const beside = JSON.stringify({ embeddings: rows, model, labels: people });
  await requireConverted(put(root, 's.json', beside), rows, { labels: people });
  const byPerson = JSON.stringify({ Anna: rows.slice(0, 1), Bo: rows.slice(1) });
  const labels = ['Anna', 'Bo', 'Bo', 'Bo'];
  await requireConverted(put(root, 'p.json', byPerson), rows, { labels });
  const records = JSON.stringify(rows.map((embedding, i) => ({ name: people[i], embedding })));
  await requireConverted(put(root, 'r.json', records), rows, { labels: people });
  const two = JSON.stringify({ a: rows, b: rows, date: 'today' });
  requireRefused(put(root, 'two.json', two), /2 lists of vectors and more beside them/);
  const none = JSON.stringify({ a: { embedding: rows[0] }, b: { size: 3 } });
  requireRefused(put(root, 'none.json', none), /a record without a vector/);
});

test('what cannot be read says what to write instead', async () => {
  const printed = `path,embedding\n${rows.map((row, i) => `${files[i]},"[${row.join(', ')}]"`).join('\n')}\n`;
  requireRefused(
    put(root, 'l.csv', printed),
    /:2: found a list of numbers in one cell, of embedding.*numpy\.stack\(frame\['embedding'\]\)/,
  );
  const objects = npyFile({ header: dictionary('|O', '(4,)'), data: Buffer.alloc(40) });
  const archive = zipFile([{ name: 'emb.npy', data: objects }]);
  requireRefused(put(root, 'o.npz', archive), /Stack the Python objects first/);
  const packed = parquetFile([{ name: 'v', vectors: rows }], { codec: 6 });
  const says = 'zstdDecompressSync' in (await import('node:zlib')) ? /./ : /Node 22\.15 or newer/;
  await requireMessage(put(root, 'z.parquet', packed), says);
  const matlab = matlabFile([{ name: 'x', shape: [2, 2], numbers: [1, 2, 3, 4] }]);
  await requireConverted(put(root, 'm.mat', matlab), [
    [1, 3],
    [2, 4],
  ]);
});

test('an archive without names says how to take classes from it', async () => {
  const labels = npyFile({ header: dictionary('<i8', '(4,)'), data: Buffer.alloc(32) });
  const archive = zipFile([
    { name: 'arr_0.npy', data: npyOf(rows) },
    { name: 'arr_1.npy', data: labels },
  ]);
  const { stderr } = await hackface(['inspect', put(root, 'a.npz', archive)]);
  assert.match(stderr, /:arr_0,labels=arr_1 behind the file takes classes from there/);
});

test('an archive with an array for each vector, or for each person', async () => {
  const vector = (row: readonly number[]) => {
    const data = Buffer.from(Float32Array.from(row).buffer);
    return npyFile({ header: dictionary('<f4', '(3,)'), data });
  };
  const each = files.map((name, i) => ({ name: `${name}.npy`, data: vector(rows[i] ?? []) }));
  await requireConverted(put(root, 'each.npz', zipFile(each)), rows, { names: files });
  const packed = each.map((one) => ({ ...one, method: 8 }));
  await requireConverted(put(root, 'packed.npz', zipFile(packed)), rows, { names: files });
  const people = ['Ann', 'Bo', 'Cy'];
  const grouped = people.map((name) => ({ name: `${name}.npy`, data: npyOf(rows) }));
  const all = people.flatMap(() => rows);
  const labels = people.flatMap((name) => rows.map(() => name));
  await requireConverted(put(root, 'people.npz', zipFile(grouped)), all, { labels });
  requireRefused(put(root, 'two.npz', zipFile(grouped.slice(1))), /2 matrices: Bo/);
  const parts = ['train', 'query', 'gallery'].map((name) => ({
    name: `${name}.npy`,
    data: npyOf(rows),
  }));
  requireRefused(put(root, 'parts.npz', zipFile(parts)), /3 matrices: train/);
  const many = Array.from({ length: 1001 }, (_, i) => ({ ...packed[0], name: `${i}.npy` }));
  requireRefused(put(root, 'many.npz', zipFile(many as never)), /more than 1000 arrays/);
});

test('a matrix of MATLAB that seems transposed is told', async () => {
  const x = {
    name: 'X',
    shape: [64, 70],
    numbers: Array.from({ length: 64 * 70 }, (_, i) => i % 7),
  };
  const told = async (...variables: Parameters<typeof matlabFile>[0]) =>
    (await hackface(['inspect', put(root, 't.mat', matlabFile(variables))])).stderr;
  const says = /64 rows of 70 columns: if each column is a vector, save X\.'/;
  assert.match(await told(x), says);
  const small = { ...x, shape: [10, 20], numbers: x.numbers.slice(0, 200) };
  assert.doesNotMatch(await told(small), /each column/);
  const labels = (count: number) => ({
    name: 'labels',
    shape: [count, 1],
    numbers: x.numbers.slice(0, count),
  });
  assert.match(await told(small, labels(20)), /10 rows of 20 columns: if each/);
  assert.doesNotMatch(await told(small, labels(10)), /each column/);
});

test('columns as data sets and programs call them', async () => {
  const read = async (csv: string) => readLabels(put(root, 'l.csv', csv));
  const { names, understood } = await read('pid,camid\n7,1\n7,2\n9,1\n');
  assert.deepEqual(names, ['7', '9']);
  assert.match(understood?.[0]?.text ?? '', /l\.csv: its column pid is class$/);
  assert.deepEqual((await read('Label\na\nb\n')).names, ['a', 'b']);
  await assert.rejects(
    read('pid,speaker\n7,1\n'),
    /"pid", "speaker", each of which may be "class"/,
  );
  // A mark at the beginning, and line ends of Windows.
  const labels = put(root, 'utt2spk', '\ufeffa1 A\r\na2 A\r\nb1 B\r\nb2 B\r\n');
  const ark = rows.map((row, i) => `${['a1', 'a2', 'b1', 'b2'][i]}  [ ${row.join(' ')} ]\n`);
  const embeddings = put(root, 'x.ark', ark.join(''));
  const trials = ['a1 a2 target', 'b1 b2 target', 'a1 b1 nontarget', 'a2 b2 nontarget'];
  const csv = `enroll,test,label\n${trials.map((line) => line.replaceAll(' ', ',')).join('\n')}\n`;
  const folds = 'name1,name2,fold\na1,a2,0\nb1,b2,1\na1,b1,1\na2,b2,0\n';
  const { evaluations } = await evaluateEmbeddings({
    embeddings,
    pairs: put(root, 'trials.csv', csv),
    labels,
    foldsFile: put(root, 'folds.csv', folds),
  });
  assert.equal(evaluations[0]?.genuine, 2);
  assert.equal(evaluations[0]?.folds?.accuracies.length, 2);
});

test('a search takes the names in the files of its matrices', async () => {
  const named = (name: string, names: readonly string[]) => {
    const texts = Buffer.concat(names.map((one) => Buffer.from(one.padEnd(24, '\0'))));
    const header = dictionary('|S24', `(${names.length},)`);
    return put(
      root,
      name,
      zipFile([
        { name: 'embeddings.npy', data: npyOf(rows) },
        { name: 'names.npy', data: npyFile({ header, data: texts }) },
      ]),
    );
  };
  const gallery = named('g.npz', [
    '0001_c1_1.jpg',
    '0001_c2_2.jpg',
    '0002_c1_3.jpg',
    '0002_c3_4.jpg',
  ]);
  const probes = named('q.npz', [
    '0001_c3_1.jpg',
    '0001_c4_2.jpg',
    '0002_c2_3.jpg',
    '0002_c4_4.jpg',
  ]);
  const { identification } = await identify({ gallery, probes, protocol: 'market1501' });
  assert.equal(identification?.closedSet?.cmc.rate[0], 1);
  const output = join(root, 'hits.csv');
  await identify({ gallery, probes, output, top: 1 });
  const twice = named('twice.npz', ['0001_c1_1.jpg', 'x', 'y', '0001_c1_1.jpg']);
  const { code, stderr } = await hackface([
    'identify',
    '-g',
    gallery,
    '--probes',
    twice,
    '--protocol',
    'market1501',
  ]);
  assert.equal(code, 2, stderr);
  assert.match(
    stderr,
    /twice\.npz: rows 0 and 3 have one name, "0001_c1_1\.jpg", so no list can tell rows by name/,
  );
});
