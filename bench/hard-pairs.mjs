// Pairs that a distance can get wrong: random rows, near-duplicates at 1e-1 … 1e-6, equal rows.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeNpy } from './npy.mjs';
import { normal, uniform } from './random.mjs';

const PAIRS = 2000;
const BASE_ROWS = 400;
const GAPS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
const NEAR_PER_GAP = 100;
const EQUAL = 20;

/**
 * 2,000 pairs of rows of `dim` float32 numbers, deterministic: 600 of them near-duplicates, 20 of a
 * row with itself. Norms lie in [12, 60], the range of the challenge's test rows above the
 * `norm-offset` of 10. `nonNegative` rows have about one zero in ten.
 */
export function hardPairs(dim, nonNegative) {
  const seed = dim * 2 + Number(nonNegative);
  const [gauss, flat] = [normal(seed), uniform(seed + 1_000_000)];
  const rows = BASE_ROWS + GAPS.length * NEAR_PER_GAP;
  const data = new Float32Array(rows * dim);
  for (let row = 0; row < BASE_ROWS; row += 1) {
    const values = Float64Array.from({ length: dim }, (_, k) => {
      if (!nonNegative) return gauss();
      // The first column stays above 0, so that no row is all zeros.
      return k > 0 && flat() < 0.1 ? 0 : Math.abs(gauss());
    });
    const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
    const size = 12 + 48 * flat();
    for (let k = 0; k < dim; k += 1) data[row * dim + k] = (values[k] / norm) * size;
  }
  const [index1, index2] = [new Uint32Array(PAIRS), new Uint32Array(PAIRS)];
  let pair = 0;
  for (const gap of GAPS) {
    for (let i = 0; i < NEAR_PER_GAP; i += 1) {
      const copy = BASE_ROWS + pair;
      for (let k = 0; k < dim; k += 1) {
        data[copy * dim + k] = data[i * dim + k] * (1 + gap * gauss());
        if (nonNegative) data[copy * dim + k] = Math.abs(data[copy * dim + k]);
      }
      [index1[pair], index2[pair]] = [i, copy];
      pair += 1;
    }
  }
  for (let i = 0; i < EQUAL; i += 1, pair += 1) [index1[pair], index2[pair]] = [i, i];
  for (; pair < PAIRS; pair += 1) {
    const any = () => Math.floor(flat() * BASE_ROWS);
    [index1[pair], index2[pair]] = [any(), any()];
  }
  return { data, rows, dim, index1, index2 };
}

/** Well-conditioned rows to take a covariance from: 4 d + 64 of them, columns of unequal variance. */
export function referenceRows(dim) {
  const rows = 4 * dim + 64;
  const gauss = normal(dim + 2_000_000);
  const flat = uniform(dim + 3_000_000);
  const scales = Float64Array.from({ length: dim }, () => 1 + flat());
  const data = Float32Array.from({ length: rows * dim }, (_, i) => scales[i % dim] * gauss());
  return { data, rows, dim };
}

/** The files that `peers/scipy_distances.py` reads. */
export function writeForPeer(folder, pairs, reference) {
  mkdirSync(folder, { recursive: true });
  writeNpy(join(folder, 'rows.npy'), pairs.data, pairs.rows, pairs.dim);
  writeNpy(join(folder, 'reference.npy'), reference.data, reference.rows, reference.dim);
  const both = new Uint32Array([...pairs.index1, ...pairs.index2]);
  writeNpy(join(folder, 'pairs.npy'), both, 2, PAIRS);
}
