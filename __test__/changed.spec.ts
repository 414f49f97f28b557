/** A file that changes between opening and use is told as that, by each job, and never as what its rows have become. */
import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  allPairs,
  audit,
  covariance,
  type Embeddings,
  fit,
  Gallery,
  HackfaceError,
  identify,
  inspectEmbeddings,
  openEmbeddingsSync,
  scorePairs,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { crowd } from './support/people.js';

const folder = temporaryFolder();
const { rows, labels, matrix } = crowd({ people: 30, each: 4, dim: 8 });
const bytes = float32Npy(rows);
const pairs = { index1: Uint32Array.of(0, 5), index2: Uint32Array.of(119, 60) };
const output = join(folder, 'out');
const { model } = await fit({ embeddings: matrix, labels, pipeline: 'wccn' });

type Job = (embeddings: Embeddings) => Promise<unknown>;

/** Each job over a file that is open; a gallery was opened before the change. */
const JOBS: Record<string, Job> = {
  scorePairs: (embeddings) => scorePairs(embeddings, pairs, { metric: 'cosine' }),
  model: (embeddings) => model.scorePairs(embeddings, pairs),
  allPairs: (embeddings) => allPairs({ embeddings, labels }, { metric: 'cosine' }),
  identify: (gallery) => identify({ gallery, galleryLabels: labels }),
  template: (gallery) =>
    identify({
      gallery,
      galleryLabels: labels,
      probes: matrix,
      fuse: 'template',
      output,
      force: true,
    }),
  audit: (embeddings) => audit({ embeddings }),
  covariance: (embeddings) => covariance({ embeddings }),
  fit: (embeddings) => fit({ embeddings, labels, pipeline: 'wccn' }),
  transform: (embeddings) => model.transform(embeddings, output, { force: true }),
  inspect: (embeddings) => inspectEmbeddings(embeddings),
};

const filled = (value: number) => (file: string) => {
  const numbers = new Float32Array((statSync(file).size - 128) / 4).fill(value);
  const open = openSync(file, 'r+');
  writeSync(open, Buffer.from(numbers.buffer), 0, undefined, 128);
  closeSync(open);
};
const CHANGES: Record<string, (file: string) => void> = {
  NaN: filled(Number.NaN),
  zeros: filled(0),
  truncation: (file) => truncateSync(file, 500),
};

async function requireTold(work: Promise<unknown>, what: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof HackfaceError, `${what}: ${error ?? 'a result'}`);
  assert.match(error.code, /^(EINPUTCHANGED|ENPYLENGTH|EIO)$/, `${what}: ${error.message}`);
  assert.ok(error.file?.endsWith('x.npy'), `${what}: ${error.message}`);
}

for (const [change, apply] of Object.entries(CHANGES)) {
  test(`${change} between opening and use`, async () => {
    for (const io of ['mmap', 'read'] as const) {
      for (const [name, job] of Object.entries(JOBS)) {
        const file = put(folder, 'x.npy', bytes);
        using embeddings = openEmbeddingsSync(file, { io });
        apply(file);
        await requireTold(job(embeddings), `${name}, ${io}`);
      }
      const file = put(folder, 'x.npy', bytes);
      using embeddings = openEmbeddingsSync(file, { io });
      using gallery = await Gallery.open(embeddings, { metric: 'cosine', memory: 0 });
      apply(file);
      await requireTold(gallery.search(matrix, 3), `search, ${io}`);
    }
  });
}
