/** From files as people have them to figures, one call each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateEmbeddings, fit } from 'hackface-native';
import { zipFile } from '../formats/zip-bytes.js';
import { put, temporaryFolder } from '../support/folder.js';
import { dictionary, float32Npy, npyFile } from '../support/npy.js';
import { crowd } from '../support/people.js';

const folder = temporaryFolder();
const lines = (list: readonly string[]) => `${list.join('\n')}\n`;

test('VoxCeleb-like: archives, trials, PLDA and a normalisation', async () => {
  const world = crowd({ people: 24, each: 5, dim: 6, seed: 4 });
  const name = (row: number) => `id${world.labels[row]}/${row}.wav`;
  const ark = (file: string, rows: readonly number[]) =>
    put(folder, file, lines(rows.map((row) => `${name(row)}  [ ${world.rows[row]?.join(' ')} ]`)));
  const all = world.rows.map((_, row) => row);
  const of = (set: number) =>
    all.filter((row) => Math.floor((world.labels[row] ?? 0) / 12) === set);
  const background = ark('background.ark', of(0));
  const tested = of(1);
  const embeddings = ark('test.ark', tested);
  const utt2spk = put(
    folder,
    'utt2spk',
    lines(of(0).map((row) => `${name(row)} id${world.labels[row]}`)),
  );
  const trials = tested.flatMap((a, at) =>
    tested.slice(at + 1, at + 9).map((b) => {
      const same = world.labels[a] === world.labels[b] ? 1 : 0;
      return `${same} ${name(a)} ${name(b)}`;
    }),
  );
  const pairs = put(folder, 'veri.txt', lines(trials));
  const { model } = await fit({ embeddings: background, labels: utt2spk, pipeline: 'ln-plda' });
  const file = `${folder}/plda.safetensors`;
  await model.save(file);
  const norm = { norm: 'as-norm', cohort: background, cohortTop: 20 } as const;
  const { evaluations } = await evaluateEmbeddings({ embeddings, pairs, model: file, ...norm });
  const [figures] = evaluations;
  assert.equal(figures?.genuine, trials.filter((line) => line.startsWith('1')).length);
  assert.ok((figures?.auroc.value ?? 0) > 0.8, `${figures?.auroc.value}`);
});

test('LFW-like: an archive of NumPy with names, and folds of pairs', async () => {
  const { rows, labels } = crowd({ people: 8, each: 4, dim: 5, seed: 9 });
  const seen = new Map<number, number>();
  const names = rows.map((_, row) => {
    const person = labels[row] as number;
    seen.set(person, (seen.get(person) ?? 0) + 1);
    return `P${person}/P${person}_${String(seen.get(person)).padStart(4, '0')}.jpg`;
  });
  const texts = Buffer.concat(names.map((name) => Buffer.from(name.padEnd(24, '\0'))));
  const header = dictionary('|S24', `(${names.length},)`);
  const archive = zipFile([
    { name: 'embeddings.npy', data: float32Npy(rows) },
    { name: 'names.npy', data: npyFile({ header, data: texts }) },
  ]);
  const embeddings = put(folder, 'lfw.npz', archive);
  const fold = (people: readonly number[]) => [
    ...people.map((p) => `P${p}\t1\t3`),
    ...people.map((p) => `P${p}\t2\tP${(p + 3) % 8}\t4`),
  ];
  const pairs = put(
    folder,
    'pairs.txt',
    lines(['2\t4', ...fold([0, 1, 2, 3]), ...fold([4, 5, 6, 7])]),
  );
  const { evaluations } = await evaluateEmbeddings({ embeddings, pairs });
  const { folds } = evaluations[0] ?? {};
  const [a = 0, b = 0] = folds?.accuracies ?? [];
  // Two folds: the deviation with ddof 1 over √2 is half of their difference.
  assert.ok(Math.abs((folds?.standardError ?? 1) - Math.abs(a - b) / 2) < 1e-15);
  assert.equal(folds?.mean, (a + b) / 2);
});
