// The synthetic train set at the size of the challenge's, made once.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeNpy } from './npy.mjs';

/** 454,714 × 512 rows and their labels; 0.93 GB below `folder`. */
export function fullSize(cli, folder) {
  const data = join(folder, 'full');
  const files = { train: join(data, 'train_set.npy'), labels: join(data, 'train_labels.csv') };
  if (!existsSync(files.labels)) {
    const args = [cli, 'synth', data, '--full', '-f', '-q'];
    const made = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (made.status !== 0) throw new Error(`synth --full ended with ${made.status}`);
  }
  return files;
}

/** The first rows of a matrix of float32, as the library takes it. */
export function readRows(file, count) {
  const header = Buffer.alloc(128);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, header, 0, 128, 0);
  const dim = Number(/, (\d+)\)/.exec(header.toString('latin1'))?.[1]);
  const data = new Float32Array(count * dim);
  readSync(descriptor, data, 0, data.byteLength, 128);
  closeSync(descriptor);
  return { data, rows: count, dim };
}

/** The first rows of a set, as a set of its own. */
export function firstRows({ train, labels }, count, folder, name = 'part') {
  const part = { train: join(folder, `${name}.npy`), labels: join(folder, `${name}.csv`) };
  const { data, rows, dim } = readRows(train, count);
  writeNpy(part.train, data, rows, dim);
  const lines = readFileSync(labels, 'utf8')
    .split('\n')
    .slice(0, count + 1);
  writeFileSync(part.labels, `${lines.join('\n')}\n`);
  return part;
}
