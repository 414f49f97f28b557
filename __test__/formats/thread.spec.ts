/** Files that make a package of others go on and on: it is ended, with a message, and nothing is left of it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AbortError, convert, HackfaceError } from 'hackface-native';
import { put, temporaryFolder } from '../support/folder.js';
import { outcomeOf } from './outcome.js';
import { parquetFile } from './parquet-bytes.js';
import { hdf5File } from './samples.js';

const root = temporaryFolder();
const output = join(root, 'out.npy');

/** A file whose heap of texts holds one of no length, so that libhdf5 never comes to the next. */
async function endless(): Promise<Buffer> {
  const file = await hdf5File((made) => {
    made.create_dataset({ name: 'x', data: [1, 2, 3, 4], shape: [2, 2] });
    made.create_dataset({ name: 'names', data: ['a', 'b'] });
  });
  const [heap, sizeOfFirst] = [file.indexOf('GCOL'), 24];
  file.writeUInt32LE(0xfffffff0, heap + sizeOfFirst);
  return file;
}

const input = put(root, 'endless.h5', await endless());

/** Threads of this process, where the system tells. */
function threads(): number {
  return existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0;
}

function busySeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

test('a file that libhdf5 does not come to an end with is an error in time', async () => {
  const [before, started] = [threads(), busySeconds()];
  await assert.rejects(convert({ input, output }), (error) => {
    assert.ok(error instanceof HackfaceError);
    assert.equal(error.code, 'EFORMAT');
    assert.match(
      error.message,
      /endless\.h5: found no end of data set names after 1\.\d s, expected/,
    );
    assert.match(error.hint ?? '', /write it again/);
    return true;
  });
  assert.ok(busySeconds() - started < 2.5, `${busySeconds() - started} s of processor time`);
  assert.ok(threads() <= before + 1, `${threads()} threads, ${before} before`);
  assert.deepEqual(readdirSync(root), ['endless.h5']);
});

test('an abort ends the reading', async () => {
  const controller = new AbortController();
  const before = threads();
  setTimeout(() => controller.abort('enough'), 400);
  const started = busySeconds();
  await assert.rejects(convert({ input, output, signal: controller.signal }), (error) => {
    assert.ok(error instanceof AbortError);
    assert.equal(error.cause, 'enough');
    return true;
  });
  assert.ok(busySeconds() - started < 1);
  assert.ok(threads() <= before + 1);
  const { signal } = controller;
  await assert.rejects(convert({ input, output, signal }), AbortError);
  assert.deepEqual(readdirSync(root), ['endless.h5']);
});

test('a large file is read, and tells how far it is', async () => {
  const [rows, dim] = [9000, 256];
  const data = Float32Array.from({ length: rows * dim }, (_, i) => i % 1000);
  const chunks = [2000, dim];
  const large = await hdf5File((made) => {
    made.create_dataset({ name: 'x', data, shape: [rows, dim], chunks, compression: 1 });
  });
  const told: string[] = [];
  await convert({
    input: put(root, 'large.h5', large),
    output,
    force: true,
    onProgress: ({ phase, done, total }) => told.push(`${phase} ${done} of ${total}`),
  });
  const written = readFileSync(output);
  assert.ok(written.subarray(128).equals(Buffer.from(data.buffer)));
  assert.deepEqual(told.slice(0, 2), ['read 8192000 of 9216000', 'read 9216000 of 9216000']);
  assert.match(told[2] ?? '', /^write 0 of 9216000/);
});

test('Parquet that would fill the memory or go on and on is refused', async () => {
  const bombs = temporaryFolder();
  const vectors = {
    name: 'v',
    vectors: [
      [1, 2],
      [3, 4],
    ],
  };
  for (const [lies, says] of [
    // A run of levels that is longer than there are values.
    [{ run: 2 ** 29 }, /memory|no end/],
    // Groups that all name the same chunks.
    [{ groups: 5000 }, /to end inside column v/],
    [{ deep: 6000 }, /memory|hyparquet does not read/],
  ] as const) {
    const { refusals, faults } = await outcomeOf(join(bombs, 'bomb'), parquetFile([vectors], lies));
    assert.deepEqual(
      faults.filter((fault) => !/ ms$/.test(fault)),
      [],
    );
    assert.match(refusals[1] ?? 'read', says);
  }
});
