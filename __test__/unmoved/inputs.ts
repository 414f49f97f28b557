/** The files that the cases read, the same bytes on every machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dictionary, encode, npyFile, randomNumbers } from '../support/npy.js';

const PEOPLE = 12;
const EACH = 5;
const DIM = 12;
const ROWS = PEOPLE * EACH;

/** Writes them into the folder `in` of this one. */
export function writeInputs(folder: string): void {
  const target = join(folder, 'in');
  mkdirSync(target, { recursive: true });
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(target, name), content);
  const rows = peopleRows();
  writeMatrices(rows, write);
  writeTypes(write);
  writeLists(write);
  writeSearch(rows, write);
  writeWrong(rows, write);
}

type Write = (name: string, content: string | Uint8Array) => void;

/** A matrix of any type in C order. */
function matrix(descr: string, rows: readonly (readonly number[])[]): Buffer {
  const header = dictionary(descr, `(${rows.length}, ${rows[0]?.length ?? 0})`);
  return npyFile({ header, data: encode(descr, rows.flat()) });
}

/** About normal. Logarithms and cosines may differ between versions of Node; sums do not. */
function aboutNormal(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i += 1) sum += random();
  return sum;
}

/** Row `i` is of person `i % PEOPLE`. */
function peopleRows(): number[][] {
  const random = randomNumbers(11);
  const means = Array.from({ length: PEOPLE }, () =>
    Array.from({ length: DIM }, () => 4 * aboutNormal(random)),
  );
  return Array.from({ length: ROWS }, (_, row) =>
    (means[row % PEOPLE] as number[]).map((mean, j) =>
      Math.fround(1 + mean + aboutNormal(random) * (2 + j / 4)),
    ),
  );
}

function writeMatrices(rows: number[][], write: Write): void {
  const random = randomNumbers(12);
  const positive = rows.map((row) => row.map(() => 0.5 + 20 * random()));
  write('people.npy', matrix('<f4', rows));
  write('people-f8.npy', matrix('<f8', rows));
  write('positive.npy', matrix('<f4', positive));
  write('positive-f8.npy', matrix('<f8', positive));
  const mean = (rows[0] as number[]).map(
    (_, j) => rows.reduce((sum, row) => sum + (row[j] as number), 0) / ROWS,
  );
  write('center.npy', matrix('<f8', [mean]));
  const damaged = rows.map((row) => [...row]);
  (damaged[7] as number[])[3] = Number.NaN;
  damaged[9] = Array(DIM).fill(0);
  damaged[11] = Array(DIM).fill(2.5);
  damaged[14] = [...(damaged[13] as number[])];
  damaged[20] = (damaged[20] as number[]).map((value) => 50 * value);
  damaged[32] = (damaged[31] as number[]).map((value, j) => value + j * 1e-4);
  write('damaged.npy', matrix('<f4', damaged));
  write(
    'zeros.npy',
    matrix(
      '<f4',
      rows.map((row, i) => (i === 3 ? row.map(() => 0) : row)),
    ),
  );
}

/** Every type that is read, and every way of writing a matrix. */
function writeTypes(write: Write): void {
  const random = randomNumbers(13);
  const table = (value: () => number) =>
    Array.from({ length: ROWS }, () => Array.from({ length: DIM }, value));
  const whole = (least: number, most: number) =>
    table(() => least + Math.floor(random() * (most - least + 1)));
  const halves = table(
    () =>
      (random() < 0.5 ? 0x8000 : 0) |
      ((13 + Math.floor(4 * random())) << 10) |
      Math.floor(1024 * random()),
  );
  write('f2.npy', matrix('<f2', halves));
  const ranges: Record<string, [number, number]> = {
    '|i1': [-128, 127],
    '|u1': [0, 255],
    '<i2': [-32768, 32767],
    '<u2': [0, 65535],
    '<i4': [-(2 ** 31), 2 ** 31 - 1],
    '<u4': [0, 2 ** 32 - 1],
    '<i8': [-(2 ** 40), 2 ** 40],
    '<u8': [0, 2 ** 53],
  };
  for (const [descr, [least, most]] of Object.entries(ranges)) {
    write(`${descr.slice(1)}.npy`, matrix(descr, whole(least, most)));
  }
  const values = table(() => 4 * random() - 2);
  write('big-endian.npy', matrix('>f8', values));
  const columns = Array.from({ length: DIM }, (_, j) => values.map((row) => row[j] as number));
  for (const descr of ['<f4', '<f8']) {
    write(
      `fortran-${descr.slice(1)}.npy`,
      npyFile({
        header: dictionary(descr, `(${ROWS}, ${DIM})`, 'True'),
        data: encode(descr, columns.flat()),
      }),
    );
  }
  const header = dictionary('<f4', `(${ROWS}, ${DIM})`);
  const data = encode('<f4', values.flat());
  write('version-2.npy', npyFile({ version: [2, 0], header, data }));
  write('version-3.npy', npyFile({ version: [3, 0], header, align: 0, data }));
}

const csv = (header: string, lines: readonly string[]) => `${[header, ...lines].join('\n')}\n`;

/** Rows of people, and what is known of them. */
function writeLists(write: Write): void {
  const random = randomNumbers(14);
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const person = (row: number) => row % PEOPLE;
  write(
    'labels.csv',
    csv(
      'index,class',
      rows.toReversed().map((i) => `${i},p${person(i)}`),
    ),
  );
  write(
    'classes.csv',
    csv(
      'class',
      rows.map((i) => (i < 6 ? 'unknown' : `p${person(i)}`)),
    ),
  );
  const wrong = (row: number) => (row === 25 ? 'p3' : row === 40 ? 'alone' : `p${person(row)}`);
  write('labels-wrong.csv', csv('class', rows.map(wrong)));
  write('subset.csv', csv('index', rows.filter((i) => i % 7 !== 3).map(String)));
  write('trained.csv', csv('class', ['p1', 'p4', 'somebody']));
  write(
    'groups.csv',
    csv(
      'index,group',
      rows.map((i) => `${i},${person(i) < 7 ? 'a' : '"b, c"'}`),
    ),
  );
  const all = rows.flatMap((a) => rows.slice(a + 1).map((b) => [a, b] as const));
  const pairs = all.filter(([a, b]) => person(a) === person(b) || random() < 0.18);
  const same = ([a, b]: readonly [number, number]) => (person(a) === person(b) ? 1 : 0);
  write(
    'pairs.csv',
    csv(
      'index1,index2,Id',
      pairs.map(([a, b], i) => `${a},${b},q${i}`),
    ),
  );
  write('pairs-bare.csv', `${pairs.map(([a, b], i) => `${a},${b},${i}`).join('\r\n')}\r\n`);
  write(
    'pairs-formula.csv',
    csv(
      'Id,index2,more,index1',
      pairs.slice(0, 40).map(([a, b], i) => `=${i},${b},x,${a}`),
    ),
  );
  write(
    'truth.csv',
    csv(
      'Id,same',
      pairs.map((pair, i) => `q${i},${same(pair)}`),
    ),
  );
  write(
    'truth-match.csv',
    csv(
      'match,Id',
      pairs.map((pair, i) => `${same(pair)},q${i}`),
    ),
  );
  const usage = ['Public', 'Private', 'Private', 'Ignored'];
  write(
    'truth-usage.csv',
    csv(
      'Id,same,Usage',
      pairs.map((pair, i) => `q${i},${same(pair)},${usage[i % 4]}`),
    ),
  );
  write(
    'groups-of-pairs.csv',
    csv(
      'group,Id',
      pairs.slice(9).map((_, i) => `g${i % 3},q${i}`),
    ),
  );
  write(
    'folds.csv',
    csv(
      'Id,fold',
      pairs.map((_, i) => `q${i},f${i % 4}`),
    ),
  );
  const ratios = pairs.map((pair) => 6 * random() - 3 + 2 * (2 * same(pair) - 1));
  write('ratios.csv', csv('Id,llr', ratios.map((ratio, i) => `q${i},${ratio}`).toReversed()));
  write(
    'other.csv',
    csv(
      'Predicted,Id',
      pairs.map((pair, i) => `${random() - 0.4 * same(pair)},q${i}`),
    ),
  );
  const ids = pairs.map((_, i) => `q${i}`);
  write(
    'sample.csv',
    csv(
      'Id,score',
      ids.map((id) => `${id},0.5`),
    ),
  );
  write(
    'submission-good.csv',
    csv(
      'Id,score',
      ids.map((id, i) => `${id},${i / 8}`),
    ),
  );
  write(
    'submission-bad.csv',
    csv('Predicted,Id', [
      ...['0.5,q0', 'nan,q1', '0.25,q1', '"0,5",q2', '0.1,elsewhere'],
      ...ids.slice(3, 60).map((id) => `0.5,${id}`),
    ]),
  );
  write('semicolons.csv', 'index1;index2\n0;1\n');
}

/** A gallery of nine people, and probes of all twelve. */
function writeSearch(rows: number[][], write: Write): void {
  const person = (row: number) => row % PEOPLE;
  const inGallery = (row: number) => person(row) < 9 && row < 3 * PEOPLE;
  const part = (name: string, chosen: number[]) => {
    write(
      `${name}.npy`,
      matrix(
        '<f4',
        chosen.map((row) => rows[row] as number[]),
      ),
    );
    write(
      `${name}.csv`,
      csv(
        'class',
        chosen.map((row) => `p${person(row)}`),
      ),
    );
  };
  const all = rows.map((_, row) => row);
  part('gallery', all.filter(inGallery));
  part(
    'probes',
    all.filter((row) => !inGallery(row)),
  );
}

/** What is refused. */
function writeWrong(rows: number[][], write: Write): void {
  const data = encode('<f4', rows.flat());
  const header = dictionary('<f4', `(${ROWS}, ${DIM})`);
  write('cut.npy', npyFile({ header, data: data.subarray(0, -5) }));
  write('text.npy', 'no matrix at all\n');
  write('empty.npy', npyFile({ header: dictionary('<f4', `(0, ${DIM})`) }));
  write('objects.npy', npyFile({ header: dictionary('|O', '(3, 4)'), data: Buffer.alloc(96) }));
  write('complex.npy', npyFile({ header: dictionary('<c8', '(2, 2)'), data: Buffer.alloc(32) }));
  write('cube.npy', npyFile({ header: dictionary('<f4', '(2, 2, 2)'), data: Buffer.alloc(32) }));
  write(
    'wide.npy',
    matrix('<f4', [
      [2 ** 20, 1, 2, 3],
      [4, 5, 6, 7],
    ]),
  );
  write(
    'beyond.npy',
    matrix(
      '<i8',
      rows.map((row) => row.map(() => 2 ** 60)),
    ),
  );
  write(
    'flat.npy',
    matrix(
      '<f4',
      rows.map((row) => row.map((value, j) => (j === 4 ? 1 : value))),
    ),
  );
  write('pairs-far.csv', csv('index1,index2', ['0,1', '2,300']));
  write('pairs-word.csv', csv('index1,index2', ['0,1', '2,x']));
  write('pairs-twice.csv', csv('index1,index2,Id', ['0,1,a', '2,3,a']));
  write('pairs-header.csv', csv('index1,idnex2', ['0,1']));
  write('pairs-ragged.csv', csv('index1,index2', ['0,1', '2,3,4']));
  write('pairs-none.csv', 'index1,index2\n');
  write('pairs-quote.csv', 'index1,index2,Id\n0,1,"open\n2,3,c\n');
  write('pairs-latin.csv', Buffer.from('index1,index2,Id\n0,1,caf\xe9\n', 'latin1'));
  write('pairs-seven.csv', csv('index1,index2', ['0,1', '7,3']));
  write('labels-short.csv', csv('class', ['p1', 'p2']));
  write(
    'labels-one.csv',
    csv(
      'class',
      rows.map(() => 'p1'),
    ),
  );
  write(
    'labels-twice.csv',
    csv(
      'index,class',
      rows.map(() => '0,p1'),
    ),
  );
  write('truth-two.csv', csv('Id,same', ['q0,2']));
  write('truth-part.csv', csv('Id,same', ['q0,1', 'q1,0']));
  write('damaged.safetensors', 'neither tensors nor safe');
}
