// `audit`: the library, its CSV, its page and the command.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  audit,
  auditPart,
  covariance,
  estimateAudit,
  writeAuditReport,
  writeDuplicates,
  writeReport,
  writeSuspects,
} from 'hackface-native';
import { evaluate, overlapping } from './report/evaluation.js';
import { randomNumbers } from './support/random.js';
import { parseXml } from './report/xml.js';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';

const folder = temporaryFolder();
const DIM = 48;
const CLASSES = 12;
const EACH = 6;

/** Rows around one direction for each class; names that need quotes. */
function makeRows(seed: number): { rows: number[][]; labels: string[] } {
  const next = randomNumbers(seed);
  const normal = () => Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
  const vector = () => Array.from({ length: DIM }, normal);
  const rows: number[][] = [];
  const labels: string[] = [];
  for (let person = 0; person < CLASSES; person += 1) {
    const center = vector();
    for (let i = 0; i < EACH; i += 1) {
      const noise = vector();
      rows.push(center.map((c, column) => c + 0.5 * (noise[column] as number)));
      labels.push(person === 3 ? 'a, "b"' : `person ${person}`);
    }
  }
  return { rows, labels };
}

function save(name: string, rows: number[][], labels: readonly string[]) {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return {
    embeddings: put(folder, `${name}.npy`, float32Npy(rows)),
    labels: put(folder, `${name}.csv`, `class\n${labels.map(cell).join('\n')}\n`),
  };
}

/** Faults of every kind, put into a sound set. */
function faulty() {
  const { rows, labels } = makeRows(1);
  // Rows 2 and 20 exchange their labels.
  [labels[2], labels[20]] = [labels[20] as string, labels[2] as string];
  rows[31] = [...(rows[50] as number[])];
  rows[40] = Array(DIM).fill(0);
  rows[41] = Array(DIM).fill(0.5);
  (rows[42] as number[])[7] = Number.NaN;
  rows[55] = (rows[55] as number[]).map((v) => v * 1000);
  // Half of the last person has another name.
  for (let row = 69; row < 72; row += 1) labels[row] = 'alias';
  rows.push((rows[5] as number[]).map((v) => -v));
  labels.push('alone');
  return save('faulty', rows, labels);
}

const set = faulty();

test('every fault that was put in is found', async () => {
  const report = await audit(set);
  assert.equal(report.schema, 'hackface-audit/1');
  assert.deepEqual(report.sets, [{ set: null, rows: 73, classes: CLASSES + 2 }]);
  const suspects = report.suspects?.entries ?? [];
  assert.deepEqual(
    suspects.map(({ row }) => row).sort((a, b) => a - b),
    // The copy of row 50 has a label of its old place; the constant row is like nobody.
    [2, 20, 31, 41],
  );
  const two = suspects.find(({ row }) => row === 2);
  assert.deepEqual([two?.class, two?.otherClass], ['a, "b"', 'person 0']);
  assert.equal(two?.nearest.class, 'person 0');
  assert.ok(two && Math.abs(two.score - (two.other - two.own)) < 1e-12);
  const [conflict] = report.conflicting.entries;
  assert.deepEqual(
    [conflict?.first.row, conflict?.second.row, conflict?.identical, conflict?.similarity],
    [31, 50, true, 1],
  );
  assert.equal(report.conflicting.total, 1);
  assert.deepEqual(
    [report.zero, report.constant, report.nonFinite].map(({ entries }) =>
      entries.map((r) => r.row),
    ),
    [[40], [41], [42]],
  );
  assert.deepEqual(
    report.normOutliers.entries.map(({ row }) => row),
    // The constant row is short, too.
    [55, 41],
  );
  assert.deepEqual(report.singletons?.entries, ['alone']);
  assert.deepEqual(
    report.lookAlikes?.entries.map(({ class1, class2 }) => [class1, class2]),
    [['person 11', 'alias']],
  );
  assert.equal(report.shared, null);
});

test('without labels rows are looked at', async () => {
  const { embeddings } = set;
  const report = await audit({ embeddings, limit: 1, near: 1 });
  assert.deepEqual([report.suspects, report.lookAlikes, report.singletons], [null, null, null]);
  assert.deepEqual([report.conflicting.total, report.repeated.total], [0, 1]);
  assert.equal(report.repeated.entries[0]?.first.class, null);
});

test('train and test: rows and people that both hold', async () => {
  const { rows, labels } = makeRows(2);
  const [train, test] = [
    save('train', rows.slice(0, 40), labels.slice(0, 40)),
    save(
      'test',
      [...rows.slice(40), (rows[8] as number[]).map((v) => v * 2)],
      [...labels.slice(40), 'a stranger'],
    ),
  ];
  const report = await audit({ ...train, test });
  assert.deepEqual(
    report.sets.map(({ set, rows }) => [set, rows]),
    [
      ['train', 40],
      ['test', 33],
    ],
  );
  // The seventh person has rows on both sides of the cut.
  assert.deepEqual(report.shared?.classes, { entries: ['person 6'], total: 1 });
  assert.equal(report.shared?.rows.total, 1);
  const [pair] = report.shared?.rows.entries ?? [];
  assert.deepEqual([pair?.first.set, pair?.first.row], ['train', 8]);
  assert.deepEqual(
    [pair?.second.set, pair?.second.row, pair?.second.class],
    ['test', 32, 'a stranger'],
  );
  assert.equal(report.conflicting.total + report.repeated.total, 0);
  await assert.rejects(audit({ ...train, test: { embeddings: test.embeddings } }), {
    code: 'EOPTION',
  });
});

test('train and test: how far apart they are, in figures and in words', async () => {
  const one = makeRows(31);
  const two = makeRows(32);
  const moved = two.rows.map((row) => row.map((v, j) => (j < 3 ? v + 6 : v)));
  const train = save('near', one.rows, one.labels);
  const alike = await audit({ ...train, test: save('same-world', one.rows, one.labels) });
  const apart = await audit({ ...train, test: save('apart', moved, two.labels) });
  assert.ok((alike.shift?.auroc ?? 1) < 0.6, JSON.stringify(alike.shift));
  assert.equal(alike.shift?.directions, 0);
  assert.ok((apart.shift?.auroc ?? 0) > 0.9, JSON.stringify(apart.shift));
  assert.ok((apart.shift?.meanDistance ?? 0) > 0.5);
  assert.equal((await audit(train)).shift, null);
  const path = join(folder, 'shift.html');
  const files = ['--train', train.embeddings, '--test', join(folder, 'apart.npy')];
  const run = await hackface(['audit', ...files, '--report', path]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(
    run.stderr + run.stdout,
    /a plane tells test rows from train rows with AUROC (0\.9|1\.0)/,
  );
  assert.match(readFileSync(path, 'utf8'), /another domain/);
});

test('threads change nothing', async () => {
  assert.deepEqual(await audit({ ...set, threads: 1 }), await audit({ ...set, threads: 3 }));
});

test('shards of the search for near-identical rows give the report of one pass', async () => {
  const part = (index: number, of: number, more = {}) => {
    const output = join(folder, `near-${of}-${index}.part`);
    return auditPart({ ...set, near: 0.8, shard: { index, of }, output, ...more });
  };
  const whole = await audit({ ...set, near: 0.8 });
  for (const of of [1, 3, 64]) {
    const order = Array.from({ length: of }, (_, i) => (i * 5 + 2) % of);
    let compared = 0;
    for (const index of order) {
      const { compared: rows, reused } = await part(index, of);
      compared += rows.to - rows.from;
      assert.equal(reused, false);
      assert.equal(rows.of, whole.nearRows);
    }
    assert.equal(compared, whole.nearRows);
    const parts = order.map((index) => join(folder, `near-${of}-${index}.part`));
    assert.deepEqual(await audit({ ...set, near: 0.8, parts }), whole);
  }
  assert.equal((await part(1, 3)).reused, true);
  const parts = [0, 2].map((index) => join(folder, `near-3-${index}.part`));
  const refused = (work: Promise<unknown>, words: RegExp) =>
    assert.rejects(work, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'EOPTION', error.message);
      assert.match(error.message, words);
      return true;
    });
  await refused(audit({ ...set, near: 0.8, parts }), /compared rows \d+:\d+ in no part, between/);
  await refused(audit({ ...set, near: 0.9, parts }), /other data or settings/);
  await refused(part(1, 3, { near: 0.9 }), /other data or settings.*force/);
  await assert.rejects(part(3, 3), { code: 'EARGUMENT' });
  assert.equal((await part(1, 3, { near: 0.9, force: true })).reused, false);
});

test('what cannot be asked is refused', async () => {
  await assert.rejects(audit({ ...set, near: 0 }), { code: 'EOPTION' });
  await assert.rejects(audit({ ...set, near: Number.NaN }), { code: 'EOPTION' });
  await assert.rejects(audit({ ...set, limit: 0 }), { code: 'EOPTION' });
  const narrow = put(folder, 'narrow.npy', float32Npy([[1, 2]]));
  const labels = put(folder, 'narrow.csv', 'class\nx\n');
  await assert.rejects(audit({ ...set, test: { embeddings: narrow, labels } }), {
    code: 'EDIMENSION',
  });
  await assert.rejects(audit({ embeddings: set.embeddings, labels }), { code: 'EDIMENSION' });
});

test('a scaled copy is near at 1, and rows that are asked with bound the search', async () => {
  const rows = [
    [3, 4],
    [6, 8],
    [1, 0],
    [3, 4],
  ];
  const embeddings = put(folder, 'scaled.npy', float32Npy(rows));
  for (const near of [1, 0.9999999999]) {
    const { repeated, nearRows } = await audit({ embeddings, near });
    assert.deepEqual(
      repeated.entries.map(({ first, second, similarity, identical }) => [
        first.row,
        second.row,
        similarity,
        identical,
      ]),
      [
        [0, 3, 1, true],
        [0, 1, 1, false],
      ],
    );
    assert.equal(nearRows, 3);
  }
  const identical = await audit({ embeddings, near: 1, nearRows: 0 });
  assert.deepEqual([identical.repeated.total, identical.nearRows], [1, 0]);
  await assert.rejects(audit({ embeddings, nearRows: -1 }), { code: 'EOPTION' });
});

test('suspects of a set that its embedding does not tell apart are said to say little', async () => {
  const { rows, labels } = makeRows(5);
  const sound = save('sound', rows, labels);
  const { trust } = await audit(sound);
  assert.deepEqual([trust?.judged, trust?.error, trust?.wrongAtMost], [CLASSES * EACH, 0, 0]);
  assert.ok(trust?.auroc !== null && Number(trust?.auroc) > 0.99);
  // Labels that have nothing to do with the rows.
  const next = randomNumbers(6);
  const many = Array.from({ length: 400 }, () => Array.from({ length: 5 }, () => next() - 0.5));
  const names = many.map((_, row) => `person ${row % 40}`);
  const vague = save('vague', many, names);
  const found = await audit(vague);
  assert.ok(found.trust && found.suspects && found.suspects.total > 300);
  assert.ok(found.trust.wrongAtMost <= found.suspects.total);
  const { stdout } = await hackface(['audit', '-e', vague.embeddings, '-l', vague.labels]);
  assert.match(stdout, /of 400 judged rows are nearer to another class than to their own\n/);
  assert.match(stdout, /at most about \d+ of these labels can be wrong/);
  assert.equal((await audit({ embeddings: sound.embeddings })).trust, null);
  // The page says it beside the list, and how many rows near-identical ones were looked for beside.
  const page = join(folder, 'vague.html');
  await writeAuditReport({ ...found, repeated: { entries: [], total: 3 } }, page);
  const text = readFileSync(page, 'utf8');
  assert.match(text, /at most about \d+ of these labels can be wrong/);
  assert.match(text, /looked for beside 400 of 400 rows, copies beside all/);
});

test('a camera that nothing reads is told', async () => {
  const next = randomNumbers(10);
  const many = Array.from({ length: 120 }, () => Array.from({ length: 8 }, () => next() - 0.5));
  const lines = many.map((_, row) => `${row},person ${row % 40},${row % 3}`);
  const labels = put(folder, 'cameras.csv', `index,class,camera\n${lines.join('\n')}\n`);
  const { embeddings } = save('filmed', many, many.map(String));
  const told =
    /the column camera of .*cameras\.csv is ignored: rows of one camera are compared too/;
  const found = await audit({ embeddings, labels });
  assert.deepEqual(
    found.warnings.map(({ code }) => code),
    ['ignored-column'],
  );
  const page = join(folder, 'cameras.html');
  await writeAuditReport(found, page);
  assert.match(readFileSync(page, 'utf8'), told);
  const { warnings } = await covariance({ embeddings, labels, of: 'within' });
  assert.deepEqual(warnings, found.warnings);
  const output = join(folder, 'filmed-within.npy');
  for (const line of [
    ['audit', '-e', embeddings, '-l', labels, '-q'],
    ['covariance', '-e', embeddings, '-l', labels, '--of', 'within', '-o', output, '-q'],
  ]) {
    assert.match((await hackface(line)).stderr, told);
  }
});

test('the time that an audit says it takes is near', async () => {
  const next = randomNumbers(9);
  const [rows, dim] = [24_000, 256];
  const drawn = Float32Array.from({ length: 10 * rows + dim }, () => next() - 0.5);
  const data = new Float32Array(rows * dim);
  for (let row = 0; row < rows; row += 1) {
    data.set(drawn.subarray(10 * row, 10 * row + dim), row * dim);
  }
  // Many more rows than are tried, and few comparisons of each: what a row takes counts for itself.
  const request = { embeddings: { data, rows, dim }, near: 0.9999, threads: 1 };
  const ratios: number[] = [];
  // The factor of two that is said, on a machine that does other things too: one of five tries, against estimates of
  // before and after.
  for (let round = 0; round < 5; round += 1) {
    const { comparisons, seconds } = await estimateAudit(request);
    assert.ok(comparisons > rows && comparisons < rows ** 2 / 4, String(comparisons));
    const started = performance.now();
    await audit(request);
    const took = (performance.now() - started) / 1000;
    ratios.push((2 * took) / (seconds + (await estimateAudit(request)).seconds));
    if (ratios.some((ratio) => ratio > 0.5 && ratio < 2)) return;
  }
  assert.fail(`times over estimates: ${ratios.join(', ')}`);
});

test('an audit tells its cost, and stops at any time', async () => {
  const next = randomNumbers(8);
  const data = Float32Array.from({ length: 3000 * 16 }, () => next() - 0.5);
  const embeddings = { data, rows: 3000, dim: 16 };
  const labels = put(
    folder,
    'many.csv',
    `class\n${Array.from({ length: 3000 }, (_, i) => i % 1500).join('\n')}\n`,
  );
  const whole = await estimateAudit({ embeddings, labels });
  assert.equal(whole.rows, 3000);
  assert.ok(whole.comparisons >= 3000 * 1500 + 1500 * 1500 && whole.seconds > 0);
  const few = await estimateAudit({ embeddings, nearRows: 8 });
  assert.ok(few.comparisons < whole.comparisons / 100);
  await assert.rejects(estimateAudit({ embeddings, near: 2 }), { code: 'EOPTION' });
  // Whatever phase the stop falls into.
  for (const delay of [0, 2, 5, 10, 20, 40]) {
    const signal = AbortSignal.timeout(delay);
    const seen: string[] = [];
    await audit({
      embeddings,
      labels,
      near: 0.5,
      signal,
      onProgress: ({ phase, done, total }) => {
        seen.push(phase);
        assert.ok(Number.isInteger(done) && done <= total, `${phase}: ${done} of ${total}`);
      },
    }).then(
      () => undefined,
      (error) => assert.equal(error.code, 'ABORT_ERR'),
    );
  }
});

test('rows that are alike as CSV', async () => {
  const unlabelled = await audit({ embeddings: set.embeddings, near: 0.75 });
  const path = join(folder, 'alike.csv');
  const pairs = unlabelled.repeated.entries;
  assert.ok(pairs.length > 1);
  await writeDuplicates(path, pairs);
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.equal(header, 'row1,row2,similarity,identical');
  assert.deepEqual(
    lines,
    pairs.map((p) => [p.first.row, p.second.row, p.similarity, p.identical].join(',')),
  );
  await assert.rejects(writeDuplicates(path, pairs), { code: 'EEXISTS' });
  await assert.rejects(writeDuplicates(path, [{} as never], { force: true }), {
    code: 'EARGUMENT',
  });
  const { conflicting } = await audit(set);
  await writeDuplicates(path, conflicting.entries, { force: true });
  assert.equal(
    readFileSync(path, 'utf8'),
    'row1,class1,row2,class2,similarity,identical\n31,person 5,50,person 8,1,true\n',
  );
  const both = ['--train', set.embeddings, '--test', set.embeddings, '--near', '1'];
  const text = await hackface(['audit', ...both, '--duplicates', path, '-f', '--limit', '5']);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stderr, /→ .*alike\.csv {2}\d+ pairs of \d+: raise --limit for more\n$/);
  assert.match(
    readFileSync(path, 'utf8'),
    /^set1,row1,set2,row2,similarity,identical\ntrain,0,test,0,1,true\n/,
  );
});

test('suspects as CSV', async () => {
  const { suspects } = await audit(set);
  const path = join(folder, 'suspects.csv');
  await writeSuspects(path, suspects?.entries ?? []);
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.equal(header, 'row,class,own,other_class,other,score,nearest_row');
  assert.equal(lines.length, 4);
  const line = lines.find((text) => text.startsWith('2,'));
  const two = suspects?.entries.find(({ row }) => row === 2);
  assert.equal(
    line,
    `2,"a, ""b""",${two?.own},person 0,${two?.other},${two?.score},${two?.nearest.row}`,
  );
  await assert.rejects(writeSuspects(path, []), { code: 'EEXISTS' });
});

test('an audit as a page, and within the report of an evaluation', async () => {
  const report = await audit(set);
  const [alone, within] = [join(folder, 'audit.html'), join(folder, 'within.html')];
  await writeAuditReport(report, alone, { command: 'hackface-native audit' });
  await writeReport(evaluate(overlapping()), within, { audit: report });
  for (const path of [alone, within]) {
    const html = readFileSync(path, 'utf8');
    for (const id of ['audit', 'suspects', 'conflicting', 'look-alikes', 'unusable', 'norms']) {
      assert.ok(html.includes(`<section id="${id}"`), `${path}: ${id}`);
    }
    assert.ok(html.includes('a, &quot;b&quot;'));
    assert.doesNotMatch(html, /NaN(?! or)|\[object|https?:/);
    const closed = html
      .replace('<!doctype html>\n', '')
      .replaceAll(/<meta ([^>]*)>/g, '<meta $1/>');
    parseXml(closed.replace(/<style>[\s\S]*?<\/style>/, ''));
  }
});

test('the command writes what it found', async () => {
  const [csv, page] = [join(folder, 'command.csv'), join(folder, 'command.html')];
  const args = ['audit', '-e', set.embeddings, '-l', set.labels];
  const text = await hackface([...args, '-o', csv, '--report', page]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /look mislabelled: 4\n {2}row /);
  assert.match(text.stdout, /alike under two labels: 1\n {2}row 31 .* and row 50 .*: identical\n/);
  assert.ok(text.stderr.endsWith(`→ ${csv}  4 suspects\n`));
  assert.ok(existsSync(page));
  const unlabelled = await hackface(['audit', '-e', set.embeddings, '-o', join(folder, 'u.csv')]);
  assert.equal(unlabelled.code, 2);
  assert.match(unlabelled.stderr, /--output without labels.*--labels FILE/);
  assert.equal(readFileSync(csv, 'utf8').split('\n').length, 6);
  const again = await hackface([...args, '-o', csv]);
  assert.equal(again.code, 73);
  const json = await hackface([...args, '--json', '--top', '1']);
  assert.deepEqual(JSON.parse(json.stdout), JSON.parse(JSON.stringify(await audit(set))));
  const piped = await hackface([...args, '-o', '-', '-q']);
  assert.equal(piped.stdout, readFileSync(csv, 'utf8'));
  const both = ['--train', set.embeddings, '--train-labels', set.labels];
  const split = await hackface([
    'audit',
    ...both,
    '--test',
    set.embeddings,
    '--test-labels',
    set.labels,
  ]);
  assert.match(split.stdout, /classes in train and test: 14\n/);
  for (const wrong of [
    ['--train', 'x.npy'],
    ['-e', set.embeddings, '--near', '2'],
  ]) {
    assert.equal((await hackface(['audit', ...wrong])).code, 2, wrong.join(' '));
  }
});
