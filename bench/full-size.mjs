// The synthetic train set at the size of the challenge's, made once.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** The first rows of a set, as a set of its own. */
export function firstRows({ train, labels }, count, folder) {
  const part = { train: join(folder, 'part.npy'), labels: join(folder, 'part.csv') };
  const header = Buffer.alloc(128);
  const file = openSync(train, 'r');
  readSync(file, header, 0, 128, 0);
  const dim = Number(/, (\d+)\)/.exec(header.toString('latin1'))?.[1]);
  const rows = Buffer.alloc(count * dim * 4);
  readSync(file, rows, 0, rows.length, 128);
  closeSync(file);
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${count}, ${dim}), }`;
  const head = Buffer.from(`\x93NUMPY\x01\x00v\x00${text.padEnd(117)}\n`, 'latin1');
  writeFileSync(part.train, Buffer.concat([head, rows]));
  const lines = readFileSync(labels, 'utf8')
    .split('\n')
    .slice(0, count + 1);
  writeFileSync(part.labels, `${lines.join('\n')}\n`);
  return part;
}
