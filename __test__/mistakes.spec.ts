// Usual mistakes with raw files, each told by the command line and by the library: what is wrong, where,
// and what to do next.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import {
  allPairs,
  evaluateEmbeddings,
  evaluateScores,
  fit,
  identify,
  score,
  synth,
} from 'hackface-native';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy, npyFile } from './support/npy.js';

const folder = temporaryFolder();
const at = (name: string) => `${folder}/${name}`;
const TRAIN = 120;
const TEST = 60;
const DIM = 8;

type Request = Readonly<Record<string, string>>;
/** A mistake: its name, the job, what is asked of it, and the essential part of the message. */
type Mistake = [what: string, job: keyof typeof LIBRARY, request: Request, says: RegExp];

const TEST_FILES = { embeddings: 'test_set.npy', pairs: 'test_pairs.csv' };
const TRAIN_FILES = { embeddings: 'train_set.npy', labels: 'train_labels.csv' };
const SCORED = { scores: 'submission.csv', truth: 'solution.csv' };
const MEASURED = { ...TEST_FILES, truth: 'solution.csv' };
const SEARCHED = { gallery: 'train_set.npy', galleryLabels: 'train_labels.csv' };

const MISTAKES: Mistake[] = [
  [
    'semicolons between cells',
    'score',
    { ...TEST_FILES, pairs: 'semicolons.csv' },
    /semicolons\.csv:1.*separated by semicolons: separate them by commas/,
  ],
  [
    'tabs between cells',
    'fit',
    { ...TRAIN_FILES, labels: 'tabs.csv' },
    /tabs\.csv: tab-separated, a header line names/,
  ],
  [
    'spaces between cells',
    'score',
    { ...TEST_FILES, pairs: 'spaces.csv' },
    /spaces\.csv: columns between spaces, a header line names/,
  ],
  [
    'pipes between cells',
    'score',
    { ...TEST_FILES, pairs: 'pipes.csv' },
    /separated by pipes: separate them by commas/,
  ],
  [
    'a space behind each comma',
    'score',
    { ...TEST_FILES, pairs: 'spaced.csv' },
    /nearest is " index2"\. Rename/,
  ],
  [
    'a comma at the end of each line',
    'score',
    { ...TEST_FILES, pairs: 'trailing.csv' },
    /trailing\.csv:2: found 4 fields, expected 3.*end no line with one/,
  ],
  [
    'row numbers counted from 1',
    'score',
    { ...TEST_FILES, pairs: 'from-one.csv' },
    /found 60, expected a row number below 60\. Rows are counted from 0: subtract 1/,
  ],
  [
    'names instead of row numbers',
    'score',
    { ...TEST_FILES, pairs: 'names.csv' },
    /names\.csv:2:index1: found "Ann_0001\.jpg".*ame the rows with (--names|option names)/,
  ],
  [
    'row numbers written as decimals',
    'score',
    { ...TEST_FILES, pairs: 'decimals.csv' },
    /found "\d+\.0".*Write it without a point: \d+$/m,
  ],
  [
    'no header line',
    'fit',
    { ...TRAIN_FILES, labels: 'bare.csv' },
    /bare\.csv:1:class.*Add a header line that names the columns: index,class/,
  ],
  [
    'no header line of pairs',
    'score',
    { ...TEST_FILES, pairs: 'bare-pairs.csv' },
    /columns: index1,index2,Id, or .*(--no-header|option header: false)/,
  ],
  [
    'another name of a column',
    'fit',
    { ...TRAIN_FILES, labels: 'photographer.csv' },
    /expected a column "class"\. Rename the column that holds it to "class"/,
  ],
  [
    'capitals in the name of a column',
    'score',
    { ...TEST_FILES, pairs: 'capital.csv' },
    /The nearest is "Index1"\. Rename/,
  ],
  [
    'UTF-16',
    'score',
    { ...TEST_FILES, pairs: 'utf16.csv' },
    /utf16\.csv:1: found 0xff at byte 0, as in UTF-16 text.*Save the file as CSV in UTF-8/,
  ],
  [
    'an empty file',
    'score',
    { ...TEST_FILES, pairs: 'empty.csv' },
    /an empty file.*Check that the file was written completely/,
  ],
  [
    'files in the wrong order',
    'score',
    { embeddings: 'test_pairs.csv', pairs: 'test_set.npy' },
    /test_pairs\.csv: found a list of pairs, expected a matrix.*Name the list with/,
  ],
  [
    'a missing file',
    'score',
    { ...TEST_FILES, embeddings: 'nothing.npy' },
    /nothing\.npy: found no such file.*Check the path/,
  ],
  [
    'a missing table',
    'score',
    { ...TEST_FILES, pairs: 'nothing.csv' },
    /nothing\.csv: found no such file.*Check the path/,
  ],
  [
    'an archive that was cut short',
    'score',
    { ...TEST_FILES, embeddings: 'matrix.npz' },
    /matrix\.npz: found a zip archive without its list.*cut short: copy or write it again/,
  ],
  [
    'a pickle',
    'score',
    { ...TEST_FILES, embeddings: 'matrix.pkl' },
    /the instruction "o" in a pickle.*Nothing of it was run.*Save the vectors with numpy\.save/,
  ],
  [
    'texts in a matrix',
    'score',
    { ...TEST_FILES, embeddings: 'texts.npy' },
    /'<U32' \(text string\).*Names and labels belong in a CSV file.*Convert it: python3 -c/,
  ],
  [
    'truth values in a matrix',
    'score',
    { ...TEST_FILES, embeddings: 'bools.npy' },
    /'\|b1' \(bool\).*Convert it: python3 -c/,
  ],
  [
    'a matrix of one axis',
    'score',
    { ...TEST_FILES, embeddings: 'line.npy' },
    /\(480,\) \(1-D\).*Say how wide the rows are/,
  ],
  [
    'a transposed matrix',
    'score',
    { ...TEST_FILES, embeddings: 'transposed.npy' },
    /8 rows of 60 columns: if it is transposed, save its transpose/,
  ],
  [
    'a transposed matrix with labels, searched',
    'identify',
    { ...SEARCHED, gallery: 'transposed-train.npy' },
    /8 rows of 120 columns: if it is transposed, save its transpose/,
  ],
  [
    'a transposed matrix with labels, every pair of it',
    'all pairs',
    { ...TRAIN_FILES, embeddings: 'transposed-train.npy' },
    /8 rows of 120 columns: if it is transposed, save its transpose/,
  ],
  [
    'a transposed matrix with labels',
    'fit',
    { ...TRAIN_FILES, embeddings: 'transposed-train.npy' },
    /8 rows of 120 columns: if it is transposed, save its transpose/,
  ],
  [
    'the wrong matrix',
    'score',
    { ...TEST_FILES, embeddings: 'half.npy' },
    /expected a row number below 30.*belongs to that matrix/,
  ],
  [
    'sets of other networks',
    'identify',
    { ...SEARCHED, probes: 'transposed.npy' },
    /rows of 60 columns, expected 8 .*Take both sets from one network/,
  ],
  [
    'NaN',
    'score',
    { ...TEST_FILES, embeddings: 'nan.npy' },
    /nan\.npy:7:3: found NaN, expected a finite number\. Drop or repair the row/,
  ],
  [
    'a row of zeros',
    'score',
    { ...TEST_FILES, embeddings: 'zeros.npy' },
    /zeros\.npy:7: found a zero vector .*Drop the row, or give such pairs the largest distance/,
  ],
  [
    'labels of another length',
    'fit',
    { ...TRAIN_FILES, labels: 'short.csv' },
    /short\.csv: found 50 labels, expected one for each of 120 rows/,
  ],
  [
    'labels of the test set for the train set',
    'fit',
    { ...TRAIN_FILES, labels: 'test-labels.csv' },
    /60 labels, expected one for each of 120 rows\. Check that the labels belong to that matrix/,
  ],
  [
    'labels in another order',
    'fit',
    { ...TRAIN_FILES, labels: 'shuffled.csv', holdout: '0.5' },
    /is .*labels in the order of the rows of/,
  ],
  [
    'one label for all',
    'fit',
    { ...TRAIN_FILES, labels: 'one.csv', pipeline: 'wccn' },
    /one\.csv are of one class: nothing can be learned/,
  ],
  [
    'no labels',
    'fit',
    { embeddings: 'train_set.npy', pipeline: 'wccn' },
    /rows without labels.*Give labels/,
  ],
  [
    'truth in words that nobody uses',
    'evaluate',
    { ...MEASURED, truth: 'words.csv' },
    /found "mm".*Write 1 and 0; pairs of words such as True and False/,
  ],
  [
    'truth of one kind',
    'evaluate',
    { ...MEASURED, truth: 'all-same.csv' },
    /found \d+ genuine and 0 impostor pairs, expected at least one of each/,
  ],
  [
    'truth upside down',
    'evaluate',
    { ...MEASURED, truth: 'turned.csv' },
    /above one half: is the sign of the scores flipped\?/,
  ],
  [
    'similarities taken for distances',
    'judge',
    { ...SCORED, scores: 'similar.csv' },
    /is the sign of the scores flipped\?.*(--orientation|option orientation) tells/,
  ],
  [
    'a comma in decimals',
    'judge',
    { ...SCORED, scores: 'commas.csv' },
    /commas\.csv:2:Predicted.*Write decimals with a point, not a comma/,
  ],
  [
    'scores of other pairs',
    'judge',
    { ...SCORED, scores: 'part.csv' },
    /\d+ missing: .*Use two files made from the same pairs/,
  ],
  [
    'a matrix for a model',
    'score',
    { ...TEST_FILES, model: 'train_set.npy' },
    /train_set\.npy: found a \.npy matrix, expected a model file.*Check the order of the file names/,
  ],
  ['a misspelt metric', 'score', { ...TEST_FILES, metric: 'cosin' }, /Did you mean 'cosine'\?/],
  [
    'an output that is there',
    'score',
    { ...TEST_FILES, output: 'solution.csv' },
    /a file that is already there.*replace the file with (--force|option force)/,
  ],
  [
    'an output in a folder that is not there',
    'score',
    { ...TEST_FILES, output: 'no/out.csv' },
    /no such directory.*Make the directory, or choose another path/,
  ],
];

/** The flag of each field. */
const FLAG: Readonly<Record<string, string>> = {
  galleryLabels: '--gallery-labels',
  pipeline: '--pipeline',
};

/** Text that a job of the library says: of its failure, or of its warnings. */
async function told(job: () => Promise<{ code: string; text: string }[]>): Promise<string> {
  try {
    return (await job()).map(({ text }) => text).join('\n');
  } catch (error) {
    return (error as Error).message;
  }
}

const LIBRARY = {
  score: async (request: Request) =>
    (await score({ output: at(`o${count++}`), ...request } as never)).warnings,
  fit: async ({ holdout, ...request }: Request) =>
    (await fit({ ...request, ...(holdout && { holdout: Number(holdout) }) } as never)).warnings,
  identify: async (request: Request) =>
    (await identify({ output: at(`o${count++}`), ...request } as never)).identification?.warnings ??
    [],
  'all pairs': async (request: Request) => (await allPairs(request as never)).warnings,
  evaluate: async (request: Request) =>
    (await evaluateEmbeddings(request as never)).evaluations.flatMap(({ warnings }) => warnings),
  judge: async ({ scores = '', ...request }: Request) =>
    (await evaluateScores({ ...request, scores: [scores] } as never)).evaluations.flatMap(
      ({ warnings }) => warnings,
    ),
};
let count = 0;

const FILES = /embeddings|pairs|labels|Labels|truth|scores|gallery|probes|model|output/;

before(async () => {
  await synth({ directory: folder, train: TRAIN, test: TEST, pairs: 200, dim: DIM });
  await score({
    embeddings: at('test_set.npy'),
    pairs: at('test_pairs.csv'),
    output: at('submission.csv'),
  });
  writeTables();
  writeMatrices();
});

function rowsOf(name: string): string[][] {
  const lines = readFileSync(at(name), 'utf8').trimEnd().split('\n');
  return lines.slice(1).map((line) => line.split(','));
}

function table(name: string, header: string, rows: string[][], separator = ','): void {
  const lines = [header, ...rows.map((cells) => cells.join(separator))];
  put(folder, name, `${lines.join('\n')}\n`);
}

function writeTables(): void {
  const pairs = rowsOf('test_pairs.csv');
  const text = readFileSync(at('test_pairs.csv'), 'utf8');
  for (const [name, separator] of [
    ['semicolons', ';'],
    ['spaces', ' '],
    ['pipes', '|'],
    ['spaced', ', '],
  ] as const) {
    put(folder, `${name}.csv`, text.replaceAll(',', separator));
  }
  put(folder, 'utf16.csv', Buffer.from(`\ufeff${text}`, 'utf16le'));
  put(folder, 'empty.csv', '');
  put(folder, 'bare-pairs.csv', text.slice(text.indexOf('\n') + 1));
  put(folder, 'capital.csv', text.replace('index1', 'Index1'));
  const named = 'index1,index2,Id';
  const changed = (name: string, change: (row: string) => string) =>
    table(
      name,
      named,
      pairs.map(([one = '', two = '', id = '']) => [change(one), change(two), id]),
    );
  changed('from-one.csv', (row) => String(Number(row) + 1));
  changed('names.csv', () => 'Ann_0001.jpg');
  changed('decimals.csv', (row) => `${row}.0`);
  table(
    'trailing.csv',
    named,
    pairs.map((cells) => [...cells, '']),
  );
  const labels = rowsOf('train_labels.csv');
  const classes = labels.map(([, name = '']) => [name]);
  table('tabs.csv', 'index\tclass', labels, '\t');
  put(folder, 'bare.csv', labels.map((cells) => `${cells.join(',')}\n`).join(''));
  table('photographer.csv', 'index,photographer', labels);
  table('short.csv', 'class', classes.slice(0, 50));
  table('test-labels.csv', 'class', classes.slice(0, TEST));
  table(
    'shuffled.csv',
    'class',
    classes.map((_, row) => classes[(row * 7 + 3) % TRAIN] ?? []),
  );
  table(
    'one.csv',
    'class',
    classes.map(() => ['a']),
  );
  const truth = rowsOf('solution.csv');
  const judged = (name: string, same: (value: string) => string) =>
    table(
      name,
      'Id,same',
      truth.map(([id = '', value = '']) => [id, same(value)]),
    );
  judged('words.csv', () => 'mm');
  judged('all-same.csv', () => '1');
  judged('turned.csv', (value) => String(1 - Number(value)));
  const scores = rowsOf('submission.csv');
  table(
    'similar.csv',
    'Predicted,Id',
    scores.map(([value, id = '']) => [String(1 - Number(value)), id]),
  );
  table(
    'commas.csv',
    'Predicted,Id',
    scores.map(([value = '', id = '']) => [`"${value.replace('.', ',')}"`, id]),
  );
  table('part.csv', 'Predicted,Id', scores.slice(0, 50));
}

function writeMatrices(): void {
  const rows = matrixOf('test_set.npy', TEST);
  const columns = (of: number[][]) =>
    Array.from({ length: DIM }, (_, j) => of.map((row) => row[j] ?? 0));
  put(folder, 'transposed.npy', float32Npy(columns(rows)));
  put(folder, 'transposed-train.npy', float32Npy(columns(matrixOf('train_set.npy', TRAIN))));
  put(folder, 'half.npy', float32Npy(rows.slice(0, TEST / 2)));
  const odd = (value: (j: number, old: number) => number) =>
    rows.map((row, i) => (i === 7 ? row.map((old, j) => value(j, old)) : row));
  assert.ok(rowsOf('test_pairs.csv').some(([one, two]) => one === '7' || two === '7'));
  put(folder, 'nan.npy', float32Npy(odd((j, old) => (j === 3 ? Number.NaN : old))));
  put(folder, 'zeros.npy', float32Npy(odd(() => 0)));
  const header = (descr: string, shape: string) =>
    `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const file = (name: string, descr: string, shape: string, bytes: number) =>
    put(folder, name, npyFile({ header: header(descr, shape), data: new Uint8Array(bytes) }));
  file('texts.npy', '<U32', '(60, 8)', 60 * 8 * 128);
  file('bools.npy', '|b1', '(60, 8)', 60 * 8);
  file('cube.npy', '<f4', '(60, 1, 8)', 60 * 8 * 4);
  file('line.npy', '<f4', '(480,)', 480 * 4);
  put(folder, 'matrix.npz', Buffer.from('PK\x03\x04 and so on, more than a header of ten bytes'));
  put(folder, 'matrix.pkl', Buffer.from('\x80\x04\x95 and so on, more than ten bytes', 'latin1'));
  put(folder, 'matrix.csv', rows.map((row) => `${row.join(',')}\n`).join(''));
}

function matrixOf(name: string, count: number): number[][] {
  const bytes = readFileSync(at(name));
  const start = bytes.length - count * DIM * 4;
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: DIM }, (_, j) => bytes.readFloatLE(start + (i * DIM + j) * 4)),
  );
}

for (const [what, job, request, says] of MISTAKES) {
  test(`${what}: ${job} says so and what to do next`, async () => {
    const named = Object.fromEntries(
      Object.entries(request).map(([field, value]) => [
        field,
        FILES.test(field) ? at(value) : value,
      ]),
    );
    const library = await told(() => LIBRARY[job](named));
    assert.match(library, says);
    assert.doesNotMatch(library, /EINTERNAL|os error| --\w/);
    const output = {
      score: at(`o${count++}`),
      fit: at(`m${count++}`),
      identify: at(`h${count++}`),
    }[job as string];
    const flags = Object.entries({ ...(output && { output }), ...named }).flatMap(
      ([field, value]) => [FLAG[field] ?? `--${field}`, value],
    );
    const words = { judge: ['evaluate'], 'all pairs': ['evaluate', '--all-pairs'] };
    const { code, stderr } = await hackface([...(words[job as 'judge'] ?? [job]), ...flags]);
    assert.match(stderr, says);
    assert.ok(![70, 74].includes(code), stderr);
    assert.doesNotMatch(stderr, /option \w+:|os error/);
  });
}

test('mistakes of the command line alone say what to type', async () => {
  for (const [line, says] of [
    ['scor', /unknown command 'scor'.*Did you mean score\?/],
    ['score --metrics cosine', /unknown option '--metrics'.*Did you mean --metric\?/],
    ['score -embeddings test_set.npy', /Write two dashes: --embeddings/],
    ['score test_set.npy', /Name a file with its option, such as --embeddings FILE/],
    ['transform -e test_set.npy -o mapped.npy', /no --model.*Add --model/],
    ['score -m wccn', /It is learned: hackface-native fit -m wccn writes a model/],
    ['score -o test_set.npy', /an output that is none of the inputs/],
    ['evaluate --scores submission.csv -t solution.csv -p', /argument missing/],
  ] as const) {
    const { code, stderr } = await hackface(line.split(' '), { cwd: folder });
    assert.equal(code, 2, `${line}: ${stderr}`);
    assert.match(stderr, says, line);
  }
});

test('a misspelt option of the library is refused with the nearest name', async () => {
  const request = {
    embeddings: at('test_set.npy'),
    pairs: at('test_pairs.csv'),
    output: at('z'),
    metrc: 'cosine',
  };
  await assert.rejects(score(request as never), /metrc.*metric/);
});

test('what is harmless is understood: a mark, line ends, quotes, the index of pandas', async () => {
  const text = readFileSync(at('test_pairs.csv'), 'utf8');
  const pairs = rowsOf('test_pairs.csv');
  const plain = await scored('test_pairs.csv');
  put(folder, 'mark.csv', `\ufeff${text}`);
  put(folder, 'crlf.csv', text.replaceAll('\n', '\r\n'));
  put(folder, 'quoted.csv', text.replaceAll(/[^,\n]+/g, '"$&"'));
  table(
    'pandas.csv',
    ',index1,index2,Id',
    pairs.map((cells, i) => [String(i), ...cells]),
  );
  for (const name of ['mark', 'crlf', 'quoted', 'pandas']) {
    assert.equal(await scored(`${name}.csv`), plain, name);
  }
});

async function scored(pairs: string): Promise<string> {
  const output = at(`scored-${pairs}`);
  await score({ embeddings: at('test_set.npy'), pairs: at(pairs), output });
  return readFileSync(output, 'utf8');
}
