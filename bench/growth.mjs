// Time and memory of every job at n, 2n, 4n and 8n rows, and the exponents that they grow by.
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runWatched } from './anonymous-memory.mjs';
import { firstRows, fullSize } from './full-size.mjs';
import { median } from './measure.mjs';

const SIZES = [1, 2, 4, 8];
const ROUNDS = 3;

/**
 * Jobs by what they look at: each row, each pair of rows, or each pair and write it. `rows` are those of the smallest set,
 * `time` and `memory` the most that the exponents may be. What a job does once, whatever the rows, is within its time.
 */
const KINDS = [
  {
    rows: 16_000,
    time: 1.2,
    memory: 1.1,
    jobs: {
      inspect: ({ e }) => [e, '--json'],
      covariance: ({ e, out }) => ['-e', e, '-o', `${out}.npy`, '-q'],
      stats: ({ e, l, out }) => ['-e', e, '-l', l, '-m', 'lda', '-o', `${out}.stats`, '-q'],
      'fit -m lda': ({ e, l, out }) => ['-e', e, '-l', l, '-o', `${out}.model`, '-q'],
      'fit -m plda': ({ e, l, out }) => ['-e', e, '-l', l, '-o', `${out}.plda`, '-q'],
      transform: ({ e, model, out }) => ['-e', e, '--model', model, '-o', `${out}.npy`, '-q'],
      gallery: ({ e, out }) => [`${out}.gallery`, '-e', e, '-q'],
      'identify, 1,000 probes': ({ e, few, out }) => [
        '-g',
        e,
        '--probes',
        few,
        '-o',
        `${out}.csv`,
        '-q',
      ],
    },
  },
  {
    rows: 3000,
    time: 2.2,
    memory: 1.1,
    jobs: {
      'identify, rows among themselves': ({ e, out }) => ['-g', e, '-o', `${out}.csv`, '-q'],
      'evaluate --all-pairs': ({ e, l }) => ['-e', e, '--labels', l, '--json', '-q'],
      audit: ({ e, l }) => ['-e', e, '-l', l, '--json', '-q'],
    },
  },
  {
    rows: 1000,
    time: 2.2,
    memory: 1.1,
    jobs: { pairwise: ({ e, out }) => ['-e', e, '-o', `${out}.npy`, '-q'] },
  },
];

export async function growth({ cli, folder }) {
  const full = fullSize(cli, folder);
  const out = join(folder, 'growth');
  const model = join(folder, 'growth-lda.model');
  const few = firstRows(full, 1000, folder, 'growth-few').train;
  const { train, labels } = firstRows(full, KINDS[0].rows, folder, 'growth-lda');
  const fit = ['fit', '-e', train, '-l', labels, '-m', 'lda', '-o', model, '-f', '-q'];
  await runWatched(process.execPath, [cli, ...fit]);
  const [rows, bars, raw] = [[], [], {}];
  for (const kind of KINDS) {
    const sets = SIZES.map((size) => {
      const { train, labels } = firstRows(
        full,
        size * kind.rows,
        folder,
        `growth-${size * kind.rows}`,
      );
      return { e: train, l: labels, few, model, out };
    });
    for (const [job, args] of Object.entries(kind.jobs)) {
      const found = [];
      for (const set of sets) {
        const [command, ...options] = job.split(',')[0].split(' ');
        found.push(await measured([cli, command, ...options, ...args(set)], out));
      }
      raw[job] = found;
      const [seconds, mib] = ['seconds', 'mib'].map((name) => found.map((of) => of[name]));
      const exponents = [seconds, mib].map(exponent);
      rows.push([
        job,
        kind.rows,
        ...seconds.map((value) => value.toFixed(2)),
        exponents[0].toFixed(2),
        ...mib.map((value) => value.toFixed(0)),
        exponents[1].toFixed(2),
      ]);
      bars.push({ name: `${job}: exponent of time`, measured: exponents[0], most: kind.time });
      if (Number.isFinite(exponents[1])) {
        const name = `${job}: exponent of memory`;
        bars.push({ name, measured: exponents[1], most: kind.memory });
      }
    }
  }
  return {
    title: 'Growth: whole processes, files in page cache, 512 columns',
    header: ['job', 'n', 's: n', '2n', '4n', '8n', 'power', 'MiB: n', '2n', '4n', '8n', 'power'],
    rows,
    note: `Least of ${ROUNDS} runs. MiB: anonymous memory. power: the slope of the logarithms.`,
    bars,
    raw,
  };
}

/** The least time of some runs, each of which finds no files at `out`, and the middle of the memory that they took. */
async function measured(args, out) {
  const runs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of readdirSync(dirname(out))) {
      if (name.startsWith(`${basename(out)}.`))
        rmSync(join(dirname(out), name), { recursive: true });
    }
    runs.push(await runWatched(process.execPath, args));
  }
  return {
    seconds: Math.min(...runs.map(({ seconds }) => seconds)),
    mib: median(runs.map(({ mib }) => mib ?? Number.NaN)),
  };
}

/** The slope of the logarithms of values over those of the sizes, by least squares. */
function exponent(values) {
  const points = values.map((value, place) => [Math.log(SIZES[place]), Math.log(value)]);
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const along = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return along / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}
