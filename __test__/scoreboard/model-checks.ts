/** M01–M10: model files that are cut, changed, hostile, old or new. */
import assert from 'node:assert/strict';
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fit, HackfaceError, Model } from 'hackface-native';
import {
  data,
  header,
  type ModelFile,
  rawFile,
  readModelFile,
  writeModelFile,
} from '../support/model-file.js';
import { randomNumbers } from '../support/random.js';
import { crowd } from '../support/people.js';
import type { Bench } from './bench.js';
import type { Check } from './check.js';

/** For the rows of the bench, which have three columns. */
const people = crowd({ people: 8, each: 6, dim: 3 });

async function learned(pipeline: string): Promise<Buffer> {
  const { matrix: embeddings, labels } = people;
  const { model } = await fit({ embeddings, labels, pipeline });
  return Buffer.from(model.toBytes());
}

/** `score --model` and `score({ model })` refuse it, by all the rules. */
async function refuses(
  bench: Bench,
  what: string,
  content: Uint8Array | string,
  says: RegExp[],
  code = 'EMODEL',
): Promise<void> {
  const model = typeof content === 'string' ? content : bench.put('m.safetensors', content);
  await bench.refuses({ what, args: ['--model', model], request: { model }, code, says });
}

function refusedAtOnce(bytes: Uint8Array, what: string): void {
  const known = (error: unknown) =>
    error instanceof HackfaceError && ['EMODEL', 'EMODELVERSION'].includes(error.code);
  assert.throws(() => Model.fromBytes(bytes), known, what);
}

async function cuts(bench: Bench): Promise<void> {
  const bytes = await learned('plda');
  for (let length = 0; length < bytes.length; length += 1) {
    refusedAtOnce(bytes.subarray(0, length), `${length} of ${bytes.length} bytes`);
  }
  refusedAtOnce(Buffer.concat([bytes, Buffer.alloc(1)]), 'a byte more');
  for (const length of [0, 9, 500, bytes.length - 1]) {
    await refuses(bench, `cut to ${length}`, bytes.subarray(0, length), []);
  }
}

async function flips(bench: Bench): Promise<void> {
  const random = randomNumbers(2);
  for (const pipeline of ['plda', 'center, length-norm, pca(2), wccn, cosine']) {
    const bytes = await learned(pipeline);
    for (let flip = 0; flip < 5000; flip += 1) {
      const bit = Math.floor(random() * bytes.length * 8);
      const at = bit >> 3;
      bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
      refusedAtOnce(bytes, `${pipeline}: bit ${bit}`);
      if (flip % 1250 === 0)
        await refuses(bench, `bit ${bit}`, Buffer.from(bytes), [], codeOf(bytes));
      bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
    }
    Model.fromBytes(bytes);
  }
}

/** A flipped bit may make the version a newer one. */
function codeOf(bytes: Uint8Array): string {
  try {
    Model.fromBytes(bytes);
    return 'none';
  } catch (error) {
    return (error as HackfaceError).code;
  }
}

async function hostile(bench: Bench): Promise<void> {
  const entry = (name: string, shape: string, from: string, to: string) =>
    `"${name}":{"dtype":"F64","shape":[${shape}],"data_offsets":[${from},${to}]}`;
  const file = (entries: string[], size: number) =>
    rawFile(`{"__metadata__":{},${entries.join(',')}}`, Buffer.alloc(size));
  const wide = '4611686018427387904';
  const cases: [string, Buffer, RegExp][] = [
    ['overlap', file([entry('a', '1', '0', '8'), entry('b', '1', '0', '8')], 8), /'b'/],
    ['hole', file([entry('a', '1', '8', '16')], 16), /'a'/],
    ['out of range', file([entry('a', '9', '0', '72')], 8), /'a'/],
    ['backwards', file([entry('a', '1', '8', '0')], 8), /'a'/],
    ['shape and size differ', file([entry('a', '2', '0', '8')], 8), /'a'/],
    ['overflow', file([entry('a', `${wide},${wide}`, '0', '8')], 8), /'a'/],
    ['two of a name', file([entry('a', '1', '0', '8'), entry('a', '1', '8', '16')], 16), /'a'/],
    ['another type', file([entry('a', '8', '0', '8').replace('F64', 'I8')], 8), /'a'/],
  ];
  for (const [what, content, says] of cases) await refuses(bench, what, content, [says]);
}

async function others(bench: Bench): Promise<void> {
  const pickle = Buffer.from(
    '\x80\x04\x95\x1b\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93',
    'latin1',
  );
  const zip = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(60, 1)]);
  const npy = Buffer.concat([Buffer.from('\x93NUMPY\x01\0', 'latin1'), Buffer.alloc(60, 32)]);
  await refuses(bench, 'pickle', pickle, [/pickle/]);
  await refuses(bench, 'zip: .pt and .npz', zip, [/archive/]);
  await refuses(bench, 'npy', npy, [/matrix/]);
  await refuses(bench, 'joblib, compressed', gzipSync(pickle), []);
}

async function versions(bench: Bench): Promise<void> {
  // Of every format there has been; so far one.
  const golden = readFileSync('crates/core/tests/golden/model-1.0.safetensors');
  const old = await Model.load(bench.put('old.safetensors', golden));
  assert.deepEqual(old.warnings, []);
  const rows = { data: Float32Array.of(0.5, -1, 0.25, 2, 1, 0.5, -0.5, 0), rows: 2, dim: 4 };
  const pair = { index1: Uint32Array.of(0), index2: Uint32Array.of(1) };
  const [distance = Number.NaN] = old.scorePairsSync(rows, pair);
  assert.ok(Math.abs(distance - 0.8861611661629343) < 1e-12, String(distance));
  const parts = readModelFile(await learned('wccn'));
  const as = (version: string) =>
    writeModelFile({
      ...parts,
      metadata: { ...parts.metadata, format_version: version, novelty: 'x' },
    });
  const newer = await Model.load(bench.put('newer.safetensors', as('1.1')));
  assert.equal(newer.warnings.length, 2, newer.warnings.join());
  await refuses(bench, 'newer major', as('2.0'), [/2\.0/], 'EMODELVERSION');
}

async function impossible(bench: Bench): Promise<void> {
  const parts = readModelFile(await learned('plda'));
  const edited = (name: string, change: (values: Float64Array) => void): Buffer => {
    const copy: ModelFile = structuredClone(parts);
    change(copy.tensors[name]?.data as Float64Array);
    return writeModelFile(copy);
  };
  const changes: [string, string, (values: Float64Array) => void][] = [
    ['NaN', 'stage0.center', (values) => values.fill(Number.NaN, 1, 2)],
    ['infinity', 'stage0.center', (values) => values.fill(Number.POSITIVE_INFINITY, 0, 1)],
    ['asymmetric', 'scorer.within', (values) => values.fill((values[1] as number) + 1, 1, 2)],
    ['not positive definite', 'scorer.within', (values) => values.fill(-1, 0, 1)],
    ['not semi-definite', 'scorer.between', (values) => values.fill(-1, 4, 5)],
    ['negative eigenvalue', 'scorer.psi', (values) => values.fill(-1, 0, 1)],
  ];
  for (const [what, name, change] of changes) {
    await refuses(bench, what, edited(name, change), [new RegExp(`'${name}'`)]);
  }
  const { matrix: embeddings, labels } = crowd({ people: 8, each: 6, dim: 4 });
  const { model } = await fit({ embeddings, labels, pipeline: 'wccn' });
  await refuses(bench, 'another width', model.toBytes(), [/\b3 columns/, /\b4\b/], 'EDIMENSION');
}

async function overItself(bench: Bench): Promise<void> {
  const path = bench.put('m.safetensors', await learned('plda'));
  const model = await Model.load(path);
  const pairs = { index1: Uint32Array.of(0, 1, 2), index2: Uint32Array.of(3, 4, 5) };
  const before = model.scorePairsSync(bench.goodNpy, pairs);
  for (let i = 0; i < 3; i += 1) {
    await model.save(path, { force: true });
    assert.deepEqual(model.scorePairsSync(bench.goodNpy, pairs), before);
    const again = await Model.load(path);
    assert.deepEqual(again.scorePairsSync(bench.goodNpy, pairs), before);
  }
}

async function sameBytes(bench: Bench): Promise<void> {
  const folder = bench.newFolder();
  // The golden file was written once, and is read on every system that runs this.
  const golden = readFileSync('crates/core/tests/golden/model-1.0.safetensors');
  for (const bytes of [golden, await learned('plda'), await learned('kissme(indefinite)')]) {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    await Model.fromBytes(bytes).save(one, { force: true });
    await (await Model.load(one)).save(two, { force: true });
    assert.ok(readFileSync(one).equals(bytes));
    assert.ok(readFileSync(two).equals(bytes));
  }
}

async function enormous(bench: Bench): Promise<void> {
  const tensors: ModelFile['tensors'] = {};
  for (let i = 0; i < 100_000; i += 1) {
    tensors[`t${i}`] = { shape: [1], data: new Float64Array(1) };
  }
  await refuses(
    bench,
    '100,000 tensors',
    rawFile(header({ metadata: {}, tensors }), data(tensors)),
    [],
  );
  const few = Object.fromEntries(Object.entries(tensors).slice(0, 201));
  await refuses(bench, '201 tensors', rawFile(header({ metadata: {}, tensors: few }), data(few)), [
    /200/,
  ]);
  const deep = rawFile(`{"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, Buffer.alloc(0));
  await refuses(bench, '10,000 deep', deep, [/header/]);
  await refuses(bench, '10,000 brackets', rawFile('['.repeat(10_000), Buffer.alloc(0)), [/header/]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(99_000_000n);
  const long = bench.put('long.safetensors', length);
  truncateSync(long, 99_000_008);
  await refuses(bench, 'a header of 99 MB', long, [/99000000/]);
}

/** A file of 2 GiB without a tensor costs no more than its header. */
async function sparse(bench: Bench): Promise<void> {
  for (const text of ['{}', '{"__metadata__":{}}     ']) {
    const path = bench.put('sparse.safetensors', rawFile(text, Buffer.alloc(0)));
    truncateSync(path, 2 ** 31 - 1);
    await refuses(bench, `a sparse file with ${text}`, path, [/bytes of data/]);
  }
}

export const modelChecks: Check[] = [
  { id: 'M01', title: 'a model cut at every byte', run: cuts },
  { id: 'M02', title: '10,000 flipped bits', run: flips },
  { id: 'M03', title: 'overlaps, holes, overflows, names twice', run: hostile },
  { id: 'M04', title: 'pickle, joblib, .pt, .npz', run: others },
  { id: 'M05', title: 'older, newer minor and newer major formats', run: versions },
  { id: 'M06', title: 'values, symmetry and shapes that cannot be', run: impossible },
  { id: 'M07', title: 'saved over the file it came from', run: overItself },
  { id: 'M08', title: 'saved, loaded, saved: the same bytes', run: sameBytes },
  { id: 'M09', title: '100,000 tensors, deep nesting, long headers', run: enormous },
  { id: 'M10', title: 'a sparse file of 2 GiB', run: sparse },
];
