// Distances that SciPy's own tests expect (made with MATLAB), and some made in 80-bit arithmetic.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { scorePairsSync } from '#dist/index.js';
import { testData } from './support/data.js';

const { path: FOLDER, skip } = testData('../oracles/scipy_distance');

const temporary = mkdtempSync(join(tmpdir(), 'hackface-oracle-'));
after(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 10 }));

interface Matrix {
  values: Float64Array;
  rows: number;
  columns: number;
}

test('condensed distance vectors of the SciPy tests', { skip }, () => {
  const cases = lines(join(FOLDER, 'index.csv')).slice(1);
  assert.ok(cases.length >= 17, `${cases.length} cases in index.csv`);
  for (const line of cases) {
    const [input = '', named = '', expectedFile = '', count, scipyError] = line.split(',');
    const matrix = readText(join(FOLDER, input));
    const expected = readText(join(FOLDER, expectedFile)).values;
    assert.equal(expected.length, Number(count), expectedFile);
    // `minkowski p=3.2` there is `minkowski(p=3.2)` here.
    const metric = named.replace(/ (.*)/, '($1)');
    const found = scorePairsSync(writeMatrix(input, matrix), allPairs(matrix.rows), { metric });
    // The files carry 7 digits or more. SciPy itself is that far from them, so no more is allowed
    // here, but for the last bits of a double.
    const worst = largestGap(found, expected);
    const allowed = Number(scipyError) + 1e-12 * Math.max(1, ...expected);
    assert.ok(
      allowed < 1e-6 && worst <= allowed,
      `${metric} on ${input}: off by ${worst}, at most ${allowed}`,
    );
  }
});

test('distances between two sets, against 80-bit arithmetic', { skip }, () => {
  const [first, second] = ['cdist-X1.txt', 'cdist-X2.txt'].map((name) =>
    readText(join(FOLDER, name)),
  );
  assert.ok(first && second);
  assert.deepEqual([first.rows, second.rows, first.columns], [10, 20, second.columns]);
  const rows = first.rows + second.rows;
  const values = new Float64Array([...first.values, ...second.values]);
  const path = writeMatrix('cdist', { values, rows, columns: first.columns });
  const pairs = { index1: new Uint32Array(200), index2: new Uint32Array(200) };
  for (let pair = 0; pair < 200; pair += 1) {
    pairs.index1[pair] = Math.floor(pair / second.rows);
    pairs.index2[pair] = first.rows + (pair % second.rows);
  }
  for (const metric of ['cosine', 'euclidean', 'sqeuclidean']) {
    const expected = readNpy(join(FOLDER, `computed_cdist_${metric}.npy`));
    assert.equal(expected.length, 200);
    const worst = largestGap(scorePairsSync(path, pairs, { metric }), expected);
    assert.ok(worst <= 1e-13 * Math.max(1, ...expected), `${metric}: off by ${worst}`);
  }
});

function lines(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split(/\r?\n/);
}

/** Numbers apart by blanks or commas, one row on each line. */
function readText(path: string): Matrix {
  const table = lines(path).map((line) =>
    line
      .trim()
      .split(/[\s,]+/)
      .map(Number),
  );
  const columns = table[0]?.length ?? 0;
  assert.ok(
    table.every((row) => row.length === columns && row.every(Number.isFinite)),
    path,
  );
  return { values: Float64Array.from(table.flat()), rows: table.length, columns };
}

/** A `.npy` file of doubles: they are widened from nothing, so the text's digits all count. */
function writeMatrix(name: string, { values, rows, columns }: Matrix): string {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text.padEnd(117)}\n`, 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  const path = join(temporary, `${name}.npy`);
  writeFileSync(path, Buffer.concat([header, Buffer.from(values.buffer)]));
  return path;
}

/** The numbers of a little-endian version 1 file of doubles. */
function readNpy(path: string): Float64Array {
  const bytes = readFileSync(path);
  const begin = 10 + bytes.readUInt16LE(8);
  assert.match(bytes.toString('latin1', 10, begin), /'descr': '<f8', 'fortran_order': False/);
  return new Float64Array(
    bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + bytes.length),
  );
}

/** (0, 1), (0, 2), …, (1, 2), …: the order of a condensed distance vector. */
function allPairs(rows: number) {
  const pairs: [number, number][] = [];
  for (let a = 0; a < rows; a += 1) for (let b = a + 1; b < rows; b += 1) pairs.push([a, b]);
  const side = (which: 0 | 1) => Uint32Array.from(pairs, (pair) => pair[which]);
  return { index1: side(0), index2: side(1) };
}

function largestGap(found: Float64Array, expected: Float64Array): number {
  assert.equal(found.length, expected.length);
  return found.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? Number.NaN))),
    0,
  );
}
