/** MATLAB 5 files, made by the bytes of the format and by SciPy. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { put, temporaryFolder } from '../support/folder.js';
import { type Cell, matlabFile } from './matlab-bytes.js';
import { lacks, written } from './reference.js';
import { randomRows } from './bytes.js';
import { requireConverted, requireCutsRefused, requireRefused, requireRows } from './rows.js';

const root = temporaryFolder();
const rows = randomRows(7, 5);
const names = rows.map((_, i) => `n${i}`);
const columns = rows[0]?.flatMap((_, column) => rows.map((row) => row[column] as number)) ?? [];
const x: Cell = { name: 'x', shape: [7, 5], numbers: columns };

test('numeric variables of either byte order, stored and packed, are read to the bit', () => {
  const whole = columns.map((value) => Math.round(value * 20));
  const wholeRows = rows.map((row) => row.map((value) => Math.round(value * 20)));
  for (const packed of [false, true]) {
    for (const big of [false, true]) {
      for (const [kind, stored] of [
        ['single', 'f4'],
        ['double', 'f4'],
        ['double', 'f8'],
      ] as const) {
        const file = put(root, 'x.mat', matlabFile([{ ...x, kind, stored }], { packed, big }));
        const { io, understoodAs } = requireRows(file, rows);
        assert.equal(io, packed ? 'memory' : 'mmap');
        assert.equal(understoodAs, `variable x of a MATLAB file, ${packed ? 'packed' : 'stored'}`);
      }
      // MATLAB stores doubles in the smallest type that holds them.
      for (const stored of ['i1', 'i2', 'i4', 'i8'] as const) {
        const cell = { ...x, numbers: whole, kind: 'double', stored } as const;
        requireRows(put(root, 'x.mat', matlabFile([cell], { packed, big })), wholeRows);
      }
    }
  }
});

test('an axis of length 1 is left out; up to four bytes lie in the tag', () => {
  for (const shape of [
    [7, 1, 5],
    [1, 7, 5],
  ]) {
    requireRows(put(root, 'x.mat', matlabFile([{ ...x, shape }])), rows);
  }
  const tiny = matlabFile([
    { name: 'y', shape: [2, 2], numbers: [1, 2, 3, 4], kind: 'uint8', stored: 'u1' },
  ]);
  requireRows(put(root, 'x.mat', tiny), [
    [1, 3],
    [2, 4],
  ]);
});

test('the variable is the only matrix, the one asked for, and has names and classes beside it', async () => {
  const cells: Cell[] = [
    { name: 'labels', shape: [1, 7], numbers: [3, 1, 2, 3, 1, 2, 3] },
    { name: 'names', shape: [1, 7], texts: names },
    { name: 'lines', shape: [7, 2], text: names },
    x,
    { name: 'info', shape: [1, 1], kind: 'struct' },
  ];
  const labels = ['3', '1', '2', '3', '1', '2', '3'];
  for (const packed of [false, true]) {
    for (const big of [false, true]) {
      const file = put(root, 'all.mat', matlabFile(cells, { packed, big }));
      await requireConverted(file, rows, { names, labels });
      await requireConverted(`${file}:x,names=lines`, rows, { names, labels });
      await requireConverted(`${file}:names=labels`, rows, { names: labels });
      requireRefused(`${file}:info`, /"info" of 1 × 1 of struct/);
      requireRefused(`${file}:names`, /"names" of 1 × 7 of cell/);
      requireRefused(`${file}:X`, /no member X.*Write .*all\.mat:x/);
      requireRefused(`${file}:x,names=none`, /for each row in none/);
    }
  }
  const two = put(
    root,
    'two.mat',
    matlabFile([
      { ...x, name: 'a' },
      { ...x, name: 'b' },
    ]),
  );
  requireRefused(two, /2 matrices: a \(7 × 5 of single\), b/);
  requireRefused(put(root, 'l.mat', matlabFile([])), /no matrix: no arrays/);
});

test('files that lie or are cut are refused', () => {
  for (const packed of [false, true]) {
    const small = { name: 'x', shape: [2, 2], numbers: [1, 2, 3, 4] };
    const file = put(root, 'x.mat', matlabFile([small], { packed }));
    requireCutsRefused(file, (bytes) => put(root, 'cut.mat', bytes));
  }
  const one = (cell: Partial<Cell>, says: RegExp, packed = false) =>
    requireRefused(put(root, 'l.mat', matlabFile([{ ...x, ...cell }], { packed })), says);
  one({ shape: [8, 5] }, /140 bytes for variable x, expected 160/);
  one({ shape: [2 ** 30, 2 ** 30] }, /140 bytes for variable x/);
  one({ shape: [-7, 5] }, /sizes -7 × 5/);
  one({ flags: 0x800 }, /7 × 5 of complex single/);
  one({ kind: 'sparse' }, /7 × 5 of sparse/);
  one({ kind: 'function' }, /7 × 5 of function/);
  one({ claimed: 2 ** 31 }, /to end inside/);
  one({ claimed: 2 ** 31, shape: [2 ** 15, 2 ** 14] }, /140 bytes for variable x/, true);
});

test('SciPy writes what is read', { skip: lacks('numpy, scipy') }, async () => {
  written(
    root,
    rows,
    `import scipy.io as sio
cells = np.array(['n%d' % i for i in range(7)], dtype=object)
for c in (0, 1):
    sio.savemat('s%d.mat' % c, {'feats': x, 'ids': cells, 'y': np.arange(7)}, do_compression=bool(c))
    sio.savemat('d%d.mat' % c, {'a': x.astype('f8'), 'name': ['n%d' % i for i in range(7)]}, do_compression=bool(c))`,
  );
  const labels = names.map((_, i) => String(i));
  for (const packed of [0, 1]) {
    await requireConverted(join(root, `s${packed}.mat`), rows, { names, labels });
    await requireConverted(join(root, `d${packed}.mat`), rows, { names });
  }
});
