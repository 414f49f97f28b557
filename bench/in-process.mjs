// Cosine of all pairs in a warm process: this package, a loop over simsimd, and merely reading.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, ratios, takeTurns } from './measure.mjs';
import { writeNpy } from './npy.mjs';
import { loadSimsimd, VERSION } from './peers/simsimd.mjs';

const THREADS = 2;
/** simsimd sums in float32 and takes an approximate root; this package sums in float64. */
const SIMSIMD_TOLERANCE = 1e-4;

export function inProcess({ library, root, files, folder, pairs, rounds }) {
  const embeddings = library.openEmbeddingsSync(files.embeddings);
  const ours = () =>
    library.scorePairsSync(embeddings, pairs, { metric: 'cosine', threads: THREADS });
  const runners = { scorePairsSync: ours };
  const bars = [];
  const notes = [`scorePairsSync: ${THREADS} threads, file opened before.`];

  const simsimd = loadSimsimd(folder);
  if (simsimd) {
    const { slicing, sliced } = simsimdLoops(simsimd, files.embeddings, embeddings, pairs);
    const worst = largestGap(ours(), slicing());
    if (!(worst <= SIMSIMD_TOLERANCE)) throw new Error(`simsimd's answers differ by ${worst}`);
    runners['simsimd loop, rows sliced in it'] = slicing;
    runners['simsimd loop, rows sliced before'] = sliced;
    const precision = worst.toExponential(1);
    notes.push(
      `simsimd ${VERSION}: one call a pair, one thread; its answers differ by up to ${precision}.`,
    );
  }
  const times = takeTurns(runners, rounds);
  for (const name of Object.keys(times).filter((name) => name.startsWith('simsimd'))) {
    bars.push({
      name: `cosine / ${name}`,
      measured: ratios(times.scorePairsSync, times[name]).median,
      most: 0.35,
    });
  }

  const reading = readRows(root, files.embeddings, folder, pairs, rounds);
  if (reading) {
    times['score_pairs, in Rust'] = reading.score;
    times['reading the rows, in Rust'] = reading.read;
    bars.push({
      name: 'cosine / reading',
      measured: ratios(reading.score, reading.read).median,
      most: 2.0,
      goal: 1.4,
    });
    notes.push(
      'Reading: a sum over both rows of each pair from the same map, in the same pool, in turn with score_pairs.',
    );
  }
  embeddings.close();
  const rows = Object.entries(times).map(([name, each]) => [
    name,
    median(each).toFixed(2),
    Math.min(...each).toFixed(2),
    (median(each) / median(times.scorePairsSync)).toFixed(2),
  ]);
  return {
    title: 'In process, warm: 31,444 cosine distances, d = 512',
    header: ['what', 'median ms', 'least ms', 'times scorePairsSync'],
    rows,
    note: `${rounds} rounds in turn. ${notes.join(' ')}`,
    bars,
    raw: times,
  };
}

/** The loop that a user of simsimd writes: slicing rows as it goes, or from a list of slices. */
function simsimdLoops(simsimd, file, { rows, dim }, { index1, index2 }) {
  const bytes = readFileSync(file);
  // Fresh memory: a slice of the file's bytes need not be aligned.
  const data = new Float32Array(
    new Uint8Array(bytes.subarray(bytes.length - rows * dim * 4)).buffer,
  );
  const slices = Array.from({ length: rows }, (_, row) =>
    data.subarray(row * dim, (row + 1) * dim),
  );
  const slicing = () => {
    const out = new Float64Array(index1.length);
    for (let i = 0; i < out.length; i += 1) {
      const a = data.subarray(index1[i] * dim, (index1[i] + 1) * dim);
      const b = data.subarray(index2[i] * dim, (index2[i] + 1) * dim);
      out[i] = simsimd.cosine(a, b);
    }
    return out;
  };
  const sliced = () => {
    const out = new Float64Array(index1.length);
    for (let i = 0; i < out.length; i += 1) {
      out[i] = simsimd.cosine(slices[index1[i]], slices[index2[i]]);
    }
    return out;
  };
  return { slicing, sliced };
}

/** Milliseconds of reading and of scoring, from `crates/core/examples/read_rows.rs`. */
function readRows(root, embeddings, folder, { index1, index2 }, rounds) {
  const build = ['build', '--release', '--locked', '-p', 'hackface-core', '--example', 'read_rows'];
  const built = spawnSync('cargo', [...build, '--message-format=json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (built.status !== 0) {
    console.error('SKIPPED: reading the rows: needs cargo, see https://rustup.rs');
    return undefined;
  }
  const messages = built.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { executable } = messages.find((m) => m.target?.name === 'read_rows' && m.executable);
  const path = join(folder, 'pairs.npy');
  writeNpy(path, new Uint32Array([...index1, ...index2]), 2, index1.length);
  const args = [embeddings, path, String(THREADS), String(rounds)];
  const result = spawnSync(executable, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`read_rows: ${result.stderr}`);
  return JSON.parse(result.stdout);
}

function largestGap(a, b) {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
}
