/** Writes to, moves away, resizes and shares the arrays of calls; run with --expose-gc. */
import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import {
  auroc,
  HackfaceError,
  type MatrixData,
  openEmbeddings,
  openEmbeddingsSync,
  type PairIndices,
  scorePairs,
  scorePairsSync,
} from 'hackface-native';
import { digest, matrix, pairs, report } from './work.js';

const ROWS = 300;
const DIM = 256;
const COUNT = 200_000;
const OPTIONS = { metric: 'canberra', threads: 2 };

const collect = (globalThis as { gc?: () => void }).gc ?? (() => assert.fail('no --expose-gc'));
const right = digest(scorePairsSync(matrix(ROWS, DIM), pairs(COUNT, ROWS), OPTIONS));

/** JavaScript writes while calls run and wait: each result is that of the moment of its call. */
async function written(): Promise<void> {
  const center = () => new Float64Array(DIM).fill(0.25);
  const options = { metric: 'seuclidean', threads: 2 };
  const expected = digest(
    scorePairsSync(matrix(ROWS, DIM), pairs(COUNT, ROWS), {
      ...options,
      center: center(),
      reference: matrix(ROWS, DIM),
    }),
  );
  const calls = Array.from({ length: 5 }, async () => {
    const [source, list, reference] = [matrix(ROWS, DIM), pairs(COUNT, ROWS), matrix(ROWS, DIM)];
    const vector = center();
    const call = scorePairs(source, list, { ...options, center: vector, reference });
    let done = false;
    const write = () => {
      source.data.fill(Math.random());
      reference.data.fill(Number.NaN);
      list.index1.fill(4_000_000_000);
      list.index2.fill(0);
      vector.fill(Number.NaN);
      if (!done) setImmediate(write);
    };
    write();
    const result = await call;
    done = true;
    return digest(result);
  });
  assert.deepEqual(new Set(await Promise.all(calls)), new Set([expected]));

  const scores = Float64Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 1000);
  const same = Uint8Array.from({ length: 100_000 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const area = await auroc(scores.slice(), same.slice(), { orientation: 'distance' });
  const again = auroc(scores, same, { orientation: 'distance' });
  scores.fill(Number.NaN);
  same.fill(7);
  assert.equal(await again, area);
}

/** Moves a buffer away and lets its memory be freed. */
function moveAway(arrays: { buffer: ArrayBufferLike }[]): void {
  const buffers = arrays.map(({ buffer }) => buffer as ArrayBuffer);
  structuredClone(null, { transfer: buffers.slice(1) });
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(null, buffers.slice(0, 1));
  port1.close();
  port2.close();
  collect();
}

async function transferred(): Promise<void> {
  const [source, list] = [matrix(ROWS, DIM), pairs(COUNT, ROWS)];
  const call = scorePairs(source, list, OPTIONS);
  moveAway([source.data, list.index1, list.index2]);
  const rubbish = Array.from({ length: 20 }, () => new Float32Array(ROWS * DIM).fill(9));
  assert.equal(digest(await call), right);
  assert.ok(rubbish.length > 0);
  // Now nothing is left in them.
  await refused(() => scorePairs(source, pairs(10, ROWS)));
  await refused(() => scorePairs(matrix(ROWS, DIM), list));
  await refused(async () => scorePairsSync(matrix(ROWS, DIM), list));
  await refused(async () => openEmbeddingsSync(source));
}

async function refused(call: () => Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof HackfaceError, String(error));
    assert.notEqual(error.class, 'internal', error.message);
    return true;
  });
}

/** Refused, as what cannot be copied at one moment. */
async function shared(): Promise<void> {
  const resizable = (bytes: number) =>
    Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: 2 * bytes }]) as ArrayBuffer;
  const sharing = (bytes: number) => new SharedArrayBuffer(bytes);
  for (const make of [resizable, sharing]) {
    const data = new Float32Array(make(4 * ROWS * DIM) as ArrayBuffer);
    const index = new Uint32Array(make(4 * 10) as ArrayBuffer);
    const source: MatrixData = { data, rows: ROWS, dim: DIM };
    const own = pairs(10, ROWS);
    await refused(() => openEmbeddings(source));
    await refused(() => scorePairs(source, own));
    for (const list of [
      { ...own, index1: index },
      { ...own, index2: index },
    ] as PairIndices[]) {
      await refused(() => scorePairs(matrix(ROWS, DIM), list));
      await refused(async () => scorePairsSync(matrix(ROWS, DIM), list));
    }
    Reflect.get(data.buffer, 'resize')?.call(data.buffer, 0);
    collect();
  }
}

/** The matrix is closed and forgotten while calls use it. */
async function closed(): Promise<void> {
  const calls = [1, 2, 3].map(() => {
    const embeddings = openEmbeddingsSync(matrix(ROWS, DIM));
    const call = scorePairs(embeddings, pairs(COUNT, ROWS), OPTIONS);
    setTimeout(() => embeddings.close(), 5);
    return call;
  });
  await new Promise((later) => setTimeout(later, 10));
  collect();
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes) {
    // One that still waited for its turn may say that its matrix was closed.
    if (outcome.status === 'fulfilled') assert.equal(digest(outcome.value), right);
    else assert.ok(outcome.reason instanceof HackfaceError, String(outcome.reason));
  }
  assert.equal(outcomes[0]?.status, 'fulfilled');
}

const scenarios: Record<string, () => Promise<void>> = {
  written,
  transferred,
  shared,
  closed,
};
for (const name of process.argv.slice(2)) {
  const scenario = scenarios[name] ?? (() => assert.fail(`no scenario ${name}`));
  await scenario();
  assert.equal(digest(scorePairsSync(matrix(ROWS, DIM), pairs(COUNT, ROWS), OPTIONS)), right);
  report({ name });
}
