/** Score normalisation from the library and the command line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  allPairs,
  fit,
  Gallery,
  HackfaceError,
  type NormOptions,
  pairwise,
  pairwiseSync,
  scorePairs,
  scorePairsSync,
} from 'hackface-native';
import { hackface } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { randomNumbers } from './support/random.js';

const folder = temporaryFolder();
const random = randomNumbers(23);
const matrix = (rows: number) =>
  Array.from({ length: rows }, () => Array.from({ length: 6 }, () => Math.fround(random() - 0.2)));
const [rows, others] = [matrix(30), matrix(50)];
const data = (of: number[][]) => ({ data: Float32Array.from(of.flat()), rows: of.length, dim: 6 });
const file = put(folder, 'x.npy', float32Npy(rows));
const cohortFile = put(folder, 'c.npy', float32Npy(others));
const pairs = {
  index1: Uint32Array.from({ length: 40 }, (_, i) => i % 30),
  index2: Uint32Array.from({ length: 40 }, (_, i) => (i * 7 + 2) % 30),
};
const classes = Uint32Array.from({ length: 30 }, (_, row) => row % 9);

const dot = (a: number[], b: number[]) => a.reduce((sum, v, k) => sum + v * (b[k] as number), 0);
const cosine = (a: number[], b: number[]) => 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** S-norm by its definition. */
function sNorm(cohort: (row: number) => number[][], sample = false): number[] {
  const z = (distance: number, row: number) => {
    const all = cohort(row).map((other) => cosine(rows[row] as number[], other));
    const mean = all.reduce((sum, d) => sum + d, 0) / all.length;
    const squares = all.reduce((sum, d) => sum + (d - mean) ** 2, 0);
    return (distance - mean) / Math.sqrt(squares / (all.length - (sample ? 1 : 0)));
  };
  return Array.from(pairs.index1, (a, at) => {
    const b = pairs.index2[at] as number;
    const distance = cosine(rows[a] as number[], rows[b] as number[]);
    return (z(distance, a) + z(distance, b)) / 2;
  });
}

async function near(options: NormOptions, right: number[]): Promise<void> {
  const found = await scorePairs(data(rows), pairs, options);
  for (const [at, value] of right.entries())
    assert.ok(Math.abs((found[at] as number) - value) < 1e-8, `${at}: ${found[at]} ${value}`);
}

test('s-norm is its definition, whoever is in the cohort', async () => {
  await near(
    { norm: 's-norm', cohort: data(others) },
    sNorm(() => others),
  );
  await near(
    { norm: 's-norm', cohort: data(others), cohortDeviation: 'sample' },
    sNorm(() => others, true),
  );
  await near(
    { norm: 's-norm', cohort: 'self' },
    sNorm((row) => rows.filter((_, other) => other !== row)),
  );
  await near(
    { norm: 's-norm', cohort: 'self', cohortLabels: classes },
    sNorm((row) => rows.filter((_, other) => classes[other] !== classes[row])),
  );
});

test('zt-norm is the t-norm of z-norms', async () => {
  const stats = (all: number[]) => {
    const mean = all.reduce((sum, d) => sum + d, 0) / all.length;
    const squares = all.reduce((sum, d) => sum + (d - mean) ** 2, 0);
    return (distance: number) => (distance - mean) / Math.sqrt(squares / all.length);
  };
  const z = (row: number[], cohort: number[][]) => stats(cohort.map((other) => cosine(row, other)));
  const ofCohort = others.map((row) =>
    z(
      row,
      others.filter((other) => other !== row),
    ),
  );
  const right = Array.from(pairs.index1, (a, at) => {
    const b = rows[pairs.index2[at] as number] as number[];
    const terms = others.map((other, c) => ofCohort[c]?.(cosine(other, b)) as number);
    return stats(terms)(z(rows[a] as number[], others)(cosine(rows[a] as number[], b)));
  });
  await near({ norm: 'zt-norm', cohort: data(others) }, right);
});

test('nobody counts for their own rows in a cohort of other rows', async () => {
  const cohortLabels = Uint32Array.from(others, (_, row) => 100 + (row % 11));
  const rowLabels = classes.map((person) => 104 + person);
  await near(
    { norm: 's-norm', cohort: data(others), cohortLabels, rowLabels },
    sNorm((row) => others.filter((_, other) => cohortLabels[other] !== rowLabels[row])),
  );
  const people = (of: Uint32Array, name: string) =>
    put(folder, name, `class\n${[...of].map((person) => `p${person}`).join('\n')}\n`);
  const files = {
    cohortLabels: people(cohortLabels, 'cohort-people.csv'),
    rowLabels: people(rowLabels, 'row-people.csv'),
  };
  const options = { norm: 's-norm', cohort: cohortFile } as const;
  const inMemory = { ...options, cohortLabels, rowLabels };
  const found = await scorePairs(file, pairs, inMemory);
  assert.deepEqual(await scorePairs(file, pairs, { ...options, ...files }), found);
  assert.deepEqual(scorePairsSync(file, pairs, inMemory), found);
  assert.throws(() => scorePairsSync(file, pairs, { ...options, ...files }), /readLabelsSync/);
});

test('calls that block give the bits of those that do not', async () => {
  const { model } = await fit({ embeddings: data(rows), labels: classes, pipeline: 'wccn' });
  for (const options of [
    { norm: 'zt-norm', cohort: 'self', cohortLabels: classes },
    { norm: 'as-norm', cohort: cohortFile, cohortTop: 9 },
    { rerank: { k1: 4, k2: 2 } },
    { expand: { k: 2, alpha: 1 } },
  ] as const) {
    const found = await scorePairs(file, pairs, options);
    assert.deepEqual(scorePairsSync(file, pairs, options), found);
    assert.notDeepEqual(scorePairsSync(file, pairs), found);
    const mapped = await model.scorePairs(file, pairs, options);
    assert.deepEqual(model.scorePairsSync(file, pairs, options), mapped);
    assert.deepEqual(pairwiseSync(file, options), await pairwise(file, options));
  }
  const centered = { norm: 't-norm', cohort: cohortFile, center: 'mean' } as const;
  assert.deepEqual(scorePairsSync(file, pairs, centered), await scorePairs(file, pairs, centered));
});

test('a cohort that is the file of the rows leaves out each row itself', async () => {
  const options = { norm: 'as-norm', cohortTop: 7 } as const;
  const self = await scorePairs(file, pairs, { ...options, cohort: 'self' });
  assert.deepEqual(await scorePairs(file, pairs, { ...options, cohort: file }), self);
});

test('a cohort is centered as the rows are', async () => {
  const center = Array.from({ length: 6 }, (_, k) =>
    rows.reduce((sum, row) => sum + (row[k] as number) / 30, 0),
  );
  const options = { norm: 't-norm', cohort: cohortFile } as const;
  const found = await scorePairs(file, pairs, { ...options, center: 'mean' });
  const given = await scorePairs(file, pairs, { ...options, center });
  for (const [at, value] of given.entries())
    assert.ok(Math.abs((found[at] as number) - value) < 1e-9);
});

test('a gallery finds by normalised distances, those of lists', async () => {
  for (const cohort of ['self', cohortFile] as const) {
    const options = { norm: 's-norm', cohort } as const;
    using gallery = await Gallery.open(file, options);
    const hits = await gallery.search(file, 3, { excludeSelf: true });
    const list = {
      index1: Uint32Array.from({ length: 90 }, (_, at) => Math.floor(at / 3)),
      index2: hits.rows,
    };
    assert.deepEqual(await scorePairs(file, list, options), hits.distances);
  }
});

test('all pairs are judged by changed distances, those of lists', async () => {
  const every = rows.flatMap((_, a) => rows.slice(a + 1).map((_, b) => [a, a + 1 + b] as const));
  const list = {
    index1: Uint32Array.from(every, ([a]) => a),
    index2: Uint32Array.from(every, ([, b]) => b),
  };
  for (const options of [
    { norm: 's-norm', cohort: 'self', cohortLabels: classes },
    { norm: 't-norm', cohort: cohortFile, metric: 'canberra' },
    { norm: 'as-norm', cohort: cohortFile, cohortTop: 9, center: 'mean' },
    { expand: { k: 2, alpha: 1 } },
    { rerank: { k1: 4, k2: 2 } },
  ] as const) {
    const found = await scorePairs(data(rows), list, options);
    const of = (same: boolean) =>
      [...found].filter((_, at) => {
        const [a, b] = every[at] as readonly [number, number];
        return (classes[a] === classes[b]) === same;
      });
    const [genuine, impostors] = [of(true), of(false)];
    const wins = genuine.map((g) => impostors.filter((i) => g < i).length);
    const right = wins.reduce((sum, n) => sum + n, 0) / (genuine.length * impostors.length);
    const judged = await allPairs({ embeddings: data(rows), labels: classes }, options);
    assert.ok(Math.abs((judged.auroc.value ?? 0) - right) < 1e-12, JSON.stringify(options));
    assert.notEqual(judged.subject.metric, 'cosine');
  }
  const second = { norm: 'as-norm2', cohort: 'self' } as const;
  await assert.rejects(
    allPairs({ embeddings: data(rows), labels: classes }, second),
    /those of a pair/,
  );
});

test('what contradicts itself is refused', async () => {
  const refused = async (options: NormOptions, code: string, says: RegExp) => {
    await assert.rejects(scorePairs(file, pairs, options), (error: unknown) => {
      assert.ok(error instanceof HackfaceError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      return true;
    });
  };
  await refused({ cohort: 'self' }, 'EOPTION', /option cohort without a normalisation/);
  await refused({ cohortTop: 5 }, 'EOPTION', /option cohortTop without a normalisation/);
  await refused({ norm: 's-norm' }, 'EOPTION', /s-norm without a cohort/);
  const other = { norm: 's-norm', cohort: cohortFile } as const;
  await refused({ ...other, cohortLabels: classes }, 'EOPTION', /cohortLabels without rowLabels/);
  await refused({ ...other, rowLabels: classes }, 'EOPTION', /rowLabels without cohortLabels/);
  const self = { norm: 's-norm', cohort: 'self' } as const;
  await refused({ ...self, rowLabels: classes }, 'EOPTION', /rowLabels with the cohort self/);
  await refused({ ...other, cohortTop: 5 }, 'EOPTION', /under s-norm/);
  await refused({ norm: 'as-norm', cohort: 'self', cohortTop: 31 }, 'EOPTION', /at most 30/);
  const wide = { data: new Float32Array(8), rows: 2, dim: 4 };
  await refused({ norm: 's-norm', cohort: wide }, 'EDIMENSION', /a cohort of 4 columns/);
  const norm = 'x-norm' as 's-norm';
  await refused({ norm, cohort: 'self' }, 'EOPTION', /one of z-norm, t-norm, s-norm/);
  await assert.rejects(Gallery.open(file, { norm: 'as-norm2', cohort: 'self' }), /those of a pair/);
});

test('the command line scores, and says by what', async () => {
  const lines = ['index1,index2,Id'];
  for (const [at, a] of pairs.index1.entries()) lines.push(`${a},${pairs.index2[at]},${at}`);
  put(folder, 'p.csv', `${lines.join('\n')}\n`);
  const args = ['score', '-e', 'x.npy', '-p', 'p.csv', '--norm', 's-norm', '--cohort', 'c.npy'];
  const run = await hackface([...args, '--json'], { cwd: folder });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(JSON.parse(run.stdout).metric, 's-norm of cosine against c.npy');
  const written = readFileSync(join(folder, 'submission.csv'), 'utf8').trim().split('\n').slice(1);
  const found = written.map((line) => Number(line.split(',')[0]));
  for (const [at, value] of sNorm(() => others).entries())
    assert.ok(Math.abs((found[at] as number) - value) < 1e-8);
  const alone = await hackface([...args.slice(0, -2), '--force'], { cwd: folder });
  assert.equal(alone.code, 2, alone.stderr);
  assert.match(alone.stderr, /--cohort: self|--cohort self/);
});

test('re-ranked searches have the distances of lists, and λ = 1 those of the metric', async () => {
  const rerank = { k1: 6, k2: 2, lambda: 0.25 };
  using gallery = await Gallery.open(file, { rerank });
  const hits = await gallery.search(file, 4, { excludeSelf: true });
  const list = {
    index1: Uint32Array.from({ length: 120 }, (_, at) => Math.floor(at / 4)),
    index2: hits.rows,
  };
  assert.deepEqual(await scorePairs(file, list, { rerank }), hits.distances);
  const plain = await scorePairs(file, pairs);
  assert.deepEqual(await scorePairs(file, pairs, { rerank: { lambda: 1 } }), plain);
  await assert.rejects(scorePairs(file, pairs, { metric: 'l2', rerank }), /that are no cosine/);
  await assert.rejects(
    scorePairs(file, pairs, { norm: 's-norm', cohort: 'self', rerank }),
    /rerank beside a normalisation/,
  );
  // Probes of another file: neighbours are sought among both.
  const across = await gallery.search(cohortFile, 2);
  const both = data([...others, ...rows]);
  const joint = {
    index1: Uint32Array.from({ length: 100 }, (_, at) => Math.floor(at / 2)),
    index2: across.rows.map((row) => row + 50),
  };
  assert.deepEqual(await scorePairs(both, joint, { rerank }), across.distances);
});

/** αQE by its definition, of these rows. */
function expanded(of: number[][], k: number, alpha: number): number[][] {
  const units = of.map((row) => row.map((v) => v / Math.sqrt(dot(row, row))));
  return units.map((unit, own) => {
    const near = units
      .map((other, at) => ({ other, at, similarity: dot(unit, other) }))
      .filter(({ at }) => at !== own)
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, k);
    return near.reduce((sum, { other, similarity }) => {
      const weight = Math.max(similarity, 0) ** alpha;
      return sum.map((v, column) => v + weight * (other[column] as number));
    }, unit);
  });
}

test('expanded rows are their definition, in lists and in searches', async () => {
  for (const expand of [{}, { k: 3, alpha: 0 }, { k: 100, alpha: 1.5 }]) {
    const { k = 5, alpha = 3 } = expand;
    const right = expanded(rows, k, alpha);
    const found = await scorePairs(file, pairs, { expand });
    for (const [at, a] of pairs.index1.entries()) {
      const b = pairs.index2[at] as number;
      const distance = cosine(right[a] as number[], right[b] as number[]);
      assert.ok(Math.abs((found[at] as number) - distance) < 1e-8, `${at}`);
    }
  }
  const expand = { k: 4, alpha: 2 };
  using gallery = await Gallery.open(file, { expand });
  const across = await gallery.search(cohortFile, 2);
  const joint = {
    index1: Uint32Array.from({ length: 100 }, (_, at) => Math.floor(at / 2)),
    index2: across.rows.map((row) => row + 50),
  };
  const both = data([...others, ...rows]);
  assert.deepEqual(await scorePairs(both, joint, { expand }), across.distances);
  await assert.rejects(scorePairs(file, pairs, { metric: 'l2', expand }), /that are no cosine/);
  await assert.rejects(scorePairs(file, pairs, { rerank: {}, expand }), /expand beside rerank/);
});

test('the command line expands', async () => {
  const args = ['score', '-e', 'x.npy', '-p', 'p.csv', '--force', '--expand'];
  const run = await hackface([...args, '6,2', '--json'], { cwd: folder });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(JSON.parse(run.stdout).metric, 'cosine of expanded rows');
  const wrong = await hackface([...args, '6'], { cwd: folder });
  assert.match(wrong.stderr, /expected a whole number from 1 and a number of at least 0/);
});

test('the command line re-ranks', async () => {
  const args = ['score', '-e', 'x.npy', '-p', 'p.csv', '--force', '--rerank'];
  const run = await hackface([...args, '6,2,0.25', '--json'], { cwd: folder });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(JSON.parse(run.stdout).metric, 'cosine re-ranked');
  const wrong = await hackface([...args, '6,2'], { cwd: folder });
  assert.match(wrong.stderr, /expected two whole numbers from 1 and a share/);
});
