// Every metric against SciPy, or NumPy where SciPy has none, at every awkward length.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hardPairs, referenceRows, writeForPeer } from './hard-pairs.mjs';
import { runPeer } from './python.mjs';
import { table } from './table.mjs';

const PEER = join(import.meta.dirname, 'peers', 'scipy_distances.py');

/** Lengths about every register width, and the challenge's own. */
export const DIMS = [1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 64, 65, 127, 511, 512, 513, 1024];

/** Prints the worst error of each metric; true when all are within their bounds. */
export function compareMetrics(library, python, folder) {
  const cases = DIMS.flatMap((dim) =>
    [false, true].map((nonNegative) => ({
      dim,
      nonNegative,
      folder: join(folder, `d${dim}${nonNegative ? '-non-negative' : ''}`),
      pairs: hardPairs(dim, nonNegative),
      reference: referenceRows(dim),
    })),
  );
  for (const c of cases) writeForPeer(c.folder, c.pairs, c.reference);
  const peer = runPeer(
    python,
    PEER,
    cases.map((c) => c.folder),
  );

  const missing = library
    .metrics()
    .map((m) => m.name)
    .filter((name) => !peer.metrics.some((m) => m.metric === name));
  if (missing.length > 0) throw new Error(`no peer for ${missing.join(', ')}: add a definition`);

  const worst = peer.metrics.map(() => new Worst());
  for (const c of cases) {
    for (const [place, { metric }] of peer.metrics.entries()) {
      const [expected, bound, referee] = expectedOf(c, place);
      const found = score(library, c, metric);
      const where = `d = ${c.dim}${c.nonNegative ? ', non-negative' : ''}`;
      if (typeof found === 'string' || expected.every(Number.isNaN)) {
        worst[place].noteRefusal(found, refusal(metric, c), where);
      } else {
        worst[place].note(found, expected, bound, referee, where);
      }
    }
  }
  report(peer, worst);
  return worst.every((w) => w.failures.length === 0);
}

function expectedOf({ folder, pairs }, place) {
  const length = pairs.index1.length;
  const bytes = readFileSync(join(folder, 'expected.f64'));
  const at = (part) =>
    new Float64Array(bytes.buffer, bytes.byteOffset + (place * 3 + part) * length * 8, length);
  return [at(0), at(1), at(2)];
}

/** The distances, or the code of the error. */
function score(library, { folder, pairs }, metric) {
  try {
    return library.scorePairsSync(join(folder, 'rows.npy'), pairs, {
      metric,
      reference: join(folder, 'reference.npy'),
    });
  } catch (error) {
    return error.code ?? String(error);
  }
}

/** What has no value must be refused, with this code. */
function refusal(metric, { dim, nonNegative }) {
  if (metric === 'jensenshannon' && !nonNegative) return 'EDOMAIN';
  if (metric === 'correlation' && dim === 1) return 'EUNDEFINED';
  return undefined;
}

/** The largest errors of one metric over all cases. */
class Worst {
  pairs = 0;
  refused = 0;
  relative = 0;
  absolute = 0;
  where = '';
  ofBound = 0;
  oursOfBound = 0;
  peersOfBound = 0;
  failures = [];

  note(found, expected, bound, referee, where) {
    this.pairs += found.length;
    let beyond = 0;
    for (let i = 0; i < found.length; i += 1) {
      const error = Math.abs(found[i] - expected[i]);
      const share = shareOf(error, bound[i]);
      this.absolute = Math.max(this.absolute, error);
      this.relative = Math.max(this.relative, shareOf(error, Math.abs(expected[i])));
      if (share > this.ofBound) {
        this.ofBound = share;
        this.where = where;
      }
      if (!(share <= 1)) {
        beyond += 1;
        if (beyond === 1) {
          const wide = Number.isNaN(referee[i]) ? '' : `, 80-bit ${referee[i]}`;
          this.failures.push(
            `${where}, pair ${i}: found ${found[i]}, expected ${expected[i]}${wide}`,
          );
        }
      }
      if (!Number.isNaN(referee[i])) {
        const [ours, peers] = [found[i], expected[i]].map((v) => Math.abs(v - referee[i]));
        this.oursOfBound = Math.max(this.oursOfBound, shareOf(ours, bound[i]));
        this.peersOfBound = Math.max(this.peersOfBound, shareOf(peers, bound[i]));
      }
    }
    if (beyond > 1) this.failures.push(`${where}: ${beyond} pairs in all`);
  }

  noteRefusal(found, expected, where) {
    this.refused += 1;
    if (found === expected && expected !== undefined) return;
    const outcome = typeof found === 'string' ? found : `distances (${found[0]}, …)`;
    this.failures.push(`${where}: ${outcome}, expected ${expected ?? 'distances'}`);
  }
}

function shareOf(error, size) {
  return error === 0 ? 0 : error / size;
}

function report(peer, worst) {
  const figure = (value) => (value === 0 ? '0' : value.toExponential(1));
  const rows = peer.metrics.map(({ metric, peer: name, rule }, place) => {
    const w = worst[place];
    return [
      metric,
      name,
      w.pairs,
      rule.startsWith('absolute') ? '-' : figure(w.relative),
      figure(w.absolute),
      rule,
      figure(w.ofBound),
      w.where || '-',
      figure(w.oursOfBound),
      figure(w.peersOfBound),
      w.failures.length === 0 ? 'ok' : 'FAILED',
    ];
  });
  const header = [
    'metric',
    'peer',
    'pairs',
    'relative',
    'absolute',
    'bound',
    'of bound',
    'worst at',
  ];
  header.push('ours/80-bit', 'peer/80-bit', 'verdict');
  console.log(table(header, rows));
  const conditions = peer.conditions.map((c) => c.toFixed(0));
  console.log(`
relative, absolute: largest |ours - peer|, over |peer| or as it is
bound: what the difference is held to (bench/peers/bounds.py says why)
  relative      1e-12 of the value            absolute  1e-12 (1e-7 where the formula ends in acos)
  conditioning  1e-12 of what the cancelling parts add up to, carried through the formula;
                mahalanobis: of condition times value (condition of the covariances ${Math.min(...conditions)} to ${Math.max(...conditions)})
of bound: the largest difference as a share of its bound; ours/80-bit, peer/80-bit: the same for
  each side against 80-bit arithmetic, which says who is nearer (0: this machine has none)
NumPy ${peer.versions.numpy}, SciPy ${peer.versions.scipy}`);
  for (const [metric, count] of Object.entries(peer.withoutValue)) {
    console.log(`SciPy's ${metric} was NaN for ${count} near-equal pairs; NumPy's stood in`);
  }
  for (const [place, { metric }] of peer.metrics.entries()) {
    for (const failure of worst[place].failures) console.error(`FAILED ${metric}: ${failure}`);
  }
}
