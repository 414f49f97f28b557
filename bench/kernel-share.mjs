// How much of each job's processor time the kernels take, and how much lies around them, by sampling with perf.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { firstRows, fullSize } from './full-size.mjs';

const SAMPLES_PER_SECOND = 999;

/** The columns of the table: the first whose pattern a function's library and name match counts it. */
const PARTS = {
  'kernels and products': /\.node\t.*(core::kernels|gemm|faer|pulp)/,
  hashes: /\.node\t.*(sha2|sha256)/,
  'rest of the addon': /\.node\t/,
  'the system': /kernel/,
  'Node and C library': /./,
};

/** Each job as a whole process; its files are in the page cache. */
const JOBS = {
  'score, cosine': ({ files }) => ['score', '-e', files.embeddings, '-p', files.pairs],
  'score, mahalanobis': ({ files }) => [
    ...['score', '-e', files.embeddings, '-p', files.pairs],
    ...['-m', 'mahalanobis'],
  ],
  'pairwise, 3,000 rows': ({ small }) => ['pairwise', '-e', small.train],
  'identify, 3,000 among themselves': ({ small }) => ['identify', '-g', small.train],
  'identify, 3,000 in 454,714': ({ small, full }) => [
    ...['identify', '-g', full.train],
    ...['--probes', small.train],
  ],
  'evaluate --all-pairs, 12,000 rows': ({ middle }) => [
    ...['evaluate', '--all-pairs', '-e', middle.train],
    ...['-l', middle.labels],
  ],
  'audit, 12,000 rows': ({ middle }) => ['audit', '-e', middle.train, '-l', middle.labels],
  'covariance, 454,714 rows': ({ full }) => ['covariance', '-e', full.train],
  'fit -m lda, 454,714 rows': ({ full }) => [
    ...['fit', '-m', 'lda', '-e', full.train],
    ...['-l', full.labels],
  ],
  'fit -m plda, 454,714 rows': ({ full }) => [
    ...['fit', '-m', 'plda', '-e', full.train],
    ...['-l', full.labels],
  ],
};
/** Jobs that print their result; the others write a file. */
const PRINTS = new Set(['evaluate', 'audit']);

export function kernelShare({ cli, files, folder }) {
  const full = fullSize(cli, folder);
  const small = firstRows(full, 3000, folder, 'share-3000');
  const middle = firstRows(full, 12_000, folder, 'share-12000');
  const rows = [];
  for (const [job, words] of Object.entries(JOBS)) {
    const args = words({ files, full, small, middle });
    const output = PRINTS.has(args[0]) ? ['--json'] : ['-f', '-o', join(folder, 'share.out')];
    const shares = sampled([cli, ...args, '-q', ...output], join(folder, 'share.perf'));
    if (typeof shares === 'string') {
      console.error(`kernel-share: skipped, ${shares}`);
      return undefined;
    }
    rows.push([job, ...Object.keys(PARTS).map((part) => `${shares[part].toFixed(0)} %`)]);
  }
  return {
    title: 'Processor time of whole processes, by what takes it',
    header: ['job', ...Object.keys(PARTS)],
    rows,
    note: `Sampled ${SAMPLES_PER_SECOND} times a second on each processor. The system: page faults, files and their zeros.`,
    bars: [],
    raw: {},
  };
}

/** The share of each part in percent, or why there is none. */
function sampled(args, file) {
  const perf = (words) => spawnSync('perf', words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const record = ['record', '-q', '-F', String(SAMPLES_PER_SECOND), '-o', file, '--'];
  const run = perf([...record, process.execPath, ...args]);
  if (run.error) return 'no perf on this machine';
  if (run.status !== 0) return `perf record ended with ${run.status}: ${run.stderr.slice(0, 200)}`;
  const report = perf(['report', '-i', file, '--no-children', '--sort', 'dso,sym', '-t', '\t']);
  const shares = Object.fromEntries(Object.keys(PARTS).map((part) => [part, 0]));
  for (const line of report.stdout.split('\n')) {
    const [share, ...where] = line.split('\t').map((cell) => cell.trim());
    if (!/^\d+\.\d+%?$/.test(share ?? '')) continue;
    const name = where.join('\t');
    const part = Object.keys(PARTS).find((one) => PARTS[one].test(name));
    shares[part] += Number.parseFloat(share);
  }
  const known = /core::kernels/.test(report.stdout);
  return known ? shares : 'the addon has no names: build it with CARGO_PROFILE_RELEASE_STRIP=none';
}
