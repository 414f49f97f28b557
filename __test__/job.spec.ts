/** Calls in the background: stopping, progress, many at once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  AbortError,
  auroc,
  HackfaceError,
  inspectEmbeddings,
  openEmbeddings,
  type Progress,
  scorePairs,
  scorePairsSync,
} from 'hackface-native';
import { longJob, matrix, pairs } from './scoreboard/children/work.js';
import { runNode } from './support/command.js';

function aborted(reason?: unknown) {
  return (error: unknown) => {
    assert.ok(error instanceof AbortError, String(error));
    assert.ok(!(error instanceof HackfaceError));
    assert.equal(error.name, 'AbortError');
    assert.equal(error.code, 'ABORT_ERR');
    assert.equal(error.cause, reason);
    return true;
  };
}

test('a signal that was given before stops the call before it starts', async () => {
  const reason = new Error('mine');
  const signal = AbortSignal.abort(reason);
  await assert.rejects(scorePairs(matrix(9, 3), pairs(9, 9), { signal }), aborted(reason));
  await assert.rejects(inspectEmbeddings(matrix(9, 3), { signal }), aborted(reason));
});

test('a signal with a timeout stops the call', async () => {
  const running = longJob({ signal: AbortSignal.timeout(150) });
  // Making the rows takes the test itself a third of a second.
  const started = performance.now();
  await assert.rejects(running, (error: AbortError) => {
    assert.equal((error.cause as Error).name, 'TimeoutError');
    return true;
  });
  assert.ok(performance.now() - started < 400);
});

test('a signal or onProgress that is none is refused, and takes no place from others', async () => {
  const refused = (message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof HackfaceError, String(error));
    assert.deepEqual([error.code, error.class], ['EARGUMENT', 'usage']);
    assert.match(error.message, message);
    return true;
  };
  const call = (options: object) => scorePairs(matrix(9, 3), pairs(9, 9), options);
  for (const signal of [new AbortController(), {}, { aborted: false }, null, 'stop']) {
    await assert.rejects(
      call({ signal }),
      refused(/signal: .*an AbortSignal\. Pass controller\.signal/),
    );
  }
  for (const onProgress of [5, {}, null]) {
    await assert.rejects(call({ onProgress }), refused(/onProgress: .*a function/));
  }
  assert.equal((await call({})).length, 9);
});

test('a signal whose listeners cannot be taken away does not stop later calls', async () => {
  const signal = AbortSignal.any([]);
  signal.removeEventListener = () => {
    throw new RangeError('mine');
  };
  const call = (options: object) => scorePairs(matrix(9, 3), pairs(9, 9), options);
  for (let i = 0; i < 4; i += 1) await assert.rejects(call({ signal }), RangeError);
  assert.equal((await call({})).length, 9);
});

test('one signal may be shared by many calls', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on('warning', warned);
  const { signal } = new AbortController();
  const calls = Array.from({ length: 30 }, () => scorePairs(matrix(9, 3), pairs(9, 9), { signal }));
  await Promise.all(calls);
  await new Promise((later) => setImmediate(later));
  process.off('warning', warned);
  assert.deepEqual(warnings, []);

  const stop = new AbortController();
  const stopped = Array.from({ length: 12 }, () => longJob({ signal: stop.signal }));
  stop.abort('mine');
  for (const one of stopped) await assert.rejects(one, aborted('mine'));
});

test('listeners are taken away when the call has ended', async () => {
  const { signal } = new AbortController();
  let listening = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listening += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listening -= 1;
    remove(...args);
  };
  const calls = Array.from({ length: 6 }, () => scorePairs(matrix(9, 3), pairs(9, 9), { signal }));
  await Promise.all(calls);
  await assert.rejects(scorePairs(matrix(9, 3), pairs(9, 9), { signal, metric: 'none' }));
  assert.equal(listening, 0);
});

test('progress moves forward within a phase and ends at its total', async () => {
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => seen.push(progress);
  await scorePairs(matrix(500, 4096), pairs(80_000, 500), { metric: 'jensenshannon', onProgress });
  assert.ok(seen.length >= 2, `${seen.length} reports`);
  for (const [at, { phase, done, total }] of seen.entries()) {
    const before = seen[at - 1];
    assert.ok(phase.length > 0 && done >= 0 && done <= total, JSON.stringify(seen[at]));
    if (before?.phase === phase) assert.ok(done >= before.done);
  }
  assert.equal(seen.at(-1)?.done, seen.at(-1)?.total);
});

test('what onProgress throws is what the call rejects with', async () => {
  const mine = new RangeError('mine');
  const onProgress = () => {
    throw mine;
  };
  const is = (error: unknown) => error === mine;
  await assert.rejects(longJob({ onProgress }), is);
  await assert.rejects(scorePairs(matrix(9, 3), pairs(9, 9), { onProgress }), is);
});

test('what a promise of onProgress rejects with is what the call rejects with', async () => {
  const mine = new RangeError('mine');
  const onProgress = async () => {
    throw mine;
  };
  const is = (error: unknown) => error === mine;
  await assert.rejects(longJob({ onProgress }), is);
  await assert.rejects(scorePairs(matrix(9, 3), pairs(9, 9), { onProgress }), is);
});

test('16 calls at once are right and leave files alone', async () => {
  using embeddings = await openEmbeddings(matrix(400, 4096));
  const list = pairs(6000, 400);
  const options = { metric: 'jensenshannon' };
  const right = scorePairsSync(embeddings, list, options);
  const late: string[] = [];
  // Whatever else the machine does can only make it slower: the best of five counts, and reads that are as late beside
  // threads that only spin are late for want of a processor.
  for (let round = 0; round < 5; round += 1) {
    const calls = Promise.all(
      Array.from({ length: 16 }, () => scorePairs(embeddings, list, options)),
    );
    const ms = await lateReads(calls);
    for (const got of await calls) assert.deepEqual(got, right);
    const without = ms < 20 ? ms : await lateReads(spinning(1000));
    if (ms < Math.max(20, 1.5 * without)) return;
    late.push(`${ms} ms, ${without} beside threads that spin`);
  }
  assert.fail(`99th percentiles of readFile: ${late.join('; ')}`);
});

/** Keeps each processor busy for so long, by threads that take no part in anything. */
async function spinning(ms: number): Promise<void> {
  const spin = `const end = Date.now() + ${ms}; while (Date.now() < end);`;
  const threads = Array.from({ length: availableParallelism() }, async () => {
    await once(new Worker(spin, { eval: true }), 'exit');
  });
  await Promise.all(threads);
}

/** The 99th percentile of the time of `fs.readFile` until a promise settles. */
async function lateReads(until: Promise<unknown>): Promise<number> {
  let working = true;
  const stop = () => {
    working = false;
  };
  until.then(stop, stop);
  const times: number[] = [];
  while (working) {
    const started = performance.now();
    await new Promise<void>((done, failed) => {
      readFile(resolve('package.json'), (error) => (error ? failed(error) : done()));
    });
    times.push(performance.now() - started);
    await new Promise((later) => setTimeout(later, 2));
  }
  assert.ok(times.length > 50, `${times.length} reads`);
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] as number;
}

test('a failed call gives its place to the next', async () => {
  const fails = Array.from({ length: 10 }, () =>
    scorePairs(matrix(9, 3), pairs(9, 9), { metric: 'none' }),
  );
  for (const outcome of await Promise.allSettled(fails)) assert.equal(outcome.status, 'rejected');
  assert.equal((await scorePairs(matrix(9, 3), pairs(9, 9))).length, 9);
});

test('an unfinished call keeps the process alive, and a finished one lets it end', async () => {
  const code = `
    import { scorePairs } from ${JSON.stringify(resolve('dist/index.js'))};
    const index = Uint32Array.from({ length: 1000 }, (_, i) => i % 3);
    const source = { data: Float32Array.of(1, 2, 3), rows: 3, dim: 1 };
    scorePairs(source, { index1: index, index2: index }, { metric: 'euclidean' })
      .then((result) => console.log(result.length));`;
  const run = await runNode(['--input-type=module', '-e', code], { limitMs: 5000 });
  assert.equal(run.stdout, '1000\n', run.stderr);
  assert.equal(run.code, 0);
});

test('auroc: the chance that the genuine pair is nearer', async () => {
  const scores = Float64Array.of(1, 2, 2, 3);
  const same = Uint8Array.of(1, 1, 0, 0);
  assert.equal(await auroc(scores, same, { orientation: 'distance' }), 0.875);
  assert.equal(await auroc(scores, same, { orientation: 'similarity' }), 0.125);
  assert.equal(await auroc(Float32Array.from(scores), same, { orientation: 'distance' }), 0.875);
  const refused = (expected: string) => (error: HackfaceError) => error.code === expected;
  const orientation = 'distance';
  await assert.rejects(
    auroc(scores, Uint8Array.of(1, 1, 1, 1), { orientation }),
    refused('EONECLASS'),
  );
  await assert.rejects(
    auroc(Float64Array.of(1, Number.NaN), same.slice(1, 3), { orientation }),
    refused('ENOTFINITE'),
  );
  await assert.rejects(
    auroc(scores, Uint8Array.of(0, 1, 2, 1), { orientation }),
    refused('EDOMAIN'),
  );
  await assert.rejects(auroc(scores, Uint8Array.of(0, 1), { orientation }), refused('EDIMENSION'));
  await assert.rejects(
    auroc(scores, same, { orientation: 'up' as 'distance' }),
    refused('EOPTION'),
  );
});
