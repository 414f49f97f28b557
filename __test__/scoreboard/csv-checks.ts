/** C01–C14: right, odd and wrong CSV files. */
import assert from 'node:assert/strict';
import { readFileSync, truncateSync } from 'node:fs';
import { matchIds } from '#dist/csv/ids.js';
import type { HackfaceError } from 'hackface-native';
import type { Bench, Refusal } from './bench.js';
import type { Check } from './check.js';

function text(bench: Bench): string {
  return readFileSync(bench.goodCsv, 'utf8');
}

/** The job done with these pairs writes what the right ones do. */
async function same(bench: Bench, what: string, content: string | Uint8Array): Promise<void> {
  const pairs = bench.put('pairs.csv', content);
  await bench.writes({ pairs }, bench.goodOutput).catch((error: Error) => {
    throw new Error(`${what}: ${error.message}`);
  });
}

function refused(
  bench: Bench,
  what: string,
  content: string | Uint8Array,
  code: string,
  place: Refusal['place'],
  ...says: RegExp[]
): Refusal {
  return { what, pairs: bench.put('pairs.csv', content), code, says, place: place ?? {} };
}

async function lineEnds(bench: Bench): Promise<void> {
  const plain = text(bench);
  await same(bench, 'CRLF', plain.replaceAll('\n', '\r\n'));
  await same(bench, 'CR', plain.replaceAll('\n', '\r'));
  await same(bench, 'no final line end', plain.trimEnd());
  await same(bench, 'blank lines at the end', `${plain}\n\n\r\n`);
}

async function encodings(bench: Bench): Promise<void> {
  const plain = text(bench);
  const swapped = Buffer.from(`\ufeff${plain}`, 'utf16le').swap16();
  const broken = Buffer.from(plain.replace('2,4,2', '2,4,\u0001'));
  broken[broken.indexOf(1)] = 0xe9;
  const at = broken.indexOf(0xe9);
  await bench.refusesEach([
    refused(
      bench,
      'UTF-16 LE',
      Buffer.from(`\ufeff${plain}`, 'utf16le'),
      'ECSVFORMAT',
      { line: 1, offset: 0 },
      /UTF-16/,
    ),
    refused(bench, 'UTF-16 BE', swapped, 'ECSVFORMAT', { line: 1, offset: 0 }, /UTF-16/),
    refused(
      bench,
      'Latin-1',
      broken,
      'ECSVFORMAT',
      { line: 4, offset: at },
      new RegExp(`byte ${at}`),
      /UTF-8/,
    ),
  ]);
}

async function columns(bench: Bench): Promise<void> {
  await same(
    bench,
    'extra and re-ordered',
    text(bench)
      .trim()
      .split('\n')
      .map((line) => {
        const [one, two, id] = line.split(',');
        return `x,${id},"a, b",${two},${one}`;
      })
      .join('\n'),
  );
  const twice = text(bench).replaceAll('\n', ',0\n').replace('Id,0', 'Id,index1');
  await bench.refuses(
    refused(bench, 'twice', twice, 'ECSVHEADER', { line: 1, column: 'index1' }, /twice/),
  );
}

async function quotes(bench: Bench): Promise<void> {
  const rows = text(bench).trim().split('\n').slice(1);
  const plain = `index1,index2,Id,note\n${rows.map((row, i) => `${row},"a, ""b""\nline ${i}"`).join('\n')}\n`;
  await same(bench, 'quoted', plain);
  const quotedIds = rows.map((row) => row.replace(/(.*),(.*)/, '$1,"$2"')).join('\n');
  await same(bench, 'quoted cells', `"index1","index2","Id"\n${quotedIds}\n`);
  const wrong = `${plain}x,1,9,"n"\n`;
  const line = 2 + 2 * rows.length;
  await bench.refusesEach([
    refused(bench, 'a wrong cell behind', wrong, 'ECSVVALUE', { line, column: 'index1' }),
    refused(
      bench,
      'open quote',
      `index1,index2,Id,note\n0,1,0,a\n1,2,1,"b\n2,3,2,c\n`,
      'ECSVFORMAT',
      { line: 3 },
      /never closed|closing quote/,
    ),
  ]);
}

async function badIndices(bench: Bench): Promise<void> {
  const cells = [
    '',
    ' 7',
    '1.0',
    '1e3',
    '0x10',
    '+5',
    '-1',
    '1_000',
    'NaN',
    '٣',
    '9007199254740993',
    '18446744073709551616',
    '01',
    '1 ',
    '"1 "',
    'true',
    'Infinity',
  ];
  await bench.refusesEach(
    cells.map((cell) => {
      const bare = cell.replaceAll('"', '');
      const shown = cell === '' ? /empty/ : new RegExp(bare.replace(/[+.]/g, '\\$&'));
      const large = /^\d{11,}$/.test(cell);
      return refused(
        bench,
        `index ${JSON.stringify(cell)}`,
        `index1,index2,Id\n0,1,0\n0,${cell},1\n`,
        large ? 'EINDEX' : 'ECSVVALUE',
        { line: 3, column: 'index2' },
        shown,
      );
    }),
  );
}

async function duplicates(bench: Bench): Promise<void> {
  await bench.refusesEach([
    refused(
      bench,
      'id 7 twice',
      'index1,index2,Id\n0,1,7\n1,2,8\n2,3,7\n',
      'EDUPLICATE',
      { line: 4, column: 'Id' },
      /line 2/,
      /7/,
    ),
    refused(
      bench,
      'id a twice',
      'index1,index2,Id\n0,1,a\n1,2,b\n2,3,a\n',
      'EDUPLICATE',
      { line: 4, column: 'Id' },
      /line 2/,
    ),
  ]);
  const pairs = bench.put('pairs.csv', 'index1,index2,Id\n0,1,9\n1,2,3\n0,1,5\n1,0,4\n');
  await bench.writes({ pairs }, 'Predicted,Id\n27,9\n34,3\n27,5\n27,4\n');
}

async function limits(bench: Bench): Promise<void> {
  const long = bench.put('pairs.csv', `index1,index2,Id\n${'a'.repeat(1 << 21)}`);
  truncateSync(long, 2 ** 30);
  const longId = `index1,index2,Id\n0,1,${'a'.repeat(3 << 20)}\n`;
  const wide = `${'x,'.repeat(1e6)}x\n`;
  await bench.refusesEach([
    {
      what: 'a line of 1 GB',
      pairs: long,
      code: 'ECSVFORMAT',
      says: [/1048576|MiB/],
      place: { line: 2 },
    },
    refused(bench, 'a cell of 3 MB', longId, 'ECSVFORMAT', { line: 2 }, /1048576|MiB/),
    refused(bench, '10^6 columns', wide, 'ECSVFORMAT', { line: 1 }, /1000|1,000|1048576/),
    refused(
      bench,
      'a NUL',
      'index1,index2,Id\n0,1,a\0b\n',
      'ECSVFORMAT',
      { line: 2, offset: 22 },
      /NUL/,
    ),
    refused(
      bench,
      'a quote of 2 MB',
      `index1,index2,Id\n0,1,"${'a\n'.repeat(1 << 20)}`,
      'ECSVFORMAT',
      undefined,
      /line 2/,
    ),
  ]);
}

async function hostileWords(bench: Bench): Promise<void> {
  const words =
    'index1,index2,Id,__proto__,constructor\n0,1,__proto__,1,2\n1,2,constructor,3,4\n0,5,toString,5,6\n';
  const output = 'Predicted,Id\n27,__proto__\n34,constructor\n11,toString\n';
  await bench.writes({ pairs: bench.put('pairs.csv', words) }, output);

  const formulas = ['=1+1', '+1', '-1', '@x', '\tx'];
  await bench.refusesEach(
    formulas.map((id) =>
      refused(
        bench,
        `id ${id}`,
        `index1,index2,Id\n0,1,a\n0,1,${id}\n`,
        'ECSVVALUE',
        { line: 3, column: 'Id' },
        /allow-formulas/,
      ),
    ),
  );
  await bench.writes(
    {
      pairs: bench.put('pairs.csv', 'index1,index2,Id\n0,1,=1+1\n'),
      args: ['--allow-formulas'],
      request: { pairsOptions: { allowFormulas: true } },
    },
    'Predicted,Id\n27,=1+1\n',
  );

  // 6.25 needs a decimal mark, which German writes as a comma.
  const halves = bench.put('pairs.csv', 'index1,index2,Id\n0,1,0\n');
  const args = ['--metric', '0.25*sqeuclidean'];
  const env = { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' };
  const request = { metric: '0.25*sqeuclidean' };
  await bench.writes({ pairs: halves, args, request, env }, 'Predicted,Id\n6.75,0\n');

  // The command takes no sample submission yet; the comparison it will use is held to the rule.
  assert.throws(
    () => matchIds(['a', 'b', 'c'], ['a', 'd', 'c'], { file: 'sample.csv', column: 'Id' }),
    (error: HackfaceError) =>
      error.file === 'sample.csv' &&
      /missing.*"b"/.test(error.message) &&
      /extra.*"d"/.test(error.message),
  );
}

export const csvChecks: Check[] = [
  {
    id: 'C01',
    title: 'a byte order mark changes nothing',
    run: (bench) => same(bench, 'BOM', `\ufeff${text(bench)}`),
  },
  { id: 'C02', title: 'line ends and blank lines at the end change nothing', run: lineEnds },
  { id: 'C03', title: 'UTF-16 and invalid UTF-8: line and byte', run: encodings },
  {
    id: 'C04',
    title: 'empty, or a header only: no rows',
    run: (bench) =>
      bench.refusesEach([
        refused(bench, 'empty', '', 'EEMPTY', {}, /no rows/),
        refused(bench, 'blank lines', '\n\n', 'EEMPTY', {}, /no rows/),
        refused(bench, 'header only', 'index1,index2,Id\n', 'EEMPTY', {}, /no rows/),
      ]),
  },
  {
    id: 'C05',
    title: 'a column missing or misspelt: columns found, nearest name',
    run: (bench) =>
      bench.refusesEach([
        refused(
          bench,
          'missing',
          'index1,Id\n0,0\n',
          'ECSVHEADER',
          { line: 1, column: 'index2' },
          /"index1", "Id"/,
          /index2/,
        ),
        refused(
          bench,
          'misspelt',
          'index1,indx2,Id\n0,1,0\n',
          'ECSVHEADER',
          { line: 1, column: 'index2' },
          /nearest is "indx2"/,
        ),
        refused(
          bench,
          'other case',
          'index1,Index2,Id\n0,1,0\n',
          'ECSVHEADER',
          { line: 1, column: 'index2' },
          /nearest is "Index2"/,
        ),
        refused(
          bench,
          'id in other case',
          'index1,index2,ID\n0,1,0\n',
          'ECSVHEADER',
          { line: 1, column: 'Id' },
          /nearest is "ID"/,
        ),
        refused(
          bench,
          'semicolons',
          'index1;index2;Id\n0;1;0\n',
          'ECSVHEADER',
          { line: 1 },
          /comma/,
        ),
      ]),
  },
  {
    id: 'C06',
    title: 'extra and re-ordered columns are read, a column twice is refused',
    run: columns,
  },
  {
    id: 'C07',
    title: 'no header line: refused with the option',
    async run(bench) {
      const bare = text(bench).replace('index1,index2,Id\n', '');
      await bench.refuses(
        refused(bench, 'no header', bare, 'ECSVHEADER', { line: 1 }, /--no-header/),
      );
      const request = { pairsOptions: { header: false } };
      const pairs = bench.put('pairs.csv', bare);
      await bench.writes({ pairs, args: ['--no-header'], request }, bench.goodOutput);
    },
  },
  {
    id: 'C08',
    title: 'too few or too many fields: line and counts',
    run: (bench) =>
      bench.refusesEach([
        refused(
          bench,
          'too few',
          'index1,index2,Id\n0,1,0\n1,2\n',
          'ECSVFORMAT',
          { line: 3 },
          /2 fields/,
          /expected 3/,
        ),
        refused(
          bench,
          'too many',
          'index1,index2,Id\n0,1,0\n1,2,1,4\n',
          'ECSVFORMAT',
          { line: 3 },
          /4 fields/,
          /expected 3/,
        ),
        refused(
          bench,
          'a blank line',
          'index1,index2,Id\n0,1,0\n\n1,2,1\n',
          'ECSVFORMAT',
          { line: 3 },
          /blank/,
        ),
      ]),
  },
  { id: 'C09', title: 'quotes are read, an open one is refused with its line', run: quotes },
  { id: 'C10', title: 'whatever is no index: row, column, value', run: badIndices },
  {
    id: 'C11',
    title: 'index N and N + 1: refused, says N',
    run: (bench) =>
      bench.refusesEach(
        [6, 7, 4_294_967_295].map((index) =>
          refused(
            bench,
            `index ${index}`,
            `index1,index2,Id\n0,1,0\n${index},1,1\n`,
            'EINDEX',
            { line: 3, column: 'index1' },
            new RegExp(`found ${index}\\b`),
            /below 6/,
          ),
        ),
      ),
  },
  {
    id: 'C12',
    title: 'an id twice is refused with both lines, a pair twice is kept',
    run: duplicates,
  },
  { id: 'C13', title: '1 GB of line, 10^6 columns, NUL: refused by limit', run: limits },
  { id: 'C14', title: 'words of JavaScript, formulas, locale, sample ids', run: hostileWords },
];
