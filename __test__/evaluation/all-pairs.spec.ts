// Every pair of a set: against the same pairs listed, scored and judged one by one.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allPairs, type Evaluation, evaluate, fit, scorePairs } from 'hackface-native';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';

const random = randomNumbers(71);
const DIM = 24;

interface People {
  data: Float32Array;
  labels: Uint32Array;
}

/** Rows about a center for each person; person numbers are far from dense. */
function people(count: number, images: number): People {
  const centers = Float32Array.from({ length: count * DIM }, () => random() - 0.5);
  const labels = Uint32Array.from({ length: count * images }, (_, row) => 7 * (row % count) + 3);
  const data = Float32Array.from({ length: labels.length * DIM }, (_, at) => {
    const row = Math.floor(at / DIM);
    return (centers[(row % count) * DIM + (at % DIM)] as number) + 0.9 * (random() - 0.5);
  });
  return { data, labels };
}

const npyOf = ({ data, labels }: People) =>
  float32Npy([...labels.keys()].map((row) => [...data.slice(row * DIM, (row + 1) * DIM)]));

const matrix = ({ data, labels }: People) => ({ data, rows: labels.length, dim: DIM });

/** Every pair of a row of `first` with a row of `second`, or of a later one of the same set. */
function listed(first: People, second?: People) {
  const [index1, index2]: [number[], number[]] = [[], []];
  const other = second ?? first;
  for (let i = 0; i < first.labels.length; i += 1) {
    for (let j = second ? 0 : i + 1; j < other.labels.length; j += 1) {
      index1.push(i);
      index2.push(j);
    }
  }
  const person = (set: People) => (row: number) => set.labels[row] as number;
  const identities = {
    first: Uint32Array.from(index1, person(first)),
    second: Uint32Array.from(index2, person(other)),
  };
  const same = identities.first.map((id, pair) => (id === identities.second[pair] ? 1 : 0));
  return {
    pairs: { index1: Uint32Array.from(index1), index2: Uint32Array.from(index2) },
    people: identities,
    same: Uint8Array.from(same),
  };
}

function requireAlike(found: Evaluation, held: Evaluation): void {
  const near = (a: number | null | undefined, b: number | null | undefined, path: string) => {
    assert.ok(typeof a === 'number' && typeof b === 'number', path);
    assert.ok(Math.abs(a - b) < 1e-9, `${path}: ${a} and ${b}`);
  };
  assert.equal(found.aurocBound, 0);
  assert.deepEqual(
    [found.genuine, found.impostors, found.identities],
    [held.genuine, held.impostors, held.identities],
  );
  near(found.auroc.value, held.auroc.value, 'auroc');
  near(found.auroc.interval?.low, held.auroc.interval?.low, 'auroc.interval.low');
  near(found.eer.value, held.eer.value, 'eer');
  near(found.eer.interval?.high, held.eer.interval?.high, 'eer.interval.high');
  for (const [i, at] of found.tarAtFar.entries()) {
    const other = held.tarAtFar[i];
    assert.deepEqual(
      [at.threshold, at.tar, at.achievedFar, at.falseAccepts, at.resolution],
      [other?.threshold, other?.tar, other?.achievedFar, other?.falseAccepts, other?.resolution],
    );
    if (at.tar !== null) near(at.tarInterval?.low, other?.tarInterval?.low, 'tar interval');
  }
  const values = (list: Evaluation['worst']['falseAccepts']) => list.map(({ value }) => value);
  assert.deepEqual(values(found.worst.falseAccepts), values(held.worst.falseAccepts));
  assert.deepEqual(values(found.worst.falseRejects), values(held.worst.falseRejects));
}

const asked = { atFar: [0.1, 1e-2, 1e-3, 1e-7] };

test('every pair of a set, for metrics and a model', async () => {
  const set = people(40, 6);
  const { pairs, people: identities, same } = listed(set);
  for (const metric of ['cosine', 'euclidean', 'cityblock', '0.5*cosine + 0.01*canberra']) {
    const scores = await scorePairs(matrix(set), pairs, { metric, center: 'mean' });
    const held = await evaluate(scores, same, { ...asked, people: identities });
    const rows = { embeddings: matrix(set), labels: set.labels };
    requireAlike(await allPairs(rows, { ...asked, metric, center: 'mean' }), held);
  }
  const dense = set.labels.map((label) => (label - 3) / 7);
  const { model } = await fit({ embeddings: matrix(set), labels: dense, pipeline: 'plda' });
  const scores = await model.scorePairs(matrix(set), pairs);
  const held = await evaluate(scores, same, { ...asked, people: identities });
  const rows = { embeddings: matrix(set), labels: set.labels };
  requireAlike(await allPairs(rows, { ...asked, model }), held);
});

test('every pair of two sets', async () => {
  const together = people(30, 9);
  const part = (from: number, to: number): People => ({
    data: together.data.slice(from * DIM, to * DIM),
    labels: together.labels.slice(from, to),
  });
  const [probes, gallery] = [part(0, 60), part(60, 270)];
  const { pairs, people: identities, same } = listed(probes, gallery);
  const shifted = { index1: pairs.index1, index2: pairs.index2.map((row) => row + 60) };
  const scores = await scorePairs(matrix(together), shifted);
  const held = await evaluate(scores, same, { ...asked, people: identities });
  const found = await allPairs(
    { embeddings: matrix(probes), labels: probes.labels },
    { ...asked, gallery: { embeddings: matrix(gallery), labels: gallery.labels } },
  );
  requireAlike(found, held);
});

/** Group of each row: people of two groups, some rows of another than their person, some in none. */
function grouped({ labels }: People): (string | undefined)[] {
  return [...labels].map((label, row) => {
    if (row % 11 === 5) return undefined;
    return (label + Number(row % 13 === 4)) % 2 === 0 ? 'even' : 'odd';
  });
}

const restName = '(across groups) or without one';

/** A CSV of groups. */
const groupsCsv = (root: string, name: string, of: readonly (string | undefined)[]) =>
  put(
    root,
    name,
    `index,group\n${of.map((group, row) => (group ? `${row},${group}\n` : '')).join('')}`,
  );

test('groups are those of the same pairs listed, with intervals, in the report too', async () => {
  const root = temporaryFolder();
  const set = people(24, 5);
  const { pairs, people: identities, same } = listed(set);
  const of = grouped(set);
  // In the order of the file: draws of the intervals are dealt to groups in turn.
  const names = ['odd', 'even', '(across groups)'];
  const group = Uint32Array.from(pairs.index1, (first, pair) => {
    const [a, b] = [of[first], of[pairs.index2[pair] as number]];
    return names.indexOf(a === b && a !== undefined ? a : '(across groups)');
  });
  const scores = await scorePairs(matrix(set), pairs, { metric: 'cosine' });
  const known = { people: identities, groups: { of: group, names, ...sidesOf(names, pairs, of) } };
  const held = await evaluate(scores, same, { atFar: [0.1, 0.01], level: 0.9, ...known });
  const groups = groupsCsv(root, 'g.csv', of);
  const rows = { embeddings: put(root, 'x.npy', npyOf(set)), labels: set.labels, groups };
  const found = await allPairs(rows, { atFar: [0.1, 0.01], level: 0.9 });
  requireGroups(found, held);
  const { groupRatios } = found;
  // Pairs in no group have no part in how far groups are apart.
  const numbers = (of: typeof groupRatios) =>
    of.flatMap((at) => Object.values(at).flatMap((x) => (x?.method ? [x.low, x.high] : [x])));
  for (const [place, number] of numbers(groupRatios).entries()) {
    const other = numbers(held.groupRatios)[place];
    assert.ok(Math.abs((number ?? 0) - (other ?? 0)) < 1e-9, `${number} and ${other}`);
  }
  for (const { fdr, fdrInterval } of groupRatios) {
    assert.ok(fdr !== null && fdrInterval !== null);
    assert.ok(fdrInterval.low <= fdr && fdr <= fdrInterval.high);
  }
  assert.ok(groupRatios[0]?.frrRatio && groupRatios[0].farRatio);
  assert.match(found.undefinedBecause['groups.2.auroc'] ?? '', /counted only/);

  const labels = put(root, 'y.csv', `class\n${[...set.labels].join('\n')}\n`);
  const report = join(root, 'report.html');
  const args = ['evaluate', '-e', rows.embeddings, '-l', labels, '--groups', groups, '--all-pairs'];
  const run = await hackface([
    ...args,
    '--at-far',
    '0.1,0.01',
    '--level',
    '0.9',
    '--report',
    report,
  ]);
  assert.equal(run.code, 0, run.stderr);
  const page = readFileSync(report, 'utf8');
  for (const { group } of found.groups) {
    assert.ok(run.stdout.includes(`  ${group} `) && page.includes(group), group);
  }
});

/** The groups of the rows of pairs, by their places in `names`; `names.length` for none. */
function sidesOf(
  names: readonly string[],
  { index1, index2 }: { index1: Uint32Array; index2: Uint32Array },
  ofFirst: readonly (string | undefined)[],
  ofSecond = ofFirst,
): { first: Uint32Array; second: Uint32Array } {
  const place = (group: string | undefined) =>
    group === undefined ? names.length : names.indexOf(group);
  return {
    first: index1.map((row) => place(ofFirst[row])),
    second: index2.map((row) => place(ofSecond[row])),
  };
}

/** Groups with the counts, rates and intervals of those of a list; of the rest the counts and rates. */
function requireGroups({ groups: found }: Evaluation, { groups: held }: Evaluation): void {
  assert.equal(found.length, held.length);
  for (const group of found) {
    const isRest = group.group === restName;
    const own = held.find((other) => other.group === (isRest ? '(across groups)' : group.group));
    assert.ok(own);
    assert.deepEqual([group.genuine, group.impostors], [own.genuine, own.impostors]);
    assert.ok(group.genuine > 0 && group.impostors > 0);
    const near = (a?: number | null, b?: number | null) =>
      assert.ok(Math.abs((a ?? 9) - (b ?? 8)) < 1e-9, `${group.group}: ${a} and ${b}`);
    for (const [i, at] of group.at.entries()) {
      const beside: (typeof held)[number]['at'][number] | undefined = own.at[i];
      assert.deepEqual([at.groupFar, at.groupTar], [beside?.groupFar, beside?.groupTar]);
      assert.equal(at.groupTarInterval === null, isRest);
      if (isRest) continue;
      near(at.groupTarInterval?.low, beside?.groupTarInterval?.low);
      near(at.groupFarInterval?.high, beside?.groupFarInterval?.high);
    }
    assert.equal(group.auroc === null, isRest);
    assert.equal(group.acrossImpostors, isRest ? null : own.acrossImpostors);
    if (isRest) continue;
    assert.ok((group.acrossImpostors ?? 0) > 0);
    for (const [i, at] of group.at.entries()) {
      assert.equal(at.acrossFar, own.at[i]?.acrossFar);
      near(at.acrossFarInterval?.low, own.at[i]?.acrossFarInterval?.low);
      near(at.acrossFarInterval?.high, own.at[i]?.acrossFarInterval?.high);
    }
    assert.equal(group.own.length, own.own.length);
    for (const [i, at] of group.own.entries()) {
      near(at.threshold, own.own[i]?.threshold);
      near(at.tar, own.own[i]?.tar);
      near(at.tarInterval?.low, own.own[i]?.tarInterval?.low);
      near(at.achievedFarInterval?.high, own.own[i]?.achievedFarInterval?.high);
    }
    near(group.auroc, own.auroc);
    near(group.aurocInterval?.low, own.aurocInterval?.low);
  }
}

test('groups of two sets, and groups that do not fit', async () => {
  const root = temporaryFolder();
  const [probes, gallery] = [people(16, 2), people(16, 5)];
  const together: People = {
    data: Float32Array.from([...probes.data, ...gallery.data]),
    labels: Uint32Array.from([...probes.labels, ...gallery.labels]),
  };
  const [ofProbes, ofGallery] = [grouped(probes), grouped(gallery)];
  const { pairs, people: identities, same } = listed(probes, gallery);
  const names = ['even', 'odd', '(across groups)'];
  const group = Uint32Array.from(pairs.index1, (first, pair) => {
    const [a, b] = [ofProbes[first], ofGallery[pairs.index2[pair] as number]];
    return names.indexOf(a === b && a !== undefined ? a : '(across groups)');
  });
  const shifted = { index1: pairs.index1, index2: pairs.index2.map((row) => row + 32) };
  const scores = await scorePairs(matrix(together), shifted);
  const sides = sidesOf(names, pairs, ofProbes, ofGallery);
  const known = { people: identities, groups: { of: group, names, ...sides } };
  const held = await evaluate(scores, same, { atFar: [0.2], ...known });
  const rows = {
    embeddings: matrix(probes),
    labels: probes.labels,
    groups: groupsCsv(root, 'p.csv', ofProbes),
  };
  const other = {
    embeddings: matrix(gallery),
    labels: gallery.labels,
    groups: groupsCsv(root, 'g.csv', ofGallery),
  };
  requireGroups(await allPairs(rows, { atFar: [0.2], gallery: other }), held);

  const { groups: _, ...ungrouped } = rows;
  const beyond = put(root, 'beyond.csv', 'index,group\n32,a\n');
  const ids = put(root, 'ids.csv', 'Id,group\nx,a\n');
  for (const [set, options, code] of [
    [ungrouped, { gallery: other }, 'EOPTION'],
    [rows, { gallery: { ...other, groups: undefined } }, 'EOPTION'],
    [rows, { checkpoint: join(root, 'state') }, 'EOPTION'],
    // A group alone would have other neighbours.
    [rows, { metric: 'cosine', rerank: { k1: 4, k2: 2 } }, 'EOPTION'],
    [rows, { metric: 'cosine', expand: { k: 2, alpha: 1 } }, 'EOPTION'],
    [{ ...rows, groups: beyond }, {}, 'EINDEX'],
    [{ ...rows, groups: ids }, {}, 'ECSVHEADER'],
  ] as const) {
    await assert.rejects(allPairs(set, options), { code });
  }
});

test('single precision leaves a bound that holds, and threads change nothing', async () => {
  const set = people(60, 5);
  const rows = { embeddings: matrix(set), labels: set.labels };
  const exact = await allPairs(rows, { precision: 'double', threads: 1 });
  assert.deepEqual(await allPairs(rows, { precision: 'double', threads: 3 }), exact);
  const single = await allPairs(rows, { precision: 'single' });
  assert.ok(single.aurocBound > 0 && single.aurocBound < 1e-3);
  const apart = Math.abs((single.auroc.value as number) - (exact.auroc.value as number));
  assert.ok(apart <= single.aurocBound);
  assert.deepEqual(single.tarAtFar, exact.tarAtFar);
});

test('a class can be left out, and one that is not there is refused', async () => {
  const root = temporaryFolder();
  const set = people(10, 4);
  put(root, 'x.npy', npyOf(set));
  const names = [...set.labels].map((label) => (label === 3 ? 'unknown' : `p${label}`));
  put(root, 'y.csv', `class\n${names.join('\n')}\n`);
  const kept = Uint32Array.from(set.labels, (label) => (label === 3 ? 2 ** 32 - 1 : label));
  const held = await allPairs({ embeddings: matrix(set), labels: kept });
  const args = ['evaluate', '-e', join(root, 'x.npy'), '-l', join(root, 'y.csv'), '--all-pairs'];
  const run = await hackface([...args, '--ignore-class', 'unknown', '--json']);
  assert.equal(run.code, 0, run.stderr);
  const { subject, ...found } = JSON.parse(run.stdout);
  assert.equal(subject.metric, 'cosine');
  const { subject: _, ...figures } = held;
  // A number stands for itself where a file has a name.
  const named = JSON.stringify(figures).replaceAll(/("class[12]":")(\d+")/g, '$1p$2');
  assert.deepEqual(found, JSON.parse(named));
  const refused = await hackface([...args, '--ignore-class', 'nobody']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /no class "nobody"/);
});

test('what cannot be drawn or gone on from is refused before the work, and left as it was', async () => {
  const root = temporaryFolder();
  const set = people(10, 4);
  put(root, 'x.npy', npyOf(set));
  const labels = put(root, 'y.csv', `class\n${[...set.labels].join('\n')}\n`);
  const table = put(root, 'other.csv', 'class\na\n');
  const args = ['evaluate', '-e', join(root, 'x.npy'), '-l', labels, '--all-pairs'];
  for (const [extra, says] of [
    [['--plot', join(root, 'roc.png')], /a name that ends in \.svg/],
    [
      ['--plot', join(root, 'x.svg')],
      /a name with roc, det, hist, reliability, tippett, nber, edc, quality or zoo/,
    ],
    [['--plot', join(root, 'reliability.svg')], /without calibration/],
    [['--checkpoint', table], /a file of something else.*Name another file/],
  ] as [string[], RegExp][]) {
    const run = await hackface([...args, ...extra]);
    assert.equal(run.code, 2, run.stderr);
    assert.match(run.stderr, says);
    assert.equal(run.stdout, '');
  }
  assert.equal(readFileSync(table, 'utf8'), 'class\na\n');
});

test('a report, pictures, and a run that was stopped goes on', async () => {
  const root = temporaryFolder();
  const set = people(450, 9);
  put(root, 'x.npy', npyOf(set));
  put(root, 'y.csv', `class\n${[...set.labels].join('\n')}\n`);
  const rows = { embeddings: join(root, 'x.npy'), labels: join(root, 'y.csv') };
  const checkpoint = join(root, 'state.bin');
  const whole = await allPairs(rows, { metric: 'canberra' });
  const stop = new AbortController();
  const options = { metric: 'canberra', checkpoint, signal: stop.signal };
  const onProgress = ({ phase, done, total }: { phase: string; done: number; total: number }) => {
    if (phase === 'pairs' && done > total / 4) stop.abort();
  };
  await assert.rejects(allPairs(rows, { ...options, onProgress }), { name: 'AbortError' });
  assert.ok(existsSync(checkpoint), 'the state is there as soon as the abort is answered');
  assert.deepEqual(await allPairs(rows, { metric: 'canberra', checkpoint }), whole);
  assert.ok(!existsSync(checkpoint), 'and gone when the work is done');

  const report = join(root, 'report.html');
  const plots = ['roc.svg', 'det.svg', 'hist.svg'].map((name) => join(root, name));
  const args = ['evaluate', '-e', rows.embeddings, '-l', rows.labels, '--all-pairs', '-q'];
  const run = await hackface([...args, '--report', report, '--plot', ...plots]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(readFileSync(report, 'utf8'), /hackface-native evaluate -e .*--all-pairs/);
  for (const plot of plots) assert.match(readFileSync(plot, 'utf8'), /^<svg/);
  const again = await hackface([...args, '--report', report]);
  assert.equal(again.code, 73, 'a report that is there is not replaced');
});
