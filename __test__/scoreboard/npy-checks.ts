/** N01–N16: right, odd and wrong `.npy` files. */
import assert from 'node:assert/strict';
import { existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { dictionary, encode, halfValue, npyFile } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';
import type { Bench, Refusal } from './bench.js';
import type { Check } from './check.js';

const GOOD = encode(
  '<f4',
  Array.from({ length: 18 }, (_, i) => i),
);
const HEADER = dictionary('<f4', '(6, 3)');

/** A refusal of one file. */
function refused(
  bench: Bench,
  what: string,
  bytes: Uint8Array,
  code: string,
  ...says: RegExp[]
): Refusal {
  return { what, embeddings: bench.put('x.npy', bytes), code, says };
}

function header(text: string): Buffer {
  return npyFile({ header: text, data: GOOD });
}

function ofType(descr: string, itemBytes: number): Buffer {
  const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': (6, 3), }`;
  return npyFile({ header: text, data: Buffer.alloc(18 * itemBytes) });
}

function ofShape(shape: string, data = GOOD): Buffer {
  return npyFile({ header: dictionary('<f4', shape), data });
}

/** A random stored number of a type, and the number that it is. */
function randomItem(kind: string, random: () => number): { stored: number; value: number } {
  const whole = (low: number, high: number) => Math.floor(low + random() * (high - low + 1));
  if (kind === 'f2') {
    const stored = whole(0, 0xffff);
    const value = halfValue(stored);
    return Number.isFinite(value) ? { stored, value } : { stored: 0, value: 0 };
  }
  let stored: number;
  if (kind === 'f4') stored = Math.fround((random() - 0.5) * 10 ** whole(-6, 6));
  else if (kind === 'f8') stored = (random() - 0.5) * 10 ** whole(-6, 6);
  else {
    const bits = Math.min(8 * Number(kind[1]), 53);
    stored =
      kind[0] === 'u' ? whole(0, 2 ** bits - 1) : whole(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
  }
  return { stored, value: stored };
}

/** Reads a file back through the metric `dot` against unit vectors, which gives minus each cell. */
async function cells(bench: Bench, path: string, rows: number, dim: number): Promise<number[]> {
  const pairs = { index1: new Uint32Array(rows * dim), index2: new Uint32Array(rows * dim) };
  for (let i = 0; i < rows * dim; i += 1) {
    pairs.index1[i] = Math.floor(i / dim);
    pairs.index2[i] = rows + (i % dim);
  }
  const answer = await bench.host.call('scorePairs', path, pairs, { metric: 'dot' });
  assert.equal(answer.error, undefined, answer.error?.message);
  return Array.from(answer.value as Float64Array, (distance) => 0 - distance);
}

async function randomFiles(bench: Bench): Promise<void> {
  const random = randomNumbers(20);
  const kinds = ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8'];
  for (let file = 0; file < 200; file += 1) {
    const kind = kinds[file % kinds.length] as string;
    const [rows, dim] = [1 + Math.floor(random() * 4), 1 + Math.floor(random() * 5)];
    const version = (
      [
        [1, 0],
        [2, 0],
        [3, 0],
      ] as const
    )[Math.floor(random() * 3)] ?? [1, 0];
    const order = kind[1] === '1' ? '|' : random() < 0.5 ? '<' : '>';
    const fortran = random() < 0.5;
    const one = kind === 'f2' ? 0x3c00 : 1;
    const items = Array.from({ length: rows * dim }, () => randomItem(kind, random));
    const all = rows + dim;
    const at = (i: number, j: number) => {
      if (i < rows) return items[i * dim + j]?.stored ?? 0;
      return i - rows === j ? one : 0;
    };
    const stored: number[] = [];
    for (let k = 0; k < all * dim; k += 1) {
      stored.push(fortran ? at(k % all, Math.floor(k / all)) : at(Math.floor(k / dim), k % dim));
    }
    const text = dictionary(order + kind, `(${all}, ${dim})`, fortran ? 'True' : 'False');
    const bytes = npyFile({ version, header: text, data: encode(order + kind, stored) });
    const got = await cells(bench, bench.put('x.npy', bytes), rows, dim);
    const right = items.map(({ value }) => value + 0);
    assert.ok(
      got.every((value, i) => value === right[i]),
      `${text} version ${version}: ${got} instead of ${right}`,
    );
  }
}

async function pickles(bench: Bench): Promise<void> {
  const proof = join(bench.newFolder(), 'executed');
  // The pickle of `os.system('touch …')`.
  const pickle = Buffer.from(`cos\nsystem\n(S'touch ${proof}'\ntR.`, 'latin1');
  const object = (descr: string) =>
    npyFile({
      header: `{'descr': ${descr}, 'fortran_order': False, 'shape': (6, 3), }`,
      data: pickle,
    });
  await bench.refusesEach([
    refused(bench, 'object', object(`'|O'`), 'ENPYPICKLE', /pickle/i),
    refused(bench, 'object, 8 bytes', object(`'|O8'`), 'ENPYPICKLE', /pickle/i),
    refused(
      bench,
      'object in a structure',
      object(`[('a', '<f4'), ('b', '|O')]`),
      'ENPYPICKLE',
      /pickle/i,
    ),
    refused(bench, 'object two deep', object(`[('a', [('b', '|O')])]`), 'ENPYPICKLE', /pickle/i),
  ]);
  assert.ok(!existsSync(proof), 'the pickle was executed');
}

async function otherTypes(bench: Bench): Promise<void> {
  const types: [string, number, RegExp][] = [
    [`[('a', '<f4'), ('b', '<i4')]`, 8, /struct/i],
    [`'|V8'`, 8, /V8/],
    [`'<U5'`, 20, /U5/],
    [`'|S3'`, 3, /S3/],
    [`'<c8'`, 8, /c8|complex/],
    [`'>c16'`, 16, /c16|complex/],
    [`'<f16'`, 16, /f16|long double/],
    [`'|b1'`, 1, /b1|bool/],
    [`'<f3'`, 3, /f3/],
    [`'<q9'`, 9, /q9/],
    [`'<M8[ns]'`, 8, /M8/],
  ];
  await bench.refusesEach(
    types.map(([descr, size, name]) => {
      const says = /f3|q9/.test(descr) ? [name] : [name, /astype|numpy|a\['|field/];
      return refused(bench, descr, ofType(descr, size), 'ENPYDTYPE', ...says);
    }),
  );
}

async function badHeaders(bench: Bench): Promise<void> {
  const shape = `'shape': (6, 3)`;
  const texts: [string, string][] = [
    ['no descr', `{'fortran_order': False, ${shape}, }`],
    ['no fortran_order', `{'descr': '<f4', ${shape}, }`],
    ['no shape', `{'descr': '<f4', 'fortran_order': False, }`],
    ['an extra key', `{'descr': '<f4', 'fortran_order': False, ${shape}, 'x': 1, }`],
    ['shape twice', `{'descr': '<f4', 'fortran_order': False, ${shape}, 'shape': (3, 6), }`],
    ['fortran_order 0', `{'descr': '<f4', 'fortran_order': 0, ${shape}, }`],
    ['fortran_order false', `{'descr': '<f4', 'fortran_order': false, ${shape}, }`],
    ['fortran_order text', `{'descr': '<f4', 'fortran_order': 'False', ${shape}, }`],
    ['shape a list', dictionary('<f4', '[6, 3]')],
    ['shape of floats', dictionary('<f4', '(6.0, 3.0)')],
    ['shape an int', dictionary('<f4', '18')],
    ['shape of bools', dictionary('<f4', '(True, 18)')],
    ['shape a sum', dictionary('<f4', '(5+1, 3)')],
    ['descr a number', `{'descr': 4, 'fortran_order': False, ${shape}, }`],
    ['a call', `{'descr': '<f4', 'fortran_order': False, 'shape': eval('(6, 3)'), }`],
    ['an f-string', `{'descr': f'<f4', 'fortran_order': False, ${shape}, }`],
    ['a NUL', `{'descr': '<f4', 'fortran_order': False, ${shape}, }\0`],
    ['text behind', `${HEADER} 1`],
    ['two dictionaries', `${HEADER}${HEADER}`],
    ['4,000 brackets', `${'['.repeat(4000)}${']'.repeat(4000)}`],
    ['4,000 brackets in descr', `{'descr': ${'['.repeat(4000)}, 'fortran_order': False, ${shape}}`],
    ['4,000 brackets in shape', dictionary('<f4', `${'('.repeat(4000)}6, 3${')'.repeat(4000)}`)],
    ['3,000 minuses', dictionary('<f4', `(${'-'.repeat(3000)}6, 3)`)],
    ['nothing', ''],
    ['binary', '\x01\x02\xff\xfe\x80'],
  ];
  const files = texts.map(([what, text]) => refused(bench, what, header(text), 'ENPYHEADER'));
  files.push(
    refused(
      bench,
      'header length 0',
      npyFile({ header: HEADER, claimedLength: 0, data: GOOD }),
      'ENPYHEADER',
    ),
    refused(
      bench,
      'invalid UTF-8 in 3.0',
      Buffer.concat([
        Buffer.from('\x93NUMPY\x03\x00\x04\x00\x00\x00', 'latin1'),
        Buffer.from([0x7b, 0xff, 0xff, 0x7d]),
      ]),
      'ENPYHEADER',
      /UTF-8/,
    ),
  );
  await bench.refusesEach(files);
}

async function oddHeaders(bench: Bench): Promise<void> {
  const rows = [1, 2, 3, 4, 5, 6, 7, 8, 10, -1, 0, 2, 3, -3, 3, 0, 1, 0];
  const data = encode('<f4', rows);
  const plain = dictionary('<f4', '(6, 3)');
  const files: [string, Buffer][] = [
    [
      'key order',
      npyFile({ header: `{'shape': (6, 3), 'fortran_order': False, 'descr': '<f4'}`, data }),
    ],
    ['double quotes', npyFile({ header: plain.replaceAll(`'`, '"'), data })],
    ['no comma', npyFile({ header: plain.replace(', }', '}'), data })],
    ['newlines', npyFile({ header: plain.replaceAll(', ', ',\n  ').replace('{', '{\n'), data })],
    ['2L', npyFile({ header: dictionary('<f4', '(6L, 3L)'), data })],
    ['aligned to 16', npyFile({ header: plain, align: 16, data })],
    ['not aligned', npyFile({ header: `${plain}   `, align: 0, data })],
    ['no line end', npyFile({ header: plain, newline: false, data })],
    ['=f4', npyFile({ header: dictionary('=f4', '(6, 3)'), data })],
    ['version 2.0', npyFile({ version: [2, 0], header: plain, data })],
    ['version 3.0', npyFile({ version: [3, 0], header: plain, data })],
  ];
  for (const [what, bytes] of files) {
    await bench
      .writes({ embeddings: bench.put('x.npy', bytes) }, bench.goodOutput)
      .catch((error) => {
        throw new Error(`${what}: ${(error as Error).message}`);
      });
  }
}

async function noRowsOrColumns(bench: Bench): Promise<void> {
  const empty = bench.put('x.npy', ofShape('(0, 3)', Buffer.alloc(0)));
  const opened = await bench.host.call('openEmbeddings', empty);
  assert.deepEqual(
    opened.value,
    { rows: 0, dim: 3, dtype: 'float32', io: 'mmap' },
    opened.error?.message,
  );
  const pairs = { index1: Uint32Array.of(0), index2: Uint32Array.of(0) };
  const { error } = await bench.host.call('scorePairs', empty, pairs, {});
  assert.match(error?.message ?? 'none', /no rows/);
  await bench.refusesEach([
    // Every index is too large for a matrix without rows; either way of saying so will do.
    { what: '(0, 3) scored', embeddings: empty, code: 'EEMPTY', says: [/no rows/] },
    refused(bench, '(6, 0)', ofShape('(6, 0)', Buffer.alloc(0)), 'ENPYSHAPE', /6, 0/),
  ]);
}

async function lengths(bench: Bench): Promise<void> {
  const short = (bytes: number) => header(HEADER).subarray(0, -bytes);
  await bench.refusesEach([
    refused(bench, 'a byte short', short(1), 'ENPYLENGTH', /\b71\b/, /\b72\b/, /\b5 whole rows/),
    refused(bench, 'a row short', short(12), 'ENPYLENGTH', /\b60\b/, /\b72\b/, /\b5 whole rows/),
    refused(
      bench,
      'everything short',
      short(72),
      'ENPYLENGTH',
      /\b0 bytes/,
      /\b72\b/,
      /\b0 whole rows/,
    ),
  ]);
}

async function tooLong(bench: Bench): Promise<void> {
  const bytes = header(HEADER);
  const mangled = Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  await bench.refusesEach([
    refused(
      bench,
      'a byte more',
      Buffer.concat([bytes, Buffer.alloc(1)]),
      'ENPYLENGTH',
      /\b73\b/,
      /\b72\b/,
    ),
    refused(bench, 'a row more', Buffer.concat([bytes, Buffer.alloc(12)]), 'ENPYLENGTH', /\b84\b/),
    refused(bench, 'two arrays', Buffer.concat([bytes, bytes]), 'ENPYLENGTH'),
    refused(bench, 'line ends mangled', mangled, 'ENPYLENGTH'),
  ]);
}

async function hugeShape(bench: Bench): Promise<void> {
  const bytes = npyFile({ header: dictionary('<f4', '(1000000000, 512)'), data: Buffer.alloc(24) });
  await bench.refuses({ ...refused(bench, '10^9 × 512', bytes, 'ENPYLENGTH'), withinMs: 100 });
}

async function longHeaders(bench: Bench): Promise<void> {
  const spaces = (count: number) =>
    npyFile({ version: [2, 0], header: HEADER + ' '.repeat(count), data: GOOD });
  await bench.refusesEach([
    refused(bench, '12 KB', spaces(12_000), 'ENPYHEADER', /10,?000/),
    refused(bench, '1 MB', spaces(1_000_000), 'ENPYHEADER', /10,?000/),
  ]);
  const sparse = bench.put(
    'x.npy',
    npyFile({ version: [2, 0], header: HEADER, claimedLength: 2 ** 31 }),
  );
  truncateSync(sparse, 2 ** 31 + 12);
  await bench.refuses({
    what: '2 GiB that are there',
    embeddings: sparse,
    code: 'ENPYHEADER',
    says: [/10,?000/],
  });
}

/** A check whose files are each refused with one code. */
function each(
  id: string,
  title: string,
  code: string,
  files: (bench: Bench) => [string, Uint8Array, ...RegExp[]][],
): Check {
  return {
    id,
    title,
    run: (bench) =>
      bench.refusesEach(
        files(bench).map(([what, bytes, ...says]) => refused(bench, what, bytes, code, ...says)),
      ),
  };
}

export const npyChecks: Check[] = [
  { id: 'N01', title: '200 random valid files read bit for bit', run: randomFiles },
  { id: 'N02', title: 'objects are refused as pickle, nothing runs', run: pickles },
  { id: 'N03', title: 'other types are refused by name, with a cure', run: otherTypes },
  each('N04', '0, 5 and 9 bytes: truncated header', 'ENPYHEADER', () =>
    [0, 5, 9].map((length) => [
      `${length} bytes`,
      header(HEADER).subarray(0, length),
      /truncated header/,
    ]),
  ),
  each('N05', 'other kinds of file are named', 'ENPYHEADER', () => [
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]), /gzip/],
    ['HTML', Buffer.from('<!DOCTYPE html>\n<html><body>404</body></html>\n'), /HTML/],
    [
      'git-lfs',
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'),
      /git-lfs/,
      /git lfs pull/,
    ],
    ['BOM', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), header(HEADER)]), /byte order mark/],
  ]),
  each('N05-zip', 'a zip archive cut short', 'EFORMAT', () => [
    ['zip', Buffer.from('PK\x03\x04\x14\0\0\0\0\0\0\0\0\0', 'latin1'), /zip/],
  ]),
  each('N06', 'versions 0.0, 1.1, 4.0, 255.255', 'ENPYHEADER', () =>
    (
      [
        [0, 0],
        [1, 1],
        [4, 0],
        [255, 255],
      ] as const
    ).map((version) => [
      version.join('.'),
      npyFile({ version, header: HEADER, data: GOOD }),
      new RegExp(`${version[0]}\\.${version[1]}`),
    ]),
  ),
  each('N07', 'a header longer than the file', 'ENPYHEADER', () => [
    ['past the end', npyFile({ header: HEADER, claimedLength: 65_535, data: GOOD })],
    ['one byte past the end', npyFile({ header: HEADER, claimedLength: 119 })],
    [
      '4 GiB in 14 bytes',
      npyFile({
        version: [2, 0],
        header: '',
        align: 0,
        newline: true,
        claimedLength: 2 ** 32 - 1,
        data: Buffer.alloc(1),
      }),
    ],
  ]),
  { id: 'N08', title: 'headers of 12 KB and 1 MB: refused with the limit', run: longHeaders },
  { id: 'N09', title: 'keys, types, calls and deep nesting', run: badHeaders },
  { id: 'N10', title: 'odd but right headers are read', run: oddHeaders },
  each('N11', '0-D, 1-D, 3-D and 34-D are refused with the shape', 'ENPYSHAPE', () => [
    ['0-D', ofShape('()', GOOD.subarray(0, 4)), /\(\)/],
    ['1-D', ofShape('(18,)'), /\(18,\)/],
    ['3-D', ofShape('(3, 3, 2)'), /\(3, 3, 2\)/],
    ['34-D', ofShape(`(${'1, '.repeat(33)}18)`), /34/],
  ]),
  { id: 'N12', title: '(0, D) loads and has no rows, (N, 0) is refused', run: noRowsOrColumns },
  each('N13', 'overflowing and negative shapes', 'ENPYSHAPE', () => [
    ['-6', ofShape('(-6, 3)')],
    ['-6, -3', ofShape('(-6, -3)')],
    ['2^32 × 2^32', ofShape('(4294967296, 4294967296)')],
    ['product 0 modulo 2^64', ofShape('(9223372036854775808, 2)')],
    ['product 18 modulo 2^64', ofShape('(6148914691236517212, 3)')],
    ['2^64 + 6', ofShape('(18446744073709551622, 3)')],
    ['(0, 2^64 - 1)', ofShape('(0, 18446744073709551615)', Buffer.alloc(0))],
  ]),
  { id: 'N14', title: '10^9 × 512 in 152 bytes: refused in 100 ms', run: hugeShape },
  { id: 'N15', title: 'short by a byte, a row, everything', run: lengths },
  { id: 'N16', title: 'longer by a byte, a row, an array, CR', run: tooLong },
];
