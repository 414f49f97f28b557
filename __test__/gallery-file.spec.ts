/** Galleries that are saved, opened, journaled and killed, against a Map that forgets nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fit, Gallery, HackfaceError, nearest } from 'hackface-native';
import { temporaryFolder } from './support/folder.js';
import { randomFrom, rowOf } from './support/gallery-steps.js';

const folder = temporaryFolder();
const options = { metric: 'sqeuclidean' };

/** A saved gallery of so many rows. */
async function saved(name: string, count: number): Promise<string> {
  const path = join(folder, name);
  const numbers = Array.from({ length: count }, (_, row) => row);
  const names = {
    keys: numbers.map((row) => `k${row}`),
    labels: numbers.map((row) => `p${row % 5}`),
  };
  const rows = count > 0 ? numbers.map(rowOf) : { data: new Float32Array(0), rows: 0, dim: 6 };
  const gallery = await Gallery.open(rows, { ...options, ...names });
  await gallery.save(path);
  gallery.close();
  return path;
}

const refuses = (call: Promise<unknown>, code: string, part: RegExp) =>
  assert.rejects(
    call,
    (error) => error instanceof HackfaceError && error.code === code && part.test(error.message),
  );

/** The rows of the nearest of `held`, ties by row number. */
function plainly(held: Iterable<number>, probe: Float32Array, k: number): number[] {
  const measured = Array.from(held, (row) => {
    const gaps = rowOf(row).map((value, i) => (value - (probe[i] ?? 0)) ** 2);
    return { row, distance: gaps.reduce((sum, gap) => sum + gap, 0) };
  });
  measured.sort((a, b) => a.distance - b.distance || a.row - b.row);
  return measured.slice(0, k).map(({ row }) => row);
}

test('a saved gallery opens with its measure, names and row numbers', async () => {
  const path = await saved('saved.gallery', 30);
  const gallery = await Gallery.open(path);
  assert.deepEqual(gallery.info(), {
    size: 30,
    rows: 30,
    dim: 6,
    keys: true,
    labels: true,
    metric: 'sqeuclidean',
    normalize: 'none',
    centered: false,
    journal: null,
    warnings: [],
  });
  await gallery.verify();
  await gallery.remove('k3');
  const copy = join(folder, 'copy.gallery');
  await gallery.save(copy);
  await refuses(gallery.save(copy), 'EEXISTS', /already there/);
  await gallery.save(copy, { force: true });
  using again = await Gallery.open(copy, { metric: 'sqeuclidean' });
  assert.equal(again.has('k3'), false);
  assert.deepEqual(again.get('k4'), { row: 4, key: 'k4', label: 'p4', vector: rowOf(4) });
  assert.equal(await again.add([rowOf(30)], { keys: ['k3'], labels: ['p3'] }), 30);
  const probe = rowOf(99);
  const held = again.keys().map((key) => again.get(key)?.row ?? -1);
  const { rows, keys, labels } = await again.search([probe], 7);
  assert.deepEqual([...rows], plainly(held, probe, 7));
  assert.deepEqual(
    keys,
    Array.from(rows, (row) => (row === 30 ? 'k3' : `k${row}`)),
  );
  assert.equal(labels?.length, 7);
  await refuses(Gallery.open(copy, { metric: 'cosine' }), 'EOPTION', /sqeuclidean.*cosine/);
  await refuses(Gallery.open(copy, { labels: ['p1'] }), 'EOPTION', /option labels/);
  await refuses(Gallery.open([[1, 2]], { journal: true }), 'EOPTION', /no gallery file/);
  gallery.close();
});

test('the distances of a saved model, a center and variances are those of before', async () => {
  const rows = Array.from({ length: 40 }, (_, row) => rowOf(row));
  const labels = Uint32Array.from(rows, (_, row) => row % 5);
  const { model } = await fit({ embeddings: rows, labels, pipeline: 'center, lda(3), cosine' });
  for (const [name, measure] of Object.entries({
    model: { model },
    centered: { metric: 'cosine', center: 'mean', normalize: 'l2' } as const,
    seuclidean: { metric: 'seuclidean' },
    mahalanobis: { metric: 'mahalanobis' },
  })) {
    const path = join(folder, `${name}.gallery`);
    using gallery = await Gallery.open(rows, measure);
    await gallery.save(path);
    using opened = await Gallery.open(path);
    const probes = [rowOf(70), rowOf(71)];
    const expected = await nearest(probes, rows, 9, measure);
    assert.deepEqual(await opened.search(probes, 9), expected, name);
  }
  using normed = await Gallery.open(rows, { norm: 's-norm', cohort: rows.slice(0, 30) });
  await refuses(normed.save(join(folder, 'normed')), 'EOPTION', /plain metric or a model/);
  assert.equal(existsSync(join(folder, 'normed')), false);
});

test('a file that was cut, changed or is of a newer format is refused with what is wrong', async () => {
  const path = await saved('whole.gallery', 12);
  const bytes = readFileSync(path);
  const other = join(folder, 'other.gallery');
  const opened = async (changed: Uint8Array) => {
    writeFileSync(other, changed);
    using gallery = await Gallery.open(other);
    await gallery.verify();
  };
  await refuses(opened(bytes.subarray(0, -3)), 'EGALLERY', /up to byte/);
  const text = bytes.toString('latin1');
  const replaced = (from: string, to: string) => Buffer.from(text.replace(from, to), 'latin1');
  await refuses(opened(replaced('"next":"12"', '"next":"13"')), 'EGALLERY', /the sum/);
  await refuses(opened(replaced('version":"1.0"', 'version":"2.0"')), 'EMODELVERSION', /2\.0/);
  const changed = Buffer.from(bytes);
  const at = text.indexOf(Buffer.from(rowOf(7).buffer).toString('latin1'));
  changed[at] = (changed[at] ?? 0) ^ 1;
  await refuses(opened(changed), 'EGALLERY', /rows 0 to 11/);
  writeFileSync(other, changed);
  using gallery = await Gallery.open(other);
  await refuses(gallery.search([rowOf(1)], 1), 'EGALLERY', /rows 0 to 11/);
});

test('one writes and others read; compact merges the journal', async () => {
  const path = await saved('shared.gallery', 10);
  const writer = await Gallery.open(path, { journal: true });
  await refuses(Gallery.open(path, { journal: true }), 'EGALLERYBUSY', /one writer/);
  await refuses(writer.save(path, { force: true }), 'EOPTION', /journal beside it/);
  assert.equal(await writer.add([rowOf(10)], { keys: ['k10'], labels: ['p0'] }), 10);
  await writer.remove([2, 3]);
  const journal = writer.info().journal;
  assert.equal(journal?.records, 2);
  assert.equal(journal?.bytes, statSync(`${path}.journal`).size);
  using reader = await Gallery.open(path);
  assert.deepEqual([reader.size, reader.rows, reader.info().journal], [9, 11, null]);
  await refuses(reader.compact(), 'EOPTION', /without a journal/);
  const before = await writer.search([rowOf(50)], 9);
  await writer.compact();
  assert.deepEqual(writer.info().journal?.records, 0);
  assert.deepEqual(await writer.search([rowOf(50)], 9), before);
  assert.deepEqual(await reader.search([rowOf(50)], 9), before);
  writer.close();
  using later = await Gallery.open(path, { journal: true });
  assert.deepEqual(await later.search([rowOf(50)], 9), before);
  assert.deepEqual(later.keys(), reader.keys());
  const left = readdirSync(folder).filter((name) => name.startsWith('shared.gallery'));
  assert.deepEqual(
    left.sort(),
    ['', '.journal', '.lock'].map((end) => `shared.gallery${end}`),
  );
});

test('people are named by every fuse as identify names them', async () => {
  using gallery = await Gallery.open(await saved('fused.gallery', 23));
  await gallery.add([rowOf(23)], { keys: ['k23'], labels: ['p3'] });
  await gallery.remove('k8');
  const rows = Array.from({ length: 24 }, (_, row) => row).filter((row) => row !== 8);
  const probe = rowOf(500);
  const people = ['p0', 'p1', 'p2', 'p3', 'p4'].map((label) => {
    const own = rows.filter((row) => `p${row % 5}` === label);
    const away = (of: ArrayLike<number>) =>
      Array.from(of, (value, i) => (value - (probe[i] ?? 0)) ** 2).reduce((sum, gap) => sum + gap);
    const distances = own.map((row) => away(rowOf(row)));
    const mean = Array.from({ length: 6 }, (_, i) =>
      own.reduce((sum, row) => sum + (rowOf(row)[i] ?? 0) / own.length, 0),
    );
    return {
      label,
      min: Math.min(...distances),
      mean: distances.reduce((sum, distance) => sum + distance) / own.length,
      template: away(mean),
    };
  });
  for (const fuse of ['min', 'mean', 'template'] as const) {
    const expected = people.toSorted((a, b) => a[fuse] - b[fuse]).slice(0, 3);
    const found = await gallery.identify([probe], 3, { fuse });
    assert.deepEqual(
      found.labels,
      expected.map(({ label }) => label),
      fuse,
    );
    for (const [i, person] of expected.entries()) {
      assert.ok(Math.abs((found.distances[i] ?? 0) - person[fuse]) < 1e-9, fuse);
    }
  }
  const where = { labels: ['p1', 'p2'] };
  const few = await gallery.identify([probe], 9, { fuse: 'mean', where });
  assert.deepEqual([...(few.labels ?? [])].sort(), where.labels);
});

test('a thousand operations with a journal leave what a Map would', async () => {
  const path = await saved('random.gallery', 3);
  const random = randomFrom(17);
  const held = new Set([0, 1, 2]);
  let gallery = await Gallery.open(path, { journal: true });
  let next = 3;
  for (let step = 0; step < 1000; step += 1) {
    const rows = [...held];
    const row = rows[random(rows.length)] ?? 0;
    switch (random(8)) {
      case 0:
      case 1: {
        const added = Array.from({ length: 1 + random(3) }, (_, i) => next + i);
        await gallery.add(added.map(rowOf), {
          keys: added.map((row) => `k${row}`),
          labels: added.map((row) => `p${row % 5}`),
        });
        for (const row of added) held.add(row);
        next += added.length;
        break;
      }
      case 2:
        if (held.size < 4) break;
        await gallery.remove(random(2) === 0 ? `k${row}` : [row]);
        held.delete(row);
        break;
      case 3:
        if (random(25) > 0) break;
        if (random(2) === 0) await gallery.compact();
        gallery.close();
        gallery = await Gallery.open(path, { journal: true });
        break;
      case 4:
        assert.deepEqual(gallery.get(`k${row}`)?.vector, rowOf(row));
        break;
      default: {
        const probe = rowOf(random(1 << 16));
        const { rows } = await gallery.search([probe], 4);
        assert.deepEqual([...rows], plainly(held, probe, 4));
      }
    }
    assert.equal(gallery.size, held.size);
  }
  gallery.close();
});

/** Lets a process change a gallery, kills it at a moment, and compares what it said with what is there. */
async function killed(path: string, held: Set<number>, seed: number): Promise<void> {
  const script = resolve('build/test/support/gallery-child.js');
  const child = spawn(process.execPath, [script, path, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = randomFrom(seed)(60) + 1;
  let [asked, said] = [['', 0] as [string, number], 0];
  for await (const line of createInterface({ input: child.stdout })) {
    const [what = '', row = ''] = line.split(' ');
    if (what === 'added') held.add(Number(row));
    if (what === 'removed') held.delete(Number(row));
    asked = what === 'add' || what === 'remove' ? [what, Number(row)] : ['', 0];
    said += 1;
    if (said === lines) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  using gallery = await Gallery.open(path);
  const found = new Set(gallery.keys().map((key) => Number(key.slice(1))));
  const [what, row] = asked;
  // What was asked for and not answered may have happened.
  if (what === 'add' && found.has(row)) held.add(row);
  if (what === 'remove' && !found.has(row)) held.delete(row);
  assert.deepEqual([...found].sort(), [...held].sort(), `seed ${seed}, ${what} ${row}`);
  for (const row of held) assert.deepEqual(gallery.get(`k${row}`)?.vector, rowOf(row));
}

test('a process that is killed at any moment loses nothing that it acknowledged', async () => {
  const first = await saved('killed.gallery', 4);
  const moments = Number(process.env.HACKFACE_MOMENTS ?? 6);
  const galleries = [1, 2].map(async (of) => {
    const path = `${first}-${of}`;
    copyFileSync(first, path);
    const held = new Set([0, 1, 2, 3]);
    for (let kill = 0; kill < moments; kill += 1) await killed(path, held, 1 + of * 100 + kill * 7);
    assert.ok(held.size > 0);
  });
  await Promise.all(galleries);
});

test('changes that wait are done together and in order, and each fails for itself', async () => {
  const path = await saved('together.gallery', 4);
  const gallery = await Gallery.open(path, { journal: true });
  const add = (row: number) => gallery.add([rowOf(row)], { keys: [`k${row}`], labels: ['Ann'] });
  const changes = [
    ...Array.from({ length: 100 }, (_, i) => add(4 + i)),
    add(7),
    gallery.remove('k7'),
    add(7),
    gallery.remove('k999'),
    gallery.compact(),
    add(200),
  ];
  const outcomes = (await Promise.allSettled(changes)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code,
  );
  const numbers = Array.from({ length: 100 }, (_, i) => 4 + i);
  const rest = ['EDUPLICATE', undefined, 104, 'EINDEX', undefined, 105];
  assert.deepEqual(outcomes, [...numbers, ...rest]);
  assert.equal(gallery.info().journal?.records, 1);
  // What was asked for before the end is done, and on the disk.
  const last = Promise.all([add(300), gallery.remove('k200'), add(301)]);
  gallery.close();
  assert.throws(() => gallery.size, /closed/);
  await assert.rejects(add(302), /closed/);
  await last;
  const again = await Gallery.open(path, { journal: true });
  assert.deepEqual(again.keys().slice(-3), ['k7', 'k300', 'k301']);
  assert.deepEqual([again.size, again.rows], [106, 108]);
  again.close();
});
