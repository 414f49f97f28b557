import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { matchIds } from '#dist/csv/ids.js';
import {
  checkPairs,
  type Pairs,
  type PairsOptions,
  parsePairs,
  readPairs,
  readPairsSync,
} from '#dist/csv/pairs.js';
import { validateSubmission } from '#dist/csv/scores.js';
import { writeSubmission } from '#dist/csv/submission.js';
import { needsPosix } from '../support/system.js';
import { put, temporaryFolder } from '../support/folder.js';
import { bytesOf, parseLabels, refuses, refusesLater } from './support.js';

const folder = temporaryFolder();
const PLAIN = 'index1,index2,Id\n3,1,7\n0,2,5\n';

function pairsOf(text: string | Uint8Array, options: PairsOptions = {}): Pairs {
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  return parsePairs(bytes, { ...options, file: 'p.csv' });
}

function valuesOf(pairs: Pairs): unknown {
  return {
    index1: [...pairs.index1],
    index2: [...pairs.index2],
    ids: [...pairs.ids],
    length: pairs.length,
  };
}

test('C01: a byte order mark changes nothing', () => {
  assert.deepEqual(valuesOf(pairsOf(`\ufeff${PLAIN}`)), valuesOf(pairsOf(PLAIN)));
  const quoted = '\ufeff"index1",index2,Id\n3,1,7\n0,2,5\n';
  assert.deepEqual(valuesOf(pairsOf(quoted)), valuesOf(pairsOf(PLAIN)));
  // Only at the start: later it is a character of a cell.
  refuses(() => pairsOf('index1,index2,Id\n\ufeff3,1,7\n'), {
    code: 'ECSVVALUE',
    line: 2,
    column: 'index1',
    found: '\\ufeff3',
  });
});

test('C02: line ends and blank lines at the end change nothing', () => {
  const wanted = valuesOf(pairsOf(PLAIN));
  for (const end of ['\n', '\r\n', '\r']) {
    const text = PLAIN.replaceAll('\n', end);
    assert.deepEqual(valuesOf(pairsOf(text)), wanted);
    assert.deepEqual(valuesOf(pairsOf(text.slice(0, -end.length))), wanted);
    assert.deepEqual(valuesOf(pairsOf(text + end + end)), wanted);
    const line = pairsOf(text).source.lines;
    assert.deepEqual([line.lineOf(0), line.lineOf(1)], [2, 3]);
  }
  refuses(() => pairsOf('index1,index2,Id\n3,1,7\n\n\n0,2,5\n'), {
    code: 'ECSVFORMAT',
    line: 3,
    found: 'a blank line',
  });
  refuses(() => parseLabels(bytesOf('class\na\n\nb\n')), { code: 'ECSVFORMAT', line: 3 });
  refuses(() => pairsOf(`\n${PLAIN}`), { code: 'ECSVFORMAT', line: 1, found: 'a blank line' });
});

test('C03: UTF-16, invalid UTF-8 and NUL are refused with line and byte', () => {
  const utf16 = Buffer.from(PLAIN, 'utf16le');
  refuses(() => pairsOf(Buffer.concat([Buffer.of(0xff, 0xfe), utf16])), {
    code: 'ECSVFORMAT',
    line: 1,
    found: '0xff at byte 0, as in UTF-16',
    hint: 'UTF-8',
  });
  refuses(() => pairsOf(Buffer.concat([Buffer.of(0xfe, 0xff), utf16.swap16()])), {
    code: 'ECSVFORMAT',
    found: 'UTF-16',
  });
  refuses(() => pairsOf(utf16.swap16()), {
    code: 'ECSVFORMAT',
    line: 1,
    found: 'byte 1, as in UTF-16',
  });
  for (const bad of [
    [0xff],
    [0xe9, 0x2c],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
  ]) {
    const bytes = Buffer.concat([bytesOf('index1,index2,Id\n3,1,é\n0,2,'), Buffer.from(bad)]);
    const error = refuses(() => pairsOf(bytes), { code: 'ECSVFORMAT', line: 3, found: 'byte 28' });
    assert.equal(error.offset, 28);
  }
  refuses(() => pairsOf('index1,index2,Id\n3,1,7\n0,2\0,5\n'), {
    code: 'ECSVFORMAT',
    line: 3,
    found: 'a NUL byte at byte 26',
  });
  // Its version, 10, is a line end.
  const zip = Buffer.from('PK\x03\x04\x0a\x00\x00', 'latin1');
  refuses(() => pairsOf(zip), {
    code: 'ECSVFORMAT',
    line: 1,
    found: 'a zip archive',
    hint: 'Unpack',
  });
  const gzip = Buffer.from('\x1f\x8b\x08\x00', 'latin1');
  refuses(() => pairsOf(gzip), { code: 'ECSVFORMAT', found: 'a gzip archive', hint: 'gunzip' });
  const npy = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
  refuses(() => pairsOf(npy), { code: 'ECSVFORMAT', found: 'as in a .npy file', hint: 'order' });
});

test('C04: a file without rows is refused', () => {
  for (const text of ['', '\n\n', '\ufeff']) {
    refuses(() => pairsOf(text), { code: 'EEMPTY', class: 'data', found: 'no rows' });
  }
  for (const text of ['index1,index2,Id', 'index1,index2,Id\n', 'index1,index2,Id\r\n\r\n']) {
    refuses(() => pairsOf(text), {
      code: 'EEMPTY',
      file: 'p.csv',
      found: 'a header line and no rows',
    });
  }
});

test('C05: a missing column is refused, with the columns found and the nearest', () => {
  refuses(() => pairsOf('index1,indx2,Id\n3,1,7\n'), {
    code: 'ECSVHEADER',
    class: 'data',
    line: 1,
    column: 'index2',
    found: 'the columns "index1", "indx2", "Id"',
    expected: 'a column "index2"',
    hint: 'The nearest is "indx2"',
  });
  // An optional column that is there but for its spelling is not taken for absent.
  for (const id of ['id', 'ID', ' Id ']) {
    refuses(() => pairsOf(`index1,index2,${id}\n3,1,7\n`), {
      code: 'ECSVHEADER',
      column: 'Id',
      hint: id,
    });
  }
  refuses(() => pairsOf(PLAIN, { columns: { id: 'pair' } }), {
    code: 'ECSVHEADER',
    column: 'pair',
  });
  refuses(() => pairsOf('index1;index2;Id\n3;1;7\n'), { code: 'ECSVHEADER', hint: 'commas' });
  const wide = Array.from({ length: 900 }, (_, column) => `c${column}`).join(',');
  const error = refuses(() => pairsOf(`${wide}\n`), { code: 'ECSVHEADER', found: 'and 888 more' });
  assert.ok(error.message.length < 500);
});

test('C06: other columns and any order are read; a needed column twice is refused', () => {
  const pairs = pairsOf('note,Id,index2,x,index1,x\n"a,b",7,1,,3,\n,5,2,,0,\n');
  assert.deepEqual(valuesOf(pairs), valuesOf(pairsOf(PLAIN)));
  refuses(() => pairsOf('index1,index2,Id,index1\n3,1,7,3\n'), {
    code: 'ECSVHEADER',
    line: 1,
    column: 'index1',
    found: 'twice, as number 1 and 4',
  });
  const named = pairsOf('a,b,c\n3,1,7\n0,2,5\n', {
    columns: { index1: 'a', index2: 'b', id: 'c' },
  });
  assert.deepEqual(valuesOf(named), valuesOf(pairsOf(PLAIN)));
  assert.deepEqual([...pairsOf('index1,index2\n3,1\n0,2\n').ids], [0, 1]);
});

test('C07: a file without a header line is refused with the option to use', () => {
  refuses(() => pairsOf('3,1,7\n0,2,5\n'), {
    code: 'ECSVHEADER',
    line: 1,
    hint: 'option header: false',
  });
  const pairs = pairsOf('3,1,7\n0,2,5\n', { header: false });
  assert.deepEqual(valuesOf(pairs), valuesOf(pairsOf(PLAIN)));
  assert.equal(pairs.source.lines.lineOf(1), 2);
  assert.deepEqual([...pairsOf('3,1\n0,2\n', { header: false }).ids], [0, 1]);
  refuses(() => pairsOf('3,1,7,9\n', { header: false }), {
    code: 'ECSVHEADER',
    found: '4 columns',
    expected: 'index1,index2,[Id]',
  });
});

test('C08: too few and too many fields are refused with line and counts', () => {
  for (const [row, found] of [
    ['3,1', '2 fields'],
    ['3,1,7,', '4 fields'],
    ['3', '1 field'],
    ['"3"', '1 field'],
  ]) {
    refuses(() => pairsOf(`index1,index2,Id\n0,2,5\n${row}\n4,4,4\n`), {
      code: 'ECSVFORMAT',
      line: 3,
      found: found as string,
      expected: '3, as on the first line',
    });
  }
  // At the end of the file, without a line end.
  refuses(() => pairsOf('index1,index2,Id\n0,2,5\n3,1'), {
    code: 'ECSVFORMAT',
    line: 3,
    found: '2 fields',
  });
});

test('C09: quoted cells are read and counted; open quotes are refused where they opened', () => {
  const text =
    'index1,index2,Id,"a ""note"""\n3,1,"x,\ny","1\r\n2\r3"\n"0",2,"say ""hi""",\n4,4,z,\n';
  const pairs = pairsOf(text);
  assert.deepEqual(valuesOf(pairs), {
    index1: [3, 0, 4],
    index2: [1, 2, 4],
    ids: ['x,\ny', 'say "hi"', 'z'],
    length: 3,
  });
  assert.deepEqual(
    [0, 1, 2].map((row) => pairs.source.lines.lineOf(row)),
    [2, 6, 7],
  );
  refuses(() => checkPairs(pairs, 4), { code: 'EINDEX', line: 7, column: 'index1', found: '4' });
  refuses(() => pairsOf('index1,index2,Id\n3,1,"a\nb"\n0,2,"never\nclosed\n'), {
    code: 'ECSVFORMAT',
    line: 4,
    found: 'never closed',
  });
  refuses(() => pairsOf('index1,index2,Id\n3,1,"a"b\n'), {
    code: 'ECSVFORMAT',
    line: 2,
    found: '"b" behind a closing quote',
  });
  refuses(() => pairsOf('index1,index2,Id\n3,1,a"b"\n'), {
    code: 'ECSVFORMAT',
    line: 2,
    found: 'a quote inside',
  });
});

test('C10: an index that is not plain digits is refused with line, column and value', () => {
  const bad = ['', ' 7', '7 ', '7\t', '1.0', '1e3', '0x10', '+5', '-1', '-0', '1_000', '007', '00'];
  bad.push('NaN', 'Infinity', 'null', 'true', '\u0663', '\uff17', '1\u00a0000');
  for (const cell of bad) {
    for (const column of ['index1', 'index2']) {
      const row = column === 'index1' ? `${cell},1,7` : `3,${cell},7`;
      refuses(() => pairsOf(`index1,index2,Id\n0,2,5\n${row}\n`, { rows: 100 }), {
        code: 'ECSVVALUE',
        class: 'data',
        line: 3,
        column,
        found: cell === '' ? 'an empty cell' : JSON.stringify(cell),
        expected: 'a row number',
      });
    }
  }
  for (const cell of ['9007199254740993', '18446744073709551616', '4294967296', '9'.repeat(400)]) {
    const shown = cell.length > 40 ? `${'9'.repeat(40)}…` : cell;
    refuses(() => pairsOf(`index1,index2,Id\n${cell},1,7\n`), {
      code: 'EINDEX',
      line: 2,
      column: 'index1',
      found: shown,
      expected: 'below 4294967296',
    });
  }
  assert.equal(pairsOf('index1,index2\n4294967295,1000000000\n').index1[0], 4294967295);
});

test('C11: an index beyond the last row is refused and says how many there are', () => {
  const text = `index1,index2,Id\n${'1,2,3\n'.replace('3', '8')}3,11605,7\n`;
  for (const index of ['11605', '11606']) {
    const wrong = text.replace('11605', index);
    const refusal = {
      code: 'EINDEX',
      class: 'data',
      file: 'p.csv',
      line: 3,
      column: 'index2',
      found: index,
      expected: 'a row number below 11605',
    };
    refuses(() => pairsOf(wrong, { rows: 11605 }), refusal);
    refuses(() => checkPairs(pairsOf(wrong), 11605), refusal);
  }
  assert.equal(pairsOf(text.replace('11605', '11604'), { rows: 11605 }).index2[1], 11604);
  checkPairs(pairsOf(text.replace('11605', '11604')), 11605);
});

test('C12: an id twice is refused with both lines; a pair twice is kept in order', () => {
  for (const [first, other] of [
    ['7', '5'],
    ['a', 'b'],
  ]) {
    const text = `index1,index2,Id\n3,1,${first}\n0,2,${other}\n3,1,${first}\n1,1,${other}\n`;
    refuses(() => pairsOf(text), {
      code: 'EDUPLICATE',
      class: 'data',
      line: 4,
      column: 'Id',
      found: `"${first}" again, first seen on line 2`,
    });
  }
  refuses(() => pairsOf('index1,index2,Id\n3,1,"x\ny"\n0,2,a\n1,1,a\n'), {
    code: 'EDUPLICATE',
    line: 5,
    found: 'line 4',
  });
  const kept = pairsOf('index1,index2,Id\n3,1,9\n3,1,2\n1,3,4\n3,1,1\n');
  assert.deepEqual([...kept.index1], [3, 3, 1, 3]);
  assert.deepEqual([...kept.ids], [9, 2, 4, 1]);
});

test('C13: one endless line, a million columns and NUL bytes are refused at once', () => {
  const nul = join(folder, 'nul.csv');
  writeFileSync(nul, PLAIN);
  truncateSync(nul, 1_000_000_000);
  const long = put(folder, 'long.csv', Buffer.alloc(64 << 20, 'a'));
  const quoted = put(folder, 'quoted.csv', `index1,index2,Id\n3,1,"${'a\n'.repeat(1 << 20)}`);
  const wide = put(folder, 'wide.csv', `a${',a'.repeat(999_999)}\n`);
  const cases: [string, number, string][] = [
    [nul, 4, 'a NUL byte'],
    [long, 1, 'more than 1048576 bytes'],
    [quoted, 2, 'in a quote opened on line 2'],
    [wide, 1, 'more than 1000 columns'],
  ];
  for (const [path, line, found] of cases) {
    refuses(() => readPairsSync(path), {
      code: 'ECSVFORMAT',
      class: 'data',
      file: path,
      line,
      found,
    });
    const { seconds, megabytes } = inNewProcess(path);
    assert.ok(seconds < 2, `${path}: ${seconds} s`);
    assert.ok(megabytes < 64, `${path}: ${megabytes} MB more`);
  }
  // At the limits.
  const most = `${'a'.repeat((1 << 20) - 14)},index1,index2\n`;
  assert.equal(most.length - 1, 1 << 20);
  assert.equal(pairsOf(`${most}x,1,2\n`).length, 1);
  refuses(() => pairsOf(`a${most}x,1,2\n`), { code: 'ECSVFORMAT', line: 1, found: 'more than' });
  refuses(() => pairsOf(`a${most}`.trimEnd()), { code: 'ECSVFORMAT', line: 1, found: 'more than' });
  const columns = `index1,index2${',a'.repeat(998)}`;
  assert.equal(pairsOf(`${columns}\n1,2${',b'.repeat(998)}\n`).length, 1);
  refuses(() => pairsOf(`${columns},a\n`), { code: 'ECSVFORMAT', found: 'more than 1000 columns' });
});

/** Time and memory that the refusal of a file takes. */
function inNewProcess(path: string): { seconds: number; megabytes: number } {
  const module = pathToFileURL(join(process.cwd(), 'dist', 'csv', 'pairs.js')).href;
  const script = `
    import { readPairsSync } from ${JSON.stringify(module)};
    const before = process.resourceUsage().maxRSS, started = performance.now();
    let refused = false;
    try { readPairsSync(process.argv[1]); } catch { refused = true; }
    const seconds = (performance.now() - started) / 1000;
    const megabytes = (process.resourceUsage().maxRSS - before) / 1024;
    console.log(JSON.stringify({ refused, seconds, megabytes }));`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script, path], {
    encoding: 'utf8',
  });
  const said = JSON.parse(ran.stdout);
  assert.equal(said.refused, true);
  return said;
}

test('C14: names are data, formulas are refused, the locale and other ids are not ours', async () => {
  // Names that are special in JavaScript.
  const special = pairsOf(
    '__proto__,index1,constructor,index2,Id\na,3,b,1,__proto__\nc,0,d,2,toString\n',
  );
  assert.deepEqual(special.ids, ['__proto__', 'toString']);
  const labels = parseLabels(bytesOf('class\n__proto__\nconstructor\n__proto__\n'));
  assert.deepEqual(labels.names, ['__proto__', 'constructor']);
  assert.deepEqual([...labels.classes], [0, 1, 0]);
  refuses(() => pairsOf('__proto__,index1\n1,2\n'), {
    code: 'ECSVHEADER',
    found: '"__proto__", "index1"',
  });
  assert.equal(Object.keys(Object.prototype).length, 0);

  for (const id of ['=1+1', '+5', '-5', '@x', '"\tx"', '"\rx"']) {
    const text = `index1,index2,Id\n3,1,${id}\n`;
    refuses(() => pairsOf(text), {
      code: 'ECSVVALUE',
      line: 2,
      column: 'Id',
      hint: 'option allowFormulas: true',
    });
    assert.equal(pairsOf(text, { allowFormulas: true }).length, 1);
  }

  const path = join(folder, 'out.csv');
  await writeSubmission(path, { ids: ['a', 'b'], distances: new Float64Array([0.5, 1e-7]) });
  assert.equal(readFileSync(path, 'utf8'), 'Predicted,Id\n0.5,a\n1e-7,b\n');
  const module = pathToFileURL(join(process.cwd(), 'dist', 'csv', 'submission.js')).href;
  const script = `
    import { writeSubmission } from ${JSON.stringify(module)};
    await writeSubmission('-', { ids: ['a'], distances: new Float64Array([1234.5]) });`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' },
  });
  assert.equal(ran.stdout, 'Predicted,Id\n1234.5,a\n');

  await refusesLater(() => validateSubmission(path, { ids: ['a', 'c', 'd'] }), {
    code: 'EDIMENSION',
    class: 'data',
    file: path,
    found: 'other ids in column "Id": 2 missing: "c", "d"; 1 extra: "b"',
  });
  assert.deepEqual(
    [...matchIds([5, 7, 6].map(String), ['6', '5', '7'], { file: '', column: '' })],
    [1, 2, 0],
  );
});

test('blocking, promised and in-memory reading agree, and standard input is read', {
  skip: needsPosix,
}, async () => {
  const path = put(folder, 'same.csv', PLAIN);
  const wanted = valuesOf(pairsOf(PLAIN));
  assert.deepEqual(valuesOf(readPairsSync(path)), wanted);
  assert.deepEqual(valuesOf(await readPairs(path)), wanted);
  for (const name of ['readPairsSync', 'readPairs']) {
    const module = pathToFileURL(join(process.cwd(), 'dist', 'csv', 'pairs.js')).href;
    const script = `
      import { ${name} } from ${JSON.stringify(module)};
      const { index1, index2, ids, length } = await ${name}('-');
      console.log(JSON.stringify({ index1: [...index1], index2: [...index2], ids: [...ids], length }));`;
    // F02: one byte at a time gives the same.
    const bash = `while IFS= read -r -n1 -d '' c; do printf %s "$c"; sleep 0.001; done | "$0" --input-type=module -e "$1"`;
    const ran = spawnSync('bash', ['-c', bash, process.execPath, script], {
      input: PLAIN,
      encoding: 'utf8',
    });
    assert.deepEqual(JSON.parse(ran.stdout), wanted, ran.stderr);
  }
});
