// Templates against a naive twin: media and templates pooled by loops over plain arrays, pairs and searches judged
// from naive cosine distances in double precision, on a protocol of IJB's kind made here.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  evaluateEmbeddings,
  type HackfaceError,
  identify,
  poolTemplates,
  readTemplateList,
  scorePairsSync,
} from 'hackface-native';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { normals, randomNumbers } from './support/random.js';

const random = randomNumbers(29);
const normal = normals(random);
const below = (n: number) => Math.floor(random() * n);
const DIM = 9;

interface Face {
  template: string;
  medium: string;
  person: string;
  row: number[];
}

/** 60 templates of 25 people: photographs, and videos of up to six frames. */
const faces: Face[] = Array.from({ length: 60 }, (_, t) => ({
  template: `${100 + t}`,
  who: t % 25,
}))
  .flatMap(({ template, who }) =>
    Array.from({ length: 1 + below(3) }, (_, medium) =>
      Array.from({ length: medium === 0 ? 1 : 1 + below(6) }, () => ({
        template,
        medium: `${medium + 7}`,
        who,
      })),
    ).flat(),
  )
  .map(({ template, medium, who }) => {
    const length = 0.3 + 2 * random();
    const row = Array.from({ length: DIM }, (_, j) =>
      Math.fround(length * (Math.sin(5 * who + j * j) + 0.9 * normal())),
    );
    return { template, medium, person: `s${who}`, row };
  });
// Lines of a template do not stand together.
const shuffled = faces
  .map((face) => ({ face, key: random() }))
  .sort((a, b) => a.key - b.key)
  .map(({ face }) => face);
const templates = [...new Set(shuffled.map(({ template }) => template))];
const personOf = (template: string) =>
  shuffled.find((face) => face.template === template)?.person ?? '';

const length = (row: readonly number[]) => Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
const meanOf = (rows: readonly (readonly number[])[]) =>
  Array.from(
    { length: DIM },
    (_, j) => rows.reduce((sum, row) => sum + (row[j] as number), 0) / rows.length,
  );

/** The mean over media of the mean of each, rows by a power of their norm. */
function pooledBy(template: string, normPower = 1): number[] {
  const own = shuffled.filter((face) => face.template === template);
  const media = [...new Set(own.map(({ medium }) => medium))];
  const weighed = (row: number[]) => row.map((v) => v * length(row) ** (normPower - 1));
  return meanOf(
    media.map((medium) =>
      meanOf(own.filter((face) => face.medium === medium).map(({ row }) => weighed(row))),
    ),
  );
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, j) => sum + value * (b[j] as number), 0);
  return 1 - dot / (length(a) * length(b));
}

const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
put(folder, 'faces.npy', float32Npy(shuffled.map(({ row }) => row)));
put(folder, 'faces.txt', shuffled.map((_, i) => `${i + 1}.jpg\n`).join(''));
const csv = (of: readonly Face[]) =>
  of.map((f) => `${f.template},${f.medium},${shuffled.indexOf(f)},${f.person}\n`).join('');
put(folder, 'templates.csv', `template,media,row,class\n${csv(shuffled)}`);
// As the scripts for IJB have it: image, template, medium; and two templates with 1 or 0.
put(
  folder,
  'tid_mid.txt',
  shuffled.map(({ template, medium }, i) => `${i + 1}.jpg ${template} ${medium}\n`).join(''),
);
const pairs = Array.from({ length: 500 }, (_, i) => {
  const first = below(60);
  const second = i % 4 === 0 ? (first + 25) % 50 : below(60);
  return [templates[first] as string, templates[second] as string] as const;
}).filter(([a, b]) => a !== b);
put(
  folder,
  'pairs.txt',
  pairs.map(([a, b]) => `${a} ${b} ${personOf(a) === personOf(b) ? 1 : 0}\n`).join(''),
);

function near(found: number | null | undefined, expected: number, what: string): void {
  assert.ok(found != null && Math.abs(found - expected) < 1e-12, `${what}: ${found}, ${expected}`);
}

/** Share of genuine pairs nearer than impostors, ties by half, pair by pair. */
function areaOf(distances: readonly number[], same: readonly boolean[]): number {
  const genuine = distances.filter((_, i) => same[i]);
  const impostors = distances.filter((_, i) => !same[i]);
  let wins = 0;
  for (const g of genuine) for (const h of impostors) wins += g < h ? 1 : g === h ? 0.5 : 0;
  return wins / genuine.length / impostors.length;
}

test('1:1 from templates equals the naive twin', async () => {
  const same = pairs.map(([a, b]) => personOf(a) === personOf(b));
  for (const normPower of [undefined, 0, 2]) {
    const pooled = new Map(templates.map((t) => [t, pooledBy(t, normPower)]));
    const distances = pairs.map(([a, b]) => cosine(pooled.get(a) ?? [], pooled.get(b) ?? []));
    for (const lists of [
      { templates: file('templates.csv') },
      { templates: file('tid_mid.txt'), names: file('faces.txt') },
    ]) {
      const { evaluations } = await evaluateEmbeddings({
        embeddings: file('faces.npy'),
        pairs: file('pairs.txt'),
        ...lists,
        normPower,
      });
      near(evaluations[0]?.auroc.value, areaOf(distances, same), `AUROC ${normPower}`);
      const { threshold, tar = null, achievedFar } = evaluations[0]?.tarAtFar[0] ?? {};
      const within = (of: boolean) =>
        distances.filter((d, i) => same[i] === of && d <= (threshold ?? 0) + 1e-13).length /
        same.filter((s) => s === of).length;
      near(tar, within(true), 'TAR');
      near(achievedFar, within(false), 'FAR');
    }
  }
});

test('the sum over media and the mean differ by their number', async () => {
  const list = await readTemplateList(file('templates.csv'));
  assert.equal(list.names.count, 60);
  using mean = await poolTemplates(file('faces.npy'), list);
  using sum = await poolTemplates(file('faces.npy'), list, { overMedia: 'sum' });
  const loop = { index1: Uint32Array.of(0), index2: Uint32Array.of(1) };
  const [first, second] = [0, 1].map((t) => {
    const own = shuffled.filter(({ template }) => template === list.names.name(t));
    const media = new Set(own.map(({ medium }) => medium)).size;
    const row = pooledBy(list.names.name(t));
    return { row, sum: row.map((v) => v * media) };
  });
  const distance = (a: readonly number[], b: readonly number[]) =>
    length(a.map((v, j) => v - (b[j] as number)));
  for (const [rows, key] of [
    [mean, 'row'],
    [sum, 'sum'],
  ] as const) {
    const [found] = scorePairsSync(rows, loop, { metric: 'euclidean' });
    near(found, distance(first?.[key] ?? [], second?.[key] ?? []), key);
  }
});

test('1:N from templates equals the naive twin, and the list tells who they are', async () => {
  // Each person's first template is enrolled; those of five people are not.
  const isStored = (t: string) =>
    templates.findIndex((o) => personOf(o) === personOf(t)) === templates.indexOf(t);
  const known = (t: string) => Number(personOf(t).slice(1)) >= 5;
  const gallery = templates.filter((t) => isStored(t) && known(t));
  const probes = templates.filter((t) => !isStored(t));
  for (const [name, of] of [
    ['gallery.csv', gallery],
    ['probes.csv', probes],
  ] as const) {
    const own = shuffled.filter(({ template }) => of.includes(template));
    put(folder, name, `template,media,row,class\n${csv(own)}`);
  }
  const { identification } = await identify({
    gallery: file('faces.npy'),
    galleryTemplates: file('gallery.csv'),
    probes: file('faces.npy'),
    probeTemplates: file('probes.csv'),
    protocol: 'ijb-1n',
    fpirs: [0.25],
  });
  const searches = probes.map((probe) => {
    const list = gallery
      .map((t) => ({
        mate: personOf(t) === personOf(probe),
        d: cosine(pooledBy(probe), pooledBy(t)),
      }))
      .sort((a, b) => a.d - b.d);
    return { list, mated: list.some(({ mate }) => mate) };
  });
  const mated = searches.filter(({ mated: is }) => is);
  const others = searches.filter(({ mated: is }) => !is);
  assert.deepEqual(
    [identification?.mated, identification?.nonMated],
    [mated.length, others.length],
  );
  assert.ok(others.length >= 4);
  for (const { rank, rate } of identification?.closedSet?.rankRates ?? []) {
    const within = mated.filter(({ list }) => list.slice(0, rank).some(({ mate }) => mate));
    near(rate, within.length / mated.length, `rank ${rank}`);
  }
  const at = identification?.openSet?.tpirAtFpir[0];
  const threshold = (at?.threshold ?? 0) + 1e-13;
  const alarms = others.filter(({ list }) => (list[0]?.d ?? 9) <= threshold).length;
  near(at?.achievedFpir, alarms / others.length, 'FPIR');
  assert.ok(alarms / others.length <= 0.25);
  const hits = mated.filter(({ list: [best] }) => best?.mate && best.d <= threshold).length;
  near(at?.tpir, hits / mated.length, 'TPIR');
  assert.equal(identification?.subject.templates, 'mean of media');
  const run = await hackface(
    [
      'identify',
      '-g',
      'faces.npy',
      '--gallery-templates',
      'gallery.csv',
      '--probes',
      'faces.npy',
    ].concat([
      '--probe-templates',
      'probes.csv',
      '--protocol',
      'ijb-1n',
      '--at-fpir',
      '0.25',
      '--json',
    ]),
    { cwd: folder },
  );
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(JSON.parse(run.stdout).identification.closedSet, identification?.closedSet);
});

test('frames of MARS are pooled to tracklets by their names', async () => {
  const frames = Array.from({ length: 40 }, (_, i) => {
    const [person, camera] = i < 36 ? [1 + (i % 12), 1 + Math.floor(i / 12)] : [-1, 1];
    return Array.from({ length: 1 + below(4) }, (_f, frame) => ({
      tracklet: i,
      person,
      camera,
      name: `${person < 0 ? '00-1' : String(person).padStart(4, '0')}C${camera}T${String(i).padStart(4, '0')}F${frame + 1}.jpg`,
      row: Array.from({ length: DIM }, (_r, j) =>
        Math.fround(Math.sin(3 * person + j * j) + 1.2 * normal()),
      ),
    }));
  }).flat();
  put(folder, 'mars.npy', float32Npy(frames.map(({ row }) => row)));
  put(folder, 'mars.txt', frames.map(({ name }) => `${name}\n`).join(''));
  const { identification } = await identify({
    gallery: file('mars.npy'),
    galleryNames: file('mars.txt'),
    protocol: 'mars',
  });
  const tracklets = [...new Set(frames.map(({ tracklet }) => tracklet))].map((tracklet) => {
    const own = frames.filter((frame) => frame.tracklet === tracklet);
    return { ...(own[0] as (typeof frames)[0]), row: meanOf(own.map(({ row }) => row)) };
  });
  const real = tracklets.filter(({ person }) => person > 0);
  const first = real.map((probe) => {
    const [best] = real
      .filter(({ person, camera }) => person !== probe.person || camera !== probe.camera)
      .map((other) => ({ ...other, d: cosine(probe.row, other.row) }))
      .sort((a, b) => a.d - b.d);
    return Number(best?.person === probe.person);
  });
  assert.equal(identification?.mated, 36);
  near(
    identification?.closedSet?.rankRates[0]?.rate,
    first.reduce((sum, hit) => sum + hit, 0) / first.length,
    'rank 1',
  );
  assert.deepEqual(identification?.ignored, { class: '-1', probes: 4, rows: 4 });
});

test('lists of templates that cannot be meant are refused', async () => {
  const refused = async (text: string, code: string, says: RegExp) => {
    const list = put(folder, 'wrong.csv', text);
    const request = { gallery: file('faces.npy'), galleryTemplates: list };
    await assert.rejects(identify(request), (error: HackfaceError) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      return true;
    });
  };
  const plain = { gallery: file('faces.npy'), output: file('x.csv'), normPower: 0 };
  await assert.rejects(identify(plain), /option normPower without templates/);
  const judged = { embeddings: file('faces.npy'), pairs: file('pairs.txt') };
  await assert.rejects(
    evaluateEmbeddings({ ...judged, overMedia: 'sum' }),
    /option overMedia without templates.*option templates/s,
  );
  const enrol = file('templates.csv');
  await assert.rejects(evaluateEmbeddings({ ...judged, enrol }), /media in option enrol/);
  await refused('template,row\na,0\nb,999999\n', 'EINDEX', /999999/);
  await refused('template,row\na,0\nb,1\n', 'EOPTION', /templates without people/);
  await refused(
    'template,row,class\na,0,x\na,1,y\n',
    'ECSVVALUE',
    /3:class: found "y", expected x, as in an earlier line/,
  );
  await refused('template,media,row\na,,0\n', 'ECSVVALUE', /the medium of the row/);
});
