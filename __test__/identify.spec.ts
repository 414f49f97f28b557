// A gallery searched: against every pair scored by the library, sorted and counted here.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  AbortError,
  fit,
  Gallery,
  type HackfaceError,
  type Hits,
  type Identification,
  identify,
  type MatrixData,
  type Model,
  scorePairs,
} from 'hackface-native';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { dictionary, encode, float32Npy, npyFile } from './support/npy.js';
import { crowd, matrixOf } from './support/people.js';

const gallery = crowd({ people: 30, each: 4, dim: 12, singletons: 3, seed: 5 });
const probes = crowd({ people: 20, each: 3, dim: 12, seed: 6 });

const refused = (code: string, says: RegExp) => (error: HackfaceError) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, says);
  return true;
};

/** All rows of both, probes first. */
function joined(one: MatrixData, other: MatrixData): MatrixData {
  const data = Float32Array.from([...one.data, ...other.data]);
  return { data, rows: one.rows + other.rows, dim: one.dim };
}

/** Distances of every pair of a probe and a gallery row, probe by probe. */
async function every(
  asked: MatrixData,
  stored: MatrixData,
  by: { metric?: string; model?: Model },
): Promise<number[][]> {
  const both = joined(asked, stored);
  const pairs = Array.from({ length: asked.rows * stored.rows }, (_, i) => i);
  const indices = {
    index1: Uint32Array.from(pairs, (i) => Math.floor(i / stored.rows)),
    index2: Uint32Array.from(pairs, (i) => asked.rows + (i % stored.rows)),
  };
  const flat = by.model
    ? await by.model.scorePairs(both, indices)
    : await scorePairs(both, indices, { metric: by.metric });
  return Array.from({ length: asked.rows }, (_, i) => [
    ...flat.slice(i * stored.rows, (i + 1) * stored.rows),
  ]);
}

/** Candidates of one probe in the order of their distances, ties by number. */
function ranked(distances: readonly number[], accepts: (row: number) => boolean = () => true) {
  return [...distances.entries()]
    .filter(([row]) => accepts(row))
    .sort(([a, x], [b, y]) => x - y || a - b);
}

function requireHits(found: Hits, distances: number[][], k: number, without = new Set<number>()) {
  assert.equal(found.probes, distances.length);
  for (const [probe, row] of distances.entries()) {
    const expected = ranked(row, (candidate) => !without.has(candidate)).slice(0, k);
    const [at, end] = [found.starts[probe] as number, found.starts[probe + 1] as number];
    assert.deepEqual(
      [...found.rows.slice(at, end)],
      expected.map(([hit]) => hit),
    );
    for (const [place, [, distance]] of expected.entries()) {
      assert.ok(Object.is(found.distances[at + place], distance), `probe ${probe}`);
    }
  }
}

test('hits and their distances are those of scoring every pair', async () => {
  const { model } = await fit({ embeddings: gallery.matrix, labels: gallery.labels });
  const measures = [
    { metric: 'cosine' },
    { metric: 'euclidean' },
    { metric: 'cityblock' },
    { model },
  ];
  for (const by of measures) {
    const distances = await every(probes.matrix, gallery.matrix, by);
    for (const memory of [undefined, 0]) {
      using open = await Gallery.open(gallery.matrix, { ...by, memory });
      for (const [k, threads] of [
        [1, 1],
        [5, 2],
        [1000, 1],
      ] as const) {
        const hits = await open.search(probes.matrix, k, { threads });
        assert.equal(hits.k, Math.min(k, gallery.matrix.rows));
        requireHits(hits, distances, hits.k);
      }
    }
  }
});

test('additions run in the order of their calls, and one that fails adds nothing', async () => {
  const distances = await every(probes.matrix, gallery.matrix, { metric: 'cosine' });
  using open = await Gallery.open(matrixOf(gallery.rows.slice(0, 10)));
  const stop = new AbortController();
  const narrow = { data: Float32Array.of(1, 2), rows: 1, dim: 2 };
  const calls = [
    open.add(matrixOf(gallery.rows.slice(10, 60))),
    open.add(narrow),
    open.add(matrixOf(gallery.rows.slice(60, 61))),
    open.add(matrixOf(gallery.rows), { signal: stop.signal }),
    open.add(matrixOf(gallery.rows.slice(61))),
  ];
  stop.abort();
  const settled = await Promise.allSettled(calls);
  const outcome = (call: PromiseSettledResult<number>) =>
    call.status === 'fulfilled' ? call.value : call.reason.code;
  assert.deepEqual(settled.map(outcome), [10, 'EDIMENSION', 60, 'ABORT_ERR', 61]);
  requireHits(await open.search(probes.matrix, 9), distances, 9);
});

test('a gallery that opens empty is filled by additions', async () => {
  const empty = { data: new Float32Array(0), rows: 0, dim: 12 };
  const distances = await every(probes.matrix, gallery.matrix, { metric: 'cosine' });
  using open = await Gallery.open(empty);
  const none = await open.search(probes.matrix, 5);
  assert.deepEqual([none.k, none.rows.length, open.size], [0, 0, 0]);
  assert.deepEqual(none.starts, new Uint32Array(probes.matrix.rows + 1));
  await assert.rejects(
    open.add({ data: new Float32Array(5), rows: 1, dim: 5 }),
    refused('EDIMENSION', /12/),
  );
  assert.equal(await open.add(gallery.matrix), 0);
  requireHits(await open.search(probes.matrix, 5), distances, 5);
  for (const options of [{ metric: 'seuclidean' }, { center: 'mean' }] as const) {
    await assert.rejects(Gallery.open(empty, options), refused('EEMPTY', /rows/));
  }
  await assert.rejects(
    identify({ gallery: empty, output: file('none.csv') }),
    refused('EEMPTY', /gallery/),
  );
});

test('a probe that fewer rows can be found for has fewer hits', async () => {
  using open = await Gallery.open(gallery.matrix);
  const { rows } = gallery.matrix;
  const hits = await open.search(gallery.matrix, rows, { excludeSelf: false });
  assert.equal(hits.rows.length, rows * rows);
  await open.remove(Array.from({ length: rows - 2 }, (_, row) => row));
  const few = await open.search(probes.matrix, 5);
  assert.deepEqual(
    [...few.starts],
    Array.from({ length: probes.matrix.rows + 1 }, (_, i) => 2 * i),
  );
  assert.ok(few.rows.every((row) => row >= rows - 2) && few.distances.every(Number.isFinite));
});

test('one row of an odd size slows no search of the others', async () => {
  const values = (row: number) => Array.from({ length: 32 }, (_, i) => Math.sin(row * 32 + i * i));
  const plain = Array.from({ length: 3000 }, (_, row) => values(row));
  const last = plain.at(-1) as number[];
  const matrix = (factor: number) => {
    const odd = last.map((value) => value * factor);
    return put(folder, `odd-${factor}.npy`, float32Npy([...plain.slice(0, -1), odd]));
  };
  for (const io of ['mmap', 'read'] as const) {
    for (const factor of [1e16, 1e-24]) {
      const paths = [matrix(1), matrix(factor)] as const;
      const options = { metric: 'sqeuclidean', io } as const;
      using usual = await Gallery.open(paths[0], options);
      using odd = await Gallery.open(paths[1], options);
      const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
      const time = async (of: 0 | 1) => {
        const started = performance.now();
        await [usual, odd][of]?.search(paths[of], 10, { io });
        least[of] = Math.min(least[of], performance.now() - started);
      };
      // Side by side, and again where the machine does something else: the least only falls.
      for (let round = 0; round < 40; round += 1) {
        await time(0);
        await time(1);
        if (round >= 4 && least[1] <= 1.5 * least[0]) break;
      }
      assert.ok(least[1] <= 1.5 * least[0], `${io}, ×${factor}: ${least[1]} of ${least[0]} ms`);
    }
  }
});

test('rows are added and removed, and numbers stay', async () => {
  const first = matrixOf(gallery.rows.slice(0, 50));
  const more = matrixOf(gallery.rows.slice(50));
  const distances = await every(probes.matrix, gallery.matrix, { metric: 'cosine' });
  using open = await Gallery.open(first);
  assert.equal(open.size, 50);
  assert.equal(await open.add(more), 50);
  assert.equal(open.size, gallery.rows.length);
  requireHits(await open.search(probes.matrix, 7), distances, 7);
  const gone = new Set([...ranked(distances[0] as number[])].slice(0, 3).map(([row]) => row));
  const before = open.search(probes.matrix, 7);
  await open.remove([...gone]);
  requireHits(await before, distances, 7);
  requireHits(await open.search(probes.matrix, 7), distances, 7, gone);
  assert.equal(open.size, gallery.rows.length - 3);
  await open.remove([...gone]);
  assert.equal(open.size, gallery.rows.length - 3);
  await assert.rejects(open.remove([gallery.rows.length]), refused('EINDEX', /row of the gallery/));
  await assert.rejects(open.remove([1.5]), refused('EINDEX', /1\.5/));
});

test('what cannot be searched is refused', async () => {
  const open = await Gallery.open(gallery.matrix);
  await assert.rejects(open.search(probes.matrix, 0), refused('EARGUMENT', /k: 0/));
  await assert.rejects(open.search(matrixOf([[1, 2]]), 1), refused('EDIMENSION', /2 columns/));
  const holed = matrixOf([[...Array(11).fill(1), Number.NaN]]);
  await assert.rejects(open.search(holed, 1), refused('ENOTFINITE', /NaN/));
  await assert.rejects(
    open.search(probes.matrix, 1, { excludeSelf: true }),
    refused('EOPTION', /excludeSelf/),
  );
  const signal = AbortSignal.abort();
  await assert.rejects(open.search(probes.matrix, 1, { signal }), AbortError);
  open.close();
  await assert.rejects(open.search(probes.matrix, 1), refused('EOPTION', /closed/));
  await assert.rejects(Gallery.open(holed), refused('ENOTFINITE', /NaN/));
});

test('sixteen searches at once answer as one does', async () => {
  using open = await Gallery.open(gallery.matrix);
  const alone = await open.search(probes.matrix, 5);
  const all = await Promise.all(Array.from({ length: 16 }, () => open.search(probes.matrix, 5)));
  for (const hits of all) assert.deepEqual(hits, alone);
});

const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
const labelCsv = (labels: Uint32Array) => `class\n${[...labels].map((l) => `p${l}`).join('\n')}\n`;
put(folder, 'gallery.npy', float32Npy(gallery.rows));
put(folder, 'gallery.csv', labelCsv(gallery.labels));
put(folder, 'probes.npy', float32Npy(probes.rows));
// Half of the people of the probes are in the gallery.
const people = probes.labels.map((label) => (label % 2 === 0 ? label : 1000 + label));
put(folder, 'probes.csv', labelCsv(people));

/** Shares of probes whose best candidate of their own comes within a rank, by `candidatesOf`. */
function rates(
  candidatesOf: (probe: number) => { name: string; distance: number }[],
  names: readonly string[],
) {
  const ranks: number[] = [];
  for (const [probe, name] of names.entries()) {
    const candidates = candidatesOf(probe);
    const own = candidates.filter((other) => other.name === name).map((other) => other.distance);
    if (own.length === 0) continue;
    const best = Math.min(...own);
    const ahead = candidates.filter((other) => other.name !== name && other.distance <= best);
    ranks.push(1 + ahead.length);
  }
  const within = (rank: number) => ranks.filter((r) => r <= rank).length / ranks.length;
  return { mated: ranks.length, within };
}

function requireRates(
  found: Identification | null,
  expected: ReturnType<typeof rates>,
  name: string,
) {
  assert.ok(found?.closedSet, name);
  assert.equal(found.mated, expected.mated, name);
  assert.ok(found.closedSet.rankRates.length > 0, name);
  for (const { rank, rate } of found.closedSet.rankRates) {
    assert.ok(Math.abs(rate - expected.within(rank)) < 1e-12, `${name} rank ${rank}`);
  }
}

test('rank rates are those of counting, however rows of a person are fused', async () => {
  const distances = await every(probes.matrix, gallery.matrix, { metric: 'cosine' });
  const names = [...gallery.labels].map((label) => `p${label}`);
  const asked = [...people].map((label) => `p${label}`);
  const fused = (fuse: (own: number[]) => number) => (probe: number) =>
    [...new Set(names)].map((name) => ({
      name,
      distance: fuse((distances[probe] as number[]).filter((_, row) => names[row] === name)),
    }));
  const candidates = {
    none: (probe: number) =>
      (distances[probe] as number[]).map((distance, row) => ({
        name: names[row] as string,
        distance,
      })),
    min: fused((own) => Math.min(...own)),
    mean: fused((own) => own.reduce((sum, value) => sum + value, 0) / own.length),
  };
  const request = {
    gallery: file('gallery.npy'),
    galleryLabels: file('gallery.csv'),
    probes: file('probes.npy'),
    probeLabels: file('probes.csv'),
    ranks: [1, 2, 3, 5, 10],
  };
  for (const [fuse, candidatesOf] of Object.entries(candidates)) {
    const summary = await identify({ ...request, fuse: fuse as 'none' | 'min' | 'mean' });
    requireRates(summary.identification, rates(candidatesOf, asked), fuse);
    assert.ok(summary.identification?.openSet, fuse);
  }
  const means = [...new Set(gallery.labels)].map((label) => {
    const own = gallery.rows.filter((_, row) => gallery.labels[row] === label);
    return own[0]?.map(
      (_, j) => own.reduce((sum, row) => sum + (row[j] as number), 0) / own.length,
    );
  });
  const templates = await every(probes.matrix, matrixOf(means as number[][]), { metric: 'cosine' });
  const persons = [...new Set(names)];
  const template = (probe: number) =>
    persons.map((name, i) => ({ name, distance: (templates[probe] as number[])[i] as number }));
  const { identification } = await identify({ ...request, fuse: 'template' });
  requireRates(identification, rates(template, asked), 'template');
});

test('rows of the gallery among the others: none finds itself', async () => {
  const distances = await every(gallery.matrix, gallery.matrix, { metric: 'cosine' });
  const names = [...gallery.labels].map((label) => `p${label}`);
  const { identification } = await identify({
    gallery: file('gallery.npy'),
    galleryLabels: file('gallery.csv'),
    ranks: [1, 3],
    output: file('self.csv'),
    top: 2,
  });
  const others = (probe: number) =>
    (distances[probe] as number[])
      .map((distance, row) => ({ name: names[row] as string, distance, row }))
      .filter(({ row }) => row !== probe);
  requireRates(identification, rates(others, names), 'self');
  const lines = readFileSync(file('self.csv'), 'utf8').trim().split('\n').slice(1);
  assert.equal(lines.length, 2 * gallery.rows.length);
  for (const line of lines) {
    const [probe, rank, row, distance, name] = line.split(',');
    const order = ranked(distances[Number(probe)] as number[], (other) => other !== Number(probe));
    const [hit, value] = order[Number(rank) - 1] as [number, number];
    assert.deepEqual([Number(row), Number(distance), name], [hit, value, names[hit]]);
  }
});

test('hits are written as CSV, as records and as JSON lines, the same', async () => {
  const request = { gallery: file('gallery.npy'), probes: file('probes.npy'), top: 3 };
  for (const format of ['csv', 'npy', 'jsonl'] as const) {
    await identify({ ...request, output: file(`hits.${format}`), format });
  }
  const csv = readFileSync(file('hits.csv'), 'utf8').trim().split('\n');
  assert.equal(csv[0], 'probe,rank,gallery,distance');
  const cells = csv.slice(1).map((line) => line.split(',').map(Number));
  const npy = readFileSync(file('hits.npy'));
  const start = 10 + npy.readUInt16LE(8);
  assert.equal(start % 64, 0);
  assert.match(npy.subarray(10, start).toString(), /'gallery', '<u4'.*'shape': \(60, 3\)/);
  assert.equal(npy.length, start + cells.length * 12);
  const json = readFileSync(file('hits.jsonl'), 'utf8').trim().split('\n');
  for (const [i, [probe, rank, row, distance]] of cells.entries()) {
    assert.deepEqual(
      [npy.readUInt32LE(start + i * 12), npy.readDoubleLE(start + i * 12 + 4)],
      [row, distance],
    );
    const { hits } = JSON.parse(json[probe as number] as string);
    assert.deepEqual(hits[(rank as number) - 1], { gallery: row, distance });
  }
  await assert.rejects(
    identify({ ...request, output: file('hits.csv') }),
    refused('EEXISTS', /hits\.csv/),
  );
});

test('what does not go together is refused before any work', async () => {
  const request = { gallery: file('gallery.npy'), probes: file('probes.npy') };
  const refusals: [Parameters<typeof identify>[0], RegExp][] = [
    [request, /nothing to find/],
    [{ ...request, output: file('x.csv'), fuse: 'min' }, /without gallery labels/],
    [{ ...request, probeLabels: file('probes.csv') }, /without gallery labels/],
    [
      { gallery: file('gallery.npy'), galleryLabels: file('gallery.csv'), fuse: 'template' },
      /templates that a probe is part of/,
    ],
  ];
  for (const [wrong, says] of refusals) {
    await assert.rejects(identify(wrong), refused('EOPTION', says));
  }
  assert.ok(!existsSync(file('x.csv')));
});

test('the command finds, judges, draws and says so', async () => {
  const args = ['identify', '-g', 'gallery.npy', '--gallery-labels', 'gallery.csv'];
  const asked = ['--probes', 'probes.npy', '--probe-labels', 'probes.csv'];
  const files = ['-o', 'found.csv', '--report', 'r.html', '--plot', 'cmc.svg', 'dir.svg'];
  const run = await hackface([...args, ...asked, ...files, '-k', '4', '--fuse', 'min'], {
    cwd: folder,
  });
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /rank 1 +0\.\d+/);
  assert.match(run.stderr, /60 probes in \d+ rows of 30 people in .* 4 hits each → found\.csv/);
  for (const name of ['found.csv', 'r.html', 'cmc.svg', 'dir.svg']) {
    assert.ok(existsSync(file(name)), name);
  }
  const json = await hackface([...args, ...asked, '--json'], { cwd: folder });
  const summary = JSON.parse(json.stdout);
  assert.equal(summary.identification.schema, 'hackface-identification/1');
  assert.equal(summary.output, null);
  const piped = await hackface([...args, '--probes', 'probes.npy', '-o', '-', '--json'], {
    cwd: folder,
  });
  assert.match(piped.stdout, /^probe,rank,gallery,distance,class\n0,1,/);
  assert.equal(JSON.parse(piped.stderr).top, 10);
  const wrong = await hackface([...args, '--probes', 'probes.npy', '--report', 'x.html'], {
    cwd: folder,
  });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /without labels/);
});

test('probes without rows are refused before anything is written', async () => {
  const folder = temporaryFolder();
  const none = { data: new Float32Array(0), rows: 0, dim: 12 };
  const output = join(folder, 'hits.csv');
  const request = { gallery: gallery.matrix, probes: none, output };
  await assert.rejects(identify(request), refused('EEMPTY', /no rows/));
  assert.equal(existsSync(output), false);
  using opened = await Gallery.open(gallery.matrix);
  await assert.rejects(opened.search(none, 3), refused('EEMPTY', /no rows/));
});

test('templates keep the digits of their rows', async () => {
  const folder = temporaryFolder();
  const doubles = (values: number[]) =>
    npyFile({ header: dictionary('<f8', `(${values.length}, 1)`), data: encode('<f8', values) });
  const nearest = async (stored: number[], probe: number) => {
    const files = { gallery: join(folder, 'g.npy'), probes: join(folder, 'p.npy') };
    writeFileSync(files.gallery, doubles(stored));
    writeFileSync(files.probes, doubles([probe]));
    const output = join(folder, 'hits.csv');
    const galleryLabels = Uint32Array.from(stored, (_, row) => row >> 1);
    const names = { metric: 'euclidean', fuse: 'template', force: true } as const;
    await identify({ ...files, ...names, output, galleryLabels });
    return readFileSync(output, 'utf8').trim().split('\n')[1];
  };
  assert.equal(await nearest([1e8 + 1, 1e8 + 2, 1e8 + 5, 1e8 + 6], 1e8 + 1.5), '0,1,0,0');
  assert.equal(await nearest([1e40, 3e40, 5e40, 5e40], 2e40), '0,1,0,0');
  assert.match((await nearest([0.1, 0.1, 0.5, 0.5], 0.1)) ?? '', /^0,1,0,0$/);
});
