/** Parquet and HDF5, which optional packages read: by the bytes of the format, by libhdf5, pyarrow, pandas and h5py. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type * as h5wasm from 'h5wasm';
import { convert, HackfaceError } from 'hackface-native';
import { put, temporaryFolder } from '../support/folder.js';
import { type ParquetLies, parquetFile } from './parquet-bytes.js';
import { lacks, written } from './reference.js';
import { reuseThreads } from './reused-thread.js';
import { hdf5File } from './samples.js';
import { randomRows } from './bytes.js';
import { requireConverted, requireRefused } from './rows.js';

const root = temporaryFolder();
const rows = randomRows(7, 5);
const names = rows.map((_, i) => `n${i}`);
const labels = rows.map((_, i) => `c${i % 3}`);
const vectors = { name: 'embedding', vectors: rows };

async function refused(bytes: string | Uint8Array, says: RegExp, member = ''): Promise<void> {
  const input = put(root, 'refused', bytes) + member;
  await assert.rejects(convert({ input, output: join(root, 'never.npy') }), (error) => {
    assert.ok(error instanceof HackfaceError, String(error));
    assert.equal(error.code, 'EFORMAT', error.message);
    assert.match(error.message, says);
    return true;
  });
}

test('columns of Parquet: vectors, numbers, names and classes', async () => {
  const told = await requireConverted(
    put(
      root,
      'v.parquet',
      parquetFile([{ name: 'path', texts: names }, { name: 'label', texts: labels }, vectors]),
    ),
    rows,
    { names, labels },
  );
  assert.equal(told, 'column embedding of a Parquet file');
  const columns = [0, 1, 2, 3, 4].map((at) => ({
    name: `f${at}`,
    numbers: rows.map((row) => row[at] as number),
  }));
  const wide = put(root, 'w.parquet', parquetFile([{ name: 'who', texts: names }, ...columns]));
  assert.equal(await requireConverted(wide, rows), 'columns f0 … f4 of a Parquet file');
  await requireConverted(`${wide}:names=who`, rows, { names });
  const two = parquetFile([vectors, { ...vectors, name: 'other' }]);
  await requireConverted(`${put(root, 't.parquet', two)}:other`, rows);
  await refused(two, /"none"|no member none/, ':none');
  requireRefused(wide, /a Parquet file.*hackface-native convert/);
});

test('Parquet that lies or is cut is refused', async () => {
  const one = (lies: ParquetLies, says: RegExp) => refused(parquetFile([vectors], lies), says);
  await one({ rows: 2 ** 31 - 1 }, /2147483647 rows announced/);
  await one({ rows: 9 }, /hyparquet does not read|numbers in row|a missing value in row 7/);
  await one({ values: 2 ** 31 - 1 }, /2147483647 values/);
  await one({ unpacked: 2 ** 31 - 1 }, /grows to 2147483647 bytes/);
  await one({ packed: 2 ** 31 - 1 }, /to end inside a page/);
  await one({ packed: -5 }, /to end inside a page/);
  await one({ codec: 3 }, /LZO/);
  // A list of 2^31 structures, and one nested without end.
  await one({ footer: Buffer.of(0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07) }, /breaks its format/);
  await one({ footer: Buffer.alloc(4096, 0x1c) }, /breaks its format/);
  const bytes = parquetFile([{ name: 'v', vectors: [[1, 2]] }]);
  for (let length = 4; length < bytes.length; length += 1) {
    await refused(bytes.subarray(0, length), /./);
  }
});

const flat = Float32Array.from(rows.flat());
const whole = { name: 'x', data: flat, shape: [7, 5] };

test('data sets of HDF5 by path, stored and packed', async () => {
  const file = await hdf5File((made) => {
    made.create_group('g');
    const group = made.get('g') as h5wasm.Group;
    group.create_dataset({ ...whole, name: 'feats', chunks: [2, 5], compression: 'gzip' });
    group.create_dataset({ name: 'ids', data: names });
    made.create_dataset({ name: 'labels', data: labels });
    made.create_dataset({ name: 'bias', data: [1, 2] });
  });
  const path = put(root, 'x.h5', file);
  assert.equal(
    await requireConverted(path, rows, { names, labels }),
    'data set g/feats of an HDF5 file',
  );
  await requireConverted(`${path}:g/feats,names=labels`, rows, { names: labels });
  await refused(file, /no member feats.*g\/feats/, ':feats');
  await refused(file, /"bias" of 2 of/, ':bias');
  const axes = await hdf5File((made) => {
    made.create_dataset({ ...whole, name: 'a', shape: [1, 7, 5] });
    made.create_dataset({ ...whole, name: 'b', shape: [7, 1, 5] });
  });
  for (const name of ['a', 'b']) await requireConverted(`${put(root, 'a.h5', axes)}:${name}`, rows);
  requireRefused(path, /an HDF5 file.*hackface-native convert/);
});

test('a data set for each vector, or for each person', async () => {
  const floats = (row: readonly number[]) => Float32Array.from(row);
  const single = await hdf5File((made) => {
    for (const [i, row] of rows.entries())
      made.create_dataset({ name: `n${i}`, data: floats(row) });
    made.create_dataset({ name: 'cameras', data: new Int32Array(7) });
  });
  assert.equal(
    await requireConverted(put(root, 's.h5', single), rows, { names }),
    'an HDF5 file: 7 vectors by name',
  );
  const nested = await hdf5File((made) => {
    for (const [i, row] of rows.entries()) {
      const group = made.create_group(`n${i}`) as h5wasm.Group;
      group.create_dataset({ name: 'embedding', data: floats(row), shape: [1, 5] });
    }
  });
  await requireConverted(put(root, 'g.h5', nested), rows, { names });
  const people = { Ann: rows.slice(0, 3), Bo: rows.slice(3, 4), Cy: rows.slice(4) };
  const grouped = (of: Record<string, number[][]>) =>
    hdf5File((made) => {
      for (const [name, group] of Object.entries(of)) {
        made.create_dataset({ name, data: floats(group.flat()), shape: [group.length, 5] });
      }
    });
  const classes = Object.entries(people).flatMap(([name, group]) => group.map(() => name));
  await requireConverted(put(root, 'c.h5', await grouped(people)), rows, { labels: classes });
  const two = { Ann: rows.slice(0, 3), Bo: rows.slice(3) };
  await refused(await grouped(two), /2 matrices: Ann .* Bo /);
  await refused(
    await grouped({ train: people.Ann, test: people.Bo, val: people.Cy }),
    /3 matrices: test .* train .* val /,
  );
});

test('HDF5 that lies or is cut is refused', async () => {
  // Packed zeros: 1 GiB in a few bytes.
  const bomb = await hdf5File((made) => {
    const shape = [2 ** 14, 2 ** 14];
    const made0 = made.create_dataset({
      name: 'x',
      data: new Float32Array(4),
      shape: [2, 2],
      maxshape: [null, null],
      chunks: [64, 64],
    });
    made0.resize(shape);
  });
  await refused(bomb, /1073741824 bytes of "x"/);
  const linked = await hdf5File((made) => {
    made.create_external_link('/etc/passwd', 'x', 'x');
    made.create_soft_link('/nowhere', 'y');
  });
  await refused(linked, /no matrix: no arrays/);
  const small = await hdf5File((made) => {
    made.create_dataset({ name: 'x', data: [1, 2, 3, 4], shape: [2, 2] });
  });
  const own = reuseThreads();
  for (let length = 8; length < small.length; length += 41) {
    await refused(small.subarray(0, length), /./);
  }
  await own();
});

test('without the package the error says which line installs it', () => {
  // The command line alone, in a folder without packages.
  const filter = (path: string) => /\.cjs$|^dist$|[\\/]cli$/.test(path);
  cpSync('dist', join(root, 'dist'), { recursive: true, filter });
  const files = {
    hyparquet: parquetFile([vectors]),
    h5wasm: Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
  };
  for (const [name, bytes] of Object.entries(files)) {
    const input = put(root, name, bytes);
    const ran = spawnSync(process.execPath, ['dist/cli.cjs', 'convert', input, '-o', 'x.npy'], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(ran.status, 65, ran.stderr);
    assert.match(ran.stderr, new RegExp(`the package ${name} not installed.*npm install ${name}`));
  }
});

test('a package that waits for ever is ended', () => {
  const filter = (path: string) => /\.cjs$|^dist$|[\\/]cli$/.test(path);
  const apart = join(root, 'waits');
  cpSync('dist', join(apart, 'dist'), { recursive: true, filter });
  const real = import.meta.resolve('hyparquet');
  const folder = 'waits/node_modules/hyparquet';
  mkdirSync(join(root, folder), { recursive: true });
  put(
    root,
    `${folder}/package.json`,
    '{"name":"hyparquet","type":"module","exports":"./index.js"}',
  );
  put(
    root,
    `${folder}/index.js`,
    `export * from ${JSON.stringify(real)};\nexport const parquetRead = () => new Promise(() => {});\n`,
  );
  put(root, 'waits/v.parquet', parquetFile([vectors]));
  const ran = spawnSync(process.execPath, ['dist/cli.cjs', 'convert', 'v.parquet', '-o', 'x.npy'], {
    cwd: apart,
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(ran.status, 65, ran.stderr);
  assert.match(ran.stderr, /no end of column embedding after 1\.\d s/);
});

test('pyarrow and pandas write what is read', {
  skip: lacks('numpy, pandas, pyarrow'),
}, async () => {
  written(
    root,
    rows,
    `import pandas as pd, pyarrow as pa, pyarrow.parquet as pq
lists = pa.array([[float(v) for v in row] for row in x], type=pa.list_(pa.float32()))
t = pa.table({'path': names, 'label': ['c%d' % (i % 3) for i in range(7)], 'embedding': lists})
pq.write_table(t, 'a0.parquet')
pq.write_table(t, 'a1.parquet', compression='gzip', row_group_size=3, data_page_version='2.0')
f = pa.table({'id': names, 'v': pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), 5)})
pq.write_table(f, 'a2.parquet', compression='brotli', use_dictionary=False)
pq.write_table(f, 'a3.parquet', compression='none', use_byte_stream_split=['v.list.element'], use_dictionary=False)
pd.DataFrame(x, columns=['f%d' % i for i in range(5)], index=names).to_parquet('a4.parquet')
pd.DataFrame({'id': names, 'embedding': list(x.astype('f8'))}).to_parquet('a5.parquet')
pd.DataFrame(np.rint(x * 9)).rename(columns=str).astype('i4').to_parquet('a6.parquet')`,
  );
  for (const i of [0, 1])
    await requireConverted(join(root, `a${i}.parquet`), rows, { names, labels });
  for (const i of [2, 3, 4, 5])
    await requireConverted(join(root, `a${i}.parquet`), rows, { names });
  const round = (value: number) => {
    // Whole numbers have one zero.
    return Math.round(Math.fround(value * 9)) + 0;
  };
  await requireConverted(
    join(root, 'a6.parquet'),
    rows.map((row) => row.map(round)),
  );
});

test('h5py writes what is read, as MATLAB 7.3 too', { skip: lacks('numpy, h5py') }, async () => {
  written(
    root,
    rows,
    `import h5py
with h5py.File('h0.h5', 'w') as f:
    f['embeddings'] = x; f['names'] = np.array(names, dtype=h5py.string_dtype()); f['labels'] = np.arange(7)
with h5py.File('h1.h5', 'w') as f:
    f.create_dataset('g/feats', data=x.astype('>f8'), compression='gzip', shuffle=True, chunks=(2, 5))
    f['g/ids'] = np.array(names, dtype='S4'); f['other'] = np.zeros(3); f['odd'] = np.zeros((3, 3), 'f2')
with h5py.File('h2.mat', 'w', userblock_size=512) as f:
    for name, value in (('X', x.T), ('y', np.arange(7.0)[:, None])):
        f.create_dataset(name, data=value).attrs['MATLAB_class'] = np.bytes_('double')
    f.create_dataset('c', data=x.T).attrs['MATLAB_class'] = np.bytes_('cell')
with open('h2.mat', 'r+b') as f: f.write(b'MATLAB 7.3 MAT-file'.ljust(124) + b'\\x00\\x02IM')`,
  );
  const numbers = names.map((_, i) => String(i));
  await requireConverted(join(root, 'h0.h5'), rows, { names, labels: numbers });
  await requireConverted(join(root, 'h1.h5'), rows, { names });
  assert.equal(
    await requireConverted(join(root, 'h2.mat'), rows, { labels: numbers }),
    'variable X of a MATLAB 7.3 file',
  );
  await refused(readFileSync(join(root, 'h2.mat')), /"c" of 5 × 7 of cell/, ':c');
  await refused(readFileSync(join(root, 'h1.h5')), /"odd" of 3 × 3 of float16/, ':odd');
});
