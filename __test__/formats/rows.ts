/** Compares the rows read from a file with those that were written into it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { convert, HackfaceError, openEmbeddingsSync, scorePairsSync } from 'hackface-native';
import { join } from 'node:path';
import { temporaryFolder } from '../support/folder.js';
import { readNpy } from '../support/npy.js';

const root = temporaryFolder();

/** Requires a file to hold exactly these rows: minus each cell is `dot` with a unit vector. */
export function requireRows(
  source: string,
  rows: readonly (readonly number[])[],
  io: 'mmap' | 'read' = 'mmap',
): { understoodAs: string | undefined; io: string; dtype: string } {
  using found = openEmbeddingsSync(source, { io });
  const [count, dim] = [rows.length, rows[0]?.length ?? 0];
  assert.deepEqual([found.rows, found.dim], [count, dim], source);
  const index1 = Uint32Array.from({ length: count }, (_, row) => row);
  // Each row against itself and the next one: any other cell shows.
  for (const shift of [0, 1, 2]) {
    const index2 = index1.map((row) => (row + shift) % count);
    const distances = scorePairsSync(found, { index1, index2 }, { metric: 'sqeuclidean' });
    const data = Float32Array.from(rows.flat());
    const exact = rows.flat().every((value) => Math.fround(value) === value);
    if (!exact) break;
    const wanted = scorePairsSync(
      { data, rows: count, dim },
      { index1, index2 },
      { metric: 'sqeuclidean' },
    );
    assert.deepEqual([...distances], [...wanted], source);
    const dots = scorePairsSync(found, { index1, index2 }, { metric: 'dot' });
    const wantedDots = scorePairsSync(
      { data, rows: count, dim },
      { index1, index2 },
      { metric: 'dot' },
    );
    assert.deepEqual([...dots], [...wantedDots], source);
  }
  const { understoodAs, io: used, dtype } = found;
  return { understoodAs, io: used, dtype };
}

/** Requires a file to be refused, soon and with little memory. */
export function requireRefused(source: string, says: RegExp, code = 'EFORMAT'): void {
  const started = performance.now();
  const before = process.memoryUsage.rss();
  assert.throws(
    () => openEmbeddingsSync(source).close(),
    (error) => {
      assert.ok(error instanceof HackfaceError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      return true;
    },
    source,
  );
  assert.ok(performance.now() - started < 2000, source);
  assert.ok(process.memoryUsage.rss() - before < 64 << 20, source);
}

/** Requires every beginning of a file to be refused by an error of this package, never to be read. */
export function requireCutsRefused(path: string, put: (bytes: Buffer) => string): void {
  const bytes = readFileSync(path);
  for (let length = 0; length < bytes.length; length += 1) {
    const cut = put(bytes.subarray(0, length));
    assert.throws(() => openEmbeddingsSync(cut).close(), HackfaceError, `${path} cut at ${length}`);
  }
}

/** Converts a file and requires these rows, and names and classes where they are given. */
export async function requireConverted(
  input: string,
  wanted: readonly (readonly number[])[],
  texts: { names?: readonly string[]; labels?: readonly string[] } = {},
): Promise<string> {
  const output = join(root, 'converted.npy');
  const files = { names: join(root, 'names.txt'), labels: join(root, 'labels.csv') };
  const { understoodAs } = await convert({
    input,
    output,
    force: true,
    ...(texts.names && { names: files.names }),
    ...(texts.labels && { labels: files.labels }),
  });
  const { shape, values } = readNpy(readFileSync(output));
  assert.deepEqual(shape, [wanted.length, wanted[0]?.length]);
  assert.deepEqual([...values], wanted.flat(), input);
  const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');
  if (texts.names) assert.deepEqual(lines(files.names), texts.names);
  if (texts.labels) assert.deepEqual(lines(files.labels), ['class', ...texts.labels]);
  return understoodAs;
}
