import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIECE_BYTES } from '#dist/csv/read.js';
import { parsePairs, readPairsSync } from '#dist/csv/pairs.js';
import { HackfaceError } from '#dist/errors.js';
import { type NaiveRecord, NaiveRefusal, naiveRecords } from './naive.js';
import { put, temporaryFolder } from '../support/folder.js';
import { pick, randomNumbers } from '../support/random.js';
import { bytesOf, parseLabels, parseTruth } from './support.js';

const ROWS = 50;

/** Expected pairs, from the slow reader and regular expressions. */
function naivePairs(bytes: Uint8Array): string {
  const index1: number[] = [];
  const index2: number[] = [];
  const ids: string[] = [];
  const lineOfId = new Map<string, number>();
  let twice = '';
  try {
    const records = naiveRecords(bytes);
    const header = (records.next().value as NaiveRecord).cells;
    const position = (name: string) => header.indexOf(name);
    for (const { line, cells } of records) {
      if (cells.length !== header.length) return `ECSVFORMAT ${line}`;
      for (const [name, values] of [
        ['index1', index1],
        ['index2', index2],
      ] as const) {
        const cell = cells[position(name)] as string;
        if (!/^(0|[1-9][0-9]*)$/.test(cell)) return `ECSVVALUE ${line} ${name}`;
        if (BigInt(cell) >= BigInt(ROWS)) return `EINDEX ${line} ${name}`;
        values.push(Number(cell));
      }
      const id = cells[position('Id')] as string;
      if (id === '' || /^[=+\-@\t\r]/.test(id)) return `ECSVVALUE ${line} Id`;
      if (lineOfId.has(id) && twice === '') twice = `EDUPLICATE ${line} Id ${lineOfId.get(id)}`;
      lineOfId.set(id, lineOfId.get(id) ?? line);
      ids.push(id);
    }
  } catch (error) {
    assert.ok(error instanceof NaiveRefusal, String(error));
    return `ECSVFORMAT ${error.line}`;
  }
  if (ids.length === 0) return 'EEMPTY';
  if (twice !== '') return twice;
  return JSON.stringify({ index1, index2, ids });
}

function quickly(read: () => ReturnType<typeof parsePairs>): string {
  try {
    const { index1, index2, ids } = read();
    return JSON.stringify({
      index1: [...index1],
      index2: [...index2],
      ids: Array.from(ids as ArrayLike<number | string>, String),
    });
  } catch (error) {
    assert.ok(error instanceof HackfaceError, String(error));
    const parts = [error.code, error.line, error.column];
    if (error.code === 'EDUPLICATE') parts.push(/line (\d+)/.exec(error.found)?.[1]);
    return parts.filter((part) => part !== undefined).join(' ');
  }
}

test('pairs are what the slow reader makes of them, by blocks, rows and pieces', () => {
  const folder = temporaryFolder();
  const next = randomNumbers(31444);
  const outcomes = new Map<string, number>();
  for (let trial = 0; trial < 1500; trial += 1) {
    const columns = pick(next, [
      ['index1', 'index2', 'Id'],
      ['Id', 'x', 'index2', 'index1'],
    ]);
    const end = pick(next, ['\n', '\r\n']);
    const trouble = pick(next, [0, 0.03]);
    let text = columns.join(',') + end;
    const count = Math.floor(next() * 30);
    let texts = false;
    for (let row = 0; row < count; row += 1) {
      texts ||= next() < 0.02;
      const cells = columns.map((column) => {
        if (next() < trouble) {
          return pick(next, [
            '',
            '50',
            '07',
            '4294967296',
            '1e1',
            '"3"',
            '"a""b"',
            '=1',
            '"\n"',
            '3',
          ]);
        }
        if (column === 'Id') return texts ? `id${row}` : String(row * 3);
        return String(Math.floor(next() * ROWS));
      });
      if (next() < trouble / 2) cells.pop();
      text += cells.join(',') + (row === count - 1 && next() < 0.5 ? '' : end);
    }
    const bytes = bytesOf(text);
    const wanted = naivePairs(bytes);
    const outcome = wanted.startsWith('{') ? 'read' : (wanted.split(' ')[0] as string);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    assert.equal(
      quickly(() => parsePairs(bytes, { rows: ROWS })),
      wanted,
      JSON.stringify(text),
    );
    if (trial % 10 === 0) {
      const path = put(folder, 'pairs.csv', bytes);
      assert.equal(
        quickly(() => readPairsSync(path, { rows: ROWS })),
        wanted,
      );
    }
  }
  for (const code of ['read', 'ECSVFORMAT', 'ECSVVALUE', 'EINDEX', 'EDUPLICATE', 'EEMPTY']) {
    assert.ok((outcomes.get(code) ?? 0) >= 10, `${code}: ${outcomes.get(code)} of 1500 trials`);
  }
});

test('a file larger than a piece is read across its edges, lines included', () => {
  const rows = 500_000;
  let text = 'index1,index2,Id\n';
  for (let row = 0; row < rows; row += 1) text += `${row % 97},${row % 89},${row}\n`;
  const bytes = bytesOf(text);
  assert.ok(bytes.length > PIECE_BYTES);
  const folder = temporaryFolder();
  for (const pairs of [parsePairs(bytes), readPairsSync(put(folder, 'large.csv', bytes))]) {
    assert.equal(pairs.length, rows);
    for (let row = 0; row < rows; row += 1) {
      if (
        pairs.index1[row] !== row % 97 ||
        pairs.index2[row] !== row % 89 ||
        pairs.ids[row] !== row
      ) {
        assert.fail(`row ${row}`);
      }
      if (pairs.source.lines.lineOf(row) !== row + 2) assert.fail(`line of row ${row}`);
    }
  }
});

test('labels are keyed by index in any order, and numbered by first row', () => {
  const labels = parseLabels(bytesOf('index,class\n3,b\n0,c\n2,a\n1,b\n'));
  assert.deepEqual([...labels.classes], [0, 1, 2, 1]);
  assert.deepEqual(labels.names, ['c', 'b', 'a']);
  assert.equal(labels.count, 3);
  // Numbers go another way than texts, to the same answer.
  const numbers = parseLabels(bytesOf('index,class\n3,20\n0,30\n2,10\n1,20\n'), { rows: 4 });
  assert.deepEqual([...numbers.classes], [0, 1, 2, 1]);
  assert.deepEqual(numbers.names, ['30', '20', '10']);
  const mixed = parseLabels(
    bytesOf('class,index,path\n7,0,1\n7,1,1\n"7",2,x\nx,3,x\n07,4,5\n7,5,5\n'),
  );
  assert.deepEqual([...mixed.classes], [0, 0, 0, 1, 2, 0]);
  assert.deepEqual(mixed.names, ['7', 'x', '07']);
  assert.deepEqual([...parseLabels(bytesOf('class\n5\n5\n1\n')).classes], [0, 0, 1]);
});

test('labels are what a map of texts makes of them', () => {
  const next = randomNumbers(10575);
  for (let trial = 0; trial < 200; trial += 1) {
    const rows = 1 + Math.floor(next() * 60);
    const order = Array.from({ length: rows }, (_, row) => row);
    for (let row = rows - 1; row > 0; row -= 1) {
      const other = Math.floor(next() * (row + 1));
      [order[row], order[other]] = [order[other] as number, order[row] as number];
    }
    const names = trial % 2 === 0 ? ['0', '1', '2', '33', '4444'] : ['é', 'x', '7', '"a,b"', ' '];
    const classOfRow = new Map(order.map((row) => [row, pick(next, names)]));
    const text = `index,class\n${order.map((row) => `${row},${classOfRow.get(row)}\n`).join('')}`;
    const labels = parseLabels(bytesOf(text), { rows });
    const first = [...new Set(order.toSorted((a, b) => a - b).map((row) => classOfRow.get(row)))];
    assert.deepEqual(
      labels.names,
      first.map((name) => name?.replaceAll('"', '')),
    );
    for (let row = 0; row < rows; row += 1) {
      assert.equal(labels.classes[row], first.indexOf(classOfRow.get(row)));
    }
  }
});

test('bytes may be a view into a larger buffer', () => {
  const whole = Buffer.from('xxxxId,same\na,1\nb,0\nyyyy');
  const view = new Uint8Array(whole.buffer, whole.byteOffset + 4, whole.length - 8);
  const truth = parseTruth(view);
  assert.deepEqual(
    [truth.ids, [...truth.same]],
    [
      ['a', 'b'],
      [1, 0],
    ],
  );
});
