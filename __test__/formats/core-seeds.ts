/** Right files and texts for the targets of `fuzz/`, which `npm run fuzz` begins with. */
import { basename } from 'node:path';
import { calibrateScores, fit, mergeStats, metrics, presets, stats } from 'hackface-native';
import { dictionary, encode, npyFile } from '../support/npy.js';
import { crowd } from '../support/people.js';
import { npyOf, randomRows } from './bytes.js';

/** Four columns, as the rows have that the targets give a model. */
const { matrix, rows, labels } = crowd({ people: 12, each: 4, dim: 4, seed: 5 });
/** Steps and scorers that no preset has, with their parameters. */
const PIPELINES = [
  'center(train), length-norm, pca(2), whiten(shrinkage=0.1), length-norm, cosine',
  'center, nap(1), lda(2, shrinkage=oas), euclidean',
  'center, mahalanobis(ridge=0.01)',
  'center, whiten(ridge=0.001), length-norm, dot',
  'center, plda(subspace=2, iterations=3, tolerance=0.1, shrinkage=none)',
  'center, htplda(nu=4, subspace=2, iterations=3)',
  'center, path(rho=0.5, adapt=excess, tau=2, within=0.5, between=0.5)',
  'center, path(adapt=coral-plus)',
  'coral, path(rho=0.1)',
];

async function matrices(): Promise<Buffer[]> {
  const types = ['<f2', '<f4', '>f8', '|i1', '|u1', '<i2', '>u2', '<i4', '<u4', '<i8', '>u8'];
  const whole = [1, 2, 3, 4, 5, 6];
  const header = dictionary('<f4', '(2, 3)', 'True');
  return [
    npyOf(randomRows(5, 3)),
    npyOf([], '<f4', '(0, 5)'),
    npyOf([whole], '<f4', '(2, 1, 3)'),
    ...types.map((descr) => npyOf([whole], descr, '(2, 3)')),
    ...([1, 2, 3] as const).map((version) =>
      npyFile({ version: [version, 0], header, data: encode('<f4', whole) }),
    ),
  ];
}

async function models(): Promise<Buffer[]> {
  const pipelines = presets().map(({ pipeline }) => pipeline.replace('nap(8)', 'nap(1)'));
  const fitted = [...pipelines, ...PIPELINES].map((pipeline) => {
    const target = /coral|adapt/.test(pipeline) ? matrix : undefined;
    return fit({ embeddings: matrix, labels, pipeline, target });
  });
  return (await Promise.all(fitted)).map(({ model }) => Buffer.from(model.toBytes()));
}

async function decisions(): Promise<Buffer[]> {
  const [first, second] = [1, 2].map((seed) =>
    Float64Array.from(randomRows(60, 1, seed).flat(), (score, i) => score + (i % 2)),
  ) as [Float64Array, Float64Array];
  const same = Uint8Array.from(first, (_, i) => (i + 1) % 2);
  const made = [
    ...(['affine', 'isotonic', 'beta'] as const).map((map) =>
      calibrateScores(first, same, { map }),
    ),
    calibrateScores([first, second], same),
    calibrateScores(first, same, { quality: second }),
  ];
  return (await Promise.all(made)).map(({ decision }) => Buffer.from(decision.toBytes()));
}

async function statistics(): Promise<Buffer[]> {
  const files: Buffer[] = [];
  for (const pipeline of ['wccn', 'center, whiten, cosine', 'center, length-norm, path(0.5)']) {
    const gathered = (await stats({ embeddings: rows, labels, pipeline })).stats;
    const merged = (await mergeStats({ parts: [gathered] })).stats;
    files.push(Buffer.from(gathered.toBytes()), Buffer.from(merged.toBytes()));
  }
  return files;
}

async function texts(): Promise<Buffer[]> {
  const calls = metrics().map(({ name, parameters }) => {
    const given = parameters.map((parameter) => `${parameter.name}=${parameter.default}`);
    return given.length > 0 ? `${name}(${given.join(', ')})` : name;
  });
  return [
    ...calls,
    '0.5*cosine + 0.3*zscore(sqrt(abs(-euclidean))) - minmax(canberra) / 2e-1',
    ...presets().map(({ pipeline }) => pipeline),
    ...PIPELINES,
  ].map((text) => Buffer.from(text));
}

async function numbers(): Promise<Buffer[]> {
  const fields = ['1', '-2.5', '+.5', '3.', '1e-7', '1E+300', 'nan', '-Infinity', 'inf', '5e-324'];
  return [',', ' ', '\t', ';', ' , '].map((by) => Buffer.from(` ${fields.join(by)}\r\n`));
}

const SEEDS: Record<string, () => Promise<Buffer[]>> = {
  decimals: numbers,
  decision: decisions,
  grammar: texts,
  model: models,
  npy: matrices,
  stats: statistics,
};

/** The files that a target such as `core/npy` begins with. */
export async function coreSeeds(target: string): Promise<Buffer[]> {
  const seeds = SEEDS[basename(target)];
  if (seeds === undefined) throw new Error(`no seeds of ${target}`);
  return seeds();
}
