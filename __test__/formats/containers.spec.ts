/** Matrices in archives and beside each other: `.npz`, safetensors, vectors, raw numbers, several files. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEmbeddingsSync } from 'hackface-native';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { dictionary, encode, npyFile } from '../support/npy.js';
import { lacks, written } from './reference.js';
import { npyOf, randomRows } from './bytes.js';
import { requireCutsRefused, requireRefused, requireRows } from './rows.js';
import { type ZipPart, zipFile } from './zip-bytes.js';

const root = temporaryFolder();
const rows = randomRows(7, 5);
const npy = npyOf(rows);

test('a stored member of any alignment is mapped, a packed one is read', () => {
  for (let letters = 1; letters < 9; letters += 1) {
    for (const [method, io] of [
      [0, 'mmap'],
      [8, 'memory'],
    ] as const) {
      for (const zip64 of [false, true]) {
        const name = `${'n'.repeat(letters)}.npy`;
        const file = put(
          root,
          'a.npz',
          zipFile([{ name, data: npy, method }], { zip64, comment: 'c' }),
        );
        const found = requireRows(file, rows);
        assert.equal(found.io, io);
        assert.match(
          found.understoodAs ?? '',
          new RegExp(`member n+ of a zip archive, ${method ? 'packed' : 'stored'}`),
        );
        requireRows(file, rows, 'read');
      }
    }
  }
});

test('element types and orders of members are read as from their own files', () => {
  const whole = rows.map((row) => row.map((value) => Math.round(value * 20)));
  for (const descr of ['<f8', '>f4', '<i4', '|i1', '>i2']) {
    for (const method of [0, 8]) {
      const data = npyOf(whole, descr);
      requireRows(put(root, 'types.npz', zipFile([{ name: 'x.npy', data, method }])), whole);
    }
  }
  const columns = whole[0]?.map((_, column) => whole.map((row) => row[column] as number)) ?? [];
  const header = dictionary('<f4', '(7, 5)', 'True');
  const data = npyFile({ header, data: encode('<f4', columns.flat()) });
  for (const method of [0, 8]) {
    requireRows(put(root, 'turned.npz', zipFile([{ name: 'x.npy', data, method }])), whole);
  }
});

test('the member is the only matrix, the one named for it, or the one asked for', () => {
  const other = npyOf(randomRows(3, 2));
  const vector = npyOf([[1, 2, 3]], '<f4', '(3,)');
  const archive = (...parts: [string, Uint8Array][]) =>
    put(root, 'm.npz', zipFile(parts.map(([name, data]) => ({ name: `${name}.npy`, data }))));
  requireRows(archive(['labels', vector], ['a', npy]), rows);
  requireRows(archive(['other', other], ['features', npy]), rows);
  const two = archive(['a', npy], ['b', other]);
  requireRefused(two, /2 matrices: a \(7 × 5 of <f4\), b \(3 × 2 of <f4\).*Write .*m\.npz:a/);
  requireRows(`${two}:a`, rows);
  requireRefused(`${two}:A2`, /no member A2/);
  requireRefused(archive(['v', vector]), /no matrix: v \(3 of <f4\)/);
  requireRefused(`${archive(['v', vector])}:v`, /1-D/, 'ENPYSHAPE');
  requireRefused(archive(), /no matrix: no arrays/);
});

test('archives that lie are refused', () => {
  const one = (part: Partial<ZipPart>, says: RegExp, code?: string) =>
    requireRefused(
      put(root, 'l.npz', zipFile([{ name: 'x.npy', data: npy, ...part }])),
      says,
      code,
    );
  one({ flags: 1 }, /encrypted/);
  one({ method: 12 }, /packed by bzip2/);
  one({ method: 14 }, /packed by lzma/);
  one({ method: 77 }, /packed by method 77/);
  one({ method: 8, crc: 1 }, /checksum/);
  one({ method: 8, size: npy.length - 1 }, /checksum|deflate does not write/);
  one({ method: 8, size: npy.length + 1 }, /checksum/);
  one({ size: npy.length - 1 }, /stored as/);
  one({ size: npy.length - 1, packed: npy.length - 1 }, /bytes of data/, 'ENPYLENGTH');
  one({ size: 2 ** 31, packed: 2 ** 31 }, /over other bytes/);
  one({ method: 8, size: 2 ** 31 }, /to grow from/);
  one({ localName: 'y.npy' }, /local header/);
  one({ offset: 5 }, /local header/);
  one({ offset: 2 ** 31 }, /to end inside/);
  const twice: ZipPart[] = [1, 2].map(() => ({ name: 'x.npy', data: npy }));
  requireRefused(put(root, 'l.npz', zipFile(twice)), /two members named "x\.npy"/);
  const over: ZipPart[] = ['a.npy', 'b.npy'].map((name) => ({
    name,
    data: npy,
    localName: 'a.npy',
    offset: 0,
  }));
  requireRefused(put(root, 'l.npz', zipFile(over)), /local header|overlap/);
  // 256 MiB of zeros in 256 KiB, with a header that is right.
  const zeros = npyFile({
    header: dictionary('|u1', '(262144, 1024)'),
    data: Buffer.alloc(2 ** 28),
  });
  const bomb = put(root, 'bomb.npz', zipFile([{ name: 'x.npy', data: zeros, method: 8 }]));
  requireRefused(bomb, /to grow from/);
  // Names lead nowhere: nothing is written.
  requireRows(put(root, 'p.npz', zipFile([{ name: '../../etc/x.npy', data: npy }])), rows);
});

test('an archive cut anywhere is refused', () => {
  for (const method of [0, 8]) {
    const file = put(root, 'whole.npz', zipFile([{ name: 'x.npy', data: npy, method }]));
    requireCutsRefused(file, (bytes) => put(root, 'cut.npz', bytes));
  }
});

/** A safetensors file from its parts. */
function safetensors(header: unknown, data: Uint8Array): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

const data = encode('<f4', rows.flat());
const tensor = { dtype: 'F32', shape: [7, 5], data_offsets: [0, data.length] };

test('tensors are mapped, bfloat16 is widened', () => {
  const file = put(
    root,
    't.safetensors',
    safetensors({ __metadata__: { a: 'b' }, x: tensor }, data),
  );
  assert.equal(requireRows(file, rows).io, 'mmap');
  requireRows(`${file}:x`, rows);
  requireCutsRefused(file, (bytes) => put(root, 'cut.safetensors', bytes));
  const coarse = rows.map((row) => row.map((value) => Math.round(value * 16) / 16));
  const halves = Buffer.concat(coarse.flat().map((value) => encode('<f4', [value]).subarray(2)));
  const half = { dtype: 'BF16', shape: [7, 1, 5], data_offsets: [0, halves.length] };
  requireRows(put(root, 'b.safetensors', safetensors({ x: half }, halves)), coarse);
});

test('tensors that lie are refused', () => {
  const one = (header: unknown, says: RegExp, code?: string) =>
    requireRefused(put(root, 'l.safetensors', safetensors(header, data)), says, code);
  one({ x: { ...tensor, data_offsets: [0, data.length + 1] } }, /to end inside tensor x/);
  one({ x: { ...tensor, data_offsets: [8, 4] } }, /without dtype, shape and data_offsets/);
  one({ x: { ...tensor, shape: [-1, 5] } }, /without dtype/);
  one({ x: { ...tensor, shape: [8, 5] } }, /140 bytes for tensor x, expected 160/);
  one({ x: { ...tensor, shape: [2 ** 40, 2 ** 20] } }, /140 bytes for tensor x/);
  one({ x: { ...tensor, dtype: 'F8_E4M3' } }, /F8_E4M3/);
  one({ a: tensor, b: tensor }, /2 matrices/);
  one(`{"x":${JSON.stringify(tensor)},"x":${JSON.stringify(tensor)}}`, /described twice/);
  one(`{"x":${'['.repeat(1000)}`, /nested/);
  one(`{"x":${'[]'.repeat(1000)}`, /no JSON/);
  one({}, /no matrix: no arrays/);
});

test('vectors behind their lengths, and raw numbers', () => {
  const length = encode('<i4', [5]);
  const fvecs = Buffer.concat(rows.flatMap((row) => [length, encode('<f4', row)]));
  assert.match(requireRows(put(root, 'x.fvecs', fvecs), rows).understoodAs ?? '', /fvecs/);
  const small = rows.map((row) => row.map((value) => Math.round(value * value * 20)));
  const bvecs = Buffer.concat(small.flatMap((row) => [length, encode('|u1', row)]));
  assert.match(requireRows(put(root, 'x.bvecs', bvecs), small).understoodAs ?? '', /bvecs/);
  const ivecs = Buffer.concat(small.flatMap((row) => [length, encode('<i4', row)]));
  requireRows(put(root, 'x.ivecs', ivecs), small);
  fvecs.writeUInt32LE(4, 6 * 24);
  requireRefused(put(root, 'x.fvecs', fvecs), /vector 6 of 4 numbers/);
  const raw = put(root, 'x.f32', data);
  assert.equal(requireRows(`${raw}:dim=5`, rows).io, 'mmap');
  requireRefused(`${raw}:dim=6`, /rows of 6 float32/);
  requireRefused(`${raw}:x`, /a member of a file of one matrix/);
});

test('several files are one matrix, numbered as people count', async () => {
  const folder = join(root, 'shards');
  mkdirSync(folder);
  // Rows 0 … 10, one for each file: as text, 10 would come behind 1.
  const eleven = randomRows(11, 4);
  for (const [i, row] of eleven.entries()) put(folder, `part-${i}.npy`, npyOf([row]));
  requireRows(folder, eleven);
  requireRows(join(folder, 'part-*.npy'), eleven);
  put(folder, 'other.txt', 'not an array');
  requireRows(folder, eleven);
  put(folder, 'part-11.npy', npyOf([[1, 2, 3]]));
  requireRefused(folder, /rows of 3 <f4 values, expected rows of 4/);
  put(folder, 'part-11.npy', npyOf([[1, 2, 3, 4]]).subarray(0, -1));
  requireRefused(folder, /15 bytes of data/);
  requireRefused(join(root, 'none-*.npy'), /no such file/, 'EINPUT');
  const vectors = join(root, 'vectors');
  mkdirSync(vectors);
  for (const [i, row] of eleven.entries()) put(vectors, `p${i}.npy`, npyOf([row], '<f4', '(4,)'));
  requireRows(vectors, eleven);
  const said = await hackface(['covariance', '-e', vectors, '-o', join(root, 'c.npy')]);
  assert.match(said.stderr, /vectors: 11 vectors as one: p0\.npy … p10\.npy/);
});

test('an axis of length 1 is left out, and it is said', () => {
  for (const shape of ['(7, 1, 5)', '(1, 7, 5)']) {
    const found = requireRows(put(root, 's.npy', npyOf(rows, '<f4', shape)), rows);
    assert.equal(found.understoodAs, `${shape} as 7 rows of 5`);
  }
  requireRefused(put(root, 's.npy', npyOf(rows, '<f4', '(7, 5, 1)')), /3-D/, 'ENPYSHAPE');
});

test('inspect says what is inside', async () => {
  const file = put(root, 'i.npz', zipFile([{ name: 'x.npy', data: npy }]));
  const { stdout, stderr } = await hackface(['inspect', file]);
  assert.match(stdout, /i\.npz: 7 rows × 5 columns of float32/);
  assert.match(stderr, /i\.npz: member x of a zip archive, stored/);
  const tensors = put(root, 'i.safetensors', safetensors({ x: tensor }, data));
  assert.match((await hackface(['inspect', tensors])).stdout, /7 rows × 5 columns/);
});

test('an output may not be the archive that is read', async () => {
  const file = put(root, 'o.npz', zipFile([{ name: 'x.npy', data: npy }]));
  const { code, stderr } = await hackface(['covariance', '-e', `${file}:x`, '-o', file, '--force']);
  assert.equal(code, 2, stderr);
});

test('NumPy writes what is read', { skip: lacks('numpy') }, () => {
  written(
    root,
    rows,
    `np.savez('n.npz', x)
np.savez_compressed('p.npz', features=x.astype('f8'), labels=np.arange(7))
np.savez('f.npz', a=np.asfortranarray(x))
x.tofile('n.f32')`,
  );
  for (const name of ['n.npz', 'p.npz', 'f.npz', 'n.npz:arr_0', 'n.f32:dim=5']) {
    requireRows(join(root, name), rows);
  }
});

test('the library safetensors writes what is read', { skip: lacks('numpy, safetensors') }, () => {
  written(
    root,
    rows,
    `from safetensors.numpy import save_file
save_file({'x': x, 'bias': x[0]}, 'n.safetensors')`,
  );
  requireRows(join(root, 'n.safetensors'), rows);
});

test('standard input has no places', () => {
  assert.throws(() => openEmbeddingsSync('-').close(), /EINPUT|found/);
});
