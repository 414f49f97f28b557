/** `check`: every fault of a submission is found, all at once, and a right one has none. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CheckOptions, checkSubmission, type SubmissionReport, synth } from 'hackface-native';
import { parseJson, parseLine } from '../scoreboard/bench.js';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';

const root = temporaryFolder();
const IDS = Uint32Array.of(0, 1, 2);
const RIGHT = 'Predicted,Id\n0.5,0\n0.25,1\n1e-7,2\n';

async function check(content: string | Uint8Array, options: CheckOptions = { ids: IDS }) {
  return checkSubmission(put(root, 'submission.csv', content), options);
}

/** The findings as short lines: `error ECSVHEADER 1: what`. */
function told({ findings }: SubmissionReport): string[] {
  return findings.map(({ severity, code, line, what }) => `${severity} ${code} ${line}: ${what}`);
}

test('a right submission has no findings, whatever its order, line ends and quotes', async () => {
  const right = [
    RIGHT,
    RIGHT.replaceAll('\n', '\r\n'),
    RIGHT.slice(0, -1),
    'Id,Predicted\n2,0.5\n0,1\n1,-3\n',
    '"Predicted","Id"\n"0.5","0"\n0.25,"1"\n+1,2\n',
  ];
  for (const content of right) {
    const report = await check(content);
    assert.deepEqual(told(report), [], content);
    assert.equal(report.ok, true);
    assert.deepEqual([report.rows, report.wanted, report.bytes], [3, 3, content.length]);
  }
});

test('each fault is found, with its line', async () => {
  const faults: [string | Uint8Array, string[]][] = [
    ['', ['error EEMPTY null: the file is empty']],
    ['Predicted,Id\n', ['error EEMPTY null: there is a header and no row', 'error EDIMENSION']],
    [
      RIGHT.replace('Predicted', 'predicted'),
      [
        'error ECSVHEADER 1: a column is missing: "Predicted"',
        'error ECSVHEADER 1: a column that is not wanted: "predicted"',
      ],
    ],
    [
      RIGHT.replace('Predicted,Id\n', ''),
      [
        'error ECSVHEADER 1: there is no header',
        'error EDIMENSION null: there are 2 rows where 3 are wanted',
        'error EDIMENSION null: an id is missing: "0"',
      ],
    ],
    [
      RIGHT.trimEnd().replace(/^/gm, '7,').replace('7,Pre', ',Pre'),
      ['error ECSVHEADER 1: a column that is not wanted: ""'],
    ],
    [
      'Predicted,Id,Id\n0.5,0,0\n0.6,1,1\n0.7,2,2\n',
      ['error ECSVHEADER 1: a column is there twice: "Id"'],
    ],
    [RIGHT.replace('0.25', 'nan'), ['error ENOTFINITE 3: a value that is not finite: "nan"']],
    [RIGHT.replace('0.25', '-inf'), ['error ENOTFINITE 3: a value that is not finite: "-inf"']],
    [RIGHT.replace('0.25', '1e999'), ['error ENOTFINITE 3: a value that is not finite: "1e999"']],
    [RIGHT.replace('0.25', ''), ['error ECSVVALUE 3: an empty value']],
    [RIGHT.replace('0.25', 'far'), ['error ECSVVALUE 3: a value that is no number: "far"']],
    [RIGHT.replace('0.25', '"0,25"'), ['error ECSVVALUE 3: a value that is no number: "0,25"']],
    [
      RIGHT.replace('0.25', '0,25'),
      [
        'error ECSVFORMAT 3: fields other than 2, as in the header: 3',
        'error EDIMENSION null: an id is missing: "1"',
      ],
    ],
    [
      RIGHT.replace(',1\n', ',0\n'),
      ['error EDUPLICATE 3: an id once more: "0"', 'error EDIMENSION null: an id is missing: "1"'],
    ],
    [
      RIGHT.replace(',1\n', ',\n'),
      ['error ECSVVALUE 3: an empty id', 'error EDIMENSION null: an id is missing: "1"'],
    ],
    [
      RIGHT.replace(',1\n', ',9\n'),
      [
        'error EDIMENSION 3: an id that is not asked for: "9"',
        'error EDIMENSION null: an id is missing: "1"',
      ],
    ],
    [
      `${RIGHT}1,3\n`,
      [
        'error EDIMENSION 5: an id that is not asked for: "3"',
        'error EDIMENSION null: there are 4 rows where 3 are wanted',
      ],
    ],
    [
      RIGHT.replace('0.25,1\n', ''),
      [
        'error EDIMENSION null: there are 2 rows where 3 are wanted',
        'error EDIMENSION null: an id is missing: "1"',
      ],
    ],
    [
      'Predicted,Id\n1,0\n1,1\n1,2\n',
      ['warning ECONSTANT null: every value is 1, so nothing is told apart'],
    ],
    [`\ufeff${RIGHT}`, ['warning ECSVFORMAT 1: a byte order mark']],
    [
      Buffer.from(`\ufeff${RIGHT}`, 'utf16le'),
      ['error ECSVFORMAT 1: 0xff at byte 0, as in UTF-16 text, expected UTF-8 text'],
    ],
    [
      RIGHT.replace('0.25,1', '0.25,"1'),
      ['error ECSVFORMAT 3: a quote that opens here and is never closed'],
    ],
    [RIGHT.replace('\n0.25', '\n\n0.25'), ['error ECSVFORMAT 3: a blank line']],
  ];
  for (const [content, expected] of faults) {
    const found = told(await check(content));
    for (const text of expected) {
      assert.ok(
        found.some((line) => line.startsWith(text)),
        `${text}\nis not in\n${found.join('\n')}`,
      );
    }
    const needed = expected.some((text) => text.includes('EEMPTY')) ? 1 : expected.length;
    assert.ok(found.length >= needed && found.length <= expected.length + 1, found.join('\n'));
  }
});

test('all faults are said at once, the same one counted with examples', async () => {
  const rows = Array.from({ length: 40 }, (_, id) => `nan,${id}`);
  const report = await check(
    `Predicted,Id,index\n0.5,0\n${rows.join('\n')}\n`.replace(/,(\d+)$/gm, ',$1,1'),
    {
      ids: Uint32Array.from({ length: 41 }, (_, id) => id),
    },
  );
  const finite = report.findings.find(({ code }) => code === 'ENOTFINITE');
  assert.equal(finite?.count, 40);
  assert.match(finite?.what ?? '', /: "nan", "nan", "nan", "nan", "nan" and 35 more$/);
  const codes = new Set(report.findings.map(({ code }) => code));
  assert.deepEqual([...codes].sort(), ['ECSVHEADER', 'EDIMENSION', 'EDUPLICATE', 'ENOTFINITE']);
  assert.equal(report.ok, false);
});

test('ids that pandas made into floats are recognised', async () => {
  const { findings } = await check('Predicted,Id\n1,0.0\n2,1.0\n3,2.0\n');
  const unknown = findings.find(({ what }) => what.startsWith('an id that is not asked for'));
  assert.equal(unknown?.count, 3);
  assert.match(unknown?.hint ?? '', /whole numbers: pandas/);
});

test('a sample gives header and ids; a size can be too large', async () => {
  const sample = put(root, 'sample.csv', 'pair_id,score\na,0\n"b,c",0\n');
  const right = await check('score,pair_id\n1,"b,c"\n2,a\n', { sample });
  assert.deepEqual(told(right), []);
  const wrong = await check(RIGHT, { sample, mostBytes: 20 });
  assert.deepEqual(wrong.findings.map(({ code }) => code).sort(), [
    'ECSVHEADER',
    'ECSVHEADER',
    'ESIZE',
  ]);
  const noSample = put(root, 'none.csv', 'a,b\n1,2\n');
  await assert.rejects(check(RIGHT, { sample: noSample }), { code: 'ECSVHEADER' });
});

test('what cannot be read at all is an error of its own', async () => {
  await assert.rejects(checkSubmission(join(root, 'nowhere.csv')), { code: 'EINPUT' });
  await assert.rejects(checkSubmission(root), { code: 'EINPUT' });
});

test('the command: what score writes passes, what is damaged ends with 65', async () => {
  const data = join(root, 'data');
  await synth({ directory: data, test: 60, pairs: 50, train: 40, dim: 8 });
  const run = (...args: string[]) => hackface(args, { cwd: data });
  await run('score', '-q');
  const good = await run('check');
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /^submission\.csv: 50 rows; columns Predicted, Id; nothing wrong\n$/);
  put(data, 'bad.csv', 'Predicted,Id\nnan,0\n');
  const bad = await run('check', 'bad.csv');
  assert.equal(bad.code, 65);
  assert.match(bad.stdout, /^error: bad\.csv:2: a value that is not finite: "nan"\. /m);
  assert.match(bad.stdout, /an id is missing: "1", "2", "3", "4", "5" and 44 more \(49 times\)/);
  assert.equal(parseLine(bad.stderr)?.code, 'ESUBMISSION');
  const json = await run('check', 'bad.csv', '--json');
  assert.equal(json.code, 65);
  assert.equal(JSON.parse(json.stdout).findings.length, 3);
  assert.equal(parseJson(json.stderr)?.code, 'ESUBMISSION');
  assert.equal((await run('check', 'bad.csv', '-q')).stdout, '');
  assert.equal((await run('check', 'nowhere.csv')).code, 66);
  assert.equal((await run('check', '--columns', 'a,b')).code, 2);
});
