// The ten nearest of 454,714 rows for each of 11,605 probes, against faiss.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runWatched } from './anonymous-memory.mjs';
import { median, ratios } from './measure.mjs';

const K = 10;

export async function searchMany(all) {
  const { library, cli, folder, peer, rows, probes, train, test, rounds } = all;
  const output = join(folder, 'hits.npy');
  const args = [cli, 'identify', '-g', train, '--probes', test, '-k', `${K}`, '-m', 'cosine'];
  const whole = () => runWatched(process.execPath, [...args, '-o', output, '-f', '-q']);
  const faiss = () => peer.ask({ do: 'search', k: K });
  const add = await peer.ask({ do: 'open' });
  const gallery = await library.Gallery.open(rows, { metric: 'cosine' });

  // The round without a clock; only who has the same answers is timed.
  let { mib = 0 } = await whole();
  const right = await gallery.search(probes, K);
  await faiss();
  const { differences } = await peer.ask({ do: 'compare', hits: output });
  const beyond = differences.find(({ tie }) => !tie);
  if (beyond) throw new Error(`the answers differ: ${JSON.stringify(beyond)}`);
  if (!right.rows.every(isWritten(output, right.rows.length))) {
    throw new Error('the answers differ: identify and Gallery.search');
  }

  const times = { whole: [], warm: [], faiss: [], rate: [] };
  const rate = async () => times.rate.push((await peer.ask({ do: 'rate' })).rate);
  for (let round = 0; round < rounds; round += 1) {
    await rate();
    const run = await whole();
    times.whole.push(run.seconds);
    mib = Math.max(mib, run.mib ?? 0);
    const begin = performance.now();
    const hits = await gallery.search(probes, K);
    times.warm.push((performance.now() - begin) / 1000);
    if (!isDeepStrictEqual(hits, right)) throw new Error('the answers differ: two searches');
    times.faiss.push((await faiss()).seconds);
    await rate();
  }
  gallery.close();
  await peer.ask({ do: 'close' });

  const best = Math.max(...times.rate);
  const work = (probes.rows * rows.rows * rows.dim) / 1e9;
  const row = (name, each) => {
    const speed = work / median(each);
    const seconds = [median(each), Math.min(...each)].map((s) => s.toFixed(2));
    return [name, ...seconds, speed.toFixed(1), ((100 * speed) / best).toFixed(0)];
  };
  const bars = [
    {
      name: 'faiss search() / identify',
      measured: ratios(times.faiss, times.whole).median,
      least: 2,
    },
  ];
  if (mib > 0) {
    bars.push({ name: 'anonymous memory of identify, MiB', measured: mib, most: 250 / 1.048576 });
  }
  return {
    title: `The ${K} nearest by cosine: ${probes.rows} probes in ${rows.rows} rows × ${rows.dim}`,
    header: ['what', 'median s', 'least s', '10⁹ multiply-adds / s', '% of NumPy'],
    rows: [
      row('identify, whole process', times.whole),
      row('Gallery.search, warm', times.warm),
      row('faiss IndexFlatIP.search, rows in memory', times.faiss),
      ['NumPy 4096 × 512 × 4096 in float32, the best', '', '', best.toFixed(1), '100'],
    ],
    note: `${rounds} rounds in turn; faiss has its rows normalised and added (${add.seconds.toFixed(2)} s) before. Rows were the same before, but for ties below 1e-6 of ${differences.length} of the probes. Anonymous memory of identify at most ${mib.toFixed(0)} MiB.`,
    bars,
    raw: { ...times, add: add.seconds, mib, differences },
  };
}

/** Whether a row stands at its place in a file of records: row and distance, 12 bytes. */
function isWritten(path, hits) {
  const records = readFileSync(path).subarray(-12 * hits);
  return (row, place) => records.readUInt32LE(12 * place) === row;
}
