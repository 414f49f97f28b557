/** Whatever reads bytes or words that a stranger wrote takes time in proportion to their length, from 10³ to 10⁶. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  checkMetric,
  checkSubmission,
  convert,
  Decision,
  evaluate,
  explainPipeline,
  fit,
  Gallery,
  HackfaceError,
  judge,
  Model,
  openEmbeddingsSync,
  parsePairs,
  plan,
  readLabelsSync,
  readNames,
  readPairsSync,
  readResult,
  readSubmissionSync,
  readTemplateList,
  readTruthSync,
} from 'hackface-native';
import { contentOf } from '#dist/cli/content.js';
import { inspectTable } from '#dist/csv/inspect.js';
import { quoteCell } from '#dist/csv/quote.js';
import { nearestName } from '#dist/nearest.js';
import { printable, quoteText } from '#dist/printable.js';
import { pickleOf } from './formats/samples.js';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { rawFile, readModelFile, writeModelFile } from './support/model-file.js';
import { dictionary, npyFile } from './support/npy.js';
import { crowd } from './support/people.js';

const folder = temporaryFolder();

/** Something that is repeated, and what stands before and behind. */
type Pump = readonly [repeated: string, before?: string, behind?: string];

/** A reader: the work on a text, which is made before time is taken. */
interface Reader {
  name: string;
  /** Repeated texts: letters of its own grammar first. */
  pumps: readonly Pump[];
  prepare: (text: string) => () => unknown;
}

/** Texts that make readers slow, whatever they read. */
const ANYWHERE: readonly Pump[] = [
  [' '],
  ['a'],
  ['a', ' '],
  ['-'],
  ['('],
  ['['],
  ['"'],
  [','],
  ['\n'],
  [' \n', 'a'],
  ['\0'],
  ['\u001b['],
  ['\u202e'],
];

const { matrix, labels } = crowd({ people: 6, each: 4, dim: 3 });
const { model } = await fit({ embeddings: matrix, labels, pipeline: 'wccn' });
const parts = readModelFile(Buffer.from(model.toBytes()));
const scores = Float64Array.from({ length: 60 }, (_, i) => ((i * 7) % 60) / 60 + (i % 2));
const same = Uint8Array.from({ length: 60 }, (_, i) => 1 - (i % 2));
const result = await evaluate(scores, same);
/** A file that a function reads. */
const byFile = (name: string, read: (path: string) => unknown) => (text: string) => {
  const path = put(folder, name, text);
  return () => read(path);
};
/** A table with this header line, which lines follow. */
const table = (header: string, row: string): Pump[] => [
  [`${row}\n`, `${header}\n`],
  [' ', `${header}\n${row}`],
  ['a', `${header}\n`],
  ['a,', `${header}\n`],
  ['a,', '', `\n${row}\n`],
  ['"', `${header}\n`, 'x'],
  ['a ', '', `\n${row}\n`],
  [`${row}\r`, `${header}\r`],
];

const READERS: readonly Reader[] = [
  {
    name: 'the grammar of metrics',
    pumps: [
      ['cosine+', '', 'cosine'],
      ['cosine*(', '', ''],
      ['minmax('],
      ['-', '', 'cosine'],
      ['0.5*'],
      ['9', '0.'],
      ['p=3,', 'lp('],
      ['cosine ', ''],
      ['·'],
      ['cosin+'],
    ],
    prepare: (text) => () => checkMetric(text),
  },
  {
    name: 'the grammar of pipelines',
    pumps: [
      ['center, ', '', 'cosine'],
      ['pca('],
      ['a=1,', 'pca('],
      ['9', 'pca(', ')'],
      ['centre, '],
    ],
    prepare: (text) => () => explainPipeline(text),
  },
  {
    name: 'gates',
    pumps: [['auroc>='], ['@far=0.1', 'tar', '>=0.2'], ['9', 'auroc>=0.'], ['>', 'auroc']],
    prepare: (text) => () => judge(result, { require: [text], noWorse: [text], baseline: result }),
  },
  {
    name: 'claims of plans',
    pumps: [['9', 'far<=0.'], ['<', 'far'], ['far<=0.1 and ']],
    prepare: (text) => () => plan({ claim: text }),
  },
  {
    name: 'names that are meant',
    pumps: [['cosin'], ['cosine ']],
    prepare: (text) => {
      const names = Array.from({ length: text.length / 100 }, (_, i) =>
        text.slice(9 * i, 9 * i + 9),
      );
      return () => [
        nearestName(['index1', 'index2', 'Predicted'], text),
        nearestName(names, 'index1'),
      ];
    },
  },
  {
    name: 'texts for people',
    pumps: [['\t'], ['\u2028'], ['=']],
    prepare: (text) => () => [
      printable(text),
      quoteText(text),
      quoteCell(text),
      new HackfaceError('EOPTION', 'usage', { found: text, expected: 'another' }).message,
    ],
  },
  {
    name: 'pairs',
    pumps: [
      ...table('index1,index2', '1,2'),
      ...table('index1\tindex2\tId', '1\t2\tx'),
      ['a b target\n'],
      ['1 a b\n'],
      ['Ann 1 2\n', '10\t300\n'],
    ],
    prepare: byFile('pairs.csv', (path) => readPairsSync(path)),
  },
  {
    name: 'pairs in memory',
    pumps: table('index1,index2', '1,2'),
    prepare: (text) => {
      const bytes = Buffer.from(text);
      return () => parsePairs(bytes);
    },
  },
  {
    name: 'labels',
    pumps: [...table('index,class', '1,a'), ['a b\n'], ['a\n', 'class\n'], ['=a\n', 'class\n']],
    prepare: byFile('labels.csv', (path) => readLabelsSync(path)),
  },
  {
    name: 'truth',
    pumps: [...table('Id,same', '1,1'), ['x,no\n', 'Id,same\n']],
    prepare: byFile('truth.csv', (path) => readTruthSync(path)),
  },
  {
    name: 'scores',
    pumps: [...table('Id,Predicted', '1,0.5'), ['9', 'Id,Predicted\n1,0.'], ['a b 0.5\n']],
    prepare: byFile('scores.csv', (path) => readSubmissionSync(path)),
  },
  {
    name: 'submissions that are checked',
    pumps: table('Id,Predicted', '1,0.5'),
    prepare: byFile('check.csv', (path) => checkSubmission(path)),
  },
  {
    name: 'tables that are described',
    pumps: table('a,b', '1,2'),
    prepare: byFile('table.csv', (path) => [contentOf(path), inspectTable(path)][1]),
  },
  {
    name: 'names of rows',
    pumps: [['a\n'], ['a,\n', 'name,x\n'], ['a/b.jpg\n']],
    prepare: byFile('names.txt', (path) => readNames(path)),
  },
  {
    name: 'lists of templates',
    pumps: [['a b c\n'], ['a ', 'x '], ['1,1\n', 'template,row\n']],
    prepare: byFile('spk2utt', (path) => readTemplateList(path)),
  },
  {
    name: 'results of evaluations',
    pumps: [['{"a":'], ['[1,'], ['a', '{"schema":"', '"}'], ['\\u0000', '{"schema":"', '"}']],
    prepare: byFile('result.json', (path) => readResult(path)),
  },
  {
    name: 'headers of .npy',
    pumps: [
      [' ', "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)"],
      ['9', "{'shape': ("],
    ],
    prepare: (text) => {
      const path = join(folder, 'header.npy');
      put(folder, 'header.npy', npyFile({ version: [2, 0], header: text, data: Buffer.alloc(4) }));
      return () => openEmbeddingsSync(path);
    },
  },
  {
    name: 'data of .npy that are not as long as the header says',
    pumps: [['x']],
    prepare: (text) => {
      const header = dictionary('<f4', '(3, 5)');
      const path = put(folder, 'long.npy', npyFile({ header, data: Buffer.from(text) }));
      return () => openEmbeddingsSync(path);
    },
  },
  {
    name: 'matrices in other formats, opened',
    pumps: [
      ['[1,2],', '[', '[1,2]]'],
      ['{"id":"a","vector":[1,2]}\n'],
      ['a 1 2\n', '99999 2\n'],
      ['a 1 2\n'],
      ['1,2\n'],
      ['1 2\n'],
      ['a  [ 1 2 ]\n'],
      [' ', '[[1,2]'],
      ['9', '[['],
      ['"a":1,', '{'],
    ],
    prepare: byFile('matrix', (path) => openEmbeddingsSync(path)),
  },
  {
    name: 'matrices in other formats, converted',
    pumps: [['[1,2],', '[', '[1,2]]'], ['{"id":"a","vector":[1,2]}\n'], ['a,1,2\n']],
    prepare: byFile('matrix.json', (input) => {
      return convert({ input, output: join(folder, 'converted.npy'), force: true });
    }),
  },
  {
    name: 'pickles',
    pumps: [
      [']', '', 'e'],
      ['K\u0001', '(', 't'],
      ['K\u00012', '', ''],
      ['(', '', ''],
      ['}K\u0001K\u0001s0', '', ''],
      ['X\u0001\0\0\0a', '(', 'l'],
      ['\u0085', 'K\u0001', ''],
      ['h\0', 'K\u0001q\0(', 't'],
    ],
    prepare: (text) => {
      const path = put(folder, 'x.pkl', pickleOf(text));
      const output = join(folder, 'pickle.npy');
      return () => convert({ input: path, output, force: true });
    },
  },
  {
    name: 'cards of models',
    pumps: [['\\'], ['&<']],
    prepare: (text) => {
      // A header has at most 1 MiB, of which each of these letters takes as many bytes as in JSON.
      const card = text.slice(0, (1e6 / JSON.stringify(text).length) * text.length);
      const names = ['card.note', 'pipeline', 'software', 'format_version', 'decisions', 'zzz'];
      const files = names.map((name) =>
        writeModelFile({ ...parts, metadata: { ...parts.metadata, [name]: card } }),
      );
      return () => {
        for (const bytes of files) attempt(() => Model.fromBytes(bytes));
      };
    },
  },
  {
    name: 'headers of models and decisions',
    pumps: [['{"a":'], ['"a":"",', '{'], [' ', '{}'], ['9', '{"a":']],
    prepare: (text) => {
      const bytes = rawFile(text.slice(0, 1_048_000), Buffer.alloc(0));
      return () => {
        attempt(() => Model.fromBytes(bytes));
        attempt(() => Decision.fromBytes(bytes));
      };
    },
  },
  {
    name: 'keys and labels of galleries',
    pumps: [['k']],
    prepare: (text) => async () => {
      const gallery = await Gallery.open([Float32Array.of(1, 2), Float32Array.of(2, 3)], {
        keys: [text, 'b'],
        labels: [text, text],
      });
      try {
        gallery.get(text);
        await gallery.search([Float32Array.of(1, 2)], 2);
        await gallery.remove(`${text}x`);
      } finally {
        gallery.close();
      }
    },
  },
  {
    name: 'many keys of a gallery',
    pumps: [['k']],
    prepare: (text) => {
      const count = Math.ceil(text.length / 10);
      const keys = Array.from({ length: count }, (_, row) => `key ${row}`);
      const data = new Float32Array(count).fill(1);
      return async () => (await Gallery.open({ data, rows: count, dim: 1 }, { keys })).close();
    },
  },
];

/** A refusal in our words is as good as a result; modules of `dist/` have a class of errors of their own. */
function refused(error: unknown): void {
  if ((error as Error).name !== 'HackfaceError') throw error;
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    refused(error);
  }
}

/** Milliseconds of processor time that reading takes: that of every thread. */
async function time(reader: Reader, pump: Pump, length: number): Promise<number> {
  const [repeated, before = '', behind = ''] = pump;
  const count = Math.max(0, Math.ceil((length - before.length - behind.length) / repeated.length));
  const work = reader.prepare(`${before}${repeated.repeat(count)}${behind}`);
  const started = process.cpuUsage();
  try {
    await work();
  } catch (error) {
    refused(error);
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

/** More than this much for a text ten times as long is no longer in proportion: the square takes 100 times. */
const MOST = 30;
/** Times below are noise. */
const [FLOOR_MS, ENOUGH_MS] = [4, 100];

/** The length at which reading takes too much longer than a tenth of the text did. */
async function slowAt(reader: Reader, pump: Pump): Promise<string | undefined> {
  let last = FLOOR_MS;
  for (const length of [1e3, 1e4, 1e5, 1e6]) {
    let took = await time(reader, pump, length);
    const isSlow = () => took > ENOUGH_MS && took > MOST * Math.max(last, FLOOR_MS);
    // A collection of garbage, or what else the machine does, is not the reader's fault: both lengths again, side by
    // side.
    for (let again = 0; isSlow() && again < 4; again += 1) {
      last = await time(reader, pump, length / 10);
      took = await time(reader, pump, length);
    }
    if (isSlow()) return `${length}: ${took.toFixed(0)} ms, after ${last.toFixed(0)} ms`;
    last = took;
  }
  return undefined;
}

for (const reader of READERS) {
  test(`${reader.name}: in proportion to their length`, async () => {
    const slow: string[] = [];
    for (const pump of [...reader.pumps, ...ANYWHERE]) {
      const at = await slowAt(reader, pump);
      if (at !== undefined) slow.push(`${JSON.stringify(pump)} at ${at}`);
    }
    assert.deepEqual(slow, []);
  });
}

/** Words of a command line are at most 128 KiB each: the square of that would take a minute. */
test('long words of the command line are read at once', async () => {
  const model = put(
    folder,
    'card.safetensors',
    writeModelFile({ ...parts, metadata: { ...parts.metadata, 'card.note': ' '.repeat(900_000) } }),
  );
  const long = (letters: string) => letters.repeat(100_000 / letters.length);
  const nameless = ['-e', 'none.npy', '-p', 'none.csv', '-o', join(folder, 'out.csv')];
  const lines: [number, string[]][] = [
    [0, ['inspect', model]],
    [2, [long('a')]],
    [2, ['score', `--${long('a-')}`]],
    [2, ['score', ...nameless, '-m', long('cosine+')]],
    [2, ['score', ...nameless, '-m', long(' ')]],
    [2, ['fit', '--explain', '--pipeline', long('center, ')]],
    [2, ['evaluate', '--scores', 'none.csv', '--require', long('>')]],
    [2, ['evaluate', '--scores', 'none.csv', '--at-far', long('0.1,')]],
    [66, ['score', ...nameless, '--names', 'none', '--name-pattern', long('{name}')]],
    [66, ['inspect', long('a/')]],
  ];
  for (const [code, args] of lines) {
    const run = await hackface(args, { limitMs: 20_000 });
    const shown = args.map((word) => word.slice(0, 20)).join(' ');
    assert.equal(run.late, false, `${shown} did not end in 20 s`);
    assert.equal(run.code, code, `${shown}: ${run.stderr.slice(0, 300)}`);
    // The word is named once or twice, and little is said beside.
    if (code !== 0) assert.ok(run.stderr.length < 250_000, `${shown}: ${run.stderr.length}`);
  }
});

test('a reader that takes the square of the length is found', async () => {
  const square: Reader = {
    name: 'the square',
    pumps: [],
    prepare: (text) => () => {
      let sum = 0;
      for (let i = 0; i < text.length; i += 10) {
        for (let j = 0; j < text.length; j += 300) sum += text.charCodeAt(j);
      }
      return sum;
    },
  };
  assert.match((await slowAt(square, ['a'])) ?? '', /ms, after/);
});
