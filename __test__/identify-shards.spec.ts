/** Searches of a gallery in shards: the hits of one search, what is refused, what is left and what is done again. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fit, type HackfaceError, type IdentifyRequest, identify } from 'hackface-native';
import { hackface, runProgram } from './support/command.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { crowd } from './support/people.js';
import { needsPosix } from './support/system.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const { rows: all, labels } = crowd({ people: 40, each: 8, dim: 5, seed: 12 });
/** Every row twice, so that each distance ties, in another shard as well. */
const stored = [...all, ...all];
const gallery = put(folder, 'g.npy', float32Npy(stored));
const probes = put(folder, 'p.npy', float32Npy(all.slice(0, 90)));
const galleryLabels = put(
  folder,
  'l.csv',
  `class\n${[...labels, ...labels].map((k) => `p${k}\n`).join('')}`,
);
const model = at('m.safetensors');

let made = 0;
const fresh = (ending: string) => {
  made += 1;
  return at(`made-${made}${ending}`);
};

async function inShards(of: number, request: IdentifyRequest): Promise<string[]> {
  const parts: string[] = [];
  for (let i = 0; i < of; i += 1) {
    const output = fresh('.part');
    const index = (i * 5 + 2) % of;
    const { shard } = await identify({ ...request, shard: { index, of }, output });
    assert.equal(shard?.reused, false);
    parts.push(output);
  }
  return parts;
}

async function bytesOf(request: IdentifyRequest, ending = '.csv'): Promise<Buffer> {
  const output = fresh(ending);
  const format = ending.slice(1) as 'csv' | 'npy' | 'jsonl';
  await identify({ ...request, output, format });
  return readFileSync(output);
}

test('shards in any number and order give the hits of one search', async () => {
  await (await fit({ embeddings: gallery, labels: galleryLabels, pipeline: 'lda' })).model.save(
    model,
  );
  for (const [shards, more] of [
    [[1, 3, 7, 64], {}],
    [[7, 64], { probes: undefined }],
    [[3], { probes: undefined, excludeSelf: false }],
    [[3], { metric: 'seuclidean', center: 'mean' as const }],
    [[3], { metric: 'mahalanobis' }],
    [[3], { metric: 'cosine', center: 'mean' as const, normalize: 'l2' as const, top: 200 }],
    [[3], { metric: 'cityblock', reference: probes, top: 3 }],
    [[3], { metric: 'seuclidean', reference: probes, center: probes }],
    [[7], { model, probes: undefined }],
  ] as const) {
    const request = { gallery, probes, top: 12, ...more };
    const expected = await bytesOf(request);
    for (const of of shards) {
      const parts = await inShards(of, request);
      const found = await bytesOf({ ...request, parts });
      assert.ok(found.equals(expected), `${of} shards, ${JSON.stringify(more)}`);
    }
  }
});

test('hits that are put together have labels, names and every format', async () => {
  const names = put(folder, 'n.txt', stored.map((_, row) => `row ${row}\n`).join(''));
  const parts = await inShards(3, { gallery, probes });
  const told = { gallery, probes, galleryLabels, galleryNames: names };
  for (const ending of ['.csv', '.npy', '.jsonl']) {
    assert.ok(
      (await bytesOf({ ...told, parts }, ending)).equals(await bytesOf(told, ending)),
      ending,
    );
  }
});

test('a finished shard is left, a damaged one made again, another refused', async () => {
  const request = { gallery, probes, shard: { index: 1, of: 3 }, output: at('again.part') };
  await identify(request);
  const whole = readFileSync(request.output);
  assert.equal((await identify(request)).shard?.reused, true);
  for (const cut of [0, 5, 100, whole.length - 1]) {
    writeFileSync(request.output, whole.subarray(0, cut));
    assert.equal((await identify(request)).shard?.reused, false, `cut at ${cut}`);
    assert.ok(readFileSync(request.output).equals(whole));
  }
  const flipped = Buffer.from(whole);
  flipped[whole.length - 100] = (flipped[whole.length - 100] as number) ^ 1;
  writeFileSync(request.output, flipped);
  const damaged = identify({ gallery, probes, parts: [request.output], output: at('no.csv') });
  await assert.rejects(damaged, /damaged hits/);
  assert.equal((await identify(request)).shard?.reused, false);
  await assert.rejects(identify({ ...request, top: 3 }), /another search or shard.*force/);
  await assert.rejects(
    identify({ ...request, shard: { index: 0, of: 3 } }),
    /another search or shard/,
  );
  await assert.rejects(identify({ ...request, output: galleryLabels }), /something else/);
  assert.equal((await identify({ ...request, top: 3, force: true })).shard?.reused, false);
});

test('parts that do not belong together, and what needs all rows, are refused', async () => {
  const request = { gallery, probes, top: 4 };
  const [third = '', second = '', first = ''] = await inShards(3, request);
  const output = at('refused.csv');
  const refused = async (more: Partial<IdentifyRequest>, words: RegExp) => {
    await assert.rejects(identify({ ...request, output, ...more }), (error: HackfaceError) => {
      assert.equal(error.code, 'EOPTION', error.message);
      assert.match(error.message, words);
      return true;
    });
  };
  const parts = [first, second, third];
  await refused({ parts: [first, third] }, /rows 213:426 in no part, between .* and /);
  await refused({ parts: [second, third] }, /rows 0:213 in no part, between the start/);
  await refused({ parts: [first, second] }, /rows 426:640 in no part, between .* and the end/);
  await refused({ parts: [...parts, second] }, /rows 213:426 twice, since .* is named twice/);
  await refused({ parts, top: 5 }, /another search: top 4, expected top 5/);
  await refused(
    { parts, metric: 'euclidean' },
    /metric sqeuclidean|metric \w+, expected metric euclidean/,
  );
  await refused(
    { parts, probes: put(folder, 'q.npy', float32Npy(all.slice(1, 91))) },
    /probes 90 x 5/,
  );
  const moved = put(folder, 'h.npy', float32Npy([...stored.slice(1), ...stored.slice(0, 1)]));
  await refused({ parts, gallery: moved }, /gallery 640 x 5/);
  await refused({ parts: [galleryLabels] }, /something else/);
  const shard = { index: 0, of: 2 };
  for (const more of [{ shard }, { parts }] as const) {
    await refused({ ...more, norm: 's-norm', cohort: 'self' }, /option norm/);
    await refused({ ...more, galleryLabels, fuse: 'min' }, /fuse min/);
    await refused({ ...more, probes: undefined, galleryLabels }, /labels of the gallery/);
    await refused({ ...more, output: undefined }, /without a file/);
  }
  await refused({ shard, parts }, /one of them/);
  await refused({ shard: { index: 0, of: 641 } }, /641 shards of 640 rows/);
});

test('the loop of a shell writes what one command writes', { skip: needsPosix }, async () => {
  const script =
    'for i in 2 0 1; do "$NODE" "$CLI" identify -q -g g.npy --probes p.npy --shard $i/3 -o hits-$i.part || exit 9; done; ' +
    '"$NODE" "$CLI" identify -q -g g.npy --probes p.npy --parts hits-*.part -o shell.csv';
  const env = { NODE: process.execPath, CLI: join(process.cwd(), 'dist/cli.cjs') };
  const run = await runProgram('sh', ['-c', script], { cwd: folder, env, limitMs: 60_000 });
  assert.equal(run.code, 0, run.stderr);
  assert.ok(readFileSync(at('shell.csv')).equals(await bytesOf({ gallery, probes })));
  const words = ['identify', '-g', 'g.npy', '--probes', 'p.npy'];
  const again = await hackface([...words, '--shard', 'auto/3', '-o', 'hits-1.part'], {
    cwd: folder,
    env: { JOB_COMPLETION_INDEX: '1' },
  });
  assert.match(again.stderr, /^rows 213:426 of 640: there already, nothing done\n→ hits-1.part$/m);
  const json = await hackface([...words, '--shard', '0/2', '-o', 'half.part', '--json'], {
    cwd: folder,
  });
  assert.deepEqual(JSON.parse(json.stdout).shard, { from: 0, to: 320, reused: false });
});
