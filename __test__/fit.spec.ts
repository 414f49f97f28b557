/** Fitting through the library: rows and labels, hold-out, the same bytes, progress, stopping. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  AbortError,
  auroc,
  DEFAULT_PIPELINE,
  type EmbeddingsSource,
  type FitRequest,
  type FitResult,
  fit,
  type HackfaceError,
  openEmbeddings,
  type Progress,
  presets,
  readLabels,
} from 'hackface-native';
import { binding } from '#dist/native.js';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy, randomNpy } from './support/npy.js';
import { readModelFile } from './support/model-file.js';
import { crowd, matrixOf } from './support/people.js';

const folder = temporaryFolder();
const { rows, labels, matrix } = crowd({ people: 14, each: 6, dim: 5, singletons: 3, seed: 5 });
const n = rows.length;
const file = put(folder, 'x.npy', float32Npy(rows));
const PIPELINES = [
  ...presets().map(({ name }) => name),
  'center, nap(2), dot',
  'kissme(indefinite)',
];

/** A pipeline that adapts has the rows themselves as its target. */
const learn = (request: Partial<FitRequest> = {}) => {
  const pipeline = request.pipeline ?? 'center, wccn, cosine';
  const own = /adapt|coral/.test(pipeline)
    ? { target: (request.embeddings ?? matrix) as EmbeddingsSource }
    : {};
  return fit({ embeddings: matrix, labels, pipeline, ...own, ...request });
};
const bytes = ({ model }: FitResult) => Buffer.from(model.toBytes());
const all = {
  index1: Uint32Array.from({ length: n * n }, (_, i) => Math.floor(i / n)),
  index2: Uint32Array.from({ length: n * n }, (_, i) => i % n),
};
/** Its distances between all finite rows, without card and names. */
const measured = ({ model }: FitResult) => model.scorePairsSync(matrix, all);

const refused = (code: string, says?: RegExp) => (error: HackfaceError) => {
  assert.equal(error.code, code, error.message);
  if (says) assert.match(error.message, says);
  return true;
};

test('labels in any order, of any names, from anywhere give the same bytes', async () => {
  const wanted = bytes(await learn());
  const lines = [...labels].map((label, row) => ({ row, name: `"person, ${label} Ö"` }));
  const inOrder = put(folder, 'a.csv', `class\n${lines.map(({ name }) => `${name}\n`).join('')}`);
  const turned = lines.toReversed().map(({ row, name }) => `x,${name},${row}\n`);
  const byIndex = put(folder, 'b.csv', `more,class,index\n${turned.join('')}`);
  const numbers = labels.map((label) => 4_000_000_000 - 1000 * label);
  const asText = put(folder, 'c.csv', `class\n${[...numbers].map((c) => `${c}\n`).join('')}`);
  for (const source of [inOrder, byIndex, asText, numbers, await readLabels(byIndex)]) {
    assert.ok(bytes(await learn({ labels: source })).equals(wanted), String(source));
  }
});

test('singletons are used and counted', async () => {
  const found = await learn();
  assert.deepEqual([found.rows, found.classes, found.singletons, found.skipped], [n, 14, 3, 0]);
  const { card } = found.model;
  assert.deepEqual([card.rows, card.classes, card.singletons], [String(n), '14', '3']);
  const loners = Uint32Array.from({ length: n }, (_, row) => row);
  await assert.rejects(learn({ labels: loners }), refused('EEMPTY', /two rows/));
  const one = new Uint32Array(n);
  await assert.rejects(learn({ labels: one, pipeline: 'lda' }), refused('EONECLASS'));
  await assert.rejects(learn({ labels: undefined }), refused('EOPTION', /labels/));
  const unlabelled = await learn({ labels: undefined, pipeline: 'whiten' });
  assert.deepEqual([unlabelled.rows, unlabelled.classes, unlabelled.singletons], [n, 0, 0]);
});

test('rows left out by class, by subset or by number are as good as absent', async () => {
  const without5 = [...rows.keys()].filter((row) => labels[row] !== 5);
  const bySubset = await learn({ subset: Uint32Array.from(without5) });
  const byClass = await learn({ ignoreClass: '5' });
  assert.deepEqual(measured(byClass), measured(bySubset));
  assert.deepEqual([byClass.rows, byClass.classes], [n - 6, 13]);
  const names = put(folder, 'd.csv', `class\n${[...labels].map((l) => `p${l}\n`).join('')}`);
  assert.deepEqual(measured(await learn({ labels: names, ignoreClass: 'p5' })), measured(bySubset));
  const marked = labels.map((label) => (label === 5 ? 2 ** 32 - 1 : label));
  assert.deepEqual(measured(await learn({ labels: marked })), measured(bySubset));

  const few = await fit({
    embeddings: matrixOf(without5.map((row) => rows[row] as number[])),
    labels: Uint32Array.from(without5, (row) => labels[row] as number),
    pipeline: 'center, wccn, cosine',
  });
  const [absent, left] = [measured(few), measured(bySubset)];
  for (const [i, distance] of absent.entries()) {
    assert.ok(Math.abs(distance - (left[i] as number)) < 1e-12);
  }

  const seen = new Map<number, number>();
  const first4 = [...rows.keys()].filter((row) => {
    const label = labels[row] as number;
    seen.set(label, (seen.get(label) ?? 0) + 1);
    return (seen.get(label) as number) <= 4;
  });
  const limited = await learn({ maxPerClass: 4 });
  assert.deepEqual(measured(limited), measured(await learn({ subset: Uint32Array.from(first4) })));
  assert.equal(limited.model.card.max_per_class, '4');
  await assert.rejects(learn({ ignoreClass: '99' }), refused('EOPTION', /no class "99"/));
  await assert.rejects(learn({ subset: Uint32Array.of(0, n) }), refused('EINDEX', /below 69/));
  const bare = { labels: undefined, pipeline: 'whiten' };
  await assert.rejects(learn({ ...bare, ignoreClass: '5' }), refused('EOPTION', /labels/));
  await assert.rejects(learn({ ...bare, maxPerClass: 2 }), refused('EOPTION', /labels/));
});

test('rows that are not finite are refused with their place, or left out and counted', async () => {
  for (const pipeline of ['center, wccn, cosine', 'ln-plda', 'kissme', 'length-norm, cosine']) {
    const wild = rows.map((row) => [...row]);
    (wild[7] as number[])[3] = Number.NaN;
    (wild[40] as number[])[0] = Number.NEGATIVE_INFINITY;
    const path = put(folder, 'wild.npy', float32Npy(wild));
    const finite = [...rows.keys()].filter((row) => row !== 7 && row !== 40);
    const skipped = await learn({ embeddings: path, skipInvalid: true, pipeline });
    const absent = await learn({ subset: Uint32Array.from(finite), pipeline });
    assert.deepEqual(measured(skipped), measured(absent), pipeline);
    assert.equal(skipped.skipped, 2);
    if (skipped.passes === 0) continue;
    assert.deepEqual([skipped.rows, skipped.model.card.skipped_rows], [n - 2, '2']);
    await assert.rejects(learn({ embeddings: path, pipeline }), (error: HackfaceError) => {
      const { code, file: where, row, column } = error;
      assert.deepEqual([code, where, row, column], ['ENOTFINITE', path, 7, 3]);
      return true;
    });
    // Left out anyway, so nobody minds.
    await learn({ embeddings: path, subset: Uint32Array.from(finite), pipeline });
  }
});

/** Everything learned, without what the card says of it. */
function tensorsOf({ model }: FitResult): string {
  const { tensors } = readModelFile(model.toBytes());
  return JSON.stringify(Object.values(tensors).map(({ data }) => [...data]));
}

test('people held out have no part in the model, and the figures are theirs', async () => {
  const request = { holdout: 0.3, refit: false, seed: 4, pipeline: 'center, wccn, euclidean' };
  const found = await learn(request);
  const { heldOut, model } = found;
  assert.ok(heldOut);
  assert.equal(heldOut.identities, 4);
  // A person whose rows may move without any effect was set aside.
  const learned = tensorsOf(found);
  const aside: number[] = [];
  for (let person = 0; person < 14; person += 1) {
    const moved = rows.map((row, i) => (labels[i] === person ? row.map((v) => v + 1 + i) : row));
    const other = await learn({ ...request, embeddings: matrixOf(moved) });
    if (tensorsOf(other) === learned) aside.push(person);
  }
  assert.equal(aside.length, heldOut.identities);
  const members = [...rows.keys()].filter((row) => aside.includes(labels[row] as number));
  const pairs = members.flatMap((a) => members.filter((b) => b > a).map((b) => [a, b] as const));
  const same = Uint8Array.from(pairs, ([a, b]) => (labels[a] === labels[b] ? 1 : 0));
  const genuine = same.reduce((sum, s) => sum + s, 0);
  assert.deepEqual([heldOut.genuine, heldOut.impostors], [genuine, same.length - genuine]);
  const index1 = Uint32Array.from(pairs, ([a]) => a);
  const index2 = Uint32Array.from(pairs, ([, b]) => b);
  const distances = model.scorePairsSync(matrix, { index1, index2 });
  const area = await auroc(distances, same, { orientation: 'distance' });
  assert.ok(Math.abs(heldOut.model.auroc - area) < 1e-12);
  const { value, low, high } = heldOut.difference;
  assert.ok(Math.abs(value - (heldOut.model.auroc - heldOut.cosine.auroc)) < 1e-12);
  assert.ok(low <= value && value <= high);
  const { card } = model;
  assert.deepEqual(
    [card.holdout, card.seed, card['holdout.identities'], card['holdout.genuine']],
    ['0.3', '4', '4', String(genuine)],
  );
  assert.equal(Number(card['holdout.model.auroc']), heldOut.model.auroc);
  assert.equal(Number(card['holdout.cosine.auroc']), heldOut.cosine.auroc);
  assert.equal(Number(card['holdout.difference']), value);

  assert.ok(bytes(await learn(request)).equals(bytes(found)), 'the seed decides');
  const others = await Promise.all([0, 1, 2, 3].map((seed) => learn({ ...request, seed })));
  assert.ok(others.some((other) => tensorsOf(other) !== learned));
});

test('after the hold-out everyone is learned from, bit for bit as without one', async () => {
  for (const pipeline of PIPELINES.filter((name) => name !== 'nap')) {
    const plain = await learn({ pipeline, seed: 4 });
    const found = await learn({ pipeline, holdout: 0.3, seed: 4 });
    const judged = await learn({ pipeline, holdout: 0.3, seed: 4, refit: false });
    assert.equal(tensorsOf(found), tensorsOf(plain), pipeline);
    assert.notEqual(tensorsOf(judged), tensorsOf(plain), pipeline);
    assert.deepEqual(found.heldOut, judged.heldOut);
    const { rows, classes, singletons, decisions, logLikelihood } = found;
    assert.deepEqual(
      { rows, classes, singletons, decisions, logLikelihood },
      {
        rows: plain.rows,
        classes: plain.classes,
        singletons: plain.singletons,
        decisions: plain.decisions,
        logLikelihood: plain.logLikelihood,
      },
    );
    assert.equal(found.passes, plain.passes + judged.passes);
    // The card keeps both facts: whom the model is of, and whom the judged one was of.
    const facts = ({ model: { card } }: FitResult) =>
      [
        'rows',
        'classes',
        'holdout.refit',
        'holdout.trained_rows',
        'holdout.trained_identities',
      ].map((name) => card[name]);
    const [all, others] = [String(plain.rows), String(judged.rows)];
    const people = [plain.classes, judged.classes].map(String);
    assert.deepEqual(facts(found), [all, people[0], 'true', others, people[1]]);
    assert.deepEqual(facts(judged), [others, people[1], 'false', others, people[1]]);
    assert.equal(found.heldOut?.trainedRows, judged.rows);
    assert.equal(found.heldOut?.trainedIdentities, judged.classes);
  }
});

test('a hold-out that cannot be judged is refused', async () => {
  for (const holdout of [0, 1, -0.5, Number.NaN]) {
    await assert.rejects(learn({ holdout }), refused('EOPTION', /between 0 and 1/));
  }
  const bare = { labels: undefined, pipeline: 'whiten', holdout: 0.2 };
  await assert.rejects(learn(bare), refused('EOPTION', /labels/));
  const few = labels.map((label) => Number(label > 6));
  await assert.rejects(learn({ labels: few, holdout: 0.5 }), refused('EONECLASS', /four/));
});

test('center says which mean', async () => {
  const mean = (of: number[][]) =>
    (of[0] as number[]).map(
      (_, j) => of.reduce((sum, row) => sum + (row[j] as number), 0) / of.length,
    );
  const pipeline = 'center, euclidean';
  const origin = (result: FitResult) => {
    const { tensors } = readModelFile(result.model.toBytes());
    return [...(tensors['stage0.center']?.data ?? [])];
  };
  const train = await learn({ pipeline });
  for (const [j, value] of mean(rows).entries()) {
    assert.ok(Math.abs((origin(train)[j] as number) - value) < 1e-12);
  }
  assert.ok(bytes(await learn({ pipeline, center: 'train' })).equals(bytes(train)));
  const vector = [1, 2, 3, 4, 5];
  const given = await learn({ pipeline, center: vector });
  assert.deepEqual(origin(given), vector);
  assert.equal(given.model.card.pipeline, 'center(given), euclidean');
  const named = await learn({
    pipeline: 'center(given), euclidean',
    center: Float64Array.from(vector),
  });
  assert.ok(bytes(named).equals(bytes(given)));
  const path = put(folder, 'c.npy', float32Npy([vector, vector.map((v) => v + 2)]));
  assert.deepEqual(
    origin(await learn({ pipeline, center: path })),
    vector.map((v) => v + 1),
  );
  await assert.rejects(
    learn({ pipeline: 'center(given), euclidean' }),
    refused('EOPTION', /without a vector/),
  );
  await assert.rejects(
    learn({ pipeline: 'wccn, cosine', center: vector }),
    refused('EOPTION', /no step center/),
  );
  await assert.rejects(
    learn({ pipeline, center: [1, 2] }),
    refused('EDIMENSION', /2 values.*\b5\b/),
  );
  await assert.rejects(
    learn({ pipeline, center: [1, 2, Number.NaN, 4, 5] }),
    refused('ENOTFINITE'),
  );
});

test('the same bytes for threads and ways of reading', async () => {
  const big = put(folder, 'big.npy', randomNpy(6000, 24));
  const of = Uint32Array.from({ length: 6000 }, (_, row) => (row * 31) % 700);
  for (const pipeline of PIPELINES) {
    const request = { embeddings: big, labels: of, pipeline, holdout: 0.05, seed: 1 };
    const first = bytes(await learn({ ...request, threads: 1 }));
    const ways: Partial<FitRequest>[] = [2, 3, 7].map((threads) => ({ threads }));
    for (const way of [...ways, { io: 'read' }] as Partial<FitRequest>[]) {
      assert.ok(
        bytes(await learn({ ...request, ...way })).equals(first),
        `${pipeline} ${JSON.stringify(way)}`,
      );
    }
  }
});

test('a pass over the rows is one of the phases, and phases move forward', async (t) => {
  // Ten looks a second would miss a phase that a fast machine is through with between two of them.
  const every = setInterval;
  t.mock.method(globalThis, 'setInterval', (look: () => void) => every(look, 1));
  const phases = async (request: Partial<FitRequest>) => {
    const seen: Progress[] = [];
    await learn({ ...request, onProgress: (progress) => seen.push(progress) });
    for (const { done, total } of seen) assert.ok(done <= total);
    return seen;
  };
  const last = (await phases({})).at(-1);
  assert.deepEqual(last, { phase: 'fit', done: n, total: n });
  const large = {
    data: new Float32Array(60_000 * 128).map((_, i) => (i * 7919) % 1013),
    rows: 60_000,
    dim: 128,
  };
  const of = Uint32Array.from({ length: 60_000 }, (_, row) => row % 5000);
  const seen = await phases({ embeddings: large, labels: of, holdout: 0.2, threads: 1 });
  assert.ok(seen.some(({ phase, total }) => phase === 'fit' && total === 60_000));
});

test('it stops when it is told to', async () => {
  const large = {
    data: new Float32Array(60_000 * 128).map((_, i) => (i * 7919) % 1013),
    rows: 60_000,
    dim: 128,
  };
  using embeddings = await openEmbeddings(large);
  const of = Uint32Array.from({ length: 60_000 }, (_, row) => row % 5000);
  await assert.rejects(learn({ embeddings, labels: of, signal: AbortSignal.abort() }), AbortError);
  const stop = new AbortController();
  const running = learn({ embeddings, labels: of, threads: 1, signal: stop.signal });
  setTimeout(() => stop.abort(), 10);
  await assert.rejects(running, AbortError);
});

test('embeddings and files that are wrong are refused by name', async () => {
  const missing = join(folder, 'gone.npy');
  await assert.rejects(learn({ embeddings: missing }), refused('EINPUT', /gone\.npy/));
  await assert.rejects(learn({ labels: missing }), refused('EINPUT', /gone\.npy/));
  await assert.rejects(learn({ labels: labels.slice(2) }), refused('EDIMENSION', /67 labels.*69/));
  await assert.rejects(learn({ pipeline: 'centre, wcnn, cosine' }), refused('EMETRIC', /wccn/));
  await assert.rejects(learn({ pipeline: 'cosine, wccn' }), refused('EMETRIC', /last/));
  await assert.rejects(
    learn({ embeddings: { data: new Float32Array(0), rows: 0, dim: 4 } }),
    refused('EEMPTY'),
  );
  assert.equal((await learn({ embeddings: file })).rows, n);
});

test('the default pipeline is that of the core', () => {
  assert.equal(DEFAULT_PIPELINE, binding().defaults().pipeline);
});

/** Other people whose rows vary more along the first axis. */
const others = matrixOf(rows.map((row) => row.map((v, j) => (j === 0 ? 30 * v + 9 : v))));

test('a target changes the model, says so, and has no say in what does not ask for it', async () => {
  const pipeline = 'path(0.5, adapt=excess, tau=2)';
  const adapted = await learn({ pipeline, target: others });
  const plain = await learn({ pipeline: 'path(0.5)' });
  assert.equal(adapted.transductive, true);
  assert.equal(plain.transductive, false);
  assert.notDeepEqual(measured(adapted), measured(plain));
  assert.ok(adapted.warnings.some(({ code }) => code === 'transductive-target'));
  assert.match(String(adapted.model.card.transductive), /of the target/);
  assert.ok(adapted.decisions.some(({ name, value }) => name === 'directions' && value >= 1));
  const unused = await learn({ pipeline: 'path(0.5)', target: others });
  assert.ok(unused.warnings.some(({ code }) => code === 'target-unused'));
  assert.deepEqual(measured(unused), measured(plain));
  const narrow = matrixOf(rows.map((row) => row.slice(1)));
  await assert.rejects(learn({ pipeline, target: narrow }), refused('EDIMENSION', /target/));
  await assert.rejects(learn({ pipeline, target: undefined }), refused('EOPTION', /option target/));
});

test('no target is opened that nothing asks for, and with target false none at all', async () => {
  // Opening it fails: what succeeds, or fails in another way, has not tried.
  const target = join(folder, 'no-such-file.npy');
  await assert.rejects(learn({ pipeline: 'path(adapt=excess)', target }), refused('EINPUT'));
  await learn({ target });
  for (const request of [{ pipeline: 'plda-adapted' }, { pipeline: 'wccn', center: target }]) {
    await assert.rejects(learn({ ...request, target: false }), refused('EOPTION', /target/));
  }
  assert.equal((await learn({ target: false })).transductive, false);
});
