import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { checkLabels, readLabels } from '#dist/csv/labels.js';
import { readPairs, readPairsSync } from '#dist/csv/pairs.js';
import { readSubmission, validateSubmission } from '#dist/csv/scores.js';
import { submissionChunks, writeSubmission } from '#dist/csv/submission.js';
import { readTruth } from '#dist/csv/truth.js';
import { closeInput, fillSync, openInput, requireUnchanged } from '#dist/files/input.js';
import { needsPosix } from '../support/system.js';
import { put, temporaryFolder } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';
import {
  bytesOf,
  parseLabels,
  parseSubmission,
  parseTruth,
  refuses,
  refusesLater,
  skipLoudly,
} from './support.js';

const folder = temporaryFolder();

test('labels: missing, repeated and unknown rows are refused', () => {
  const labelsOf = (text: string, rows?: number) =>
    parseLabels(bytesOf(text), { rows, file: 'l.csv' });
  refuses(() => labelsOf('index,class\n0,a\n1,b\n0,a\n', 3), {
    code: 'EDUPLICATE',
    file: 'l.csv',
    line: 4,
    column: 'index',
    found: '"0" again, first seen on line 2',
  });
  refuses(() => labelsOf('index,class\n0,a\n3,b\n', 3), {
    code: 'EINDEX',
    line: 3,
    column: 'index',
    expected: 'below 3',
  });
  refuses(() => labelsOf('index,class\n0,a\n2,b\n', 3), {
    code: 'EDIMENSION',
    found: 'no label for row 1',
    expected: '3 rows',
  });
  refuses(() => labelsOf('index,class\n0,a\n3,b\n1,c\n'), {
    code: 'EINDEX',
    line: 3,
    found: '3',
    expected: 'below 3',
    hint: 'row 2 has no label',
  });
  refuses(() => labelsOf('class\na\nb\n', 3), {
    code: 'EDIMENSION',
    found: '2 labels',
    expected: '3 rows',
  });
  refuses(() => labelsOf('index,class\n0,\n'), {
    code: 'ECSVVALUE',
    line: 2,
    column: 'class',
    found: 'an empty cell',
  });
  refuses(() => labelsOf('Index,class\n0,a\n'), {
    code: 'ECSVHEADER',
    column: 'index',
    hint: '"Index"',
  });
  refuses(() => labelsOf('0,a\n1,b\n'), {
    code: 'ECSVHEADER',
    column: 'class',
    hint: 'option header: false',
  });
  const labels = labelsOf('class\na\nb\n');
  checkLabels(labels, 2);
  refuses(() => checkLabels(labels, 3), { code: 'EDIMENSION', file: 'l.csv' });
});

test('truth: words of one kind are read, ids are distinct', () => {
  const truth = parseTruth(bytesOf('same,Id\n1,5\n0,7\n'));
  assert.deepEqual(
    [[...truth.ids], [...truth.same]],
    [
      [5, 7],
      [1, 0],
    ],
  );
  for (const cell of ['2', 'true', '', '0.0', '01', '-2']) {
    refuses(() => parseTruth(bytesOf(`Id,same\n5,1\n7,${cell}\n`)), {
      code: 'ECSVVALUE',
      line: 3,
      column: 'same',
    });
  }
  refuses(() => parseTruth(bytesOf('Id,same\n5,1\n5,0\n')), {
    code: 'EDUPLICATE',
    line: 3,
    found: 'line 2',
  });
  refuses(() => parseTruth(bytesOf('same\n1\n')), { code: 'ECSVHEADER', column: 'Id' });
});

test('a submission read back: decimals only, finite only', () => {
  const good = [
    '0',
    '-1',
    '+2.5',
    '.5',
    '5.',
    '1e-7',
    '1E+30',
    '437.70093',
    '-0.0',
    '00.5',
    '4.9e-324',
  ];
  const text = `Id,Predicted\n${good.map((cell, row) => `${row},${cell}\n`).join('')}`;
  assert.deepEqual([...parseSubmission(bytesOf(text)).distances], good.map(Number));
  const read = (cell: string) => () => parseSubmission(bytesOf(`Predicted,Id\n1,0\n${cell},1\n`));
  for (const cell of [
    '',
    ' 1',
    '1 ',
    '0x10',
    '0b1',
    '0O7',
    '1_0',
    '1e',
    'e1',
    '.',
    '+',
    '--1',
    '1,5'.replace(',', ';'),
    '١',
    '1.2.3',
    '\u00a01',
    '"1\n"',
  ]) {
    refuses(read(cell), { code: 'ECSVVALUE', line: 3, column: 'Predicted' });
  }
  for (const cell of ['NaN', 'nan', 'inf', '-Infinity', '1e999', '-1e400']) {
    refuses(read(cell), {
      code: 'ENOTFINITE',
      class: 'data',
      line: 3,
      column: 'Predicted',
      found: cell,
    });
  }
});

test('a submission is checked before anything is written', async () => {
  const path = join(folder, 'never.csv');
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    await refusesLater(
      () => writeSubmission(path, { ids: ['a', 'b'], distances: new Float64Array([1, value]) }),
      {
        code: 'ENOTFINITE',
        class: 'data',
        file: path,
        row: 1,
        column: 'Predicted',
        found: String(value),
      },
    );
  }
  await refusesLater(() => writeSubmission(path, { ids: ['a'], distances: new Float64Array(2) }), {
    code: 'EDIMENSION',
  });
  await refusesLater(() => writeSubmission(path, { ids: [], distances: new Float64Array(0) }), {
    code: 'EEMPTY',
  });
  assert.equal(existsSync(path), false);
});

test('a submission: shortest decimals of either width, columns by name and order, quoted ids', async () => {
  const text = (...parameters: Parameters<typeof submissionChunks>) =>
    Buffer.concat([...submissionChunks(...parameters)]).toString();
  const values = [437.70092773, 0.1, 1 / 3, 1e-45, 16777216, 3.4028234e38, -0.25, 1e21, 123456.789];
  const narrow = Float32Array.from(values);
  const ids = Uint32Array.from(values, (_, row) => row);
  const lines = text({ ids, distances: narrow }).trimEnd().split('\n').slice(1);
  for (const [row, line] of lines.entries()) {
    const cell = line.split(',')[0] as string;
    assert.equal(Math.fround(Number(cell)), narrow[row]);
    // No shorter decimal reads back as the same 32-bit number.
    const digits = cell
      .replace(/e.*/, '')
      .replace(/[-.]/g, '')
      .replace(/^0+|0+$/g, '').length;
    if (digits > 1) {
      assert.notEqual(
        Math.fround(Number((narrow[row] as number).toPrecision(digits - 1))),
        narrow[row],
      );
    }
  }
  assert.equal(lines[0], '437.70093,0');
  const wide = text({ ids, distances: Float64Array.from(values) });
  assert.equal(wide, `Predicted,Id\n${values.map((value, row) => `${value},${row}\n`).join('')}`);

  const distances = Float64Array.of(1, 2, 3, 4);
  const odd = ['a,b', 'say "hi"', 'two\nlines', ' é '];
  const options = { columns: { distance: 'd,1', id: 'name' } };
  const quoted = text({ ids: odd, distances }, { ...options, idFirst: true });
  assert.equal(quoted, 'name,"d,1"\n"a,b",1\n"say ""hi""",2\n"two\nlines",3\n é ,4\n');
  assert.deepEqual(parseSubmission(bytesOf(quoted), options).ids, odd);

  const path = join(folder, 'checked.csv');
  await writeSubmission(path, { ids: odd, distances });
  assert.deepEqual(await validateSubmission(path, { ids: odd }), []);
  const [other] = await validateSubmission(path, { ids: odd.toReversed() });
  assert.match(other ?? '', /another order/);
  await writeSubmission(path, { ids: odd, distances: new Float64Array(4) }, { force: true });
  const [constant] = await validateSubmission(path, { ids: odd });
  assert.match(constant ?? '', /Every distance is 0/);
});

test('numbered ids and named ids are written with the same number texts', () => {
  const next = randomNumbers(17);
  const bits = new BigUint64Array(1);
  const double = new Float64Array(bits.buffer);
  const distances = Float64Array.from({ length: 50_000 }, (_, row) => {
    if (row % 2 === 0) return next() * 10 ** Math.floor(next() * 6);
    // Any finite 64-bit number, subnormal ones included.
    do {
      const half = () => BigInt(Math.floor(next() * 2 ** 32));
      bits[0] = (half() << 32n) | half();
    } while (!Number.isFinite(double[0]));
    return double[0] as number;
  });
  distances.set([0, -0, 1e21, 1e20, 1e-6, 1e-7, 5e-324, Number.MAX_VALUE, 2 ** 53, 0.1]);
  const numbers = Uint32Array.from(distances, (_, row) => row);
  for (const idFirst of [false, true]) {
    const [byNumber, byText] = [numbers, Array.from(numbers, String)].map((ids) =>
      Buffer.concat([...submissionChunks({ ids, distances }, { idFirst })]).toString(),
    );
    assert.equal(byNumber, byText);
  }
});

test('F09: what is not a readable file is refused with its reason', {
  skip: needsPosix,
}, async () => {
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const directory = join(folder, 'directory');
  mkdirSync(directory);
  const cases: [string, string][] = [
    [fifo, 'a FIFO'],
    [directory, 'a directory'],
    ['/dev/zero', 'a character device'],
    [join(folder, 'missing.csv'), 'no such file'],
    [join(put(folder, 'file.csv', 'x'), 'below.csv'), 'no such file'],
  ];
  for (const [path, found] of cases) {
    const refusal = { code: 'EINPUT', class: 'input', file: path, found };
    refuses(() => readPairsSync(path), refusal);
    for (const read of [readPairs, readLabels, readTruth, readSubmission]) {
      await refusesLater(() => read(path), refusal);
    }
  }
  const secret = put(folder, 'secret.csv', 'x');
  chmodSync(secret, 0o000);
  chmodSync(folder, 0o755);
  if (process.getuid?.() === 0) {
    // The administrator may read everything: somebody else tries.
    const module = pathToFileURL(join(process.cwd(), 'dist', 'csv', 'pairs.js')).href;
    const script = `
      process.setuid(65534);
      const { readPairsSync } = await import(${JSON.stringify(module)});
      try { readPairsSync(process.argv[1]); } catch (error) { console.log(error.code, error.found); }`;
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script, secret], {
      encoding: 'utf8',
    });
    if (/Cannot find module|EACCES/.test(ran.stderr))
      skipLoudly('unreadable file', 'the build is not readable for others');
    else assert.equal(ran.stdout, 'EINPUT no permission to read it\n', ran.stderr);
  } else {
    refuses(() => readPairsSync(secret), { code: 'EINPUT', found: 'no permission' });
  }
});

test('F03: an input that changes while it is read is refused', () => {
  const path = put(folder, 'changing.csv', 'index1,index2\n1,2\n');
  const input = openInput(path);
  try {
    assert.equal(fillSync(input, Buffer.alloc(100), 0, 0), 18);
    requireUnchanged(input);
    appendFileSync(path, '3,4\n');
    refuses(() => requireUnchanged(input), {
      code: 'EINPUTCHANGED',
      class: 'data',
      file: path,
      found: '18 bytes before, 22 bytes after',
    });
  } finally {
    closeInput(input);
  }
});

test('F04: a failing read is reported with its byte', async () => {
  // Reading a process's memory at address 0 fails with EIO, as a broken disk does.
  if (!existsSync('/proc/self/mem')) return skipLoudly('failing read', 'no /proc/self/mem');
  const refusal = {
    code: 'EIO',
    class: 'io',
    file: '/proc/self/mem',
    found: 'reading failed (EIO)',
  };
  assert.equal(refuses(() => readPairsSync('/proc/self/mem'), refusal).offset, 0);
  await refusesLater(() => readPairs('/proc/self/mem'), refusal);
});
