/** The files that the cases read, the same bytes on every machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dictionary, encode, npyFile, type NpyParts } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';

const [PEOPLE, ROWS, DIM] = [12, 60, 12];
/** Row numbers; each person has every twelfth row. */
const ALL = Array.from({ length: ROWS }, (_, row) => row);
const person = (row: number) => row % PEOPLE;

type Files = Record<string, string | Uint8Array>;
type Rows = readonly (readonly number[])[];

/** Writes them into the folder `in` of this one. */
export function writeInputs(folder: string): void {
  const target = join(folder, 'in');
  mkdirSync(target, { recursive: true });
  const rows = peopleRows();
  const files = {
    ...matrices(rows),
    ...types(),
    ...lists(),
    ...named(),
    'pilot.json': JSON.stringify(pilot()),
    'ranked.json': JSON.stringify(ranked()),
    ...search(rows),
    ...OTHERS,
  };
  for (const [name, content] of Object.entries<string | Uint8Array>(files)) {
    writeFileSync(join(target, name), content);
  }
}

/** Numbers in a grid of rows and columns. */
function table(value: (row: number, column: number) => number, rows = ROWS): number[][] {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: DIM }, (_, j) => value(i, j)));
}

/** A matrix of any type in C order, unless `parts` says otherwise. */
function matrix(descr: string, rows: Rows, parts: Partial<NpyParts> = {}): Buffer {
  const header = dictionary(descr, `(${rows.length}, ${rows[0]?.length ?? 0})`);
  return npyFile({ header, data: encode(descr, rows.flat()), ...parts });
}

/** Lines of a list below a header. */
function csv<T>(header: string, list: readonly T[], line: (one: T, i: number) => unknown = String) {
  return `${[header, ...list.map(line)].join('\n')}\n`;
}

/** Rows about the means of people. */
function peopleRows(): number[][] {
  const random = randomNumbers(11);
  // About normal. Logarithms and cosines may differ between versions of Node; sums do not.
  const normal = () => {
    let sum = -6;
    for (let i = 0; i < 12; i += 1) sum += random();
    return sum;
  };
  const means = table(() => 4 * normal(), PEOPLE);
  const mean = (i: number, j: number) => 1 + (means[person(i)]?.[j] as number);
  return table((i, j) => Math.fround(mean(i, j) + normal() * (2 + j / 4)));
}

/** The result of an earlier run, as far as gates, thresholds from elsewhere and plans read it. */
function pilot(): object {
  const variance = { people: 40, byPeople: 2e-4, byPairs: 1e-4 };
  const interval = { low: 0.2, high: 0.3, level: 0.95, method: 'identity influence', variance };
  const point = { far: 0.1, rule: 'at-most', threshold: 0.5, achievedFar: 0.09, tar: 0.6 };
  return {
    schema: 'hackface-evaluation/1',
    subject: { metric: 'euclidean' },
    orientation: 'distance',
    genuine: 100,
    impostors: 900,
    identities: 60,
    auroc: { value: 0.8, interval: { ...interval, low: 0.75, high: 0.85 } },
    eer: { value: 0.25, interval, threshold: 0.5 },
    tarAtFar: [{ ...point, achievedFarInterval: interval, tarInterval: interval }],
    accuracyAt: [],
    warnings: [],
    undefinedBecause: {},
  };
}

/** The result of an earlier identification, as far as gates read it. */
function ranked(): object {
  const interval = {
    low: 0.4,
    high: 0.6,
    level: 0.95,
    method: 'identity influence',
    variance: null,
  };
  return {
    schema: 'hackface-identification/1',
    subject: { metric: 'cosine' },
    probes: 100,
    identities: 60,
    closedSet: { identities: 60, rankRates: [{ rank: 1, rate: 0.5, interval, expected: 0.5 }] },
    warnings: [],
    undefinedBecause: {},
  };
}

/** The same rows by name, and lists that speak of them. */
function named(): Files {
  const name = (row: number) => `p${person(row)}/r_${String(row).padStart(4, '0')}.jpg`;
  const pairs = ALL.slice(0, 48).map((row) => [row, (row + (row % 3 === 0 ? PEOPLE : 1)) % ROWS]);
  const trial = ([one = 0, other = 0]: number[]) => [name(one), name(other)].join(' ');
  const same = ([one = 0, other = 0]: number[]) => person(one) === person(other);
  const lines = (list: readonly string[]) => `${list.join('\n')}\n`;
  const lfw = (fold: number) => [
    ...[0, 1, 2].map((at) => `p${fold + at}\t${fold + at}\t${fold + at + PEOPLE}`),
    ...[0, 1, 2].map((at) => `p${fold + at}\t${fold + at}\tp${at + 6}\t${at + 6}`),
  ];
  return {
    'names.txt': lines(ALL.map(name)),
    'names.csv': csv('name,other', ALL, (row) => `${name(row)},x`),
    'veri.txt': lines(pairs.map((pair) => `${same(pair) ? 1 : 0} ${trial(pair)}`)),
    trials: lines(pairs.map((pair) => `${trial(pair)} ${same(pair) ? 'target' : 'nontarget'}`)),
    'scores.txt': lines(
      pairs.map((pair, at) => `${trial(pair)} ${(at % 7) + (same(pair) ? 3 : 0)}`),
    ),
    'genuine.txt': lines(ALL.map((row) => String(5 + ((row * 7) % 11) / 2))),
    'impostor.txt': lines(ALL.map((row) => String(((row * 5) % 13) / 2))),
    'lfw.txt': lines(['2\t3', ...lfw(0), ...lfw(3)]),
    spk2utt: lines(
      ALL.slice(0, 4).map((p) =>
        [`p${p}`, ...[0, 1, 2].map((at) => name(p + at * PEOPLE))].join(' '),
      ),
    ),
    // Templates of people and of both halves of their rows, and pairs of these.
    'media.csv': csv('template,media,row', ALL.slice(0, 48), (row) =>
      [`t${person(row)}-${Math.floor(row / PEOPLE) % 2}`, row % 5, row].join(','),
    ),
    'template-pairs.txt': lines(
      ALL.slice(0, 24).map((row) => {
        const [one, other] = [person(row), person(row % 3 === 0 ? row : row + 5)];
        return `t${one}-0 t${other}-1 ${one === other ? 1 : 0}`;
      }),
    ),
    'templates.txt': lines(
      ALL.slice(0, 40).map(
        (row) => `p${row % 4} ${name(row + 16)} ${person(row + 16) === row % 4 ? 1 : 0}`,
      ),
    ),
    'subset-named.csv': lines(['name', ...ALL.slice(12).map(name)]),
    utt2spk: lines(ALL.toReversed().map((row) => `${name(row)} p${person(row)}`)),
    'groups-named.csv': csv('name,group', ALL, (row) => `${name(row)},${row % 2 ? 'odd' : 'even'}`),
  };
}

function matrices(rows: number[][]): Files {
  const random = randomNumbers(12);
  const positive = table(() => 0.5 + 20 * random());
  const mean = table((_, j) => rows.reduce((sum, row) => sum + (row[j] as number), 0) / ROWS, 1);
  const damaged = rows.with(9, Array(DIM).fill(0)).with(11, Array(DIM).fill(2.5));
  const wide = [
    [2 ** 20, 1, 2, 3],
    [4, 5, 6, 7],
  ];
  const beyond = table(() => 2 ** 60);
  const flat = rows.map((row) => row.with(4, 1));
  damaged[7] = (rows[7] as number[]).with(3, Number.NaN);
  damaged[14] = rows[13] as number[];
  damaged[20] = (rows[20] as number[]).map((value) => 50 * value);
  damaged[32] = (rows[31] as number[]).map((value, j) => value + j * 1e-4);
  return {
    'people.npy': matrix('<f4', rows),
    'people-f8.npy': matrix('<f8', rows),
    'positive.npy': matrix('<f4', positive),
    'positive-f8.npy': matrix('<f8', positive),
    'center.npy': matrix('<f8', mean),
    'damaged.npy': matrix('<f4', damaged),
    'zeros.npy': matrix('<f4', rows.with(3, Array(DIM).fill(0))),
    'flat.npy': matrix('<f4', flat),
    'wide.npy': matrix('<f4', wide),
    'beyond.npy': matrix('<i8', beyond),
    'cut.npy': matrix('<f4', rows).subarray(0, -5),
    'vectors.f32': encode('<f4', [1, 2, 3, 4, 5, 6, 7, 8]),
    'vectors.json': '[{"id":"a","label":"x","v":[1,2.5]},{"id":"b","label":"y","v":[3,-4]}]',
  };
}

/** Every type that is read, and every way of writing a matrix. */
function types(): Files {
  const random = randomNumbers(13);
  const upTo = (size: number) => Math.floor(size * random());
  const halves = table(() => (random() < 0.5 ? 0x8000 : 0) | ((13 + upTo(4)) << 10) | upTo(1024));
  const files: Files = { 'f2.npy': matrix('<f2', halves) };
  const bits = { i1: 8, u1: 8, i2: 16, u2: 16, i4: 32, u4: 32, i8: 41, u8: 53 };
  for (const [type, n] of Object.entries(bits)) {
    const least = type[0] === 'i' ? -(2 ** (n - 1)) : 0;
    const rows = table(() => least + upTo(2 ** n));
    files[`${type}.npy`] = matrix(`${n === 8 ? '|' : '<'}${type}`, rows);
  }
  const values = table(() => 4 * random() - 2);
  files['big-endian.npy'] = matrix('>f8', values);
  const byColumn = Array.from({ length: DIM }, (_, j) => values.map((row) => row[j] as number));
  for (const descr of ['<f4', '<f8']) {
    const header = dictionary(descr, `(${ROWS}, ${DIM})`, 'True');
    files[`fortran-${descr.slice(1)}.npy`] = matrix(descr, byColumn, { header });
  }
  files['version-2.npy'] = matrix('<f4', values, { version: [2, 0] });
  files['version-3.npy'] = matrix('<f4', values, { version: [3, 0], align: 0 });
  return files;
}

/** Pairs of people, and what is known of rows and pairs. */
function lists(): Files {
  const random = randomNumbers(14);
  const all = ALL.flatMap((a) => ALL.slice(a + 1).map((b) => [a, b] as const));
  const pairs = all.filter(([a, b]) => person(a) === person(b) || random() < 0.18);
  const ids = pairs.map((_, i) => `q${i}`);
  const same = pairs.map(([a, b]) => (person(a) === person(b) ? 1 : 0));
  const ratios = same.map((one) => 6 * random() - 3 + 2 * (2 * one - 1));
  const others = same.map((one) => random() - 0.4 * one);
  const wrong: Record<number, string> = { 25: 'p3', 40: 'alone' };
  const some = ALL.filter((i) => i % 7 !== 3);
  const usage = ['Public', 'Private', 'Private', 'Ignored'];
  const group = (i: number) => (person(i) < 7 ? 'a' : '"b, c"');
  const wrongly = ['0.5,q0', 'nan,q1', '0.25,q1', '"0,5",q2', '0.1,elsewhere'];
  const rightly = ids.slice(3, 60).map((id) => `0.5,${id}`);
  const formula = ([a, b]: readonly [number, number], i: number) => `=${i},${b},x,${a}`;
  return {
    'labels.csv': csv('index,class', ALL.toReversed(), (i) => `${i},p${person(i)}`),
    'classes.csv': csv('class', ALL, (i) => (i < 6 ? 'unknown' : `p${person(i)}`)),
    'labels-wrong.csv': csv('class', ALL, (i) => wrong[i] ?? `p${person(i)}`),
    'labels-one.csv': csv('class', ALL, () => 'p1'),
    'labels-twice.csv': csv('index,class', ALL, () => '0,p1'),
    'gone.csv': csv('class', ['p3', 'p7']),
    'subset.csv': csv('index', some),
    'quality.csv': csv('index,sharp', ALL, (i) => `${i},${(i * 7) % 5}`),
    'groups-crossed.csv': csv(
      'index,sex,age',
      ALL,
      (i) => `${i},${person(i) % 2 ? 'f' : 'm'},${person(i) < 7 ? 'old' : 'young'}`,
    ),
    'groups.csv': csv('index,group', ALL, (i) => `${i},${group(i)}`),
    'pairs.csv': csv('index1,index2,Id', pairs, (pair, i) => `${pair},q${i}`),
    'pairs-bare.csv': pairs.map((pair, i) => `${pair},${i}\r\n`).join(''),
    'pairs-formula.csv': csv('Id,index2,more,index1', pairs.slice(0, 40), formula),
    'truth.csv': csv('Id,same', same, (one, i) => `q${i},${one}`),
    'truth-match.csv': csv('match,Id', same, (one, i) => `${one},q${i}`),
    'truth-usage.csv': csv('Id,same,Usage', same, (one, i) => `q${i},${one},${usage[i % 4]}`),
    'groups-of-pairs.csv': csv('group,Id', ids.slice(0, -9), (id, i) => `g${i % 3},${id}`),
    'folds.csv': csv('Id,fold', ids, (id, i) => `${id},f${i % 4}`),
    'ratios.csv': csv('Id,llr', ratios.map((ratio, i) => `q${i},${ratio}`).toReversed()),
    'other.csv': csv('Predicted,Id', others, (other, i) => `${other},q${i}`),
    'sample.csv': csv('Id,score', ids, (id) => `${id},0.5`),
    'submission-good.csv': csv('Id,score', ids, (id, i) => `${id},${i / 8}`),
    'submission-bad.csv': csv('Predicted,Id', [...wrongly, ...rightly]),
  };
}

/** A gallery of nine people, and probes of all twelve. */
function search(rows: number[][]): Files {
  const isIn = (row: number) => person(row) < 9 && row < 3 * PEOPLE;
  const files: Files = {};
  for (const name of ['gallery', 'probes']) {
    const chosen = ALL.filter((row) => isIn(row) === (name === 'gallery'));
    const own = chosen.map((row) => rows[row] as number[]);
    files[`${name}.npy`] = matrix('<f4', own);
    files[`${name}.csv`] = csv('class', chosen, (row) => `p${person(row)}`);
    const template = (row: number) => `t${person(row)}-${name[0]}${Math.floor(row / PEOPLE) % 2}`;
    files[`${name}-templates.csv`] = csv('row,template,media,class', chosen, (row, place) =>
      [place, template(row), row % 2, `p${person(row)}`].join(','),
    );
    files[`${name}-cameras.csv`] = csv('camera', chosen, (row) => `c${row % 3}`);
    // As images of Market-1501 and of VeRi-776 are called; the last person is nobody's.
    for (const [protocol, sequence] of [
      ['market1501', 's1'],
      ['veri', ''],
    ] as const) {
      const named = (row: number) =>
        person(row) === 8 ? '-1' : String(person(row) + 1).padStart(4, '0');
      files[`${name}-${protocol}.txt`] = csv(
        'name',
        chosen,
        (row) => `${named(row)}_c${row % 3}${sequence}_${row}.jpg`,
      );
    }
  }
  return files;
}

/** An array of a type and shape whose elements are zero. */
function zeros(descr: string, shape: string, size = 0): Buffer {
  return npyFile({ header: dictionary(descr, shape), data: Buffer.alloc(size) });
}

/** Most of them wrong. */
const OTHERS: Files = {
  'text.npy': 'no matrix at all\n',
  'empty.npy': zeros('<f4', `(0, ${DIM})`),
  'objects.npy': zeros('|O', '(3, 4)', 96),
  'complex.npy': zeros('<c8', '(2, 2)', 32),
  'cube.npy': zeros('<f4', '(2, 2, 2)', 32),
  'trained.csv': 'class\np1\np4\nsomebody\n',
  'semicolons.csv': 'index1;index2\n0;1\n',
  'pairs-far.csv': 'index1,index2\n0,1\n2,300\n',
  'pairs-word.csv': 'index1,index2\n0,1\n2,x\n',
  'pairs-twice.csv': 'index1,index2,Id\n0,1,a\n2,3,a\n',
  'pairs-header.csv': 'index1,idnex2\n0,1\n',
  'pairs-ragged.csv': 'index1,index2\n0,1\n2,3,4\n',
  'pairs-none.csv': 'index1,index2\n',
  'pairs-quote.csv': 'index1,index2,Id\n0,1,"open\n2,3,c\n',
  'pairs-latin.csv': Buffer.from('index1,index2,Id\n0,1,caf\xe9\n', 'latin1'),
  'labels-short.csv': 'class\np1\np2\n',
  'truth-two.csv': 'Id,same\nq0,2\n',
  'truth-part.csv': 'Id,same\nq0,1\nq1,0\n',
  'damaged.safetensors': 'neither tensors nor safe',
};
