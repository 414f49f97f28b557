// Re-identification: figures against the two definitions of the field, on data made here. Each is written out
// below, candidate by candidate over a full sort of naive cosine distances in double precision: torchreid's
// (the mean of the precisions at the hits) and that of the evaluation which comes with Market-1501 (recall and
// precision are followed through the list, areas are trapezoids).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type HackfaceError, type Identification, identify } from 'hackface-native';
import { matlabFile } from './formats/matlab-bytes.js';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { matrixOf } from './support/people.js';
import { normals, randomNumbers } from './support/random.js';

interface Image {
  person: number;
  camera: number;
  row: number[];
}

const random = randomNumbers(41);
const normal = normals(random);
const DIM = 10;
const means = Array.from({ length: 60 }, () => Array.from({ length: DIM }, normal));
const views = Array.from({ length: 4 }, () => Array.from({ length: DIM }, normal));

function image(person: number, camera: number): Image {
  const mean = person <= 0 ? Array.from({ length: DIM }, normal) : (means[person] as number[]);
  const view = views[camera] as number[];
  const row = mean.map((m, j) => Math.fround(m + 0.5 * (view[j] as number) + 0.9 * normal()));
  return { person, camera, row };
}

const below = (n: number) => Math.floor(random() * n);
// Of people 1 to 40 up to five images in up to three cameras, 60 distractors (0), 25 that are junk (-1).
const gallery: Image[] = [
  ...Array.from({ length: 170 }, () => image(1 + below(40), below(3))),
  ...Array.from({ length: 60 }, () => image(0, below(4))),
  ...Array.from({ length: 25 }, () => image(-1, below(4))),
];
// Some probes are of people who are in the gallery by their own camera only, or not at all.
const query: Image[] = Array.from({ length: 75 }, () => image(1 + below(45), below(4)));

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, j) => sum + value * (y[j] as number), 0);
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** For each candidate of a probe, the nearest first, whether it is a match. */
function matches(probe: Image, of: readonly Image[]): boolean[] {
  return of
    .map((one) => ({ ...one, distance: cosine(probe.row, one.row) }))
    .filter(({ person, camera }) => person !== probe.person || camera !== probe.camera)
    .filter(({ person }) => person !== -1)
    .sort((a, b) => a.distance - b.distance)
    .map(({ person }) => person === probe.person);
}

/** torchreid: the mean over the hits of the share of hits up to there. */
function meanPrecision(found: readonly boolean[]): number {
  let [hits, sum] = [0, 0];
  for (const [place, hit] of found.entries()) {
    if (!hit) continue;
    hits += 1;
    sum += hits / (place + 1);
  }
  return sum / hits;
}

/** Market-1501: recall from 0 and precision from 1, and the area between two candidates by a trapezoid. */
function trapezoids(found: readonly boolean[]): number {
  const good = found.filter(Boolean).length;
  let [area, recall, precision, hits] = [0, 0, 1, 0];
  for (const [place, hit] of found.entries()) {
    hits += hit ? 1 : 0;
    const [nextRecall, nextPrecision] = [hits / good, hits / (place + 1)];
    area += (nextRecall - recall) * ((precision + nextPrecision) / 2);
    [recall, precision] = [nextRecall, nextPrecision];
    if (hits === good) break;
  }
  return area;
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** The figures of these probes in this gallery by the definitions. */
function expected(probes: readonly Image[], of: readonly Image[]) {
  const lists = probes.map((probe) => matches(probe, of));
  const valid = lists.filter((found) => found.some(Boolean));
  return {
    mated: valid.length,
    nonMated: lists.length - valid.length,
    within: (rank: number) => mean(valid.map((found) => Number(found.indexOf(true) < rank))),
    'at-hits': mean(valid.map(meanPrecision)),
    trapezoid: mean(valid.map(trapezoids)),
    inp: mean(valid.map((f) => f.filter(Boolean).length / (f.lastIndexOf(true) + 1))),
  };
}

function near(found: number | null | undefined, value: number, what: string): void {
  assert.ok(found != null && Math.abs(found - value) < 1e-12, `${what}: ${found}, not ${value}`);
}

function requireFigures(found: Identification | null, of: ReturnType<typeof expected>): void {
  assert.ok(found?.closedSet);
  const { closedSet, mated, nonMated } = found;
  assert.deepEqual([mated, nonMated], [of.mated, of.nonMated]);
  assert.ok(closedSet.rankRates.length > 2);
  for (const { rank, rate } of closedSet.rankRates) near(rate, of.within(rank), `rank ${rank}`);
  near(closedSet.meanAveragePrecision.value, of[closedSet.averagePrecision], 'mAP');
  near(closedSet.meanInverseNegativePenalty.value, of.inp, 'mINP');
  assert.ok(closedSet.meanInverseNegativePenalty.interval);
}

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
/** Names as those of Market-1501. */
const nameOf = ({ person, camera }: Image, place: number) =>
  `${person < 0 ? '-1' : String(person).padStart(4, '0')}_c${camera + 1}s1_${String(place).padStart(6, '0')}_00.jpg`;
for (const [name, images] of [
  ['gallery', gallery],
  ['query', query],
] as const) {
  put(folder, `${name}.npy`, float32Npy(images.map(({ row }) => row)));
  put(folder, `${name}.txt`, images.map((one, i) => `images/${nameOf(one, i)}\n`).join(''));
  const lines = images.map(({ person, camera }) => `${person},c${camera}\n`);
  put(folder, `${name}.csv`, `class,camera\n${lines.join('')}`);
}
const files = {
  gallery: at('gallery.npy'),
  galleryLabels: at('gallery.csv'),
  probes: at('query.npy'),
  probeLabels: at('query.csv'),
} as const;
const between = {
  ...files,
  galleryCameras: at('gallery.csv'),
  probeCameras: at('query.csv'),
} as const;
const ranks = [1, 2, 3, 5, 10, 20];

test('CMC, mAP and mINP are those of torchreid and of Market-1501', async () => {
  const of = expected(query, gallery);
  assert.ok(of.nonMated > 5 && of.mated > 40 && Math.abs(of.trapezoid - of['at-hits']) > 1e-3);
  for (const averagePrecision of [undefined, 'at-hits', 'trapezoid'] as const) {
    const { identification } = await identify({ ...between, ranks, averagePrecision });
    requireFigures(identification, of);
    assert.equal(identification?.closedSet?.averagePrecision, averagePrecision ?? 'at-hits');
    assert.deepEqual(identification?.ignored, { class: '-1', probes: 0, rows: 25 });
    assert.equal(identification?.subject.candidates, 'other cameras');
    const codes = identification?.warnings.map(({ code }) => code) ?? [];
    assert.ok(codes.includes('probes-without-mate') && !codes.includes('ignored-column'));
  }
  const { identification: plain } = await identify({ ...files, ranks });
  assert.notEqual(plain?.mated, of.mated);
  const told = plain?.warnings.find(({ code }) => code === 'ignored-column');
  assert.match(told?.text ?? '', /column camera .* option galleryCameras and option probeCameras/);
});

test('where cameras leave no mate, the remark asks about cameras, else about labels', async () => {
  const said = async (request: object) => {
    const { identification } = await identify({ ...between, ...request });
    return identification?.warnings.find(({ code }) => code === 'no-mates')?.text ?? '';
  };
  const one = (images: Image[]) => new Uint32Array(images.length);
  const cameras = { galleryCameras: one(gallery), probeCameras: one(query) };
  assert.match(await said(cameras), /seen by several cameras/);
  const strangers = { galleryLabels: one(gallery), probeLabels: one(query).fill(1) };
  const none = { galleryCameras: undefined, probeCameras: undefined };
  assert.match(await said({ ...strangers, ...none }), /do labels of both name people alike\?$/);
});

test('a protocol reads person and camera in the names and takes the rules of its evaluation', async () => {
  const of = expected(query, gallery);
  const named = { galleryNames: at('gallery.txt'), probeNames: at('query.txt') };
  const { gallery: stored, probes } = files;
  const { identification } = await identify({
    gallery: stored,
    probes,
    ...named,
    protocol: 'market1501',
  });
  requireFigures(identification, of);
  assert.equal(identification?.closedSet?.averagePrecision, 'trapezoid');
  assert.equal(identification?.subject.protocol, 'market1501');
  const said = await identify({
    ...files,
    ...named,
    protocol: 'market1501',
    averagePrecision: 'at-hits',
    ranks: [1, 2, 3],
  });
  requireFigures(said.identification, of);
  const run = await hackface(
    [
      'identify',
      '-g',
      'gallery.npy',
      '--gallery-names',
      'gallery.txt',
      '--probes',
      'query.npy',
    ].concat(['--probe-names', 'query.txt', '--protocol', 'market1501', '--json']),
    { cwd: folder },
  );
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(JSON.parse(run.stdout).identification.closedSet, identification?.closedSet);
  const odd = put(folder, 'odd.txt', query.map((_, i) => `image${i}.jpg\n`).join(''));
  await assert.rejects(
    identify({ gallery: stored, probes, ...named, probeNames: odd, protocol: 'market1501' }),
    (error: HackfaceError) => {
      assert.equal(error.code, 'ECSVVALUE');
      assert.match(error.message, /odd\.txt.*image0\.jpg.*0002_c1s1_000451_03\.jpg/s);
      return true;
    },
  );
});

test('tables of MARS tell frames, people and cameras, and which tracks are asked for', async () => {
  const tracks = Array.from({ length: 70 }, (_, track) => {
    const [person, camera] = [track % 9 === 4 ? -1 : 1 + (track % 12), below(4)];
    const frames = Array.from({ length: 1 + below(4) }, () => image(person, camera).row);
    const row = frames[0]?.map((_, j) => mean(frames.map((frame) => frame[j] as number))) ?? [];
    return { person, camera, frames, row };
  });
  let before = 0;
  const table = tracks.map(({ person, camera, frames }) => {
    before += frames.length;
    return [before - frames.length + 1, before, person, camera + 1];
  });
  const asked = [...tracks.keys()].filter(
    (track) => tracks[track]?.person !== -1 && track % 3 === 0,
  );
  put(folder, 'frames.npy', float32Npy(tracks.flatMap(({ frames }) => frames)));
  put(folder, 'tracks.npy', float32Npy(table));
  const numbers = {
    name: 'query_IDX',
    shape: [1, asked.length],
    numbers: asked.map((track) => track + 1),
  };
  put(folder, 'query_IDX.mat', matlabFile([numbers]));
  const request = {
    gallery: at('frames.npy'),
    probes: at('frames.npy'),
    galleryTemplates: at('tracks.npy'),
    probeTemplates: at('query_IDX.mat'),
    protocol: 'mars',
  } as const;
  const { identification } = await identify(request);
  requireFigures(
    identification,
    expected(
      asked.map((track) => tracks[track] as Image),
      tracks,
    ),
  );
  put(folder, 'beyond.npy', float32Npy([...table, [before, before + 1, 1, 1]]));
  await assert.rejects(
    identify({ ...request, galleryTemplates: at('beyond.npy') }),
    new RegExp(
      `beyond.npy:70: found frames ${before} to ${before + 1}, expected .* 1 to ${before}`,
    ),
  );
  put(folder, 'odd.npy', float32Npy(table.map((row) => row.slice(1))));
  await assert.rejects(identify({ ...request, galleryTemplates: at('odd.npy') }), /70 × 3 numbers/);
});

test('rows of one matrix find their person in other cameras, and hits are candidates', async () => {
  const people = gallery.filter(({ person }) => person !== -1);
  const of = expected(people, gallery);
  const { identification } = await identify({
    gallery: files.gallery,
    galleryLabels: files.galleryLabels,
    cameras: files.galleryLabels,
    ranks,
    output: at('hits.csv'),
    top: 300,
  });
  requireFigures(identification, of);
  assert.deepEqual(identification?.ignored, { class: '-1', probes: 25, rows: 25 });
  const found = new Map<number, number[]>();
  for (const line of readFileSync(at('hits.csv'), 'utf8').trim().split('\n').slice(1)) {
    const [probe = -1, , row = -1] = line.split(',').map(Number);
    found.set(probe, [...(found.get(probe) ?? []), row]);
  }
  for (const [probe, { person, camera }] of gallery.entries()) {
    const rows = [...gallery.keys()].filter((row) => {
      const other = gallery[row] as Image;
      const own = person === other.person && camera === other.camera;
      return row !== probe && other.person !== -1 && !own;
    });
    assert.deepEqual(
      found.get(probe)?.sort((a, b) => a - b),
      rows,
      `probe ${probe}`,
    );
  }
});

test('single-shot figures are means over galleries of a row of each person and camera', async () => {
  const request = { ...between, ranks: [1, 5], shots: 1, seed: 3 } as const;
  const judged = async (more: object) => (await identify({ ...request, ...more })).identification;
  const found = await judged({ draws: 40 });
  assert.deepEqual(found, await judged({ draws: 40, threads: 1 }));
  assert.notDeepEqual(found?.closedSet, (await judged({ draws: 40, seed: 4 }))?.closedSet);
  assert.equal(found?.subject.shots, '1 drawn 40 times');
  const all = expected(query, gallery);
  assert.deepEqual([found?.mated, found?.nonMated], [all.mated, all.nonMated]);
  // Drawn here by other numbers: the means over draws agree as means of as many do.
  const groups = new Map<string, Image[]>();
  for (const one of gallery) {
    const key = `${one.person} ${one.camera}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const draws = Array.from({ length: 40 }, () =>
    expected(
      query,
      [...groups.values()].map((group) => group[below(group.length)] as Image),
    ),
  );
  const maps = draws.map((draw) => draw['at-hits']);
  const deviation = Math.sqrt(mean(maps.map((map) => (map - mean(maps)) ** 2)) / 20);
  const map = found?.closedSet?.meanAveragePrecision.value ?? 0;
  assert.ok(Math.abs(map - mean(maps)) < 5 * deviation, `${map}, ${mean(maps)} ± ${deviation}`);
  // So many rows that none is left out.
  requireFigures((await identify({ ...between, ranks, shots: 300, draws: 2 })).identification, all);
  // The open set: strangers are in no gallery, and the same galleries again move nothing.
  const open = { ...between, fpirs: [0.25, 0.5] };
  const [{ identification: every }, { identification: drawn }] = [
    await identify(open),
    await identify({ ...open, shots: 300, draws: 3 }),
  ];
  const points = (every?.openSet?.tpirAtFpir ?? []).map((at) => ({
    ...at,
    falsePositives: 3 * (at.falsePositives ?? Number.NaN),
  }));
  assert.ok(points.length > 0 && points.every(({ tpir }) => tpir !== null && tpir > 0));
  for (const [i, at] of drawn?.openSet?.tpirAtFpir.entries() ?? []) {
    near(at.tpir, points[i]?.tpir ?? -1, 'TPIR');
    near(at.tpirInterval?.low, points[i]?.tpirInterval?.low ?? -1, 'its interval');
    const { threshold, falsePositives, resolution } = points[i] ?? {};
    assert.deepEqual(
      [at.threshold, at.falsePositives, at.resolution],
      [threshold, falsePositives, resolution],
    );
  }
  assert.equal(drawn?.openSet?.leastFpir, 1 / all.nonMated);
  assert.ok((found?.openSet?.tpirAtFpir.length ?? 0) > 0);
  const interval = (of: Identification | null) => of?.closedSet?.meanAveragePrecision.interval;
  const [twice, once] = [
    await judged({ shots: 300, draws: 2, ranks }),
    (await identify({ ...between, ranks })).identification,
  ];
  near(interval(twice)?.low, interval(once)?.low ?? 0, 'interval');
});

test('fused people are found in other cameras too', async () => {
  for (const fuse of ['min', 'mean'] as const) {
    const { identification } = await identify({ ...between, fuse, ranks: [1] });
    const rates = query.flatMap((probe) => {
      const own = new Map<number, number[]>();
      for (const { person, camera, row } of gallery) {
        if (person === -1 || (person === probe.person && camera === probe.camera)) continue;
        own.set(person, [...(own.get(person) ?? []), cosine(probe.row, row)]);
      }
      const fused = [...own].map(
        ([person, all]) => [person, fuse === 'min' ? Math.min(...all) : mean(all)] as const,
      );
      if (!own.has(probe.person)) return [];
      const [nearest] = fused.sort(([, a], [, b]) => a - b);
      return [Number(nearest?.[0] === probe.person)];
    });
    assert.equal(identification?.mated, rates.length);
    near(identification?.closedSet?.rankRates[0]?.rate, mean(rates), fuse);
  }
});

test('rules that contradict each other are refused', async () => {
  const matrix = matrixOf(gallery.map(({ row }) => row));
  const people = Uint32Array.from(gallery, ({ person }) => person + 1);
  const own = { gallery: matrix, galleryLabels: people };
  const cases: [Parameters<typeof identify>[0], RegExp][] = [
    [{ ...own, galleryCameras: people }, /without probes.*option cameras/s],
    [{ ...files, cameras: people }, /galleryCameras and option probeCameras/],
    [{ ...files, galleryCameras: people }, /cameras of one side/],
    [{ gallery: matrix, cameras: people, output: at('x.csv') }, /cameras without labels/],
    [{ ...between, fuse: 'template' }, /templates of rows of all cameras/],
    [{ ...own, shots: 1 }, /holds the probes/],
    [{ ...between, draws: 3 }, /without shots/],
    [{ ...files, protocol: 'market1501' }, /without cameras/],
    [{ ...between, ignoreClass: 'nobody' }, /no class "nobody"/],
    [{ ...between, averagePrecision: 'area' as 'trapezoid' }, /at-hits or trapezoid/],
  ];
  for (const [request, says] of cases) {
    await assert.rejects(identify(request), (error: HackfaceError) => {
      assert.equal(error.code, 'EOPTION', error.message);
      assert.match(error.message, says);
      return true;
    });
  }
  await assert.rejects(identify({ ...own, cameras: people.slice(1) }), /cameras.*one for each/s);
});
