import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Collector, parseTable, readTable, readTableSync } from '#dist/csv/read.js';
import { RecordScanner } from '#dist/csv/scan.js';
import { Table } from '#dist/csv/table.js';
import { firstInvalidUtf8, trailingPartialUtf8 } from '#dist/csv/utf8.js';
import { HackfaceError } from '#dist/errors.js';
import { NaiveRefusal, naiveRecords } from './naive.js';
import { put, temporaryFolder } from '../support/folder.js';
import { pick, randomNumbers } from '../support/random.js';

/** Everything a scanner says about a file given in pieces, as one comparable text. */
function scanned(bytes: Buffer, pieceBytes: number): string {
  const scanner = new RecordScanner('f.csv');
  const said: string[] = [];
  try {
    let start = 0;
    let end = 0;
    let last = false;
    while (!last) {
      end = Math.min(end + pieceBytes, bytes.length);
      last = end === bytes.length;
      scanner.feed(bytes.subarray(start, end), last);
      while (scanner.next()) {
        const cells = Array.from({ length: scanner.fields }, (_, field) => scanner.text(field));
        said.push(`${scanner.line} ${JSON.stringify(cells)}`);
      }
      start += scanner.consumed;
    }
  } catch (error) {
    assert.ok(error instanceof HackfaceError, String(error));
    said.push(`refused ${kindOf(error)} ${error.line}`);
  }
  return said.join('\n');
}

function kindOf(error: HackfaceError): string {
  assert.equal(error.code, 'ECSVFORMAT');
  if (error.expected === 'UTF-8 text') return 'not UTF-8';
  if (error.found.startsWith('a blank line')) return 'blank line';
  if (error.found.startsWith('a quote that opens')) return 'open quote';
  if (error.found.startsWith('a quote inside')) return 'stray quote';
  if (error.found.endsWith('behind a closing quote')) return 'text after quote';
  return error.message;
}

function naively(bytes: Buffer): string {
  const said: string[] = [];
  try {
    for (const { line, cells } of naiveRecords(bytes))
      said.push(`${line} ${JSON.stringify(cells)}`);
  } catch (error) {
    assert.ok(error instanceof NaiveRefusal, String(error));
    said.push(`refused ${error.kind} ${error.line}`);
  }
  return said.join('\n');
}

const BARE = ['', '0', '17', 'a b', ' x ', 'é', '日本', '😀', "'", ';', '\t'];
const QUOTED = [
  '""',
  '"a,b"',
  '"a\nb"',
  '"a\r\nb"',
  '"a\rb"',
  '"say ""hi"""',
  '"é\n,""日"',
  '""""',
];
const LINE_ENDS = ['\n', '\n', '\r\n', '\r'];

function randomText(next: () => number): Buffer {
  const columns = 1 + Math.floor(next() * 4);
  const rows = Math.floor(next() * 6);
  const ends = next() < 0.5 ? [pick(next, LINE_ENDS)] : LINE_ENDS;
  let text = next() < 0.1 ? '\ufeff' : '';
  for (let row = 0; row < rows; row += 1) {
    const cells = Array.from({ length: columns }, () =>
      next() < 0.3 ? pick(next, QUOTED) : pick(next, BARE),
    );
    text += cells.join(',') + (row === rows - 1 && next() < 0.3 ? '' : pick(next, ends));
  }
  while (next() < 0.15) text += pick(next, ends);
  const bytes = Buffer.from(text);
  // Half of the texts are damaged: a byte replaced, removed or put in.
  if (next() < 0.5 || bytes.length === 0) return bytes;
  const at = Math.floor(next() * bytes.length);
  const byte = pick(next, [0x22, 0x2c, 0x0a, 0x0d, 0x00, 0xff, 0xc3, 0x80, 0xe2, 0x61]);
  const damage = next();
  const [before, behind] = [bytes.subarray(0, at), bytes.subarray(damage < 0.33 ? at : at + 1)];
  return Buffer.concat([before, damage > 0.66 ? Buffer.alloc(0) : Buffer.of(byte), behind]);
}

test('the scanner says what the slow reader says, however the file is cut into pieces', () => {
  const next = randomNumbers(20190704);
  let refusals = 0;
  for (let trial = 0; trial < 2000; trial += 1) {
    const bytes = randomText(next);
    const wanted = naively(bytes);
    if (wanted.includes('refused')) refusals += 1;
    for (const pieceBytes of [1, 2, 3, 7, 16, 1 << 20]) {
      const shown = JSON.stringify(bytes.toString('latin1'));
      assert.equal(scanned(bytes, pieceBytes), wanted, `${pieceBytes} bytes a piece: ${shown}`);
    }
  }
  // Neither kind of text may die out unnoticed.
  assert.ok(refusals > 300 && refusals < 1700, `${refusals} of 2000 refused`);
});

test('a file is read in pieces as it is read whole, blocking and not', async () => {
  class Cells implements Collector<string> {
    readonly table: Table;
    private readonly said: string[] = [];
    constructor() {
      const columns = [{ name: 'a', required: true }];
      this.table = new Table({ file: 'f.csv', columns });
    }
    takeRow(): void {
      this.said.push(`${this.table.scanner.line} ${this.table.text(0)}`);
    }
    finish(): string {
      return this.said.join('\n');
    }
  }
  const folder = temporaryFolder();
  for (const end of ['\n', '\r\n', '\r']) {
    const rows = ['x,"long \n quoted ""cell"" with é and 日本"', '1,2', ',', '"",😀'];
    const text = `a,b${end}${rows.join(end)}${end}${end}`;
    const path = put(folder, 'pieces.csv', text);
    const whole = parseTable(Buffer.from(text), new Cells());
    assert.deepEqual(whole.split('\n'), ['2 x', '4 1', '5 ', '6 ']);
    for (const pieceBytes of [1, 2, 5, 11, 1000]) {
      assert.equal(parseTable(Buffer.from(text), new Cells(), pieceBytes), whole);
      assert.equal(readTableSync(path, new Cells(), pieceBytes), whole);
      assert.equal(await readTable(path, new Cells(), pieceBytes), whole);
    }
  }
});

test('numbers() reads what next() reads, and leaves the rest to it', () => {
  const next = randomNumbers(7);
  const rows = ['1,2,3\n', '10,0,999999999\r\n', '5,6,7\n'];
  const odd = [
    '01,2,3\n',
    '1,,3\n',
    '1,2\n',
    '1,2,3,4\n',
    '"1",2,3\n',
    '1234567890,1,2\n',
    '1,2,x\n',
  ];
  const blockRows = 4;
  let byBlock = 0;
  for (let trial = 0; trial < 500; trial += 1) {
    let text = '';
    const count = Math.floor(next() * 12);
    for (let row = 0; row < count; row += 1) text += pick(next, next() < 0.1 ? odd : rows);
    if (next() < 0.3) text += pick(next, ['\n', '1,2,3', '1,2,3\r', '\r\n\n']);
    const bytes = Buffer.from(text);

    const plain = new RecordScanner('f.csv');
    plain.feed(bytes, true);
    const wanted: string[] = [];
    while (plain.next()) wanted.push(`${plain.line}:${cellsOf(plain)}`);

    const mixed = new RecordScanner('f.csv');
    mixed.feed(bytes, true);
    const cells = new Uint32Array(blockRows * 3);
    const got: string[] = [];
    for (;;) {
      const block = mixed.numbers(cells, 3);
      byBlock += block;
      for (let row = 0; row < block; row += 1) {
        got.push(`${mixed.line + row}:${[...cells.subarray(3 * row, 3 * row + 3)].join(',')}`);
      }
      if (block > 0) continue;
      if (!mixed.next()) break;
      got.push(`${mixed.line}:${cellsOf(mixed)}`);
    }
    assert.deepEqual(got, wanted, JSON.stringify(text));
  }
  assert.ok(byBlock > 1000, `only ${byBlock} rows came in blocks`);
});

function cellsOf(scanner: RecordScanner): string {
  return Array.from({ length: scanner.fields }, (_, field) => scanner.text(field)).join(',');
}

test('invalid UTF-8 is found where a strict decoder finds it', () => {
  const next = randomNumbers(3629);
  const bytes = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf];
  const leads = [0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];
  for (let trial = 0; trial < 20000; trial += 1) {
    const length = 1 + Math.floor(next() * 6);
    const text = Uint8Array.from({ length }, () => pick(next, next() < 0.4 ? leads : bytes));
    let valid = true;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(text);
    } catch {
      valid = false;
    }
    const found = firstInvalidUtf8(text);
    assert.equal(found === -1, valid, Buffer.from(text).toString('hex'));
    if (found > 0) assert.equal(firstInvalidUtf8(text.subarray(0, found)), -1);
  }
  for (const character of ['é', '日', '😀']) {
    const whole = Buffer.from(`a${character}`);
    for (let cut = 1; cut <= whole.length; cut += 1) {
      const partial = cut === whole.length ? 0 : cut - 1;
      assert.equal(trailingPartialUtf8(whole.subarray(0, cut)), partial);
    }
  }
});
