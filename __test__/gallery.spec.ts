/** Galleries of rows with keys and labels, against an array that is searched plainly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { distance, Gallery, type GallerySearchOptions, HackfaceError } from 'hackface-native';
import { binding } from '#dist/native.js';

const DIM = 6;
const vector = (seed: number) =>
  Float32Array.from({ length: DIM }, (_, i) => Math.sin(seed * seed + i));
const people = ['Ann', 'Bob', 'Cyd', 'Dee'];
const made = (first: number, count: number) => {
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  return {
    rows: seeds.map(vector),
    names: {
      keys: seeds.map((seed) => `k${seed}`),
      labels: seeds.map((seed) => people[seed % people.length] ?? ''),
    },
  };
};
const open = async (first: number, count: number) => {
  const { rows, names } = made(first, count);
  return Gallery.open(rows, { metric: 'euclidean', ...names });
};

interface Held {
  key: string;
  label: string;
  vector: Float32Array;
}

/** The keys and distances of the nearest of `held`. */
function plainly(held: Iterable<Held>, probe: Float32Array, k: number) {
  const measured = Array.from(held, ({ key, label, vector }) => ({
    key,
    label,
    distance: distance(probe, vector, { metric: 'euclidean' }),
  }));
  return measured.sort((a, b) => a.distance - b.distance).slice(0, k);
}

test('500 operations leave the gallery as a Map would', async () => {
  const gallery = await open(0, 5);
  const held = new Map<string, Held>();
  const put = (first: number, count: number) => {
    const { rows, names } = made(first, count);
    for (const [i, vector] of rows.entries()) {
      const [key = '', label = ''] = [names.keys[i], names.labels[i]];
      held.set(key, { key, label, vector });
    }
  };
  put(0, 5);
  let [state, next] = [7, 5];
  const random = (below: number) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
  for (let step = 0; step < 500; step += 1) {
    const keys = [...held.keys()];
    const key = keys[random(keys.length)] ?? '';
    switch (random(5)) {
      case 0: {
        const count = 1 + random(3);
        const { rows, names } = made(next, count);
        await gallery.add(rows, names);
        put(next, count);
        next += count;
        break;
      }
      case 1:
        if (keys.length < 3) break;
        await gallery.remove(key);
        held.delete(key);
        break;
      case 2: {
        const found = gallery.get(key);
        assert.deepEqual(found?.vector, held.get(key)?.vector);
        assert.equal(found?.label, held.get(key)?.label);
        break;
      }
      case 3: {
        const where = { labels: [people[random(4)] ?? '', 'nobody'] };
        const few = [...held.values()].filter(({ label }) => where.labels.includes(label));
        const probe = vector(random(1000) + 0.5);
        const hits = await gallery.search([probe], 3, { where, maxDistance: 2 });
        const expected = plainly(few, probe, 3).filter(({ distance }) => distance <= 2);
        assert.deepEqual(
          hits.keys,
          expected.map(({ key }) => key),
        );
        break;
      }
      default: {
        const probe = vector(random(1000) + 0.25);
        const hits = await gallery.search([probe], 4);
        const expected = plainly(held.values(), probe, 4);
        assert.deepEqual(
          hits.keys,
          expected.map(({ key }) => key),
        );
        assert.deepEqual(
          hits.labels,
          expected.map(({ label }) => label),
        );
        assert.deepEqual(
          [...hits.distances],
          expected.map(({ distance }) => distance),
        );
      }
    }
    assert.equal(gallery.size, held.size);
    assert.equal(gallery.has(key), held.has(key));
  }
  assert.deepEqual(
    gallery.labels().sort(),
    [...new Set([...held.values()].map((row) => row.label))].sort(),
  );
  gallery.close();
});

test('a probe is identified by people, each by the nearest row', async () => {
  const gallery = await open(0, 40);
  const held = Array.from({ length: 40 }, (_, i) => i);
  const rows = held.map((seed) => ({
    key: `k${seed}`,
    label: people[seed % 4] ?? '',
    vector: vector(seed),
  }));
  const probe = vector(123.5);
  const nearest = plainly(rows, probe, 40);
  const expected = nearest.filter(
    ({ label }, i) => nearest.findIndex((one) => one.label === label) === i,
  );
  const hits = await gallery.identify([probe, probe], 3);
  const labels = expected.slice(0, 3).map(({ label }) => label);
  assert.deepEqual(hits.labels, [...labels, ...labels]);
  assert.deepEqual([...hits.starts], [0, 3, 6]);
  assert.deepEqual(
    hits.keys?.slice(0, 3),
    expected.slice(0, 3).map(({ key }) => key),
  );
  const all = await gallery.identify([probe], 9, { where: { keys: new Set(['k1', 'k5', 'k2']) } });
  assert.deepEqual([...(all.labels ?? [])].sort(), ['Bob', 'Cyd']);
  gallery.close();
});

test('a search sees the gallery as it was, and never a row before its names', async () => {
  const gallery = await open(0, 10);
  const { rows, names } = made(10, 10);
  const running = gallery.search([vector(3)], 20);
  const adding = gallery.add(rows, names);
  const during = Array.from({ length: 5 }, () => gallery.search([vector(3)], 20));
  const removing = gallery.remove('k3');
  assert.equal((await running).keys?.[0], 'k3');
  for (const { keys = [] } of await Promise.all(during)) {
    assert.ok([10, 20].includes(keys.length) && !keys.includes(''), `${keys}`);
  }
  await Promise.all([adding, removing]);
  assert.equal((await gallery.search([vector(3)], 30)).keys?.length, 19);
  gallery.close();
});

test('keys twice, names that do not fit and rows without names are refused', async () => {
  const gallery = await open(0, 4);
  const { rows, names } = made(4, 2);
  const refuses = async (call: Promise<unknown>, code: string) => {
    await assert.rejects(call, (error) => error instanceof HackfaceError && error.code === code);
  };
  await refuses(gallery.add(rows, { ...names, keys: ['k1', 'k9'] }), 'EDUPLICATE');
  await refuses(gallery.add(rows, { ...names, keys: ['k9', 'k9'] }), 'EDUPLICATE');
  await refuses(gallery.add(rows, { ...names, keys: ['k9'] }), 'EDIMENSION');
  await refuses(gallery.add(rows), 'EOPTION');
  await refuses(gallery.add(rows, { ...names, key: [] } as object), 'EOPTION');
  const first = gallery.add(rows, names);
  await refuses(gallery.add(rows, names), 'EDUPLICATE');
  assert.equal(await first, 4);
  await refuses(gallery.add([[1, 2]], { keys: ['k7'], labels: ['Ann'] }), 'EDIMENSION');
  // A key whose row was refused or removed is free again.
  await gallery.remove('k5');
  await gallery.add([vector(7), vector(5)], { keys: ['k7', 'k5'], labels: ['Ann', 'Bob'] });
  assert.equal(gallery.size, 7);
  await refuses(gallery.remove('k99'), 'EINDEX');
  const empty = await Gallery.open({ data: [], dim: DIM });
  await refuses(empty.add([[1, 2]], { keys: ['k1'] }), 'EDIMENSION');
  assert.equal(await empty.add([vector(1)]), 0);
  await refuses(empty.add([vector(2)], { keys: ['k2'] }), 'EOPTION');
  empty.close();
  const plain = await Gallery.open([vector(1)]);
  await refuses(plain.identify([vector(1)], 1), 'EOPTION');
  assert.equal((await plain.search([vector(1)], 1)).keys, undefined);
  plain.close();
  gallery.close();
});

test('a search finds the rows that a byte for each and names admit', async () => {
  const gallery = await open(0, 12);
  await gallery.add([vector(12)], { keys: ['k12'], labels: ['Ann'] });
  const rows = Uint8Array.from({ length: 12 }, (_, row) => row & 2);
  const keysOf = async (where: Parameters<typeof gallery.search>[2]) =>
    [...((await gallery.search([vector(1)], 20, where)).keys ?? [])].sort();
  assert.deepEqual(await keysOf({ where: { rows } }), ['k10', 'k11', 'k2', 'k3', 'k6', 'k7']);
  assert.deepEqual(await keysOf({ where: { rows, labels: ['Cyd'] } }), ['k10', 'k2', 'k6']);
  assert.deepEqual(await keysOf({ where: { rows: Uint8Array.of(), keys: ['k1'] } }), []);
  gallery.close();
});

test('searches that wait are asked together, each to its own hits', async () => {
  const gallery = await open(0, 40);
  const probe = (i: number) => [vector(i + 0.25)];
  const alone = [];
  for (let i = 0; i < 30; i += 1) alone.push(await gallery.search(probe(i), 1 + (i % 3)));
  const together = Array.from({ length: 30 }, (_, i) => gallery.search(probe(i), 1 + (i % 3)));
  assert.deepEqual(await Promise.all(together), alone);
  // Of several probes, of doubles, of people, within a radius.
  const kinds = (i: number) => [
    gallery.search([...probe(i), ...probe(i + 1), ...probe(i + 2)], 4),
    gallery.search([Array.from(vector(i))], 4, { maxDistance: 0.5 }),
    gallery.identify(probe(i), 2, { fuse: i % 2 ? 'template' : 'min' }),
    gallery.identify(probe(i), 2, { fuse: 'mean', threads: 1 }),
  ];
  const mixed = await Promise.all([1, 2, 3, 4].flatMap(kinds));
  for (const i of [1, 2, 3, 4]) {
    for (const [kind, one] of kinds(i).entries()) {
      assert.deepEqual(mixed[4 * (i - 1) + kind], await one);
    }
  }
  gallery.close();
});

test('searches among the same rows, and of normalised distances, are asked together too', async () => {
  const { rows, names } = made(0, 40);
  const { prototype } = binding().NativeGallery;
  const { search } = prototype;
  let passes = 0;
  prototype.search = function (...asked: Parameters<typeof search>) {
    passes += 1;
    return search.apply(this, asked);
  };
  /** Searches one after the other, and then all together in so many passes. */
  const compared = async (
    gallery: Gallery,
    least: number,
    wheres: GallerySearchOptions['where'][],
  ) => {
    const ask = (i: number) => {
      const data = vector(i + 0.25);
      const found = gallery.search({ data, dim: DIM }, 5, { where: wheres[i % wheres.length] });
      data.fill(9);
      return found;
    };
    const alone = [];
    for (let i = 0; i < 20; i += 1) alone.push(await ask(i));
    passes = 0;
    assert.deepEqual(await Promise.all(Array.from({ length: 20 }, (_, i) => ask(i))), alone);
    assert.equal(passes, least);
    gallery.close();
  };
  try {
    await compared(await Gallery.open(rows, { metric: 'cosine', ...names }), 5, [
      { labels: ['Ann', 'Cyd'] },
      { labels: ['Ann'] },
      { keys: ['Ann', 'k2'] },
      { rows: Uint8Array.from(rows, (_, row) => row % 3) },
      undefined,
    ]);
    for (const norm of ['z-norm', 't-norm', 's-norm', 'zt-norm', 'as-norm'] as const) {
      const options = {
        norm,
        cohort: 'self',
        cohortTop: norm === 'as-norm' ? 10 : undefined,
      } as const;
      await compared(await Gallery.open(rows, { metric: 'cosine', ...options }), 1, [undefined]);
    }
    // What depends on the probes beside it is asked alone.
    await compared(await Gallery.open(rows, { metric: 'cosine', rerank: { k1: 4, k2: 2 } }), 20, [
      undefined,
    ]);
  } finally {
    prototype.search = search;
  }
});

test('of searches together each fails for itself, and an abort stops one', async () => {
  const gallery = await open(0, 20);
  const stop = new AbortController();
  const ended = Promise.allSettled([
    ...[3, Number.NaN, 5].map((seed) => gallery.search([vector(seed)], 2)),
    gallery.search([vector(6)], 2, { signal: stop.signal }),
    gallery.search([vector(7)], 2, { signal: new AbortController().signal }),
    gallery.search([[1, 2]], 2),
  ]);
  stop.abort();
  const outcomes = (await ended).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value.keys?.[0] : outcome.reason.code,
  );
  assert.deepEqual(outcomes, ['k3', 'ENOTFINITE', 'k5', 'ABORT_ERR', 'k7', 'EDIMENSION']);
  gallery.close();
});

test('changes leave nothing behind in the heap', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const row = Float32Array.of(1, 2, 3, 4);
  using gallery = await Gallery.open([row, row], { metric: 'euclidean' });
  const change = async (times: number) => {
    for (let i = 0; i < times; i += 1) await gallery.remove([await gallery.add([row])]);
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await change(500);
  // 300 bytes for each of 4000 changes would be 1.2 MB.
  assert.ok((await change(2000)) - before < 4e5);
});
