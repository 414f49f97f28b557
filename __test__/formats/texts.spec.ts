/** Matrices in text, in Kaldi's archives and in pickles: read to the same bits, or refused. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { convert, HackfaceError } from 'hackface-native';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { encode } from '../support/npy.js';
import { lacks, written } from './reference.js';
import { randomRows } from './bytes.js';
import { requireConverted, requireCutsRefused, requireRefused, requireRows } from './rows.js';
import { zipFile } from './zip-bytes.js';

const root = temporaryFolder();
const rows = randomRows(6, 4);
const names = rows.map((_, i) => `n${i}`);

test('JSON in every usual form', async () => {
  const json = (value: unknown) => put(root, 'x.json', JSON.stringify(value));
  await requireConverted(json(rows), rows);
  requireRows(put(root, 'x.json', JSON.stringify(rows, null, 2)), rows);
  const byName = Object.fromEntries(names.map((name, i) => [name, rows[i]]));
  await requireConverted(json(byName), rows, { names });
  const labels = names.map((_, i) => `c${i % 2}`);
  await requireConverted(json({ embeddings: rows, names, labels }), rows, { names, labels });
  const numbers = labels.map((_, i) => String(i % 2));
  const beside = { note: { deep: [[{}]] }, labels: numbers.map(Number), features: rows };
  await requireConverted(
    put(root, 'x.json', JSON.stringify({ labels: beside.labels, features: rows })),
    rows,
    { labels: numbers },
  );
  const records = names.map((id, i) => ({ id, label: labels[i], box: [1, 2], embedding: rows[i] }));
  await requireConverted(json(records), rows, { names, labels });
  await requireConverted(json(Object.fromEntries(records.map((one) => [one.id, one]))), rows, {
    names,
  });
  const lines = (values: unknown[]) =>
    put(root, 'x.jsonl', values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  await requireConverted(lines(records), rows, { names, labels });
  await requireConverted(lines(rows), rows);
  const odd = put(root, 'x.jsonl', '[1, NaN, -Infinity, 2e2]\n[1,2,3,4]');
  assert.match(
    await requireConverted(odd, [
      [1, Number.NaN, Number.NEGATIVE_INFINITY, 200],
      [1, 2, 3, 4],
    ]),
    /2 lines of JSON/,
  );
});

test('JSON that is no matrix is refused with its place', () => {
  const one = (text: string, says: RegExp) => requireRefused(put(root, 'l.json', text), says);
  one('[[1,2],[3]]', /row 1 of 1 numbers, expected 2/);
  one('[[1,2],[3,4,5]]', /row 1 of more than 2 numbers/);
  one('[[1,2],\n[3,x]]', /l\.json:2: found "x" in row 1, field 1/);
  one('[[1,2],["a"]]', /expected a vector/);
  one('[[1,2]', /the end of the file/);
  one('[1,2', /end of a list/);
  one('{"a":"b"}', /record without a vector/);
  one('{"a":[1,2],"b":[1,2],"c":"d"}', /2 vectors in a record: "a", "b"/);
  one('[]', /without numbers/);
  one(`{"a":${'['.repeat(1 << 20)}`, /expected a vector/);
  one(`{"a":{"b":${'[['.repeat(1 << 20)}`, /end of a value/);
  one(`[${'{},'.repeat(1 << 20)}`, /record without a vector/);
  one(`{"${'a'.repeat(1 << 20)}":[1,2]}`, /text of at most/);
});

test('tables of numbers', async () => {
  const table = (text: string) => put(root, 'x.csv', text);
  const joined = (by: string, prefix = (_: number) => '') =>
    rows.map((row, i) => `${prefix(i)}${row.join(by)}\n`).join('');
  for (const by of [',', '\t', ';', ' ']) await requireConverted(table(joined(by)), rows);
  await requireConverted(table(joined(',').replaceAll('\n', '\r\n')), rows);
  await requireConverted(table(`# by numpy.savetxt\n${joined(' ')}`), rows);
  await requireConverted(table(`a,b,c,d\n${joined(',')}`), rows);
  await requireConverted(table(joined(',', (i) => `"n${i}",`)), rows, { names });
  await requireConverted(table(`6 4\n${joined(' ', (i) => `n${i} `)}`), rows, { names });
  const labels = names.map((_, i) => String(i));
  const pandas = `,label,a,b,c,d\n${joined(',', (i) => `${i},${i},`)}`;
  await requireConverted(table(pandas), rows, { labels });
  const behind = `file,a,b,c,d,class\n${rows.map((row, i) => `n${i},${row.join(',')},${i}\n`).join('')}`;
  await requireConverted(table(behind), rows, { names, labels });
  requireRefused(table('index1,index2\n0,1\n'), /a list of pairs/);
  requireRefused(table('1,2\n3,4x\n'), /x\.csv:2: found "4x" in row 1, field 1/);
  requireRefused(table('1,2\n3\n'), /row 1 of 1 numbers/);
  requireRefused(table('index,class\n0,a\n'), /a text file/, 'ENPYHEADER');
});

/** A vector or a matrix as Kaldi writes it. */
function kaldi(key: string, kind: string, sizes: readonly number[], data: Uint8Array): Buffer {
  const numbers = sizes.flatMap((size) => [Buffer.of(4), encode('<i4', [size])]);
  return Buffer.concat([Buffer.from(`${key} \0B${kind} `), ...numbers, data]);
}

test("Kaldi's archives and lists", async () => {
  for (const [kind, descr] of [
    ['F', '<f4'],
    ['D', '<f8'],
  ] as const) {
    const parts = rows.map((row, i) =>
      kaldi(names[i] as string, `${kind}V`, [4], encode(descr, row)),
    );
    const ark = put(root, 'x.ark', Buffer.concat(parts));
    await requireConverted(ark, rows, { names });
    let at = 0;
    const lines = parts.map((part, i) => {
      const place = at + (names[i] as string).length + 1;
      at += part.length;
      return `${names[i]} x.ark:${place}\n`;
    });
    await requireConverted(put(root, 'x.scp', lines.join('')), rows, { names });
    requireRefused(put(root, 'bad.scp', `${lines[0]}n9 x.ark:${at + 9}\n`), /to end inside/);
    const whole = kaldi('all', `${kind}M`, [6, 4], encode(descr, rows.flat()));
    await requireConverted(put(root, 'm.ark', whole), rows);
    requireRefused(put(root, 'm.ark', Buffer.concat([whole, whole])), /a matrix of 6 rows/);
  }
  const text = rows.map((row, i) => `n${i}  [ ${row.join(' ')} ]\n`).join('');
  await requireConverted(put(root, 't.ark', text), rows, { names });
  requireRefused(
    put(root, 'c.ark', kaldi('a', 'CM', [1, 2], Buffer.alloc(40))),
    /a compressed matrix/,
  );
  requireRefused(put(root, 'p.scp', `a touch ${root}/made |\n`), /a command, which is not run/);
  assert.ok(!existsSync(join(root, 'made')));
  requireRefused(
    put(root, 'h.ark', kaldi('a', 'FV', [2 ** 31 - 1], Buffer.alloc(8))),
    /to end inside/,
  );
  requireRefused(put(root, 'h.ark', kaldi('a', 'FV', [-2], Buffer.alloc(8))), /sizes as Kaldi/);
  const ark = put(root, 'cut.ark', kaldi('a', 'FV', [4], encode('<f4', [1, 2, 3, 4])));
  requireCutsRefused(ark, (bytes) => put(root, 'cuts.ark', bytes));
});

/** A pickle that calls `module.name` with a text. */
const calling = (module: string, name: string) =>
  Buffer.from(`\x80\x02c${module}\n${name}\nX\x05\0\0\0touch\x85R.`, 'latin1');

test('a pickle that names anything else is refused with the name, and nothing runs', async () => {
  const before = readdirSync(root).length;
  const refuse = async (bytes: Buffer, says: RegExp) => {
    const started = performance.now();
    const input = put(root, 'evil.pkl', bytes);
    const output = join(root, 'never.npy');
    await assert.rejects(convert({ input, output, force: true }), (error) => {
      assert.ok(error instanceof HackfaceError, String(error));
      assert.equal(error.code, 'EFORMAT', error.message);
      assert.match(error.message, says);
      return true;
    });
    assert.ok(performance.now() - started < 2000);
    assert.ok(!existsSync(output));
  };
  for (const [module, name] of [
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['subprocess', 'Popen'],
    ['numpy', 'load'],
    ['torch.storage', '_load_from_bytes'],
    ['constructor', 'constructor'],
    ['toString', 'call'],
  ] as const) {
    await refuse(calling(module, name), new RegExp(`the name "${module}.${name}" in a pickle`));
  }
  const raw = (text: string) => Buffer.from(`\x80\x04${text}`, 'latin1');
  await refuse(raw('\x8c\x02os\x8c\x06system\x93.'), /the name "os\.system"/);
  await refuse(raw('(ios\nsystem\n.'), /the instruction "i"/);
  await refuse(raw('\x82\x01.'), /the instruction/);
  await refuse(raw(')\x81.'), /the instruction/);
  await refuse(raw('.'), /a value missing/);
  await refuse(raw('t.'), /a mark missing/);
  await refuse(raw('h\x07.'), /an empty place 7/);
  await refuse(raw('q\0.'), /a value missing/);
  await refuse(raw(']r\xff\xff\xff\xff.'), /place 4294967295/);
  await refuse(raw('X\xff\xff\xff\x7f'), /to end inside a pickle/);
  await refuse(raw('\x8d\xff\xff\xff\xff\xff\xff\xff\xff'), /to end inside a pickle/);
  await refuse(raw('Q'), /a value missing/);
  await refuse(raw('K\x01Q.'), /something outside/);
  await refuse(raw('N.'), /None in a pickle/);
  await refuse(raw('].'), /a list of 0 values/);
  await refuse(raw(`${']'.repeat(100_000)}${'a'.repeat(99_999)}.`), /a list of 1 values/);
  // A list of numbers that is named a million times.
  const shared = `](${'K\x01'.repeat(10_000)}e\x940](${'h\0'.repeat(20_000)}e.`;
  await refuse(raw(shared), /expected each number once/);
  assert.equal(readdirSync(root).length, before + 1);
  requireRefused(put(root, 'x.pkl', raw('].')), /a list of 0 values/);
});

test('tensors of torch.save', async () => {
  const tensor = (extra = '') =>
    Buffer.from(
      `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x18tQK\0K\x06K\x04\x86K\x04K\x01\x86\x89ccollections\nOrderedDict\n)RtR${extra}.`,
      'latin1',
    );
  const data = encode('<f4', rows.flat());
  const archive = (pickle: Buffer, storage: Uint8Array = data) =>
    put(
      root,
      'x.pt',
      zipFile([
        { name: 'archive/data.pkl', data: pickle },
        { name: 'archive/data/0', data: storage },
      ]),
    );
  await requireConverted(archive(tensor()), rows);
  const refuse = (input: string, says: RegExp) =>
    assert.rejects(convert({ input, output: join(root, 'never.npy') }), says);
  await refuse(archive(tensor(), data.subarray(4)), /arguments for torch\._utils/);
  await refuse(archive(calling('os', 'system')), /the name "os\.system"/);
});

test('convert on the command line', async () => {
  const input = put(root, 'x.json', JSON.stringify(rows));
  const output = join(root, 'cli.npy');
  const run = await hackface(['convert', input, '-o', output]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /JSON: 6 vectors\n6 rows of 4 columns of float32 → .*cli\.npy/);
  assert.equal((await hackface(['convert', input, '-o', output])).code, 73);
  const raw = put(root, 'x.f32', encode('<f4', rows.flat()));
  const json = await hackface(['convert', `${raw}:dim=4`, '-o', output, '--force', '--json']);
  assert.equal(JSON.parse(json.stdout).rows, 6);
  const none = await hackface([
    'convert',
    `${raw}:dim=4`,
    '-o',
    output,
    '-f',
    '--names',
    join(root, 'no.txt'),
  ]);
  assert.match(none.stderr, /no names of rows.*Leave out/);
});

test('pickles of NumPy, of every protocol', { skip: lacks('numpy') }, async () => {
  written(
    root,
    rows,
    `import pickle
for p in (2, 3, 4, 5):
    dump = lambda name, value: pickle.dump(value, open('%s%d.pkl' % (name, p), 'wb'), protocol=p)
    dump('array', x); dump('turned', np.asfortranarray(x)); dump('big', x.astype('>f8'))
    dump('named', dict(zip(names, x))); dump('lists', x.tolist())
    dump('faces', {'encodings': list(x), 'names': names})
    dump('classes', {'a': list(x[:2]), 'b': x[2:]})
    dump('records', [{'name': n, 'embedding': v} for n, v in zip(names, x)])
    dump('tuples', [(n, v) for n, v in zip(names, x)])
    dump('scalars', [[v for v in row] for row in x])
np.save('objects.npy', dict(zip(names, x)), allow_pickle=True)`,
  );
  for (const protocol of [2, 3, 4, 5]) {
    const file = (name: string) => join(root, `${name}${protocol}.pkl`);
    for (const name of ['array', 'lists', 'scalars']) await requireConverted(file(name), rows);
    for (const name of ['named', 'faces', 'records', 'tuples']) {
      await requireConverted(file(name), rows, { names });
    }
    await requireConverted(file('classes'), rows, { labels: ['a', 'a', 'b', 'b', 'b', 'b'] });
    for (const name of ['turned', 'big']) {
      const output = join(root, 'odd.npy');
      await convert({ input: file(name), output, force: true });
      requireRows(output, rows);
    }
  }
  await requireConverted(join(root, 'objects.npy'), rows, { names });
});

test('archives of kaldiio', { skip: lacks('numpy, kaldiio') }, async () => {
  written(
    root,
    rows,
    `import kaldiio
named = dict(zip(names, x))
with kaldiio.WriteHelper('ark,scp:k.ark,k.scp') as w:
    for n, v in named.items(): w(n, v)
kaldiio.save_ark('kt.ark', named, text=True)`,
  );
  for (const name of ['k.ark', 'k.scp', 'kt.ark']) {
    await requireConverted(join(root, name), rows, { names });
  }
});
