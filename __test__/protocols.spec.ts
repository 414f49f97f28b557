// Protocols of verification on data made here. The expected figures are computed below by their definitions from
// naive cosine distances in double precision: LFW's accuracy with a threshold from the other nine folds and its
// standard error (Huang et al. 2007, section 4), VoxCeleb's smallest normalised detection cost over all thresholds.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { evaluateEmbeddings, type HackfaceError } from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { normals, randomNumbers } from './support/random.js';

const random = randomNumbers(17);
const normal = normals(random);
const below = (n: number) => Math.floor(random() * n);
const DIM = 8;
const PEOPLE = 60;
const EACH = 4;
const FOLDS = 10;

const images = Array.from({ length: PEOPLE }, (_, person) => {
  const mean = Array.from({ length: DIM }, normal);
  return Array.from({ length: EACH }, (_, number) => ({
    name: `Person_${person}`,
    number: number + 1,
    row: mean.map((m) => Math.fround(m + 0.9 * normal())),
  }));
}).flat();
const rowOf = (person: number, number: number) => images[person * EACH + number - 1]?.row ?? [];

interface Pair {
  first: [person: number, number: number];
  second: [person: number, number: number];
  fold: number;
}

/** Six genuine and six impostor pairs of each fold, of the people of that fold, as in View 2. */
const pairs: Pair[] = Array.from({ length: FOLDS }, (_, fold) => {
  const person = () => fold * (PEOPLE / FOLDS) + below(PEOPLE / FOLDS);
  const genuine = Array.from({ length: 6 }, (): Pair => {
    const [who, one] = [person(), 1 + below(EACH)];
    return { first: [who, one], second: [who, 1 + (one % EACH)], fold };
  });
  const impostors = Array.from({ length: 6 }, (): Pair => {
    const who = person();
    const other = fold * 6 + ((who - fold * 6 + 1 + below(5)) % 6);
    return { first: [who, 1 + below(EACH)], second: [other, 1 + below(EACH)], fold };
  });
  return [...genuine, ...impostors];
}).flat();

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, j) => sum + value * (y[j] as number), 0);
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const judged = pairs.map(({ first, second, fold }) => ({
  distance: cosine(rowOf(...first), rowOf(...second)),
  same: first[0] === second[0],
  fold,
}));

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const accuracy = (of: typeof judged, threshold: number) =>
  mean(of.map(({ distance, same }) => Number(distance <= threshold === same)));

/** The middle of the widest interval of thresholds that decide best. */
function bestThreshold(of: typeof judged): number {
  const sorted = of.map(({ distance }) => distance).sort((a, b) => a - b);
  const middles = sorted.slice(1).map((next, i) => {
    const last = sorted[i] as number;
    const middle = (last + next) / 2;
    return { middle, width: next - last, share: accuracy(of, middle) };
  });
  const best = Math.max(...middles.map(({ share }) => share));
  const reached = middles.filter(({ share }) => share > best - 1e-12);
  const widest = Math.max(...reached.map(({ width }) => width));
  return reached.find(({ width }) => width === widest)?.middle ?? Number.NaN;
}

const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
put(folder, 'faces.npy', float32Npy(images.map(({ row }) => row)));
const imageName = (name: string, number: number) =>
  `${name}/${name}_${String(number).padStart(4, '0')}.jpg`;
put(folder, 'faces.txt', images.map((i) => `${imageName(i.name, i.number)}\n`).join(''));
const line = ({ first: [a, i], second: [b, j] }: Pair) =>
  a === b ? `Person_${a}\t${i}\t${j}\n` : `Person_${a}\t${i}\tPerson_${b}\t${j}\n`;
put(folder, 'pairs.txt', `10\t6\n${pairs.map(line).join('')}`);
const trial = ({ first: [a, i], second: [b, j] }: Pair) =>
  `${a === b ? 1 : 0} ${imageName(`Person_${a}`, i)} ${imageName(`Person_${b}`, j)}\n`;
put(folder, 'trials.txt', pairs.map(trial).join(''));
const request = { embeddings: file('faces.npy'), names: file('faces.txt') };

function near(found: number | null | undefined, expected: number, what: string): void {
  assert.ok(found != null && Math.abs(found - expected) < 1e-12, `${what}: ${found}, ${expected}`);
}

test('lfw: accuracy over ten folds and its standard error are those of Huang et al.', async () => {
  const accuracies = Array.from({ length: FOLDS }, (_, fold) => {
    const threshold = bestThreshold(judged.filter((pair) => pair.fold !== fold));
    return accuracy(
      judged.filter((pair) => pair.fold === fold),
      threshold,
    );
  });
  const average = mean(accuracies);
  // The sample deviation, with 10 - 1 below, over the root of ten.
  const squares = accuracies.reduce((sum, a) => sum + (a - average) ** 2, 0);
  const error = Math.sqrt(squares / (FOLDS - 1)) / Math.sqrt(FOLDS);
  assert.ok(error > 0.01 && average < 1);
  const { evaluations } = await evaluateEmbeddings({
    ...request,
    pairs: file('pairs.txt'),
    protocol: 'lfw',
  });
  const [{ folds, subject } = { folds: null, subject: {} }] = evaluations;
  near(folds?.mean, average, 'accuracy');
  near(folds?.standardError, error, 'standard error');
  for (const [fold, share] of accuracies.entries()) near(folds?.accuracies[fold], share, 'a fold');
  assert.equal(subject.protocol, 'lfw');
});

test('voxceleb: costs at both priors are the smallest of all thresholds', async () => {
  const { evaluations } = await evaluateEmbeddings({
    ...request,
    pairs: file('trials.txt'),
    protocol: 'voxceleb',
  });
  const costs = evaluations[0]?.detectionCost ?? [];
  assert.deepEqual(
    costs.map(({ prior }) => prior),
    [0.01, 0.05],
  );
  const thresholds = [Number.NEGATIVE_INFINITY, ...judged.map(({ distance }) => distance)];
  const share = (same: boolean, accepted: boolean, threshold: number) =>
    mean(
      judged
        .filter((pair) => pair.same === same)
        .map(({ distance }) => Number(distance <= threshold === accepted)),
    );
  for (const { prior, minimum } of costs) {
    const cost = (threshold: number) =>
      prior * share(true, false, threshold) + (1 - prior) * share(false, true, threshold);
    near(minimum, Math.min(...thresholds.map(cost)) / prior, `prior ${prior}`);
  }
});

test('a protocol without what it needs is refused', async () => {
  const wrong = async (more: Partial<Parameters<typeof evaluateEmbeddings>[0]>, says: RegExp) => {
    const asked = { ...request, pairs: file('trials.txt'), ...more };
    await assert.rejects(evaluateEmbeddings(asked), (error: HackfaceError) => {
      assert.match(error.message, says);
      return true;
    });
  };
  await wrong({ protocol: 'lfw' }, /trials\.txt/);
  const pairsOptions = { listFormat: 'trials-label-first' };
  await wrong({ protocol: 'lfw', pairsOptions }, /protocol lfw without folds/);
  await wrong({ protocol: 'lfv' as 'lfw' }, /lfw or voxceleb/);
});
