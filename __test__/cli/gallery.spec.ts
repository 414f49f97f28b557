/** The command `gallery`: a file made, grown, searched and described. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { distance, Gallery } from 'hackface-native';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { rowOf } from '../support/gallery-steps.js';
import { float32Npy } from '../support/npy.js';

const folder = temporaryFolder();
const run = (...args: string[]) =>
  hackface(['gallery', 'people.gallery', ...args], { cwd: folder });
const rows = Array.from({ length: 6 }, (_, row) => [...rowOf(row)]);
put(folder, 'rows.npy', float32Npy(rows));
put(folder, 'more.npy', float32Npy([[...rowOf(6)]]));
put(folder, 'labels.csv', `class\n${['Ann', 'Bob', 'Ann', 'Bob', 'Cyd', 'Cyd'].join('\n')}\n`);
put(folder, 'names.txt', rows.map((_, row) => `k${row}\n`).join(''));
put(folder, 'one.txt', 'k6\n');
put(folder, 'one.csv', 'class\nAnn\n');

test('a gallery is made, grown, searched and compacted', async () => {
  const names = ['--names', 'names.txt', '-l', 'labels.csv'];
  const made = await run('-e', 'rows.npy', ...names, '-m', 'euclidean');
  assert.match(made.stderr, /6 rows of 6 columns, with keys and labels, by euclidean/);
  const one = ['-e', 'more.npy', '--names', 'one.txt', '-l', 'one.csv'];
  const grown = await run(...one, '--remove', 'k1', '--json');
  assert.deepEqual(JSON.parse(grown.stdout).journal.records, 2);
  const otherwise = await run(...one, '-m', 'cosine');
  assert.match(otherwise.stderr, /EOPTION/);
  const held = await Gallery.open(join(folder, 'people.gallery'), { journal: true });
  const busy = await run(...one);
  assert.match(busy.stderr, /EGALLERYBUSY/);
  held.close();
  const found = await run('--probes', 'more.npy', '--top', '2', '--max-distance', '100');
  const near = [0, 2, 3, 4, 5]
    .map((row) => ({
      row,
      distance: distance(rowOf(6), rowOf(row), { metric: 'euclidean' }),
      label: ['Ann', '', 'Ann', 'Bob', 'Cyd', 'Cyd'][row],
    }))
    .sort((a, b) => a.distance - b.distance)[0];
  assert.deepEqual(found.stdout.trimEnd().split('\n'), [
    'probe,rank,row,distance,key,label',
    '0,1,6,0,k6,Ann',
    `0,2,${near?.row},${near?.distance},k${near?.row},${near?.label}`,
  ]);
  const done = await run(
    '--compact',
    '--verify',
    '--probes',
    'more.npy',
    '--fuse',
    'mean',
    '--json',
  );
  const { size, rows: ever, journal, hits } = JSON.parse(done.stdout);
  assert.deepEqual([size, ever, journal.records, hits[0].length], [6, 7, 0, 3]);
  using gallery = await Gallery.open(join(folder, 'people.gallery'));
  assert.deepEqual(gallery.keys(), ['k0', 'k2', 'k3', 'k4', 'k5', 'k6']);
  const other = await hackface(['gallery', 'rows.npy'], { cwd: folder });
  assert.equal(other.code, 65);
  assert.match(other.stderr, /EGALLERY.*a \.npy matrix/);
});
